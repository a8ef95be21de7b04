import { z } from 'zod';
import { compatibilityClasses, type Assessment } from '../../domain/assessment.ts';
import { DomainError } from '../../domain/errors.ts';
import { handoffStatus, type Handoff } from '../../domain/handoff.ts';
import { ImpactId, type TenantId } from '../../domain/ids.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { FreeText } from '../../domain/workspace.ts';
import { classifierVersion } from '../../platform/classifier.ts';
import {
  createAssessment,
  findAssessment,
  latestCompletedAssessment,
  listAssessments,
} from '../../prisma/store/assessments.ts';
import { listAssessedItems } from '../../prisma/store/verdicts.ts';
import { inTransaction } from '../../prisma/store/constraints.ts';
import { readBlockers } from '../../prisma/store/handoff.ts';
import { acknowledgeImpacts, listImpactItems, listImpacts } from '../../prisma/store/impacts.ts';
import { findNotes, itemKey } from '../../prisma/store/itemNotes.ts';
import { listDecisions } from '../../prisma/store/mergeDecisions.ts';
import { requestStop } from '../../prisma/store/runs.ts';
import type { Workspace } from '../../prisma/store/workspaces.ts';
import { defaultLimit, pageOf, pageQuery, PageQuery, SearchText, startOf } from '../http/list.ts';
import { notFound } from '../http/resolve.ts';
import { route } from '../http/route.ts';
import { accepted, requireTemporal, runRefusal, signalStop, startRun, waitForRun } from '../runs.ts';
import type { Services } from '../services.ts';
import { snapshotWarnings } from '../snapshotWarnings.ts';
import {
  AssessedItemView,
  AssessmentSummaryView,
  AssessmentView,
  ImpactItemView,
  ImpactView,
  viewAssessedItem,
  viewAssessment,
  viewImpact,
  viewImpactItem,
} from '../views/assessment.ts';
import { listOf } from '../views/common.ts';
import { assessmentAsPage, itemsAsCsv } from './assessmentReports.ts';
import { viewDecision } from '../views/mergeDecision.ts';

const A = '/workspaces/:workspace_id/assessments/:assessment_id';

const ItemsQuery = z.object({
  ...pageQuery,
  compatibility_class: z.enum(compatibilityClasses).optional(),
  item_type: z.enum(itemTypes).optional(),
  rule_id: SearchText.optional(),
  search: SearchText.optional(),
});
type ItemsQuery = z.infer<typeof ItemsQuery>;

const filtersOf = (query: ItemsQuery) => ({
  compatibilityClass: query.compatibility_class,
  itemType: query.item_type,
  ruleId: query.rule_id,
  search: query.search,
});

async function itemsPage(
  services: Services,
  tenant: TenantId,
  { id, sourceId, status }: Assessment,
  path: string,
  query: ItemsQuery,
) {
  const filters = filtersOf(query);
  const limit = query.limit ?? defaultLimit;
  const start = startOf(services, { path, filters }, query);
  const after = start === null ? null : BigInt(String(start[0]));
  // A run that has not completed shows none, and looking for them would cost the more the further it is.
  const rows =
    status === 'completed'
      ? await listAssessedItems(services.database, tenant, id, { after, limit: limit + 1, ...filters })
      : [];
  const notes = await findNotes(services.database, tenant, sourceId, rows);
  return pageOf(
    services,
    { path, filters },
    limit,
    rows,
    (row) => [String(row.ordinal)],
    (row) => viewAssessedItem(row, notes.get(itemKey(row)) ?? null),
  );
}

async function summaryOf(services: Services, tenant: TenantId, assessment: Assessment) {
  const latest = await latestCompletedAssessment(services.database, tenant, assessment.sourceId);
  return viewAssessment(assessment, latest?.id ?? null, services);
}

async function readHandoff(
  services: Services,
  tenant: TenantId,
  workspace: Workspace,
  assessment: Assessment,
): Promise<Handoff> {
  const [blockers, warnings] = await Promise.all([
    readBlockers(services.database, tenant, workspace, assessment),
    snapshotWarnings(services, tenant, assessment),
  ]);
  return { status: handoffStatus(blockers), blockers, warnings };
}

/** Decisions that an assessment's detail shows; the list of them has all. */
const mostDecisions = 200;

