import { v7 as uuidv7 } from 'uuid';
import type { TenantId } from '../../domain/ids.ts';
import type { EvidencePointer, NormalForms, NormalItem, StoredItem } from '../../domain/inventory/item.ts';
import { itemTypes, type ItemType } from '../../domain/inventory/itemTypes.ts';
import { judgedLast, type Naming } from '../../domain/rules/surroundings.ts';
import type { SourceType } from '../../domain/source.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import { Prisma } from '../client.ts';
import type { InventoryItem as ItemRow, SourceObject } from '../generated/client.ts';
import { inTransaction } from './constraints.ts';
import { likeContains } from './search.ts';
import { holdCollection } from './snapshots.ts';

export const toItem = (row: ItemRow): StoredItem => ({
  id: row.id,
  ordinal: row.ordinal,
  itemType: row.itemType as ItemType,
  sourceType: row.sourceType as SourceType,
  externalId: row.externalId,
  name: row.name,
  status: row.status,
  vendorKind: row.vendorKind,
  normalized: row.normalized as unknown as NormalForms[ItemType],
  fingerprint: row.fingerprint,
  evidence: row.evidence as unknown as EvidencePointer[],
});

/** What `StoredItem` is made of, for reads of many. */
const itemColumns = Prisma.sql`"id", "ordinal", "item_type" AS "itemType", "source_type" AS "sourceType",
  "external_id" AS "externalId", "name", "status", "vendor_kind" AS "vendorKind", "normalized", "fingerprint", "evidence"`;

/**
 * Items of the types of a phase, by ordinal: what an assessment walks. The planner knows nothing of rows that came
 * seconds ago, and would rather sort all that are left than follow the index that has them in order; it is not let.
 */
export async function walkItems(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  page: { after: bigint | null; limit: number; phase: 'first' | 'last' },
): Promise<StoredItem[]> {
  return inTransaction(database, async (tx) => {
    await tx.$executeRaw`SET LOCAL enable_sort = off`;
    return tx.$queryRaw<StoredItem[]>`
      SELECT ${itemColumns} FROM "migration_inventory_items"
       WHERE "tenant_id" = ${tenant}::uuid AND "snapshot_id" = ${snapshotId}::uuid
         AND "item_type" = ANY(${typesOfPhase(page.phase)}::text[]) AND "ordinal" > ${page.after ?? -1n}
       ORDER BY "ordinal" LIMIT ${page.limit}`;
  });
}

/** Item types that are judged in a phase. */
export const typesOfPhase = (phase: 'first' | 'last'): ItemType[] =>
  itemTypes.filter((type) => judgedLast.includes(type) === (phase === 'last'));

/** Items by their ids, in no order. */
export async function findItems(
  db: Executor,
  tenant: TenantId,
  ids: readonly string[],
): Promise<StoredItem[]> {
  if (ids.length === 0) return [];
  return db.$queryRaw<StoredItem[]>`
    SELECT ${itemColumns} FROM "migration_inventory_items"
     WHERE "tenant_id" = ${tenant}::uuid AND "id" = ANY(${[...ids]}::uuid[])`;
}

// The planner knows nothing of rows that came seconds ago, and would look each up by reading all of them. A subquery
// with OFFSET 0 is done as it is written: for each row before it, by the index.

/**
 * How many items name each of the given ones, by relation and type: how many of those are in use, and, as far as they
 * were judged, how many no scope rule settled and how many can be planned.
 */
