import { entraObjects } from '../../domain/inventory/objects.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { GrantedApi } from '../../domain/rules/entra/directoryFacts.ts';
import type { Executor } from '../client.ts';

/** The APIs that delegated grants of an Entra snapshot name, by the object ids of their service principals. */
export async function grantedApis(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
): Promise<Map<string, GrantedApi>> {
  const rows = await db.$queryRaw<{ id: string; name: string | null; appId: string | null }[]>`
    SELECT granted."id", i."name", lower(i."normalized"->'entra'->>'app_id') AS "appId"
      FROM (SELECT DISTINCT "data"->>'resource' AS "id" FROM "migration_source_objects"
             WHERE "tenant_id" = ${tenant}::uuid AND "snapshot_id" = ${snapshotId}::uuid
               AND "kind" = ${entraObjects.delegatedGrant} AND "data"->>'resource' IS NOT NULL) AS granted
      LEFT JOIN "migration_inventory_items" i
        ON i."snapshot_id" = ${snapshotId}::uuid AND i."item_type" = 'application' AND i."external_id" = granted."id"`;
  return new Map(rows.map(({ id, name, appId }) => [id, { name: name ?? id, appId }]));
}

/** The appIds of APIs that registrations of an Entra snapshot ask for permissions of, in lower case. */
export async function requestedApis(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ appId: string }[]>`
    SELECT DISTINCT lower(permission->>'resource') AS "appId"
      FROM "migration_inventory_items" i,
           jsonb_array_elements(i."normalized"->'entra'->'required_permissions') AS permission
     WHERE i."tenant_id" = ${tenant}::uuid AND i."snapshot_id" = ${snapshotId}::uuid
       AND i."item_type" = 'application' AND i."vendor_kind" = 'application' AND i."source_type" = 'entra'`;
  return new Set(rows.map(({ appId }) => appId));
}
