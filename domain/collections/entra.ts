import type { CollectionDefinition } from './ledger.ts';

/**
 * What an inventory of Entra reads of Microsoft Graph v1.0. `after` names the collection whose pages seed this one's
 * listings. Paths: https://learn.microsoft.com/graph/api/overview
 */
export const entraCollections = [
  { name: 'applications', endpoint: '/v1.0/applications', required: true, after: [] },
  { name: 'service_principals', endpoint: '/v1.0/servicePrincipals', required: true, after: [] },
  { name: 'domains', endpoint: '/v1.0/domains', required: true, after: [] },
  { name: 'groups', endpoint: '/v1.0/groups', required: true, after: [] },
  {
    name: 'conditional_access_policies',
    endpoint: '/v1.0/identity/conditionalAccess/policies',
    required: true,
    after: [],
  },
  {
    name: 'domain_federations',
    endpoint: '/v1.0/domains/{id}/federationConfiguration',
    required: true,
    after: ['domains'],
  },
  {
    name: 'app_role_assignments',
    endpoint: '/v1.0/servicePrincipals/{id}/appRoleAssignedTo',
    required: true,
    after: ['service_principals'],
  },
  // Read to judge what the guide names; never able to fail a snapshot.
  {
    name: 'partner_federations',
    endpoint: '/v1.0/directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation',
    required: false,
    after: [],
  },
  // One request a second for all of conditional access: the two lists are read one behind the other.
  {
    name: 'named_locations',
    endpoint: '/v1.0/identity/conditionalAccess/namedLocations',
    required: false,
    after: ['conditional_access_policies'],
  },
  { name: 'organization', endpoint: '/v1.0/organization', required: false, after: [] },
  {
    name: 'application_keys',
    endpoint: '/v1.0/applications?$select=id,keyCredentials',
    required: false,
    after: [],
  },
  {
    name: 'service_principal_keys',
    endpoint: '/v1.0/servicePrincipals?$select=id,keyCredentials',
    required: false,
    after: [],
  },
  {
    name: 'federated_credentials',
    endpoint: '/v1.0/applications/{id}/federatedIdentityCredentials',
    required: false,
    after: ['applications'],
  },
  {
    name: 'synchronization_jobs',
    endpoint: '/v1.0/servicePrincipals/{id}/synchronization/jobs',
    required: false,
    after: ['service_principals'],
  },
  {
    name: 'group_licenses',
    endpoint: '/v1.0/groups?$select=id,assignedLicenses',
    required: false,
    after: [],
  },
  {
    name: 'nested_groups',
    endpoint: '/v1.0/groups/{id}/members/microsoft.graph.group',
    required: false,
    after: ['groups'],
  },
  {
    name: 'delegated_permission_grants',
    endpoint: '/v1.0/oauth2PermissionGrants',
    required: false,
    after: [],
  },
  {
    name: 'claims_mapping_policies',
    endpoint: '/v1.0/policies/claimsMappingPolicies',
    required: false,
    after: [],
  },
  {
    name: 'claims_mapping_applies_to',
    endpoint: '/v1.0/policies/claimsMappingPolicies/{id}/appliesTo',
    required: false,
    after: ['claims_mapping_policies'],
  },
  {
    name: 'home_realm_discovery_policies',
    endpoint: '/v1.0/policies/homeRealmDiscoveryPolicies',
    required: false,
    after: [],
  },
  {
    name: 'home_realm_discovery_applies_to',
    endpoint: '/v1.0/policies/homeRealmDiscoveryPolicies/{id}/appliesTo',
    required: false,
    after: ['home_realm_discovery_policies'],
  },
  {
    name: 'security_defaults',
    endpoint: '/v1.0/policies/identitySecurityDefaultsEnforcementPolicy',
    required: false,
    after: [],
  },
  {
    name: 'cross_tenant_partners',
    endpoint: '/v1.0/policies/crossTenantAccessPolicy/partners',
    required: false,
    after: [],
  },
  { name: 'identity_providers', endpoint: '/v1.0/identity/identityProviders', required: false, after: [] },
] as const satisfies readonly CollectionDefinition[];

export type EntraCollectionName = (typeof entraCollections)[number]['name'];
