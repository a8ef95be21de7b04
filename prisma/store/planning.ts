import type { CompatibilityClass, TargetContract } from '../../domain/assessment.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Need, PlannedItem } from '../../domain/planning/candidate.ts';
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

/** What the check of a plan goes by of an assessed item. */
export interface AssessedFacts {
  itemId: string;
  ordinal: bigint;
  externalId: string;
  compatibilityClass: CompatibilityClass;
  targetContract: TargetContract;
  /** Of an application of Entra. */
  appId: string | null;
  needs: Need[];
}

/** An assessment's items by ordinal, from above `after`: nothing of them but what the check of a plan reads. */
export async function listAssessedFacts(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  page: { after: bigint; limit: number },
): Promise<AssessedFacts[]> {
  return db.$queryRaw<AssessedFacts[]>`
    SELECT a."item_id" AS "itemId", a."ordinal", i."external_id" AS "externalId",
           a."compatibility_class" AS "compatibilityClass", a."target_contract" AS "targetContract",
           CASE WHEN a."item_type" = 'application' THEN i."normalized"#>>'{entra,app_id}' END AS "appId", r."needs"
      FROM (
        SELECT * FROM "migration_item_assessments"
         WHERE "tenant_id" = ${tenant}::uuid AND "assessment_id" = ${assessmentId}::uuid
           AND "ordinal" > ${page.after}::bigint
         ORDER BY "ordinal" LIMIT ${page.limit}::int) a
     CROSS JOIN LATERAL (
       SELECT "external_id", "normalized" FROM "migration_inventory_items" WHERE "id" = a."item_id" OFFSET 0) i
     CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_agg(jsonb_build_object('relation', "relation", 'itemId', "to_item_id")), '[]') AS "needs"
         FROM "migration_item_relations"
        WHERE "tenant_id" = ${tenant}::uuid AND "from_item_id" = a."item_id" OFFSET 0) r
     ORDER BY a."ordinal"`;
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
