import type { TenantId } from '../../domain/ids.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { Binding, Disposition, StepAction } from '../../domain/plan.ts';
import type { TargetPayload } from '../../domain/target.ts';
import type { TargetContract } from '../../domain/assessment.ts';
import type { Executor } from '../client.ts';

/** A step that will be applied, with what a look at the target needs of it and of its item. */
export interface StepToApply {
  id: string;
  itemId: string;
  itemType: ItemType;
  name: string;
  targetContract: TargetContract;
  action: StepAction;
  targetPayload: TargetPayload | null;
  targetKeys: string[];
  binding: Binding | null;
  /** Of a group, as far as the incumbent said. */
  members: number | null;
  /** Of a provider, whether requests to it are signed today. */
  requestsSigned: boolean | null;
}

/** All steps of a plan that are planned, in order: one query, because a plan of ten thousand is looked at in one go. */
export function listStepsToApply(db: Executor, tenant: TenantId, planId: string): Promise<StepToApply[]> {
  return db.$queryRaw<StepToApply[]>`
    SELECT s."id", s."item_id" AS "itemId", s."item_type" AS "itemType", i."name",
           s."target_contract" AS "targetContract", s."action", s."target_payload" AS "targetPayload",
           s."target_keys" AS "targetKeys", s."binding",
           CASE WHEN s."item_type" = 'group' THEN (i."normalized"#>>'{statistics,members}')::float8 END AS "members",
           CASE WHEN s."item_type" = 'provider' THEN (i."normalized"->>'requests_signed')::boolean END AS "requestsSigned"
      FROM "migration_cutover_steps" s
      JOIN "migration_inventory_items" i ON i."id" = s."item_id"
     WHERE s."tenant_id" = ${tenant}::uuid AND s."plan_id" = ${planId}::uuid AND s."status" = 'planned'
     ORDER BY s."sequence"`;
}

/** A step that will be applied, with what a look at the source needs of its item. */
export interface ItemToApply {
  /** Of the step. */
  id: string;
  itemId: string;
  itemType: ItemType;
  externalId: string;
  name: string;
  /** When the snapshot was taken. */
  fingerprint: string;
  /** Of an assignment, the application's id at the incumbent. */
  assignedTo: string | null;
}

/** The items of all steps of a plan that are planned, in the steps' order. */
export function listItemsToApply(db: Executor, tenant: TenantId, planId: string): Promise<ItemToApply[]> {
  return db.$queryRaw<ItemToApply[]>`
    SELECT s."id", s."item_id" AS "itemId", s."item_type" AS "itemType", i."external_id" AS "externalId", i."name",
           i."fingerprint",
           CASE WHEN s."item_type" = 'assignment' THEN i."normalized"->>'application' END AS "assignedTo"
      FROM "migration_cutover_steps" s
      JOIN "migration_inventory_items" i ON i."id" = s."item_id"
     WHERE s."tenant_id" = ${tenant}::uuid AND s."plan_id" = ${planId}::uuid AND s."status" = 'planned'
     ORDER BY s."sequence"`;
}

/** A policy that guards an application at the incumbent, and what a plan makes of the policy. */
export interface Guard {
  applicationId: string;
  policy: string;
  disposition: Disposition;
}

/**
 * By which policies the given application items are guarded: by the policy that an application names (Okta), or by one
 * that names it or its service principal (Entra).
 */
export async function findGuards(
  db: Executor,
  tenant: TenantId,
  planId: string,
  applicationIds: readonly string[],
): Promise<Guard[]> {
  const ids = [...applicationIds];
  return db.$queryRaw<Guard[]>`
    WITH apps AS MATERIALIZED (SELECT unnest(${ids}::uuid[]) AS id), faces AS MATERIALIZED (
      SELECT id AS app, id AS face FROM apps
      UNION SELECT r."to_item_id", r."from_item_id" FROM apps
        JOIN "migration_item_relations" r ON r."to_item_id" = apps.id AND r."relation" = 'registration'
    ), guards AS (
      SELECT f.app, r."to_item_id" AS policy FROM faces f
        JOIN "migration_item_relations" r ON r."from_item_id" = f.face AND r."relation" = 'access_policy'
      UNION SELECT f.app, r."from_item_id" FROM faces f
        JOIN "migration_item_relations" r ON r."to_item_id" = f.face AND r."relation" = 'application_condition'
    )
    SELECT g.app AS "applicationId", i."name" AS policy, s."disposition" FROM guards g
      JOIN "migration_cutover_steps" s ON s."plan_id" = ${planId}::uuid AND s."item_id" = g.policy
      JOIN "migration_inventory_items" i ON i."id" = g.policy
     WHERE s."tenant_id" = ${tenant}::uuid AND s."item_type" = 'policy'
     ORDER BY g.app, i."name", i."id"`;
}
