import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { inTransaction } from '../../../prisma/client.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import { requestStop } from '../../../prisma/store/runs.ts';
import {
  completeSnapshot,
  createSnapshot,
  failSnapshot,
  findSnapshot,
  listSnapshots,
} from '../../../prisma/store/snapshots.ts';
import { archiveSource, findSource } from '../../../prisma/store/sources.ts';
import { useDatabase } from '../../support/database.ts';
import {
  claim,
  collect,
  commandOf,
  commit,
  edda,
  failureNow,
  group,
  makePlace,
  openChain,
  orgItems,
  outcomes,
  pageOf,
  refusal,
  startCollecting,
} from './support.ts';

describe('snapshots', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  it('of one source are collected one at a time, however many are asked for at the same time', async () => {
    const { tenant, workspace, source } = await makePlace(db());
    const parent = { workspaceId: workspace.id, sourceId: source.id };
    const asked = Array.from({ length: 6 }, () => createSnapshot(db(), tenant, parent, commandOf()));
    assert.deepEqual(await outcomes(asked), [
      ...Array.from({ length: 5 }, () => 'collection_in_progress'),
      'done',
    ]);
    assert.equal(await refusal(createSnapshot(db(), tenant, parent, commandOf())), 'collection_in_progress');
    assert.equal(await db().run.count({ where: { tenantId: tenant, endedAt: null } }), 1);
  });

  it('complete with counts of every type, the time on their source, the end of their run and a record', async () => {
    const place = await makePlace(db());
    const before = new Date();
    const { tenant, snapshot } = await collect(place);
    assert.equal(snapshot.itemCount, orgItems);
    assert.deepEqual(snapshot.summary, {
      application: 2,
      provider: 0,
      routing_rule: 0,
      policy: 1,
      group: 2,
      assignment: 4,
      domain: 0,
    });
    assert.ok(snapshot.run.endedAt);
    assert.equal(snapshot.run.failure, null);
    const source = await findSource(db(), tenant, place.workspace.id, place.source.id);
    assert.ok(source?.lastInventoryAt && source.lastInventoryAt >= before);
    const [record] = await listAudit(db(), tenant, { before: null, limit: 1 });
    assert.equal(record?.action, 'migration.inventory.collected');
    assert.deepEqual(record.actor, edda);
    assert.equal(record.facts.item_count, orgItems);
  });

  it('never complete while a listing is open', async () => {
    const at = await startCollecting(await makePlace(db()));
    await openChain(at, 'groups');
    const { tenant, snapshot, temporalRunId } = at;
    assert.equal(
      await refusal(completeSnapshot(db(), tenant, snapshot.id, temporalRunId, new Date())),
      'source_unusable',
    );
    assert.equal((await findSnapshot(db(), tenant, snapshot.id))?.status, 'collecting');
  });

  it('complete only for the run that holds them, and not after a stop', async () => {
    const at = await startCollecting(await makePlace(db()));
    const { tenant, snapshot, temporalRunId } = at;
    const complete = (run: string) => completeSnapshot(db(), tenant, snapshot.id, run, new Date());
    assert.equal(await refusal(complete(randomUUID())), 'collection_superseded');
    const successor = await claim(at, snapshot.run, { continuedFrom: temporalRunId });
    assert.equal(await refusal(complete(temporalRunId)), 'collection_superseded');
    await inTransaction(db(), (tx) =>
      requestStop(tx, tenant, snapshot.run.id, { actor: edda, at: new Date() }),
    );
    assert.equal(await refusal(complete(successor)), 'run_stopped');
  });

  it('end once: a failure never undoes a completion, nor a completion a failure', async () => {
    const { tenant, snapshot } = await collect(await makePlace(db()));
    assert.equal(await failSnapshot(db(), tenant, snapshot.id, failureNow()), false);
    assert.equal((await findSnapshot(db(), tenant, snapshot.id))?.status, 'completed');

    const at = await startCollecting(await makePlace(db()));
    const failures = await Promise.all(
      Array.from({ length: 4 }, () =>
        failSnapshot(db(), at.tenant, at.snapshot.id, failureNow('run_stopped')),
      ),
    );
    assert.deepEqual(failures.filter(Boolean), [true]);
    const late = completeSnapshot(db(), at.tenant, at.snapshot.id, at.temporalRunId, new Date());
    assert.equal(await refusal(late), 'collection_superseded');
    const failed = await findSnapshot(db(), at.tenant, at.snapshot.id);
    assert.deepEqual([failed?.status, failed?.run.failure?.code], ['failed', 'run_stopped']);
    const records = await listAudit(db(), at.tenant, { before: null, limit: 10 });
    assert.equal(
      records.filter((record) => record.action === 'migration.inventory.collection_failed').length,
      1,
    );
  });

  it('that fail keep what was read as evidence and let the next one begin', async () => {
    const at = await startCollecting(await makePlace(db()));
    const chain = await openChain(at, 'groups');
    await commit(at, await pageOf(chain, [group('g1')], '/api/v1/groups?after=x'));
    await failSnapshot(db(), at.tenant, at.snapshot.id, failureNow());
    assert.equal(await db().evidencePage.count({ where: { snapshotId: at.snapshot.id } }), 1);
    const second = await startCollecting(at);
    const listed = await listSnapshots(db(), at.tenant, at.source.id, { before: null, limit: 10 });
    assert.deepEqual(
      listed.map((each) => [each.id, each.status]),
      [
        [second.snapshot.id, 'collecting'],
        [at.snapshot.id, 'failed'],
      ],
    );
  });

  it('do not complete against an archived source, because it cannot be archived under them', async () => {
    const at = await startCollecting(await makePlace(db()));
    const { tenant, snapshot, temporalRunId, workspace, source } = at;
    const ended = await outcomes([
      archiveSource(db(), tenant, workspace.id, source.id, commandOf()),
      completeSnapshot(db(), tenant, snapshot.id, temporalRunId, new Date()),
    ]);
    assert.ok(['done and done', 'done and run_in_progress'].includes(ended.join(' and ')), ended.join());
    assert.equal((await findSnapshot(db(), tenant, snapshot.id))?.status, 'completed');
  });
});
