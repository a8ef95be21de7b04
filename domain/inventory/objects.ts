// Kinds of objects that are read beside the items: items are composed of them, derived from them, or judged by them.

export const oktaObjects = {
  providerKey: 'okta.provider_key',
  policyRule: 'okta.policy_rule',
  groupRule: 'okta.group_rule',
  groupStatistics: 'okta.group_statistics',
  authorizationServer: 'okta.authorization_server',
  authorizationServerPolicy: 'okta.authorization_server_policy',
  authorizationServerScope: 'okta.authorization_server_scope',
  authorizationServerClaim: 'okta.authorization_server_claim',
  grant: 'okta.grant',
  policyMapping: 'okta.policy_mapping',
  networkZone: 'okta.network_zone',
  inlineHook: 'okta.inline_hook',
  eventHook: 'okta.event_hook',
  logStream: 'okta.log_stream',
} as const;

export const entraObjects = {
  domainFederation: 'entra.domain_federation',
  partnerFederation: 'entra.partner_federation',
  namedLocation: 'entra.named_location',
  organization: 'entra.organization',
  keys: 'entra.keys',
  federatedCredential: 'entra.federated_credential',
  synchronizationJob: 'entra.synchronization_job',
  groupLicenses: 'entra.group_licenses',
  nestedGroup: 'entra.nested_group',
  delegatedGrant: 'entra.delegated_grant',
  claimsMappingPolicy: 'entra.claims_mapping_policy',
  claimsMappingUse: 'entra.claims_mapping_use',
  homeRealmDiscoveryPolicy: 'entra.home_realm_discovery_policy',
  homeRealmDiscoveryUse: 'entra.home_realm_discovery_use',
  securityDefaults: 'entra.security_defaults',
  crossTenantPartner: 'entra.cross_tenant_partner',
  identityProvider: 'entra.identity_provider',
} as const;
