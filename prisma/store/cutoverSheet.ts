import type { ApplicationStep, ProviderStep, SheetGroup } from '../../domain/cutoverSheet.ts';
import type { TenantId } from '../../domain/ids.ts';
import { Prisma, type Executor } from '../client.ts';
import { findNotes, itemKey } from './itemNotes.ts';
import { findGuards } from './stepsToApply.ts';

interface PlanScope {
  id: string;
  sourceId: string;
  assessmentId: string;
}

export interface SheetPage {
  after: number | null;
  limit: number;
}

type Base<Step> = Omit<Step, 'note' | 'groups' | 'guards'> & { itemId: string; sequence: number };

/**
 * Steps of one contract that the plan makes something of, or leaves to people, from above `after`. What a step binds to
 * is told as the decision that it goes by keeps it.
 */
const stepsOf = <Step>(
  db: Executor,
  tenant: TenantId,
  plan: PlanScope,
  contract: string,
  { after, limit }: SheetPage,
  more: Prisma.Sql,
) => db.$queryRaw<Base<Step>[]>`
  SELECT s."id" AS "stepId", s."item_id" AS "itemId", s."sequence", i."name", i."external_id" AS "externalId",
         s."status", s."action", s."reason", s."target_resource_id" AS "targetResourceId",
         coalesce(s."target_payload", (
           SELECT m->'payload' FROM "migration_merge_decisions" d, jsonb_array_elements(d."matched_resources") AS m
            WHERE d."assessment_id" = ${plan.assessmentId}::uuid AND d."item_id" = s."item_id"
              AND m->>'resource_id' = s."binding"->>'resource_id')) AS "target"${more}
    FROM "migration_cutover_steps" s
    JOIN "migration_inventory_items" i ON i."id" = s."item_id"
   WHERE s."tenant_id" = ${tenant}::uuid AND s."plan_id" = ${plan.id}::uuid AND s."target_contract" = ${contract}
     AND s."disposition" <> 'skipped' AND s."sequence" > ${after ?? 0}
   ORDER BY s."sequence" LIMIT ${limit}`;

/** Applications of a plan in its order, each with its groups, its policies and what people noted of it. */
export async function listSheetApplications(
  db: Executor,
  tenant: TenantId,
  plan: PlanScope,
  page: SheetPage,
): Promise<(ApplicationStep & { sequence: number })[]> {
  const more = Prisma.sql`, s."secret_state" AS "secretState",
    i."normalized"#>>'{oidc,client_id}' AS "incumbentClientId"`;
  const rows = await stepsOf<ApplicationStep>(db, tenant, plan, 'tenant_oidc_application', page, more);
  const ids = rows.map((row) => row.itemId);
  const items = rows.map(({ externalId }) => ({ itemType: 'application' as const, externalId }));
  const [groups, guards, notes] = await Promise.all([
    findGroups(db, tenant, ids),
    findGuards(db, tenant, plan.id, ids),
    findNotes(db, tenant, plan.sourceId, items),
  ]);
  return rows.map((row) => ({
    ...row,
    groups: groups.filter((each) => each.applicationId === row.itemId),
    guards: guards.filter((each) => each.applicationId === row.itemId).map((each) => each.policy),
    note: notes.get(itemKey({ ...row, itemType: 'application' })) ?? null,
  }));
}

/** Groups that may use the applications at the incumbent, directly or by their service principals. */
const findGroups = (db: Executor, tenant: TenantId, ids: readonly string[]) => db.$queryRaw<
  (SheetGroup & { applicationId: string })[]
>`
  WITH faces AS MATERIALIZED (
    SELECT id AS app, id AS face FROM unnest(${[...ids]}::uuid[]) AS id
    UNION SELECT r."to_item_id", r."from_item_id" FROM "migration_item_relations" r
     WHERE r."to_item_id" = ANY(${[...ids]}::uuid[]) AND r."relation" = 'registration'
  )
  SELECT DISTINCT f.app AS "applicationId", g."name",
         (g."normalized"#>>'{statistics,members}')::float8 AS "members", g."ordinal"
    FROM faces f
    JOIN "migration_item_relations" a ON a."to_item_id" = f.face AND a."relation" IN ('application', 'service_principal')
    JOIN "migration_item_relations" r ON r."from_item_id" = a."from_item_id" AND r."relation" = 'group'
    JOIN "migration_inventory_items" g ON g."id" = r."to_item_id"
   WHERE a."tenant_id" = ${tenant}::uuid
   ORDER BY f.app, g."ordinal"`;

/** Providers of a plan in its order, each with what people noted of it. */
export async function listSheetProviders(
  db: Executor,
  tenant: TenantId,
  plan: PlanScope,
  page: SheetPage,
): Promise<(ProviderStep & { sequence: number })[]> {
  const rows = await stepsOf<ProviderStep>(db, tenant, plan, 'upstream_saml_provider', page, Prisma.empty);
  const items = rows.map(({ externalId }) => ({ itemType: 'provider' as const, externalId }));
  const notes = await findNotes(db, tenant, plan.sourceId, items);
  return rows.map((row) => ({ ...row, note: notes.get(itemKey({ ...row, itemType: 'provider' })) ?? null }));
}
