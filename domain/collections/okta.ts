import type { CollectionDefinition } from './ledger.ts';

const grant = (permission: string) =>
  `Give the API token's creator an administrator role that may ${permission}; a token has its creator's rights.`;

const applications = grant('view applications and their assignments');
const policies = grant('view policies');
const providers = grant('view identity providers');
const servers = grant('view authorization servers');
const customizations = grant('view customisations and domains');

/**
 * What an inventory of Okta reads. `after` names the collection whose pages seed this one's listings. Paths and
 * page sizes: https://developer.okta.com/docs/api/openapi/okta-management/
 */
export const oktaCollections = [
  { name: 'applications', endpoint: '/api/v1/apps', required: true, after: [], remedy: applications },
  { name: 'groups', endpoint: '/api/v1/groups', required: true, after: [], remedy: grant('view groups') },
  { name: 'identity_providers', endpoint: '/api/v1/idps', required: true, after: [], remedy: providers },
  {
    name: 'identity_provider_keys',
    endpoint: '/api/v1/idps/credentials/keys',
    required: true,
    after: [],
    remedy: providers,
  },
  { name: 'policies', endpoint: '/api/v1/policies?type={type}', required: true, after: [], remedy: policies },
  {
    name: 'routing_rules',
    endpoint: '/api/v1/policies/{id}/rules',
    required: true,
    after: ['policies'],
    remedy: policies,
  },
  {
    name: 'policy_rules',
    endpoint: '/api/v1/policies/{id}/rules',
    required: true,
    after: ['policies'],
    remedy: policies,
  },
  { name: 'domains', endpoint: '/api/v1/domains', required: true, after: [], remedy: customizations },
  {
    name: 'email_domains',
    endpoint: '/api/v1/email-domains',
    required: true,
    after: [],
    remedy: customizations,
  },
  {
    name: 'application_groups',
    endpoint: '/api/v1/apps/{id}/groups',
    required: true,
    after: ['applications'],
    remedy: applications,
  },
  {
    name: 'application_users',
    endpoint: '/api/v1/apps/{id}/users',
    required: true,
    after: ['applications'],
    remedy: applications,
  },
  // Read to judge what the guide names; never able to fail a snapshot.
  {
    name: 'group_rules',
    endpoint: '/api/v1/groups/rules',
    required: false,
    after: [],
    remedy: grant('view group rules'),
  },
  {
    name: 'group_statistics',
    endpoint: '/api/v1/groups?expand=stats',
    required: false,
    after: [],
    remedy: grant('view groups'),
  },
  {
    name: 'authorization_servers',
    endpoint: '/api/v1/authorizationServers',
    required: false,
    after: [],
    remedy: servers,
  },
  {
    name: 'authorization_server_policies',
    endpoint: '/api/v1/authorizationServers/{id}/policies',
    required: false,
    after: ['authorization_servers'],
    remedy: servers,
  },
  {
    name: 'application_grants',
    endpoint: '/api/v1/apps/{id}/grants',
    required: false,
    after: ['applications'],
    remedy: applications,
  },
] as const satisfies readonly CollectionDefinition[];

export type OktaCollectionName = (typeof oktaCollections)[number]['name'];
