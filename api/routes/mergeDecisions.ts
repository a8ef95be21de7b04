import { z } from 'zod';
import type { TenantId } from '../../domain/ids.ts';
import { decisionStatuses } from '../../domain/merge/decision.ts';
import { ResolveRequest } from '../../domain/merge/resolve.ts';
import { listDecisions } from '../../prisma/store/mergeDecisions.ts';
import { resolveDecision } from '../../prisma/store/mergeResolution.ts';
import { beginRefresh } from '../../prisma/store/overlaps.ts';
import { findRun } from '../../prisma/store/runs.ts';
import { defaultLimit, pageOf, pageQuery, startOf } from '../http/list.ts';
import { route } from '../http/route.ts';
import { accepted, requireTemporal, runRefusal, startRun, waitForRun } from '../runs.ts';
import type { Services } from '../services.ts';
import { listOf } from '../views/common.ts';
import { MergeDecisionView, viewDecision } from '../views/mergeDecision.ts';

const decisions = '/workspaces/:workspace_id/assessments/:assessment_id/merge-decisions';

const DecisionsQuery = z.object({ ...pageQuery, status: z.enum(decisionStatuses).optional() });
type DecisionsQuery = z.infer<typeof DecisionsQuery>;

async function decisionsPage(
  services: Services,
  tenant: TenantId,
  assessmentId: string,
  path: string,
  query: DecisionsQuery,
) {
  const { status } = query;
  const list = { path, filters: { status } };
  const limit = query.limit ?? defaultLimit;
  const start = startOf(services, list, query);
  const after = start === null ? null : BigInt(String(start[0]));
  const page = { after, limit: limit + 1, status };
  const rows = await listDecisions(services.database, tenant, assessmentId, page);
  return pageOf(services, list, limit, rows, (row) => [String(row.ordinal)], viewDecision);
}

export const mergeDecisionRoutes = [
  route({
    method: 'GET',
    path: decisions,
    permission: 'portal.migrations.view',
    summary: 'List overlaps with what the target holds, and what was decided',
    query: DecisionsQuery,
    replies: { 200: listOf(MergeDecisionView) },
    async handle({ services, tenant, scope, query, path }) {
      return { status: 200, body: await decisionsPage(services, tenant, scope.assessment.id, path, query) };
    },
  }),
  route({
    method: 'POST',
    path: `${decisions}/:decision_id/resolve`,
    permission: 'portal.migrations.manage',
    summary: 'Decide what becomes of an overlap: bind it, create beside it, or leave it out',
    body: ResolveRequest,
    replies: { 200: MergeDecisionView },
    async handle({ services, tenant, scope, body, command }) {
      const { workspace, assessment, decision } = scope;
      const resolved = await resolveDecision(
        services.database,
        tenant,
        workspace,
        assessment,
        decision.id,
        body,
        command,
      );
      return { status: 200, body: viewDecision(resolved) };
    },
  }),
  route({
    method: 'POST',
    path: `${decisions}/refresh`,
    permission: 'portal.migrations.manage',
    summary: 'Look at the target again: new overlaps, and decisions that no longer hold',
    begins: { reads: decisions },
    replies: { 200: listOf(MergeDecisionView), 202: listOf(MergeDecisionView) },
    async handle({ services, tenant, scope, command, prefer, locationOf }) {
      const { workspace, assessment } = scope;
      await requireTemporal(services);
      const run = await beginRefresh(services.database, tenant, assessment, command);
      if (!run.claimedAt) {
        await startRun(services, tenant, run, {
          summary: 'Compare overlaps with the target',
          workspaceId: workspace.id,
          sourceId: assessment.sourceId,
        });
      }
      const ended = await waitForRun(services, tenant, run.id, prefer);
      const location = locationOf(assessment.id);
      const body = await decisionsPage(services, tenant, assessment.id, location, {});
      if (!ended) return accepted(location, body);
      const { failure = null } = (await findRun(services.database, tenant, run.id)) ?? {};
      if (failure) throw runRefusal({ failure }, 'refresh_failed', { assessment_id: assessment.id });
      return { status: 200, body };
    },
  }),
];
