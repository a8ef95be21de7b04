import type { ApplicationForm, OidcClient } from '../../../../domain/inventory/application.ts';
import type { Reference } from '../../../../domain/inventory/common.ts';
import type { EntraRegistration } from '../../../../domain/inventory/entra.ts';
import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';
import { registrationKey, servicePrincipalKey } from '../keys.ts';
import { appRoles, keyCredentials, microsoftStatuses, passwordCredentials } from './credentials.ts';

/** https://learn.microsoft.com/graph/api/resources/application#properties (signInAudience) */
const audiences = [
  'AzureADMyOrg',
  'AzureADMultipleOrgs',
  'AzureADandPersonalMicrosoftAccount',
  'PersonalMicrosoftAccount',
];

/** An application registration: https://learn.microsoft.com/graph/api/resources/application */
export function normalizeRegistration(raw: unknown): NormalItem<'application'> {
  const app = new Members(raw);
  const entra = registrationOf(app);
  const appId = entra.app_id;
  const references: Reference[] =
    appId === null
      ? []
      : [
          {
            relation: 'service_principal',
            item_type: 'application',
            external_id: appId,
            alternate_id: servicePrincipalKey(appId),
          },
        ];
  const normalized: ApplicationForm = {
    protocol: 'openid_connect',
    active: entra.disabled_by_microsoft === null || entra.disabled_by_microsoft === 'NotDisabled',
    catalogue_name: null,
    oidc: clientOf(entra),
    saml: null,
    password_scheme: null,
    provisioning_features: [],
    hidden: null,
    user_name_template: null,
    implicit_assignment: null,
    entitlement_management: null,
    notes: [app.string('notes'), app.string('description'), app.string('serviceManagementReference')].filter(
      (note) => note !== null,
    ),
    entra,
    references,
    last_updated: null,
    ...app.noticed,
  };
  return {
    itemType: 'application',
    sourceType: 'entra',
    externalId: app.string('id') ?? '',
    alternateId: appId === null ? null : registrationKey(appId),
    name: app.string('displayName') ?? '',
    status: entra.disabled_by_microsoft,
    vendorKind: 'application',
    normalized,
  };
}

function registrationOf(app: Members): EntraRegistration {
  const claims = (token: string) =>
    app.list('optionalClaims', token).map((claim) => claim.string('name') ?? '');
  return {
    kind: 'registration',
    app_id: app.string('appId'),
    sign_in_audience: app.word(audiences, 'signInAudience'),
    web_redirect_uris: app.strings('web', 'redirectUris'),
    spa_redirect_uris: app.strings('spa', 'redirectUris'),
    public_client_redirect_uris: app.strings('publicClient', 'redirectUris'),
    is_fallback_public_client: app.boolean('isFallbackPublicClient'),
    id_token_issuance: app.boolean('web', 'implicitGrantSettings', 'enableIdTokenIssuance'),
    access_token_issuance: app.boolean('web', 'implicitGrantSettings', 'enableAccessTokenIssuance'),
    logout_url: app.string('web', 'logoutUrl'),
    key_credentials: keyCredentials(app, null),
    password_credentials: passwordCredentials(app),
    federated_credentials: null,
    identifier_uris: app.strings('identifierUris'),
    access_token_version: app.number('api', 'requestedAccessTokenVersion'),
    exposed_scopes: app
      .list('api', 'oauth2PermissionScopes')
      .filter((scope) => scope.boolean('isEnabled') !== false)
      .map((scope) => scope.string('value') ?? scope.string('id') ?? ''),
    pre_authorized_applications: app
      .list('api', 'preAuthorizedApplications')
      .map((each) => each.string('appId') ?? ''),
    known_client_applications: app.strings('api', 'knownClientApplications'),
    app_roles: appRoles(app),
    group_membership_claims: groupClaims(app),
    optional_claims: {
      id_token: claims('idToken'),
      access_token: claims('accessToken'),
      saml2_token: claims('saml2Token'),
    },
    accept_mapped_claims: app.boolean('api', 'acceptMappedClaims'),
    required_permissions: app.list('requiredResourceAccess').flatMap((resource) =>
      resource.list('resourceAccess').map((access) => ({
        resource: resource.string('resourceAppId') ?? '',
        id: access.string('id') ?? '',
        type: access.word(['Scope', 'Role'], 'type') ?? '',
      })),
    ),
    token_encryption_key_id: app.string('tokenEncryptionKeyId'),
    saml_metadata_url: app.string('samlMetadataUrl'),
    native_authentication: app.word(['none', 'all'], 'nativeAuthenticationApisEnabled'),
    countries_blocked_for_minors: app.strings('parentalControlSettings', 'countriesBlockedForMinors'),
    template_id: app.string('applicationTemplateId'),
    disabled_by_microsoft: app.word(microsoftStatuses, 'disabledByMicrosoftStatus'),
    tags: app.strings('tags'),
  };
}

