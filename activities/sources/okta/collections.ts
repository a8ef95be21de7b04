import { oktaCollections, type OktaCollectionName } from '../../../domain/collections/okta.ts';
import type { NormalItem } from '../../../domain/inventory/item.ts';
import { oktaObjects } from '../../../domain/inventory/objects.ts';
import { listing, sortEntries } from '../entries.ts';
import { Members } from '../members.ts';
import type { ChainSeed, Collection, CollectionReading, ReadObject } from '../source.ts';
import { normalizeApplication } from './normalize/application.ts';
import { normalizeGroupAssignment, normalizeUserAssignment } from './normalize/assignment.ts';
import { normalizeCustomDomain, normalizeEmailDomain } from './normalize/domain.ts';
import { normalizeGroup } from './normalize/group.ts';
import { idInLink } from './normalize/links.ts';
import { normalizePolicy, normalizePolicyRule } from './normalize/policy.ts';
import { normalizeProvider } from './normalize/provider.ts';
import { normalizeRoutingRule } from './normalize/routingRule.ts';

/**
 * Policy types are asked for one by one, because the endpoint requires a type; one that an org does not know is
 * refused by itself. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
 */
const policyTypes = [
  'OKTA_SIGN_ON',
  'PASSWORD',
  'MFA_ENROLL',
  'IDP_DISCOVERY',
  'ACCESS_POLICY',
  'PROFILE_ENROLLMENT',
  'POST_AUTH_SESSION',
  'ENTITY_RISK',
  'DEVICE_SIGNAL_COLLECTION',
  'SESSION_VIOLATION_DETECTION',
  'CLIENT_UPDATE',
  'IDENTITY_CLAIM_SOURCING',
] as const;

/** The listings that belong to an application. Grants are asked for only where they say what a client may call. */
function listingsOf(item: NormalItem<'application'>): ChainSeed[] {
  const application = item.externalId;
  const path = `/api/v1/apps/${encodeURIComponent(application)}`;
  const { oidc } = item.normalized;
  const callsApis =
    oidc !== null &&
    (oidc.grant_types.includes('client_credentials') ||
      oidc.token_endpoint_auth_method === 'private_key_jwt');
  const seeds = [
    {
      collection: 'application_groups',
      key: application,
      path: `${path}/groups?limit=200`,
      context: { application },
    },
    {
      collection: 'application_users',
      key: application,
      path: `${path}/users?limit=500`,
      context: { application },
    },
  ];
  const grants = {
    collection: 'application_grants',
    key: application,
    path: `${path}/grants`,
    context: { application },
  };
  return callsApis ? [...seeds, grants] : seeds;
}

/** Policies of these types hold for groups of people, whatever they sign in to: nothing is mapped to them. */
const unmappedTypes: ReadonlySet<unknown> = new Set([
  'OKTA_SIGN_ON',
  'PASSWORD',
  'MFA_ENROLL',
  'IDP_DISCOVERY',
]);

/**
 * The listings that belong to a policy. Rules of the IDP_DISCOVERY policy are the routing rules; the rules of any other
 * live inside their policy.
 */
const listingsOfPolicy = (policy: Record<string, unknown>): ChainSeed[] => {
  const id = String(policy.id);
  const path = `/api/v1/policies/${encodeURIComponent(id)}`;
  const seed = (collection: string, listed: string) => ({
    collection,
    key: id,
    path: `${path}/${listed}`,
    context: { policy: id },
  });
  const rules = seed(policy.type === 'IDP_DISCOVERY' ? 'routing_rules' : 'policy_rules', 'rules');
  return unmappedTypes.has(policy.type) ? [rules] : [rules, seed('policy_mappings', 'mappings')];
};

