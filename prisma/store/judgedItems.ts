import type { ItemFact, ItemSelection } from '../../domain/impacts/definition.ts';
import { markedRules } from '../../domain/impacts/marks.ts';
import { scopeRuleIds } from '../../domain/rules/ruleSets.ts';
import type { TenantId } from '../../domain/ids.ts';
import { Prisma, type Transaction } from '../client.ts';

const facts: Readonly<Record<ItemFact, Prisma.Sql>> = {
  unreachable: Prisma.sql`j."unreachable"`,
  grants: Prisma.sql`j."grants"`,
  filled: Prisma.sql`(j."members" IS NULL OR j."members" > 0)`,
  direct: Prisma.sql`j."direct"`,
  everyone: Prisma.sql`j."everyone"`,
};

/** What a selection asks of a row `j` of `judged_items`. */
export function selectedSql(selection: ItemSelection): Prisma.Sql {
  const { itemType, contract, classes, marks, planned, vendorKind, notVendorKind } = selection;
  const parts: Prisma.Sql[] = [];
  if (itemType) parts.push(Prisma.sql`j."item_type" = ${itemType}`);
  if (contract) parts.push(Prisma.sql`j."target_contract" = ${contract}`);
  if (classes) parts.push(Prisma.sql`j."compatibility_class" = ANY(${[...classes]}::text[])`);
  if (marks) parts.push(Prisma.sql`j."marks" && ${[...marks]}::text[]`);
  if (planned) parts.push(Prisma.sql`j."planned"`);
  if (vendorKind !== undefined) parts.push(Prisma.sql`j."vendor_kind" = ${vendorKind}`);
  if (notVendorKind !== undefined) parts.push(Prisma.sql`j."vendor_kind" <> ${notVendorKind}`);
  for (const fact of selection.facts ?? []) parts.push(facts[fact]);
  return parts.length === 0 ? Prisma.sql`true` : Prisma.sql`(${Prisma.join(parts, ' AND ')})`;
}

export const selectedByAnySql = (selections: readonly ItemSelection[]): Prisma.Sql =>
  selections.length === 0
    ? Prisma.sql`false`
    : Prisma.sql`(${Prisma.join(selections.map(selectedSql), ' OR ')})`;

/**
 * Lays out an assessment's items in a table of this transaction, `judged_items`: each with what definitions of impacts
 * select by and count, so that the wide verdicts are read once and not by each definition.
 *
 * The planner knows nothing of verdicts that came seconds ago and would compare every item with every other; with
 * hashes it looks each up once, however few it thinks they are.
 */
