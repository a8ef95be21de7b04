import { v7 as uuidv7 } from 'uuid';
import type { NotItemReason, NotItems } from '../../domain/collections/ledger.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { NormalItem } from '../../domain/inventory/item.ts';
import type { Database, Transaction } from '../client.ts';
import { bulkInsert, type BulkTable } from './bulk.ts';
import { ChainMoved, dropAbandoned, openChains, type Chain, type NewChain } from './chains.ts';
import { inTransaction } from './constraints.ts';
import { holdCollection } from './snapshots.ts';

/** A page as it is kept: the vendor's bytes with secrets replaced, compressed. */
export interface KeptPage {
  body: Buffer;
  encoding: 'br';
  /** JSON pointer to the array of entries in the body. */
  entriesAt: string;
  /** Bytes and digest of the body as received. */
  bytes: number;
  sha256: Buffer;
  keptSha256: Buffer;
  redacted: readonly string[];
  repaired: boolean;
  httpStatus: number;
  vendorRequestId: string | null;
  vendorDate: string | null;
  fetchedAt: Date;
  elapsedMs: number;
  attempt: number;
}

/** What was read and is no item, kept because items are composed from it. */
export interface StoredObject {
  kind: string;
  parent: string;
  externalId: string;
  data: unknown;
  index: number;
  reason: NotItemReason;
}

/** A page read by a chain, sorted and ready to be stored. */
export interface PageCommit {
  chain: Chain;
  /** Path and query that gave the page. */
  path: string;
  /** Path and query of the next one; null closes the chain. */
  next: string | null;
  kept: KeptPage;
  count: number;
  items: readonly { item: NormalItem; index: number; fingerprint: string }[];
  objects: readonly StoredObject[];
  /** Entries that are neither items nor objects, by reason. */
  notItems: NotItems;
  children: readonly NewChain[];
}

/**
 * Stores pages of one snapshot: evidence, items, objects, new chains and each chain's place, in one fenced
 * transaction. Throws `collection_superseded` when the run lost its claim or another attempt moved any of the
 * chains, and `run_stopped`; then nothing is written.
 */
export async function commitPages(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  temporalRunId: string,
  pages: readonly PageCommit[],
  at: Date,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    const snapshot = await holdCollection(tx, tenant, snapshotId, temporalRunId);
    await holdChains(tx, pages);
    const scope = { tenant, snapshotId, sourceType: snapshot.sourceType };
    const evidence = await insertEvidence(tx, scope, pages);
    const stored = new Map(pages.map((page) => [page.chain.id, { items: 0, duplicates: 0 }]));
    await insertItems(tx, scope, pages, evidence, stored);
    const objects = await insertObjects(tx, scope, pages, evidence);
    await openChains(
      tx,
      tenant,
      snapshotId,
      pages.flatMap((page) => page.children),
      at,
    );
    await moveChains(tx, pages, stored, objects, at);
    for (const { chain, next } of pages) if (next === null) await dropAbandoned(tx, chain);
  });
}

interface Scope {
  tenant: TenantId;
  snapshotId: string;
  sourceType: string;
}

/** Locks the chains where this attempt read them. */
async function holdChains(tx: Transaction, pages: readonly PageCommit[]): Promise<void> {
  const expected = pages.map(({ chain }) => ({
    id: chain.id,
    pass: chain.pass,
    page: chain.page,
    cursor: chain.cursor,
  }));
  const held = await tx.$queryRaw<{ id: string }[]>`
    SELECT c."id" FROM "migration_collection_chains" c
      JOIN json_to_recordset(${JSON.stringify(expected)}::json) AS r("id" uuid, "pass" int, "page" int, "cursor" text)
        ON c."id" = r."id" AND c."pass" = r."pass" AND c."page" = r."page"
           AND c."cursor" IS NOT DISTINCT FROM r."cursor" AND c."status" = 'open'
     ORDER BY c."id" FOR NO KEY UPDATE OF c`;
  if (held.length !== pages.length) throw new ChainMoved();
}

const evidenceTable: BulkTable<ReturnType<typeof evidenceRow>> = {
  name: 'migration_evidence_pages',
  columns: {
    id: 'uuid',
    tenant_id: 'uuid',
    snapshot_id: 'uuid',
    chain_id: 'uuid',
    collection: 'text',
    endpoint: 'text',
    query: 'text',
    pass: 'integer',
    page: 'integer',
    abandoned: 'boolean',
    http_status: 'integer',
    objects: 'integer',
    bytes: 'integer',
    sha256: 'bytea',
    kept_sha256: 'bytea',
    redacted: 'jsonb',
    repaired: 'boolean',
    vendor_request_id: 'text',
    vendor_date: 'text',
    fetched_at: 'timestamptz',
    elapsed_ms: 'integer',
    attempt: 'integer',
    encoding: 'text',
    body: 'bytea',
    entries_at: 'text',
  },
};

