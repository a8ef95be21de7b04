import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { AssessmentId, ItemId, type TenantId } from '../../domain/ids.ts';
import { dispositions, stepStatuses, type Plan, type PlanScope } from '../../domain/plan.ts';
import { DisplayName, FreeText } from '../../domain/workspace.ts';
import { sha256 } from '../../platform/digest.ts';
import { findAssessment } from '../../prisma/store/assessments.ts';
import { readBlockers } from '../../prisma/store/handoff.ts';
import { createPlan, findPlan, listPlans } from '../../prisma/store/plans.ts';
import { beginPreview, findPreview, latestPreview, mintToken } from '../../prisma/store/previews.ts';
import { listEdges, listStepIds, listSteps } from '../../prisma/store/steps.ts';
import type { Workspace } from '../../prisma/store/workspaces.ts';
import { defaultLimit, pageOf, pageQuery, PageQuery, startOf } from '../http/list.ts';
import { notFound } from '../http/resolve.ts';
import { route } from '../http/route.ts';
import { snapshotWarnings } from '../snapshotWarnings.ts';
import { accepted, requireTemporal, runRefusal, startRun, waitForRun } from '../runs.ts';
import type { Services } from '../services.ts';
import { listOf } from '../views/common.ts';
import {
  GraphView,
  PlanSummaryView,
  PlanView,
  PreviewView,
  StepView,
  viewPlan,
  viewStep,
} from '../views/plan.ts';

const P = '/workspaces/:workspace_id/cutover-plans/:plan_id';

const RollbackBody = z.strictObject({
  summary: FreeText.min(1),
  owner: DisplayName,
  steps: z.array(FreeText.min(1)).min(1).max(200),
});

const ScopeBody = z
  .strictObject({
    item_ids: z.array(ItemId).min(1, 'Name an item.').max(20_000, 'At most 20,000 items.').optional(),
    wave: DisplayName.optional(),
  })
  .refine(
    ({ item_ids, wave }) => (item_ids === undefined) !== (wave === undefined),
    'Give either item_ids or a wave.',
  );

const CreatePlan = z.strictObject({
  assessment_id: AssessmentId,
  name: DisplayName.optional(),
  scope: ScopeBody.optional().meta({
    description:
      'The items that the plan is about; all of the assessment without it. The others stay in it as skipped, out of scope.',
  }),
  rollback: RollbackBody.optional(),
});

function scopeOf(body: z.infer<typeof ScopeBody> | undefined): PlanScope {
  if (body?.wave !== undefined) return { kind: 'wave', wave: body.wave };
  if (body?.item_ids !== undefined) return { kind: 'items', item_ids: [...new Set(body.item_ids)].sort() };
  return { kind: 'all' };
}

const StepsQuery = z.object({
  ...pageQuery,
  status: z.enum(stepStatuses).optional(),
  disposition: z.enum(dispositions).optional(),
});
type StepsQuery = z.infer<typeof StepsQuery>;

async function stepsPage(
  services: Services,
  tenant: TenantId,
  planId: string,
  path: string,
  query: StepsQuery,
) {
  const { status, disposition } = query;
  const list = { path, filters: { status, disposition } };
  const limit = query.limit ?? defaultLimit;
  const start = startOf(services, list, query);
  const after = start === null ? null : Number(start[0]);
  const rows = await listSteps(services.database, tenant, planId, {
    after,
    limit: limit + 1,
    status,
    disposition,
  });
  return pageOf(services, list, limit, rows, (row) => [row.sequence], viewStep);
}

export async function planSummary(services: Services, tenant: TenantId, plan: Plan) {
  return viewPlan(plan, await latestPreview(services.database, tenant, plan), services.now());
}

const planPath = (base: string, plan: Plan) =>
  `${base}/workspaces/${plan.workspaceId}/cutover-plans/${plan.id}`;

async function detail(services: Services, tenant: TenantId, plan: Plan, base: string) {
  const [summary, steps] = await Promise.all([
    planSummary(services, tenant, plan),
    stepsPage(services, tenant, plan.id, `${planPath(base, plan)}/steps`, {}),
  ]);
  return { ...summary, steps };
}

/** Why a build failed; of what keeps the assessment from being planned by now, the blockers as they are now. */
async function buildRefusal(
  { database }: Services,
  tenant: TenantId,
  workspace: Workspace,
  { id, assessmentId, sourceId, buildRun }: Plan,
): Promise<DomainError> {
  if (buildRun.failure?.code !== 'handoff_not_ready')
    return runRefusal(buildRun, 'plan_failed', { plan_id: id });
  const blockers = await readBlockers(database, tenant, workspace, { id: assessmentId, sourceId });
  return new DomainError('handoff_not_ready', buildRun.failure.message, {
    members: { plan_id: id, blockers },
  });
}

