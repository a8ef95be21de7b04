import assert from 'node:assert/strict';
import type { MirrorDependencies } from '../../../activities/mirror/dependencies.ts';
import { sweepKeys } from '../../../activities/mirror/mirrorHistories.ts';
import { systemActor } from '../../../domain/access.ts';
import { createLog } from '../../../platform/log.ts';
import type { Command } from '../../../prisma/store/command.ts';
import { inTransaction } from '../../../prisma/store/constraints.ts';
import { findKey, keepKey } from '../../../prisma/store/idempotencyKeys.ts';
import { claimRun } from '../../../prisma/store/runs.ts';
import { settleRunFailed } from '../../../prisma/store/settle.ts';
import { createSnapshot } from '../../../prisma/store/snapshots.ts';
import { useDatabase } from '../../support/database.ts';
import { commandOf, failureNow, makePlace, refusal } from './support.ts';

const day = 24 * 3_600_000;

describe('an idempotency key', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  const request = { method: 'POST', path: '/of/a/request', key: 'a key' };
  const commandAt = (at: Date): Command => ({
    ...commandOf(),
    at,
    reservation: {
      ...request,
      bodyHmac: Buffer.from('hmac'),
      httpStatus: 201,
      locationOf: (id) => `/of/what/it/made/${id}`,
    },
  });

  /** A snapshot that was asked for with a key at a time, of a source of its own. */
  async function collecting(at: Date) {
    const place = await makePlace(db());
    const parent = { workspaceId: place.workspace.id, sourceId: place.source.id };
    const snapshot = await createSnapshot(db(), place.tenant, parent, commandAt(at));
    return { tenant: place.tenant, snapshot };
  }
  const find = (tenant: Parameters<typeof findKey>[1], at: Date) =>
    findKey(db(), tenant, commandAt(at), request);

  const sweep = (now: Date) => {
    const log = createLog('test', 'silent');
    // No client of Temporal is asked for this.
    return sweepKeys({ database: db(), now: () => now, log } as MirrorDependencies);
  };

  it('leads to what its request made, and says whether a run works on it', async () => {
    const at = new Date();
    const { tenant, snapshot } = await collecting(at);
    const key = await find(tenant, at);
    assert.deepEqual(
      [key?.resourceId, key?.open, key?.httpStatus, key?.location],
      [snapshot.id, true, 201, `/of/what/it/made/${snapshot.id}`],
    );
  });

  it('is kept for 24 hours, and may be used for something else afterwards', async () => {
    const at = new Date();
    const { tenant, snapshot } = await collecting(at);
    const keepAgain = (later: Date) =>
      inTransaction(db(), (tx) =>
        keepKey(tx, tenant, commandAt(later), { resourceId: snapshot.sourceId, runId: null }),
      );
    const almost = new Date(at.getTime() + day - 1);
    const over = new Date(at.getTime() + day);
    assert.ok(await find(tenant, almost));
    assert.equal(await refusal(keepAgain(almost)), 'idempotency_key_in_use');
    assert.equal(await find(tenant, over), null);
    await keepAgain(over);
    assert.equal((await find(tenant, over))?.resourceId, snapshot.sourceId);
  });

  it('is deleted when its time is over, and not before', async () => {
    // Long ago, so that nothing else is as old.
    const at = new Date('2001-01-01T00:00:00Z');
    const { tenant } = await collecting(at);
    await sweep(new Date(at.getTime() + day - 1));
    assert.ok(await find(tenant, at));
    await sweep(new Date(at.getTime() + day));
    assert.equal(await find(tenant, at), null);
  });

  it('is free again when the run that it asked for never began, and not when it failed', async () => {
    const at = new Date();
    const { tenant, snapshot } = await collecting(at);
    await settleRunFailed(db(), tenant, snapshot.run, failureNow('not_started'), systemActor('test'));
    assert.equal(await find(tenant, at), null);
    const { sourceId, workspaceId } = snapshot;
    const again = await createSnapshot(db(), tenant, { workspaceId, sourceId }, commandAt(at));
    assert.equal((await find(tenant, at))?.resourceId, again.id);
    await settleRunFailed(db(), tenant, again.run, failureNow('source_rejected'), systemActor('test'));
    const kept = await find(tenant, at);
    assert.deepEqual([kept?.resourceId, kept?.open], [again.id, false]);
  });

  it('stays with a run that has begun, whatever is said of it afterwards', async () => {
    const at = new Date();
    const { tenant, snapshot } = await collecting(at);
    const { id, workflowId } = snapshot.run;
    const claimant = { workflowId, temporalRunId: 'a run', continuedFrom: null };
    await inTransaction(db(), (tx) => claimRun(tx, tenant, id, claimant, at));
    await settleRunFailed(db(), tenant, snapshot.run, failureNow('not_started'), systemActor('test'));
    assert.equal((await find(tenant, at))?.resourceId, snapshot.id);
  });
});
