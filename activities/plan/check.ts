import { DomainError } from '../../domain/errors.ts';
import { isOf, type Candidate } from '../../domain/planning/candidate.ts';
import { checkPlan, type ItemFacts } from '../../domain/planning/check.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Database } from '../../prisma/client.ts';
import { listAssessedFacts } from '../../prisma/store/planning.ts';
import { listPlannedSteps } from '../../prisma/store/steps.ts';
import { linkKey } from '../../prisma/store/targetLinks.ts';
import { readRecords, scopeOf } from './candidates.ts';

/** Has a plan checked against what its assessment says now; `plan_check_failed` with the first twenty faults. */
export function requireSound(steps: Parameters<typeof checkPlan>[0], candidates: readonly Candidate[]): void {
  const fault = faultOf(steps, new Map(candidates.map((each) => [each.item.id, factsOf(each)])));
  if (fault) throw fault;
}

function faultOf(
  steps: Parameters<typeof checkPlan>[0],
  items: ReadonlyMap<string, ItemFacts>,
): DomainError | null {
  const faults = checkPlan(steps, items);
  if (faults.length === 0) return null;
  return new DomainError('plan_check_failed', `The plan breaks its own rules: ${faults[0]?.message ?? ''}`, {
    members: { faults: faults.slice(0, 20) },
  });
}

/** What the check goes by of an item that a plan is built of. */
export const factsOf = (candidate: Candidate): ItemFacts => ({
  compatibilityClass: candidate.compatibilityClass,
  targetContract: candidate.targetContract,
  needs: candidate.needs,
  appId: isOf(candidate.item, 'application')
    ? (candidate.item.normalized.entra?.app_id?.toLowerCase() ?? null)
    : null,
  decision: candidate.decision,
  link: candidate.link,
  appliedAs: candidate.applied?.resourceId ?? null,
  inScope: candidate.inScope,
});

/**
 * What the check has against a stored plan, before it is previewed and before it is applied: a `plan_check_failed`, or
 * null when it is sound. To be told when nothing has changed that the plan was built by: a change is not the plan's
 * fault.
 */
export async function faultOfStoredPlan(
  database: Database,
  tenant: TenantId,
  plan: Plan,
  signal: AbortSignal,
): Promise<DomainError | null> {
  const steps = await listPlannedSteps(database, tenant, plan.id);
  return faultOf(steps, await readFacts(database, tenant, plan, steps, signal));
}

/** Items read in one go. */
const readBatch = 2000;

/** The same of all items of a stored plan, read without what a plan is built of beside. */
export async function readFacts(
  database: Database,
  tenant: TenantId,
  plan: Plan,
  steps: Parameters<typeof checkPlan>[0],
  signal: AbortSignal,
): Promise<Map<string, ItemFacts>> {
  const { decisions, links, applied } = await readRecords(database, tenant, plan, signal);
  const inScope = plan.scope.kind === 'wave' ? scopeAsBuilt(steps) : await scopeOf(database, tenant, plan);
  const facts = new Map<string, ItemFacts>();
  for (let after = -1n; ;) {
    signal.throwIfAborted();
    const page = await listAssessedFacts(database, tenant, plan.assessmentId, { after, limit: readBatch });
    for (const { itemId, externalId, compatibilityClass, targetContract, needs, appId } of page) {
      facts.set(itemId, {
        compatibilityClass,
        targetContract,
        needs,
        appId: appId?.toLowerCase() ?? null,
        decision: decisions.get(itemId) ?? null,
        link: links.get(linkKey(targetContract, externalId)) ?? null,
        appliedAs: applied.get(itemId)?.resourceId ?? null,
        inScope: inScope(itemId),
      });
    }
    const last = page.at(-1);
    if (!last || page.length < readBatch) return facts;
    after = last.ordinal;
  }
}

/** What is noted for a wave since the plan was built belongs to it when it is built again. */
function scopeAsBuilt(steps: Parameters<typeof checkPlan>[0]): (itemId: string) => boolean {
  const left = new Set(steps.flatMap((step) => (step.reasonCode === 'out_of_scope' ? step.itemId : [])));
  return (itemId) => !left.has(itemId);
}
