import type { CompatibilityClass, Dependency } from '../assessment.ts';
import { isSigningKey, type ApplicationForm } from '../inventory/application.ts';
import type { StoredItem } from '../inventory/item.ts';
import type { PolicyForm, PolicyRule } from '../inventory/policy.ts';
import type { Subject } from './condition.ts';
import type { TargetProfile } from './targetProfile.ts';
import { traitsOfAll, uriTraitsRevision } from './uris.ts';

/**
 * Facts that no single member states: what a rule asks of the rest of the snapshot. Whoever changes how one is
 * derived raises its revision, which is part of the classifier version.
 */
export const factRevisions = { uris: uriTraitsRevision, guard: 2, tokenSource: 1, keys: 1 } as const;

/** What was read beside the items, and whether it was read at all. */
export interface SnapshotFacts {
  /** Hosts under which the incumbent itself answers: the org's and its verified custom domains. */
  incumbentHosts: ReadonlySet<string>;
  /** Groups that a group rule feeds; null when the rules were not read. */
  groupsFedByRules: ReadonlySet<string> | null;
  /** Custom authorization servers and which clients their policies name; null when they were not read. */
  authorizationServers: readonly AuthorizationServerFact[] | null;
  /** API scopes granted to an application, by its id; absent when they were not read. */
  grantsByApplication: ReadonlyMap<string, readonly string[]>;
}

export interface AuthorizationServerFact {
  name: string;
  /** Client ids its policies name; `ALL_CLIENTS` stands for everyone. Null when its policies were not read. */
  clients: readonly string[] | null;
}

/** What guards an application. */
export type GuardKind = 'none' | 'plain' | 'conditional' | 'denies' | 'unreadable';

/** Whether a custom authorization server makes an application's tokens. */
export type TokenSource = 'none' | 'may_apply' | 'named' | 'unknown';

/** The subject that the rules of an application judge. */
export function applicationSubject(
  item: StoredItem<'application'>,
  guards: readonly (PolicyForm | null)[],
  facts: SnapshotFacts,
  profile: TargetProfile,
): Subject {
  const form = item.normalized;
  const { oidc } = form;
  const uris = oidc
    ? [
        ...oidc.redirect_uris,
        ...oidc.post_logout_redirect_uris,
        ...present(oidc.initiate_login_uri),
        ...present(oidc.jwks_uri),
      ]
    : [];
  return {
    ...base(item),
    guard: guardOf(guards),
    uri_traits: traitsOfAll(uris, facts.incumbentHosts),
    wildcard_written: uris.some((uri) => uri.includes('*')),
    key_source: keySourceOf(form),
    token_source: tokenSourceOf(oidc?.client_id ?? null, facts.authorizationServers),
    granted_scopes: facts.grantsByApplication.get(item.externalId) ?? null,
    okta_api_client:
      facts.grantsByApplication.get(item.externalId)?.some((scope) => scope.startsWith('okta.')) ?? false,
    beyond_profile: beyondProfile(form, profile),
  };
}

/** `referenced` says whether an assignment, a policy or a provider of the snapshot names the group. */
export function groupSubject(item: StoredItem<'group'>, referenced: boolean, facts: SnapshotFacts): Subject {
  return {
    ...base(item),
    referenced,
    fed_by_rule: facts.groupsFedByRules?.has(item.externalId) ?? null,
  };
}

/** One end of an assignment, as it was judged; null when the snapshot does not hold it. */
export interface JudgedEnd {
  compatibilityClass: CompatibilityClass;
  vendorKind: string;
  ruleIds: readonly string[];
}

export function assignmentSubject(
  item: StoredItem<'assignment'>,
  ends: { application: JudgedEnd | null; group: JudgedEnd | null },
): Subject {
  return {
    ...base(item),
    application_class: ends.application?.compatibilityClass ?? null,
    group_class: ends.group?.compatibilityClass ?? null,
    everyone: ends.group?.vendorKind === 'BUILT_IN',
    guard_denies: ends.application?.ruleIds.includes('okta.application.guard_denies') ?? false,
  };
}

/** Any other item's subject is its normal form. */
export const plainSubject = (item: StoredItem): Subject => base(item);