async function detail(
  services: Services,
  tenant: TenantId,
  workspace: Workspace,
  assessment: Assessment,
  base: string,
) {
  const path = `${base}/workspaces/${workspace.id}/assessments/${assessment.id}/items`;
  const [summary, handoff, impacts, decisions, items] = await Promise.all([
    summaryOf(services, tenant, assessment),
    readHandoff(services, tenant, workspace, assessment),
    listImpacts(services.database, tenant, assessment.id),
    listDecisions(services.database, tenant, assessment.id, { after: null, limit: mostDecisions }),
    itemsPage(services, tenant, assessment, path, {}),
  ]);
  return {
    ...summary,
    preview_handoff: handoff,
    ocm_impacts: impacts.map(viewImpact),
    merge_decisions: decisions.map(viewDecision),
    items,
  };
}

/** Whether acknowledgements and decisions of the source's former assessment are taken over where nothing changed. */
const Assess = z.strictObject({ carry_over: z.boolean().optional() });

const Acknowledge = z.strictObject({
  impact_ids: z.array(ImpactId).min(1).max(500).optional(),
  note: FreeText.optional(),
});

const Acknowledged = z.strictObject({
  acknowledged: z.int(),
  /** Critical impacts that still need an acknowledgement of their own. */
  critical_remaining: z.array(ImpactView),
  ocm_impacts: z.array(ImpactView),
});

