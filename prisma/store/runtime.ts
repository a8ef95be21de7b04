import { v7 as uuidv7 } from 'uuid';
import type { TenantId } from '../../domain/ids.ts';
import {
  groupNameKey,
  type CreatableContract,
  type TenantGroup,
  type TenantOidcApplication,
} from '../../domain/target.ts';
import type { Executor, Transaction } from '../client.ts';
import { json, jsonOrNull } from './json.ts';

/** Which migration made a resource; null for one that was there before or was made by hand. */
export interface MigratedBy {
  source_id: string;
  external_id: string;
  plan_id: string;
  step_id: string;
  execution_id: string;
}

export interface LiveResource {
  resourceId: string;
  fingerprint: string;
}

/** Which of the natural keys (`contract:key`) the built-in target holds. */
export async function findByKeys(
  db: Executor,
  tenant: TenantId,
  keys: readonly string[],
): Promise<Map<string, LiveResource>> {
  const wanted = (contract: CreatableContract) =>
    keys.filter((key) => key.startsWith(`${contract}:`)).map((key) => key.slice(contract.length + 1));
  const [groups, applications] = await Promise.all([
    db.runtimeGroup.findMany({
      where: { tenantId: tenant, nameKey: { in: wanted('tenant_group') } },
      select: { id: true, nameKey: true, fingerprint: true },
    }),
    db.runtimeApplication.findMany({
      where: { tenantId: tenant, clientId: { in: wanted('tenant_oidc_application') } },
      select: { id: true, clientId: true, fingerprint: true },
    }),
  ]);
  return new Map([
    ...groups.map(
      (row) => [`tenant_group:${row.nameKey}`, { resourceId: row.id, fingerprint: row.fingerprint }] as const,
    ),
    ...applications.map(
      (row) =>
        [
          `tenant_oidc_application:${row.clientId}`,
          { resourceId: row.id, fingerprint: row.fingerprint },
        ] as const,
    ),
  ]);
}

interface Making {
  fingerprint: string;
  migratedBy: MigratedBy | null;
  at: Date;
}

export async function createRuntimeGroup(
  tx: Transaction,
  tenant: TenantId,
  payload: TenantGroup,
  making: Making,
): Promise<string> {
  const id = uuidv7();
  await tx.runtimeGroup.create({
    data: {
      id,
      tenantId: tenant,
      name: payload.name,
      nameKey: groupNameKey(payload.name),
      description: payload.description,
      fingerprint: making.fingerprint,
      migratedBy: jsonOrNull(making.migratedBy),
      createdAt: making.at,
    },
  });
  return id;
}

/** `secretHash` is the SHA-256 of a confidential client's secret, which is kept nowhere else. */
export async function createRuntimeApplication(
  tx: Transaction,
  tenant: TenantId,
  payload: TenantOidcApplication,
  secretHash: Uint8Array | null,
  making: Making,
): Promise<string> {
  const id = uuidv7();
  await tx.runtimeApplication.create({
    data: {
      id,
      tenantId: tenant,
      name: payload.name,
      clientId: payload.client_id,
      settings: json(payload),
      secretHash: secretHash === null ? null : new Uint8Array(secretHash),
      fingerprint: making.fingerprint,
      migratedBy: jsonOrNull(making.migratedBy),
      createdAt: making.at,
    },
  });
  return id;
}

export async function createRuntimeAssignment(
  tx: Transaction,
  tenant: TenantId,
  ends: { applicationId: string; groupId: string },
  making: Making,
): Promise<string> {
  const id = uuidv7();
  await tx.runtimeAssignment.create({
    data: {
      id,
      tenantId: tenant,
      ...ends,
      fingerprint: making.fingerprint,
      migratedBy: jsonOrNull(making.migratedBy),
      createdAt: making.at,
    },
  });
  return id;
}

export async function assignmentExists(
  db: Executor,
  tenant: TenantId,
  ends: { applicationId: string; groupId: string },
): Promise<boolean> {
  return (await db.runtimeAssignment.count({ where: { tenantId: tenant, ...ends } })) > 0;
}
