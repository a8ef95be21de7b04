import { canonicalJson } from '../canonical.ts';
import { entityIdKey, groupNameKey, type LiveResource } from '../target.ts';
import type { Difference, MatchedResource, MatchKey, Resemblance, SimilarResource } from './decision.ts';
import { mixesScripts, namesToLookUp } from './names.ts';
import type { SourceSide } from './source.ts';

export interface Overlap {
  /** By resource id, so that the same finding is the same text. */
  matched: MatchedResource[];
  similar: SimilarResource[];
}

/**
 * The natural keys (`contract:key`) under which the target may hold what the item is, each with the key by which it
 * would match. `redirectsKey` stands for the item's set of redirect URIs; null when the set tells it from no other.
 */
export function matchKeysOf(source: SourceSide, redirectsKey: string | null): Map<string, MatchKey> {
  const key = (value: string, by: MatchKey) => [`${source.contract}:${value}`, by] as const;
  switch (source.contract) {
    case 'upstream_saml_provider':
      return new Map([key(source.payload.entity_id, 'entity_id')]);
    case 'federation_routing_rule':
      return new Map(source.payload.domains.map((domain) => key(domain, 'domains')));
    case 'tenant_group':
      // Who reads a name of mixed scripts reads another than the one that is compared.
      return new Map(
        mixesScripts(source.payload.name) ? [] : [key(groupNameKey(source.payload.name), 'name')],
      );
    case 'tenant_oidc_application':
      return new Map([
        ...(source.payload.client_id === '' ? [] : [key(source.payload.client_id, 'client_id')]),
        ...(redirectsKey === null ? [] : [[redirectsKey, 'redirect_uris'] as const]),
      ]);
  }
}

/** What to look for at the target that may look like the item without being it. */
export function resemblancesToLookUp(source: SourceSide): { names: string[]; entityIds: string[] } {
  switch (source.contract) {
    case 'upstream_saml_provider':
      return { names: namesToLookUp(source.payload.name), entityIds: [source.payload.entity_id] };
    case 'tenant_oidc_application':
      return { names: namesToLookUp(source.payload.name), entityIds: [] };
    case 'tenant_group':
      return {
        names: mixesScripts(source.payload.name) ? namesToLookUp(source.payload.name) : [],
        entityIds: [],
      };
    case 'federation_routing_rule':
      return { names: [], entityIds: [] };
  }
}

/**
 * What an item collides with and what only looks like it; null when there is neither. `live` holds what the target has
 * under each of the item's keys, `alike` whatever may resemble it, of other items too.
 */
export function overlapOf(
  source: SourceSide,
  keys: ReadonlyMap<string, MatchKey>,
  live: ReadonlyMap<string, readonly LiveResource[]>,
  alike: readonly LiveResource[],
): Overlap | null {
  const found = new Map<string, { resource: LiveResource; by: Set<MatchKey> }>();
  for (const [key, by] of keys) {
    for (const resource of live.get(key) ?? []) {
      const match = found.get(resource.resourceId) ?? { resource, by: new Set<MatchKey>() };
      found.set(resource.resourceId, { resource, by: match.by.add(by) });
    }
  }
  const matched = [...found.values()].map(({ resource, by }) => matchedResource(source, resource, [...by]));
  const similar = alike
    .filter((resource) => resource.contract === source.contract && !found.has(resource.resourceId))
    .flatMap((resource) => similarResource(source, resource));
  if (matched.length === 0 && similar.length === 0) return null;
  return { matched: byId(matched), similar: byId(similar) };
}

const byId = <Resource extends { resource_id: string }>(resources: Resource[]): Resource[] =>
  resources.sort((a, b) => (a.resource_id < b.resource_id ? -1 : 1));

const matchedResource = (source: SourceSide, live: LiveResource, by: MatchKey[]): MatchedResource => ({
  resource_type: source.contract,
  resource_id: live.resourceId,
  name: live.name,
  match_keys: by,
  differences: differencesOf(source.payload, live.payload),
  group: live.group,
  fingerprint: live.fingerprint,
  payload: live.payload,
});

function similarResource(source: SourceSide, live: LiveResource): SimilarResource[] {
  const resembles: Resemblance[] = [];
  const mixed = mixesScripts(source.payload.name);
  const names = namesToLookUp(source.payload.name).map(groupNameKey);
  if (source.contract !== 'federation_routing_rule' && names.includes(groupNameKey(live.name)))
    resembles.push(mixed ? 'mixed_script_name' : 'name');
  if (
    source.contract === 'upstream_saml_provider' &&
    live.contract === 'upstream_saml_provider' &&
    entityIdKey(live.payload.entity_id) === entityIdKey(source.payload.entity_id)
  )
    resembles.push('entity_id');
  if (resembles.length === 0) return [];
  return [{ resource_type: source.contract, resource_id: live.resourceId, name: live.name, resembles }];
}

/** What the target says of itself, or by ids of its own: nothing that the incumbent could agree on. */
const targetsOwn: ReadonlySet<string> = new Set(['service_provider', 'provider']);

/**
 * Members of the two that differ, in the order of the alphabet. A list is compared as the set of its values: none of
 * the members has an order that means anything.
 */
export function differencesOf(
  source: Readonly<Record<string, unknown>>,
  target: Readonly<Record<string, unknown>>,
): Difference[] {
  return [...new Set([...Object.keys(source), ...Object.keys(target)])]
    .filter((field) => !targetsOwn.has(field) && comparable(source[field]) !== comparable(target[field]))
    .sort()
    .map((field) => ({ field, source_value: source[field] ?? null, target_value: target[field] ?? null }));
}

const comparable = (value: unknown): string =>
  canonicalJson(
    Array.isArray(value) ? [...new Set(value.map((each) => canonicalJson(each)))].sort() : (value ?? null),
  );

/** Redirect-set of applications that more than one application has; such a set tells none of them from another. */
export class RedirectSets {
  readonly #owners = new Map<string, string>();
  readonly #shared = new Set<string>();

  /** Two items of one application (a registration and its service principal) are the same owner. */
  add(set: string, owner: string): void {
    const former = this.#owners.get(set);
    if (former === undefined) this.#owners.set(set, owner);
    else if (former !== owner) this.#shared.add(set);
  }

  isShared(set: string): boolean {
    return this.#shared.has(set);
  }
}