export async function layOutJudgedItems(
  tx: Transaction,
  tenant: TenantId,
  assessmentId: string,
): Promise<void> {
  await tx.$executeRaw`
    CREATE TEMPORARY TABLE "judged_items" (
      "item_id" uuid NOT NULL, "ordinal" bigint NOT NULL, "item_type" text NOT NULL, "target_contract" text NOT NULL,
      "compatibility_class" text NOT NULL, "vendor_kind" text NOT NULL, "marks" text[] NOT NULL,
      "planned" boolean NOT NULL, "unreachable" boolean NOT NULL, "grants" boolean NOT NULL,
      "direct" boolean NOT NULL, "everyone" boolean NOT NULL, "members" numeric, "principal" text, "application" uuid
    ) ON COMMIT DROP`;
  await tx.$executeRaw`SET LOCAL enable_nestloop = off`;
  await tx.$executeRaw`
    WITH marked_rules AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(markedRules)}::json) AS m("ruleId" text, "mark" text)
    ), fired AS (
      SELECT DISTINCT "rule_ids" FROM "migration_item_assessments" WHERE "assessment_id" = ${assessmentId}::uuid
    ), marked AS MATERIALIZED (
      SELECT "rule_ids", array(SELECT DISTINCT m."mark" FROM marked_rules m
                                WHERE m."ruleId" = ANY(fired."rule_ids")) AS "marks" FROM fired
    ), judged AS MATERIALIZED (
      SELECT a."item_id", a."ordinal", a."item_type", a."target_contract", a."compatibility_class", i."vendor_kind",
             a."rule_ids",
             a."rule_ids" && ${[...scopeRuleIds]}::text[] AS "scope",
             a."item_type" <> 'application' OR i."normalized"->>'active' IS DISTINCT FROM 'false' AS "active",
             a."compatibility_class" IN ('native_import', 'import_with_approximation')
               AND (a."item_type" <> 'application'
                 OR i."normalized"->'entra'->>'kind' IS DISTINCT FROM 'service_principal') AS "planned",
             CASE a."item_type" WHEN 'assignment' THEN i."normalized"->>'principal_type' END AS "principal_type",
             CASE a."item_type" WHEN 'assignment' THEN i."normalized"->>'principal' END AS "principal",
             a."item_type" = 'assignment'
               AND coalesce(i."normalized"->>'assignment_status', 'ACTIVE') IN ('ACTIVE', 'PROVISIONED') AS "in_force",
             CASE a."item_type" WHEN 'group' THEN (i."normalized"->'statistics'->>'members')::numeric END AS "members"
        FROM "migration_item_assessments" a
        JOIN "migration_inventory_items" i ON i."id" = a."item_id"
       WHERE a."tenant_id" = ${tenant}::uuid AND a."assessment_id" = ${assessmentId}::uuid
    ), relations AS MATERIALIZED (
      SELECT r."from_item_id", r."relation", r."to_item_id"
        FROM "migration_item_relations" r
       WHERE r."snapshot_id" = (SELECT "snapshot_id" FROM "migration_assessments" WHERE "id" = ${assessmentId}::uuid)
         AND r."relation" IN ('application', 'group', 'registration') AND r."to_item_id" IS NOT NULL
    ), assignments AS MATERIALIZED (
      -- What an assignment opens is its application, or what a cutover makes of it: the registration of an Entra one.
      SELECT j."item_id", j."planned", j."in_force", j."principal_type", a."to_item_id" AS "application",
             coalesce(r."to_item_id", a."to_item_id") AS "opens", g."to_item_id" AS "group"
        FROM judged j
        JOIN relations a ON a."from_item_id" = j."item_id" AND a."relation" = 'application'
        LEFT JOIN relations r ON r."from_item_id" = a."to_item_id" AND r."relation" = 'registration'
        LEFT JOIN relations g ON g."from_item_id" = j."item_id" AND g."relation" = 'group'
       WHERE j."item_type" = 'assignment'
    ), opened AS (
      SELECT "opens", bool_or("in_force" AND "principal_type" IN ('group', 'user')) AS "used",
             bool_or("planned") AS "reachable"
        FROM assignments GROUP BY "opens"
    ), granting AS (
      SELECT DISTINCT "group" FROM assignments WHERE "planned"
    ), most AS (
      SELECT max("members") AS "members" FROM judged WHERE "vendor_kind" = 'BUILT_IN'
    )
    INSERT INTO "judged_items"
    SELECT j."item_id", j."ordinal", j."item_type", j."target_contract", j."compatibility_class", j."vendor_kind",
           m."marks", j."planned", coalesce(o."used" AND NOT o."reachable", false),
           g."group" IS NOT NULL,
           coalesce(s."in_force" AND s."principal_type" = 'user' AND app."active" AND NOT app."scope", false),
           coalesce(j."item_type" = 'group' AND j."vendor_kind" = 'BUILT_IN' AND j."members" > 0
                      AND j."members" = (SELECT "members" FROM most), false),
           j."members", j."principal", s."application"
      FROM judged j
      JOIN marked m ON m."rule_ids" = j."rule_ids"
      LEFT JOIN opened o ON o."opens" = j."item_id"
      LEFT JOIN granting g ON g."group" = j."item_id"
      LEFT JOIN assignments s ON s."item_id" = j."item_id"
      LEFT JOIN judged app ON app."item_id" = s."application"`;
  await tx.$executeRaw`SET LOCAL enable_nestloop TO DEFAULT`;
  await tx.$executeRaw`ANALYZE "judged_items"`;
}
