import type { TenantId } from '../../domain/ids.ts';
import type { MergeDecision } from '../../domain/merge/decision.ts';
import type { LiveResource } from '../../domain/target.ts';
import type { ActivityDependencies } from '../dependencies.ts';

/** Every resource that decisions name, as it is now; one that is gone is not in the answer. */
export async function readMatched(
  { database, runtime }: Pick<ActivityDependencies, 'database' | 'runtime'>,
  tenant: TenantId,
  decisions: readonly MergeDecision[],
): Promise<Map<string, LiveResource>> {
  const live = new Map<string, LiveResource>();
  for (const contract of new Set(decisions.map((decision) => decision.contract))) {
    const ids = decisions
      .filter((decision) => decision.contract === contract)
      .flatMap((decision) => decision.matchedResources.map((resource) => resource.resource_id));
    for (const resource of await runtime.read(database, tenant, contract, [...new Set(ids)]))
      live.set(resource.resourceId, resource);
  }
  return live;
}
