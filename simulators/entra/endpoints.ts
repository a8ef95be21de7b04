import type { Lookup as TenantLookup } from '../lookup.ts';
import { objectsOf, withoutParent, type CollectionName, type EntraObject } from './collections.ts';
import { GraphFault, notFound } from './errors.ts';

export type Lookup = TenantLookup<CollectionName>;

/** A request that reached its endpoint. */
export interface Asked {
  lookup: Lookup;
  /** The ids in the path, in order. */
  ids: readonly string[];
  /** Whether an object is so new that not all of Microsoft's replicas know it yet. */
  unreplicated: (object: EntraObject) => boolean;
}

/** The services behind Graph, each with limits of its own. */
export type Service = 'directory' | 'conditionalAccess' | 'identityProviders';

interface EndpointBase {
  /** Below /v1.0. A cast stands with the short prefix `graph.`; `microsoft.graph.` is taken as well. */
  path: string;
  /** Any one of these application permissions will do. */
  permissions: readonly string[];
  service: Service;
  /** Resource units of a plain request; left out: 1. */
  cost?: number;
  /** What `$expand` may name, and the value of the member of that name. Without it those are left out. */
  expand?: Readonly<Record<string, (object: EntraObject, asked: Asked) => unknown>>;
  /** Members that come only when `$select` names them. */
  onlyOnSelect?: readonly string[];
  /** With one of these permissions and none of the others, all members but a few are null. */
  basics?: { permissions: readonly string[]; members: readonly string[] };
}

/** An endpoint that gives a collection. */
export interface ListEndpoint extends EndpointBase {
  /** What is paged through: objects of the data set themselves, which alone have a place in the order of paging. */
  items(asked: Asked): readonly EntraObject[];
  /** What Graph shows of one of them; left out: itself. */
  row?: (item: EntraObject, asked: Asked) => EntraObject;
  /** Left out: all in one answer, whatever `$top` says. */
  paged?: true;
  /** A next link stands on the first page whatever follows, an empty page behind it and one more behind that. */
  emptyPagesBehind?: true;
  /** Whether `$filter` is understood. */
  filter?: true;
  /** Takes no OData parameters at all. */
  bare?: true;
}

/** An endpoint that gives one object. */
export interface ObjectEndpoint extends EndpointBase {
  object(asked: Asked): EntraObject;
}

export type Endpoint = ListEndpoint | ObjectEndpoint;

/** The object of the first id of the path. @throws {GraphFault} 404 when it is not there or not there yet */
function owner({ lookup, ids: [id = ''], unreplicated }: Asked, collection: CollectionName): EntraObject {
  const found = lookup.find(collection, id);
  if (found === undefined || unreplicated(found)) throw notFound(id);
  return found;
}

const one =
  (collection: CollectionName) =>
  (asked: Asked): EntraObject =>
    owner(asked, collection);

const all =
  (collection: CollectionName) =>
  ({ lookup }: Asked): readonly EntraObject[] =>
    lookup.all(collection);

/** The children of the object that the path names. */
function below(collection: CollectionName, parent: CollectionName): Pick<ListEndpoint, 'items' | 'row'> {
  return {
    items: (asked) => asked.lookup.children(collection, owner(asked, parent)),
    row: (child) => withoutParent(collection, child),
  };
}

/** Of what there is one of, the first. */
const first =
  (collection: CollectionName) =>
  ({ lookup }: Asked): readonly EntraObject[] =>
    lookup.all(collection).slice(0, 1);

/**
 * A domain that is managed, or a subdomain that inherits from its root, has none: 404 and not an empty list.
 * Source: https://learn.microsoft.com/graph/api/domain-list-federationconfiguration
 */
function federationConfiguration(asked: Asked): readonly EntraObject[] {
  const configurations = FEDERATION.items(asked);
  if (configurations.length === 0) throw notFound(asked.ids[0] ?? '');
  return configurations;
}

const FEDERATION = below('domainFederationConfigurations', 'domains');

/** A group among the members of a group: the whole object where the tenant has it. */
function memberGroup(row: EntraObject, { lookup }: Asked): EntraObject {
  return lookup.find('groups', String(row.id)) ?? withoutParent('groupMembers', row);
}

