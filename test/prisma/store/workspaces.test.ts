import assert from 'node:assert/strict';
import { listAudit } from '../../../prisma/store/audit.ts';
import { createSnapshot, failSnapshot } from '../../../prisma/store/snapshots.ts';
import { archiveSource, createSource, replaceSecret } from '../../../prisma/store/sources.ts';
import {
  archiveWorkspace,
  createWorkspace,
  findWorkspace,
  listWorkspaces,
} from '../../../prisma/store/workspaces.ts';
import { useDatabase } from '../../support/database.ts';
import {
  commandOf,
  failureNow,
  makePlace,
  newSource,
  newTenant,
  outcomes,
  refusal,
  startCollecting,
  type Place,
} from './support.ts';

const input = { name: 'Leaving', mode: 'first_run_adoption' as const };

describe('workspaces', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  it('a tenant gets one workspace, however many are asked for at the same time', async () => {
    const tenant = newTenant();
    const asked = Array.from({ length: 6 }, () => createWorkspace(db(), tenant, input, commandOf()));
    assert.deepEqual(await outcomes(asked), ['done', ...Array.from({ length: 5 }, () => 'workspace_exists')]);
    assert.equal((await listWorkspaces(db(), tenant, { before: null, limit: 10 })).length, 1);
    assert.equal((await listAudit(db(), tenant, { before: null, limit: 10 })).length, 1);
  });

  it('a tenant gets another workspace after it has archived the first', async () => {
    const { tenant, workspace } = await makePlace(db());
    assert.equal(await refusal(createWorkspace(db(), tenant, input, commandOf())), 'workspace_exists');
    await archiveWorkspace(db(), tenant, workspace.id, commandOf());
    await createWorkspace(db(), tenant, input, commandOf());
    const listed = await listWorkspaces(db(), tenant, { before: null, limit: 10 });
    assert.deepEqual(
      listed.map((each) => each.status),
      ['draft', 'archived'],
    );
  });

  it('a workspace is ready while it has a source that is not archived', async () => {
    const tenant = newTenant();
    const { id } = await createWorkspace(db(), tenant, input, commandOf());
    const statusNow = async () => (await findWorkspace(db(), tenant, id))?.status;
    assert.equal(await statusNow(), 'draft');
    const [one, two] = await Promise.all(
      ['A', 'B'].map((name) => createSource(db(), tenant, id, newSource(name), commandOf())),
    );
    assert.ok(one && two);
    assert.equal(await statusNow(), 'ready_for_inventory');
    await archiveSource(db(), tenant, id, one.id, commandOf());
    assert.equal(await statusNow(), 'ready_for_inventory');
    await archiveSource(db(), tenant, id, two.id, commandOf());
    assert.equal(await statusNow(), 'draft');
  });

  it('an archived workspace takes nothing new', async () => {
    const { tenant, workspace, source } = await makePlace(db());
    await archiveWorkspace(db(), tenant, workspace.id, commandOf());
    const parent = { workspaceId: workspace.id, sourceId: source.id };
    for (const attempt of [
      () => createSource(db(), tenant, workspace.id, newSource('B'), commandOf()),
      () => createSnapshot(db(), tenant, parent, commandOf()),
      () => archiveSource(db(), tenant, workspace.id, source.id, commandOf()),
      () => replaceSecret(db(), tenant, workspace.id, source.id, 'x', commandOf()),
      () => archiveWorkspace(db(), tenant, workspace.id, commandOf()),
    ]) {
      assert.equal(await refusal(attempt()), 'workspace_archived');
    }
  });

  it('nothing is archived while a run of it is open, and the refusal names the run', async () => {
    const at = await startCollecting(await makePlace(db()));
    const { tenant, workspace, source, snapshot } = at;
    const named = (error: { code?: string; members?: { run_ids?: string[] } }) => {
      assert.deepEqual([error.code, error.members?.run_ids], ['run_in_progress', [snapshot.run.id]]);
      return true;
    };
    await assert.rejects(archiveWorkspace(db(), tenant, workspace.id, commandOf()), named);
    await assert.rejects(archiveSource(db(), tenant, workspace.id, source.id, commandOf()), named);
    await failSnapshot(db(), tenant, snapshot.id, failureNow());
    await archiveSource(db(), tenant, workspace.id, source.id, commandOf());
    await archiveWorkspace(db(), tenant, workspace.id, commandOf());
  });

  const archives: [string, (place: Place) => Promise<unknown>, string][] = [
    [
      'a workspace',
      ({ tenant, workspace }) => archiveWorkspace(db(), tenant, workspace.id, commandOf()),
      'workspace_archived',
    ],
    [
      'a source',
      ({ tenant, workspace, source }) => archiveSource(db(), tenant, workspace.id, source.id, commandOf()),
      'source_archived',
    ],
  ];
  for (const [what, archive, code] of archives) {
    it(`archiving ${what} and starting a collection at the same time: one of the two succeeds, either way round`, async () => {
      const seen = new Set<string>();
      const place = () => makePlace(db());
      for (let round = 0; round < 30; round += 1) {
        const at = await place();
        const parent = { workspaceId: at.workspace.id, sourceId: at.source.id };
        const start = () => createSnapshot(db(), at.tenant, parent, commandOf());
        const both = round % 2 === 0 ? [archive(at), start()] : [start(), archive(at)];
        const ended = (await outcomes(both)).join(' and ');
        assert.ok([`done and ${code}`, 'done and run_in_progress'].includes(ended), ended);
        seen.add(ended);
        const running = await db().snapshot.count({
          where: { sourceId: at.source.id, status: 'collecting' },
        });
        assert.equal(running, ended.endsWith('run_in_progress') ? 1 : 0);
      }
      assert.ok(seen.size > 0);
    });
  }
});
