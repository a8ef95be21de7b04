import type { Lookup as TenantLookup } from '../lookup.ts';
import type { CollectionName } from './collections.ts';
import { invalid, notFound } from './errors.ts';
import { isObject, linkedId, member, textMember, type OktaObject } from './members.ts';
import type { PageLimits } from './paging.ts';
import { policiesOfType } from './policy-types.ts';
import { assignedRoles, MAKER, rolePermissions, type AdminRole } from './roles.ts';

export type Lookup = TenantLookup<CollectionName>;

/** A request that reached its endpoint. */
export interface Asked {
  lookup: Lookup;
  /** The ids in the path, in order. */
  ids: readonly string[];
  query: URLSearchParams;
  /** Whether the org was declared to lack policies of a type. */
  policyTypeAbsent: (type: string) => boolean;
  /** Roles of whoever made the token. */
  roles: readonly AdminRole[];
}

interface EndpointBase {
  path: string;
  /**
   * Requests a minute before a 429: what orgs of the usual size show in `x-rate-limit-limit`.
   * Source: https://developer.okta.com/docs/reference/rl-global-mgmt/
   */
  perMinute: number;
  anonymous?: true;
}

/** An endpoint that gives a list. */
export interface ListEndpoint extends EndpointBase {
  items(asked: Asked): readonly OktaObject[];
  /** Left out: all in one page, whatever `limit` says. */
  page?: PageLimits;
  /** A next link stands on the last page too, as recorded for identity providers. */
  emptyPageBehind?: true;
  /** Attributes that `filter` may name; left out: the parameter is ignored like an unknown one. */
  filter?: readonly string[];
  /** Whether `search` is understood. */
  search?: true;
  /** Members that `q` compares the beginning of, any case. */
  q?: readonly string[];
  /** What `expand` may name, and the value it puts into `_embedded`. Without it those are left out. */
  expand?: Readonly<Record<string, (object: OktaObject, asked: Asked) => unknown>>;
  /** Parameters that Okta repeats in its links. It drops the others: okta-sdk-nodejs issue #439. */
  linkKeeps?: readonly string[];
  /** The member an object wraps the list in, where the answer is not a plain array. */
  wrap?: string;
}

/** An endpoint that gives one object. */
export interface ObjectEndpoint extends EndpointBase {
  object(asked: Asked): OktaObject;
}

export type Endpoint = ListEndpoint | ObjectEndpoint;

const UNLIMITED: PageLimits = { default: Infinity, max: Infinity };

function found(object: OktaObject | undefined, id: string, kind: string): OktaObject {
  if (object === undefined) throw notFound(id, kind);
  return object;
}

/** The object of the first id of the path, or Okta's 404. */
function owner({ lookup, ids: [id = ''] }: Asked, collection: CollectionName, kind: string): OktaObject {
  return found(lookup.find(collection, id), id, kind);
}

const app = (asked: Asked): OktaObject => owner(asked, 'apps', 'AppInstance');
const group = (asked: Asked): OktaObject => owner(asked, 'groups', 'UserGroup');
const idp = (asked: Asked): OktaObject => owner(asked, 'idps', 'IdentityProvider');
const policy = (asked: Asked): OktaObject => owner(asked, 'policies', 'Policy');
const server = (asked: Asked): OktaObject => owner(asked, 'authorizationServers', 'AuthorizationServer');

/** The child collection of an object, or the 404 of the object. */
const below =
  (collection: CollectionName, parent: (asked: Asked) => OktaObject) =>
  (asked: Asked): readonly OktaObject[] =>
    asked.lookup.children(collection, parent(asked));

const all =
  (collection: CollectionName) =>
  ({ lookup }: Asked): readonly OktaObject[] =>
    lookup.all(collection);

/** The one child that has the second id of the path. */
function child(asked: Asked, children: readonly OktaObject[], kind: string): OktaObject {
  const id = asked.ids[1] ?? '';
  return found(
    children.find((candidate) => candidate.id === id),
    id,
    kind,
  );
}

/** The rules of a policy; routing rules belong to the first routing policy, of which an org has one. */
function rulesOf({ lookup }: Asked, parent: OktaObject): readonly OktaObject[] {
  const rules = lookup.children('policyRules', parent);
  const routing = lookup.grouped('policies', 'type', (candidate) => textMember(candidate, 'type'));
  if (routing.get('IDP_DISCOVERY')?.[0] !== parent) return rules;
  return [...rules, ...lookup.children('idpDiscoveryRules', parent)];
}

function appsOfGroup({ lookup }: Asked, id: string): readonly OktaObject[] {
  const byGroup = lookup.grouped('appGroups', 'group', (assignment) => textMember(assignment, 'id'));
  const apps = (byGroup.get(id) ?? []).map((assignment) =>
    lookup.find('apps', linkedId(assignment, ['app', 'self'], 'apps') ?? ''),
  );
  return apps.filter((candidate) => candidate !== undefined);
}

