import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { inTransaction } from '../../../prisma/client.ts';
import { assertHolds, endRun, findRun, openRunsUnder, requestStop } from '../../../prisma/store/runs.ts';
import { useDatabase } from '../../support/database.ts';
import {
  claim,
  edda,
  failureNow,
  makePlace,
  outcomes,
  refusal,
  startCollecting,
  type Collecting,
} from './support.ts';
import { createSnapshot, failSnapshot } from '../../../prisma/store/snapshots.ts';
import { commandOf } from './support.ts';

describe('the row that authorises a run', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  /** A collection that nobody has claimed yet. */
  async function fresh() {
    const place = await makePlace(db());
    const parent = { workspaceId: place.workspace.id, sourceId: place.source.id };
    const { run } = await createSnapshot(db(), place.tenant, parent, commandOf());
    return { place, run };
  }
  const now = async (at: Pick<Collecting, 'tenant'>, id: string) => {
    const run = await findRun(db(), at.tenant, id);
    assert.ok(run);
    return run;
  };

  it('is claimed by the first run of its workflow, which finds it its own again', async () => {
    const { place, run } = await fresh();
    const temporalRunId = await claim(place, run);
    const claimed = await now(place, run.id);
    assert.deepEqual(claimed.runIds, [temporalRunId]);
    assert.ok(claimed.claimedAt);
    await claim(place, run, { temporalRunId });
    const again = await now(place, run.id);
    assert.deepEqual([again.runIds, again.claimedAt], [[temporalRunId], claimed.claimedAt]);
  });

  it('passes on to the run that continues the last one, and not back', async () => {
    const { place, run } = await fresh();
    const first = await claim(place, run);
    const second = await claim(place, run, { continuedFrom: first });
    const third = await claim(place, run, { continuedFrom: second });
    assert.deepEqual((await now(place, run.id)).runIds, [first, second, third]);
    await claim(place, run, { temporalRunId: third, continuedFrom: second });
    assert.equal(await refusal(claim(place, run, { temporalRunId: first })), 'not_authorised');
    assert.equal(
      await refusal(claim(place, run, { temporalRunId: second, continuedFrom: first })),
      'not_authorised',
    );
    assert.equal(await refusal(claim(place, run, { continuedFrom: first })), 'not_authorised');
  });

  it('is claimed by no stranger', async () => {
    const { place, run } = await fresh();
    assert.equal(await refusal(claim(place, run, { continuedFrom: randomUUID() })), 'not_authorised');
    await claim(place, run);
    assert.equal(await refusal(claim(place, run)), 'not_authorised');
    assert.equal(await refusal(claim(place, run, { continuedFrom: randomUUID() })), 'not_authorised');
  });

  it('is claimed under its own workflow id and tenant alone, and not when there is none', async () => {
    const { place, run } = await fresh();
    const other = await fresh();
    assert.equal(await refusal(claim(place, { ...run, workflowId: 'inventory/by-hand' })), 'not_authorised');
    assert.equal(await refusal(claim(other.place, run)), 'not_authorised');
    assert.equal(await refusal(claim(place, { ...run, id: randomUUID() })), 'not_authorised');
    assert.deepEqual((await now(place, run.id)).runIds, []);
  });

  it('is not claimed after it has ended', async () => {
    const { place, run } = await fresh();
    await failSnapshot(db(), place.tenant, run.resourceId, failureNow('not_started'));
    assert.equal(await refusal(claim(place, run)), 'not_authorised');
  });

  it('gets one claimant when several come at the same time', async () => {
    const { place, run } = await fresh();
    const claims = Array.from({ length: 6 }, () => claim(place, run));
    assert.deepEqual(await outcomes(claims), ['done', ...Array.from({ length: 5 }, () => 'not_authorised')]);
    assert.equal((await now(place, run.id)).runIds.length, 1);
  });

  it('is held by its last claimant alone, while it is open and nobody has asked for a stop', async () => {
    const at = await startCollecting(await makePlace(db()));
    const held = await now(at, at.snapshot.run.id);
    assertHolds(held, at.temporalRunId, 'collection_superseded');
    for (const [run, holder] of [
      [null, at.temporalRunId],
      [held, randomUUID()],
      [{ ...held, runIds: [] }, at.temporalRunId],
      [{ ...held, runIds: [at.temporalRunId, randomUUID()] }, at.temporalRunId],
      [{ ...held, endedAt: new Date() }, at.temporalRunId],
    ] as const) {
      assert.throws(() => assertHolds(run, holder, 'execution_superseded'), { code: 'execution_superseded' });
    }
    const stopped = { ...held, stopRequestedAt: new Date() };
    assert.throws(() => assertHolds(stopped, at.temporalRunId, 'collection_superseded'), {
      code: 'run_stopped',
    });
  });

  it('is asked to stop once, keeps who asked first, and says when it had ended already', async () => {
    const at = await startCollecting(await makePlace(db()));
    const { run } = at.snapshot;
    const stop = (id: string) =>
      inTransaction(db(), (tx) =>
        requestStop(tx, at.tenant, run.id, { actor: { ...edda, id }, at: new Date() }),
      );
    assert.deepEqual([await stop('first'), await stop('second')], [true, true]);
    const row = await db().run.findUniqueOrThrow({ where: { id: run.id } });
    assert.equal((row.stopRequestedBy as { id: string }).id, 'first');
    await failSnapshot(db(), at.tenant, at.snapshot.id, failureNow());
    assert.equal(await stop('third'), false);
  });

  it('ends once, with the first reason', async () => {
    const at = await startCollecting(await makePlace(db()));
    const { run } = at.snapshot;
    const end = (code: string) =>
      inTransaction(db(), (tx) =>
        endRun(tx, at.tenant, run.id, { failure: failureNow(code), at: new Date() }),
      );
    await end('first');
    await end('second');
    assert.equal((await now(at, run.id)).failure?.code, 'first');
  });

  it('is open under its workspace and its source, and under no other', async () => {
    const at = await startCollecting(await makePlace(db()));
    const under = (parent: { workspaceId: string } | { sourceId: string }) =>
      inTransaction(db(), (tx) => openRunsUnder(tx, at.tenant, parent));
    assert.deepEqual(await under({ workspaceId: at.workspace.id }), [at.snapshot.run.id]);
    assert.deepEqual(await under({ sourceId: at.source.id }), [at.snapshot.run.id]);
    assert.deepEqual(await under({ sourceId: randomUUID() }), []);
    await failSnapshot(db(), at.tenant, at.snapshot.id, failureNow());
    assert.deepEqual(await under({ workspaceId: at.workspace.id }), []);
  });
});
