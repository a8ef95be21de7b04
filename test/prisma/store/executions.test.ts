import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beginExecution } from '../../../activities/apply/begin.ts';
import type { TenantGroup } from '../../../domain/target.ts';
import { inTransaction } from '../../../prisma/client.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import type { StoredCover } from '../../../domain/previewCover.ts';
import { readCover } from '../../../prisma/store/cover.ts';
import { createExecution, findExecution, listExecutions } from '../../../prisma/store/executions.ts';
import { holdExecution } from '../../../prisma/store/executionFence.ts';
import { settleExecution } from '../../../prisma/store/settleExecution.ts';
import { outstandingSteps, takeSteps } from '../../../prisma/store/stepOutcomes.ts';
import { findPlan } from '../../../prisma/store/plans.ts';
import { beginPreview, findPreview, mintToken } from '../../../prisma/store/previews.ts';
import { createResource, findByKeys } from '../../../prisma/store/runtime.ts';
import { requestStop } from '../../../prisma/store/runs.ts';
import { archiveWorkspace } from '../../../prisma/store/workspaces.ts';
import { listExecutionSteps } from '../../../prisma/store/steps.ts';
import { useDatabase } from '../../support/database.ts';
import {
  act,
  applyOne,
  applyWith,
  claim,
  comparePreview,
  commandOf,
  edda,
  failureNow,
  finishPlanning,
  makePlace,
  mint,
  orgItems,
  orgPlanned,
  outcomes,
  plan,
  refusal,
  startExecution,
  startPlanning,
  stepsOf,
  tokenHash,
  type Executing,
  type Planned,
} from './support.ts';

interface Stale {
  code?: string;
  message?: string;
  members?: { changes?: { code: string }[] };
}

