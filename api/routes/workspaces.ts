import { CreateWorkspace } from '../../domain/workspace.ts';
import { readSummary } from '../../prisma/store/summary.ts';
import {
  archiveWorkspace,
  createWorkspace,
  listWorkspaces,
  type Workspace,
} from '../../prisma/store/workspaces.ts';
import { defaultLimit, pageOf, PageQuery, startOf } from '../http/list.ts';
import { route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { listOf } from '../views/common.ts';
import { viewWorkspace, WorkspaceView } from '../views/workspace.ts';
import type { TenantId } from '../../domain/ids.ts';

const withSummary = async ({ database }: Services, tenant: TenantId, workspace: Workspace) =>
  viewWorkspace(workspace, await readSummary(database, tenant, workspace));

export const workspaceRoutes = [
  route({
    method: 'POST',
    path: '/workspaces',
    permission: 'portal.migrations.manage',
    summary: 'Create the tenant\u2019s workspace',
    body: CreateWorkspace,
    begins: { reads: '/workspaces/:workspace_id' },
    replies: { 201: WorkspaceView },
    async handle({ services, tenant, body, command, locationOf }) {
      const workspace = await createWorkspace(services.database, tenant, body, command);
      return {
        status: 201,
        headers: { Location: locationOf(workspace.id) },
        body: await withSummary(services, tenant, workspace),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/workspaces',
    permission: 'portal.migrations.view',
    summary: 'List workspaces, newest first',
    query: PageQuery,
    replies: { 200: listOf(WorkspaceView) },
    async handle({ services, tenant, query, path }) {
      const limit = query.limit ?? defaultLimit;
      const [before = null] = (startOf(services, { path }, query) ?? []) as string[];
      const rows = await listWorkspaces(services.database, tenant, { before, limit: limit + 1 });
      const page = pageOf(
        services,
        { path },
        limit,
        rows,
        (row) => [row.id],
        (row) => row,
      );
      const data = await Promise.all(page.data.map((workspace) => withSummary(services, tenant, workspace)));
      return { status: 200, body: { ...page, data } };
    },
  }),
  route({
    method: 'GET',
    path: '/workspaces/:workspace_id',
    permission: 'portal.migrations.view',
    summary: 'Read a workspace with its summary',
    replies: { 200: WorkspaceView },
    async handle({ services, tenant, scope }) {
      return { status: 200, body: await withSummary(services, tenant, scope.workspace) };
    },
  }),
  route({
    method: 'POST',
    path: '/workspaces/:workspace_id/archive',
    permission: 'portal.migrations.manage',
    summary: 'Archive a workspace for good',
    replies: { 200: WorkspaceView },
    async handle({ services, tenant, scope, command }) {
      const workspace = await archiveWorkspace(services.database, tenant, scope.workspace.id, command);
      return { status: 200, body: await withSummary(services, tenant, workspace) };
    },
  }),
];
