import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { DomainError } from '../../../domain/errors.ts';
import type { Execution } from '../../../domain/plan.ts';
import { inTransaction } from '../../../prisma/client.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import { claimExecution, type ResetOrigin } from '../../../prisma/store/executionClaim.ts';
import { findExecution, listExecutions } from '../../../prisma/store/executions.ts';
import { findPlan } from '../../../prisma/store/plans.ts';
import { createRetry, rehearseRetry } from '../../../prisma/store/retries.ts';
import { settleExecution } from '../../../prisma/store/settleExecution.ts';
import { outstandingSteps } from '../../../prisma/store/stepOutcomes.ts';
import { archiveSource } from '../../../prisma/store/sources.ts';
import { archiveWorkspace } from '../../../prisma/store/workspaces.ts';
import { madeByOthers, stepOf } from '../../activities/apply/support.ts';
import { useDatabase } from '../../support/database.ts';
import {
  applyOne,
  commandOf,
  failureNow,
  makePlace,
  outcomes,
  plan,
  refusal,
  startExecution,
  stepsOf,
  type Executing,
} from './support.ts';

/** Steps of the small org that wait for group g1, and g1 itself. */
const waitedForG1 = ['g1', 'a1/group/g1', 'a2/group/g1'];

describe('retrying', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  const settle = (at: Executing, code: string | null = null) =>
    settleExecution(db(), at.tenant, at.execution.id, {
      failure: code === null ? null : failureNow(code),
      at: new Date(),
    });

  /** A plan of which everything is applied but group g1, whose name was taken, and what needs it. */
  async function failedPlan(): Promise<Executing & { theirs: string }> {
    const at = await startExecution(await plan(await makePlace(db())));
    const payload = { name: 'Group g1', description: 'theirs' };
    const { resourceId } = await madeByOthers(at, { contract: 'tenant_group', payload });
    await applyAll(at);
    assert.equal(await settle(at), 'failed');
    return { ...at, theirs: resourceId };
  }

  async function applyAll(at: Executing): Promise<void> {
    for (;;) {
      const [next] = await outstandingSteps(db(), at.tenant, at.execution.id, 1);
      if (!next) return;
      await applyOne(at, next.id);
    }
  }

  const retry = ({ tenant, execution }: Executing, stepIds: string[] | null = null) =>
    createRetry(db(), tenant, execution, { stepIds, recipientJwk: null }, commandOf());

  /** Claims as the first activity of the workflow does. */
  async function claimAs(
    at: Executing,
    execution: Execution,
    more: {
      temporalRunId?: string;
      firstRun?: string;
      continuedFrom?: string | null;
      reset?: ResetOrigin;
    } = {},
  ) {
    const { temporalRunId = randomUUID(), continuedFrom = null } = more;
    const claimant = {
      workflowId: execution.run.workflowId,
      temporalRunId,
      continuedFrom,
      firstRun: more.firstRun ?? temporalRunId,
      reset: more.reset ?? null,
    };
    const claimed = await inTransaction(db(), (tx) =>
      claimExecution(tx, at.tenant, execution.run, claimant, new Date()),
    );
    return { ...claimed, temporalRunId };
  }

  async function startRetry(at: Executing, stepIds: string[] | null = null): Promise<Executing> {
    const execution = await retry(at, stepIds);
    const { temporalRunId } = await claimAs(at, execution);
    return { ...at, execution, temporalRunId };
  }

  const statuses = async (at: Executing) =>
    Object.fromEntries((await stepsOf(at)).map((step) => [step.externalId, step.status]));
  const planStatus = async (at: Executing) => (await findPlan(db(), at.tenant, at.plan.id))?.status;
  const reload = async (at: Executing) => {
    const execution = await findExecution(db(), at.tenant, at.execution.id);
    assert.ok(execution);
    return { ...at, execution };
  };
  const actions = async (at: Executing, executionId: string) =>
    (await listAudit(db(), at.tenant, { before: null, limit: 200 }))
      .filter((record) => record.targets.execution_id === executionId)
      .map((record) => record.action.replace('migration.', ''))
      .reverse();

  it('does what failed and what waited for it, and nothing else', async () => {
    const at = await failedPlan();
    await db().runtimeGroup.delete({ where: { id: at.theirs } });
    const before = (await stepsOf(at)).filter((step) => step.status === 'applied');
    const again = await startRetry(at);
    assert.deepEqual(
      (await stepsOf(at))
        .filter((step) => step.status === 'planned')
        .map((step) => step.externalId)
        .sort(),
      [...waitedForG1].sort(),
    );
    await applyAll(again);
    assert.equal(await settle(again), 'completed');
    assert.equal(await planStatus(at), 'applied_with_follow_up');
    const after = await stepsOf(at);
    for (const step of before)
      assert.deepEqual(
        after.find(({ id }) => id === step.id),
        step,
      );
    assert.equal(await db().runtimeGroup.count({ where: { tenantId: at.tenant } }), 2);
    const { trigger, retryOf, summary } = (await reload(again)).execution;
    assert.deepEqual([trigger, retryOf, summary?.applied], ['retry', at.execution.id, 3]);
    assert.deepEqual((await actions(at, again.execution.id)).sort(), [
      'cutover_execution.retried',
      'cutover_plan.applied',
      'cutover_step.applied',
      'cutover_step.applied',
      'cutover_step.applied',
    ]);
  });

  it('leaves steps as they are until its run claims it', async () => {
    const at = await failedPlan();
    const before = await stepsOf(at);
    const execution = await retry(at);
    assert.deepEqual(await stepsOf(at), before);
    const unbegun = { ...at, execution };
    assert.equal(await settle(unbegun, 'not_started'), 'failed');
    assert.deepEqual(await stepsOf(at), before);
    assert.equal(await planStatus(at), 'failed');
    // What was never begun is retried like anything else.
    await startRetry(unbegun);
  });

  it('fails the step again while its name is taken, and the plan stays failed', async () => {
    const at = await failedPlan();
    const again = await startRetry(at);
    await applyAll(again);
    assert.equal(await settle(again), 'failed');
    assert.equal((await stepOf(at, 'g1')).failure?.code, 'collision');
    assert.equal((await stepOf(at, 'a1/group/g1')).reasonCode, 'dependency_failed');
    assert.equal(await planStatus(at), 'failed');
    const left = await db().runtimeGroup.findUniqueOrThrow({ where: { id: at.theirs } });
    assert.deepEqual([left.description, left.migratedBy], ['theirs', null]);
    assert.ok(!(await actions(at, again.execution.id)).includes('cutover_plan.applied'));
  });

  it('of some steps leaves the others failed, and the plan with them', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    await settle(at, 'run_stopped');
    const { id } = await stepOf(at, 'g2');
    const again = await startRetry(at, [id]);
    await applyAll(again);
    assert.equal(await settle(again), 'completed');
    assert.equal(await planStatus(at), 'failed');
    const { g1, g2 } = await statuses(at);
    assert.deepEqual([g1, g2], ['skipped', 'applied']);
    assert.equal((await stepOf(at, 'g2')).reasonCode, null);
  });

  it('rehearsed says what it would do, and writes nothing', async () => {
    const at = await failedPlan();
    const steps = await stepsOf(at);
    const idsOf = (...names: string[]) =>
      steps.filter((step) => names.includes(step.externalId)).map((step) => step.id);
    const whole = await rehearseRetry(db(), at.tenant, at.execution, null);
    assert.deepEqual(whole.run, idsOf(...waitedForG1));
    assert.equal(whole.done.length, 4);
    const asked = idsOf('a1', 'p1', 'a1/group/g1');
    assert.deepEqual(await rehearseRetry(db(), at.tenant, at.execution, asked), {
      run: idsOf('a1/group/g1'),
      done: idsOf('a1'),
      refused: idsOf('p1'),
    });
    assert.deepEqual(await stepsOf(at), steps);
    assert.equal((await listExecutions(db(), at.tenant, at.plan.id, { before: null, limit: 5 })).length, 1);
  });

  describe('is refused', () => {
    it('for steps that cannot be retried, which it names, and for ids of none', async () => {
      const at = await failedPlan();
      const [applied, manual, failed] = await Promise.all(['a1', 'p1', 'g1'].map((id) => stepOf(at, id)));
      assert.ok(applied && manual && failed);
      await assert.rejects(retry(at, [applied.id, manual.id, failed.id]), (error) => {
        assert.ok(error instanceof DomainError);
        assert.equal(error.code, 'step_not_retryable');
        assert.deepEqual(error.members.steps, [applied.id, manual.id]);
        return true;
      });
      assert.equal(await refusal(retry(at, [failed.id, randomUUID()])), 'unknown_reference');
    });

    it('while another execution runs, also when both are asked for at the same time', async () => {
      const at = await failedPlan();
      const ended = await outcomes([retry(at), retry(at), retry(at)]);
      assert.deepEqual(ended, ['apply_in_progress', 'apply_in_progress', 'done']);
    });

    it('of an execution that is not the latest, and of a plan that is applied', async () => {
      const at = await failedPlan();
      await db().runtimeGroup.delete({ where: { id: at.theirs } });
      const again = await startRetry(at);
      await applyAll(again);
      await settle(again);
      assert.equal(await refusal(retry(again)), 'plan_already_applied');
      const once = await failedPlan();
      await settle(await startRetry(once), 'run_stopped');
      assert.equal(await refusal(retry(once)), 'retry_stale');
    });

    it('when the plan was built again, or something else was decided', async () => {
      const rebuilt = await failedPlan();
      await db().plan.update({ where: { id: rebuilt.plan.id }, data: { revision: { increment: 1 } } });
      assert.equal(await refusal(retry(rebuilt)), 'retry_stale');
      const decided = await failedPlan();
      const { id } = await stepOf(decided, 'g1');
      await db().step.update({ where: { id }, data: { decisionVersion: 7 } });
      assert.equal(await refusal(retry(decided)), 'retry_stale');
      const { id: applied } = await stepOf(decided, 'a1');
      await db().step.update({ where: { id }, data: { decisionVersion: null } });
      await db().step.update({ where: { id: applied }, data: { decisionVersion: 7 } });
      await retry(decided);
    });

    it('when the source or the workspace has been archived', async () => {
      const first = await failedPlan();
      await archiveSource(db(), first.tenant, first.workspace.id, first.source.id, commandOf());
      assert.equal(await refusal(retry(first)), 'source_archived');
      const second = await failedPlan();
      await archiveWorkspace(db(), second.tenant, second.workspace.id, commandOf());
      assert.equal(await refusal(retry(second)), 'workspace_archived');
    });
  });

  describe('by a reset in Temporal', () => {
    const reset = (at: Executing, temporalRunId: string = randomUUID()) =>
      claimAs(at, at.execution, {
        temporalRunId,
        firstRun: at.temporalRunId,
        reset: { formerRunId: at.temporalRunId, reason: 'root: once more' },
      });

    it('is an execution of its own that takes up all that failed', async () => {
      const at = await reload(await failedPlan());
      await db()
        .runtimeGroup.delete({ where: { id: at.execution.id } })
        .catch(() => undefined);
      const claimed = await reset(at);
      assert.equal(claimed.settled, false);
      assert.notEqual(claimed.run.id, at.execution.run.id);
      const execution = await findExecution(db(), at.tenant, claimed.run.resourceId);
      assert.ok(execution);
      assert.deepEqual([execution.trigger, execution.retryOf], ['temporal_reset', at.execution.id]);
      assert.equal((await outstandingSteps(db(), at.tenant, execution.id, 10)).length, 3);
      // Asked again by the same run, it is answered with the same row.
      const again = await reset(at, claimed.temporalRunId);
      assert.equal(again.run.id, claimed.run.id);
      const after = { ...at, execution, temporalRunId: claimed.temporalRunId };
      await applyAll(after);
      assert.equal(await settle(after), 'failed');
      const [record] = (await listAudit(db(), at.tenant, { before: null, limit: 200 })).filter(
        ({ action }) => action === 'migration.cutover_execution.reset',
      );
      assert.deepEqual([record?.actor.type, record?.actor.authenticated], ['temporal', false]);
      assert.deepEqual(record?.facts, {
        retry_of: at.execution.id,
        revision: at.plan.revision,
        temporal_run_id: claimed.temporalRunId,
        former_temporal_run_id: at.temporalRunId,
        reason: 'root: once more',
      });
    });

    it('of a plan that is applied answers from the records and changes nothing', async () => {
      const started = await startExecution(await plan(await makePlace(db())));
      await applyAll(started);
      await settle(started);
      const at = await reload(started);
      const before = await stepsOf(at);
      const claimed = await reset(at);
      assert.deepEqual([claimed.settled, claimed.run.id], [true, at.execution.run.id]);
      assert.deepEqual(await stepsOf(at), before);
      assert.equal((await listExecutions(db(), at.tenant, at.plan.id, { before: null, limit: 5 })).length, 1);
    });

    it('waits for a former run that has not been settled', async () => {
      const running = await startExecution(await plan(await makePlace(db())));
      const now = await reload(running);
      assert.equal(await refusal(reset(now)), 'previous_run_unsettled');
      const failed = await reload(await failedPlan());
      await retry(failed);
      assert.equal(await refusal(reset(failed)), 'previous_run_unsettled');
    });

    it('of an old run after the plan was built again writes nothing', async () => {
      const at = await reload(await failedPlan());
      await db().plan.update({
        where: { id: at.plan.id },
        data: { revision: { increment: 1 }, status: 'draft' },
      });
      const before = await stepsOf(at);
      assert.equal(await refusal(reset(at)), 'retry_stale');
      assert.deepEqual(await stepsOf(at), before);
    });

    it('is refused when the source has been archived', async () => {
      const at = await reload(await failedPlan());
      await archiveSource(db(), at.tenant, at.workspace.id, at.source.id, commandOf());
      assert.equal(await refusal(reset(at)), 'source_archived');
    });

    it('cannot be feigned by a workflow that somebody starts by hand', async () => {
      const failed = await reload(await failedPlan());
      assert.equal(await refusal(claimAs(failed, failed.execution)), 'not_authorised');
      const running = await reload(await startExecution(await plan(await makePlace(db()))));
      assert.equal(await refusal(claimAs(running, running.execution)), 'not_authorised');
    });
  });
});
