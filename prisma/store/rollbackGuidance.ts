import type { TenantId } from '../../domain/ids.ts';
import type { PolicyForm } from '../../domain/inventory/policy.ts';
import { rollbackOrder, type AppliedStep, type RollbackSurroundings } from '../../domain/rollbackGuidance.ts';
import type { SourceType } from '../../domain/source.ts';
import type { Executor } from '../client.ts';

/** A step with its place in the rollback. */
export type PlacedStep = AppliedStep & { place: number; sequence: number };

/** A plan's applied steps in the order in which they are undone, from after the given one. */
export function listAppliedSteps(
  db: Executor,
  tenant: TenantId,
  planId: string,
  page: { after: { place: number; sequence: number } | null; limit: number },
): Promise<PlacedStep[]> {
  const { place, sequence } = page.after ?? { place: 0, sequence: 0 };
  return db.$queryRaw<PlacedStep[]>`
    SELECT * FROM (
      SELECT s."id" AS "stepId", i."name", s."target_contract" AS "targetContract", s."outcome",
             s."target_resource_id" AS "targetResourceId", s."target_payload" AS "targetPayload",
             coalesce(s."binding"->'incomplete', '[]'::jsonb) AS "incomplete",
             CASE WHEN s."item_type" = 'application' THEN i."normalized"#>>'{oidc,client_id}' END AS "incumbentClientId",
             coalesce(array_position(${[...rollbackOrder]}::text[], s."target_contract"), 99) AS "place", s."sequence"
        FROM "migration_cutover_steps" s
        JOIN "migration_inventory_items" i ON i."id" = s."item_id"
       WHERE s."tenant_id" = ${tenant}::uuid AND s."plan_id" = ${planId}::uuid AND s."status" = 'applied'
    ) AS applied
     WHERE "place" > ${place} OR ("place" = ${place} AND "sequence" > ${sequence})
     ORDER BY "place", "sequence" LIMIT ${page.limit}`;
}

/** Policies that bound sessions, whatever kind of source it is. */
const sessionPolicies = ['OKTA_SIGN_ON', 'conditionalAccessPolicy'];

/** What of a plan's snapshot and steps bounds a rollback. */
export async function readRollbackSurroundings(
  db: Executor,
  tenant: TenantId,
  plan: { id: string; sourceId: string; snapshotId: string },
): Promise<RollbackSurroundings> {
  const inSnapshot = { tenantId: tenant, snapshotId: plan.snapshotId };
  const [source, policies, domains, providers] = await Promise.all([
    db.source.findFirstOrThrow({
      where: { tenantId: tenant, id: plan.sourceId },
      select: { sourceType: true },
    }),
    db.inventoryItem.findMany({
      where: { ...inSnapshot, itemType: 'policy', vendorKind: { in: sessionPolicies } },
      orderBy: { ordinal: 'asc' },
      select: { name: true, normalized: true },
    }),
    db.inventoryItem.findMany({
      where: { ...inSnapshot, itemType: 'domain', normalized: { path: ['use'], equals: 'sign_in_host' } },
      orderBy: { ordinal: 'asc' },
      select: { name: true },
    }),
    db.step.findMany({
      where: { tenantId: tenant, planId: plan.id, itemType: 'provider', disposition: 'planned' },
      orderBy: { sequence: 'asc' },
      select: { item: { select: { name: true } } },
    }),
  ]);
  return {
    sourceType: source.sourceType as SourceType,
    policies: policies.map(({ name, normalized }) => ({
      name,
      normalized: normalized as unknown as PolicyForm,
    })),
    signInHosts: domains.map(({ name }) => name),
    providers: providers.map(({ item }) => item.name),
  };
}
