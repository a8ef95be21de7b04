import { v7 as uuidv7 } from 'uuid';
import type { TenantId } from '../../domain/ids.ts';
import type { Executor, Transaction } from '../client.ts';
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
