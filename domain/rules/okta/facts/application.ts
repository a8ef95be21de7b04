import { isSigningKey, type ApplicationForm, type SamlApplication } from '../../../inventory/application.ts';
import { oktaObjects } from '../../../inventory/objects.ts';
import type { StoredItem } from '../../../inventory/item.ts';
import type { Subject } from '../../condition.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';
import type { TargetProfile } from '../../targetProfile.ts';
import { traitsOf, traitsOfAll, uriTraits, type UriTrait } from '../../uris.ts';
import { guardFacts } from './guard.ts';
import { tokenFacts } from './tokens.ts';

/** Objects read for an Okta application. */
export const applicationObjects = [oktaObjects.grant] as const;

/** The subject that the rules of an application judge. */
export function applicationSubject(item: StoredItem<'application'>, around: Surroundings): Subject {
  const form = item.normalized;
  const { incumbentHosts, okta } = around.snapshot;
  const addresses = addressesOf(form);
  const grants = grantedScopes(around);
  return subjectOf(item, {
    ...guardFacts(around.named('access_policy')),
    ...tokenFacts(form.oidc?.client_id ?? null, okta),
    agent: needsAgent(item),
    directory: isDirectory(form),
    uri_traits: traitsOfAll(addresses, incumbentHosts),
    addresses: byTrait(addresses, incumbentHosts),
    wildcard_written: addresses.some((uri) => uri.includes('*')),
    key_source: keySourceOf(form),
    granted_scopes: grants,
    okta_api_client: grants?.some((scope) => scope.startsWith('okta.')) ?? false,
    beyond_profile: beyondProfile(form, around.profile),
    rebuild: form.saml && rebuildOf(form.saml),
  });
}

/** Addresses that people or keys come from or go to. */
function addressesOf({ oidc }: ApplicationForm): string[] {
  if (!oidc) return [];
  const single = [oidc.initiate_login_uri, oidc.jwks_uri].filter((uri) => uri !== null);
  return [...oidc.redirect_uris, ...oidc.post_logout_redirect_uris, ...single];
}

/** The addresses that have each trait. */
function byTrait(
  addresses: readonly string[],
  incumbentHosts: ReadonlySet<string>,
): Record<UriTrait, string[]> {
  const traits = new Map(addresses.map((uri) => [uri, traitsOf(uri, incumbentHosts)]));
  const having = (trait: UriTrait) =>
    [...traits].filter(([, own]) => own.includes(trait)).map(([uri]) => uri);
  return Object.fromEntries(uriTraits.map((trait) => [trait, having(trait)])) as Record<UriTrait, string[]>;
}

/**
 * Applications that an agent or a listener of Okta's signs people in to. The sign-on modes RADIUS_FOR_* are in no
 * published list: https://github.com/okta/okta-sdk-python/issues/167
 */
function needsAgent({ vendorKind, normalized }: StoredItem<'application'>): boolean {
  const name = normalized.catalogue_name ?? '';
  return (
    ['ldap_interface', 'mfa_rdp'].includes(name) ||
    /(?:^|_)radius(?:_|$)/.test(name) ||
    vendorKind.startsWith('RADIUS_FOR_') ||
    vendorKind === 'MFA_AS_SERVICE'
  );
}

/** Applications that feed people into Okta, or check their passwords for it. */
function isDirectory({ catalogue_name, provisioning_features }: ApplicationForm): boolean {
  const name = catalogue_name ?? '';
  return (
    name === 'active_directory' ||
    (name.startsWith('ldap_') && name !== 'ldap_interface') ||
    name.startsWith('csv_directory') ||
    provisioning_features.some(
      (feature) => feature === 'PROFILE_MASTERING' || feature === 'OUTBOUND_DEL_AUTH',
    )
  );
}

/** API scopes granted to the application; null when none was found and not all could be read. */
function grantedScopes(around: Surroundings): string[] | null {
  const scopes = around.objects(oktaObjects.grant).flatMap(({ data }) => {
    const { scope, status } = data as { scope: string | null; status: string | null };
    return scope === null || status === 'REVOKED' ? [] : [scope];
  });
  return scopes.length === 0 && around.snapshot.refused.has('application_grants') ? null : scopes;
}

/** Where a private_key_jwt client's public keys come from: usable keys beside it, an https address, or nowhere. */
function keySourceOf({ oidc }: ApplicationForm): 'keys' | 'address' | 'none' {
  if (!oidc) return 'none';
  if (oidc.jwks.some(isSigningKey)) return 'keys';
  return oidc.jwks_uri?.startsWith('https://') ? 'address' : 'none';
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
  const needsSecret = oidc.token_endpoint_auth_method === 'client_secret_jwt';
  if (needsSecret && !profile.recoverable_secrets) beyond.push('recoverable_secret');
  return beyond;
}

/** What a rebuild of a SAML or WS-Federation application must bring along, as lists to be told. */
function rebuildOf(saml: SamlApplication) {
  const { attributes } = saml;
  const groups = attributes.filter(({ type, filter_type }) => type === 'GROUP' || filter_type !== null);
  const values = attributes.filter((attribute) => !groups.includes(attribute));
  const isPlain = ({ values: own }: (typeof attributes)[number]) =>
    own.every((value) => /^(?:user|source|appuser|app)\.[A-Za-z0-9_.]+$/.test(value));
  const told = ({ name, values: own }: (typeof attributes)[number]) => `${name ?? '?'} = ${own.join(' + ')}`;
  return {
    plain_attributes: values.filter(isPlain).map(told),
    expression_attributes: values.filter((attribute) => !isPlain(attribute)).map(told),
    group_attributes: groups.map(
      ({ name, filter_type, filter_value }) =>
        `${name ?? '?'} (${filter_type ?? 'no filter'} ${filter_value ?? ''})`,
    ),
    endpoints: [...new Set([...(saml.acs_url === null ? [] : [saml.acs_url]), ...saml.acs_endpoints])],
  };
}