/** What the data says about a group; what it leaves out follows from the assignments. */
function statsOf(object: OktaObject, asked: Asked): OktaObject {
  const stored = member(object, '_embedded.stats');
  const appsCount = appsOfGroup(asked, String(object.id)).length;
  const derived = { usersCount: 0, appsCount, groupPushMappingsCount: 0, hasAdminPrivilege: false };
  return isObject(stored) ? { ...derived, ...stored } : derived;
}

function features(asked: Asked): readonly OktaObject[] {
  const parent = app(asked);
  const names = parent.features;
  if (!Array.isArray(names) || names.length === 0) {
    throw invalid('provisioning', 'Provisioning is not supported for this application.');
  }
  return asked.lookup.children('appFeatures', parent);
}

function first({ lookup }: Asked, collection: CollectionName, kind: string): OktaObject {
  return found(lookup.all(collection)[0], 'org', kind);
}

/**
 * Every read the simulator answers. More specific paths stand before those with an id in the same place.
 * `/apps/{id}/credentials/secrets` is left out on purpose: an inventory must never ask for it.
 * Source: https://developer.okta.com/docs/api/openapi/okta-management/management/
 */
export const ENDPOINTS = {
  apps: {
    path: '/api/v1/apps',
    perMinute: 100,
    items: all('apps'),
    page: { default: 20, max: 200 },
    filter: ['id', 'status', 'name', 'credentials.signing.kid', 'settings.slo.enabled'],
    q: ['label', 'name'],
    expand: { user: () => undefined },
    linkKeeps: ['q', 'filter', 'expand', 'includeNonDeleted'],
  },
  app: { path: '/api/v1/apps/:id', perMinute: 500, object: app },
  appGroups: {
    path: '/api/v1/apps/:id/groups',
    perMinute: 100,
    items: below('appGroups', app),
    page: { default: 20, max: 200 },
    expand: {
      group: (object, { lookup }) => lookup.find('groups', String(object.id)),
      metadata: () => ({}),
    },
    linkKeeps: ['q', 'expand'],
  },
  appGroup: {
    path: '/api/v1/apps/:id/groups/:groupId',
    perMinute: 100,
    object: (asked) => child(asked, asked.lookup.children('appGroups', app(asked)), 'GroupAssignment'),
  },
  appUsers: {
    path: '/api/v1/apps/:id/users',
    perMinute: 100,
    items: below('appUsers', app),
    page: { default: 50, max: 500 },
    expand: { user: () => undefined },
    linkKeeps: ['q'],
  },
  appKeys: { path: '/api/v1/apps/:id/credentials/keys', perMinute: 100, items: below('appKeys', app) },
  appFeatures: { path: '/api/v1/apps/:id/features', perMinute: 100, items: features },
  appGrants: {
    path: '/api/v1/apps/:id/grants',
    perMinute: 100,
    items: below('appGrants', app),
    expand: { scope: () => undefined },
  },
  groupRules: {
    path: '/api/v1/groups/rules',
    perMinute: 500,
    items: all('groupRules'),
    page: { default: 50, max: 200 },
    linkKeeps: ['search', 'expand'],
  },
  groups: {
    path: '/api/v1/groups',
    perMinute: 500,
    items: all('groups'),
    page: { default: 10_000, max: 10_000 },
    filter: ['id', 'type', 'lastUpdated', 'lastMembershipUpdated'],
    search: true,
    q: ['profile.name'],
    expand: {
      stats: statsOf,
      app: (object, { lookup }) => lookup.find('apps', linkedId(object, ['source'], 'apps') ?? ''),
    },
    linkKeeps: ['q', 'filter', 'search', 'expand', 'sortBy', 'sortOrder'],
  },
  group: { path: '/api/v1/groups/:id', perMinute: 1000, object: group },
  groupApps: {
    path: '/api/v1/groups/:id/apps',
    perMinute: 500,
    items: (asked) => appsOfGroup(asked, String(group(asked).id)),
    page: { default: 20, max: 200 },
  },
  idpKeys: {
    path: '/api/v1/idps/credentials/keys',
    perMinute: 1000,
    items: all('idpKeys'),
    page: { default: 20, max: 200 },
    emptyPageBehind: true,
  },
  idpKey: {
    path: '/api/v1/idps/credentials/keys/:kid',
    perMinute: 1000,
    object: (asked) => owner(asked, 'idpKeys', 'JsonWebKey'),
  },
  idps: {
    path: '/api/v1/idps',
    perMinute: 1000,
    items: ({ lookup, query }) => {
      const type = query.get('type');
      return type === null ? lookup.all('idps') : lookup.all('idps').filter((object) => object.type === type);
    },
    page: { default: 20, max: 200 },
    emptyPageBehind: true,
    q: ['name'],
  },
  idp: { path: '/api/v1/idps/:id', perMinute: 1000, object: idp },
  idpSigningKeys: {
    path: '/api/v1/idps/:id/credentials/keys',
    perMinute: 1000,
    items: below('idpSigningKeys', idp),
  },
  policies: {
    path: '/api/v1/policies',
    perMinute: 1000,
    items: ({ lookup, query, policyTypeAbsent }) => {
      const policies = policiesOfType(lookup, query.get('type'), policyTypeAbsent);
      const status = query.get('status');
      return status === null ? policies : policies.filter((object) => object.status === status);
    },
    page: UNLIMITED,
    q: ['name'],
    expand: { rules: (object, asked) => rulesOf(asked, object) },
    linkKeeps: ['type', 'status', 'q', 'expand', 'sortBy', 'resourceId'],
  },
  policy: { path: '/api/v1/policies/:id', perMinute: 1000, object: policy },
  policyRules: {
    path: '/api/v1/policies/:id/rules',
    perMinute: 1000,
    items: (asked) => rulesOf(asked, policy(asked)),
  },
  policyRule: {
    path: '/api/v1/policies/:id/rules/:ruleId',
    perMinute: 1000,
    object: (asked) => child(asked, rulesOf(asked, policy(asked)), 'PolicyRule'),
  },
  policyMappings: {
    path: '/api/v1/policies/:id/mappings',
    perMinute: 50,
    items: below('policyMappings', policy),
  },
  policyApps: {
    path: '/api/v1/policies/:id/app',
    perMinute: 50,
    items: (asked) => {
      const id = String(policy(asked).id);
      return (
        asked.lookup
          .grouped('apps', 'access policy', (object) => linkedId(object, ['accessPolicy'], 'policies'))
          .get(id) ?? []
      );
    },
  },
  domains: { path: '/api/v1/domains', perMinute: 100, items: all('domains'), wrap: 'domains' },
  emailDomains: {
    path: '/api/v1/email-domains',
    perMinute: 100,
    items: all('emailDomains'),
    expand: { brands: () => [] },
  },
  org: { path: '/api/v1/org', perMinute: 100, object: (asked) => first(asked, 'org', 'Org') },
  orgMetadata: {
    path: '/.well-known/okta-organization',
    perMinute: 1000,
    anonymous: true,
    object: (asked) => first(asked, 'orgMetadata', 'Org'),
  },
  zones: {
    path: '/api/v1/zones',
    perMinute: 100,
    items: all('zones'),
    page: UNLIMITED,
    filter: ['id', 'usage', 'system'],
    linkKeeps: ['filter'],
  },
  authorizationServers: {
    path: '/api/v1/authorizationServers',
    perMinute: 1000,
    items: all('authorizationServers'),
    page: { default: 200, max: 200 },
    q: ['name'],
    linkKeeps: ['q'],
  },
  authorizationServerPolicies: {
    path: '/api/v1/authorizationServers/:id/policies',
    perMinute: 1000,
    items: below('authorizationServerPolicies', server),
  },
  authorizationServerPolicyRules: {
    path: '/api/v1/authorizationServers/:id/policies/:policyId/rules',
    perMinute: 1000,
    items: (asked) => {
      const policies = asked.lookup.children('authorizationServerPolicies', server(asked));
      return asked.lookup.children('authorizationServerPolicyRules', child(asked, policies, 'Policy'));
    },
  },
  authorizationServerScopes: {
    path: '/api/v1/authorizationServers/:id/scopes',
    perMinute: 1000,
    items: below('authorizationServerScopes', server),
    page: UNLIMITED,
    q: ['name'],
    linkKeeps: ['q'],
  },
  authorizationServerClaims: {
    path: '/api/v1/authorizationServers/:id/claims',
    perMinute: 1000,
    items: below('authorizationServerClaims', server),
  },
  inlineHooks: {
    path: '/api/v1/inlineHooks',
    perMinute: 100,
    items: ({ lookup, query }) => {
      const type = query.get('type');
      const hooks = lookup.all('inlineHooks');
      return type === null ? hooks : hooks.filter((object) => object.type === type);
    },
  },
  me: { path: '/api/v1/users/me', perMinute: 600, object: () => MAKER },
  userRoles: {
    path: '/api/v1/users/:id/roles',
    perMinute: 600,
    items: ({ roles, ids: [id = ''] }) => assignedRoles(roles, id),
  },
  rolePermissions: {
    path: '/api/v1/iam/roles/:id/permissions',
    perMinute: 600,
    object: ({ roles, ids: [id = ''] }) => rolePermissions(roles, id),
  },
  eventHooks: { path: '/api/v1/eventHooks', perMinute: 100, items: all('eventHooks') },
  logStreams: {
    path: '/api/v1/logStreams',
    perMinute: 100,
    items: all('logStreams'),
    page: { default: 20, max: 200 },
    filter: ['type', 'status'],
    linkKeeps: ['filter'],
  },
} satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof ENDPOINTS;
