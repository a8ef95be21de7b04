import type { TenantId } from '../../domain/ids.ts';
import type { StoredItem } from '../../domain/inventory/item.ts';
import { itemTypes, type ItemType } from '../../domain/inventory/itemTypes.ts';
import { changedFields, type ChangedField, type ChangeKind } from '../../domain/snapshotDiff.ts';
import { Prisma, type Executor } from '../client.ts';
import { findItems } from './items.ts';

/** Two snapshots of one source: how `snapshot` differs from `against`. */
export interface Compared {
  snapshot: string;
  against: string;
}

/** An item that one of the snapshots lacks, or that is another in each. */
export interface ItemChange {
  change: ChangeKind;
  /** As it is in the snapshot; null for one that was removed. */
  is: StoredItem | null;
  /** As it was in the one compared with; null for one that was added. */
  was: StoredItem | null;
  changedFields: ChangedField[];
}

interface ChangedRow {
  is_id: string | null;
  was_id: string | null;
}

/**
 * Changes in the order of item type and external id, from behind the item `after` of either snapshot. Items are
 * compared by their fingerprints, in the order of an index on both sides, so that a page costs what it passes by.
 */
export async function listChanges(
  db: Executor,
  tenant: TenantId,
  { snapshot, against }: Compared,
  page: {
    after: string | null;
    limit: number;
    change?: ChangeKind | undefined;
    itemType?: ItemType | undefined;
  },
): Promise<ItemChange[]> {
  const { after, limit, change, itemType } = page;
  const start = after === null ? null : await positionOf(db, tenant, [snapshot, against], after);
  const within = (alias: string, id: string) => {
    const item = Prisma.raw(`"${alias}"`);
    const behind = start
      ? Prisma.sql`AND (${item}."item_type", ${item}."external_id") > (${start.itemType}, ${start.externalId})`
      : Prisma.empty;
    const typed = itemType ? Prisma.sql`AND ${item}."item_type" = ${itemType}` : Prisma.empty;
    return Prisma.sql`${item}."tenant_id" = ${tenant}::uuid AND ${item}."snapshot_id" = ${id}::uuid ${behind} ${typed}`;
  };
  const branches = [
    change === 'removed' ? null : present(within('i', snapshot), against, change, limit),
    change === 'added' || change === 'changed' ? null : removed(within('i', against), snapshot, limit),
  ].filter((branch) => branch !== null);
  const rows = await db.$queryRaw<ChangedRow[]>`
    SELECT "is_id", "was_id" FROM (${Prisma.join(branches, ' UNION ALL ')}) AS changes
     ORDER BY "item_type", "external_id" LIMIT ${limit}`;
  return withItems(db, tenant, rows);
}

/** What is in the snapshot and was not there, or was another. */
function present(
  within: Prisma.Sql,
  against: string,
  change: 'added' | 'changed' | undefined,
  limit: number,
): Prisma.Sql {
  const differs = {
    added: Prisma.sql`w."id" IS NULL`,
    changed: Prisma.sql`w."fingerprint" <> i."fingerprint"`,
    any: Prisma.sql`w."fingerprint" IS DISTINCT FROM i."fingerprint"`,
  }[change ?? 'any'];
  return Prisma.sql`(
    SELECT i."item_type", i."external_id", i."id" AS "is_id", w."id" AS "was_id"
      FROM "migration_inventory_items" i
      LEFT JOIN "migration_inventory_items" w
        ON w."snapshot_id" = ${against}::uuid AND w."item_type" = i."item_type"
           AND w."external_id" = i."external_id"
     WHERE ${within} AND ${differs}
     ORDER BY i."item_type", i."external_id" LIMIT ${limit})`;
}

/** What was there and is not in the snapshot. */
const removed = (within: Prisma.Sql, snapshot: string, limit: number): Prisma.Sql => Prisma.sql`(
    SELECT i."item_type", i."external_id", NULL::uuid AS "is_id", i."id" AS "was_id"
      FROM "migration_inventory_items" i
     WHERE ${within} AND NOT EXISTS (
       SELECT FROM "migration_inventory_items" n
        WHERE n."snapshot_id" = ${snapshot}::uuid AND n."item_type" = i."item_type"
          AND n."external_id" = i."external_id")
     ORDER BY i."item_type", i."external_id" LIMIT ${limit})`;

async function positionOf(db: Executor, tenant: TenantId, snapshots: string[], id: string) {
  return db.inventoryItem.findFirst({
    where: { tenantId: tenant, id, snapshotId: { in: snapshots } },
    select: { itemType: true, externalId: true },
  });
}

async function withItems(db: Executor, tenant: TenantId, rows: readonly ChangedRow[]): Promise<ItemChange[]> {
  const ids = rows.flatMap((row) => [row.is_id, row.was_id]).filter((id) => id !== null);
  const items = new Map((await findItems(db, tenant, ids)).map((item) => [item.id, item]));
  const get = (id: string | null) => (id === null ? null : (items.get(id) ?? null));
  return rows.map(({ is_id, was_id }) => {
    const is = get(is_id);
    const was = get(was_id);
    const change = was === null ? 'added' : is === null ? 'removed' : 'changed';
    return { change, is, was, changedFields: is && was ? changedFields(was, is) : [] };
  });
}

/** How many items of a type became what. */
export type ChangeCounts = Record<ChangeKind | 'unchanged', number>;

/** Counts every item of both snapshots once, by type, zeros included. */
export async function countChanges(
  db: Executor,
  tenant: TenantId,
  { snapshot, against }: Compared,
): Promise<Record<ItemType, ChangeCounts>> {
  const side = (id: string) => Prisma.sql`(
    SELECT "item_type", "external_id", "fingerprint" FROM "migration_inventory_items"
     WHERE "tenant_id" = ${tenant}::uuid AND "snapshot_id" = ${id}::uuid)`;
  const rows = await db.$queryRaw<({ item_type: ItemType } & Record<keyof ChangeCounts, bigint>)[]>`
    SELECT "item_type",
           count(*) FILTER (WHERE w."fingerprint" IS NULL) AS added,
           count(*) FILTER (WHERE i."fingerprint" IS NULL) AS removed,
           count(*) FILTER (WHERE i."fingerprint" <> w."fingerprint") AS changed,
           count(*) FILTER (WHERE i."fingerprint" = w."fingerprint") AS unchanged
      FROM ${side(snapshot)} AS i FULL JOIN ${side(against)} AS w USING ("item_type", "external_id")
     GROUP BY "item_type"`;
  const counted = new Map(rows.map((row) => [row.item_type, row]));
  const of = (type: ItemType): ChangeCounts => {
    const row = counted.get(type);
    return {
      added: Number(row?.added ?? 0),
      removed: Number(row?.removed ?? 0),
      changed: Number(row?.changed ?? 0),
      unchanged: Number(row?.unchanged ?? 0),
    };
  };
  return Object.fromEntries(itemTypes.map((type) => [type, of(type)])) as Record<ItemType, ChangeCounts>;
}
