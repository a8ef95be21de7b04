import type { EntraApplication } from '../../../inventory/entra.ts';
import type { StoredItem } from '../../../inventory/item.ts';
import type { RuleSet } from '../../rule.ts';
import { subjectOf } from '../../subject.ts';
import { unknownWords } from '../common.ts';
import { registrationSubject } from '../facts/registration.ts';
import { ownerOf, servicePrincipalSubject } from '../facts/servicePrincipal.ts';
import { isForSingleSignOn } from '../facts/singleSignOn.ts';
import { registrationRules } from './registration/index.ts';
import { servicePrincipalRules } from './servicePrincipal/index.ts';

/** Registrations and service principals: each an item of its own that names the other. */
export const entraApplicationRules: RuleSet<'application'> = {
  source: 'entra',
  itemType: 'application',
  rules: [...unknownWords('application'), ...registrationRules, ...servicePrincipalRules],
  pointers: {
    name: '/displayName',
    status: '/accountEnabled',
    'entra.app_id': '/appId',
    'entra.sign_in_audience': '/signInAudience',
    'entra.disabled_by_microsoft': '/disabledByMicrosoftStatus',
    'entra.is_fallback_public_client': '/isFallbackPublicClient',
    'entra.id_token_issuance': '/web/implicitGrantSettings/enableIdTokenIssuance',
    'entra.access_token_issuance': '/web/implicitGrantSettings/enableAccessTokenIssuance',
    'entra.identifier_uris': '/identifierUris',
    'entra.group_membership_claims': '/groupMembershipClaims',
    'entra.accept_mapped_claims': '/api/acceptMappedClaims',
    'entra.token_encryption_key_id': '/tokenEncryptionKeyId',
    'entra.native_authentication': '/nativeAuthenticationApisEnabled',
    'entra.countries_blocked_for_minors': '/parentalControlSettings/countriesBlockedForMinors',
    'entra.type': '/servicePrincipalType',
    'entra.owner_organization': '/appOwnerOrganizationId',
    'entra.reply_urls': '/replyUrls',
    'entra.relay_state': '/samlSingleSignOnSettings/relayState',
    'entra.login_url': '/loginUrl',
  },
  facts: {
    'entra.kind': 'whether it is a registration or a service principal: the listing it stands in',
    'entra.logout_url': 'web.logoutUrl of a registration, logoutUrl of a service principal',
    notes: 'notes, description and serviceManagementReference',
    platforms: 'which of web, spa and publicClient have redirect addresses',
    uri_traits: 'what stands out in its redirect addresses',
    any_port: 'whether a redirect address of its publicClient is this machine without a port',
    beyond_profile: 'settings that the target has only within limits',
    credentials: 'what of passwordCredentials and keyCredentials it may prove by who it is',
    valid_credentials: 'how many of these are in date at the time of judgement',
    certificate_traits: 'what stands out in its certificates at the time of judgement',
    federated_subjects: 'subjects of /applications/{id}/federatedIdentityCredentials',
    principal: 'whether the snapshot holds the service principal with its appId: present, absent or unread',
    principal_enabled: 'accountEnabled of that service principal',
    principal_disabled_by_microsoft: 'disabledByMicrosoftStatus of that service principal',
    principal_credentials: 'whether that service principal holds credentials of its own',
    sign_on:
      'preferredSingleSignOnMode of the service principal; saml, too, for one with a preferredTokenSigningKeyThumbprint',
    covered:
      'whether the service principal is for SAML or passwords, either has the role msiam_access, or samlMetadataUrl is given',
    for_single_sign_on:
      'whether either has an applicationTemplateId or a tag of the gallery or of custom single sign-on',
    on_premises: 'whether either has the tag of application proxy, or an address under msappproxy.net',
    exposes:
      'its enabled scopes and application roles, preAuthorizedApplications and knownClientApplications',
    default_scope_alone:
      'whether that is user_impersonation alone, which no grant and no other registration names',
    called_by_others: 'whether a delegated grant or another registration of the directory names it as an API',
    permissions_beyond:
      'requiredResourceAccess beyond openid, profile, email, offline_access and User.Read of Microsoft Graph',
    grants_beyond: 'what /oauth2PermissionGrants let its service principal do beyond these',
    user_read: 'whether User.Read of Microsoft Graph is among either',
    optional_claims: 'names of optionalClaims of any token',
    group_claims: 'whether groupMembershipClaims is more than None',
    user_roles: 'enabled appRoles that people may have',
    claims_policy: 'whether a claims mapping policy is assigned to the service principal',
    home_realm: 'whether a home realm discovery policy is assigned to the service principal',
    everyone_may_enter: 'whether appRoleAssignmentRequired of the service principal is false',
    unread: 'what could not be read beside it or its service principal',
    owner:
      'by appOwnerOrganizationId and the list of Microsoft\u2019s applications: microsoft, own, other or unknown',
    registered: 'whether the snapshot holds the registration with its appId',
    entity_ids: 'servicePrincipalNames but the appId',
    for_people: 'whether it has reply addresses, a loginUrl or stored passwords',
    hidden: 'whether it has the tag HideApp',
    own_roles: 'its appRoles but those that Entra gives every enterprise application',
    provisioning:
      '/servicePrincipals/{id}/synchronization/jobs: jobs, none, unread, or not_asked where there can be none',
    provisioning_jobs: 'templates of these jobs',
  },
  factsRevision: 1,
  reads: { items: ['service_principal', 'registration'] },
  subject(item, around) {
    const { entra } = item.normalized;
    switch (entra?.kind) {
      case 'registration':
        return registrationSubject(item, entra, around);
      case 'service_principal':
        return servicePrincipalSubject(item, entra, around);
      case undefined:
        return subjectOf(item, {});
    }
  },
  contract(item, around) {
    const { entra } = item.normalized;
    return entra && isClient(item, entra, around.snapshot.entra?.directoryId ?? null)
      ? 'tenant_oidc_application'
      : 'none';
  },
};

/** Whether a client of OpenID Connect would stand for it at the target. */
function isClient(
  { normalized }: StoredItem<'application'>,
  entra: EntraApplication,
  directoryId: string | null,
): boolean {
  if (entra.kind === 'registration') return (normalized.oidc?.application_type ?? null) !== null;
  const says = entra.sso_mode === 'oidc' || (entra.sso_mode === null && !isForSingleSignOn(entra));
  return says && entra.reply_urls.length > 0 && ownerOf(entra, directoryId) === 'own';
}
