import { entraCollections, type EntraCollectionName } from '../../../domain/collections/entra.ts';
import type { EntraServicePrincipal } from '../../../domain/inventory/entra.ts';
import type { NormalItem } from '../../../domain/inventory/item.ts';
import { listing, sortEntries, type Sorted } from '../entries.ts';
import type { ChainSeed, Collection, CollectionReading } from '../source.ts';
import { normalizeRegistration } from './normalize/application.ts';
import { normalizeAppRoleAssignment } from './normalize/assignment.ts';
import { normalizeConditionalAccess } from './normalize/conditionalAccess.ts';
import { normalizeDomain } from './normalize/domain.ts';
import { normalizeGroup } from './normalize/group.ts';
import { normalizeServicePrincipal } from './normalize/servicePrincipal.ts';
import { entraObjects } from '../../../domain/inventory/objects.ts';
import * as objects from './objects.ts';

/** The largest page of directory objects; without it, Graph gives a hundred. */
const top = '$top=999';

type Entry = Record<string, unknown>;

/** A listing whose entries are all of one kind. */
function list(
  collection: EntraCollectionName,
  path: string,
  sort: (entry: Entry, context: ChainSeed['context']) => Sorted,
  options: Partial<Pick<CollectionReading, 'concurrency' | 'single'>> & { idMember?: string } = {},
): CollectionReading {
  const { idMember = 'id', ...rest } = options;
  return { ...below(sort, { concurrency: 1, idMember, ...rest }), roots: listing(collection, path) };
}

/** Listings that other entries open, many of them side by side. */
function below(
  sort: (entry: Entry, context: ChainSeed['context']) => Sorted,
  {
    idMember = 'id',
    concurrency = 24,
    ...rest
  }: Partial<Pick<CollectionReading, 'concurrency' | 'single'>> & { idMember?: string } = {},
): CollectionReading {
  return {
    concurrency,
    roots: [],
    entriesAt: '/value',
    ...rest,
    read: (entries, chain) => sortEntries(entries, chain, idMember, (entry) => sort(entry, chain.context)),
  };
}

const child = (
  collection: EntraCollectionName,
  context: string,
  id: string,
  path: (id: string) => string,
): ChainSeed => ({ collection, key: id, path: path(encodeURIComponent(id)), context: { [context]: id } });

/** Workload identities may act as any application. */
const listingsOfRegistration = ({ externalId }: NormalItem): ChainSeed[] => [
  child(
    'federated_credentials',
    'application',
    externalId,
    (id) => `/v1.0/applications/${id}/federatedIdentityCredentials`,
  ),
];

/**
 * Provisioning is set up for applications from the gallery and for those with single sign-on; asking for it everywhere
 * would double the requests of an inventory.
 */
export const mayBeProvisioned = (principal: EntraServicePrincipal): boolean =>
  principal.template_id !== null ||
  principal.tags.some((tag) => /Gallery|CustomSingleSignOn/i.test(tag)) ||
  principal.sso_mode === 'saml';

function listingsOfPrincipal({ externalId, normalized }: NormalItem<'application'>): ChainSeed[] {
  const assignments = child(
    'app_role_assignments',
    'service_principal',
    externalId,
    (id) => `/v1.0/servicePrincipals/${id}/appRoleAssignedTo?${top}`,
  );
  if (!mayBeProvisioned(normalized.entra as EntraServicePrincipal)) return [assignments];
  const jobs = child(
    'synchronization_jobs',
    'service_principal',
    externalId,
    (id) => `/v1.0/servicePrincipals/${id}/synchronization/jobs`,
  );
  return [assignments, jobs];
}

/** A group whose members nobody assigns by hand gets them from a rule or a directory, nested ones or not. */
export const mayNest = ({ normalized }: Pick<NormalItem<'group'>, 'normalized'>): boolean =>
  normalized.kind === 'assigned';

const listingsOfGroup = (item: NormalItem<'group'>): ChainSeed[] =>
  mayNest(item)
    ? [
        child(
          'nested_groups',
          'group',
          item.externalId,
          (id) => `/v1.0/groups/${id}/members/microsoft.graph.group?$select=id,displayName&${top}`,
        ),
      ]
    : [];

/** A subdomain inherits its root's configuration: https://learn.microsoft.com/graph/api/resources/domain (isRoot). */
function listingsOfDomain({ externalId, normalized }: NormalItem<'domain'>): ChainSeed[] {
  const { authentication_type, is_root } = normalized.entra ?? {};
  if (authentication_type !== 'Federated' || is_root === false) return [];
  const path = (id: string) => `/v1.0/domains/${id}/federationConfiguration`;
  return [child('domain_federations', 'domain', externalId, path)];
}

const appliesTo = (collection: EntraCollectionName, segment: string) => (policy: Entry) => [
  child(collection, 'policy', String(policy.id), (id) => `/v1.0/policies/${segment}/${id}/appliesTo`),
];