/** How each collection is read; what it is stands in `domain/collections/okta.ts`. */
const reading: Record<OktaCollectionName, CollectionReading> = {
  applications: {
    concurrency: 1,
    roots: listing('applications', '/api/v1/apps?limit=200'),
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (app) => {
        const item = normalizeApplication(app);
        return { item, children: listingsOf(item) };
      }),
  },
  groups: {
    concurrency: 1,
    // The endpoint allows 10,000 a page and times out on large ones.
    roots: listing('groups', '/api/v1/groups?limit=200'),
    entriesAt: '',
    read: (entries, chain) => sortEntries(entries, chain, 'id', (group) => ({ item: normalizeGroup(group) })),
  },
  identity_providers: {
    concurrency: 1,
    roots: listing('identity_providers', '/api/v1/idps?limit=200'),
    entriesAt: '',
    read: (entries, chain) => sortEntries(entries, chain, 'id', (idp) => ({ item: normalizeProvider(idp) })),
  },
  identity_provider_keys: {
    concurrency: 1,
    roots: listing('identity_provider_keys', '/api/v1/idps/credentials/keys?limit=200'),
    entriesAt: '',
    read: (entries, chain) => sortEntries(entries, chain, 'kid', (key) => ({ object: providerKey(key) })),
  },
  policies: {
    concurrency: 2,
    roots: policyTypes.map((type) => ({
      collection: 'policies',
      key: type,
      path: `/api/v1/policies?type=${type}`,
      context: { type },
    })),
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (entry) => {
        const policy = { ...entry, type: entry.type ?? chain.context.type };
        const children = listingsOfPolicy(policy);
        if (policy.type === 'IDP_DISCOVERY') return { nothing: 'system_policy', children };
        return { item: normalizePolicy(policy), children };
      }),
  },
  routing_rules: {
    concurrency: 1,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (rule) => ({ item: normalizeRoutingRule(rule) })),
  },
  policy_rules: {
    concurrency: 4,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (rule) => ({
        object: policyRule(rule, chain.context.policy ?? ''),
      })),
  },
  domains: {
    concurrency: 1,
    roots: listing('domains', '/api/v1/domains'),
    entriesAt: '/domains',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (domain) => ({ item: normalizeCustomDomain(domain) })),
  },
  email_domains: {
    concurrency: 1,
    roots: listing('email_domains', '/api/v1/email-domains'),
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (domain) => ({ item: normalizeEmailDomain(domain) })),
  },
  application_groups: {
    concurrency: 24,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (row) => ({
        item: normalizeGroupAssignment(row, chain.context.application ?? ''),
      })),
  },
  application_users: {
    concurrency: 24,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (row) => {
        const assignment = normalizeUserAssignment(row, chain.context.application ?? '');
        return assignment === 'group_implied' ? { nothing: assignment } : { item: assignment };
      }),
  },
  group_rules: {
    concurrency: 1,
    roots: listing('group_rules', '/api/v1/groups/rules?limit=200'),
    entriesAt: '',
    read: (entries, chain) => sortEntries(entries, chain, 'id', (rule) => ({ object: groupRule(rule) })),
  },
  group_statistics: {
    concurrency: 1,
    roots: listing('group_statistics', '/api/v1/groups?limit=200&expand=stats'),
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (group) => ({ object: groupStatistics(group) })),
  },
  authorization_servers: {
    concurrency: 1,
    roots: listing('authorization_servers', '/api/v1/authorizationServers?limit=200'),
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (server) => ({
        object: authorizationServer(server),
        children: listingsOfServer(String(server.id)),
      })),
  },
  authorization_server_policies: {
    concurrency: 2,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (policy) => ({
        object: authorizationServerPolicy(policy, chain.context.server ?? ''),
      })),
  },
  authorization_server_scopes: {
    concurrency: 2,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (scope) => ({
        object: authorizationServerScope(scope, chain.context.server ?? ''),
      })),
  },
  authorization_server_claims: {
    concurrency: 2,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (claim) => ({
        object: authorizationServerClaim(claim, chain.context.server ?? ''),
      })),
  },
  application_grants: {
    concurrency: 4,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (grant) => ({
        object: applicationGrant(grant, chain.context.application ?? ''),
      })),
  },
  policy_mappings: {
    concurrency: 4,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (mapping) => ({
        object: policyMapping(mapping, chain.context.policy ?? ''),
      })),
  },
  network_zones: {
    concurrency: 1,
    roots: listing('network_zones', '/api/v1/zones'),
    entriesAt: '',
    read: (entries, chain) => sortEntries(entries, chain, 'id', (zone) => ({ object: networkZone(zone) })),
  },
  inline_hooks: {
    concurrency: 1,
    roots: listing('inline_hooks', '/api/v1/inlineHooks'),
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (hook) => ({ object: orgWide(oktaObjects.inlineHook, hook) })),
  },
  event_hooks: {
    concurrency: 1,
    roots: listing('event_hooks', '/api/v1/eventHooks'),
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (hook) => ({ object: orgWide(oktaObjects.eventHook, hook) })),
  },
  log_streams: {
    concurrency: 1,
    roots: listing('log_streams', '/api/v1/logStreams?limit=200'),
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (stream) => ({ object: orgWide(oktaObjects.logStream, stream) })),
  },
};

export const oktaReaders: readonly Collection[] = oktaCollections.map((definition) => ({
  ...definition,
  ...reading[definition.name],
}));

const policyRule = (rule: Record<string, unknown>, policy: string): Omit<ReadObject, 'index'> => ({
  kind: oktaObjects.policyRule,
  parent: policy,
  externalId: String(rule.id),
  data: normalizePolicyRule(rule),
  reason: 'policy_rule',
});

const listingsOfServer = (server: string): ChainSeed[] =>
  ['policies', 'scopes', 'claims'].map((listed) => ({
    collection: `authorization_server_${listed}`,
    key: server,
    path: `/api/v1/authorizationServers/${encodeURIComponent(server)}/${listed}`,
    context: { server },
  }));

type ObjectOfPage = Omit<ReadObject, 'index'>;

