import { DomainError } from '../../domain/errors.ts';
import { isOf, type Candidate } from '../../domain/planning/candidate.ts';
import { checkPlan, type ItemFacts } from '../../domain/planning/check.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Database } from '../../prisma/client.ts';
import { listPlannedSteps } from '../../prisma/store/steps.ts';
import { readCandidates } from './candidates.ts';

/** Has a plan checked against what its assessment says now; `plan_check_failed` with the first twenty faults. */
export function requireSound(steps: Parameters<typeof checkPlan>[0], candidates: readonly Candidate[]): void {
  const fault = faultOf(steps, candidates);
  if (fault) throw fault;
}

function faultOf(
  steps: Parameters<typeof checkPlan>[0],
  candidates: readonly Candidate[],
): DomainError | null {
  const faults = checkPlan(steps, new Map(candidates.map((each) => [each.item.id, factsOf(each)])));
  if (faults.length === 0) return null;
  return new DomainError('plan_check_failed', `The plan breaks its own rules: ${faults[0]?.message ?? ''}`, {
    members: { faults: faults.slice(0, 20) },
  });
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
  const left = new Set(steps.flatMap((step) => (step.reasonCode === 'out_of_scope' ? step.itemId : [])));
  const candidates = await readCandidates(database, tenant, plan, signal);
  // What is noted for a wave since the plan was built belongs to it when it is built again.
  const asBuilt = candidates.map((each) => ({ ...each, inScope: !left.has(each.item.id) }));
  return faultOf(steps, plan.scope.kind === 'wave' ? asBuilt : candidates);
}
