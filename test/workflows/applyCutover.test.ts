import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { applyStep, recordStepFailure } from '../../activities/apply/applyStep.ts';
import { sweepUnclaimed } from '../../activities/mirror/sweep.ts';
import { DomainError } from '../../domain/errors.ts';
import { TenantId } from '../../domain/ids.ts';
import { runMemoKey, taskQueues, workflowIdOf } from '../../domain/run.ts';
import { createLog } from '../../platform/log.ts';
import { sha256 } from '../../platform/digest.ts';
import { readCover } from '../../prisma/store/cover.ts';
import { createExecution } from '../../prisma/store/executions.ts';
import { unmirroredRuns } from '../../prisma/store/mirror.ts';
import { findPlan } from '../../prisma/store/plans.ts';
import { activityDependencies, runActivity } from '../support/activities.ts';
import { beginApply, makeGroup, previewedPlan, targetOf, type PreviewedPlan } from '../support/cutover.ts';
import { holdInserts } from '../support/hold.ts';
import { previewToken } from '../support/okta.ts';
import type { Body } from '../support/answer.ts';
import { useService } from '../support/service.ts';
import { operate } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** What the issue allows from an act in Temporal to its reflection. */
const reflectedWithinMs = 10_000;

/** Mutations of one run in these tests, so that a plan of a few steps needs several. */
const hopSteps = 3;

