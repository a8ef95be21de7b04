import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { PlannedStep } from '../../../domain/planning/plannedStep.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import { failBuild, savePlan } from '../../../prisma/store/planBuilding.ts';
import { createPlan, findPlan, listPlans } from '../../../prisma/store/plans.ts';
import { listPlannedSteps, stepIds } from '../../../prisma/store/steps.ts';
import { archiveWorkspace } from '../../../prisma/store/workspaces.ts';
import { useDatabase } from '../../support/database.ts';
import {
  acknowledgeEverything,
  assess,
  claim,
  commandOf,
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
  type Assessing,
  type Planned,
} from './support.ts';

describe('plans', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  const ready = async (): Promise<Assessing> => {
    const at = await assess(await makePlace(db()));
    await acknowledgeEverything(at);
    return at;
  };
  const create = ({ tenant, assessment }: Assessing, name = 'Cutover') =>
    createPlan(db(), tenant, { assessment, name, rollback: null }, commandOf());
  const now = async ({ tenant, plan: { id } }: Planned) => {
    const found = await findPlan(db(), tenant, id);
    assert.ok(found);
    return found;
  };

  it('have a step for every item of the assessment, and say how many of which kind', async () => {
    const at = await plan(await makePlace(db()));
    const steps = await stepsOf(at);
    assert.equal(steps.length, orgItems);
    assert.deepEqual(
      steps.map((step) => step.sequence),
      steps.map((_, index) => index + 1),
    );
    const { summary, revision, status, builtAt } = at.plan;
    assert.deepEqual([revision, status, builtAt !== null], [1, 'draft', true]);
    assert.equal(summary?.total, orgItems);
    assert.deepEqual(summary.by_disposition, {
      planned: orgPlanned,
      manual_follow_up: 1,
      blocked: 1,
      skipped: 0,
    });
    assert.deepEqual(summary.by_action, { create: orgPlanned, bind: 0, none: 2 });
  });

  it('are drafts that are not built until they are', async () => {
    const { plan: planned, rebuilt } = await create(await ready());
    assert.deepEqual(
      [planned.status, planned.revision, planned.builtAt, planned.summary, rebuilt],
      ['draft', 0, null, null, false],
    );
  });

  it('are made once an assessment: asked for again they are built anew, under the same ids', async () => {
    const at = await plan(await makePlace(db()));
    const before = await stepIds(db(), at.tenant, at.plan.id);
    const again = await finishPlanning(await startPlanning(at));
    assert.deepEqual([again.plan.id, again.plan.revision], [at.plan.id, 2]);
    assert.deepEqual(await stepIds(db(), at.tenant, at.plan.id), before);
    assert.deepEqual(
      (await stepsOf(again)).map(({ revision: _revision, ...step }) => step),
      (await stepsOf(at)).map(({ revision: _revision, ...step }) => step),
    );
    const actions = (await listAudit(db(), at.tenant, { before: null, limit: 2 })).map(
      (record) => record.action,
    );
    assert.deepEqual(actions, ['migration.cutover_plan.rebuilt', 'migration.cutover_plan.created']);
    assert.equal((await listPlans(db(), at.tenant, at.workspace.id, { before: null, limit: 10 })).length, 1);
  });

  it('are begun by one of several who ask at the same time', async () => {
    const at = await ready();
    const ended = await outcomes(Array.from({ length: 4 }, () => create(at)));
    assert.deepEqual(ended, ['done', ...Array.from({ length: 3 }, () => 'run_in_progress')]);
    assert.equal(await refusal(create(at)), 'run_in_progress');
    assert.equal((await listPlans(db(), at.tenant, at.workspace.id, { before: null, limit: 10 })).length, 1);
  });

  it('are not begun before the handoff is ready', async () => {
    const at = await assess(await makePlace(db()));
    await assert.rejects(
      create(at),
      (error: { code?: string; members?: { blockers?: { code: string }[] } }) => {
        assert.equal(error.code, 'handoff_not_ready');
        assert.deepEqual(
          error.members?.blockers?.map((blocker) => blocker.code),
          ['ocm_unacknowledged'],
        );
        return true;
      },
    );
  });

  it('are stored by the run that holds them, whole or not at all', async () => {
    const at = await startPlanning(await ready());
    const step: PlannedStep & { itemType: string } = {
      id: randomUUID(),
      itemId: randomUUID(),
      sequence: 1,
      targetContract: 'none',
      action: 'none',
      disposition: 'blocked',
      reasonCode: 'blocked',
      reason: 'No.',
      dependsOn: [],
      targetPayload: null,
      targetKeys: [],
      binding: null,
      decisionVersion: null,
      itemType: 'group',
    };
    const save = (run: string, ...steps: (typeof step)[]) =>
      savePlan(db(), at.tenant, at.plan.id, run, steps, new Date());
    assert.equal(await refusal(save(randomUUID())), 'execution_superseded');
    // An item that is not there fails the whole.
    await assert.rejects(save(at.temporalRunId, step));
    assert.deepEqual([(await now(at)).revision, (await now(at)).buildRun.endedAt], [0, null]);
    const successor = await claim(at, at.plan.buildRun, { continuedFrom: at.temporalRunId });
    assert.equal(await refusal(save(at.temporalRunId)), 'execution_superseded');
    await finishPlanning({ ...at, temporalRunId: successor });
    assert.equal((await now(at)).revision, 1);
  });

  it('keep their former revision when building them anew fails', async () => {
    const at = await plan(await makePlace(db()));
    const before = await stepsOf(at);
    const again = await startPlanning(at);
    assert.equal(await failBuild(db(), at.tenant, at.plan.id, failureNow('plan_failed')), true);
    assert.equal(await failBuild(db(), at.tenant, at.plan.id, failureNow('plan_failed')), false);
    const kept = await now(again);
    assert.deepEqual([kept.revision, kept.status, kept.buildRun.failure?.code], [1, 'draft', 'plan_failed']);
    assert.deepEqual(await stepsOf(at), before);
    // And may be built again.
    await finishPlanning(await startPlanning(at));
  });

  it('that are built anew leave no token of the former revision alive', async () => {
    const at = await plan(await makePlace(db()));
    const { preview } = await mint(at);
    const again = await finishPlanning(await startPlanning(at));
    assert.equal((await db().preview.findUniqueOrThrow({ where: { id: preview.id } })).state, 'superseded');
    assert.equal(again.plan.status, 'draft');
  });

  it('are not built anew while they are executed, nor after they were applied', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    assert.equal(await refusal(create(at)), 'apply_in_progress');
  });

  it('are read whole and in order for whoever checks them', async () => {
    const at = await plan(await makePlace(db()));
    const stored = new Map((await stepsOf(at)).map((step) => [step.id, step]));
    const read = await listPlannedSteps(db(), at.tenant, at.plan.id);
    assert.deepEqual(
      read.map(({ id }) => id),
      [...stored.keys()],
    );
    for (const { decisionVersion, ...step } of read) {
      assert.equal(decisionVersion, null);
      assert.deepEqual({ ...stored.get(step.id), ...step }, stored.get(step.id));
    }
  });

  it('are begun, or their workspace archived, when both are asked for at the same time', async () => {
    for (let round = 0; round < 5; round += 1) {
      const at = await ready();
      const ended = await outcomes([
        create(at),
        archiveWorkspace(db(), at.tenant, at.workspace.id, commandOf()),
      ]);
      assert.ok(
        ['done and run_in_progress', 'done and workspace_archived'].includes(ended.join(' and ')),
        ended.join(),
      );
    }
  }).timeout(30_000);
});
