import { DomainError } from '../../domain/errors.ts';
import { handoffBlockers, type HandoffBlocker } from '../../domain/handoff.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { AssessmentStatus } from '../../domain/assessment.ts';
import type { Executor, Transaction } from '../client.ts';
import { unacknowledgedImpacts } from './impacts.ts';
import { pendingDecisions } from './mergeDecisions.ts';
import type { Workspace } from './workspaces.ts';

/** Computes what keeps an assessment from being planned, from the rows as they are now. */
export async function readBlockers(
  db: Executor,
  tenant: TenantId,
  workspace: Workspace,
  assessment: { id: string; sourceId: string },
): Promise<HandoffBlocker[]> {
  const [row, latest, source, unacknowledged, undecided] = await Promise.all([
    db.assessment.findFirst({ where: { tenantId: tenant, id: assessment.id }, select: { status: true } }),
    db.assessment.findFirst({
      where: { tenantId: tenant, sourceId: assessment.sourceId, status: 'completed' },
      orderBy: { id: 'desc' },
      select: { id: true },
    }),
    db.source.findFirst({ where: { tenantId: tenant, id: assessment.sourceId }, select: { status: true } }),
    unacknowledgedImpacts(db, tenant, assessment.id),
    pendingDecisions(db, tenant, assessment.id),
  ]);
  return handoffBlockers({
    assessmentId: assessment.id,
    assessmentStatus: (row?.status ?? 'failed') as AssessmentStatus,
    latestCompletedId: latest?.id ?? null,
    unacknowledgedImpacts: unacknowledged,
    pendingDecisions: undecided,
    workspaceArchived: workspace.status === 'archived',
    sourceArchived: source?.status === 'archived',
  });
}

/** Throws `handoff_not_ready` with the blockers unless the assessment may be planned, previewed and applied. */
export async function requireReady(
  tx: Transaction,
  tenant: TenantId,
  workspace: Workspace,
  assessment: { id: string; sourceId: string },
): Promise<void> {
  const blockers = await readBlockers(tx, tenant, workspace, assessment);
  if (blockers.length > 0) {
    throw new DomainError(
      'handoff_not_ready',
      'The assessment is not ready to be planned; see the blockers.',
      {
        members: { blockers },
      },
    );
  }
}