describe('The workflow applyCutover', () => {
  const service = useService({ pace: { hopSteps } });

  const ofTenant = ({ own }: PreviewedPlan) => `NEW.tenant_id = '${own.tenant}'`;

  const executionOf = async ({ own, P }: PreviewedPlan, id: string): Promise<Body> =>
    (await own.call('GET', `${P}/executions/${id}`)).body;

  const endedExecution = (plan: PreviewedPlan, id: string, limitMs?: number): Promise<Body> =>
    until(
      'the execution has ended',
      async () => {
        const body = await executionOf(plan, id);
        return body.status === 'started' ? null : body;
      },
      limitMs,
    );

  const planOf = async ({ own, P }: PreviewedPlan): Promise<Body> => (await own.call('GET', P)).body;

  const stepsOf = async ({ own, P }: PreviewedPlan): Promise<Body[]> =>
    (await own.call('GET', `${P}/steps?limit=200`)).body.data;

  const planned = ({ steps }: PreviewedPlan, contract?: string): Body[] =>
    steps.filter(
      (step) =>
        step.disposition === 'planned' && (contract === undefined || step.target_contract === contract),
    );

  const rowOf = async ({ own }: PreviewedPlan, id: string) =>
    (await own.database.execution.findUniqueOrThrow({ where: { id }, include: { run: true } })).run;

  /** Each object of the target was made by one step, and each applied step has made one. */
  async function assertOneObjectAStep(plan: PreviewedPlan): Promise<void> {
    const applied = (await stepsOf(plan)).filter(({ status }) => status === 'applied');
    const target = await targetOf(plan.own);
    const made = Object.values(target)
      .flat()
      .filter(({ migratedBy }) => migratedBy !== null);
    assert.deepEqual(
      made.map(({ id }) => id).sort(),
      applied.map((step: Body) => String(step.target_resource_id)).sort(),
    );
  }

  it('started by hand in Temporal without a row has no effect', async () => {
    const plan = await previewedPlan(service());
    const handle = await service().temporal.workflow.start('applyCutover', {
      workflowId: workflowIdOf('apply', plan.plan),
      taskQueue: taskQueues.database,
      args: [{ tenantId: plan.own.tenant, runId: randomUUID() }],
      memo: { [runMemoKey]: randomUUID() },
    });
    await assert.rejects(handle.result(), (error: Error) =>
      JSON.stringify(error.cause).includes('not_authorised'),
    );
    assert.deepEqual(await targetOf(plan.own), { groups: [], applications: [], assignments: [] });
    assert.equal((await planOf(plan)).status, 'previewed');
  });

  describe('when the target has changed', () => {
    it('after the preview and before the first effect touches nothing and asks for another preview', async () => {
      const plan = await previewedPlan(service());
      const [group] = planned(plan, 'tenant_group');
      const theirs = await makeGroup(plan.own, group.target_payload.name);
      const answer = await plan.apply();
      assert.equal(answer.status, 409, answer.text);
      assert.equal(answer.body.code, 'preview_stale');
      assert.deepEqual(
        answer.body.changes.map((change: Body) => [change.step_id, change.code, change.is.resource_id]),
        [[group.id, 'target_collision', theirs.id]],
      );
      const execution = await executionOf(plan, answer.body.execution_id);
      assert.equal(execution.status, 'failed');
      assert.equal(execution.failure.code, 'preview_stale');
      assert.deepEqual(await stepsOf(plan), plan.steps);
      const after = await planOf(plan);
      assert.equal(after.status, 'draft');
      assert.equal(after.preview.state, 'stale');
      assert.equal(after.active_execution_id, null);
      const target = await targetOf(plan.own);
      assert.deepEqual(target.groups, [theirs]);
      assert.equal(target.applications.length + target.assignments.length, 0);
    });

    it('under a step\u2019s feet fails that step, adopts nothing, skips what needs it, and does the rest', async () => {
      const plan = await previewedPlan(service());
      const [group] = planned(plan, 'tenant_group');
      const held = await holdInserts(plan.own, { table: 'migration_step_attempts', when: ofTenant(plan) });
      const applying = plan.apply();
      await held.waiting(1);
      const theirs = await makeGroup(plan.own, ` ${String(group.target_payload.name).toUpperCase()} `);
      await held.release();
      const answer = await applying;
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.status, 'failed');
      assert.equal(answer.body.failure.code, 'steps_failed');
      const steps = await stepsOf(plan);
      const statusOf = (step: Body) => [step.status, step.failure?.code ?? step.reason_code ?? null];
      for (const step of planned(plan)) {
        const now = steps.find((each) => each.id === step.id);
        const needsIt = step.depends_on.includes(group.id);
        const expected =
          step.id === group.id
            ? ['failed', 'collision']
            : needsIt
              ? ['skipped', 'dependency_failed']
              : ['applied', null];
        assert.deepEqual(statusOf(now), expected, `${step.target_contract} ${step.item.name}`);
      }
      assert.ok(
        planned(plan).some((step) => step.depends_on.includes(group.id)),
        'nothing needs the group',
      );
      const after = await planOf(plan);
      assert.equal(after.status, 'failed');
      const { groups } = await targetOf(plan.own);
      assert.deepEqual(
        groups.find((row) => row.id === theirs.id),
        theirs,
      );
      await assertOneObjectAStep(plan);
      const handle = plan.own.temporal.workflow.getHandle(workflowIdOf('apply', plan.plan));
      await until('Temporal shows it red', async () => (await handle.describe()).status.name === 'FAILED');
    });
  });

  describe('that is stopped', () => {
    it('through the API lets the steps that are running finish and skips the rest', async () => {
      const plan = await previewedPlan(service());
      const first = planned(plan).filter(({ depends_on: needs }) => needs.length === 0);
      const rest = planned(plan).filter(({ depends_on: needs }) => needs.length > 0);
      // As many as one run takes wait inside of their transactions.
      const running = first.slice(0, hopSteps);
      const effects = await Promise.all(
        ['runtime_groups', 'runtime_applications'].map((table) =>
          holdInserts(plan.own, { table, when: ofTenant(plan) }),
        ),
      );
      const id = await beginApply(plan);
      const attempts = () =>
        plan.own.database.stepAttempt.count({ where: { executionId: id, status: 'running' } });
      await until('steps are running', async () => (await attempts()) === running.length);
      await Promise.any(effects.map((effect) => effect.waiting(1)));
      // The next ones wait before their transactions, where they hold up nobody.
      const next = await holdInserts(plan.own, { table: 'migration_step_attempts', when: ofTenant(plan) });
      const cancelling = plan.own.call('POST', `${plan.P}/executions/${id}/cancel`);
      await Promise.all(effects.map((effect) => effect.release()));
      assert.equal((await cancelling).status, 202);
      await next.release();
      const execution = await endedExecution(plan, id);
      assert.equal(execution.status, 'failed');
      assert.equal(execution.failure.code, 'run_stopped');
      const steps = await stepsOf(plan);
      const statuses = (of: Body[]) =>
        of.map((step) => steps.find((each) => each.id === step.id)).map((step) => step.status);
      assert.ok(
        statuses(running).every((status) => status === 'applied'),
        statuses(running).join(),
      );
      const others = [...first.slice(hopSteps), ...rest];
      assert.ok(others.length > 0);
      assert.ok(
        statuses(others).every((status) => status === 'skipped'),
        statuses(others).join(),
      );
      const reasons = steps.filter(({ status }) => status === 'skipped').map((step) => step.reason_code);
      assert.deepEqual([...new Set(reasons)], ['run_stopped']);
      assert.equal((await planOf(plan)).status, 'failed');
      await assertOneObjectAStep(plan);
    });

    it('in Temporal, by a termination, is reflected with its identity, and a late effect writes nothing', async () => {
      const plan = await previewedPlan(service());
      const held = await holdInserts(plan.own, { table: 'migration_step_attempts', when: ofTenant(plan) });
      const id = await beginApply(plan);
      await held.waiting(1);
      const workflowId = workflowIdOf('apply', plan.plan);
      await operate(plan.own, 'workflow', 'terminate', '--workflow-id', workflowId, '--reason', 'enough');
      const execution = await endedExecution(plan, id, reflectedWithinMs);
      assert.equal(execution.failure.code, 'run_stopped');
      assert.equal(execution.failure.reason, 'enough');
      assert.match(execution.failure.identity, /^temporal-cli:/);
      const settled = await stepsOf(plan);
      await held.release();
      await until('the late attempts have ended', async () => {
        const rows = await plan.own.database.stepAttempt.findMany({ where: { executionId: id } });
        return rows.length > 0 && rows.every(({ status }) => status !== 'running');
      });
      assert.deepEqual(await stepsOf(plan), settled);
      assert.ok(
        planned(plan).every((step) => settled.find((each) => each.id === step.id).status === 'skipped'),
      );
      assert.deepEqual(await targetOf(plan.own), { groups: [], applications: [], assignments: [] });
      const after = await planOf(plan);
      assert.equal(after.status, 'failed');
      assert.equal(after.active_execution_id, null);
    });
  });

  it('that was never started leaves the plan previewed with its token used up, and it can be applied anew', async () => {
    const plan = await previewedPlan(service());
    const { own, token } = plan;
    const tenant = TenantId.parse(own.tenant);
    const stored = await findPlan(own.database, tenant, plan.plan);
    assert.ok(stored);
    // What is left when the API ends between its transaction and its start.
    const actor = { id: 'dev', type: 'user', tenant, kind: 'customer', authenticated: true } as const;
    const { id } = await createExecution(
      own.database,
      tenant,
      stored,
      { tokenHash: sha256(token), recipientJwk: null, cover: (tx, locked) => readCover(tx, tenant, locked) },
      { actor, at: new Date(), requestId: null },
    );
    const row = (await unmirroredRuns(own.database, 200)).find(({ run }) => run.resourceId === id);
    assert.ok(row);
    const later = new Date(row.run.startedAt.getTime() + 61_000);
    const mirror = { database: own.database, client: own.temporal, log: createLog('test', 'silent') };
    await sweepUnclaimed({ ...mirror, now: () => later }, row);
    const execution = await executionOf(plan, id);
    assert.equal(execution.status, 'failed');
    assert.equal(execution.failure.code, 'not_started');
    const after = await planOf(plan);
    assert.equal(after.status, 'previewed');
    assert.equal(after.preview.state, 'consumed');
    assert.equal(after.active_execution_id, null);
    assert.deepEqual(await stepsOf(plan), plan.steps);
    const used = await plan.apply();
    assert.equal(used.status, 409);
    assert.equal(used.body.code, 'preview_stale');
    const again = await own.call('POST', `${plan.P}/apply`, {
      body: { preview_token: await previewToken(own, plan.P) },
    });
    assert.equal(again.status, 200, again.text);
    assert.equal(again.body.summary.applied, planned(plan).length);
  });

  it('goes on in a new run every few steps; the runs claim their row in order', async () => {
    const plan = await previewedPlan(service());
    const answer = await plan.apply();
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.summary.applied, planned(plan).length);
    const { runIds, workflowId } = await rowOf(plan, answer.body.id);
    const hops = Math.ceil(planned(plan).length / hopSteps);
    assert.ok(hops >= 3, `${hops} runs show little`);
    assert.equal(runIds.length, hops);
    for (const [index, runId] of runIds.entries()) {
      const { events } = await plan.own.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      const started = events?.[0]?.workflowExecutionStartedEventAttributes;
      assert.equal(started?.continuedExecutionRunId ?? '', runIds[index - 1] ?? '');
      assert.equal(started?.firstExecutionRunId, runIds[0]);
    }
    await assertOneObjectAStep(plan);
  });

  describe('does a step once', () => {
    it('when two attempts of it run at the same time, and when one comes after all is done', async () => {
      const plan = await previewedPlan(service());
      const held = await holdInserts(plan.own, { table: 'runtime_groups', when: ofTenant(plan) });
      const id = await beginApply(plan);
      await held.waiting(1);
      const [group] = planned(plan, 'tenant_group');
      const { workflowId, runIds } = await rowOf(plan, id);
      const execution = { workflowId, runId: runIds.at(-1) ?? '' };
      const input = { tenantId: plan.own.tenant, executionId: id, stepId: group.id };
      const dependencies = activityDependencies(plan.own);
      const second = runActivity(applyStep(dependencies), input, execution, 2);
      await until('the second attempt has begun', () =>
        plan.own.database.stepAttempt.count({ where: { stepId: group.id, number: 2 } }),
      );
      await held.release();
      assert.deepEqual(await second, { status: 'applied' });
      // A failure that the workflow believed in is answered with what is true.
      const recorded = await runActivity(recordStepFailure(dependencies), input, execution).catch(
        (error: unknown) => error,
      );
      if (recorded instanceof Error) assert.ok(recorded instanceof DomainError);
      else assert.deepEqual(recorded, { status: 'applied' });
      const ended = await endedExecution(plan, id);
      assert.equal(ended.summary.applied, planned(plan).length);
      await assertOneObjectAStep(plan);
      const before = await targetOf(plan.own);
      await assert.rejects(
        runActivity(applyStep(dependencies), input, execution, 3),
        (error) => error instanceof DomainError && error.code === 'execution_superseded',
      );
      assert.deepEqual(await targetOf(plan.own), before);
    });
  });
});
