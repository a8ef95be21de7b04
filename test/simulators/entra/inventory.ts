import assert from 'node:assert/strict';
import {
  COLLECTION_NAMES,
  withoutParent,
  type CollectionName,
  type EntraObject,
} from '../../../simulators/entra/collections.ts';
import { unreachableObjects, type EntraTenantData } from '../../../simulators/entra/data.ts';
import { withTenant, type Served } from './support.ts';

type Inventory = Record<CollectionName, EntraObject[]>;

const distinct = (objects: readonly EntraObject[], by = 'id'): string[] => [
  ...new Set(objects.map((object) => String(object[by]))),
];

/** Reads everything a simulator has, by the requests an inventory makes. */
async function readAll({ get, pages }: Served): Promise<Inventory> {
  const list = async (path: string): Promise<EntraObject[]> => (await pages(path)).flat();
  const each = async (
    parents: readonly EntraObject[],
    path: (id: string) => string,
  ): Promise<EntraObject[]> =>
    (await Promise.all(distinct(parents).map((id) => list(path(encodeURIComponent(id)))))).flat();

  const applications = await list('/applications?$top=999');
  const servicePrincipals = await list('/servicePrincipals?$top=999');
  const groups = await list('/groups?$top=999');
  const domains = await list('/domains');
  const federated = domains.filter(
    ({ authenticationType, isRoot }) => authenticationType === 'Federated' && isRoot !== false,
  );
  const claimsMappingPolicies = await list('/policies/claimsMappingPolicies');
  const homeRealmDiscoveryPolicies = await list('/policies/homeRealmDiscoveryPolicies');
  const assignments = [
    ...(await each(servicePrincipals, (id) => `/servicePrincipals/${id}/appRoleAssignedTo?$top=999`)),
    ...(await each(servicePrincipals, (id) => `/servicePrincipals/${id}/appRoleAssignments`)),
  ];
  const defaults = await get('/policies/identitySecurityDefaultsEnforcementPolicy');
  return {
    applications,
    // One whose both ends are here comes from both sides.
    appRoleAssignedTo: [...new Map(assignments.map((object) => [object.id, object])).values()],
    claimsMappingPolicies,
    claimsMappingPolicyAppliesTo: await each(
      claimsMappingPolicies,
      (id) => `/policies/claimsMappingPolicies/${id}/appliesTo`,
    ),
    conditionalAccessPolicies: await list('/identity/conditionalAccess/policies'),
    crossTenantAccessPolicyPartners: await list('/policies/crossTenantAccessPolicy/partners'),
    domainFederationConfigurations: await each(federated, (id) => `/domains/${id}/federationConfiguration`),
    domains,
    federatedIdentityCredentials: await each(
      applications,
      (id) => `/applications/${id}/federatedIdentityCredentials`,
    ),
    groupMembers: await each(groups, (id) => `/groups/${id}/members/microsoft.graph.group`),
    groups,
    homeRealmDiscoveryPolicies,
    homeRealmDiscoveryPolicyAppliesTo: await each(
      homeRealmDiscoveryPolicies,
      (id) => `/policies/homeRealmDiscoveryPolicies/${id}/appliesTo`,
    ),
    identityProviders: await list('/identity/identityProviders'),
    identitySecurityDefaultsEnforcementPolicy: defaults.status === 200 ? [defaults.body] : [],
    namedLocations: await list('/identity/conditionalAccess/namedLocations'),
    oauth2PermissionGrants: await list('/oauth2PermissionGrants'),
    organization: await list('/organization'),
    samlOrWsFedExternalDomainFederations: await list(
      '/directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation?$expand=domains',
    ),
    servicePrincipals,
    synchronizationJobs: await each(
      servicePrincipals,
      (id) => `/servicePrincipals/${id}/synchronization/jobs`,
    ),
  };
}

/** Members that come only to who asks for them by name: `$select` has tests of its own. */
const ONLY_ON_SELECT = [
  'assignedLicenses',
  'assignedLabels',
  'allowExternalSenders',
  'autoSubscribeNewMembers',
];
const REFERENCES: readonly CollectionName[] = [
  'claimsMappingPolicyAppliesTo',
  'groupMembers',
  'homeRealmDiscoveryPolicyAppliesTo',
];

/** What can be compared of an object: of a reference its id, of any other all that a plain request shows. */
function comparable(collection: CollectionName, object: EntraObject): string {
  if (REFERENCES.includes(collection)) return String(object.id);
  const members = Object.entries(withoutParent(collection, object))
    .filter(([name]) => name !== '@odata.context' && !ONLY_ON_SELECT.includes(name))
    .map(([name, value]) => [name, name === 'keyCredentials' ? withoutValues(value) : value]);
  return JSON.stringify(members.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

function withoutValues(keys: unknown): unknown {
  return (keys as EntraObject[]).map((key) => ('key' in key ? { ...key, key: null } : key));
}

/** Serves a tenant and asserts that each object comes out as often as it is in, unless nothing leads to it. */
export async function assertServedWhole(data: EntraTenantData): Promise<void> {
  const lost = new Set(unreachableObjects(data).map(({ collection, index }) => `${collection} ${index}`));
  await withTenant({ data, limitScale: Infinity }, async (served) => {
    const found = await readAll(served);
    for (const name of COLLECTION_NAMES) {
      const expected = data[name].filter((_, index) => !lost.has(`${name} ${index}`));
      const texts = (objects: readonly EntraObject[]): string[] =>
        objects.map((object) => comparable(name, object)).sort();
      assert.deepEqual(texts(found[name]), texts(expected), name);
    }
  });
}
