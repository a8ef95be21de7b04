import type { NotItemReason, NotItems } from '../../../domain/collections/ledger.ts';
import { oktaCollections, type OktaCollectionName } from '../../../domain/collections/okta.ts';
import type { NormalItem } from '../../../domain/inventory/item.ts';
import { SourceFailure } from '../failure.ts';
import { Members } from '../members.ts';
import type { ChainSeed, Collection, CollectionReading, PageContent, ReadObject } from '../source.ts';
import { normalizeApplication } from './normalize/application.ts';
import { normalizeGroupAssignment, normalizeUserAssignment } from './normalize/assignment.ts';
import { normalizeCustomDomain, normalizeEmailDomain } from './normalize/domain.ts';
import { normalizeGroup } from './normalize/group.ts';
import { normalizePolicy, normalizePolicyRule } from './normalize/policy.ts';
import { normalizeProvider } from './normalize/provider.ts';
import { normalizeRoutingRule } from './normalize/routingRule.ts';

/** Kinds of objects that are read beside items and composed into them (`compose.ts`). */
export const oktaObjects = {
  providerKey: 'okta.provider_key',
  policyRule: 'okta.policy_rule',
  groupRule: 'okta.group_rule',
  groupStatistics: 'okta.group_statistics',
  authorizationServer: 'okta.authorization_server',
  authorizationServerPolicy: 'okta.authorization_server_policy',
  grant: 'okta.grant',
} as const;

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

/** One entry of a page, sorted into what it is. */
type Sorted =
  | { item: NormalItem; children?: ChainSeed[] }
  | { object: Omit<ReadObject, 'index'>; children?: ChainSeed[] }
  | { nothing: NotItemReason; children?: ChainSeed[] };

function sortEntries(
  entries: readonly unknown[],
  chain: ChainSeed,
  idMember: 'id' | 'kid',
  sort: (entry: Record<string, unknown>) => Sorted,
): PageContent {
  const items: { item: NormalItem; index: number }[] = [];
  const objects: ReadObject[] = [];
  const children: ChainSeed[] = [];
  const notItems: NotItems = {};
  entries.forEach((entry, index) => {
    const sorted = sort(requireId(entry, index, idMember, chain));
    if ('children' in sorted && sorted.children) children.push(...sorted.children);
    if ('item' in sorted) items.push({ item: sorted.item, index });
    else if ('object' in sorted) objects.push({ ...sorted.object, index });
    else notItems[sorted.nothing] = (notItems[sorted.nothing] ?? 0) + 1;
  });
  return { count: entries.length, items, objects, notItems, children };
}

/** An entry without an id cannot be told from another, so the page cannot be used. */
function requireId(entry: unknown, index: number, member: string, chain: ChainSeed): Record<string, unknown> {
  const object = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : {};
  const id = object[member];
  if (typeof id === 'string' && id !== '') return object;
  const endpoint = chain.path.replace(/\?.*$/, '');
  throw new SourceFailure('unusable', `Entry ${index} of a page of ${endpoint} has no ${member}.`, {
    endpoint,
  });
}

const listing = (collection: string, path: string): ChainSeed[] => [
  { collection, key: '', path, context: {} },
];

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

/** Rules of the IDP_DISCOVERY policy are the routing rules; the rules of any other live inside their policy. */
const rulesOf = (policy: Record<string, unknown>): ChainSeed[] => {
  const id = String(policy.id);
  const collection = policy.type === 'IDP_DISCOVERY' ? 'routing_rules' : 'policy_rules';
  const path = `/api/v1/policies/${encodeURIComponent(id)}/rules`;
  return [{ collection, key: id, path, context: { policy: id } }];
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
        const children = rulesOf(policy);
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
    concurrency: 8,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (row) => ({
        item: normalizeGroupAssignment(row, chain.context.application ?? ''),
      })),
  },
  application_users: {
    concurrency: 8,
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
        children: [policiesOf(String(server.id))],
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
  application_grants: {
    concurrency: 4,
    roots: [],
    entriesAt: '',
    read: (entries, chain) =>
      sortEntries(entries, chain, 'id', (grant) => ({
        object: applicationGrant(grant, chain.context.application ?? ''),
      })),
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

const policiesOf = (server: string): ChainSeed => ({
  collection: 'authorization_server_policies',
  key: server,
  path: `/api/v1/authorizationServers/${encodeURIComponent(server)}/policies`,
  context: { server },
});

type ObjectOfPage = Omit<ReadObject, 'index'>;

/** The groups that a rule fills while it is active. */
function groupRule(raw: Record<string, unknown>): ObjectOfPage {
  const rule = new Members(raw);
  const data = {
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

/** The public part of a partner's signing key: what identifies it and its certificate. */
function providerKey(key: Record<string, unknown>): Omit<ReadObject, 'index'> {
  const [first] = Array.isArray(key.x5c) ? (key.x5c as unknown[]) : [];
  // Recorded values contain line breaks; base64 has no use for white space.
  const x5c = typeof first === 'string' ? first.replace(/\s+/g, '') : null;
  const data = { kid: String(key.kid), x5c, expires_at: key.expiresAt ?? null };
  return { kind: oktaObjects.providerKey, parent: '', externalId: data.kid, data, reason: 'auxiliary' };
}
