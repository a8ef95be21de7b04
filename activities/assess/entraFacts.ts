import type { TenantId } from '../../domain/ids.ts';
import type { EntraFacts } from '../../domain/rules/entra/directoryFacts.ts';
import type { Database } from '../../prisma/client.ts';
import { grantedApis, requestedApis } from '../../prisma/store/apis.ts';

/** Reads what the rules ask of an Entra directory as a whole: its APIs, of which it has few beside its applications. */
export async function readEntraFacts(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  directoryId: string,
  refused: ReadonlySet<string>,
): Promise<EntraFacts> {
  const unread = refused.has('delegated_permission_grants');
  const [granted, requested] = await Promise.all([
    unread ? null : grantedApis(database, tenant, snapshotId),
    requestedApis(database, tenant, snapshotId),
  ]);
  return { directoryId, grantedApis: granted, requestedApis: requested };
}
