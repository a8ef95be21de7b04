import type {
  ApplicationForm,
  ApplicationProtocol,
  OidcClient,
  SamlApplication,
} from '../../../../domain/inventory/application.ts';
import type { Reference } from '../../../../domain/inventory/common.ts';
import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';
import { idInLink } from './links.ts';

/** https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/ (signOnMode) */
const protocols: Readonly<Record<string, ApplicationProtocol>> = {
  OPENID_CONNECT: 'openid_connect',
  SAML_2_0: 'saml_2_0',
  SAML_1_1: 'saml_1_1',
  WS_FEDERATION: 'ws_federation',
  SECURE_PASSWORD_STORE: 'password',
  AUTO_LOGIN: 'password',
  BROWSER_PLUGIN: 'password',
  BASIC_AUTH: 'password',
  BOOKMARK: 'bookmark',
};

const oauthWords = {
  applicationType: ['web', 'native', 'browser', 'service'],
  authMethod: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
  responseType: ['code', 'id_token', 'token'],
  grantType: [
    'authorization_code',
    'refresh_token',
    'implicit',
    'password',
    'client_credentials',
    'interaction_code',
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:ietf:params:oauth:grant-type:saml2-bearer',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:openid:params:grant-type:ciba',
    'urn:okta:params:oauth:grant-type:otp',
    'urn:okta:params:oauth:grant-type:oob',
    'http://auth0.com/oauth/grant-type/mfa-otp',
    'http://auth0.com/oauth/grant-type/mfa-oob',
  ],
  wildcard: ['DISABLED', 'SUBDOMAIN'],
  consent: ['REQUIRED', 'TRUSTED'],
  issuerMode: ['ORG_URL', 'CUSTOM_URL', 'DYNAMIC'],
  rotation: ['ROTATE', 'STATIC'],
  idpInitiated: ['DISABLED', 'SPEC', 'OKTA'],
  networkConnection: ['ANYWHERE', 'ZONE'],
} as const;

export function normalizeApplication(raw: unknown): NormalItem<'application'> {
  const app = new Members(raw);
  const mode = app.word(Object.keys(protocols), 'signOnMode');
  const status = app.word(['ACTIVE', 'INACTIVE', 'DELETED'], 'status');
  const protocol: ApplicationProtocol = mode === null ? 'none' : (protocols[mode] ?? 'unknown');
  const normalized: ApplicationForm = {
    protocol,
    active: status === 'ACTIVE',
    catalogue_name: app.string('name'),
    oidc: app.has('settings', 'oauthClient') ? oidcClient(app) : null,
    saml: ['saml_2_0', 'saml_1_1', 'ws_federation'].includes(protocol) ? samlApplication(app) : null,
    password_scheme: app.string('credentials', 'scheme'),
    provisioning_features: app.strings('features'),
    hidden: app.boolean('visibility', 'hide', 'web'),
    user_name_template: app.has('credentials', 'userNameTemplate')
      ? {
          type: app.word(['NONE', 'BUILT_IN', 'CUSTOM'], 'credentials', 'userNameTemplate', 'type'),
          template: app.string('credentials', 'userNameTemplate', 'template'),
        }
      : null,
    implicit_assignment: app.boolean('settings', 'implicitAssignment'),
    entitlement_management: app.string('settings', 'emOptInStatus'),
    notes: [app.string('settings', 'notes', 'admin'), app.string('settings', 'notes', 'enduser')].filter(
      (note) => note !== null,
    ),
    entra: null,
    references: policyReferences(app),
    last_updated: app.string('lastUpdated'),
    ...app.noticed,
  };
  return {
    itemType: 'application',
    sourceType: 'okta',
    externalId: app.string('id') ?? '',
    name: app.string('label') ?? app.string('name') ?? '',
    status,
    vendorKind: mode ?? app.string('name') ?? '',
    normalized,
  };
}

/** The policies that guard an application stand in its links alone, in no member. */
function policyReferences(app: Members): Reference[] {
  const link = (relation: Reference['relation'], name: string): Reference[] => {
    const id = idInLink(app.string('_links', name, 'href'), 'policies');
    if (id !== null) return [{ relation, item_type: 'policy', external_id: id }];
    // A link that names no policy hides one.
    if (app.has('_links', name)) app.noticed.unparsable.push(`/_links/${name}`);
    return [];
  };
  return [
    ...link('access_policy', 'accessPolicy'),
    ...link('profile_enrollment_policy', 'profileEnrollment'),
  ];
}