describe('creating an execution', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  /** Why a token is refused: the sentence, and the codes of what changed. */
  async function staleness(promise: Promise<unknown>): Promise<string> {
    try {
      await promise;
    } catch (error) {
      const { code, message = '', members } = error as Stale;
      assert.equal(code, 'preview_stale');
      const changes = (members?.changes ?? []).map((change) => change.code);
      return [message.replace(/ Preview the plan again\.$/, ''), ...changes].join(' ');
    }
    return 'applied';
  }
  const withCover = ({ tenant, plan: planned }: Planned, token: string, cover: Partial<StoredCover>) =>
    createExecution(
      db(),
      tenant,
      planned,
      {
        tokenHash: tokenHash(token),
        recipientJwk: null,
        cover: async (tx, locked) => ({ ...(await readCover(tx, tenant, locked)), ...cover }),
      },
      commandOf(),
    );

  it('consumes the token: it works once', async () => {
    const at = await plan(await makePlace(db()));
    const { token, preview } = await mint(at);
    const execution = await applyWith(at, token);
    assert.deepEqual(
      [execution.status, execution.trigger, execution.previewId],
      ['started', 'apply', preview.id],
    );
    assert.equal((await findPreview(db(), at.tenant, preview.id))?.state, 'consumed');
    const now = await findPlan(db(), at.tenant, at.plan.id);
    assert.deepEqual(
      [now?.status, now?.activeExecutionId, now?.latestExecutionId],
      ['previewed', execution.id, execution.id],
    );
    assert.equal(await refusal(applyWith(at, token)), 'apply_in_progress');
  });

  it('gives one execution to several who come with the same token at the same time', async () => {
    const at = await plan(await makePlace(db()));
    const { token } = await mint(at);
    const ended = await outcomes(Array.from({ length: 5 }, () => applyWith(at, token)));
    assert.deepEqual(ended, [...Array.from({ length: 4 }, () => 'apply_in_progress'), 'done']);
    assert.equal((await listExecutions(db(), at.tenant, at.plan.id, { before: null, limit: 10 })).length, 1);
  });

  it('is not disturbed by a preview that is still running, and that preview mints nothing', async () => {
    const at = await plan(await makePlace(db()));
    const { token } = await mint(at);
    const later = commandOf({ at: new Date(Date.now() + 61_000) });
    const running = await beginPreview(db(), at.tenant, at.plan, later);
    await applyWith(at, token);
    const payload = { name: 'group G1', description: null };
    await inTransaction(db(), (tx) =>
      createResource(
        tx,
        at.tenant,
        { contract: 'tenant_group', payload },
        { migratedBy: null, secretHash: null, at: new Date() },
      ),
    );
    const run = await claim(at, running.run);
    await comparePreview(at, running, run);
    assert.equal((await findPlan(db(), at.tenant, at.plan.id))?.status, 'previewed');
    const minting = mintToken(
      db(),
      at.tenant,
      at.plan,
      running.id,
      { hash: tokenHash('another'), expiresAt: later.at },
      later,
    );
    assert.equal(await refusal(minting), 'apply_in_progress');
  });

  it('refuses a token that was never minted, was minted for another plan, or is not the latest', async () => {
    const [at, other] = [await plan(await makePlace(db())), await plan(await makePlace(db()))];
    const never = 'The preview token is not the latest one of this plan.';
    assert.equal(await staleness(applyWith(at, randomUUID())), never);
    const first = await mint(at);
    await mint(at);
    assert.equal(await staleness(applyWith(at, first.token)), never);
    const foreign = await mint(other);
    assert.equal(await staleness(applyWith(at, foreign.token)), never);
    assert.equal(await staleness(applyWith(at, '')), never);
  });

  it('refuses a token that has expired, to the millisecond', async () => {
    const at = await plan(await makePlace(db()));
    const { token, preview } = await mint(at);
    const expiry = preview.expiresAt?.getTime() ?? 0;
    const late = applyWith(at, token, commandOf({ at: new Date(expiry) }));
    assert.equal(await staleness(late), 'The preview token has expired.');
    await applyWith(at, token, commandOf({ at: new Date(expiry - 1) }));
  });

  for (const [name, cover] of [
    ['classifier_version', { classifier_version: 'other' }],
    ['revision', { revision: 99 }],
    ['assessment_id', { assessment_id: randomUUID() }],
  ] as const) {
    it(`refuses a token whose ${name} is no longer what was previewed, and says so`, async () => {
      const at = await plan(await makePlace(db()));
      const { token } = await mint(at);
      assert.equal(
        await staleness(withCover(at, token, cover)),
        `What was previewed has changed. ${name}_changed`,
      );
      // Nothing was consumed by that.
      await applyWith(at, token);
    });
  }

  it('sees a payload that was changed behind the plan’s back', async () => {
    const at = await plan(await makePlace(db()));
    const { token } = await mint(at);
    await db().$executeRaw`
      UPDATE "migration_cutover_steps" SET "target_payload" = jsonb_set("target_payload", '{name}', '"Admins"')
       WHERE "plan_id" = ${at.plan.id}::uuid AND "target_contract" = 'tenant_group'`;
    assert.equal(
      await staleness(applyWith(at, token)),
      'What was previewed has changed. step_changed step_changed',
    );
  });

  it('refuses a token of a revision that was built anew', async () => {
    const at = await plan(await makePlace(db()));
    const { token } = await mint(at);
    await finishPlanning(await startPlanning(at));
    assert.equal(await staleness(applyWith(at, token)), 'What was previewed has changed. revision_changed');
  });

  it('lets one plan of a tenant be applied at a time, by the database', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    const row = await db().execution.findUniqueOrThrow({ where: { id: at.execution.id } });
    const second = db().execution.create({
      data: { ...row, id: randomUUID(), recipientJwk: {}, summary: {}, changes: [], followUpReview: {} },
    });
    await assert.rejects(second, /one_started|Unique constraint/);
  });

  it('or archiving the workspace succeeds when both are asked for at the same time', async () => {
    for (let round = 0; round < 4; round += 1) {
      const at = await plan(await makePlace(db()));
      const { token } = await mint(at);
      const archive = archiveWorkspace(db(), at.tenant, at.workspace.id, commandOf());
      const ended = (await outcomes([applyWith(at, token), archive])).join(' and ');
      assert.ok(['done and run_in_progress', 'done and workspace_archived'].includes(ended), ended);
    }
  }).timeout(30_000);
});