export const planRoutes = [
  route({
    method: 'POST',
    path: '/workspaces/:workspace_id/cutover-plans',
    permission: 'portal.migrations.manage',
    summary: 'Build a cutover plan, or build the assessment\u2019s plan again',
    body: CreatePlan,
    begins: { reads: P },
    replies: { 200: PlanView, 201: PlanView, 202: PlanSummaryView },
    async handle({ services, tenant, scope, body, command, prefer, base, locationOf }) {
      const assessment = await findAssessment(services.database, tenant, body.assessment_id, {
        workspaceId: scope.workspace.id,
      });
      if (!assessment) {
        throw new DomainError('unknown_reference', 'The assessment is not one of this workspace.', {
          errors: [{ pointer: '/assessment_id', message: 'There is no such assessment in this workspace.' }],
        });
      }
      await requireTemporal(services);
      const name = body.name ?? `Cutover of ${assessment.createdAt.toISOString().slice(0, 10)}`;
      const input = { assessment, name, rollback: body.rollback ?? null, scope: scopeOf(body.scope) };
      const { plan: created, rebuilt } = await createPlan(services.database, tenant, input, command);
      const location = locationOf(created.id);
      await startRun(services, tenant, created.buildRun, {
        summary: `Plan ${created.name}`,
        workspaceId: created.workspaceId,
        sourceId: created.sourceId,
        planId: created.id,
      });
      const ended = await waitForRun(services, tenant, created.buildRun.id, prefer);
      const plan = await findPlan(services.database, tenant, created.id);
      if (!plan) throw notFound();
      if (!ended) return accepted(location, await planSummary(services, tenant, plan));
      if (plan.buildRun.failure) throw await buildRefusal(services, tenant, scope.workspace, plan);
      return {
        status: rebuilt ? 200 : 201,
        headers: { Location: location },
        body: await detail(services, tenant, plan, base),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/workspaces/:workspace_id/cutover-plans',
    permission: 'portal.migrations.view',
    summary: 'List a workspace\u2019s cutover plans, newest first',
    query: PageQuery,
    replies: { 200: listOf(PlanSummaryView) },
    async handle({ services, tenant, scope, query, path }) {
      const limit = query.limit ?? defaultLimit;
      const [before = null] = (startOf(services, { path }, query) ?? []) as string[];
      const rows = await listPlans(services.database, tenant, scope.workspace.id, {
        before,
        limit: limit + 1,
      });
      const page = pageOf(
        services,
        { path },
        limit,
        rows,
        (row) => [row.id],
        (row) => row,
      );
      const data = await Promise.all(page.data.map((plan) => planSummary(services, tenant, plan)));
      return { status: 200, body: { ...page, data } };
    },
  }),
  route({
    method: 'GET',
    path: P,
    permission: 'portal.migrations.view',
    summary: 'Read a cutover plan with the first page of its steps',
    replies: { 200: PlanView },
    async handle({ services, tenant, scope, base }) {
      return { status: 200, body: await detail(services, tenant, scope.plan, base) };
    },
  }),
  route({
    method: 'GET',
    path: `${P}/steps`,
    permission: 'portal.migrations.view',
    summary: 'List a plan\u2019s steps in order',
    query: StepsQuery,
    replies: { 200: listOf(StepView) },
    async handle({ services, tenant, scope, query, path }) {
      return { status: 200, body: await stepsPage(services, tenant, scope.plan.id, path, query) };
    },
  }),
  route({
    method: 'GET',
    path: `${P}/steps/:step_id`,
    permission: 'portal.migrations.view',
    summary: 'Read a step',
    replies: { 200: StepView },
    async handle({ scope }) {
      return { status: 200, body: viewStep(scope.step) };
    },
  }),
  route({
    method: 'GET',
    path: `${P}/graph`,
    permission: 'portal.migrations.view',
    summary: 'Read which steps wait for which',
    replies: { 200: GraphView },
    async handle({ services, tenant, scope }) {
      const { id } = scope.plan;
      const [nodes, edges] = await Promise.all([
        listStepIds(services.database, tenant, id),
        listEdges(services.database, tenant, id),
      ]);
      return { status: 200, body: { nodes, edges } };
    },
  }),
  route({
    method: 'POST',
    path: `${P}/preview`,
    permission: 'portal.migrations.manage',
    summary: 'Compare the plan with the live target and mint a preview token',
    replies: { 200: PreviewView, 202: PlanSummaryView },
    async handle({ services, tenant, scope, command, prefer, base }) {
      const { plan } = scope;
      const { database } = services;
      await requireTemporal(services);
      const begun = await beginPreview(database, tenant, plan, command);
      if (!begun.run.claimedAt && !begun.run.endedAt) {
        await startRun(services, tenant, begun.run, {
          summary: `Preview ${plan.name}`,
          workspaceId: plan.workspaceId,
          sourceId: plan.sourceId,
          planId: plan.id,
        });
      }
      // A preview has no resource of its own to come back to, so it is waited for whatever the caller prefers.
      const ended = await waitForRun(services, tenant, begun.run.id, { ...prefer, respondAsync: false });
      if (!ended) return accepted(planPath(base, plan), await planSummary(services, tenant, plan));
      const preview = await findPreview(database, tenant, begun.id);
      if (!preview) throw notFound();
      if (preview.run.failure) throw runRefusal(preview.run, 'plan_failed', { plan_id: plan.id });
      const token = randomBytes(32).toString('base64url');
      const expiresAt = new Date(command.at.getTime() + services.previewTtlMinutes * 60_000);
      const minted = await mintToken(
        database,
        tenant,
        plan,
        preview.id,
        { hash: sha256(token), expiresAt },
        command,
      );
      const previewed = (await findPlan(database, tenant, plan.id)) ?? plan;
      return {
        status: 200,
        body: {
          preview_token: token,
          expires_at: expiresAt.toISOString(),
          plan: viewPlan(previewed, minted, services.now()),
          steps: await stepsPage(services, tenant, plan.id, `${planPath(base, plan)}/steps`, {}),
          warnings: [
            ...minted.warnings,
            ...(await snapshotWarnings(services, tenant, plan)).map((each) => ({ ...each, step_id: null })),
          ],
        },
      };
    },
  }),
];