function evidenceRow(scope: Scope, { chain, path, kept, count }: PageCommit) {
  // What follows the first question mark is the query, others in it included: a cursor is opaque.
  const [endpoint = '', ...rest] = path.split('?');
  const query = rest.join('?');
  return {
    id: uuidv7(),
    tenant_id: scope.tenant,
    snapshot_id: scope.snapshotId,
    chain_id: chain.id,
    collection: chain.collection,
    endpoint,
    query,
    pass: chain.pass,
    page: chain.page,
    abandoned: false,
    http_status: kept.httpStatus,
    objects: count,
    bytes: kept.bytes,
    sha256: kept.sha256.toString('base64'),
    kept_sha256: kept.keptSha256.toString('base64'),
    redacted: kept.redacted,
    repaired: kept.repaired,
    vendor_request_id: kept.vendorRequestId,
    vendor_date: kept.vendorDate,
    fetched_at: kept.fetchedAt.toISOString(),
    elapsed_ms: kept.elapsedMs,
    attempt: kept.attempt,
    encoding: kept.encoding,
    body: kept.body.toString('base64'),
    entries_at: kept.entriesAt,
  };
}

/** Returns the evidence id of each chain's page. */
async function insertEvidence(
  tx: Transaction,
  scope: Scope,
  pages: readonly PageCommit[],
): Promise<Map<string, string>> {
  const rows = pages.map((page) => evidenceRow(scope, page));
  await bulkInsert(tx, evidenceTable, rows);
  return new Map(rows.map((row) => [row.chain_id, row.id]));
}

const itemTable: BulkTable<ItemInsert> = {
  name: 'migration_inventory_items',
  columns: {
    id: 'uuid',
    tenant_id: 'uuid',
    snapshot_id: 'uuid',
    chain_id: 'uuid',
    pass: 'integer',
    item_type: 'text',
    source_type: 'text',
    external_id: 'text',
    alternate_id: 'text',
    name: 'text',
    status: 'text',
    vendor_kind: 'text',
    normalized: 'jsonb',
    fingerprint: 'text',
    evidence: 'jsonb',
  },
};

interface ItemInsert {
  id: string;
  tenant_id: string;
  snapshot_id: string;
  chain_id: string;
  pass: number;
  item_type: string;
  source_type: string;
  external_id: string;
  alternate_id: string | null;
  name: string;
  status: string | null;
  vendor_kind: string;
  normalized: object;
  fingerprint: string;
  evidence: object;
}

// A later pass of the same chain replaces what an earlier one saw; anything else met twice is a duplicate.
const laterPassWins = (table: string, columns: readonly string[]) =>
  `DO UPDATE SET ${columns.map((column) => `"${column}" = EXCLUDED."${column}"`).join(', ')}
   WHERE "${table}"."chain_id" = EXCLUDED."chain_id" AND "${table}"."pass" < EXCLUDED."pass"`;

async function insertItems(
  tx: Transaction,
  scope: Scope,
  pages: readonly PageCommit[],
  evidence: ReadonlyMap<string, string>,
  stored: Map<string, { items: number; duplicates: number }>,
): Promise<void> {
  const rows = new Map<string, ItemInsert>();
  for (const { chain, items } of pages) {
    for (const { item, index, fingerprint } of items) {
      const key = `${item.itemType} ${item.externalId}`;
      if (rows.has(key)) continue;
      rows.set(key, {
        id: uuidv7(),
        tenant_id: scope.tenant,
        snapshot_id: scope.snapshotId,
        chain_id: chain.id,
        pass: chain.pass,
        item_type: item.itemType,
        source_type: item.sourceType,
        external_id: item.externalId,
        alternate_id: item.alternateId ?? null,
        name: item.name,
        status: item.status,
        vendor_kind: item.vendorKind,
        normalized: item.normalized,
        fingerprint,
        evidence: [{ id: evidence.get(chain.id), index, role: 'object' }],
      });
    }
  }
  const written = await bulkInsert<ItemInsert, { chain_id: string }>(
    tx,
    itemTable,
    [...rows.values()],
    `ON CONFLICT ("snapshot_id", "item_type", "external_id")
     ${laterPassWins(itemTable.name, ['pass', 'alternate_id', 'name', 'status', 'vendor_kind', 'normalized', 'fingerprint', 'evidence'])}
     RETURNING "chain_id"`,
  );
  for (const { chain_id } of written) {
    const counts = stored.get(chain_id);
    if (counts) counts.items += 1;
  }
  for (const { chain, items } of pages) {
    const counts = stored.get(chain.id);
    if (counts) counts.duplicates = items.length - counts.items;
  }
}

