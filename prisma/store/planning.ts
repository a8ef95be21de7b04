import type { TenantId } from '../../domain/ids.ts';
import type { PlannedItem } from '../../domain/planning/candidate.ts';
import type { Executor } from '../client.ts';

/** Items by their ids, in no order: nothing of them but what planning reads. */
export async function findPlannedItems(
  db: Executor,
  tenant: TenantId,
  ids: readonly string[],
): Promise<PlannedItem[]> {
  return db.$queryRaw<PlannedItem[]>`
    SELECT "id", "ordinal", "item_type" AS "itemType", "external_id" AS "externalId", "name", "normalized"
      FROM "migration_inventory_items"
     WHERE "tenant_id" = ${tenant}::uuid AND "id" = ANY(${[...ids]}::uuid[])`;
}

/** The items of a snapshot that people noted for a wave. */
export async function itemsOfWave(
  db: Executor,
  tenant: TenantId,
  { sourceId, snapshotId }: { sourceId: string; snapshotId: string },
  wave: string,
): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT i."id" FROM "migration_item_notes" n
      JOIN "migration_inventory_items" i
        ON i."snapshot_id" = ${snapshotId}::uuid AND i."item_type" = n."item_type"
       AND i."external_id" = n."external_id"
     WHERE n."tenant_id" = ${tenant}::uuid AND n."source_id" = ${sourceId}::uuid AND n."wave" = ${wave}`;
  return new Set(rows.map((row) => row.id));
}

/** Which of the ids are no items of an assessment, in the order in which they are given. */
export async function unknownItems(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  itemIds: readonly string[],
): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT i."id" FROM "migration_inventory_items" i
      JOIN "migration_item_assessments" a ON a."assessment_id" = ${assessmentId}::uuid AND a."ordinal" = i."ordinal"
     WHERE i."tenant_id" = ${tenant}::uuid AND i."id" = ANY(${[...itemIds]}::uuid[])`;
  const known = new Set(rows.map((row) => row.id));
  return itemIds.filter((id) => !known.has(id));
}