export const assessmentRoutes = [
  route({
    method: 'POST',
    path: '/workspaces/:workspace_id/snapshots/:snapshot_id/assessments',
    permission: 'portal.migrations.manage',
    summary: 'Assess a completed snapshot',
    body: Assess,
    begins: { reads: A },
    replies: { 201: AssessmentView, 202: AssessmentSummaryView },
    async handle({ services, tenant, scope, body, command, prefer, base, locationOf }) {
      const { workspace, snapshot } = scope;
      const carryOver = body.carry_over ?? false;
      await requireTemporal(services);
      const created = await createAssessment(
        services.database,
        tenant,
        snapshot,
        classifierVersion,
        command,
        carryOver,
      );
      const location = locationOf(created.id);
      await startRun(services, tenant, created.run, {
        summary: `Assess ${snapshot.itemCount} items`,
        workspaceId: workspace.id,
        sourceId: snapshot.sourceId,
      });
      const ended = await waitForRun(services, tenant, created.run.id, prefer);
      const assessment = await findAssessment(services.database, tenant, created.id);
      if (!assessment) throw notFound();
      if (!ended) return accepted(location, await summaryOf(services, tenant, assessment));
      if (assessment.status !== 'completed') {
        throw runRefusal(assessment.run, 'assessment_failed', { assessment_id: assessment.id });
      }
      return {
        status: 201,
        headers: { Location: location },
        body: await detail(services, tenant, workspace, assessment, base),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/workspaces/:workspace_id/snapshots/:snapshot_id/assessments',
    permission: 'portal.migrations.view',
    summary: 'List a snapshot\u2019s assessments, newest first',
    query: PageQuery,
    replies: { 200: listOf(AssessmentSummaryView) },
    async handle({ services, tenant, scope, query, path }) {
      const parent = { workspaceId: scope.workspace.id, snapshotId: scope.snapshot.id };
      return { status: 200, body: await assessmentsPage(services, tenant, parent, path, query) };
    },
  }),
  route({
    method: 'GET',
    path: '/workspaces/:workspace_id/assessments',
    permission: 'portal.migrations.view',
    summary: 'List a workspace\u2019s assessments, newest first',
    query: PageQuery,
    replies: { 200: listOf(AssessmentSummaryView) },
    async handle({ services, tenant, scope, query, path }) {
      const parent = { workspaceId: scope.workspace.id };
      return { status: 200, body: await assessmentsPage(services, tenant, parent, path, query) };
    },
  }),
  route({
    method: 'GET',
    path: '/workspaces/:workspace_id/assessments/latest',
    permission: 'portal.migrations.view',
    summary: 'Read the newest assessment, whatever its status',
    replies: { 200: AssessmentView },
    async handle({ services, tenant, scope, base }) {
      const page = { before: null, limit: 1 };
      const [newest] = await listAssessments(
        services.database,
        tenant,
        { workspaceId: scope.workspace.id },
        page,
      );
      if (!newest) throw notFound();
      return { status: 200, body: await detail(services, tenant, scope.workspace, newest, base) };
    },
  }),
  route({
    method: 'GET',
    path: A,
    permission: 'portal.migrations.view',
    summary: 'Read an assessment with its handoff state and impacts',
    replies: { 200: AssessmentView },
    also: {
      'text/html': {
        handle: ({ services, tenant, scope }) =>
          assessmentAsPage(services, tenant, scope.workspace, scope.assessment),
      },
      'text/csv': {
        handle: async ({ services, tenant, scope }) => itemsAsCsv(services, tenant, scope.assessment),
      },
    },
    async handle({ services, tenant, scope, base }) {
      return { status: 200, body: await detail(services, tenant, scope.workspace, scope.assessment, base) };
    },
  }),
  route({
    method: 'POST',
    path: `${A}/cancel`,
    permission: 'portal.migrations.manage',
    summary: 'Stop an assessment',
    replies: { 202: AssessmentSummaryView },
    async handle({ services, tenant, scope, command, path }) {
      const { assessment } = scope;
      const open = await inTransaction(services.database, (tx) =>
        requestStop(tx, tenant, assessment.run.id, command),
      );
      if (!open) throw new DomainError('run_ended', 'The assessment has ended.');
      await signalStop(services, assessment.run);
      return accepted(path.replace(/\/cancel$/, ''), await summaryOf(services, tenant, assessment));
    },
  }),
  route({
    method: 'GET',
    path: `${A}/items`,
    permission: 'portal.migrations.view',
    summary: 'List verdicts, filtered by class, item type, rule or text',
    query: ItemsQuery,
    replies: { 200: listOf(AssessedItemView) },
    also: {
      'text/csv': {
        handle: async ({ services, tenant, scope, query }) =>
          itemsAsCsv(services, tenant, scope.assessment, filtersOf(query)),
      },
    },
    async handle({ services, tenant, scope, query, path }) {
      return { status: 200, body: await itemsPage(services, tenant, scope.assessment, path, query) };
    },
  }),
  route({
    method: 'GET',
    path: `${A}/items/:assessed_item_id`,
    permission: 'portal.migrations.view',
    summary: 'Read the verdict on one item',
    replies: { 200: AssessedItemView },
    async handle({ services, tenant, scope }) {
      const { assessedItem, assessment } = scope;
      const notes = await findNotes(services.database, tenant, assessment.sourceId, [assessedItem]);
      return { status: 200, body: viewAssessedItem(assessedItem, notes.get(itemKey(assessedItem)) ?? null) };
    },
  }),
  route({
    method: 'GET',
    path: `${A}/ocm-impacts`,
    permission: 'portal.migrations.view',
    summary: 'List change impacts, gravest first',
    replies: { 200: z.strictObject({ data: z.array(ImpactView), next_cursor: z.null() }) },
    async handle({ services, tenant, scope }) {
      const impacts = await listImpacts(services.database, tenant, scope.assessment.id);
      return { status: 200, body: { data: impacts.map(viewImpact), next_cursor: null } };
    },
  }),
  route({
    method: 'GET',
    path: `${A}/ocm-impacts/:impact_id/items`,
    permission: 'portal.migrations.view',
    summary: 'List the items of an impact',
    query: PageQuery,
    replies: { 200: listOf(ImpactItemView) },
    async handle({ services, tenant, scope, query, path }) {
      const limit = query.limit ?? defaultLimit;
      const start = startOf(services, { path }, query);
      const after = start === null ? null : BigInt(String(start[0]));
      const rows = await listImpactItems(services.database, tenant, scope.impact.id, {
        after,
        limit: limit + 1,
      });
      const page = pageOf(services, { path }, limit, rows, (row) => [String(row.ordinal)], viewImpactItem);
      return { status: 200, body: page };
    },
  }),
  route({
    method: 'POST',
    path: `${A}/ocm-impacts/acknowledge`,
    permission: 'portal.migrations.manage',
    summary: 'Acknowledge impacts: those named, or all that are not critical',
    body: Acknowledge,
    replies: { 200: Acknowledged },
    async handle({ services, tenant, scope, body, command }) {
      const { assessment, workspace } = scope;
      const input = { impactIds: body.impact_ids ?? null, note: body.note ?? null };
      const target = { id: assessment.id, workspaceId: workspace.id };
      const { acknowledged } = await acknowledgeImpacts(services.database, tenant, target, input, command);
      const impacts = await listImpacts(services.database, tenant, assessment.id);
      const remaining = impacts.filter((impact) => impact.severity === 'critical' && !impact.acknowledged);
      return {
        status: 200,
        body: {
          acknowledged,
          critical_remaining: remaining.map(viewImpact),
          ocm_impacts: impacts.map(viewImpact),
        },
      };
    },
  }),
];

async function assessmentsPage(
  services: Services,
  tenant: TenantId,
  parent: { workspaceId: string; snapshotId?: string },
  path: string,
  query: PageQuery,
) {
  const limit = query.limit ?? defaultLimit;
  const [before = null] = (startOf(services, { path }, query) ?? []) as string[];
  const rows = await listAssessments(services.database, tenant, parent, { before, limit: limit + 1 });
  const page = pageOf(
    services,
    { path },
    limit,
    rows,
    (row) => [row.id],
    (row) => row,
  );
  return { ...page, data: await Promise.all(page.data.map((row) => summaryOf(services, tenant, row))) };
}
