import type { EntraRegistration, EntraServicePrincipal } from '../../../inventory/entra.ts';
import type { StoredItem } from '../../../inventory/item.ts';
import type { Subject } from '../../condition.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';
import { traitsOfAll } from '../../uris.ts';
import { firstPartyApplications, microsoftGraph, signInPermissions, userRead } from '../firstParty.ts';
import { credentialFacts } from './credentials.ts';
import {
  hasAccessRole,
  isForSingleSignOn,
  isOnPremises,
  isProxied,
  rolesOf,
  signOnOf,
} from './singleSignOn.ts';

/** The subject that the rules of a registration judge. */
export function registrationSubject(
  item: StoredItem<'application'>,
  entra: EntraRegistration,
  around: Surroundings,
): Subject {
  const principalItem = around.named('service_principal')[0]?.item ?? null;
  const principal = principalOf(principalItem);
  const uris = [...entra.web_redirect_uris, ...entra.spa_redirect_uris, ...entra.public_client_redirect_uris];
  const both = [entra, ...(principal ? [principal] : [])];
  const signOn = principal && signOnOf(principal);
  return subjectOf(item, {
    ...credentialFacts(entra, around),
    ...apiFacts(entra, principalItem, around),
    ...permissionFacts(entra, principal, around),
    platforms: platformsOf(entra),
    uri_traits: traitsOfAll(uris, around.snapshot.incumbentHosts),
    any_port: isAnyPort(entra),
    beyond_profile: uris.length > around.profile.most_redirect_uris ? ['redirect_uris'] : [],
    principal: presence(principal, around),
    principal_enabled: principalItem?.status ?? null,
    principal_disabled_by_microsoft: principal?.disabled_by_microsoft ?? null,
    principal_credentials: holdsCredentials(principal),
    sign_on: signOn,
    covered:
      signOn === 'saml' ||
      signOn === 'password' ||
      both.some(hasAccessRole) ||
      entra.saml_metadata_url !== null,
    for_single_sign_on: both.some(isForSingleSignOn),
    on_premises: both.some(isOnPremises) || isProxied([...uris, ...(principal?.reply_urls ?? [])]),
    federated_subjects:
      entra.federated_credentials?.map(({ subject, issuer }) => subject ?? issuer ?? '') ?? null,
    optional_claims: Object.values(entra.optional_claims).flat(),
    group_claims: entra.group_membership_claims !== null && entra.group_membership_claims !== 'None',
    user_roles: rolesOf(entra)
      .filter(({ members }) => members.includes('User'))
      .map(({ name }) => name),
    claims_policy: (principal?.claims_mapping_policies?.length ?? 0) > 0,
    home_realm: (principal?.home_realm_discovery_policies?.length ?? 0) > 0,
    everyone_may_enter: principal?.assignment_required === false,
    unread: unreadParts(entra, principal),
  });
}

function principalOf(item: StoredItem | null): EntraServicePrincipal | null {
  const entra = item === null ? null : (item as StoredItem<'application'>).normalized.entra;
  return entra?.kind === 'service_principal' ? entra : null;
}

function presence(
  principal: EntraServicePrincipal | null,
  around: Surroundings,
): 'present' | 'absent' | 'unread' {
  if (around.snapshot.refused.has('service_principals')) return 'unread';
  return principal ? 'present' : 'absent';
}

function platformsOf(entra: EntraRegistration): string[] {
  const platforms = [
    ['web', entra.web_redirect_uris],
    ['single-page', entra.spa_redirect_uris],
    ['mobile or desktop', entra.public_client_redirect_uris],
  ] as const;
  return platforms.filter(([, uris]) => uris.length > 0).map(([name]) => name);
}

/** Entra takes any port of this machine for an address that names none. */
const isAnyPort = ({ public_client_redirect_uris: uris }: EntraRegistration): boolean =>
  uris.some((uri) => /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[/?#]|$)/i.test(uri));

/** Keys that sign towards it are Entra's own and prove nothing about it. */
const holdsCredentials = (principal: EntraServicePrincipal | null): boolean =>
  principal !== null &&
  (principal.password_credentials.length > 0 ||
    principal.key_credentials.some(({ usage, signs_tokens }) => usage === 'Verify' && !signs_tokens));

/** What of it could not be read, or not be read beside it. */
function unreadParts(entra: EntraRegistration, principal: EntraServicePrincipal | null): string[] {
  const unread: string[] = [];
  if (entra.federated_credentials === null) unread.push('federated credentials');
  if (principal?.delegated_grants === null) unread.push('delegated permission grants');
  if (principal?.claims_mapping_policies === null) unread.push('claims mapping policies');
  if (principal?.home_realm_discovery_policies === null) unread.push('home realm discovery policies');
  return unread;
}

/** Whether others call it, and by what. */
function apiFacts(entra: EntraRegistration, principal: StoredItem | null, around: Surroundings): Subject {
  const applicationRoles = entra.app_roles.filter(({ members }) => members.includes('Application'));
  const exposes = [
    ...entra.exposed_scopes,
    ...applicationRoles.map(({ name }) => name),
    ...entra.pre_authorized_applications,
    ...entra.known_client_applications,
  ];
  const directory = around.snapshot.entra;
  const asked =
    (principal !== null && directory?.grantedApis?.has(principal.externalId) === true) ||
    directory?.requestedApis.has(entra.app_id?.toLowerCase() ?? '') === true;
  const lone = exposes.length === 1 && entra.exposed_scopes[0] === 'user_impersonation' && !asked;
  return { exposes, called_by_others: asked, default_scope_alone: lone };
}

/** What it may call beyond asking who somebody is. */
function permissionFacts(
  entra: EntraRegistration,
  principal: EntraServicePrincipal | null,
  around: Surroundings,
): Subject {
  const asked = entra.required_permissions.map(({ resource, id, type }) => {
    const api = resource.toLowerCase();
    const ofGraph = api === microsoftGraph && type === 'Scope' ? id.toLowerCase() : null;
    if (ofGraph !== null && signInPermissions.has(ofGraph)) return 'sign_in';
    if (ofGraph === userRead.id) return 'user_read';
    return `${firstPartyApplications.get(api) ?? resource} ${id}`;
  });
  const granted = (principal?.delegated_grants ?? []).flatMap(({ resource, scope }) => {
    const api = around.snapshot.entra?.grantedApis?.get(resource ?? '');
    return (scope ?? '').split(/\s+/).flatMap((name) => {
      if (name === '') return [];
      if (api?.appId === microsoftGraph && [...signInPermissions.values()].includes(name)) return ['sign_in'];
      if (api?.appId === microsoftGraph && name === userRead.name) return ['user_read'];
      return [`${api?.name ?? resource ?? 'an unknown API'} ${name}`];
    });
  });
  const beyond = (found: readonly string[]) => [
    ...new Set(found.filter((each) => each !== 'sign_in' && each !== 'user_read')),
  ];
  return {
    permissions_beyond: beyond(asked),
    grants_beyond: beyond(granted),
    user_read: [...asked, ...granted].includes('user_read'),
  };
}
