import { compatibilityClasses, type CompatibilityClass } from '../../domain/assessment.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import { Prisma, type Executor } from '../client.ts';

/** What mending all that one rule found would lift. */
export interface Unlock {
  ruleId: string;
  remedy: string;
  document: string;
  /** Items for whose class this rule alone is the reason: mended, each is lifted. */
  items: number;
  /** Items for whose class other rules are a reason too: nothing lifts them before those are mended as well. */
  togetherWithOthers: number;
  /** The classes that `items` are lifted to, zeros included. */
  lifts: Record<CompatibilityClass, number>;
  /** The first of `items`, five at most. */
  examples: { itemId: string; name: string; itemType: ItemType }[];
}

interface UnlockRow {
  rule_id: string;
  remedy: string;
  document: string;
  items: bigint;
  together: bigint;
  /** In the order of `compatibilityClasses`. */
  lifts: bigint[];
  examples: { item_id: string; name: string; item_type: ItemType }[];
}

/**
 * What would lift a completed assessment's items, most useful first: each rule that decides the class of an item that
 * something lifts. There are as many rows as such rules, however many items there are.
 */
export async function listUnlocks(db: Executor, tenant: TenantId, assessmentId: string): Promise<Unlock[]> {
  const lifted = compatibilityClasses.map(
    (each) => Prisma.sql`count(*) FILTER (WHERE "alone" AND "lifts_to" = ${each})`,
  );
  const rows = await db.$queryRaw<UnlockRow[]>`
    WITH deciding AS (
      SELECT a."item_id", a."ordinal", a."lifts_to", r."rule_id", r."remedy", r."document",
             count(*) OVER (PARTITION BY a."item_id") = 1 AS "alone"
        FROM "migration_item_assessments" a
       CROSS JOIN LATERAL unnest(a."rule_ids") AS fired("rule_id")
        JOIN "migration_assessment_rules" r
          ON r."assessment_id" = a."assessment_id" AND r."rule_id" = fired."rule_id"
         AND r."outcome" = a."compatibility_class"
       WHERE a."tenant_id" = ${tenant}::uuid AND a."assessment_id" = ${assessmentId}::uuid
         AND a."lifts_to" IS NOT NULL
    ), counted AS (
      SELECT "rule_id", min("remedy") AS "remedy", min("document") AS "document",
             count(*) FILTER (WHERE "alone") AS "items", count(*) FILTER (WHERE NOT "alone") AS "together",
             ARRAY[${Prisma.join(lifted)}] AS "lifts",
             (array_agg("item_id" ORDER BY "ordinal") FILTER (WHERE "alone"))[1:5] AS "first"
        FROM deciding GROUP BY "rule_id"
    )
    SELECT "rule_id", "remedy", "document", "items", "together", "lifts",
           (SELECT coalesce(jsonb_agg(jsonb_build_object('item_id', i."id", 'name', i."name",
                                                         'item_type', i."item_type") ORDER BY i."ordinal"), '[]')
              FROM "migration_inventory_items" i WHERE i."id" = ANY(c."first")) AS "examples"
      FROM counted c
     ORDER BY "items" DESC, "together" DESC, "rule_id" COLLATE "C"`;
  return rows.map((row) => ({
    ruleId: row.rule_id,
    remedy: row.remedy,
    document: row.document,
    items: Number(row.items),
    togetherWithOthers: Number(row.together),
    lifts: Object.fromEntries(
      compatibilityClasses.map((each, index) => [each, Number(row.lifts[index] ?? 0)]),
    ) as Unlock['lifts'],
    examples: row.examples.map((each) => ({
      itemId: each.item_id,
      name: each.name,
      itemType: each.item_type,
    })),
  }));
}
