import type { CollectionShape, Parent as ParentOf } from '../tenant.ts';
import { linkedId, textMember } from './members.ts';

/** Every collection a tenant consists of. The file of one is its name in kebab case: `app-groups.json`. */
export const COLLECTION_NAMES = [
  'apps',
  'appFeatures',
  'appGrants',
  'appGroups',
  'appKeys',
  'appUsers',
  'authorizationServers',
  'authorizationServerClaims',
  'authorizationServerPolicies',
  'authorizationServerPolicyRules',
  'authorizationServerScopes',
  'domains',
  'emailDomains',
  'eventHooks',
  'groupRules',
  'groups',
  'idpDiscoveryRules',
  'idpKeys',
  'idps',
  'idpSigningKeys',
  'inlineHooks',
  'logStreams',
  'org',
  'orgMetadata',
  'policies',
  'policyMappings',
  'policyRules',
  'zones',
] as const;

export type CollectionName = (typeof COLLECTION_NAMES)[number];

type Parent = ParentOf<CollectionName>;

/** A child that says in its links which parent it hangs below. */
function linkedTo(
  collection: CollectionName,
  noun: string,
  segment: string,
  links = ['self'],
): { parent: Parent } {
  return {
    parent: {
      collection,
      noun,
      named: (child) => linkedId(child, links, segment),
      answersTo: (parent) => textMember(parent, 'id'),
    },
  };
}

/** A key: it has no link, its parent names it by its kid. */
function signingKeyOf(collection: CollectionName, noun: string, path: string): { parent: Parent } {
  return {
    parent: {
      collection,
      noun,
      named: (key) => textMember(key, 'kid'),
      answersTo: (parent) => textMember(parent, path),
    },
  };
}

const ROUTING = 'IDP_DISCOVERY';

/**
 * Routing rules hang below the org's one IDP_DISCOVERY policy whatever their link says: an org has exactly
 * one, and a recorded set may hold rules of several orgs.
 * Source: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
 */
const belowTheRoutingPolicy: { parent: Parent } = {
  parent: {
    collection: 'policies',
    noun: 'IDP_DISCOVERY policy',
    named: () => ROUTING,
    answersTo: (policy) => (policy.type === ROUTING ? ROUTING : undefined),
  },
};

const ofApp = linkedTo('apps', 'application', 'apps', ['app', 'self']);
const ofServer = linkedTo('authorizationServers', 'authorization server', 'authorizationServers');

export const COLLECTIONS: Record<CollectionName, CollectionShape<CollectionName>> = {
  apps: { key: 'id', noun: 'application' },
  appFeatures: { key: 'name', noun: 'application feature', ...ofApp },
  appGrants: { key: 'id', noun: 'scope grant', ...ofApp },
  appGroups: { key: 'id', noun: 'group assignment', ...ofApp },
  appKeys: {
    key: 'kid',
    noun: 'application key',
    ...signingKeyOf('apps', 'application', 'credentials.signing.kid'),
  },
  appUsers: { key: 'id', noun: 'user assignment', ...ofApp },
  authorizationServers: { key: 'id', noun: 'authorization server' },
  authorizationServerClaims: { key: 'id', noun: 'claim', ...ofServer },
  authorizationServerPolicies: { key: 'id', noun: 'authorization server policy', ...ofServer },
  authorizationServerPolicyRules: {
    key: 'id',
    noun: 'authorization server policy rule',
    ...linkedTo('authorizationServerPolicies', 'authorization server policy', 'policies'),
  },
  authorizationServerScopes: { key: 'id', noun: 'scope', ...ofServer },
  domains: { key: 'id', noun: 'domain' },
  emailDomains: { key: 'id', noun: 'email domain' },
  eventHooks: { key: 'id', noun: 'event hook' },
  groupRules: { key: 'id', noun: 'group rule' },
  groups: { key: 'id', noun: 'group' },
  idpDiscoveryRules: { key: 'id', noun: 'routing rule', ...belowTheRoutingPolicy },
  idpKeys: { key: 'kid', noun: 'identity provider key' },
  idps: { key: 'id', noun: 'identity provider' },
  idpSigningKeys: {
    key: 'kid',
    noun: 'request signing key',
    ...signingKeyOf('idps', 'identity provider', 'protocol.credentials.signing.kid'),
  },
  inlineHooks: { key: 'id', noun: 'inline hook' },
  logStreams: { key: 'id', noun: 'log stream' },
  org: { key: 'id', noun: 'org', single: true },
  orgMetadata: { key: 'id', noun: 'org metadata object', single: true },
  policies: { key: 'id', noun: 'policy' },
  policyMappings: {
    key: 'id',
    noun: 'policy mapping',
    ...linkedTo('policies', 'policy', 'policies', ['policy', 'self']),
  },
  policyRules: {
    key: 'id',
    noun: 'policy rule',
    ...linkedTo('policies', 'policy', 'policies', ['self', 'policy']),
  },
  zones: { key: 'id', noun: 'network zone' },
};

/** The name of the file a collection is kept in. */
export function fileOf(collection: CollectionName): string {
  return `${collection.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.json`;
}
