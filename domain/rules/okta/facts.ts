import { isSigningKey, type ApplicationForm } from '../../inventory/application.ts';
import { oktaObjects } from '../../inventory/objects.ts';
import type { StoredItem } from '../../inventory/item.ts';
import type { PolicyForm, PolicyRule } from '../../inventory/policy.ts';
import type { Subject } from '../condition.ts';
import { baseSubject } from '../subject.ts';
import type { AuthorizationServerFact } from './orgFacts.ts';
import type { Surroundings } from '../surroundings.ts';
import type { TargetProfile } from '../targetProfile.ts';
import { traitsOfAll } from '../uris.ts';

/** What guards an application. */
export type GuardKind = 'none' | 'plain' | 'conditional' | 'denies' | 'unreadable';

/** Whether a custom authorization server makes an application's tokens. */
export type TokenSource = 'none' | 'may_apply' | 'named' | 'unknown';

/** Objects read for an Okta application. */
export const applicationObjects = [oktaObjects.grant] as const;

/** The subject that the rules of an application judge. */
export function applicationSubject(item: StoredItem<'application'>, around: Surroundings): Subject {
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
  const guards = around.named('access_policy').map(({ item: policy }) => policyForm(policy));
  const grants = grantedScopes(around);
  return {
    ...baseSubject(item),
    guard: guardOf(guards),
    uri_traits: traitsOfAll(uris, around.snapshot.incumbentHosts),
    wildcard_written: uris.some((uri) => uri.includes('*')),
    key_source: keySourceOf(form),
    token_source: tokenSourceOf(oidc?.client_id ?? null, around.snapshot.okta?.authorizationServers ?? null),
    granted_scopes: grants,
    okta_api_client: grants?.some((scope) => scope.startsWith('okta.')) ?? false,
    beyond_profile: beyondProfile(form, around.profile),
  };
}

const policyForm = (item: StoredItem | null): PolicyForm | null =>
  item === null ? null : (item as StoredItem<'policy'>).normalized;

/** API scopes granted to the application; null when none was found and not all could be read. */
function grantedScopes(around: Surroundings): string[] | null {
  const scopes = around.objects(oktaObjects.grant).flatMap(({ data }) => {
    const { scope, status } = data as { scope: string | null; status: string | null };
    return scope === null || status === 'REVOKED' ? [] : [scope];
  });
  return scopes.length === 0 && around.snapshot.refused.has('application_grants') ? null : scopes;
}

/** The subject that the rules of a group judge. */
export function groupSubject(item: StoredItem<'group'>, around: Surroundings): Subject {
  return {
    ...baseSubject(item),
    referenced: around.naming.some(({ items }) => items > 0),
    fed_by_rule: around.snapshot.okta?.groupsFedByRules?.has(item.externalId) ?? null,
  };
}

/** The subject that the rules of an assignment judge. */
export function assignmentSubject(item: StoredItem<'assignment'>, around: Surroundings): Subject {
  const application = around.named('application')[0]?.verdict ?? null;
  const group = around.named('group')[0]?.verdict ?? null;
  return {
    ...baseSubject(item),
    application_class: application?.compatibilityClass ?? null,
    group_class: group?.compatibilityClass ?? null,
    everyone: group?.vendorKind === 'BUILT_IN',
    guard_denies: application?.ruleIds.includes('okta.application.guard_denies') ?? false,
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