/** The groups that a rule fills while it is active. */
function groupRule(raw: Record<string, unknown>): ObjectOfPage {
  const rule = new Members(raw);
  const data = {
    name: rule.string('name'),
    status: rule.string('status'),
    groups: rule.strings('actions', 'assignUserToGroups', 'groupIds'),
  };
  return {
    kind: oktaObjects.groupRule,
    parent: '',
    externalId: String(raw.id),
    data,
    reason: 'auxiliary',
  };
}

function groupStatistics(raw: Record<string, unknown>): ObjectOfPage {
  const stats = new Members(raw).at('_embedded', 'stats');
  const data = {
    members: stats.number('usersCount'),
    applications: stats.number('appsCount'),
    has_admin_role: stats.boolean('hasAdminPrivilege'),
  };
  return {
    kind: oktaObjects.groupStatistics,
    parent: '',
    externalId: String(raw.id),
    data,
    reason: 'auxiliary',
  };
}

function authorizationServer(raw: Record<string, unknown>): ObjectOfPage {
  const server = new Members(raw);
  const data = {
    name: server.string('name'),
    audiences: server.strings('audiences'),
    status: server.string('status'),
  };
  return {
    kind: oktaObjects.authorizationServer,
    parent: '',
    externalId: String(raw.id),
    data,
    reason: 'auxiliary',
  };
}

function authorizationServerPolicy(raw: Record<string, unknown>, server: string): ObjectOfPage {
  const policy = new Members(raw);
  const data = {
    status: policy.string('status'),
    clients: policy.strings('conditions', 'clients', 'include'),
  };
  return {
    kind: oktaObjects.authorizationServerPolicy,
    parent: server,
    externalId: String(raw.id),
    data,
    reason: 'auxiliary',
  };
}

function applicationGrant(raw: Record<string, unknown>, application: string): ObjectOfPage {
  const grant = new Members(raw);
  const data = { scope: grant.string('scopeId'), status: grant.string('status') };
  return {
    kind: oktaObjects.grant,
    parent: application,
    externalId: String(raw.id),
    data,
    reason: 'auxiliary',
  };
}

function authorizationServerScope(raw: Record<string, unknown>, server: string): ObjectOfPage {
  const scope = new Members(raw);
  const data = {
    name: scope.string('name'),
    system: scope.boolean('system'),
    default: scope.boolean('default'),
    consent: scope.string('consent'),
  };
  return {
    kind: oktaObjects.authorizationServerScope,
    parent: server,
    externalId: String(raw.id),
    data,
    reason: 'auxiliary',
  };
}

function authorizationServerClaim(raw: Record<string, unknown>, server: string): ObjectOfPage {
  const claim = new Members(raw);
  const data = {
    name: claim.string('name'),
    status: claim.string('status'),
    system: claim.boolean('system'),
    claim_type: claim.string('claimType'),
    value_type: claim.string('valueType'),
    scopes: claim.strings('conditions', 'scopes'),
  };
  return {
    kind: oktaObjects.authorizationServerClaim,
    parent: server,
    externalId: String(raw.id),
    data,
    reason: 'auxiliary',
  };
}

/** What a policy is mapped to: an application of the org, or something that is named by its link alone. */
function policyMapping(raw: Record<string, unknown>, policy: string): ObjectOfPage {
  const data = { application: idInLink(new Members(raw).string('_links', 'application', 'href'), 'apps') };
  return {
    kind: oktaObjects.policyMapping,
    parent: policy,
    externalId: String(raw.id),
    data,
    reason: 'auxiliary',
  };
}

function networkZone(raw: Record<string, unknown>): ObjectOfPage {
  const zone = new Members(raw);
  const data = {
    name: zone.string('name'),
    type: zone.string('type'),
    status: zone.string('status'),
    usage: zone.string('usage'),
    system: zone.boolean('system'),
  };
  return {
    kind: oktaObjects.networkZone,
    parent: '',
    externalId: String(raw.id),
    data,
    reason: 'auxiliary',
  };
}

/** A hook or a log stream: what the org tells other services, whatever is migrated. */
function orgWide(kind: ReadObject['kind'], raw: Record<string, unknown>): ObjectOfPage {
  const object = new Members(raw);
  const data = {
    name: object.string('name'),
    type: object.string('type') ?? object.string('events', 'type'),
    status: object.string('status'),
  };
  return { kind, parent: '', externalId: String(raw.id), data, reason: 'auxiliary' };
}

/** The public part of a partner's signing key: what identifies it and its certificate. */
function providerKey(key: Record<string, unknown>): Omit<ReadObject, 'index'> {
  const [first] = Array.isArray(key.x5c) ? (key.x5c as unknown[]) : [];
  // Recorded values contain line breaks; base64 has no use for white space.
  const x5c = typeof first === 'string' ? first.replace(/\s+/g, '') : null;
  const data = { kid: String(key.kid), x5c, expires_at: key.expiresAt ?? null };
  return { kind: oktaObjects.providerKey, parent: '', externalId: data.kid, data, reason: 'auxiliary' };
}