/** What a policy applies to, as an object of whichever kind it is. */
function appliedTo(rows: CollectionName): (row: EntraObject, asked: Asked) => EntraObject {
  return (row, { lookup }) => {
    const id = String(row.id);
    const principal = lookup.find('servicePrincipals', id);
    if (principal) return { '@odata.type': '#microsoft.graph.servicePrincipal', ...principal };
    const application = lookup.find('applications', id);
    if (application) return { '@odata.type': '#microsoft.graph.application', ...application };
    return withoutParent(rows, row);
  };
}

/** The endpoints of a kind of policy that applies to service principals: the policies, and what each applies to. */
function policies(collection: CollectionName, rows: CollectionName) {
  const common = { permissions: ['Policy.Read.All'], service: 'directory', paged: true } as const;
  const path = `/policies/${collection}`;
  const row = appliedTo(rows);
  const appliesTo = (policy: EntraObject, asked: Asked): EntraObject[] =>
    asked.lookup.children(rows, policy).map((child) => row(child, asked));
  return {
    list: { ...common, path, items: all(collection), expand: { appliesTo } },
    appliesTo: { ...common, ...below(rows, collection), path: `${path}/:id/appliesTo`, row },
  };
}

function securityDefaults(asked: Asked): EntraObject {
  const [policy] = first('identitySecurityDefaultsEnforcementPolicy')(asked);
  if (policy === undefined) throw new GraphFault('Request_ResourceNotFound');
  return policy;
}

const APPLICATIONS = ['Application.Read.All', 'Directory.Read.All'];
const GROUPS = ['Group.Read.All', 'Directory.Read.All'];
const POLICIES = ['Policy.Read.All'];
const CONDITIONAL_ACCESS = ['Policy.Read.All', 'Policy.Read.ConditionalAccess'];
const DOMAINS = ['Domain.Read.All', 'Directory.Read.All'];
const ORGANIZATION = {
  permissions: ['Organization.Read.All', 'Directory.Read.All'],
  service: 'directory',
  basics: { permissions: ['User.Read'], members: ['id', 'displayName', 'verifiedDomains'] },
} as const;

const CLAIMS_MAPPING = policies('claimsMappingPolicies', 'claimsMappingPolicyAppliesTo');
const HOME_REALM = policies('homeRealmDiscoveryPolicies', 'homeRealmDiscoveryPolicyAppliesTo');

/**
 * Not returned unless asked for by name.
 * Source: https://learn.microsoft.com/graph/api/resources/group#properties
 */
const GROUP_EXTRAS = [
  'allowExternalSenders',
  'assignedLabels',
  'assignedLicenses',
  'autoSubscribeNewMembers',
  'hasMembersWithLicenseErrors',
  'hideFromAddressLists',
  'hideFromOutlookClients',
  'isSubscribedByMail',
  'licenseProcessingState',
  'unseenCount',
];

/**
 * Every read the simulator answers. Permissions and costs are those Microsoft documents.
 * Sources: https://learn.microsoft.com/graph/api/overview (permissions of each),
 * https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits (costs)
 */
