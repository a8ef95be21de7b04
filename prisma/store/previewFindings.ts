import type { TenantId } from '../../domain/ids.ts';
import type { TargetChange } from '../../domain/plan.ts';
import type { PreviewWarning } from '../../domain/previewWarnings.ts';
import type { Database, Executor } from '../client.ts';
import { findAssessment } from './assessments.ts';
import { inTransaction } from './constraints.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import { appliedItems, decisionsOf, refuseWhileApplied, reopenDecision } from './mergeDecisions.ts';
import { holdPreview, type Preview } from './previews.ts';

/** What the incumbent says by now of what is planned. */
export interface SourceFindings {
  changes: readonly TargetChange[];
  warnings: readonly PreviewWarning[];
}

/** Keeps what was found at the source for the preview that runs; fenced. */
export async function saveSourceFindings(
  database: Database,
  tenant: TenantId,
  previewId: string,
  temporalRunId: string,
  findings: SourceFindings,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    await holdPreview(tx, tenant, previewId, temporalRunId);
    await tx.preview.update({ where: { id: previewId }, data: { sourceFindings: json(findings) } });
  });
}

/** What was found at the source; null while nobody could ask it. */
export async function findSourceFindings(
  db: Executor,
  tenant: TenantId,
  previewId: string,
): Promise<SourceFindings | null> {
  const row = await db.preview.findFirst({
    where: { tenantId: tenant, id: previewId },
    select: { sourceFindings: true },
  });
  return (row?.sourceFindings ?? null) as unknown as SourceFindings | null;
}

/**
 * Makes decisions pending again that no longer hold, in the name of whoever previews; fenced by the preview's run. One
 * that was applied, or decided anew since it was compared, stays. `apply_in_progress` while a plan of the assessment is
 * applied.
 */
export async function reopenStale(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  preview: Preview,
  temporalRunId: string,
  stale: readonly { itemId: string; version: number; reason: string }[],
  at: Date,
): Promise<void> {
  if (stale.length === 0) return;
  await inTransaction(database, async (tx) => {
    await lock(tx, tenant, 'assessment', assessmentId, 'write');
    await holdPreview(tx, tenant, preview.id, temporalRunId);
    await refuseWhileApplied(tx, tenant, assessmentId);
    const assessment = await findAssessment(tx, tenant, assessmentId);
    if (!assessment) return;
    const found = new Map(stale.map((each) => [each.itemId, each]));
    const applied = await appliedItems(tx, tenant, assessmentId, [...found.keys()]);
    const command = { actor: preview.run.startedBy, at, requestId: null };
    for (const decision of await decisionsOf(tx, tenant, assessmentId, [...found.keys()])) {
      const { version, reason = '' } = found.get(decision.itemId) ?? {};
      if (decision.version !== version || applied.has(decision.itemId)) continue;
      await reopenDecision(tx, tenant, assessment, decision, reason, command);
    }
  });
}
