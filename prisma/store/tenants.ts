import type { Executor } from '../client.ts';
import { toWorkspace, type Workspace } from './workspaces.ts';

/** The newest workspace of each tenant that has one, by tenant id, from above `after`. For operators alone. */
export async function listTenants(
  db: Executor,
  page: { after: string | null; limit: number },
): Promise<Workspace[]> {
  const rows = await db.workspace.findMany({
    where: page.after === null ? {} : { tenantId: { gt: page.after } },
    distinct: ['tenantId'],
    orderBy: [{ tenantId: 'asc' }, { id: 'desc' }],
    take: page.limit,
  });
  return rows.map(toWorkspace);
}