describe('an execution', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  /** Somebody else makes a group at the target. */
  const makeGroup = (at: Planned, payload: TenantGroup) =>
    inTransaction(db(), (tx) =>
      createResource(
        tx,
        at.tenant,
        { contract: 'tenant_group', payload },
        { migratedBy: null, secretHash: null, at: new Date() },
      ),
    );

  const seen = async (at: Executing) => {
    const steps = await listExecutionSteps(db(), at.tenant, at.execution.id, { after: null, limit: 100 });
    return Object.fromEntries(steps.map((step) => [step.externalId, step.status]));
  };
  const settle = (at: Executing, more: Partial<Parameters<typeof settleExecution>[3]> = {}) =>
    settleExecution(db(), at.tenant, at.execution.id, { failure: null, at: new Date(), ...more });
  const states = async (at: Executing) => {
    const [execution, planNow] = await Promise.all([
      findExecution(db(), at.tenant, at.execution.id),
      findPlan(db(), at.tenant, at.plan.id),
    ]);
    return [execution?.status, planNow?.status, planNow?.activeExecutionId];
  };
  const stepOf = async (at: Executing, externalId: string) => {
    const step = (await stepsOf(at)).find((each) => each.externalId === externalId);
    assert.ok(step);
    return step;
  };
  const actionsOf = async (at: Executing) => {
    const records = await listAudit(db(), at.tenant, { before: null, limit: 100 });
    return records
      .filter((record) => record.targets.execution_id === at.execution.id)
      .map((record) => record.action)
      .reverse();
  };

  it('takes all steps; those that mutate nothing are settled at once, with a record each', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    assert.deepEqual(await seen(at), {
      g1: 'planned',
      g2: 'planned',
      a1: 'planned',
      a2: 'planned',
      'a1/group/g1': 'planned',
      'a1/group/g2': 'planned',
      'a2/group/g1': 'planned',
      'a1/user/u1': 'blocked',
      p1: 'manual_follow_up',
    });
    // Taken again, as by a second attempt, nothing is doubled.
    await inTransaction(db(), async (tx) => {
      const held = await holdExecution(tx, at.tenant, at.execution.id, at.temporalRunId);
      await takeSteps(tx, at.tenant, held, new Date());
    });
    assert.deepEqual((await actionsOf(at)).sort(), [
      'migration.cutover_plan.apply_started',
      'migration.cutover_step.blocked',
      'migration.cutover_step.manual_follow_up',
    ]);
  });

  it('ends with follow-up when everything planned was applied, and every outcome is counted', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    for (;;) {
      const [next] = await outstandingSteps(db(), at.tenant, at.execution.id, 1);
      if (!next) break;
      assert.deepEqual(next.after, []);
      assert.equal(await applyOne(at, next.id), 'applied');
    }
    assert.equal(await settle(at, { temporalRunId: at.temporalRunId }), 'completed_with_follow_up');
    assert.deepEqual(await states(at), ['completed_with_follow_up', 'applied_with_follow_up', null]);
    const execution = await findExecution(db(), at.tenant, at.execution.id);
    assert.deepEqual(execution?.summary, {
      planned: 0,
      manual_follow_up: 1,
      blocked: 1,
      skipped: 0,
      applied: orgPlanned,
      failed: 0,
    });
    assert.equal((await actionsOf(at)).at(-1), 'migration.cutover_plan.applied');
    assert.equal(
      (await actionsOf(at)).filter((action) => action === 'migration.cutover_step.applied').length,
      orgPlanned,
    );
    const live = await findByKeys(db(), at.tenant, ['tenant_group:group g1', 'tenant_oidc_application:a1']);
    assert.equal(live.size, 2);
  });

  it('applies a step once, however often and however many at a time ask', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    const step = await stepOf(at, 'g1');
    const ended = await Promise.all(Array.from({ length: 4 }, () => applyOne(at, step.id)));
    assert.deepEqual(new Set(ended), new Set(['applied']));
    assert.equal(await db().runtimeGroup.count({ where: { tenantId: at.tenant } }), 1);
    assert.equal(await db().targetLink.count({ where: { tenantId: at.tenant } }), 1);
  });

  it('stopped on the way keeps what was applied, and says of the rest that it was not reached', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    const step = await stepOf(at, 'g1');
    await applyOne(at, step.id);
    const before = await stepOf(at, 'g1');
    await inTransaction(db(), (tx) =>
      requestStop(tx, at.tenant, at.execution.run.id, { actor: edda, at: new Date() }),
    );
    assert.equal(await refusal(applyOne(at, (await stepOf(at, 'g2')).id)), 'run_stopped');
    assert.equal(await settle(at, { failure: failureNow('run_stopped') }), 'failed');
    assert.deepEqual(await stepOf(at, 'g1'), before);
    const rest = await stepOf(at, 'a1');
    assert.deepEqual([rest.status, rest.reasonCode], ['skipped', 'run_stopped']);
    assert.deepEqual(await states(at), ['failed', 'failed', null]);
    const execution = await findExecution(db(), at.tenant, at.execution.id);
    const counts = Object.values(execution?.summary ?? {}).reduce((sum, n) => sum + n, 0);
    assert.equal(counts, orgItems);
    assert.equal(execution?.run.failure?.code, 'run_stopped');
  });

  it('settled while a step is being applied: the step is applied or skipped, never both', async () => {
    for (let round = 0; round < 6; round += 1) {
      const at = await startExecution(await plan(await makePlace(db())));
      const step = await stepOf(at, 'g1');
      const applying = outcomes([applyOne(at, step.id)]);
      await settle(at, { failure: failureNow('run_stopped') });
      const [ended] = await applying;
      const { status, targetResourceId } = await stepOf(at, 'g1');
      const made = await db().runtimeGroup.count({ where: { tenantId: at.tenant } });
      assert.deepEqual(
        [status, made, targetResourceId !== null],
        ended === 'done' ? ['applied', 1, true] : ['skipped', 0, false],
        ended,
      );
      assert.equal((await seen(at)).g1, status);
    }
  }).timeout(40_000);

  it('settled once stays settled, whoever comes later', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    const ended = await Promise.all(
      Array.from({ length: 4 }, (_, n) => settle(at, { failure: failureNow(`reason_${n}`) })),
    );
    assert.deepEqual(new Set(ended), new Set(['failed']));
    assert.equal(
      (await actionsOf(at)).filter((action) => action === 'migration.cutover_plan.apply_failed').length,
      1,
    );
    assert.equal(await settle(at), 'failed');
    assert.equal(await refusal(applyOne(at, (await stepOf(at, 'g1')).id)), 'execution_superseded');
  });

  it('is not settled by a run that lost its claim', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    const successor = await claim(at, at.execution.run, { continuedFrom: at.temporalRunId });
    assert.equal(await refusal(settle(at, { temporalRunId: at.temporalRunId })), 'execution_superseded');
    assert.equal(await refusal(applyOne(at, (await stepOf(at, 'g1')).id)), 'execution_superseded');
    assert.equal(await applyOne({ ...at, temporalRunId: successor }, (await stepOf(at, 'g1')).id), 'applied');
  });

  it('that finds the target changed before its first effect touches nothing, and the plan is a draft again', async () => {
    const at = await plan(await makePlace(db()));
    const { token, preview } = await mint(at);
    const execution = await applyWith(at, token);
    const temporalRunId = await claim(at, execution.run);
    await makeGroup(at, { name: 'group G1', description: null });
    const before = await stepsOf(at);
    const input = { tenantId: at.tenant, executionId: execution.id };
    assert.deepEqual(await act(at, beginExecution, input, execution.run, temporalRunId), { stale: true });
    assert.deepEqual(await stepsOf(at), before);
    assert.deepEqual(await states({ ...at, execution, temporalRunId }), ['failed', 'draft', null]);
    assert.equal((await findPreview(db(), at.tenant, preview.id))?.state, 'stale');
    const ended = await findExecution(db(), at.tenant, execution.id);
    assert.deepEqual([ended?.run.failure?.code, ended?.changes?.length], ['preview_stale', 1]);
  });

  it('of a plan that would write what its assessment blocks touches nothing and says so', async () => {
    const at = await plan(await makePlace(db()));
    const { token } = await mint(at);
    const execution = await applyWith(at, token);
    const temporalRunId = await claim(at, execution.run);
    const { itemId } = (await stepsOf(at)).find((step) => step.status === 'planned') ?? { itemId: '' };
    await db().itemAssessment.updateMany({
      where: { assessmentId: at.assessment.id, itemId },
      data: { compatibilityClass: 'blocked' },
    });
    const before = await stepsOf(at);
    const input = { tenantId: at.tenant, executionId: execution.id };
    assert.deepEqual(await act(at, beginExecution, input, execution.run, temporalRunId), { stale: true });
    assert.deepEqual(await stepsOf(at), before);
    const ended = await findExecution(db(), at.tenant, execution.id);
    assert.deepEqual([ended?.status, ended?.run.failure?.code], ['failed', 'plan_check_failed']);
  });

  it('that nobody ever claimed leaves the plan previewed, with its token used up', async () => {
    const at = await plan(await makePlace(db()));
    const { token, preview } = await mint(at);
    const execution = await applyWith(at, token);
    const executing = { ...at, execution, temporalRunId: '' };
    assert.equal(await settle(executing, { failure: failureNow('not_started') }), 'failed');
    assert.deepEqual(await states(executing), ['failed', 'previewed', null]);
    assert.equal((await findPreview(db(), at.tenant, preview.id))?.state, 'consumed');
    const planned = (await stepsOf(at)).filter((step) => step.status === 'planned');
    assert.equal(planned.length, orgPlanned);
    assert.equal(await refusal(applyWith(at, token)), 'preview_stale');
  });

  it('fails a step whose name was taken meanwhile, never overwrites it, and skips what needs the step', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    const taken = await makeGroup(at, { name: 'Group g1', description: 'theirs' });
    assert.equal(await applyOne(at, (await stepOf(at, 'g1')).id), 'failed');
    const failed = await stepOf(at, 'g1');
    assert.deepEqual([failed.failure?.code, failed.targetResourceId], ['collision', null]);
    assert.equal(await applyOne(at, (await stepOf(at, 'a1')).id), 'applied');
    assert.equal(await applyOne(at, (await stepOf(at, 'a1/group/g1')).id), 'skipped');
    assert.equal((await stepOf(at, 'a1/group/g1')).reasonCode, 'dependency_failed');
    const row = await db().runtimeGroup.findUniqueOrThrow({ where: { id: taken.resourceId } });
    assert.deepEqual([row.description, row.migratedBy], ['theirs', null]);
    assert.equal(await settle(at), 'failed');
  });
});