/** How each collection is read; what it is stands in `domain/collections/entra.ts`. */
const reading: Record<EntraCollectionName, CollectionReading> = {
  applications: list('applications', `/v1.0/applications?${top}`, (entry) => {
    const item = normalizeRegistration(entry);
    return { item, children: listingsOfRegistration(item) };
  }),
  service_principals: list('service_principals', `/v1.0/servicePrincipals?${top}`, (entry) => {
    const item = normalizeServicePrincipal(entry);
    return { item, children: listingsOfPrincipal(item) };
  }),
  domains: list('domains', '/v1.0/domains', (entry) => {
    const item = normalizeDomain(entry);
    return { item, children: listingsOfDomain(item) };
  }),
  groups: list('groups', `/v1.0/groups?${top}`, (entry) => {
    const item = normalizeGroup(entry);
    return { item, children: listingsOfGroup(item) };
  }),
  conditional_access_policies: list(
    'conditional_access_policies',
    '/v1.0/identity/conditionalAccess/policies',
    (entry) => ({ item: normalizeConditionalAccess(entry) }),
  ),
  domain_federations: below(
    (entry, { domain = '' }) => ({ object: objects.domainFederation(entry, domain) }),
    {
      concurrency: 4,
    },
  ),
  app_role_assignments: below((entry, { service_principal = '' }) => ({
    item: normalizeAppRoleAssignment(entry, service_principal),
  })),
  partner_federations: list(
    'partner_federations',
    '/v1.0/directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation?$expand=domains',
    (entry) => ({ object: objects.partnerFederation(entry) }),
  ),
  named_locations: list('named_locations', '/v1.0/identity/conditionalAccess/namedLocations', (entry) => ({
    object: objects.namedLocation(entry),
  })),
  organization: list('organization', '/v1.0/organization', (entry) => ({
    object: objects.organization(entry),
  })),
  // The values of keys come to who asks for them by name. Asked for beside the listing, which so keeps all members.
  application_keys: list('application_keys', `/v1.0/applications?$select=id,keyCredentials&${top}`, (entry) =>
    objects.keys(entry),
  ),
  service_principal_keys: list(
    'service_principal_keys',
    `/v1.0/servicePrincipals?$select=id,keyCredentials&${top}`,
    (entry) => objects.keys(entry),
  ),
  federated_credentials: below((entry, { application = '' }) => ({
    object: objects.federatedCredential(entry, application),
  })),
  synchronization_jobs: below((entry, { service_principal = '' }) => ({
    object: objects.synchronizationJob(entry, service_principal),
  })),
  // Licences, too, come to who asks for them by name.
  group_licenses: list('group_licenses', `/v1.0/groups?$select=id,assignedLicenses&${top}`, (entry) =>
    objects.licenses(entry),
  ),
  nested_groups: below((entry, { group = '' }) => ({ object: objects.nestedGroup(entry, group) })),
  delegated_permission_grants: list(
    'delegated_permission_grants',
    `/v1.0/oauth2PermissionGrants?${top}`,
    (entry) => ({ object: objects.delegatedGrant(entry) }),
  ),
  claims_mapping_policies: list(
    'claims_mapping_policies',
    '/v1.0/policies/claimsMappingPolicies',
    (entry) => ({
      object: objects.policy(entraObjects.claimsMappingPolicy, entry),
      children: appliesTo('claims_mapping_applies_to', 'claimsMappingPolicies')(entry),
    }),
  ),
  claims_mapping_applies_to: below(
    (entry, { policy = '' }) => ({
      object: objects.policyUse(entraObjects.claimsMappingUse, entry, policy),
    }),
    { concurrency: 2 },
  ),
  home_realm_discovery_policies: list(
    'home_realm_discovery_policies',
    '/v1.0/policies/homeRealmDiscoveryPolicies',
    (entry) => ({
      object: objects.policy(entraObjects.homeRealmDiscoveryPolicy, entry),
      children: appliesTo('home_realm_discovery_applies_to', 'homeRealmDiscoveryPolicies')(entry),
    }),
  ),
  home_realm_discovery_applies_to: below(
    (entry, { policy = '' }) => ({
      object: objects.policyUse(entraObjects.homeRealmDiscoveryUse, entry, policy),
    }),
    { concurrency: 2 },
  ),
  security_defaults: list(
    'security_defaults',
    '/v1.0/policies/identitySecurityDefaultsEnforcementPolicy',
    (entry) => ({ object: objects.securityDefaults(entry) }),
    { single: true },
  ),
  cross_tenant_partners: list(
    'cross_tenant_partners',
    '/v1.0/policies/crossTenantAccessPolicy/partners',
    (entry) => ({ object: objects.crossTenantPartner(entry) }),
    { idMember: 'tenantId' },
  ),
  identity_providers: list('identity_providers', '/v1.0/identity/identityProviders', (entry) => ({
    object: objects.identityProvider(entry),
  })),
};

export const entraReaders: readonly Collection[] = entraCollections.map((definition) => ({
  ...definition,
  ...reading[definition.name],
}));