const groupClaimWords = ['None', 'SecurityGroup', 'All', 'ApplicationGroup', 'DirectoryRole'];

/** One word or several, separated by commas. */
function groupClaims(app: Members): string | null {
  const value = app.string('groupMembershipClaims');
  const known = value?.split(/,\s*/).every((word) => groupClaimWords.includes(word)) ?? true;
  return known ? value : app.word(groupClaimWords, 'groupMembershipClaims');
}

type Platform = 'web' | 'spa' | 'publicClient';

/** The one platform that has redirect URIs; null when none has, or several do and it must be split. */
function platformOf(entra: EntraRegistration): Platform | null {
  const platforms = [
    ['web', entra.web_redirect_uris],
    ['spa', entra.spa_redirect_uris],
    ['publicClient', entra.public_client_redirect_uris],
  ] as const;
  const used = platforms.filter(([, uris]) => uris.length > 0);
  return used.length === 1 ? (used[0]?.[0] ?? null) : null;
}

const clientTypes = { web: 'web', spa: 'browser', publicClient: 'native' } as const;

/**
 * A single-page or native client has no secret; a web client shows what it holds, a secret before a certificate. Entra
 * takes a secret in the body or in the header; Microsoft's libraries and examples send it in the body.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 */
function methodOf(entra: EntraRegistration, platform: Platform | null): string | null {
  if (platform !== 'web') return platform === null ? null : 'none';
  if (entra.password_credentials.length > 0) return 'client_secret_post';
  return entra.key_credentials.length > 0 ? 'private_key_jwt' : null;
}

/**
 * The client that the registration stands for. A registration says no grants: they follow from its platform, and its
 * authentication from whether it holds a credential.
 */
function clientOf(entra: EntraRegistration): OidcClient {
  const platform = platformOf(entra);
  return {
    client_id: entra.app_id,
    application_type: platform === null ? null : clientTypes[platform],
    token_endpoint_auth_method: methodOf(entra, platform),
    pkce_required: platform === null ? null : platform !== 'web',
    grant_types: platform === null ? [] : ['authorization_code', 'refresh_token'],
    response_types: platform === null ? [] : ['code'],
    redirect_uris: [
      ...entra.web_redirect_uris,
      ...entra.spa_redirect_uris,
      ...entra.public_client_redirect_uris,
    ],
    post_logout_redirect_uris: [],
    initiate_login_uri: null,
    wildcard_redirect: null,
    consent_method: null,
    issuer_mode: null,
    refresh_token_rotation: null,
    refresh_token_leeway: null,
    idp_initiated_login: null,
    jwks: [],
    jwks_uri: null,
    auto_key_rotation: null,
    dpop_bound_access_tokens: null,
    request_object_signing_alg: null,
    id_token_encrypted_response_alg: null,
    backchannel_authentication: null,
    frontchannel_logout_uri: entra.logout_url,
    backchannel_logout_uri: null,
    participate_slo: null,
    network_connection: null,
  };
}
