import type { Express } from 'express';
import { z } from 'zod';
import { authorize } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import { TenantId } from '../../domain/ids.ts';
import { listTenants } from '../../prisma/store/tenants.ts';
import { readSummary } from '../../prisma/store/summary.ts';
import { listOf } from '../views/common.ts';
import { viewWorkspace, WorkspaceView } from '../views/workspace.ts';
import { defaultLimit, pageOf, PageQuery, startOf } from './list.ts';
import { validationError } from './problem.ts';
import type { Serving } from './serve.ts';

const TenantView = z.strictObject({ tenant_id: z.string(), workspace: WorkspaceView });

/** The one route without a tenant in its path, as the document tells of it. */
export const tenantsRoute = {
  method: 'GET',
  path: '/api/v1/tenants',
  permission: 'portal.migrations.view',
  summary: 'List tenants that have a workspace, for operators alone',
  query: PageQuery,
  replies: { 200: listOf(TenantView) },
} as const;

/** `GET /api/v1/tenants`: tenants with a workspace, for operators. */
export function serveTenants(app: Express, { services, authenticate, operatorTenants }: Serving): void {
  const { path, permission, query, replies } = tenantsRoute;
  app.all(path, async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET');
      throw new DomainError('method_not_allowed', `${request.method} is not a method of this path.`);
    }
    const claims = await authenticate(request.headers.authorization);
    authorize({ claims, operatorTenants, pathTenant: null, permission });
    const parsed = query.safeParse(request.query);
    if (!parsed.success) throw validationError(parsed.error, '/query');
    const limit = parsed.data.limit ?? defaultLimit;
    const [after = null] = (startOf(services, { path }, parsed.data) ?? []) as string[];
    const rows = await listTenants(services.database, { after, limit: limit + 1 });
    const page = pageOf(
      services,
      { path },
      limit,
      rows,
      (row) => [row.tenantId],
      (row) => row,
    );
    const data = await Promise.all(
      page.data.map(async (workspace) => ({
        tenant_id: workspace.tenantId,
        workspace: viewWorkspace(
          workspace,
          await readSummary(services.database, TenantId.parse(workspace.tenantId), workspace),
        ),
      })),
    );
    response.json(replies[200].parse({ ...page, data }));
  });
}
