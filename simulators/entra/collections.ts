import { isObject, textMember, type ApiObject } from '../members.ts';
import { named, type CollectionShape } from '../tenant.ts';

/** Every collection a tenant consists of. The file of one is its name: `servicePrincipals.json`. */
export const COLLECTION_NAMES = [
  'applications',
  'appRoleAssignedTo',
  'claimsMappingPolicies',
  'claimsMappingPolicyAppliesTo',
  'conditionalAccessPolicies',
  'crossTenantAccessPolicyPartners',
  'domainFederationConfigurations',
  'domains',
  'federatedIdentityCredentials',
  'groupMembers',
  'groups',
  'homeRealmDiscoveryPolicies',
  'homeRealmDiscoveryPolicyAppliesTo',
  'identityProviders',
  'identitySecurityDefaultsEnforcementPolicy',
  'namedLocations',
  'oauth2PermissionGrants',
  'organization',
  'samlOrWsFedExternalDomainFederations',
  'servicePrincipals',
  'synchronizationJobs',
] as const;

export type CollectionName = (typeof COLLECTION_NAMES)[number];

/** An object as Microsoft Graph returns it. */
export type EntraObject = ApiObject;

export interface EntraCollectionShape extends CollectionShape<CollectionName> {
  /** The member that names the parent is of the data set, not of Graph: it is left out of what is served. */
  hidesParent?: true;
}

/** A child that names its parent in a member that Graph does not have. */
function below(
  collection: CollectionName,
  noun: string,
  member: string,
): Pick<EntraCollectionShape, 'parent' | 'keyedBy' | 'hidesParent'> {
  return { parent: named(collection, noun, member), keyedBy: member, hidesParent: true };
}

/** Whether a domain signs its people in elsewhere. A managed one has no configuration, whatever the data says. */
export function isFederated(domain: EntraObject): boolean {
  return domain.authenticationType === 'Federated';
}

export const COLLECTIONS: Record<CollectionName, EntraCollectionShape> = {
  applications: { key: 'id', noun: 'application' },
  appRoleAssignedTo: {
    key: 'id',
    noun: 'app role assignment',
    parent: named('servicePrincipals', 'service principal', 'resourceId'),
    alsoBelow: named('servicePrincipals', 'service principal', 'principalId'),
    keyedBy: 'resourceId',
  },
  claimsMappingPolicies: { key: 'id', noun: 'claims mapping policy' },
  claimsMappingPolicyAppliesTo: {
    key: 'id',
    noun: 'object of a claims mapping policy',
    ...below('claimsMappingPolicies', 'claims mapping policy', 'policyId'),
  },
  conditionalAccessPolicies: { key: 'id', noun: 'conditional access policy' },
  crossTenantAccessPolicyPartners: { key: 'tenantId', noun: 'partner' },
  domainFederationConfigurations: {
    key: 'id',
    noun: 'federation configuration',
    keyedBy: 'domainId',
    hidesParent: true,
    parent: {
      ...named('domains', 'federated domain', 'domainId'),
      answersTo: (domain) => (isFederated(domain) ? textMember(domain, 'id') : undefined),
    },
  },
  domains: { key: 'id', noun: 'domain' },
  federatedIdentityCredentials: {
    key: 'id',
    noun: 'federated identity credential',
    ...below('applications', 'application', 'applicationId'),
  },
  groupMembers: { key: 'id', noun: 'group member', ...below('groups', 'group', 'groupId') },
  groups: { key: 'id', noun: 'group' },
  homeRealmDiscoveryPolicies: { key: 'id', noun: 'home realm discovery policy' },
  homeRealmDiscoveryPolicyAppliesTo: {
    key: 'id',
    noun: 'object of a home realm discovery policy',
    ...below('homeRealmDiscoveryPolicies', 'home realm discovery policy', 'policyId'),
  },
  identityProviders: { key: 'id', noun: 'identity provider' },
  identitySecurityDefaultsEnforcementPolicy: {
    key: 'id',
    noun: 'security defaults policy',
    single: true,
  },
  namedLocations: { key: 'id', noun: 'named location' },
  oauth2PermissionGrants: { key: 'id', noun: 'delegated permission grant' },
  organization: { key: 'id', noun: 'organization', single: true },
  samlOrWsFedExternalDomainFederations: { key: 'id', noun: 'partner federation' },
  servicePrincipals: { key: 'id', noun: 'service principal' },
  synchronizationJobs: {
    key: 'id',
    noun: 'synchronization job',
    ...below('servicePrincipals', 'service principal', 'servicePrincipalId'),
  },
};

/** The name of the file a collection is kept in. */
export function fileOf(collection: CollectionName): string {
  return `${collection}.json`;
}

/** An object as Graph has it: without the member that tells the data set what it hangs below. */
export function withoutParent(collection: CollectionName, object: EntraObject): EntraObject {
  const { keyedBy, hidesParent } = COLLECTIONS[collection];
  if (!hidesParent || keyedBy === undefined || !(keyedBy in object)) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== keyedBy));
}

/** The objects of a list, each a JSON object. */
export function objectsOf(value: unknown): EntraObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
