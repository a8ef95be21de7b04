import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Step } from '../../domain/plan.ts';
import { isPlannable, type Resource, type TargetReference } from '../../domain/target.ts';
import type { Executor } from '../../prisma/client.ts';
import { resourcesOf } from '../../prisma/store/steps.ts';

/** What the steps before a step came to, by their ids; says which of those that it needs came to nothing. */
export async function resolveNeeds(
  db: Executor,
  tenant: TenantId,
  step: Pick<Step, 'dependsOn'>,
): Promise<{ resources: Map<string, string | null>; missing: string[] }> {
  if (step.dependsOn.length === 0) return { resources: new Map(), missing: [] };
  const resources = await resourcesOf(db, tenant, step.dependsOn);
  return { resources, missing: step.dependsOn.filter((id) => !resources.get(id)) };
}

/** What a step is to make, with the resources that earlier steps made or bound in the place of those steps. */
export function resourceOf(
  { targetContract: contract, targetPayload: payload }: Pick<Step, 'targetContract' | 'targetPayload'>,
  resources: ReadonlyMap<string, string | null>,
): Resource {
  if (!payload || !isPlannable(contract)) {
    throw new DomainError('plan_check_failed', 'A planned step has nothing to write.');
  }
  const resolve = (reference: TargetReference) => {
    if ('resource_id' in reference) return reference;
    const id = resources.get(reference.step_id);
    if (!id) throw new DomainError('plan_check_failed', 'A step refers to one that it does not depend on.');
    return { resource_id: id };
  };
  if ('provider' in payload) {
    const provider = resolve(payload.provider);
    return { contract: 'federation_routing_rule', payload: { ...payload, provider } };
  }
  if ('application' in payload) {
    const ends = { application: resolve(payload.application), group: resolve(payload.group) };
    return { contract: 'tenant_app_assignment', payload: ends };
  }
  // That a step's payload is of its contract is the plan check's to see to.
  return { contract, payload } as Resource;
}
