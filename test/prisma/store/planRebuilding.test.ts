import assert from 'node:assert/strict';
import { beginExecution } from '../../../activities/apply/begin.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import { settleExecution } from '../../../prisma/store/settleExecution.ts';
import { createPlan, findPlan } from '../../../prisma/store/plans.ts';
import { archiveSource } from '../../../prisma/store/sources.ts';
import { archiveWorkspace } from '../../../prisma/store/workspaces.ts';
import type { Step } from '../../../domain/plan.ts';
import { useDatabase } from '../../support/database.ts';
import {
  acknowledgeEverything,
  act,
  applyOne,
  applyWith,
  assess,
  claim,
  commandOf,
  decidedGroup,
  finishAssessing,
  finishCollecting,
  finishPlanning,
  make,
  makePlace,
  mint,
  plan,
  refusal,
  startAssessing,
  startCollecting,
  startExecution,
  startPlanning,
  stepsOf,
  type Assessing,
  type Executing,
  type Planned,
} from './support.ts';

describe('building a plan again', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  const create = ({ tenant, assessment }: Assessing) =>
    createPlan(db(), tenant, { assessment, name: 'Cutover', rollback: null }, commandOf());
  const by = (steps: readonly Step[], externalId: string): Step => {
    const found = steps.find((step) => step.externalId === externalId);
    assert.ok(found, `no step of ${externalId}`);
    return found;
  };
  const told = ({ status, action, reasonCode }: Step) =>
    [status, action, reasonCode].filter(Boolean).join(' ');
  const toldOf = (steps: readonly Step[], ...externalIds: string[]) =>
    externalIds.map((externalId) => told(by(steps, externalId)));

  /** A plan of which the first group and the first application are applied, the second group failed, the rest is left. */
  async function halfApplied(): Promise<Executing> {
    const at = await startExecution(await plan(await makePlace(db())));
    const steps = await stepsOf(at);
    assert.equal(await applyOne(at, by(steps, 'g1').id), 'applied');
    assert.equal(await applyOne(at, by(steps, 'a1').id), 'applied');
    await make(at, { contract: 'tenant_group', payload: { name: 'Group g2', description: null } });
    assert.equal(await applyOne(at, by(steps, 'g2').id), 'failed');
    await settleExecution(db(), at.tenant, at.execution.id, { failure: null, at: new Date() });
    return at;
  }
  const groupAtTarget = (at: Planned, name: string) =>
    db().runtimeGroup.findFirstOrThrow({ where: { tenantId: at.tenant, name } });

  describe('after half of it was applied', () => {
    it('keeps what was applied to the letter, and plans the rest anew', async () => {
      const at = await halfApplied();
      const before = await stepsOf(at);
      assert.equal((await findPlan(db(), at.tenant, at.plan.id))?.status, 'failed');
      const again = await finishPlanning(await startPlanning(at));
      const after = await stepsOf(again);
      assert.deepEqual([again.plan.id, again.plan.revision, again.plan.status], [at.plan.id, 2, 'draft']);
      for (const externalId of ['g1', 'a1']) {
        assert.equal(by(after, externalId).status, 'applied');
        assert.deepEqual(by(after, externalId), by(before, externalId));
      }
      assert.deepEqual(toldOf(after, 'g2', 'a2', 'a1/group/g1', 'a1/group/g2', 'a2/group/g1'), [
        'blocked none target_collision',
        'planned create',
        'planned create',
        'manual_follow_up none dependency_not_planned',
        'planned create',
      ]);
      assert.equal(by(after, 'g2').failure, null);
      assert.deepEqual(by(after, 'a1/group/g1').targetPayload, {
        application: { resource_id: by(before, 'a1').targetResourceId },
        group: { resource_id: by(before, 'g1').targetResourceId },
      });
      assert.deepEqual(
        after.map((step) => step.sequence),
        before.map((step) => step.sequence),
      );
      assert.deepEqual([again.plan.summary?.by_status.applied, again.plan.summary?.by_status.failed], [2, 0]);
    });

    it('still looks for what was asked of a target elsewhere, while that is still what is wanted', async () => {
      const at = await halfApplied();
      const { id } = by(await stepsOf(at), 'g2');
      const intent = async () => (await db().step.findUniqueOrThrow({ where: { id } })).intent;
      await db().step.update({ where: { id }, data: { intent: { key: 'Group g2' } } });
      await db().runtimeGroup.delete({ where: { id: (await groupAtTarget(at, 'Group g2')).id } });
      const again = await finishPlanning(await startPlanning(at));
      assert.deepEqual(
        [told(by(await stepsOf(again), 'g2')), await intent()],
        ['planned create', { key: 'Group g2' }],
      );
      await make(at, { contract: 'tenant_group', payload: { name: 'Group g2', description: null } });
      const other = await finishPlanning(await startPlanning(again));
      assert.deepEqual(
        [told(by(await stepsOf(other), 'g2')), await intent()],
        ['blocked none target_collision', null],
      );
    }).timeout(60_000);

    it('leads on to a preview and an apply that do what is left', async () => {
      const at = await halfApplied();
      await db().runtimeGroup.delete({ where: { id: (await groupAtTarget(at, 'Group g2')).id } });
      const again = await startExecution(await finishPlanning(await startPlanning(at)));
      for (const step of await stepsOf(again)) {
        if (step.status === 'planned') assert.equal(await applyOne(again, step.id), 'applied', step.name);
      }
      await settleExecution(db(), at.tenant, again.execution.id, { failure: null, at: new Date() });
      const ended = await findPlan(db(), at.tenant, at.plan.id);
      assert.equal(ended?.status, 'applied_with_follow_up');
      const where = { where: { tenantId: at.tenant } };
      const counts = [db().runtimeGroup.count(where), db().runtimeApplication.count(where)];
      assert.deepEqual(await Promise.all([...counts, db().runtimeAssignment.count(where)]), [2, 2, 3]);
      assert.equal(await refusal(create(at)), 'plan_already_applied');
    });
  });

  it('is over, with nothing written, when the former revision has begun to be applied meanwhile', async () => {
    const at = await plan(await makePlace(db()));
    const { token } = await mint(at);
    const building = await startPlanning(at);
    const execution = await applyWith(at, token);
    assert.equal(await refusal(finishPlanning(building)), 'apply_in_progress');
    const run = await claim(at, execution.run);
    const input = { tenantId: at.tenant, executionId: execution.id };
    assert.deepEqual(await act(at, beginExecution, input, execution.run, run), { stale: false });
  }).timeout(60_000);

  it('is not begun of an assessment that is superseded, nor below what is archived', async () => {
    const superseded = await plan(await makePlace(db()));
    await finishAssessing(await startAssessing(superseded));
    assert.equal(await refusal(create(superseded)), 'handoff_not_ready');
    const [one, other] = [await plan(await makePlace(db())), await plan(await makePlace(db()))];
    await archiveSource(db(), one.tenant, one.workspace.id, one.source.id, commandOf());
    assert.equal(await refusal(create(one)), 'source_archived');
    await archiveWorkspace(db(), other.tenant, other.workspace.id, commandOf());
    assert.equal(await refusal(create(other)), 'workspace_archived');
  }).timeout(60_000);

  describe('of another snapshot, after half a cutover', () => {
    /** Collects and assesses the same org once more, and plans. */
    async function planAnew(at: Planned): Promise<Planned> {
      const assessed = await assess(at);
      await acknowledgeEverything(assessed);
      return finishPlanning(await startPlanning(assessed));
    }

    it('takes what was migrated, and makes what was not', async () => {
      const at = await halfApplied();
      const before = await stepsOf(at);
      const anew = await planAnew(at);
      assert.notEqual(anew.plan.id, at.plan.id);
      const steps = await stepsOf(anew);
      assert.deepEqual(toldOf(steps, 'g1', 'a1', 'g2', 'a2', 'a1/group/g1'), [
        'planned bind already_migrated',
        'planned bind already_migrated',
        'blocked none target_collision',
        'planned create',
        'planned create',
      ]);
      assert.equal(by(steps, 'g1').binding?.resource_id, by(before, 'g1').targetResourceId);
    });

    it('leaves to people what was changed since, and makes again what is gone', async () => {
      const at = await halfApplied();
      const migrated = await groupAtTarget(at, 'Group g1');
      await db().runtimeGroup.update({ where: { id: migrated.id }, data: { fingerprint: 'other' } });
      const changed = await stepsOf(await planAnew(at));
      assert.deepEqual(toldOf(changed, 'g1', 'a1/group/g1'), [
        'manual_follow_up none linked_resource_changed',
        'manual_follow_up none dependency_not_planned',
      ]);
      await db().runtimeGroup.delete({ where: { id: migrated.id } });
      const gone = await stepsOf(await planAnew(at));
      assert.deepEqual(toldOf(gone, 'g1', 'a1/group/g1'), ['planned create', 'planned create']);
    });

    it('takes an assignment that is there already, whoever made it', async () => {
      const at = await halfApplied();
      const steps = await stepsOf(at);
      const [application, group] = ['a1', 'g1'].map((externalId) => ({
        resource_id: by(steps, externalId).targetResourceId ?? '',
      }));
      assert.ok(application && group);
      const { resourceId } = await make(at, {
        contract: 'tenant_app_assignment',
        payload: { application, group },
      });
      const assignment = by(await stepsOf(await planAnew(at)), 'a1/group/g1');
      assert.equal(told(assignment), 'planned bind already_assigned');
      assert.equal(assignment.binding?.resource_id, resourceId);
    });
  });

  describe('in a workspace that merges', () => {
    it('binds what was decided, and assigns to it', async () => {
      const { at, resourceId } = await decidedGroup(db());
      const steps = await stepsOf(at);
      assert.deepEqual(toldOf(steps, 'g1'), ['planned bind merge_decision']);
      assert.deepEqual(by(steps, 'a1/group/g1').targetPayload, {
        application: { step_id: by(steps, 'a1').id },
        group: { resource_id: resourceId },
      });
    });

    it('makes a decision pending again that no longer holds, keeps the former revision, and waits', async () => {
      const { at, resourceId, decisions, decide } = await decidedGroup(db());
      await db().runtimeGroup.update({
        where: { id: resourceId },
        data: { description: 'x', fingerprint: 'x' },
      });
      assert.equal(await refusal(finishPlanning(await startPlanning(at))), 'handoff_not_ready');
      const [decision] = await decisions();
      assert.deepEqual(
        [decision?.status, decision?.staleReason, decision?.matchedResources[0]?.fingerprint],
        ['pending', 'The group \u201cgroup G1\u201d was changed at the target: description.', 'x'],
      );
      const [record] = await listAudit(db(), at.tenant, { before: null, limit: 1 });
      assert.equal(record?.action, 'migration.merge_decision.reopened');
      assert.equal((await findPlan(db(), at.tenant, at.plan.id))?.revision, 1);
      assert.equal(await refusal(decide()), 'not refused: [object Object]');
    });

    it('blocks what the target has since the assessment, until somebody decides', async () => {
      const { at } = await decidedGroup(db());
      await make(at, { contract: 'tenant_group', payload: { name: 'Group g2', description: null } });
      const again = await finishPlanning(await startPlanning(at));
      assert.deepEqual(toldOf(await stepsOf(again), 'g2'), ['blocked none target_collision_undecided']);
    });
  });

  it('gives a plan of no steps for an org of nothing, which can be previewed', async () => {
    const collecting = await startCollecting(await makePlace(db()));
    await finishCollecting(collecting);
    const assessed = await finishAssessing(await startAssessing(collecting));
    await acknowledgeEverything(assessed);
    const at = await finishPlanning(await startPlanning(assessed));
    assert.deepEqual([at.plan.summary?.total, await stepsOf(at)], [0, []]);
    assert.equal((await mint(at)).preview.state, 'minted');
  });
});
