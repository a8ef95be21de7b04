import type { LiveResource } from '../target.ts';
import type { MatchedResource, MergeContract, MergeDecision } from './decision.ts';
import { canonicalJson } from '../canonical.ts';
import { differencesOf, type Overlap } from './overlap.ts';

const nouns: Readonly<Record<MergeContract, string>> = {
  upstream_saml_provider: 'provider',
  federation_routing_rule: 'routing rule',
  tenant_group: 'group',
  tenant_oidc_application: 'application',
};

const named = (resource: MatchedResource): string =>
  `The ${nouns[resource.resource_type]} \u201c${resource.name}\u201d`;

/** Which of a row's resources a resolution stands on: the one that was chosen, or all that were decided against. */
export const reliedOn = ({
  matchedResources,
  matchedResourceId,
}: Pick<MergeDecision, 'matchedResources' | 'matchedResourceId'>): MatchedResource[] =>
  matchedResources.filter(
    (resource) => matchedResourceId === null || resource.resource_id === matchedResourceId,
  );

/**
 * Why a resolution no longer holds, from what the target has now (by resource id); null when it does. What changes by
 * itself (a group's number of members) is no part of a fingerprint and makes nothing stale.
 */
export function staleReason(
  decision: Pick<MergeDecision, 'matchedResources' | 'matchedResourceId'>,
  live: ReadonlyMap<string, LiveResource>,
): string | null {
  const reasons = reliedOn(decision).flatMap((was) => {
    const is = live.get(was.resource_id);
    if (!is) return [`${named(was)} is no longer at the target.`];
    if (is.fingerprint === was.fingerprint) return [];
    const fields = differencesOf(was.payload, is.payload).map((difference) => difference.field);
    return [`${named(was)} was changed at the target${fields.length > 0 ? `: ${fields.join(', ')}` : ''}.`];
  });
  return reasons.length === 0 ? null : reasons.join(' ');
}

/** What another look at the target makes of a row. */
export interface Refreshed extends Overlap {
  /** Why what was decided no longer holds; null when it does, or nothing was decided. */
  staleReason: string | null;
}

/**
 * Compares a row with what the target has now: what the item overlaps with, and by id each resource that the row names.
 * Null when nothing is to be written.
 */
export function refreshDecision(
  decision: Pick<MergeDecision, 'status' | 'matchedResources' | 'matchedResourceId' | 'similar'>,
  overlap: Overlap | null,
  live: ReadonlyMap<string, LiveResource>,
): Refreshed | null {
  const now = overlap ?? { matched: [], similar: [] };
  const was: Overlap = { matched: decision.matchedResources, similar: decision.similar };
  const reason = decision.status === 'resolved' ? staleReason(decision, live) : null;
  if (reason === null && canonicalJson(was) === canonicalJson(now)) return null;
  return { ...now, staleReason: reason };
}

/** Why a rule that was mapped to a live one no longer is, when something else was decided for its provider. */
export const providerDecidedOtherwise = (provider: string): string =>
  `Something else was decided for its provider \u201c${provider}\u201d.`;
