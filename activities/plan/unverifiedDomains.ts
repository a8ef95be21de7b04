import type { TenantId } from '../../domain/ids.ts';
import type { TargetChange } from '../../domain/plan.ts';
import { routedDomains } from '../../domain/target.ts';
import type { Executor } from '../../prisma/client.ts';
import type { StepToApply } from '../../prisma/store/stepsToApply.ts';
import type { TargetRuntime } from '../runtime/target.ts';

/**
 * What is wrong at the target with the domains of rules that would be created there, by step: each must be verified for
 * the tenant, and none may be another's. Nothing where the target verifies no domains.
 */
export async function findUnverifiedDomains(
  db: Executor,
  tenant: TenantId,
  creates: readonly StepToApply[],
  runtime: TargetRuntime,
): Promise<(step: StepToApply) => TargetChange[]> {
  const domains = [...new Set(creates.flatMap(domainsOf))];
  const standings = domains.length > 0 ? await runtime.domainStandings(db, tenant, domains) : null;
  if (!standings) return () => [];
  return (step) =>
    domainsOf(step)
      .filter((domain) => standings.get(domain) !== 'verified')
      .map((domain) => notVerified(step, domain, standings.get(domain) === 'taken'));
}

const domainsOf = ({ targetPayload: payload }: StepToApply): string[] =>
  payload && 'domains' in payload ? routedDomains(payload) : [];

function notVerified(step: StepToApply, domain: string, taken: boolean): TargetChange {
  const message = taken
    ? `The domain ${domain} of \u201c${step.name}\u201d is another tenant\u2019s at the target; find out who may have it.`
    : `The domain ${domain} of \u201c${step.name}\u201d is not verified at the target; verify it there first.`;
  return {
    step_id: step.id,
    item_id: step.itemId,
    code: 'domain_not_verified',
    message,
    was: null,
    is: { domain, of_another_tenant: taken },
  };
}