export const ENDPOINTS = {
  applications: {
    path: '/applications',
    permissions: APPLICATIONS,
    service: 'directory',
    cost: 2,
    items: all('applications'),
    paged: true,
    filter: true,
  },
  application: {
    path: '/applications/:id',
    permissions: APPLICATIONS,
    service: 'directory',
    object: one('applications'),
  },
  federatedIdentityCredentials: {
    path: '/applications/:id/federatedIdentityCredentials',
    permissions: APPLICATIONS,
    service: 'directory',
    ...below('federatedIdentityCredentials', 'applications'),
    paged: true,
  },
  servicePrincipals: {
    path: '/servicePrincipals',
    permissions: APPLICATIONS,
    service: 'directory',
    items: all('servicePrincipals'),
    paged: true,
    filter: true,
  },
  servicePrincipal: {
    path: '/servicePrincipals/:id',
    permissions: APPLICATIONS,
    service: 'directory',
    object: one('servicePrincipals'),
  },
  appRoleAssignedTo: {
    path: '/servicePrincipals/:id/appRoleAssignedTo',
    permissions: APPLICATIONS,
    service: 'directory',
    ...below('appRoleAssignedTo', 'servicePrincipals'),
    paged: true,
  },
  appRoleAssignments: {
    path: '/servicePrincipals/:id/appRoleAssignments',
    permissions: APPLICATIONS,
    service: 'directory',
    cost: 2,
    items: (asked) =>
      asked.lookup.children('appRoleAssignedTo', owner(asked, 'servicePrincipals'), 'alsoBelow'),
    paged: true,
  },
  synchronizationJobs: {
    path: '/servicePrincipals/:id/synchronization/jobs',
    permissions: ['Synchronization.Read.All'],
    service: 'directory',
    ...below('synchronizationJobs', 'servicePrincipals'),
  },
  groups: {
    path: '/groups',
    permissions: [...GROUPS, 'GroupMember.Read.All'],
    service: 'directory',
    items: all('groups'),
    paged: true,
    emptyPagesBehind: true,
    filter: true,
    onlyOnSelect: GROUP_EXTRAS,
  },
  group: {
    path: '/groups/:id',
    permissions: [...GROUPS, 'GroupMember.Read.All'],
    service: 'directory',
    object: one('groups'),
    onlyOnSelect: GROUP_EXTRAS,
  },
  groupMembers: {
    path: '/groups/:id/members/graph.group',
    permissions: [...GROUPS, 'GroupMember.Read.All'],
    service: 'directory',
    cost: 3,
    ...below('groupMembers', 'groups'),
    row: memberGroup,
    paged: true,
    onlyOnSelect: GROUP_EXTRAS,
  },
  domains: { path: '/domains', permissions: DOMAINS, service: 'directory', items: all('domains') },
  domain: { path: '/domains/:id', permissions: DOMAINS, service: 'directory', object: one('domains') },
  federationConfiguration: {
    path: '/domains/:id/federationConfiguration',
    permissions: [...DOMAINS, 'Domain-InternalFederation.Read.All'],
    service: 'directory',
    ...FEDERATION,
    items: federationConfiguration,
    bare: true,
  },
  partnerFederations: {
    path: '/directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation',
    permissions: ['IdentityProvider.Read.All'],
    service: 'directory',
    items: all('samlOrWsFedExternalDomainFederations'),
    expand: { domains: ({ domains }) => objectsOf(domains) },
  },
  identityProviders: {
    path: '/identity/identityProviders',
    permissions: ['IdentityProvider.Read.All'],
    service: 'identityProviders',
    items: all('identityProviders'),
  },
  conditionalAccessPolicies: {
    path: '/identity/conditionalAccess/policies',
    permissions: CONDITIONAL_ACCESS,
    service: 'conditionalAccess',
    items: all('conditionalAccessPolicies'),
    paged: true,
    filter: true,
  },
  conditionalAccessPolicy: {
    path: '/identity/conditionalAccess/policies/:id',
    permissions: CONDITIONAL_ACCESS,
    service: 'conditionalAccess',
    object: one('conditionalAccessPolicies'),
  },
  namedLocations: {
    path: '/identity/conditionalAccess/namedLocations',
    permissions: CONDITIONAL_ACCESS,
    service: 'conditionalAccess',
    items: all('namedLocations'),
    paged: true,
    filter: true,
  },
  namedLocation: {
    path: '/identity/conditionalAccess/namedLocations/:id',
    permissions: CONDITIONAL_ACCESS,
    service: 'conditionalAccess',
    object: one('namedLocations'),
  },
  organization: { path: '/organization', ...ORGANIZATION, items: first('organization') },
  organizationOfId: { path: '/organization/:id', ...ORGANIZATION, object: one('organization') },
  securityDefaults: {
    path: '/policies/identitySecurityDefaultsEnforcementPolicy',
    permissions: POLICIES,
    service: 'directory',
    object: securityDefaults,
  },
  claimsMappingPolicies: CLAIMS_MAPPING.list,
  claimsMappingPolicyAppliesTo: CLAIMS_MAPPING.appliesTo,
  homeRealmDiscoveryPolicies: HOME_REALM.list,
  homeRealmDiscoveryPolicyAppliesTo: HOME_REALM.appliesTo,
  crossTenantAccessPartners: {
    path: '/policies/crossTenantAccessPolicy/partners',
    permissions: POLICIES,
    service: 'directory',
    items: all('crossTenantAccessPolicyPartners'),
  },
  oauth2PermissionGrants: {
    path: '/oauth2PermissionGrants',
    permissions: ['DelegatedPermissionGrant.Read.All', 'Directory.Read.All'],
    service: 'directory',
    cost: 2,
    items: all('oauth2PermissionGrants'),
    paged: true,
    filter: true,
  },
} satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof ENDPOINTS;
