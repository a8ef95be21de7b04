import { z } from 'zod';

export const handoffStatuses = ['not_ready', 'ready_for_future_preview'] as const;
export type HandoffStatus = (typeof handoffStatuses)[number];

export const handoffBlockerCodes = [
  'assessment_not_completed',
  'assessment_superseded',
  'ocm_unacknowledged',
  'merge_decisions_pending',
  'workspace_archived',
  'source_archived',
] as const;
export type HandoffBlockerCode = (typeof handoffBlockerCodes)[number];

/** Why a cutover may not be planned yet: how many of what, and the ids of the first hundred. */
export const HandoffBlocker = z.strictObject({
  code: z.enum(handoffBlockerCodes),
  count: z.int(),
  ids: z.array(z.string()).max(100),
});
export type HandoffBlocker = z.infer<typeof HandoffBlocker>;

export interface Handoff {
  status: HandoffStatus;
  blockers: HandoffBlocker[];
  warnings: { code: 'newer_snapshot' | 'snapshot_old'; message: string }[];
}

export interface HandoffInput {
  assessmentId: string;
  assessmentStatus: 'assessing' | 'completed' | 'failed';
  /** The newest completed assessment of the same source. */
  latestCompletedId: string | null;
  unacknowledgedImpacts: readonly string[];
  /** Overlaps that nobody has decided: how many, and the first hundred; none where nothing is merged. */
  pendingDecisions: { count: number; ids: readonly string[] };
  workspaceArchived: boolean;
  sourceArchived: boolean;
}

/** What keeps an assessment from being planned; none means `ready_for_future_preview`. */
export function handoffBlockers(input: HandoffInput): HandoffBlocker[] {
  const blockers: HandoffBlocker[] = [];
  const block = (code: HandoffBlockerCode, ids: readonly string[], count = ids.length) =>
    blockers.push({ code, count, ids: ids.slice(0, 100) });
  if (input.workspaceArchived) block('workspace_archived', [input.assessmentId]);
  if (input.sourceArchived) block('source_archived', [input.assessmentId]);
  if (input.assessmentStatus !== 'completed') block('assessment_not_completed', [input.assessmentId]);
  else if (input.latestCompletedId !== input.assessmentId)
    block('assessment_superseded', [input.assessmentId]);
  if (input.unacknowledgedImpacts.length > 0) block('ocm_unacknowledged', input.unacknowledgedImpacts);
  const { count, ids } = input.pendingDecisions;
  if (count > 0) block('merge_decisions_pending', ids, count);
  return blockers;
}

export const handoffStatus = (blockers: readonly HandoffBlocker[]): HandoffStatus =>
  blockers.length === 0 ? 'ready_for_future_preview' : 'not_ready';
