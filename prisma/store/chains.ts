import { v7 as uuidv7 } from 'uuid';
import {
  failsSnapshot,
  notItemReasons,
  type ChainRefusal,
  type CollectionDefinition,
  type LedgerRefusal,
  type LedgerRow,
  type NotItems,
} from '../../domain/collections/ledger.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import { Prisma, type Database, type Executor, type Transaction } from '../client.ts';
import { bulkInsert, type BulkTable } from './bulk.ts';
import { inTransaction } from './constraints.ts';
import { json } from './json.ts';
import { holdCollection } from './snapshots.ts';

/** A listing under way: where it stands, as the last page's transaction left it. */
export interface Chain {
  id: string;
  collection: string;
  key: string;
  path: string;
  context: Record<string, string>;
  pass: number;
  page: number;
  cursor: string | null;
  failures: number;
}

/**
 * Another attempt of the same run moved the listing first, and nothing was written. Whoever is told so may look where
 * it stands now and go on there.
 */
export class ChainMoved extends DomainError {
  constructor() {
    super('collection_superseded', 'Another attempt read these pages first; nothing was written.');
  }
}

export interface NewChain {
  collection: string;
  key: string;
  path: string;
  context: Readonly<Record<string, string>>;
}

interface ChainInsert {
  id: string;
  tenant_id: string;
  snapshot_id: string;
  collection: string;
  key: string;
  path: string;
  context: object;
  status: string;
  updated_at: string;
  pass: number;
  page: number;
}

const chainTable: BulkTable<ChainInsert> = {
  name: 'migration_collection_chains',
  columns: {
    id: 'uuid',
    tenant_id: 'uuid',
    snapshot_id: 'uuid',
    collection: 'text',
    key: 'text',
    path: 'text',
    context: 'jsonb',
    status: 'text',
    updated_at: 'timestamptz',
    pass: 'integer',
    page: 'integer',
  },
};

/** Opens listings; one that is open or was read already stays as it is. */
export async function openChains(
  tx: Transaction,
  tenant: TenantId,
  snapshotId: string,
  chains: readonly NewChain[],
  at: Date,
): Promise<void> {
  const rows = chains.map((chain) => ({
    id: uuidv7(),
    tenant_id: tenant,
    snapshot_id: snapshotId,
    ...chain,
    status: 'open',
    updated_at: at.toISOString(),
    pass: 1,
    page: 1,
  }));
  await bulkInsert(tx, chainTable, rows, 'ON CONFLICT ("snapshot_id", "collection", "key") DO NOTHING');
}

/** Up to `limit` open chains of a collection, in the order in which they were found. */
export async function openChainsOf(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  collection: string,
  limit: number,
): Promise<Chain[]> {
  const rows = await db.collectionChain.findMany({
    where: { tenantId: tenant, snapshotId, collection, status: 'open' },
    orderBy: { id: 'asc' },
    take: limit,
  });
  return rows.map((row) => ({ ...row, context: row.context as Record<string, string> }));
}

/** Collections of a snapshot that still have an open chain. */
export async function openCollections(db: Executor, tenant: TenantId, snapshotId: string): Promise<string[]> {
  const rows = await db.collectionChain.groupBy({
    by: ['collection'],
    where: { tenantId: tenant, snapshotId, status: 'open' },
  });
  return rows.map((row) => row.collection);
}

/** Keys of a collection's chains that the incumbent refused. */
export async function refusedKeys(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  collection: string,
): Promise<Set<string>> {
  const rows = await db.collectionChain.findMany({
    where: { tenantId: tenant, snapshotId, collection, status: 'refused' },
    select: { key: true },
  });
  return new Set(rows.map((row) => row.key));
}

/** Moves a chain only from where this attempt read it; false when another attempt moved it first. */
export function chainIsAt(chain: Pick<Chain, 'id' | 'pass' | 'page' | 'cursor'>) {
  return { id: chain.id, status: 'open', pass: chain.pass, page: chain.page, cursor: chain.cursor };
}

/** Ends a chain that the incumbent refuses. Returns false when another attempt was faster. */
export async function refuseChain(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  temporalRunId: string,
  chain: Chain,
  refusal: ChainRefusal,
  at: Date,
): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    await holdCollection(tx, tenant, snapshotId, temporalRunId);
    const moved = await tx.collectionChain.updateMany({
      where: chainIsAt(chain),
      data: { status: 'refused', refusal: json(refusal), updatedAt: at },
    });
    if (moved.count === 1) await dropAbandoned(tx, chain);
    return moved.count === 1;
  });
}

/** What only an abandoned pass of an ended chain saw is gone at the incumbent; its pages stay as evidence. */
export async function dropAbandoned(
  tx: Transaction,
  { id, pass }: Pick<Chain, 'id' | 'pass'>,
): Promise<void> {
  if (pass === 1) return;
  const abandoned = { chainId: id, pass: { lt: pass } };
  await tx.inventoryItem.deleteMany({ where: abandoned });
  await tx.sourceObject.deleteMany({ where: abandoned });
  await tx.evidencePage.updateMany({ where: abandoned, data: { abandoned: true } });
}

