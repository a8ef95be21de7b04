import { v7 as uuidv7 } from 'uuid';
import { systemActor, type Actor } from '../../domain/access.ts';
import type { LedgerRefusal } from '../../domain/collections/ledger.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import type { RunFailure } from '../../domain/run.ts';
import type { Snapshot, SnapshotStatus, SnapshotSummary } from '../../domain/snapshot.ts';
import type { SourceType } from '../../domain/source.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import type { Prisma } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import { assertHolds, createRun, endRun, findRun, toRun } from './runs.ts';
import { lockSource } from './sources.ts';
import { lockWorkspace } from './workspaces.ts';

const withRun = { run: true } as const;
type SnapshotRow = Prisma.SnapshotGetPayload<{ include: typeof withRun }>;

const toSnapshot = (row: SnapshotRow): Snapshot => ({
  id: row.id,
  tenantId: row.tenantId,
  workspaceId: row.workspaceId,
  sourceId: row.sourceId,
  sourceType: row.sourceType as SourceType,
  status: row.status as SnapshotStatus,
  itemCount: row.itemCount,
  summary: row.summary as SnapshotSummary | null,
  refusals: (row.refusals as LedgerRefusal[] | null) ?? [],
  createdAt: row.createdAt,
  run: toRun(row.run),
});

/**
 * Creates a snapshot and the row that authorises its collection; `workspace_archived`, `source_archived`, or
 * `collection_in_progress`.
 */
export async function createSnapshot(
  database: Database,
  tenant: TenantId,
  parent: { workspaceId: string; sourceId: string },
  command: Command,
): Promise<Snapshot> {
  return inTransaction(database, async (tx) => {
    await lockWorkspace(tx, tenant, parent.workspaceId, 'rely');
    const source = await lockSource(tx, tenant, parent.workspaceId, parent.sourceId, 'rely');
    const id = uuidv7();
    const running = await tx.snapshot.count({ where: { sourceId: source.id, status: 'collecting' } });
    if (running > 0) {
      throw new DomainError(
        'collection_in_progress',
        'A collection of this source is running; wait for it or cancel it.',
      );
    }
    const run = await createRun(tx, tenant, {
      kind: 'collect',
      key: source.id,
      resourceId: id,
      startedBy: command.actor,
      at: command.at,
    });
    const row = await tx.snapshot.create({
      data: {
        id,
        tenantId: tenant,
        ...parent,
        runId: run.id,
        sourceType: source.sourceType,
        status: 'collecting',
        createdAt: command.at,
      },
      include: withRun,
    });
    await keepKey(tx, tenant, command, { resourceId: id, runId: run.id });
    return toSnapshot(row);
  });
}

export async function findSnapshot(
  db: Executor,
  tenant: TenantId,
  id: string,
  parent: { workspaceId?: string; sourceId?: string } = {},
): Promise<Snapshot | null> {
  const row = await db.snapshot.findFirst({ where: { tenantId: tenant, id, ...parent }, include: withRun });
  return row && toSnapshot(row);
}

/** A source's snapshots, newest first, from below the id `before`. */
export async function listSnapshots(
  db: Executor,
  tenant: TenantId,
  sourceId: string,
  page: { before: string | null; limit: number },
): Promise<Snapshot[]> {
  const rows = await db.snapshot.findMany({
    where: { tenantId: tenant, sourceId, ...(page.before === null ? {} : { id: { lt: page.before } }) },
    orderBy: { id: 'desc' },
    take: page.limit,
    include: withRun,
  });
  return rows.map(toSnapshot);
}

/**
 * The fence of every write of a collection: holds the snapshot and its run for the transaction and throws
 * `collection_superseded` or `run_stopped` unless this Temporal run may still write.
 */
export async function holdCollection(
  tx: Transaction,
  tenant: TenantId,
  snapshotId: string,
  temporalRunId: string,
  strength: 'rely' | 'write' = 'rely',
): Promise<Snapshot> {
  await lock(tx, tenant, 'snapshot', snapshotId, strength);
  const snapshot = await findSnapshot(tx, tenant, snapshotId);
  if (snapshot?.status !== 'collecting') {
    throw new DomainError(
      'collection_superseded',
      'The snapshot is no longer being collected; nothing was written.',
    );
  }
  await lock(tx, tenant, 'run', snapshot.run.id, strength);
  assertHolds(await findRun(tx, tenant, snapshot.run.id), temporalRunId, 'collection_superseded');
  return snapshot;
}

/**
 * Turns a snapshot `completed`, with its counts, when every chain has ended. Moves the source's
 * `last_inventory_at`, ends the run and records the audit, in one transaction.
 */
export async function completeSnapshot(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  temporalRunId: string,
  at: Date,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    const known = await findSnapshot(tx, tenant, snapshotId);
    if (known) await lock(tx, tenant, 'source', known.sourceId, 'write');
    const snapshot = await holdCollection(tx, tenant, snapshotId, temporalRunId, 'write');
    const open = await tx.collectionChain.count({ where: { snapshotId, status: 'open' } });
    if (open > 0) throw new DomainError('source_unusable', `${open} listings were not read to their end.`);
    const summary = await summarize(tx, snapshotId);
    const itemCount = Object.values(summary).reduce((sum, count) => sum + count, 0);
    await tx.snapshot.update({
      where: { id: snapshotId },
      data: { status: 'completed', summary: json(summary), itemCount },
    });
    await tx.source.update({ where: { id: snapshot.sourceId }, data: { lastInventoryAt: at } });
    await endRun(tx, tenant, snapshot.run.id, { failure: null, at });
    await recordAudit(tx, tenant, {
      action: 'migration.inventory.collected',
      actor: snapshot.run.startedBy,
      targets: targetsOf(snapshot),
      facts: { source_type: snapshot.sourceType, item_count: itemCount, items: summary },
      at,
    });
  });
}

async function summarize(tx: Transaction, snapshotId: string): Promise<SnapshotSummary> {
  const groups = await tx.inventoryItem.groupBy({ by: ['itemType'], where: { snapshotId }, _count: true });
  const counts = new Map(groups.map((group) => [group.itemType, group._count]));
  return Object.fromEntries(itemTypes.map((type) => [type, counts.get(type) ?? 0])) as SnapshotSummary;
}

/**
 * Turns a snapshot `failed` unless it has ended already; what was read stays as evidence. Returns whether it was
 * this call that failed it.
 */
export async function failSnapshot(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  failure: RunFailure,
  more: { refusals?: readonly LedgerRefusal[]; actor?: Actor } = {},
): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    await lock(tx, tenant, 'snapshot', snapshotId, 'write');
    const snapshot = await findSnapshot(tx, tenant, snapshotId);
    if (snapshot?.status !== 'collecting') return false;
    const at = new Date(failure.at);
    await tx.snapshot.update({
      where: { id: snapshotId },
      data: { status: 'failed', refusals: json(more.refusals ?? []) },
    });
    await endRun(tx, tenant, snapshot.run.id, { failure, at });
    await recordAudit(tx, tenant, {
      action: 'migration.inventory.collection_failed',
      actor: more.actor ?? systemActor('worker'),
      targets: targetsOf(snapshot),
      facts: {
        source_type: snapshot.sourceType,
        code: failure.code,
        message: failure.message,
        endpoint: failure.endpoint,
        http_status: failure.http_status,
        vendor_code: failure.vendor_code,
      },
      at,
    });
    return true;
  });
}

const targetsOf = (snapshot: Snapshot) => ({
  workspace_id: snapshot.workspaceId,
  source_id: snapshot.sourceId,
  snapshot_id: snapshot.id,
});
