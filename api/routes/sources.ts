import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import {
  CreateSource,
  parseOktaOrgUrl,
  secretBinding,
  secretSchemas,
  type HostAllowlist,
  type SourceConfig,
} from '../../domain/source.ts';
import { sealSecret } from '../../platform/sealing.ts';
import {
  archiveSource,
  createSource,
  findSource,
  listSources,
  replaceSecret,
} from '../../prisma/store/sources.ts';
import { findRun } from '../../prisma/store/runs.ts';
import { beginVerification } from '../../prisma/store/verifications.ts';
import { defaultLimit, pageOf, PageQuery, startOf } from '../http/list.ts';
import { validationError } from '../http/problem.ts';
import { notFound } from '../http/resolve.ts';
import { route } from '../http/route.ts';
import { accepted, requireTemporal, runRefusal, startRun, waitForRun } from '../runs.ts';
import { listOf } from '../views/common.ts';
import { SourceView, viewSource } from '../views/source.ts';
import type { Services } from '../services.ts';

/** Where the source's credential will be sent, checked; a host that may not be used is told by the member. */
function checkConfig(source: CreateSource, allowlist: HostAllowlist): SourceConfig {
  if (source.source_type === 'entra') return source.config;
  const parsed = parseOktaOrgUrl(source.config.org_url, allowlist);
  if ('origin' in parsed) return { org_url: parsed.origin };
  throw new DomainError('validation_failed', 'The org URL cannot be used.', {
    errors: [{ pointer: '/config/org_url', message: parsed.problem }],
  });
}

async function seal(
  services: Services,
  tenant: TenantId,
  id: string,
  source: CreateSource,
  config: SourceConfig,
) {
  const binding = secretBinding({ tenantId: tenant, id, sourceType: source.source_type, config });
  return sealSecret(services.keyRing, binding, source.secret);
}

const ReplaceSecret = z.strictObject({ secret: z.record(z.string(), z.unknown()) });

export const sourceRoutes = [
  route({
    method: 'POST',
    path: '/workspaces/:workspace_id/sources',
    permission: 'portal.migrations.manage',
    summary: 'Add a source; its secret is sealed and never shown again',
    body: CreateSource,
    begins: { reads: '/workspaces/:workspace_id/sources/:source_id' },
    replies: { 201: SourceView },
    async handle({ services, tenant, scope, body, command, locationOf }) {
      const id = uuidv7();
      const config = checkConfig(body, services.sourceHosts);
      const source = await createSource(
        services.database,
        tenant,
        scope.workspace.id,
        {
          id,
          name: body.name,
          sourceType: body.source_type,
          connectionMode: body.connection_mode,
          config,
          sealedSecret: await seal(services, tenant, id, body, config),
        },
        command,
      );
      return {
        status: 201,
        headers: { Location: locationOf(source.id) },
        body: viewSource(source),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/workspaces/:workspace_id/sources',
    permission: 'portal.migrations.view',
    summary: 'List a workspace\u2019s sources, newest first',
    query: PageQuery,
    replies: { 200: listOf(SourceView) },
    async handle({ services, tenant, scope, query, path }) {
      const limit = query.limit ?? defaultLimit;
      const [before = null] = (startOf(services, { path }, query) ?? []) as string[];
      const rows = await listSources(services.database, tenant, scope.workspace.id, {
        before,
        limit: limit + 1,
      });
      return { status: 200, body: pageOf(services, { path }, limit, rows, (row) => [row.id], viewSource) };
    },
  }),
  route({
    method: 'GET',
    path: '/workspaces/:workspace_id/sources/:source_id',
    permission: 'portal.migrations.view',
    summary: 'Read a source',
    replies: { 200: SourceView },
    async handle({ scope }) {
      return { status: 200, body: viewSource(scope.source) };
    },
  }),
  route({
    method: 'POST',
    path: '/workspaces/:workspace_id/sources/:source_id/archive',
    permission: 'portal.migrations.manage',
    summary: 'Archive a source for good and delete its secret',
    replies: { 200: SourceView },
    async handle({ services, tenant, scope, command }) {
      const source = await archiveSource(
        services.database,
        tenant,
        scope.workspace.id,
        scope.source.id,
        command,
      );
      return { status: 200, body: viewSource(source) };
    },
  }),
  route({
    method: 'PUT',
    path: '/workspaces/:workspace_id/sources/:source_id/secret',
    permission: 'portal.migrations.manage',
    summary: 'Replace a source\u2019s secret',
    body: ReplaceSecret,
    replies: { 200: SourceView },
    async handle({ services, tenant, scope, body, command }) {
      const secret = secretSchemas[scope.source.sourceType].safeParse(body.secret);
      if (!secret.success) throw validationError(secret.error, '/secret');
      const sealed = await sealSecret(services.keyRing, secretBinding(scope.source), secret.data);
      const { workspace, source } = scope;
      const replaced = await replaceSecret(
        services.database,
        tenant,
        workspace.id,
        source.id,
        sealed,
        command,
      );
      return { status: 200, body: viewSource(replaced) };
    },
  }),
  route({
    method: 'POST',
    path: '/workspaces/:workspace_id/sources/:source_id/verify',
    permission: 'portal.migrations.manage',
    summary: 'Find out what a source\u2019s credential may read, and whether it may write',
    begins: { reads: '/workspaces/:workspace_id/sources/:source_id' },
    replies: { 200: SourceView, 202: SourceView },
    async handle({ services, tenant, scope, command, prefer, locationOf }) {
      const { workspace, source } = scope;
      const { database } = services;
      await requireTemporal(services);
      const parent = { workspaceId: workspace.id, sourceId: source.id };
      const run = await beginVerification(database, tenant, parent, command);
      if (!run.claimedAt)
        await startRun(services, tenant, run, { summary: `Verify ${source.name}`, ...parent });
      const ended = await waitForRun(services, tenant, run.id, prefer);
      const verified = await findSource(database, tenant, workspace.id, source.id);
      if (!verified) throw notFound();
      if (!ended) return accepted(locationOf(source.id), viewSource(verified));
      const { failure } = (await findRun(database, tenant, run.id)) ?? run;
      if (failure) throw runRefusal({ failure }, 'source_unusable', { source_id: source.id });
      return { status: 200, body: viewSource(verified) };
    },
  }),
];
