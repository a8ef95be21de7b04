import { v7 as uuidv7 } from 'uuid';
import type { TenantId } from '../../domain/ids.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import { Prisma, type Executor, type Transaction } from '../client.ts';
import type { MigratedBy } from './runtime.ts';

/** Remembers which resource of the target an object of the incumbent became; one whose resource is gone is replaced. */
export async function saveTargetLink(
  tx: Transaction,
  tenant: TenantId,
  link: MigratedBy & {
    targetContract: string;
    resourceId: string;
    fingerprint: string;
    origin: 'created' | 'bound';
    clientId: string | null;
    at: Date;
  },
): Promise<void> {
  const key = {
    tenantId: tenant,
    sourceId: link.source_id,
    targetContract: link.targetContract,
    externalId: link.external_id,
  };
  const data = {
    targetResourceId: link.resourceId,
    origin: link.origin,
    planId: link.plan_id,
    stepId: link.step_id,
    executionId: link.execution_id,
    fingerprint: link.fingerprint,
    clientId: link.clientId,
    createdAt: link.at,
  };
  await tx.targetLink.upsert({
    where: { tenantId_sourceId_targetContract_externalId: key },
    create: { id: uuidv7(), ...key, ...data },
    update: data,
  });
}

/** Whether an object of the incumbent became this very resource before. */
export async function isLinkedTo(
  db: Executor,
  tenant: TenantId,
  object: { sourceId: string; targetContract: string; externalId: string },
  resourceId: string,
): Promise<boolean> {
  const links = await db.targetLink.count({
    where: { tenantId: tenant, ...object, targetResourceId: resourceId },
  });
  return links > 0;
}

/** An old id and what it became. */
export interface TargetLink {
  sourceId: string;
  externalId: string;
  targetResourceId: string;
}

const linked = { sourceId: true, externalId: true, targetResourceId: true } as const;

/** What objects of a source became, by their ids at the incumbent; those that became nothing are not in it. */
export async function findTargetLinks(
  db: Executor,
  tenant: TenantId,
  sourceId: string,
  targetContract: string,
  externalIds: readonly string[],
): Promise<Map<string, TargetLink>> {
  const rows = await db.targetLink.findMany({
    where: { tenantId: tenant, sourceId, targetContract, externalId: { in: [...externalIds] } },
    select: linked,
  });
  return new Map(rows.map((row) => [row.externalId, row]));
}

/** Which objects of any source became a resource. */
export async function linksTo(
  db: Executor,
  tenant: TenantId,
  targetContract: string,
  resourceId: string,
): Promise<TargetLink[]> {
  return db.targetLink.findMany({
    where: { tenantId: tenant, targetContract, targetResourceId: resourceId },
    orderBy: { externalId: 'asc' },
    select: linked,
  });
}

/** What an object became, and how that was when the step was applied. */
export interface AppliedLink {
  resourceId: string;
  fingerprint: string;
}

/** Names a link among those of its source. */
export const linkKey = (targetContract: string, externalId: string): string =>
  `${targetContract}/${externalId}`;

/** Everything that objects of a source became, by `linkKey`. */
export async function linksOfSource(
  db: Executor,
  tenant: TenantId,
  sourceId: string,
): Promise<Map<string, AppliedLink>> {
  const rows = await db.$queryRaw<(AppliedLink & { contract: string; externalId: string })[]>`
    SELECT "target_contract" AS "contract", "external_id" AS "externalId",
           "target_resource_id" AS "resourceId", "fingerprint"
      FROM "migration_target_links"
     WHERE "tenant_id" = ${tenant}::uuid AND "source_id" = ${sourceId}::uuid`;
  return new Map(rows.map(({ contract, externalId, ...link }) => [linkKey(contract, externalId), link]));
}

/** A link as those are told it who own what moved. */
export interface ToldLink {
  sourceId: string;
  targetContract: string;
  externalId: string;
  /** Of the item as it was when its step was applied. */
  itemType: ItemType;
  name: string;
  /** The OAuth client id of an application at the incumbent, and at the target. */
  sourceClientId: string | null;
  targetClientId: string | null;
  ownerContact: string | null;
  targetResourceId: string;
  origin: 'created' | 'bound';
  planId: string;
  stepId: string;
  executionId: string;
  createdAt: Date;
}

export type LinkPosition = Pick<ToldLink, 'sourceId' | 'targetContract' | 'externalId'>;

export interface LinkFilter {
  sourceId?: string | undefined;
  planId?: string | undefined;
  targetContract?: string | undefined;
}

/** A tenant's links by source, contract and old id, from behind `after`. */
export async function listTargetLinks(
  db: Executor,
  tenant: TenantId,
  page: { after: LinkPosition | null; limit: number } & LinkFilter,
): Promise<ToldLink[]> {
  const { after, limit, sourceId, planId, targetContract } = page;
  const narrowed = [
    ...(after
      ? [
          Prisma.sql`(l."source_id", l."target_contract", l."external_id") >
                     (${after.sourceId}::uuid, ${after.targetContract}, ${after.externalId})`,
        ]
      : []),
    ...(sourceId === undefined ? [] : [Prisma.sql`l."source_id" = ${sourceId}::uuid`]),
    ...(planId === undefined ? [] : [Prisma.sql`l."plan_id" = ${planId}::uuid`]),
    ...(targetContract === undefined ? [] : [Prisma.sql`l."target_contract" = ${targetContract}`]),
  ];
  return db.$queryRaw<ToldLink[]>`
    SELECT l."source_id" AS "sourceId", l."target_contract" AS "targetContract", l."external_id" AS "externalId",
           i."item_type" AS "itemType", i."name", i."normalized"->'oidc'->>'client_id' AS "sourceClientId",
           l."client_id" AS "targetClientId", n."owner_contact" AS "ownerContact",
           l."target_resource_id" AS "targetResourceId", l."origin", l."plan_id" AS "planId",
           l."step_id" AS "stepId", l."execution_id" AS "executionId", l."created_at" AS "createdAt"
      FROM "migration_target_links" l
      JOIN "migration_cutover_steps" s ON s."id" = l."step_id"
      JOIN "migration_inventory_items" i ON i."id" = s."item_id"
      LEFT JOIN "migration_item_notes" n
        ON n."source_id" = l."source_id" AND n."item_type" = i."item_type" AND n."external_id" = l."external_id"
     WHERE l."tenant_id" = ${tenant}::uuid ${
       narrowed.length === 0 ? Prisma.empty : Prisma.sql`AND ${Prisma.join(narrowed, ' AND ')}`
     }
     ORDER BY l."source_id", l."target_contract", l."external_id" LIMIT ${limit}`;
}
