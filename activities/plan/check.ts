import { DomainError } from '../../domain/errors.ts';
import { isOf, type Candidate } from '../../domain/planning/candidate.ts';
import { checkPlan, type ItemFacts } from '../../domain/planning/check.ts';

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
