import type { AssessmentStatus } from '../../domain/assessment.ts';
import {
  handoffBlockers,
  handoffStatus,
  type HandoffBlocker,
  type HandoffStatus,
} from '../../domain/handoff.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Executor } from '../client.ts';
import { pendingDecisions } from './mergeDecisions.ts';
import type { Workspace } from './workspaces.ts';

/** How far a source's migration has come: the guide's summary fields. */
export interface SourceState {
  ocmStatus: 'not_assessed' | 'no_changes' | 'changes_identified';
  ocmReviewStatus: 'not_assessed' | 'not_required' | 'pending' | 'acknowledged';
  unavoidableChangeCount: number;
  /** Of the newest run, whatever came of it. */
  assessmentStatus: 'not_started' | AssessmentStatus;
  latestAssessmentStartedAt: Date | null;
  latestAssessmentCompletedAt: Date | null;
  mergeReviewStatus: 'not_applicable' | 'not_assessed' | 'not_required' | 'pending' | 'resolved';
  pendingMergeDecisionCount: number;
  resolvedMergeDecisionCount: number;
  handoffStatus: HandoffStatus;
  handoffBlockers: HandoffBlocker[];
}

export interface WorkspaceSummary extends SourceState {
  sourceCount: number;
  configuredSourceCount: number;
  sources: (SourceState & { sourceId: string; name: string })[];
}

/** Computes a workspace's summary from the rows as they are; over several sources the worst status and summed counts. */
export async function readSummary(
  db: Executor,
  tenant: TenantId,
  workspace: Workspace,
): Promise<WorkspaceSummary> {
  const sources = await db.source.findMany({
    where: { tenantId: tenant, workspaceId: workspace.id },
    orderBy: { id: 'asc' },
    select: { id: true, name: true, status: true },
  });
  const configured = sources.filter((source) => source.status === 'configured');
  const states = await Promise.all(
    sources.map(async (source) => ({
      sourceId: source.id,
      name: source.name,
      ...(await readState(db, tenant, workspace, source)),
    })),
  );
  const living = states.filter((state) => configured.some((source) => source.id === state.sourceId));
  return {
    sourceCount: sources.length,
    configuredSourceCount: configured.length,
    ...combine(living, workspace),
    sources: states,
  };
}

async function readState(
  db: Executor,
  tenant: TenantId,
  workspace: Workspace,
  source: { id: string; status: string },
): Promise<SourceState> {
  const of = { tenantId: tenant, sourceId: source.id };
  const [newest, completed] = await Promise.all([
    db.assessment.findFirst({ where: of, orderBy: { id: 'desc' }, include: { run: true } }),
    db.assessment.findFirst({
      where: { ...of, status: 'completed' },
      orderBy: { id: 'desc' },
      include: { run: true },
    }),
  ]);
  const impacts = completed
    ? await db.impact.findMany({
        where: { tenantId: tenant, assessmentId: completed.id },
        select: { id: true, unavoidable: true, acknowledgedAt: true },
        orderBy: { id: 'asc' },
      })
    : [];
  const open = impacts.filter((impact) => impact.acknowledgedAt === null).map((impact) => impact.id);
  const [pending, resolved] = completed
    ? await Promise.all([
        pendingDecisions(db, tenant, completed.id),
        db.mergeDecision.count({
          where: { tenantId: tenant, assessmentId: completed.id, status: 'resolved' },
        }),
      ])
    : [{ count: 0, ids: [] }, 0];
  const blockers = completed
    ? handoffBlockers({
        assessmentId: completed.id,
        assessmentStatus: 'completed',
        latestCompletedId: completed.id,
        unacknowledgedImpacts: open,
        pendingDecisions: pending,
        workspaceArchived: workspace.status === 'archived',
        sourceArchived: source.status === 'archived',
      })
    : notAssessed;
  return {
    ocmStatus: !completed ? 'not_assessed' : impacts.length === 0 ? 'no_changes' : 'changes_identified',
    ocmReviewStatus: !completed
      ? 'not_assessed'
      : impacts.length === 0
        ? 'not_required'
        : open.length > 0
          ? 'pending'
          : 'acknowledged',
    unavoidableChangeCount: impacts.filter((impact) => impact.unavoidable).length,
    assessmentStatus: (newest?.status ?? 'not_started') as SourceState['assessmentStatus'],
    latestAssessmentStartedAt: newest?.run.startedAt ?? null,
    latestAssessmentCompletedAt: completed?.run.endedAt ?? null,
    mergeReviewStatus:
      workspace.mode !== 'merge_into_existing'
        ? 'not_applicable'
        : !completed
          ? 'not_assessed'
          : pending.count > 0
            ? 'pending'
            : resolved > 0
              ? 'resolved'
              : 'not_required',
    pendingMergeDecisionCount: pending.count,
    resolvedMergeDecisionCount: resolved,
    handoffStatus: handoffStatus(blockers),
    handoffBlockers: blockers,
  };
}