export async function countNaming(
  db: Executor,
  tenant: TenantId,
  judging: { assessmentId: string; scopeRules: readonly string[] },
  ids: readonly string[],
): Promise<Map<string, Naming[]>> {
  const found = new Map<string, Naming[]>();
  if (ids.length === 0) return found;
  const rows = await db.$queryRaw<(Naming & { to: string })[]>`
    SELECT wanted."id" AS "to", r."relation", i."item_type" AS "itemType", count(*)::int AS "items",
           (count(*) FILTER (WHERE i."active"))::int AS "active",
           (count(*) FILTER (WHERE NOT a."rule_ids" && ${[...judging.scopeRules]}::text[]))::int AS "standing",
           (count(*) FILTER (
             WHERE a."compatibility_class" IN ('native_import', 'import_with_approximation')))::int AS "movable"
      FROM unnest(${[...ids]}::uuid[]) AS wanted("id")
     CROSS JOIN LATERAL (
       SELECT "relation", "from_item_id" FROM "migration_item_relations"
        WHERE "tenant_id" = ${tenant}::uuid AND "to_item_id" = wanted."id" OFFSET 0) r
     CROSS JOIN LATERAL (
       SELECT "item_type", "ordinal", "normalized"->>'active' IS DISTINCT FROM 'false' AS "active"
         FROM "migration_inventory_items" WHERE "id" = r."from_item_id" OFFSET 0) i
      LEFT JOIN LATERAL (
       SELECT "rule_ids", "compatibility_class" FROM "migration_item_assessments"
        WHERE "assessment_id" = ${judging.assessmentId}::uuid AND "ordinal" = i."ordinal" OFFSET 0) a ON true
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
  for (const { to, ...naming } of rows) found.set(to, [...(found.get(to) ?? []), naming]);
  return found;
}

/** For each given assignment, those of the same principal to the same application, itself included, by external id. */
export async function findSameEnds(
  db: Executor,
  tenant: TenantId,
  ids: readonly string[],
): Promise<Map<string, { externalId: string; role: string | null }[]>> {
  const found = new Map<string, { externalId: string; role: string | null }[]>();
  if (ids.length === 0) return found;
  const rows = await db.$queryRaw<{ of: string; externalId: string; role: string | null }[]>`
    SELECT g."from_item_id" AS "of", i."external_id" AS "externalId", i."normalized"->>'role' AS "role"
      FROM "migration_item_relations" g
      JOIN "migration_item_relations" a ON a."from_item_id" = g."from_item_id" AND a."relation" = 'application'
      JOIN "migration_item_relations" g2
        ON g2."to_item_id" = g."to_item_id" AND g2."relation" = 'group' AND g2."snapshot_id" = g."snapshot_id"
      JOIN "migration_item_relations" a2
        ON a2."from_item_id" = g2."from_item_id" AND a2."relation" = 'application'
       AND a2."to_item_id" = a."to_item_id"
      JOIN "migration_inventory_items" i ON i."id" = a2."from_item_id"
     WHERE g."tenant_id" = ${tenant}::uuid AND g."relation" = 'group'
       AND g."from_item_id" = ANY(${[...ids]}::uuid[])
     ORDER BY 1, i."external_id" COLLATE "C"`;
  for (const { of, ...end } of rows) found.set(of, [...(found.get(of) ?? []), end]);
  return found;
}

/** A snapshot's items by ordinal, from above `after`; `search` looks into names and external ids. */
export async function listItems(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  page: { after: bigint | null; limit: number; itemType?: ItemType | undefined; search?: string | undefined },
): Promise<StoredItem[]> {
  const where: Prisma.InventoryItemWhereInput = { tenantId: tenant, snapshotId };
  if (page.after !== null) where.ordinal = { gt: page.after };
  if (page.itemType) where.itemType = page.itemType;
  if (page.search)
    where.OR = [{ name: likeContains(page.search) }, { externalId: likeContains(page.search) }];
  const rows = await db.inventoryItem.findMany({ where, orderBy: { ordinal: 'asc' }, take: page.limit });
  return rows.map(toItem);
}

export async function findItem(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  id: string,
): Promise<StoredItem | null> {
  const row = await db.inventoryItem.findFirst({ where: { tenantId: tenant, snapshotId, id } });
  return row && toItem(row);
}

/** An object that was read beside the items, with the page it came from. */
export interface SourceObjectRow {
  parent: string;
  externalId: string;
  data: unknown;
  evidence: EvidencePointer;
}

/** Objects of one kind, by their parents or by their own ids. */
export async function findObjects(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  kind: string,
  by: { parents: readonly string[] } | { externalIds: readonly string[] },
): Promise<SourceObjectRow[]> {
  const rows = await db.sourceObject.findMany({
    where: {
      tenantId: tenant,
      snapshotId,
      kind,
      ...('parents' in by
        ? { parent: { in: [...by.parents] } }
        : { externalId: { in: [...by.externalIds] } }),
    },
    orderBy: { id: 'asc' },
  });
  return rows.map(toObject);
}

/** Every object of one kind, always in the same order; kinds read this way are few in any org. */
export async function listObjects(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  kind: string,
): Promise<SourceObjectRow[]> {
  const rows = await db.sourceObject.findMany({
    where: { tenantId: tenant, snapshotId, kind },
    orderBy: [{ parent: 'asc' }, { externalId: 'asc' }],
  });
  return rows.map(toObject);
}

const toObject = (row: SourceObject): SourceObjectRow => ({
  parent: row.parent,
  externalId: row.externalId,
  data: row.data,
  evidence: row.evidence as unknown as EvidencePointer,
});

export interface ComposedItem {
  id: string;
  normalized: object;
  fingerprint: string;
  evidence: readonly EvidencePointer[];
}

/** Replaces the normal form of items that were composed from several pages; fenced like a page. */
export async function saveComposed(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  temporalRunId: string,
  items: readonly ComposedItem[],
): Promise<void> {
  await inTransaction(database, async (tx) => {
    await holdCollection(tx, tenant, snapshotId, temporalRunId);
    await tx.$executeRaw`
      UPDATE "migration_inventory_items" i
         SET "normalized" = r."normalized", "fingerprint" = r."fingerprint", "evidence" = r."evidence"
        FROM json_to_recordset(${JSON.stringify(items)}::json)
          AS r("id" uuid, "normalized" jsonb, "fingerprint" text, "evidence" jsonb)
       WHERE i."id" = r."id" AND i."tenant_id" = ${tenant}::uuid AND i."snapshot_id" = ${snapshotId}::uuid`;
  });
}

/** An item that no page lists by itself, made when all pages were read. */
export interface DerivedItem {
  item: NormalItem;
  fingerprint: string;
  /** The first page is the one whose listing the item belongs to. */
  evidence: readonly EvidencePointer[];
}

/** Stores items that were made of several pages; fenced like a page, repeatable. */
export async function saveDerived(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  temporalRunId: string,
  items: readonly DerivedItem[],
): Promise<void> {
  const rows = items.map(({ item, fingerprint, evidence }) => ({
    id: uuidv7(),
    page: evidence[0]?.id,
    item_type: item.itemType,
    source_type: item.sourceType,
    external_id: item.externalId,
    alternate_id: item.alternateId ?? null,
    name: item.name,
    status: item.status,
    vendor_kind: item.vendorKind,
    normalized: item.normalized,
    fingerprint,
    evidence,
  }));
  await inTransaction(database, async (tx) => {
    await holdCollection(tx, tenant, snapshotId, temporalRunId);
    await tx.$executeRaw`
      INSERT INTO "migration_inventory_items"
        ("id", "tenant_id", "snapshot_id", "chain_id", "pass", "item_type", "source_type", "external_id",
         "alternate_id", "name", "status", "vendor_kind", "normalized", "fingerprint", "evidence")
      SELECT r."id", p."tenant_id", p."snapshot_id", p."chain_id", p."pass", r."item_type", r."source_type",
             r."external_id", r."alternate_id", r."name", r."status", r."vendor_kind", r."normalized",
             r."fingerprint", r."evidence"
        FROM json_to_recordset(${JSON.stringify(rows)}::json)
          AS r("id" uuid, "page" uuid, "item_type" text, "source_type" text, "external_id" text,
               "alternate_id" text, "name" text, "status" text, "vendor_kind" text, "normalized" jsonb,
               "fingerprint" text, "evidence" jsonb)
        JOIN "migration_evidence_pages" p
          ON p."id" = r."page" AND p."tenant_id" = ${tenant}::uuid AND p."snapshot_id" = ${snapshotId}::uuid
      ON CONFLICT ("snapshot_id", "item_type", "external_id") DO UPDATE
         SET "name" = EXCLUDED."name", "status" = EXCLUDED."status", "vendor_kind" = EXCLUDED."vendor_kind",
             "normalized" = EXCLUDED."normalized", "fingerprint" = EXCLUDED."fingerprint",
             "evidence" = EXCLUDED."evidence"`;
  });
}

/** Resolves every reference of a snapshot's items inside the snapshot; fenced like a page, repeatable. */
export async function resolveRelations(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  temporalRunId: string,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    await holdCollection(tx, tenant, snapshotId, temporalRunId);
    await tx.$executeRaw`DELETE FROM "migration_item_relations" WHERE "snapshot_id" = ${snapshotId}::uuid`;
    await tx.$executeRaw`
      INSERT INTO "migration_item_relations"
        ("tenant_id", "snapshot_id", "from_item_id", "relation", "to_item_type", "to_external_id", "to_item_id")
      SELECT i."tenant_id", i."snapshot_id", i."id", ref.relation, ref.item_type, ref.external_id,
             coalesce(t."id", a."id")
        FROM "migration_inventory_items" i
        CROSS JOIN LATERAL jsonb_to_recordset(i."normalized"->'references')
          AS ref(relation text, item_type text, external_id text, alternate_id text)
        LEFT JOIN "migration_inventory_items" t
          ON t."snapshot_id" = i."snapshot_id" AND t."item_type" = ref.item_type AND t."external_id" = ref.external_id
        LEFT JOIN "migration_inventory_items" a
          ON a."snapshot_id" = i."snapshot_id" AND a."item_type" = ref.item_type AND a."alternate_id" = ref.alternate_id
       WHERE i."tenant_id" = ${tenant}::uuid AND i."snapshot_id" = ${snapshotId}::uuid
      ON CONFLICT DO NOTHING`;
    await nameAssignments(tx, tenant, snapshotId);
  });
}

/**
 * An assignment has no name of its own: it is called after its two ends, as far as the snapshot holds them. The planner
 * knows nothing of rows that came seconds ago and would compare every assignment with every application; with hashes it
 * looks each up once, however few it thinks they are.
 */
async function nameAssignments(tx: Transaction, tenant: TenantId, snapshotId: string): Promise<void> {
  await tx.$executeRaw`SET LOCAL enable_nestloop = off`;
  await tx.$executeRaw`
    WITH ends AS MATERIALIZED (
      SELECT "item_type", "external_id", "name" FROM "migration_inventory_items"
       WHERE "tenant_id" = ${tenant}::uuid AND "snapshot_id" = ${snapshotId}::uuid
         AND "item_type" IN ('application', 'group')
    ), named AS MATERIALIZED (
      SELECT i."id", a."name" || ' \u2190 ' || coalesce(g."name", i."normalized"->>'user_name',
               i."normalized"->>'principal_name', i."normalized"->>'principal') AS "name"
        FROM "migration_inventory_items" i
        JOIN ends a ON a."item_type" = 'application' AND a."external_id" = i."normalized"->>'application'
        LEFT JOIN ends g ON g."item_type" = 'group' AND g."external_id" = i."normalized"->>'principal'
       WHERE i."tenant_id" = ${tenant}::uuid AND i."snapshot_id" = ${snapshotId}::uuid
         AND i."item_type" = 'assignment'
    )
    UPDATE "migration_inventory_items" i SET "name" = n."name" FROM named n
     WHERE i."id" = n."id" AND i."tenant_id" = ${tenant}::uuid AND i."snapshot_id" = ${snapshotId}::uuid`;
  await tx.$executeRaw`SET LOCAL enable_nestloop TO DEFAULT`;
}

export interface ItemRelationRow {
  fromItemId: string;
  relation: string;
  toExternalId: string;
  toItemId: string | null;
}

/** The relations that go out from the given items, always in the same order. */
export async function findRelations(
  db: Executor,
  tenant: TenantId,
  itemIds: readonly string[],
): Promise<ItemRelationRow[]> {
  if (itemIds.length === 0) return [];
  return db.$queryRaw<ItemRelationRow[]>`
    SELECT wanted."id" AS "fromItemId", r."relation", r."to_external_id" AS "toExternalId", r."to_item_id" AS "toItemId"
      FROM unnest(${[...itemIds]}::uuid[]) AS wanted("id")
     CROSS JOIN LATERAL (
       SELECT "relation", "to_external_id", "to_item_id" FROM "migration_item_relations"
        WHERE "tenant_id" = ${tenant}::uuid AND "from_item_id" = wanted."id" OFFSET 0) r
     ORDER BY 1, 2, 3`;
}
