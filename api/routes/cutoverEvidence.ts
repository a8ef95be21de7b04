import { EvidencePatch } from '../../domain/cutoverEvidence.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plan.ts';
import { readEvidence, updateEvidence } from '../../prisma/store/cutoverEvidence.ts';
import { listExecutions } from '../../prisma/store/executions.ts';
import { findPlan } from '../../prisma/store/plans.ts';
import {
  listAppliedSteps,
  readRollbackSurroundings,
  type PlacedStep,
} from '../../prisma/store/rollbackGuidance.ts';
import { etagOf, requireIfMatch } from '../http/etag.ts';
import { defaultLimit, pageOf, PageQuery, startOf } from '../http/list.ts';
import { notFound } from '../http/resolve.ts';
import { route, type Reply } from '../http/route.ts';
import type { Services } from '../services.ts';
import { listOf } from '../views/common.ts';
import {
  EvidenceView,
  RollbackStepView,
  viewCriteria,
  viewRecorded,
  viewRollback,
  viewRollbackStep,
} from '../views/cutoverEvidence.ts';
import { viewExecution } from '../views/plan.ts';
import { planSummary } from './plans.ts';

const P = '/workspaces/:workspace_id/cutover-plans/:plan_id';

async function rollbackPage(
  services: Services,
  tenant: TenantId,
  planId: string,
  path: string,
  query: Parameters<typeof startOf>[2] & { limit?: number | undefined },
) {
  const limit = query.limit ?? defaultLimit;
  const start = startOf(services, { path }, query);
  const after = start === null ? null : { place: Number(start[0]), sequence: Number(start[1]) };
  const rows = await listAppliedSteps(services.database, tenant, planId, { after, limit: limit + 1 });
  const position = ({ place, sequence }: PlacedStep) => [place, sequence];
  return pageOf(services, { path }, limit, rows, position, viewRollbackStep);
}

async function evidenceOf(services: Services, tenant: TenantId, plan: Plan, path: string): Promise<Reply> {
  const { database } = services;
  const [evidence, [latest], around, steps, summary] = await Promise.all([
    readEvidence(database, tenant, plan.id),
    listExecutions(database, tenant, plan.id, { before: null, limit: 1 }),
    readRollbackSurroundings(database, tenant, plan),
    rollbackPage(services, tenant, plan.id, path.replace(/evidence\/?$/i, 'rollback-steps'), {}),
    planSummary(services, tenant, plan),
  ]);
  return {
    status: 200,
    headers: { ETag: etagOf(evidence.version) },
    body: {
      plan: summary,
      latest_execution: latest ? viewExecution(latest, services) : null,
      ...viewRecorded(evidence),
      generated_rollback: { ...viewRollback(around), steps },
      handoff_criteria: viewCriteria(evidence, latest ?? null, plan.summary?.total ?? 0),
    },
  };
}

export const cutoverEvidenceRoutes = [
  route({
    method: 'GET',
    path: `${P}/evidence`,
    permission: 'portal.migrations.view',
    summary: 'Read the post-cutover evidence with its computed criteria and the generated rollback guidance',
    replies: { 200: EvidenceView },
    handle: ({ services, tenant, scope, path }) => evidenceOf(services, tenant, scope.plan, path),
  }),
  route({
    method: 'PATCH',
    path: `${P}/evidence`,
    permission: 'portal.migrations.manage',
    summary: 'Record rollback guidance and completion evidence; If-Match says what the change goes by',
    body: EvidencePatch,
    replies: { 200: EvidenceView },
    async handle({ services, tenant, scope, body, command, ifMatch, path }) {
      await updateEvidence(services.database, tenant, scope.plan, body, requireIfMatch(ifMatch), command);
      const plan = await findPlan(services.database, tenant, scope.plan.id);
      if (!plan) throw notFound();
      return evidenceOf(services, tenant, plan, path);
    },
  }),
  route({
    method: 'GET',
    path: `${P}/rollback-steps`,
    permission: 'portal.migrations.view',
    summary: 'List how each applied step is undone by hand, in the order in which that is done',
    query: PageQuery,
    replies: { 200: listOf(RollbackStepView) },
    async handle({ services, tenant, scope, query, path }) {
      return { status: 200, body: await rollbackPage(services, tenant, scope.plan.id, path, query) };
    },
  }),
];