const notAssessed: HandoffBlocker[] = [{ code: 'assessment_not_completed', count: 1, ids: [] }];

/** Worst first. */
const order = {
  ocmStatus: ['changes_identified', 'not_assessed', 'no_changes'],
  ocmReviewStatus: ['pending', 'not_assessed', 'acknowledged', 'not_required'],
  assessmentStatus: ['failed', 'assessing', 'not_started', 'completed'],
  mergeReviewStatus: ['pending', 'not_assessed', 'resolved', 'not_required', 'not_applicable'],
} as const;

function worst<Value extends string>(
  values: readonly Value[],
  worstFirst: readonly Value[],
  none: Value,
): Value {
  return worstFirst.find((value) => values.includes(value)) ?? none;
}

function combine(states: readonly SourceState[], workspace: Workspace): SourceState {
  const blockers =
    states.length === 0 ? notAssessed : addBlockers(states.flatMap((state) => state.handoffBlockers));
  return {
    ocmStatus: worst(
      states.map((state) => state.ocmStatus),
      order.ocmStatus,
      'not_assessed',
    ),
    ocmReviewStatus: worst(
      states.map((state) => state.ocmReviewStatus),
      order.ocmReviewStatus,
      'not_assessed',
    ),
    unavoidableChangeCount: sum(states.map((state) => state.unavoidableChangeCount)),
    assessmentStatus: worst(
      states.map((state) => state.assessmentStatus),
      order.assessmentStatus,
      'not_started',
    ),
    latestAssessmentStartedAt: latest(states.map((state) => state.latestAssessmentStartedAt)),
    latestAssessmentCompletedAt: latest(states.map((state) => state.latestAssessmentCompletedAt)),
    mergeReviewStatus: worst(
      states.map((state) => state.mergeReviewStatus),
      order.mergeReviewStatus,
      workspace.mode === 'merge_into_existing' ? 'not_assessed' : 'not_applicable',
    ),
    pendingMergeDecisionCount: sum(states.map((state) => state.pendingMergeDecisionCount)),
    resolvedMergeDecisionCount: sum(states.map((state) => state.resolvedMergeDecisionCount)),
    handoffStatus: handoffStatus(blockers),
    handoffBlockers: blockers,
  };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

const latest = (times: readonly (Date | null)[]): Date | null =>
  times.reduce((a, b) => (a !== null && (b === null || a > b) ? a : b), null);

function addBlockers(blockers: readonly HandoffBlocker[]): HandoffBlocker[] {
  const codes = [...new Set(blockers.map((blocker) => blocker.code))];
  return codes.map((code) => {
    const alike = blockers.filter((blocker) => blocker.code === code);
    return {
      code,
      count: alike.reduce((sum, blocker) => sum + blocker.count, 0),
      ids: alike.flatMap((blocker) => blocker.ids).slice(0, 100),
    };
  });
}