const objectTable: BulkTable<ObjectInsert> = {
  name: 'migration_source_objects',
  columns: {
    id: 'uuid',
    tenant_id: 'uuid',
    snapshot_id: 'uuid',
    chain_id: 'uuid',
    pass: 'integer',
    kind: 'text',
    parent: 'text',
    external_id: 'text',
    data: 'jsonb',
    evidence: 'jsonb',
  },
};

interface ObjectInsert {
  id: string;
  tenant_id: string;
  snapshot_id: string;
  chain_id: string;
  pass: number;
  kind: string;
  parent: string;
  external_id: string;
  data: unknown;
  evidence: object;
}

/** Returns, for each chain, how many of its objects count as what; one met before counts as a duplicate. */
async function insertObjects(
  tx: Transaction,
  scope: Scope,
  pages: readonly PageCommit[],
  evidence: ReadonlyMap<string, string>,
): Promise<Map<string, NotItems>> {
  const rows = new Map<string, { row: ObjectInsert; reason: NotItemReason }>();
  for (const { chain, objects } of pages) {
    for (const { kind, parent, externalId, data, index, reason } of objects) {
      const key = objectKey(kind, parent, externalId);
      if (rows.has(key)) continue;
      const row = {
        id: uuidv7(),
        tenant_id: scope.tenant,
        snapshot_id: scope.snapshotId,
        chain_id: chain.id,
        pass: chain.pass,
        kind,
        parent,
        external_id: externalId,
        data,
        evidence: { id: evidence.get(chain.id), index, role: 'object' },
      };
      rows.set(key, { row, reason });
    }
  }
  const written = await bulkInsert<ObjectInsert, { kind: string; parent: string; external_id: string }>(
    tx,
    objectTable,
    [...rows.values()].map(({ row }) => row),
    `ON CONFLICT ("snapshot_id", "kind", "parent", "external_id")
     ${laterPassWins(objectTable.name, ['pass', 'data', 'evidence'])} RETURNING "kind", "parent", "external_id"`,
  );
  const counts = new Map<string, NotItems>(
    pages.map(({ chain, objects }) => [chain.id, { duplicate: objects.length }]),
  );
  for (const { kind, parent, external_id } of written) {
    const stored = rows.get(objectKey(kind, parent, external_id));
    const count = counts.get(stored?.row.chain_id ?? '');
    if (!stored || !count) continue;
    count.duplicate = (count.duplicate ?? 0) - 1;
    count[stored.reason] = (count[stored.reason] ?? 0) + 1;
  }
  return counts;
}

const objectKey = (kind: string, parent: string, externalId: string) => `${kind} ${parent} ${externalId}`;

async function moveChains(
  tx: Transaction,
  pages: readonly PageCommit[],
  stored: ReadonlyMap<string, { items: number; duplicates: number }>,
  objects: ReadonlyMap<string, NotItems>,
  at: Date,
): Promise<void> {
  const moves = pages.map(({ chain, next, count, notItems }) => {
    const { items, duplicates } = stored.get(chain.id) ?? { items: 0, duplicates: 0 };
    return {
      id: chain.id,
      status: next === null ? 'closed' : 'open',
      cursor: next,
      objects: count,
      items,
      not_items: addUp(notItems, objects.get(chain.id) ?? {}, { duplicate: duplicates }),
    };
  });
  await tx.$executeRaw`
    UPDATE "migration_collection_chains" c
       SET "status" = r."status", "page" = c."page" + 1, "cursor" = r."cursor", "pages" = c."pages" + 1,
           "objects" = c."objects" + r."objects", "items" = c."items" + r."items",
           "not_items" = (
             SELECT coalesce(jsonb_object_agg(e.key, e.total), '{}') FROM (
               SELECT key, sum(value::int) AS total FROM (
                 SELECT * FROM jsonb_each_text(c."not_items") UNION ALL SELECT * FROM jsonb_each_text(r."not_items")
               ) AS counts GROUP BY key
             ) AS e
           ),
           "failures" = 0, "wait_until" = NULL, "updated_at" = ${at}
      FROM json_to_recordset(${JSON.stringify(moves)}::json)
        AS r("id" uuid, "status" text, "cursor" text, "objects" int, "items" int, "not_items" jsonb)
     WHERE c."id" = r."id"`;
}

function addUp(...counts: readonly NotItems[]): NotItems {
  const total: NotItems = {};
  for (const count of counts) {
    for (const [reason, n] of Object.entries(count) as [NotItemReason, number][]) {
      if (n > 0) total[reason] = (total[reason] ?? 0) + n;
    }
  }
  return total;
}
