import assert from 'node:assert/strict';
import { COLLECTION_NAMES, type CollectionName } from '../../../simulators/okta/collections.ts';
import { unreachableObjects, type OktaTenantData } from '../../../simulators/okta/data.ts';
import { relinked, textMember, type OktaObject } from '../../../simulators/okta/members.ts';
import { withOrg, type Org } from './support.ts';

type Served = Record<CollectionName, OktaObject[]>;

const distinct = (objects: readonly OktaObject[], member: string): string[] => [
  ...new Set(objects.map((object) => String(object[member]))),
];

/** Reads everything a simulator has, by the requests an inventory makes. */
async function readAll({ get, pages }: Org, data: OktaTenantData): Promise<Served> {
  const list = async (path: string): Promise<OktaObject[]> => (await pages(path)).flat();
  const each = async (parents: readonly string[], path: (id: string) => string): Promise<OktaObject[]> =>
    (await Promise.all(parents.map((id) => list(path(id))))).flat();
  const one = async (path: string, there: boolean): Promise<OktaObject[]> =>
    there ? [(await get(path)).body as OktaObject] : [];

  const apps = await list('/api/v1/apps?limit=200');
  const appIds = distinct(apps, 'id');
  const provisioned = apps.filter(({ features }) => Array.isArray(features) && features.length > 0);
  const idps = await list('/api/v1/idps');
  const policies = await each(distinct(data.policies, 'type'), (type) => `/api/v1/policies?type=${type}`);
  const policyIds = distinct(policies, 'id');
  const servers = await list('/api/v1/authorizationServers');
  const ofServer = (kind: string): Promise<OktaObject[]> =>
    each(distinct(servers, 'id'), (id) => `/api/v1/authorizationServers/${id}/${kind}`);
  const serverPolicies = await ofServer('policies');
  return {
    apps,
    appFeatures: await each(distinct(provisioned, 'id'), (id) => `/api/v1/apps/${id}/features`),
    appGrants: await each(appIds, (id) => `/api/v1/apps/${id}/grants`),
    appGroups: await each(appIds, (id) => `/api/v1/apps/${id}/groups?limit=200`),
    appKeys: await each(appIds, (id) => `/api/v1/apps/${id}/credentials/keys`),
    appUsers: await each(appIds, (id) => `/api/v1/apps/${id}/users?limit=500`),
    authorizationServers: servers,
    authorizationServerClaims: await ofServer('claims'),
    authorizationServerPolicies: serverPolicies,
    authorizationServerPolicyRules: await each(
      serverPolicies.map((policy) => textMember(policy, '_links.rules.href') ?? ''),
      (href) => href,
    ),
    authorizationServerScopes: await ofServer('scopes'),
    domains: ((await get('/api/v1/domains')).body as { domains: OktaObject[] }).domains,
    emailDomains: await list('/api/v1/email-domains'),
    eventHooks: await list('/api/v1/eventHooks'),
    groupRules: await list('/api/v1/groups/rules'),
    groups: await list('/api/v1/groups?limit=200'),
    // Routing rules have a file of their own and come out among the rules of their policy.
    idpDiscoveryRules: [],
    idpKeys: await list('/api/v1/idps/credentials/keys'),
    idps,
    idpSigningKeys: await each(distinct(idps, 'id'), (id) => `/api/v1/idps/${id}/credentials/keys`),
    inlineHooks: await list('/api/v1/inlineHooks'),
    logStreams: await list('/api/v1/logStreams'),
    org: await one('/api/v1/org', data.org.length > 0),
    orgMetadata: await one('/.well-known/okta-organization', data.orgMetadata.length > 0),
    policies,
    policyMappings: await each(policyIds, (id) => `/api/v1/policies/${id}/mappings`),
    policyRules: await each(policyIds, (id) => `/api/v1/policies/${id}/rules`),
    zones: await list('/api/v1/zones'),
  };
}

/** An object without the host of its links, which the simulator replaces, and without what must be asked for. */
function comparable(object: OktaObject): string {
  const { _embedded, ...bare } = relinked(object, 'https://org.example') as OktaObject;
  return JSON.stringify(
    _embedded !== undefined && !('stats' in (_embedded as object)) ? { ...bare, _embedded } : bare,
  );
}

/** Serves a tenant and asserts that each object comes out as often as it is in, unless nothing leads to it. */
export async function assertServedWhole(data: OktaTenantData): Promise<void> {
  const lost = new Set(unreachableObjects(data).map(({ collection, index }) => `${collection} ${index}`));
  const reachable = (name: CollectionName): OktaObject[] =>
    data[name].filter((_, index) => !lost.has(`${name} ${index}`));
  const expected: Served = Object.fromEntries(
    COLLECTION_NAMES.map((name) => [name, reachable(name)]),
  ) as Served;
  expected.policyRules.push(...expected.idpDiscoveryRules.splice(0));

  await withOrg({ data, rateLimit: 1_000_000 }, async (org) => {
    const served = await readAll(org, data);
    for (const name of COLLECTION_NAMES) {
      assert.deepEqual(served[name].map(comparable).sort(), expected[name].map(comparable).sort(), name);
    }
  });
}
