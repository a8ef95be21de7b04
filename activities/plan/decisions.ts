import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { MergeDecision } from '../../domain/merge/decision.ts';
import { refreshDecision, staleReason, type Refreshed } from '../../domain/merge/stale.ts';
import type { Plan } from '../../domain/plan.ts';
import { findItems } from '../../prisma/store/items.ts';
import { listDecisions, pendingDecisions } from '../../prisma/store/mergeDecisions.ts';
import { saveStale } from '../../prisma/store/overlaps.ts';
import { readMatched } from '../assess/matchedResources.ts';
import { OverlapFinder } from '../assess/overlapFinder.ts';
import type { ActivityDependencies } from '../dependencies.ts';

/** Decisions compared with the target in one go. */
const decisionBatch = 500;

/** Fences a write by the run that looks, and says who started that. */
type Hold = Parameters<typeof saveStale>[3];

/**
 * Looks whether what people decided on is still at the target as it was. A decision of which it is not is pending again,
 * with the reason. What an earlier cutover brought there needs no decision.
 */
export async function reopenStaleDecisions(
  deps: ActivityDependencies,
  tenant: TenantId,
  plan: Plan,
  hold: Hold,
  signal: AbortSignal,
): Promise<void> {
  const { database } = deps;
  let finder: OverlapFinder | null = null;
  for (let after: bigint | null = null; ;) {
    signal.throwIfAborted();
    const page = { after, limit: decisionBatch, status: 'resolved' as const };
    const decisions = await listDecisions(database, tenant, plan.assessmentId, page);
    const live = await readMatched(deps, tenant, decisions);
    const stale = decisions.filter((decision) => staleReason(decision, live) !== null);
    if (stale.length > 0) {
      finder ??= await openFinder(deps, tenant, plan, signal);
      const changed = await lookAgain(deps, tenant, finder, stale, live);
      await saveStale(database, tenant, plan.assessmentId, hold, changed, deps.now());
    }
    if (decisions.length < decisionBatch) return;
    after = decisions.at(-1)?.ordinal ?? null;
  }
}

/** The same before a plan is built, which waits until all is decided: `handoff_not_ready`. */
export async function requireFreshDecisions(
  deps: ActivityDependencies,
  tenant: TenantId,
  plan: Plan,
  hold: Hold,
  signal: AbortSignal,
): Promise<void> {
  await reopenStaleDecisions(deps, tenant, plan, hold, signal);
  const { count } = await pendingDecisions(deps.database, tenant, plan.assessmentId);
  if (count > 0) {
    throw new DomainError(
      'handoff_not_ready',
      'What some merge decisions stand on has changed at the target; decide again, and build the plan again.',
    );
  }
}

const openFinder = (
  { database, runtime }: ActivityDependencies,
  tenant: TenantId,
  plan: Plan,
  signal: AbortSignal,
) => OverlapFinder.open({ database, tenant, runtime, sourceId: plan.sourceId }, plan.snapshotId, signal);

async function lookAgain(
  { database }: ActivityDependencies,
  tenant: TenantId,
  finder: OverlapFinder,
  decisions: readonly MergeDecision[],
  live: Awaited<ReturnType<typeof readMatched>>,
): Promise<Map<string, Refreshed>> {
  const byItem = new Map(decisions.map((decision) => [decision.itemId, decision]));
  const items = await findItems(database, tenant, [...byItem.keys()]);
  const overlaps = await finder.find(
    items.flatMap((item) => {
      const decision = byItem.get(item.id);
      return decision ? [{ item, contract: decision.contract }] : [];
    }),
  );
  const changed = new Map<string, Refreshed>();
  for (const [itemId, overlap] of overlaps) {
    const decision = byItem.get(itemId);
    const change = decision && refreshDecision(decision, overlap, live);
    if (change) changed.set(itemId, change);
  }
  return changed;
}
