import type { Charge, VendorPace } from './vendor.ts';

/**
 * Okta counts requests a minute for each pattern of URLs. Listings below an application fall under one documented
 * limit ("all other endpoints of the form /api/v1/apps/*"). How many there are depends on what the org has bought and
 * stands in the headers of every answer; until the first, the least that was ever seen (an Integrator org's /apps) is
 * assumed. https://developer.okta.com/docs/reference/rl-global-mgmt/
 */
const leastSeen = 10;
const windowMs = 60_000;

/**
 * Patterns with an id in them, the most specific first. Any other path of the API is a limit of its own.
 */
const patterns: readonly [RegExp, string][] = [
  [/^\/apps\/[^/]+\/.+$/, '/apps/{id}/*'],
  [/^\/apps\/[^/]+$/, '/apps/{id}'],
  [/^\/groups\/rules$/, '/groups/rules'],
  [/^\/groups\/[^/]+\/.+$/, '/groups/{id}/*'],
  [/^\/groups\/[^/]+$/, '/groups/{id}'],
  [/^\/idps\/credentials\/.+$/, '/idps/credentials/*'],
  [/^\/idps\/[^/]+(?:\/.+)?$/, '/idps/{id}'],
  [/^\/policies\/[^/]+\/mappings$/, '/policies/{id}/mappings'],
  [/^\/policies\/[^/]+\/rules$/, '/policies/{id}/rules'],
  [/^\/policies\/[^/]+(?:\/.+)?$/, '/policies/{id}'],
  [/^\/authorizationServers\/.+$/, '/authorizationServers/{id}/*'],
];

export const oktaPace: VendorPace = {
  vendor: 'Okta',
  // 75 in most orgs, 35 in an Integrator org; no header says which. https://developer.okta.com/docs/reference/rl2-limits/
  simultaneous: 35,
  chargesFor(path): Charge[] {
    const below = path.replace(/[?#].*$/, '').replace(/^\/api\/v1(?=\/)/, '');
    const name = patterns.find(([pattern]) => pattern.test(below))?.[1] ?? below;
    return [{ budget: { name, units: leastSeen, windowMs, announced: true }, units: 1 }];
  },
};
