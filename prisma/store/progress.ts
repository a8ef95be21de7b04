import { collectionsOf } from '../../domain/collections/definitions.ts';
import { limitOn, orgOf, waitingText } from '../../domain/pace/budgets.ts';
import { estimateOf, type CollectionProgress } from '../../domain/pace/estimate.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { SourceConfig, SourceType } from '../../domain/source.ts';
import type { Estimate } from '../../domain/verification.ts';
import type { Executor } from '../client.ts';
import { readAllowances } from './budgets.ts';

/** How far a collection is, what holds it up and what is left of it. */
export interface SnapshotProgress {
  /** Requests that were answered, and how many there will be in all; null while nobody can tell. */
  done: number;
  total: number | null;
  /** Collections read to their end, of all. */
  collections: { done: number; total: number };
  pages: number;
  items: number;
  /** Pages and items of each collection that was begun. */
  byCollection: ReadonlyMap<string, { pages: number; items: number }>;
  /** The listing that waits longest for the vendor's limit. */
  waiting: { endpoint: string; until: Date; text: string } | null;
  /** Requests still to be made and the minutes they will take. */
  estimate: Estimate | null;
}

/** Reads the progress of a snapshot that is being collected. */
export async function readProgress(
  db: Executor,
  tenant: TenantId,
  snapshot: Pick<Snapshot, 'id' | 'sourceId' | 'sourceType'>,
): Promise<SnapshotProgress> {
  const [source, counts, former, waiting] = await Promise.all([
    readSource(db, tenant, snapshot.sourceId),
    countChains(db, tenant, snapshot.id),
    formerRequests(db, tenant, snapshot.sourceId),
    readWait(db, tenant, snapshot),
  ]);
  const begun = counts.length > 0 || !former ? counts : asBefore(former);
  const rows = progressRows(snapshot.sourceType, begun, former);
  const allowances = source ? await readAllowances(db, orgOf(source.config)) : new Map<string, number>();
  const estimate = estimateOf(snapshot.sourceType, rows, allowances);
  const done = rows.reduce((sum, { requests }) => sum + requests, 0);
  return {
    done,
    total: estimate && done + estimate.requests,
    collections: { done: rows.length - unended(rows).size, total: rows.length },
    pages: counts.reduce((sum, { pages }) => sum + pages, 0),
    items: counts.reduce((sum, { items }) => sum + items, 0),
    byCollection: new Map(counts.map((each) => [each.collection, each])),
    waiting,
    estimate,
  };
}

/** Collections with listings that are open or still to be found. Parents stand before what they seed. */
function unended(rows: readonly CollectionProgress[]): Set<string> {
  const found = new Set<string>();
  for (const { collection, after, open } of rows) {
    if (open > 0 || after.some((name) => found.has(name))) found.add(collection);
  }
  return found;
}

/** Counts of an inventory that has not begun: every collection that a former one read is to be read. */
const asBefore = (former: ReadonlyMap<string, number>): ChainCounts[] =>
  [...former].map(([collection, requests]) => ({
    collection,
    chains: 0,
    open: requests > 0 ? 1 : 0,
    refused: 0,
    pages: 0,
    items: 0,
  }));

/** What an inventory of a source will take, as far as its last completed one tells; null when there is none. */
export async function readEstimate(
  db: Executor,
  tenant: TenantId,
  sourceId: string,
): Promise<Estimate | null> {
  const [source, former] = await Promise.all([
    readSource(db, tenant, sourceId),
    formerRequests(db, tenant, sourceId),
  ]);
  if (!source || !former) return null;
  const rows = progressRows(source.sourceType, asBefore(former), former);
  const allowances = await readAllowances(db, orgOf(source.config));
  return estimateOf(source.sourceType, rows, allowances);
}

async function readSource(
  db: Executor,
  tenant: TenantId,
  id: string,
): Promise<{ sourceType: SourceType; config: SourceConfig } | null> {
  const row = await db.source.findFirst({
    where: { tenantId: tenant, id },
    select: { sourceType: true, config: true },
  });
  return row && { sourceType: row.sourceType as SourceType, config: row.config as SourceConfig };
}

interface ChainCounts {
  collection: string;
  chains: number;
  open: number;
  refused: number;
  pages: number;
  items: number;
}

/** A refused listing was answered once more than it has pages. */
const requestsOf = ({ pages, refused }: ChainCounts) => pages + refused;

const countChains = (db: Executor, tenant: TenantId, snapshotId: string): Promise<ChainCounts[]> =>
  db.$queryRaw<ChainCounts[]>`
    SELECT "collection", count(*)::int AS chains, count(*) FILTER (WHERE "status" = 'open')::int AS open,
           count(*) FILTER (WHERE "status" = 'refused')::int AS refused, sum("pages")::int AS pages, sum("items")::int AS items
      FROM "migration_collection_chains"
     WHERE "tenant_id" = ${tenant}::uuid AND "snapshot_id" = ${snapshotId}::uuid GROUP BY "collection"`;

/** Requests by collection of the source's last completed snapshot. */
async function formerRequests(
  db: Executor,
  tenant: TenantId,
  sourceId: string,
): Promise<Map<string, number> | null> {
  const last = await db.snapshot.findFirst({
    where: { tenantId: tenant, sourceId, status: 'completed' },
    orderBy: { id: 'desc' },
    select: { id: true },
  });
  if (!last) return null;
  const counts = await countChains(db, tenant, last.id);
  return new Map(counts.map((each) => [each.collection, requestsOf(each)]));
}

function progressRows(
  sourceType: SourceType,
  counts: readonly ChainCounts[],
  former: ReadonlyMap<string, number> | null,
): CollectionProgress[] {
  return collectionsOf[sourceType].map(({ name, endpoint, after }) => {
    const found = counts.find(({ collection }) => collection === name);
    return {
      collection: name,
      endpoint,
      after,
      chains: found?.chains ?? 0,
      open: found?.open ?? 0,
      requests: found ? requestsOf(found) : 0,
      former: former && (former.get(name) ?? 0),
    };
  });
}

async function readWait(
  db: Executor,
  tenant: TenantId,
  snapshot: Pick<Snapshot, 'id' | 'sourceType'>,
): Promise<SnapshotProgress['waiting']> {
  const chain = await db.collectionChain.findFirst({
    where: { tenantId: tenant, snapshotId: snapshot.id, status: 'open', waitUntil: { gt: new Date() } },
    orderBy: { waitUntil: 'desc' },
    select: { path: true, waitUntil: true },
  });
  if (!chain?.waitUntil) return null;
  const { path, waitUntil: until } = chain;
  const text = waitingText(snapshot.sourceType, limitOn(snapshot.sourceType, path), until);
  return { endpoint: path.replace(/\?.*$/, ''), until, text };
}
