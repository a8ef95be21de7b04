import assert from 'node:assert/strict';
import proto from '@temporalio/proto';
import { workflowIdOf } from '../../domain/run.ts';
import { beginApply, makeGroup, previewedPlan, targetOf, type PreviewedPlan } from '../support/cutover.ts';
import { holdInserts } from '../support/hold.ts';
import { smallOrg } from '../support/okta.ts';
import type { Body } from '../support/answer.ts';
import { useService } from '../support/service.ts';
import { operate } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const { EventType } = proto.temporal.api.enums.v1;

/** Mutations of one run in these tests, so that what is retried needs several. */
const hopSteps = 1;

describe('A cutover that failed', () => {
  const service = useService({ pace: { hopSteps } });

  const stepsOf = async ({ own, P }: PreviewedPlan): Promise<Body[]> =>
    (await own.call('GET', `${P}/steps?limit=200`)).body.data;
  const executionsOf = async ({ own, P }: PreviewedPlan): Promise<Body[]> =>
    (await own.call('GET', `${P}/executions`)).body.data;
  const planOf = async ({ own, P }: PreviewedPlan): Promise<Body> => (await own.call('GET', P)).body;
  const plannedOf = ({ steps }: PreviewedPlan) => steps.filter((step) => step.disposition === 'planned');
  const handleOf = ({ own, plan }: PreviewedPlan, runId?: string) =>
    own.temporal.workflow.getHandle(workflowIdOf('apply', plan), runId);

  /** The records of resets, newest first. */
  const resetsOf = async ({ own }: PreviewedPlan): Promise<Body[]> => {
    const { body } = await own.call('GET', '/audit-records?limit=200');
    return body.data.filter(({ action }: Body) => action === 'migration.cutover_execution.reset');
  };

  const resetToFirstTask = ({ own, plan }: PreviewedPlan, runId: string, reason: string) => {
    const place = ['--workflow-id', workflowIdOf('apply', plan), '--run-id', runId];
    const point = ['--type', 'FirstWorkflowTask', '--reason', reason];
    return operate(own, 'workflow', 'reset', ...place, ...point);
  };

  /** The first Temporal run of each of a plan's executions, once there are so many and all have ended. */
  const untilEnded = ({ own, plan }: PreviewedPlan, count: number): Promise<string[]> =>
    until('the reset has ended', async () => {
      const where = { workflowId: workflowIdOf('apply', plan) };
      const rows = await own.database.run.findMany({ where, orderBy: { startedAt: 'asc' } });
      const ended = rows.length === count && rows.every(({ endedAt }) => endedAt !== null);
      return ended && rows.map(({ runIds }) => String(runIds[0]));
    });

  /** Each applied step has made one object of the target, and nothing else is there. */
  async function assertOneObjectAStep(plan: PreviewedPlan): Promise<void> {
    const applied = (await stepsOf(plan)).filter(({ status }) => status === 'applied');
    const ids = Object.values(await targetOf(plan.own))
      .flat()
      .map(({ id }) => id);
    assert.deepEqual(ids.sort(), applied.map((step) => String(step.target_resource_id)).sort());
  }

  /** A plan that failed because the name of its first group was taken under its feet, and is free again. */
  async function failedPlan(): Promise<{ plan: PreviewedPlan; failed: Body; execution: Body }> {
    const plan = await previewedPlan(service());
    const when = `NEW.tenant_id = '${plan.own.tenant}'`;
    const held = await holdInserts(plan.own, { table: 'migration_step_attempts', when });
    const applying = plan.apply();
    await held.waiting(1);
    const failed = plannedOf(plan).find((step) => step.target_contract === 'tenant_group');
    const { id } = await makeGroup(plan.own, failed.target_payload.name);
    await held.release();
    const { body: execution } = await applying;
    assert.equal(execution.status, 'failed');
    await plan.own.database.runtimeGroup.delete({ where: { id } });
    return { plan, failed, execution };
  }

  it('is retried through the API: what failed and what waited for it is done, under the same workflow id', async () => {
    const { plan, failed, execution } = await failedPlan();
    const retry = (body: object) =>
      plan.own.call('POST', `${plan.P}/executions/${execution.id}/retry`, { body });
    const before = await stepsOf(plan);
    const left = before.filter(({ status }) => status === 'failed' || status === 'skipped');
    const rehearsed = await retry({ dry_run: true });
    assert.deepEqual([...rehearsed.body.would_run].sort(), left.map(({ id }) => String(id)).sort());
    assert.deepEqual(await stepsOf(plan), before);
    const applied = before.find(({ status }) => status === 'applied');
    const refused = await retry({ step_ids: [applied.id] });
    assert.deepEqual([refused.status, refused.body.code], [409, 'step_not_retryable']);
    assert.deepEqual(refused.body.steps, [applied.id]);
    const answer = await retry({ step_ids: [failed.id] });
    assert.equal(answer.status, 200, answer.text);
    const { status, trigger, retry_of, summary, workflow, generated_secrets } = answer.body;
    assert.deepEqual(
      [status, trigger, retry_of, summary.applied, workflow.workflow_id, generated_secrets],
      ['completed', 'retry', execution.id, left.length, workflowIdOf('apply', plan.plan), []],
    );
    assert.equal((await planOf(plan)).status, 'applied_with_follow_up');
    await assertOneObjectAStep(plan);
    const done = before.filter((step) => step.status === 'applied');
    const after = await stepsOf(plan);
    for (const step of done)
      assert.deepEqual(
        after.find(({ id }) => id === step.id),
        step,
      );
    const once = await retry({});
    assert.deepEqual([once.status, once.body.code], [409, 'plan_already_applied']);
  }).timeout(40_000);

  it('is retried by a reset in Temporal to its first task, over several runs, with the same result', async () => {
    const { plan, execution } = await failedPlan();
    const { runIds } = await plan.own.database.run.findFirstOrThrow({ where: { resourceId: execution.id } });
    const handle = handleOf(plan, runIds.at(-1));
    await assert.rejects(handle.result());
    const formerRunId = String(runIds[0]);
    await resetToFirstTask(plan, formerRunId, 'INC-42, for\tMaren');
    const ended = await until('the plan is applied', async () => {
      const now = await planOf(plan);
      return now.status === 'failed' || now.active_execution_id !== null ? null : now;
    });
    assert.equal(ended.status, 'applied_with_follow_up');
    const [latest, ...former] = await executionsOf(plan);
    assert.deepEqual(
      [latest.trigger, latest.retry_of, latest.status, latest.started_by, former.length],
      ['temporal_reset', execution.id, 'completed', 'unknown', 1],
    );
    const row = await plan.own.database.run.findFirstOrThrow({ where: { resourceId: latest.id } });
    assert.ok(row.runIds.length > 1, 'it was to need several runs');
    const [reset, ...others] = await resetsOf(plan);
    assert.equal(others.length, 0);
    const { id, type, authenticated } = reset.actor;
    assert.deepEqual([id, type, authenticated], ['unknown', 'temporal', false]);
    const { reason, ...facts } = reset.facts;
    // The CLI puts the name of the machine's user first.
    assert.match(reason, /^\S+: INC-42, for Maren$/);
    assert.equal(facts.former_temporal_run_id, formerRunId);
    assert.equal(facts.temporal_run_id, row.runIds[0]);
    await assertOneObjectAStep(plan);
  }).timeout(40_000);

  it('is told by each reset for what reason, cut where it is long', async () => {
    const { plan, failed } = await failedPlan();
    const [first] = await untilEnded(plan, 1);
    // The name is taken once more, so that the reset fails as the apply has.
    const theirs = await makeGroup(plan.own, failed.target_payload.name);
    await resetToFirstTask(plan, String(first), 'early');
    const [, second] = await untilEnded(plan, 2);
    await plan.own.database.runtimeGroup.delete({ where: { id: theirs.id } });
    await resetToFirstTask(plan, String(second), `late ${'x'.repeat(2_000)}`);
    const runs = await untilEnded(plan, 3);
    const [late, early] = (await resetsOf(plan)).map(({ facts }) => facts);
    const runsOf = (facts: Body) => [facts.former_temporal_run_id, facts.temporal_run_id];
    assert.deepEqual([runsOf(early), runsOf(late)], [runs.slice(0, 2), runs.slice(1)]);
    assert.match(early.reason, /^\S+: early$/);
    assert.match(late.reason, /^\S+: late x+$/);
    assert.equal(late.reason.length, 500);
  }).timeout(40_000);

  it('because it was cancelled in Temporal is retried from where it stopped', async () => {
    const plan = await previewedPlan(service());
    const when = `NEW.tenant_id = '${plan.own.tenant}'`;
    const held = await holdInserts(plan.own, { table: 'migration_step_attempts', when });
    const id = await beginApply(plan);
    await held.waiting(1);
    await handleOf(plan).cancel();
    await held.release();
    const stopped = await until('the execution has ended', async () => {
      const { body } = await plan.own.call('GET', `${plan.P}/executions/${id}`);
      return body.status === 'started' ? null : body;
    });
    assert.deepEqual([stopped.status, stopped.failure.code], ['failed', 'run_stopped']);
    const reached = (await stepsOf(plan)).filter(({ status }) => status === 'applied').length;
    // The steps of its first run were under way, and finished.
    assert.equal(reached, hopSteps);
    const again = await plan.own.call('POST', `${plan.P}/executions/${id}/retry`);
    assert.equal(again.body.summary.applied, plannedOf(plan).length - reached, again.text);
    await assertOneObjectAStep(plan);
  }).timeout(40_000);

  it('or was applied changes nothing when any of its tasks is done again', async () => {
    const plan = await previewedPlan(service(), smallOrg([], ['Workshop', 'Field Engineers']));
    assert.equal((await plan.apply()).body.status, 'completed');
    const { events = [] } = await handleOf(plan).fetchHistory();
    const { runId } = await handleOf(plan).describe();
    const tasks = (events ?? []).filter(
      ({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    );
    assert.ok(tasks.length >= 4, `${tasks.length} tasks show little`);
    const everything = async () => [
      await targetOf(plan.own),
      await stepsOf(plan),
      (await executionsOf(plan)).map(({ mirrored_at: _, ...execution }) => execution),
      (await plan.own.call('GET', '/audit-records?limit=200')).body,
    ];
    const before = await everything();
    for (const { eventId } of tasks) {
      const point = ['--run-id', runId, '--event-id', String(eventId), '--reason', 'once more'];
      const workflowId = workflowIdOf('apply', plan.plan);
      await operate(plan.own, 'workflow', 'reset', '--workflow-id', workflowId, ...point);
      await handleOf(plan).result();
    }
    assert.deepEqual(await everything(), before);
  }).timeout(60_000);
});
