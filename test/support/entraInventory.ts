import type { EntraCollectionName } from '../../domain/collections/entra.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { CollectionName, EntraObject } from '../../simulators/entra/collections.ts';
import { unreachableObjects, type EntraTenantData } from '../../simulators/entra/data.ts';
import type { Body } from './answer.ts';
import { assertCollected } from './inventory.ts';
import type { Service } from './service.ts';

type Objects = Record<EntraCollectionName, EntraObject[]>;

const isFederatedRoot = (domain: EntraObject) =>
  domain.authenticationType === 'Federated' && domain.isRoot !== false;

const isAssigned = ({ groupTypes, onPremisesSyncEnabled }: EntraObject) =>
  onPremisesSyncEnabled !== true && !(Array.isArray(groupTypes) && groupTypes.includes('DynamicMembership'));

const mayBeProvisioned = ({ applicationTemplateId, tags, preferredSingleSignOnMode }: EntraObject) =>
  typeof applicationTemplateId === 'string' ||
  (Array.isArray(tags) && tags.some((tag) => /Gallery|CustomSingleSignOn/i.test(String(tag)))) ||
  preferredSingleSignOnMode === 'saml';

/** What an inventory of this directory meets, reckoned from the data alone. */
export function objectsOf(data: EntraTenantData): Objects {
  const lost = new Set(unreachableObjects(data).map(({ collection, index }) => `${collection} ${index}`));
  const reachable = (name: CollectionName) => data[name].filter((_, index) => !lost.has(`${name} ${index}`));
  const below = (
    children: CollectionName,
    member: string,
    parents: CollectionName,
    asked: (parent: EntraObject) => boolean,
  ) => {
    const ids = new Set(
      reachable(parents)
        .filter(asked)
        .map(({ id }) => id),
    );
    return reachable(children).filter((child) => ids.has(child[member]));
  };
  return {
    applications: reachable('applications'),
    service_principals: reachable('servicePrincipals'),
    domains: reachable('domains'),
    groups: reachable('groups'),
    conditional_access_policies: reachable('conditionalAccessPolicies'),
    domain_federations: below('domainFederationConfigurations', 'domainId', 'domains', isFederatedRoot),
    app_role_assignments: reachable('appRoleAssignedTo').filter(({ resourceId }) =>
      data.servicePrincipals.some(({ id }) => id === resourceId),
    ),
    partner_federations: reachable('samlOrWsFedExternalDomainFederations'),
    named_locations: reachable('namedLocations'),
    organization: reachable('organization'),
    application_keys: reachable('applications'),
    service_principal_keys: reachable('servicePrincipals'),
    federated_credentials: reachable('federatedIdentityCredentials'),
    synchronization_jobs: below(
      'synchronizationJobs',
      'servicePrincipalId',
      'servicePrincipals',
      mayBeProvisioned,
    ),
    group_licenses: reachable('groups'),
    nested_groups: below('groupMembers', 'groupId', 'groups', isAssigned),
    delegated_permission_grants: reachable('oauth2PermissionGrants'),
    claims_mapping_policies: reachable('claimsMappingPolicies'),
    claims_mapping_applies_to: reachable('claimsMappingPolicyAppliesTo'),
    home_realm_discovery_policies: reachable('homeRealmDiscoveryPolicies'),
    home_realm_discovery_applies_to: reachable('homeRealmDiscoveryPolicyAppliesTo'),
    security_defaults: reachable('identitySecurityDefaultsEnforcementPolicy'),
    cross_tenant_partners: reachable('crossTenantAccessPolicyPartners'),
    identity_providers: reachable('identityProviders'),
  };
}

/** External ids of the items that an inventory of this directory holds, by type. */
export function itemsOf(data: EntraTenantData): Record<ItemType, string[]> {
  const objects = objectsOf(data);
  const ids = (list: readonly EntraObject[]) => list.map(({ id }) => String(id));
  const roots = objects.domains.filter(isFederatedRoot);
  const configured = new Map(
    objects.domain_federations.map(({ domainId, id }) => [domainId, String(id)] as const),
  );
  return {
    application: ids([...objects.applications, ...objects.service_principals]),
    provider: [
      ...roots.map(({ id }) => configured.get(id) ?? `domain:${String(id)}`),
      ...ids(objects.partner_federations),
    ],
    routing_rule: ids(roots.filter(({ isVerified }) => isVerified === true)),
    policy: ids(objects.conditional_access_policies),
    group: ids(objects.groups),
    assignment: ids(objects.app_role_assignments),
    domain: ids(objects.domains),
  };
}

/** The snapshot holds what the directory holds, each item once, and the ledger says the same. */
export const assertEntraInventory = (
  service: Pick<Service, 'database'>,
  snapshot: Body,
  data: EntraTenantData,
): Promise<void> => assertCollected(service, snapshot, objectsOf(data), itemsOf(data));
