import { z } from 'zod';
import { assessmentStatuses } from '../../domain/assessment.ts';
import { HandoffBlocker, handoffStatuses } from '../../domain/handoff.ts';
import { workspaceModes, workspaceStatuses } from '../../domain/workspace.ts';
import type { SourceState, WorkspaceSummary } from '../../prisma/store/summary.ts';
import type { Workspace } from '../../prisma/store/workspaces.ts';
import { Time, time, timeOrNull } from './common.ts';

const state = {
  ocm_status: z.enum(['not_assessed', 'no_changes', 'changes_identified']),
  ocm_review_status: z.enum(['not_assessed', 'not_required', 'pending', 'acknowledged']),
  unavoidable_change_count: z.int(),
  assessment_status: z.enum(['not_started', ...assessmentStatuses]),
  latest_assessment_started_at: Time.nullable(),
  latest_assessment_completed_at: Time.nullable(),
  merge_review_status: z.enum(['not_applicable', 'not_assessed', 'not_required', 'pending', 'resolved']),
  pending_merge_decision_count: z.int(),
  resolved_merge_decision_count: z.int(),
  preview_handoff_status: z.enum(handoffStatuses),
  preview_handoff_blockers: z.array(HandoffBlocker),
};

/** Every field is always there: counts are 0 and times null where nothing has happened. */
export const SummaryView = z
  .strictObject({
    source_count: z.int(),
    configured_source_count: z.int(),
    ...state,
    sources: z.array(z.strictObject({ source_id: z.string(), name: z.string(), ...state })),
  })
  .meta({ id: 'WorkspaceSummary' });

export const WorkspaceView = z
  .strictObject({
    id: z.string(),
    tenant_id: z.string(),
    name: z.string(),
    mode: z.enum(workspaceModes),
    description: z.string().nullable(),
    status: z.enum(workspaceStatuses),
    created_by: z.string(),
    created_at: Time,
    archived_at: Time.nullable(),
    summary: SummaryView,
  })
  .meta({ id: 'Workspace' });

export const viewWorkspace = (workspace: Workspace, summary: WorkspaceSummary) => ({
  id: workspace.id,
  tenant_id: workspace.tenantId,
  name: workspace.name,
  mode: workspace.mode,
  description: workspace.description,
  status: workspace.status,
  created_by: workspace.createdBy.id,
  created_at: time(workspace.createdAt),
  archived_at: timeOrNull(workspace.archivedAt),
  summary: viewSummary(summary),
});

export const viewSummary = (summary: WorkspaceSummary) => ({
  source_count: summary.sourceCount,
  configured_source_count: summary.configuredSourceCount,
  ...viewState(summary),
  sources: summary.sources.map((source) => ({
    source_id: source.sourceId,
    name: source.name,
    ...viewState(source),
  })),
});

const viewState = (of: SourceState) => ({
  ocm_status: of.ocmStatus,
  ocm_review_status: of.ocmReviewStatus,
  unavoidable_change_count: of.unavoidableChangeCount,
  assessment_status: of.assessmentStatus,
  latest_assessment_started_at: timeOrNull(of.latestAssessmentStartedAt),
  latest_assessment_completed_at: timeOrNull(of.latestAssessmentCompletedAt),
  merge_review_status: of.mergeReviewStatus,
  pending_merge_decision_count: of.pendingMergeDecisionCount,
  resolved_merge_decision_count: of.resolvedMergeDecisionCount,
  preview_handoff_status: of.handoffStatus,
  preview_handoff_blockers: of.handoffBlockers,
});