function base(item: StoredItem): Subject {
  return {
    ...item.normalized,
    name: item.name,
    status: item.status,
    vendor_kind: item.vendorKind,
    external_id: item.externalId,
  };
}

const present = (value: string | null): string[] => (value === null ? [] : [value]);

/**
 * What the access policies of an application do. Rules of the system count: the catch-all is what most people meet,
 * and every access policy has it, so that one without rules was not read. A policy that is not in the snapshot, or
 * whose rules could not be read, guards with something unknown.
 */
export function guardOf(guards: readonly (PolicyForm | null)[]): GuardKind {
  if (guards.length === 0) return 'none';
  if (guards.some((guard) => !guard?.rules?.length)) return 'unreadable';
  const rules = guards.flatMap((guard) => guard?.rules ?? []).filter((rule) => rule.active);
  if (rules.some((rule) => text(rule.actions, 'appSignOn', 'access') === 'DENY')) return 'denies';
  if (rules.some((rule) => rule.unparsable.length > 0)) return 'unreadable';
  return rules.some(isConditional) ? 'conditional' : 'plain';
}

/**
 * Whether a rule asks for more than a password or a second factor of everybody. What is not known to ask for nothing
 * asks for something. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
 */
function isConditional({ conditions, actions }: PolicyRule): boolean {
  const method = member(actions, 'appSignOn', 'verificationMethod');
  const plain =
    text(actions, 'appSignOn', 'access') === 'ALLOW' &&
    (text(method, 'type') ?? 'ASSURANCE') === 'ASSURANCE' &&
    excludesNobody(member(method, 'constraints')) &&
    excludesNobody(conditions);
  return !plain;
}

/** A condition without a word, or with one that means everybody, everywhere, anything. */
function excludesNobody(condition: unknown): boolean {
  if (condition === undefined || condition === null) return true;
  if (typeof condition === 'object') return Object.values(condition).every(excludesNobody);
  return condition === '' || condition === 'ANY' || condition === 'ANYWHERE';
}

function member(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found ?? undefined;
}

const text = (value: unknown, ...path: string[]): string | null => {
  const found = member(value, ...path);
  return typeof found === 'string' && found !== '' ? found : null;
};

/** Where a private_key_jwt client's public keys come from: usable keys beside it, an https address, or nowhere. */
function keySourceOf({ oidc }: ApplicationForm): 'keys' | 'address' | 'none' {
  if (!oidc) return 'none';
  if (oidc.jwks.some(isSigningKey)) return 'keys';
  return oidc.jwks_uri?.startsWith('https://') ? 'address' : 'none';
}

function tokenSourceOf(
  clientId: string | null,
  servers: readonly AuthorizationServerFact[] | null,
): TokenSource {
  if (servers === null) return 'unknown';
  if (servers.some((server) => server.clients === null)) return 'unknown';
  const named = (server: AuthorizationServerFact) => clientId !== null && server.clients?.includes(clientId);
  if (servers.some(named)) return 'named';
  return servers.some((server) => server.clients?.includes('ALL_CLIENTS')) ? 'may_apply' : 'none';
}

/** Settings that the target has only within limits, by name. */
function beyondProfile({ oidc }: ApplicationForm, profile: TargetProfile): string[] {
  if (!oidc) return [];
  const beyond: string[] = [];
  const rotation = oidc.refresh_token_rotation;
  if (rotation !== null && !profile.refresh_rotation.includes(rotation)) beyond.push('refresh_rotation');
  if ((oidc.refresh_token_leeway ?? 0) > profile.most_refresh_leeway) beyond.push('refresh_leeway');
  if (oidc.redirect_uris.length > profile.most_redirect_uris) beyond.push('redirect_uris');
  if (oidc.post_logout_redirect_uris.length > profile.most_post_logout_redirect_uris) {
    beyond.push('post_logout_redirect_uris');
  }
  return beyond;
}

/** Says of each relation of an item whether the snapshot holds its other end. */
export function dependenciesOf(
  relations: readonly { relation: string; toExternalId: string; toItemId: string | null }[],
): Dependency[] {
  return relations.map(({ relation, toExternalId, toItemId }) => ({
    item_id: toItemId,
    relation,
    external_id: toExternalId,
    resolved: toItemId !== null,
  }));
}
