import type { TenantId } from '../../domain/ids.ts';
import { staleReason } from '../../domain/merge/stale.ts';
import type { Plan } from '../../domain/plan.ts';
import { listDecisions } from '../../prisma/store/mergeDecisions.ts';
import { reopenStale } from '../../prisma/store/previewFindings.ts';
import type { Preview } from '../../prisma/store/previews.ts';
import { readMatched } from '../assess/matchedResources.ts';
import type { ActivityDependencies } from '../dependencies.ts';

/** Decisions compared with the target in one go. */
const decisionBatch = 500;

/**
 * Looks whether what people decided on is still at the target as it was. A decision of which it is not is pending again,
 * with the reason, and the plan that was built by it is outdated.
 */
export async function reopenStaleDecisions(
  deps: ActivityDependencies,
  tenant: TenantId,
  plan: Pick<Plan, 'assessmentId'>,
  preview: Preview,
  temporalRunId: string,
  signal: AbortSignal,
): Promise<void> {
  const { database, now } = deps;
  for (let after: bigint | null = null; ;) {
    signal.throwIfAborted();
    const page = { after, limit: decisionBatch, status: 'resolved' as const };
    const decisions = await listDecisions(database, tenant, plan.assessmentId, page);
    const live = await readMatched(deps, tenant, decisions);
    const stale = decisions.flatMap((decision) => {
      const reason = staleReason(decision, live);
      return reason === null ? [] : [{ itemId: decision.itemId, version: decision.version, reason }];
    });
    await reopenStale(database, tenant, plan.assessmentId, preview, temporalRunId, stale, now());
    if (decisions.length < decisionBatch) return;
    after = decisions.at(-1)?.ordinal ?? null;
  }
}
