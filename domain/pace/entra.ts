import type { Budget, Charge, VendorPace } from './vendor.ts';

/**
 * Microsoft Graph's limits of an application in one tenant. It announces none of them: the numbers are documented,
 * those of directory objects for the smallest tenants. https://learn.microsoft.com/graph/throttling-limits
 */
const documented = (name: string, units: number, windowMs: number): Budget => ({
  name,
  units,
  windowMs,
  announced: false,
});

const directory = documented('directory objects', 3_500, 10_000);
// One a second for all applications of the tenant together. A tenth is added for requests that catch each other up.
const conditionalAccess = documented('conditional access', 1, 1_100);
const identityProviders = documented('identity providers', 200, 60_000);
/** Asking for keyCredentials by name: https://learn.microsoft.com/graph/api/application-list */
const keyCredentials = documented('key credentials', 150, 60_000);

/** Resource units by path; what is not here costs one. */
const costs: readonly [RegExp, number][] = [
  [/^\/applications$/, 2],
  [/^\/groups\/[^/]+\/members\b/, 3],
  [/^\/(?:groups|servicePrincipals)\/[^/]+\/(?:transitive|owned)/, 2],
];

/** Units of a directory request: $select saves one, $expand costs one, a page of fewer than 20 saves one. */
function resourceUnits(below: string, query: URLSearchParams): number {
  const base = costs.find(([pattern]) => pattern.test(below))?.[1] ?? 1;
  const top = query.get('$top');
  const saved = (query.has('$select') ? 1 : 0) + (top !== null && Number(top) < 20 ? 1 : 0);
  return Math.max(1, base + (query.has('$expand') ? 1 : 0) - saved);
}

export const entraPace: VendorPace = {
  vendor: 'Microsoft Graph',
  simultaneous: null,
  chargesFor(path): Charge[] {
    const [whole = '', search = ''] = path.split('?', 2);
    const below = whole.replace(/^\/(?:v1\.0|beta)(?=\/)/, '');
    const query = new URLSearchParams(search);
    if (below.startsWith('/identity/conditionalAccess/')) return [{ budget: conditionalAccess, units: 1 }];
    if (/^\/(?:identity\/)?identityProviders\b/.test(below)) return [{ budget: identityProviders, units: 1 }];
    const charges = [{ budget: directory, units: resourceUnits(below, query) }];
    const selected = query.get('$select')?.split(',') ?? [];
    return selected.includes('keyCredentials') ? [...charges, { budget: keyCredentials, units: 1 }] : charges;
  },
};
