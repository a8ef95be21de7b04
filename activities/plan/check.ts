import { DomainError } from '../../domain/errors.ts';
import { isOf, type Candidate } from '../../domain/planning/candidate.ts';
import { checkPlan, type ItemFacts } from '../../domain/planning/check.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan, Step } from '../../domain/plan.ts';
import type { Database } from '../../prisma/client.ts';
import { walkSteps } from '../../prisma/store/steps.ts';
import { readCandidates } from './candidates.ts';

/** Has a plan checked against what its assessment says now; `plan_check_failed` with the first twenty faults. */
export function requireSound(steps: Parameters<typeof checkPlan>[0], candidates: readonly Candidate[]): void {
  const faults = checkPlan(steps, new Map(candidates.map((each) => [each.item.id, factsOf(each)])));
  if (faults.length > 0) {
    throw new DomainError('plan_check_failed', `The plan breaks its own rules: ${faults[0]?.message ?? ''}`, {
      members: { faults: faults.slice(0, 20) },
    });
  }
}

const factsOf = (candidate: Candidate): ItemFacts => ({
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
 * Has a stored plan checked once more, before it is previewed and before it is applied; `plan_check_failed`. To be asked
 * when nothing has changed that the plan was built by: a change is not the plan's fault.
 */
export async function requireStoredPlanSound(
  database: Database,
  tenant: TenantId,
  plan: Plan,
  signal: AbortSignal,
): Promise<void> {
  const steps: Step[] = [];
  for await (const batch of walkSteps(database, tenant, plan.id)) steps.push(...batch);
  const left = new Set(steps.flatMap((step) => (step.reasonCode === 'out_of_scope' ? step.itemId : [])));
  const candidates = await readCandidates(database, tenant, plan, signal);
  // What is noted for a wave since the plan was built belongs to it when it is built again.
  const asBuilt = candidates.map((each) => ({ ...each, inScope: !left.has(each.item.id) }));
  requireSound(steps, plan.scope.kind === 'wave' ? asBuilt : candidates);
}