function oidcClient(app: Members): OidcClient {
  const settings = app.at('settings', 'oauthClient');
  const credentials = app.at('credentials', 'oauthClient');
  return {
    client_id: credentials.string('client_id'),
    application_type: settings.word(oauthWords.applicationType, 'application_type'),
    token_endpoint_auth_method: credentials.word(oauthWords.authMethod, 'token_endpoint_auth_method'),
    pkce_required: credentials.boolean('pkce_required'),
    grant_types: settings.words(oauthWords.grantType, 'grant_types'),
    response_types: settings.words(oauthWords.responseType, 'response_types'),
    redirect_uris: settings.strings('redirect_uris'),
    post_logout_redirect_uris: settings.strings('post_logout_redirect_uris'),
    initiate_login_uri: settings.string('initiate_login_uri'),
    wildcard_redirect: settings.word(oauthWords.wildcard, 'wildcard_redirect'),
    consent_method: settings.word(oauthWords.consent, 'consent_method'),
    issuer_mode: settings.word(oauthWords.issuerMode, 'issuer_mode'),
    refresh_token_rotation: settings.word(oauthWords.rotation, 'refresh_token', 'rotation_type'),
    refresh_token_leeway: settings.number('refresh_token', 'leeway'),
    idp_initiated_login: settings.word(oauthWords.idpInitiated, 'idp_initiated_login', 'mode'),
    jwks: settings.list('jwks', 'keys').map((key) => key.record()),
    jwks_uri: settings.string('jwks_uri'),
    auto_key_rotation: credentials.boolean('autoKeyRotation'),
    dpop_bound_access_tokens: settings.boolean('dpop_bound_access_tokens'),
    request_object_signing_alg: settings.string('request_object_signing_alg'),
    id_token_encrypted_response_alg: settings.string('id_token_encrypted_response_alg'),
    backchannel_authentication: [
      'backchannel_token_delivery_mode',
      'backchannel_custom_authenticator_id',
    ].some((name) => settings.has(name)),
    frontchannel_logout_uri: settings.string('frontchannel_logout_uri'),
    backchannel_logout_uri: settings.string('backchannel_logout_uri'),
    participate_slo: settings.boolean('participate_slo'),
    network_connection: settings.word(oauthWords.networkConnection, 'network', 'connection'),
  };
}

function samlApplication(app: Members): SamlApplication {
  const signOn = app.at('settings', 'signOn');
  return {
    // An override in use means that the catalogue's default is not what is sent.
    acs_url: signOn.string('ssoAcsUrlOverride') ?? signOn.string('ssoAcsUrl') ?? signOn.string('wReplyURL'),
    acs_endpoints: signOn.list('acsEndpoints').flatMap((endpoint) => endpoint.string('url') ?? []),
    audience:
      signOn.string('audienceOverride') ?? signOn.string('audience') ?? signOn.string('audienceRestriction'),
    recipient: signOn.string('recipientOverride') ?? signOn.string('recipient'),
    destination: signOn.string('destinationOverride') ?? signOn.string('destination'),
    issuer: signOn.string('idpIssuer'),
    name_id_format: signOn.string('subjectNameIdFormat') ?? signOn.string('nameIDFormat'),
    name_id_template: signOn.string('subjectNameIdTemplate'),
    signature_algorithm: signOn.string('signatureAlgorithm'),
    digest_algorithm: signOn.string('digestAlgorithm'),
    response_signed: signOn.boolean('responseSigned'),
    assertion_signed: signOn.boolean('assertionSigned'),
    assertion_encrypted: signOn.boolean('assertionEncryption', 'enabled'),
    signed_requests: signOn.boolean('samlSignedRequestEnabled'),
    single_logout: signOn.boolean('slo', 'enabled'),
    default_relay_state: signOn.string('defaultRelayState'),
    signing_key_id: app.string('credentials', 'signing', 'kid'),
    inline_hooks: signOn.list('inlineHooks').length,
    // A catalogue application's own statements stand beside those that were added to it.
    attributes: ['attributeStatements', 'configuredAttributeStatements']
      .flatMap((member) => signOn.list(member))
      .map((statement) => ({
        type: statement.string('type'),
        name: statement.string('name'),
        values: statement.strings('values'),
        filter_type: statement.string('filterType'),
        filter_value: statement.string('filterValue'),
      })),
  };
}