/** Begins a chain anew from its first page, because the incumbent forgot the cursor. */
export async function restartChain(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  temporalRunId: string,
  chain: Chain,
  at: Date,
): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    await holdCollection(tx, tenant, snapshotId, temporalRunId);
    const moved = await tx.collectionChain.updateMany({
      where: chainIsAt(chain),
      data: {
        pass: chain.pass + 1,
        page: 1,
        cursor: null,
        pages: 0,
        objects: 0,
        items: 0,
        notItems: {},
        updatedAt: at,
      },
    });
    return moved.count === 1;
  });
}

/** Counts a real failure of a chain and returns how many there were in a row. */
export async function countFailure(db: Executor, chainId: string, at: Date): Promise<number> {
  const rows = await db.collectionChain.updateManyAndReturn({
    where: { id: chainId, status: 'open' },
    data: { failures: { increment: 1 }, updatedAt: at },
    select: { failures: true },
  });
  return rows[0]?.failures ?? 0;
}

/** Says until when the vendor's limit holds a chain up. */
export async function noteWait(db: Executor, chainId: string, until: Date): Promise<void> {
  await db.collectionChain.updateMany({ where: { id: chainId, status: 'open' }, data: { waitUntil: until } });
}

interface LedgerCounts {
  collection: string;
  chains: bigint;
  open: bigint;
  refused: bigint;
  pages: bigint | null;
  objects: bigint | null;
  items: bigint | null;
}

/** The completeness ledger of a snapshot: a row a collection, in the order of the definitions. */
export async function readLedger(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  definitions: readonly CollectionDefinition[],
): Promise<LedgerRow[]> {
  const [counts, notItems, refusals] = await Promise.all([
    db.$queryRaw<LedgerCounts[]>`
      SELECT "collection", count(*) AS chains, count(*) FILTER (WHERE "status" = 'open') AS open,
             count(*) FILTER (WHERE "status" = 'refused') AS refused,
             sum("pages") AS pages, sum("objects") AS objects, sum("items") AS items
        FROM "migration_collection_chains"
       WHERE "tenant_id" = ${tenant}::uuid AND "snapshot_id" = ${snapshotId}::uuid GROUP BY "collection"`,
    readNotItems(db, tenant, snapshotId),
    readRefusals(db, tenant, snapshotId),
  ]);
  const byCollection = new Map(counts.map((row) => [row.collection, row]));
  return definitions.map((definition) => {
    const row = byCollection.get(definition.name);
    const refused = refusals.filter((refusal) => refusal.collection === definition.name);
    return {
      collection: definition.name,
      endpoint: definition.endpoint,
      chains: Number(row?.chains ?? 0),
      pages: Number(row?.pages ?? 0),
      objects: Number(row?.objects ?? 0),
      items: Number(row?.items ?? 0),
      not_items: notItemReasons.flatMap((reason) => {
        const count = notItems.get(definition.name)?.[reason] ?? 0;
        return count > 0 ? [{ reason, count }] : [];
      }),
      complete: Number(row?.open ?? 0) === 0 && !refused.some((refusal) => failsSnapshot(refusal.meaning)),
      refusals: refused.map(({ collection: _collection, ...refusal }) => refusal),
    };
  });
}

async function readNotItems(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
): Promise<Map<string, NotItems>> {
  const rows = await db.$queryRaw<{ collection: string; reason: string; count: bigint }[]>`
    SELECT "collection", e.key AS reason, sum(e.value::bigint)::bigint AS count
      FROM "migration_collection_chains", jsonb_each_text("not_items") AS e
     WHERE "tenant_id" = ${tenant}::uuid AND "snapshot_id" = ${snapshotId}::uuid GROUP BY "collection", e.key`;
  const found = new Map<string, NotItems>();
  for (const row of rows) {
    found.set(row.collection, { ...found.get(row.collection), [row.reason]: Number(row.count) });
  }
  return found;
}

/** Refusals of a snapshot, equal ones counted together. */
export async function readRefusals(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
): Promise<(LedgerRefusal & { collection: string })[]> {
  const rows = await db.$queryRaw<{ collection: string; refusal: ChainRefusal; count: bigint }[]>(Prisma.sql`
    SELECT "collection", (array_agg("refusal" ORDER BY "id"))[1] AS refusal, count(*) AS count
      FROM "migration_collection_chains"
     WHERE "tenant_id" = ${tenant}::uuid AND "snapshot_id" = ${snapshotId}::uuid AND "status" = 'refused'
     GROUP BY "collection", "refusal"->>'meaning', "refusal"->>'status', "refusal"->>'code'
     ORDER BY "collection", min("id"::text)`);
  return rows.map(({ collection, refusal, count }) => ({
    collection,
    endpoint: refusal.endpoint,
    status: refusal.status,
    code: refusal.code,
    meaning: refusal.meaning,
    remedy: refusal.remedy,
    count: Number(count),
  }));
}
