import assert from 'node:assert/strict';
import { failAssessment } from '../../../prisma/store/assessments.ts';
import { readBlockers } from '../../../prisma/store/handoff.ts';
import { acknowledgeImpacts, unacknowledgedImpacts } from '../../../prisma/store/impacts.ts';
import { listDecisions } from '../../../prisma/store/mergeDecisions.ts';
import { createPlan } from '../../../prisma/store/plans.ts';
import { archiveSource } from '../../../prisma/store/sources.ts';
import { archiveWorkspace, findWorkspace } from '../../../prisma/store/workspaces.ts';
import { useDatabase } from '../../support/database.ts';
import {
  acknowledgeEverything,
  assess,
  collect,
  commandOf,
  failureNow,
  finishAssessing,
  make,
  makePlace,
  refusal,
  startAssessing,
  type Assessing,
} from './support.ts';

describe('the handoff, read from the records', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  const blockers = async ({ tenant, workspace, assessment }: Assessing) => {
    const now = await findWorkspace(db(), tenant, workspace.id);
    assert.ok(now);
    return readBlockers(db(), tenant, now, assessment);
  };
  const codes = async (at: Assessing) => (await blockers(at)).map((blocker) => blocker.code);

  it('waits for every impact to be acknowledged, and names the ones that are not', async () => {
    const at = await assess(await makePlace(db()));
    const open = await unacknowledgedImpacts(db(), at.tenant, at.assessment.id);
    assert.deepEqual(await blockers(at), [{ code: 'ocm_unacknowledged', count: open.length, ids: open }]);
    const [last, ...first] = open;
    const acknowledge = (impactIds: string[]) =>
      acknowledgeImpacts(db(), at.tenant, at.assessment, { impactIds, note: null }, commandOf());
    await acknowledge(first);
    assert.deepEqual(await blockers(at), [{ code: 'ocm_unacknowledged', count: 1, ids: [last] }]);
    await acknowledge([last ?? '']);
    assert.deepEqual(await blockers(at), []);
  });

  it('is of the newest completed assessment of the source; one that runs or failed changes nothing', async () => {
    const at = await assess(await makePlace(db()));
    await acknowledgeEverything(at);
    const second = await startAssessing(at);
    assert.deepEqual(await codes(at), []);
    assert.deepEqual(await codes(second), ['assessment_not_completed', ...[]]);
    await failAssessment(db(), at.tenant, second.assessment.id, failureNow());
    assert.deepEqual(await codes(at), []);
    assert.deepEqual(await codes(second), ['assessment_not_completed']);
    const third = await finishAssessing(await startAssessing(await collect(at)));
    assert.deepEqual(await codes(at), ['assessment_superseded']);
    assert.deepEqual(await codes(third), ['ocm_unacknowledged']);
  });

  it('ends with the source and with the workspace', async () => {
    const at = await assess(await makePlace(db()));
    await acknowledgeEverything(at);
    await archiveSource(db(), at.tenant, at.workspace.id, at.source.id, commandOf());
    assert.deepEqual(await codes(at), ['source_archived']);
    await archiveWorkspace(db(), at.tenant, at.workspace.id, commandOf());
    assert.deepEqual(await codes(at), ['workspace_archived', 'source_archived']);
  });

  it('waits, in a workspace that merges, for every overlap to be decided', async () => {
    const place = await makePlace(db(), 'merge_into_existing');
    const free = await assess(place);
    await acknowledgeEverything(free);
    assert.deepEqual(await codes(free), []);
    await make(place, { contract: 'tenant_group', payload: { name: 'group G1', description: null } });
    const at = await assess(place);
    await acknowledgeEverything(at);
    const [decision] = await listDecisions(db(), at.tenant, at.assessment.id, { after: null, limit: 10 });
    assert.deepEqual(await blockers(at), [
      { code: 'merge_decisions_pending', count: 1, ids: [decision?.id] },
    ]);
    const planning = createPlan(
      db(),
      at.tenant,
      { assessment: at.assessment, name: 'X', rollback: null },
      commandOf(),
    );
    assert.equal(await refusal(planning), 'handoff_not_ready');
  });
});
