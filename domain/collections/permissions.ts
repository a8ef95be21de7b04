import type { SourceType } from '../source.ts';
import type { EntraCollectionName } from './entra.ts';
import type { RefusalMeaning } from './ledger.ts';
import type { OktaCollectionName } from './okta.ts';

/** What lets a credential read a collection, in the words of the vendor's documentation and console. */
export interface ReadPermission {
  /** The exact permission that is missing when the collection is refused. */
  permission: string;
  /** How an administrator of the incumbent grants it. */
  grant: string;
}

/**
 * A permission of an administrator role. An API token has the rights of whoever made it and none of its own.
 * https://help.okta.com/oie/en-us/content/topics/security/custom-admin-role/about-role-permissions.htm
 */
const adminRole = (permission: string, label: string): ReadPermission => ({
  permission,
  grant:
    `Give the administrator who made the API token a role that holds ${permission} (\u201c${label}\u201d), in the ` +
    'Admin Console under Security \u2192 Administrators; the token has its maker\u2019s rights at once.',
});

const standardRole = (what: string): ReadPermission => ({
  permission: 'Read-only Administrator',
  grant:
    `No permission of a custom role covers ${what}: give the administrator who made the API token the standard role ` +
    'Read-only Administrator, in the Admin Console under Security \u2192 Administrators.',
});

const okta = {
  applications: adminRole('okta.apps.read', 'View applications and their details'),
  groups: adminRole('okta.groups.read', 'View groups and their details'),
  providers: adminRole('okta.identityProviders.read', 'View identity providers'),
  policies: adminRole('okta.policies.read', 'View policies'),
  servers: adminRole('okta.authzServers.read', 'View authorization servers'),
  zones: standardRole('network zones'),
  inlineHooks: adminRole('okta.inlinehooks.read', 'View inline hooks'),
  eventHooks: adminRole('okta.eventhooks.read', 'View event hooks'),
  logStreams: {
    permission: 'Super Administrator',
    grant:
      'In the Admin Console only a Super Administrator sees log streams. An inventory does without them; a token ' +
      'that can write is not worth them.',
  },
  customizations: adminRole('okta.customizations.read', 'View customizations'),
};

const oktaPermissions: Readonly<Record<OktaCollectionName, ReadPermission>> = {
  applications: okta.applications,
  groups: okta.groups,
  identity_providers: okta.providers,
  identity_provider_keys: okta.providers,
  policies: okta.policies,
  routing_rules: okta.policies,
  policy_rules: okta.policies,
  domains: okta.customizations,
  email_domains: okta.customizations,
  application_groups: okta.applications,
  application_users: okta.applications,
  group_rules: okta.groups,
  group_statistics: okta.groups,
  authorization_servers: okta.servers,
  authorization_server_policies: okta.servers,
  authorization_server_scopes: okta.servers,
  authorization_server_claims: okta.servers,
  application_grants: okta.applications,
  policy_mappings: okta.policies,
  network_zones: okta.zones,
  inline_hooks: okta.inlineHooks,
  event_hooks: okta.eventHooks,
  log_streams: okta.logStreams,
};

/**
 * An application permission of Microsoft Graph: the least that the endpoint takes.
 * https://learn.microsoft.com/graph/permissions-reference
 */
const graphPermission = (permission: string): ReadPermission => ({
  permission,
  grant:
    `Add the application permission ${permission} of Microsoft Graph to the application, in the Entra admin center ` +
    'under App registrations \u2192 API permissions, and grant admin consent; a new access token has it.',
});

const graph = {
  applications: graphPermission('Application.Read.All'),
  domains: graphPermission('Domain.Read.All'),
  groups: graphPermission('Group.Read.All'),
  policies: graphPermission('Policy.Read.All'),
  providers: graphPermission('IdentityProvider.Read.All'),
};

const entraPermissions: Readonly<Record<EntraCollectionName, ReadPermission>> = {
  applications: graph.applications,
  service_principals: graph.applications,
  domains: graph.domains,
  groups: graph.groups,
  conditional_access_policies: graph.policies,
  domain_federations: graph.domains,
  app_role_assignments: graph.applications,
  partner_federations: graph.providers,
  named_locations: graph.policies,
  organization: graphPermission('Organization.Read.All'),
  application_keys: graph.applications,
  service_principal_keys: graph.applications,
  federated_credentials: graph.applications,
  synchronization_jobs: graphPermission('Synchronization.Read.All'),
  group_licenses: graph.groups,
  nested_groups: graph.groups,
  delegated_permission_grants: graphPermission('DelegatedPermissionGrant.Read.All'),
  claims_mapping_policies: graph.policies,
  claims_mapping_applies_to: graph.policies,
  home_realm_discovery_policies: graph.policies,
  home_realm_discovery_applies_to: graph.policies,
  security_defaults: graph.policies,
  cross_tenant_partners: graph.policies,
  identity_providers: graph.providers,
};

const permissions: Readonly<Record<SourceType, Readonly<Record<string, ReadPermission>>>> = {
  okta: oktaPermissions,
  entra: entraPermissions,
};

/** What lets a credential read a collection of this kind of source. */
export function readPermission(sourceType: SourceType, collection: string): ReadPermission {
  const found = permissions[sourceType][collection];
  if (!found) throw new Error(`Nobody said what lets a credential read ${collection} of ${sourceType}.`);
  return found;
}

/** What a person can do about a refusal. */
export function remedyFor(sourceType: SourceType, collection: string, meaning: RefusalMeaning): string {
  return meaning === 'not_permitted' ? readPermission(sourceType, collection).grant : remedies[meaning];
}

const remedies: Readonly<Record<Exclude<RefusalMeaning, 'not_permitted'>, string>> = {
  not_licensed:
    'Nothing to do: the feature is not licensed or not turned on, so there is nothing of it to move.',
  not_there: 'Nothing to do: this org does not have it.',
  gone: 'Nothing to do: it was deleted while the inventory was read.',
  unreadable: 'Try again; if it stays, give the vendor the request id.',
};
