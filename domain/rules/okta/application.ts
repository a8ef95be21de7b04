import {
  absent,
  all,
  any,
  empty,
  everyIn,
  is,
  isIn,
  moreThan,
  not,
  present,
  some,
  someIn,
  someOutside,
  startsWith,
} from '../condition.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { builtInTarget } from '../targetProfile.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { applicationObjects, applicationSubject } from './facts.ts';

const profile = builtInTarget;
const oidcMode = is('vendor_kind', 'OPENID_CONNECT');
const oidcClient = all(oidcMode, present('oidc'));
const protocolsKnown = [
  'OPENID_CONNECT',
  'SAML_2_0',
  'SAML_1_1',
  'WS_FEDERATION',
  'SECURE_PASSWORD_STORE',
  'AUTO_LOGIN',
  'BROWSER_PLUGIN',
  'BASIC_AUTH',
  'BOOKMARK',
];

/** Okta's own applications are listed like any other and are all OpenID Connect without a client. */
const systemApplication = all(
  absent('oidc'),
  any(
    isIn('catalogue_name', [
      'saasure',
      'okta_enduser',
      'okta_browser_plugin',
      'okta_flow_sso',
      'flow',
      'okta_account_settings',
      'okta_entitlement_management',
      'okta_atspoke_sso',
      'okta_oin_submission_tester_app',
      'partner_portal',
    ]),
    startsWith('catalogue_name', 'okta_iga', 'okta_access_requests'),
  ),
);

const secretMethods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt'];

const row = (rule: Omit<Rule, 'asOf' | 'document'> & { document?: string }): Rule => ({
  document: documents.applications,
  ...rule,
  asOf,
});

const approximation = (
  id: string,
  when: Rule['when'],
  text: string,
  remedy: string,
  document?: string,
): Rule =>
  row({
    id: `okta.application.${id}`,
    when,
    class: 'import_with_approximation',
    operator: 'medium',
    user: 'low',
    text,
    remedy,
    ...(document !== undefined && { document }),
  });

const manual = (id: string, when: Rule['when'], text: string, remedy: string, document?: string): Rule =>
  row({
    id: `okta.application.${id}`,
    when,
    class: 'manual_rebuild_required',
    operator: 'high',
    user: 'medium',
    text,
    remedy,
    ...(document !== undefined && { document }),
  });

const finding = (id: string, when: Rule['when'], text: string, remedy: string): Rule =>
  row({ id: `okta.application.${id}`, when, class: null, operator: 'low', user: 'none', text, remedy });

/** Whatever the protocol. */
const anyProtocol: Rule[] = [
  row({
    id: 'okta.application.system',
    when: systemApplication,
    class: 'visibility_only',
    scope: true,
    operator: 'none',
    user: 'none',
    text: 'It is an application of Okta\u2019s own.',
    remedy: 'Nothing to do: it ends with the Okta org.',
  }),
  row({
    id: 'okta.application.not_active',
    when: isIn('status', ['INACTIVE', 'DELETED']),
    class: 'visibility_only',
    scope: true,
    operator: 'none',
    user: 'none',
    text: 'It is not active: nobody signs in to it.',
    remedy: 'Activate it in Okta and collect again if it is still needed.',
  }),
  manual(
    'unknown_sign_on_mode',
    all(not(systemApplication), not(isIn('vendor_kind', protocolsKnown))),
    'It has no sign-on mode, or one that is not known here.',
    'Find out from its owner how people use it, and rebuild that by hand.',
  ),
  {
    ...approximation(
      'provisioning',
      some('provisioning_features'),
      'Okta provisions accounts or groups into it or out of it; that stops.',
      'Arrange for another way to create and remove its accounts before the cutover.',
    ),
    impacts: ['provisioning_stops'],
  },
  approximation(
    'custom_user_name',
    is('user_name_template.type', 'CUSTOM'),
    'The user name it receives is composed by an expression that the target does not evaluate.',
    'Ask the owner which user name it expects and map it at the target.',
  ),
  {
    ...approximation(
      'implicit_assignment',
      is('implicit_assignment', true),
      'Everyone may enter it, whatever is assigned.',
      'Decide who may enter it at the target and assign those groups.',
    ),
    impacts: ['access_narrows'],
  },
  {
    ...approximation(
      'guard_conditional',
      is('guard', 'conditional'),
      'An access policy of Okta guards it with conditions that do not move with it.',
      'Rebuild the guard at the target before people are let in; the policy names its rules.',
      documents.policies,
    ),
    impacts: ['access_widens'],
  },
  {
    ...approximation(
      'guard_denies',
      is('guard', 'denies'),
      'An access policy of Okta keeps some people out of it, and does not move with it.',
      'Rebuild the guard at the target before people are assigned; the policy names its rules.',
      documents.policies,
    ),
    impacts: ['access_widens'],
  },
  {
    ...approximation(
      'guard_unreadable',
      is('guard', 'unreadable'),
      'The access policy that guards it could not be read.',
      'Let the token read policies and collect again.',
      documents.policies,
    ),
    impacts: ['access_widens'],
  },
  finding(
    'guard_not_readable',
    is('guard', 'none'),
    'It names no access policy (a Classic org decides by sign-on policies of the whole org).',
    'Check the org\u2019s sign-on policies for what guards it.',
  ),
];

const oidcBeyondTheTarget: Rule[] = [
  manual(
    'oidc.no_client',
    all(oidcMode, absent('oidc'), not(systemApplication)),
    'It is a catalogue application whose client settings Okta does not give.',
    'Set it up from the application vendor\u2019s own instructions.',
  ),
  approximation(
    'oidc.client_credentials',
    all(oidcClient, someIn('oidc.grant_types', 'client_credentials')),
    'It calls APIs as itself; the scopes, audience and claims of those APIs do not move with it.',
    'Ask the APIs\u2019 owners to trust tokens of the target.',
    documents.clients,
  ),
  row({
    id: 'okta.application.oidc.okta_api_client',
    when: all(oidcClient, is('okta_api_client', true)),
    class: 'visibility_only',
    operator: 'low',
    user: 'none',
    text: 'It is a client of Okta\u2019s own API (it holds okta.* scopes).',
    remedy: 'Replace what it does, or retire it with the org.',
    document: documents.grants,
  }),
  manual(
    'oidc.grants_unread',
    all(oidcClient, someIn('oidc.grant_types', 'client_credentials'), absent('granted_scopes')),
    'Which scopes it was granted could not be read.',
    'Let the token read application grants (okta.appGrants.read) and collect again.',
    documents.grants,
  ),
  manual(
    'oidc.service_contradiction',
    all(
      oidcClient,
      is('oidc.application_type', 'service'),
      any(some('oidc.redirect_uris'), not(someIn('oidc.grant_types', 'client_credentials'))),
    ),
    'It is a service with the settings of an application that people sign in to.',
    'Ask its owner what it is, and rebuild that by hand.',
    documents.clients,
  ),
  approximation(
    'oidc.public_with_secret',
    all(
      oidcClient,
      isIn('oidc.application_type', ['native', 'browser']),
      isIn('oidc.token_endpoint_auth_method', secretMethods),
      is('oidc.pkce_required', true),
    ),
    'It runs on people\u2019s devices and has a client secret; it is created without one, with PKCE.',
    'Remove the secret from the application when it switches.',
    documents.clientAuthentication,
  ),
  manual(
    'oidc.public_with_secret_no_pkce',
    all(
      oidcClient,
      isIn('oidc.application_type', ['native', 'browser']),
      isIn('oidc.token_endpoint_auth_method', secretMethods),
      not(is('oidc.pkce_required', true)),
    ),
    'It runs on people\u2019s devices, has a client secret and does not use PKCE.',
    'Change the application to PKCE first.',
    documents.clientAuthentication,
  ),
  approximation(
    'oidc.interaction_code',
    all(
      oidcClient,
      someIn('oidc.grant_types', 'interaction_code'),
      someIn('oidc.grant_types', 'authorization_code'),
    ),
    'It embeds Okta\u2019s sign-in in its own pages (interaction code); that stops.',
    'Change it to redirect people to sign in.',
    documents.clients,
  ),
  manual(
    'oidc.interaction_code_alone',
    all(
      oidcClient,
      someIn('oidc.grant_types', 'interaction_code'),
      not(someIn('oidc.grant_types', 'authorization_code')),
    ),
    'It signs people in by Okta\u2019s embedded sign-in alone (interaction code).',
    'Change it to the authorization code grant.',
    documents.clients,
  ),
  approximation(
    'oidc.implicit',
    all(
      oidcClient,
      // A client without people has the response type token in Okta and never uses it.
      any(
        someIn('oidc.grant_types', 'implicit'),
        all(
          someIn('oidc.response_types', 'token', 'id_token'),
          someIn('oidc.grant_types', 'authorization_code'),
        ),
      ),
    ),
    'It may ask for tokens without a code (implicit or hybrid flow), which the target does not issue.',
    'Change it to the authorization code grant with PKCE.',
    documents.clients,
  ),
  approximation(
    'oidc.device_code',
    all(oidcClient, someIn('oidc.grant_types', 'urn:ietf:params:oauth:grant-type:device_code')),
    'It signs in devices without a browser (device code), which the target does not do.',
    'Find another way for these devices.',
    documents.clients,
  ),
  approximation(
    'oidc.refresh_beyond_target',
    all(oidcClient, someIn('beyond_profile', 'refresh_rotation', 'refresh_leeway')),
    'Its refresh tokens rotate in a way that the target does not do.',
    'Ask its owner whether the target\u2019s rotation suits it.',
    documents.refreshTokens,
  ),
  approximation(
    'oidc.too_many_uris',
    all(oidcClient, someIn('beyond_profile', 'redirect_uris', 'post_logout_redirect_uris')),
    'It has more redirect addresses than the target keeps.',
    'Ask its owner which are in use; the first ones are created.',
    documents.redirects,
  ),
  approximation(
    'oidc.idp_initiated',
    all(oidcClient, present('oidc.idp_initiated_login'), not(is('oidc.idp_initiated_login', 'DISABLED'))),
    'People open it from Okta\u2019s dashboard.',
    'Tell people its own address.',
  ),
  approximation(
    'oidc.single_logout',
    all(
      oidcClient,
      any(
        present('oidc.frontchannel_logout_uri'),
        present('oidc.backchannel_logout_uri'),
        is('oidc.participate_slo', true),
      ),
    ),
    'Okta tells it when people sign out; the target does not.',
    'Ask its owner whether its sessions end soon enough by themselves.',
    documents.clients,
  ),
  approximation(
    'oidc.network_restricted',
    all(oidcClient, present('oidc.network_connection'), not(is('oidc.network_connection', 'ANYWHERE'))),
    'It may ask for tokens from some networks only; the target does not look where it is.',
    'Restrict it where it runs, or in front of the target.',
    documents.clients,
  ),
  finding(
    'oidc.consent',
    all(oidcClient, is('oidc.consent_method', 'REQUIRED')),
    'People are asked for consent where a scope requires it.',
    'Ask its owner whether consent is needed at the target.',
  ),
  {
    ...finding(
      'oidc.secret_reissued',
      all(
        oidcClient,
        is('oidc.application_type', 'web'),
        isIn('oidc.token_endpoint_auth_method', secretMethods),
      ),
      'Its client secret cannot be read and is issued anew.',
      'Hand the new secret to its owner at the cutover.',
    ),
    impacts: ['client_credentials_reissued'],
  },
  finding(
    'oidc.issuer',
    all(oidcClient, present('oidc.issuer_mode')),
    'The issuer in its tokens changes.',
    'Give its owner the target\u2019s discovery address.',
  ),
  manual(
    'oidc.unsupported_grant',
    all(
      oidcClient,
      someIn(
        'oidc.grant_types',
        'password',
        'urn:ietf:params:oauth:grant-type:saml2-bearer',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
        'urn:ietf:params:oauth:grant-type:token-exchange',
        'urn:openid:params:grant-type:ciba',
        'urn:okta:params:oauth:grant-type:otp',
        'urn:okta:params:oauth:grant-type:oob',
        'http://auth0.com/oauth/grant-type/mfa-otp',
        'http://auth0.com/oauth/grant-type/mfa-oob',
      ),
    ),
    'It gets tokens in a way that the target does not offer.',
    'Change the application to the authorization code grant.',
    documents.clients,
  ),
  manual(
    'oidc.bound_tokens',
    all(
      oidcClient,
      any(
        is('oidc.dpop_bound_access_tokens', true),
        present('oidc.id_token_encrypted_response_alg'),
        present('oidc.request_object_signing_alg'),
        is('oidc.backchannel_authentication', true),
      ),
    ),
    'Its tokens are bound to a key or encrypted, or its requests are signed; the target does not do that.',
    'Ask its owner whether it can work without.',
    documents.clients,
  ),
  ...(profile.recoverable_secrets
    ? []
    : [
        manual(
          'oidc.client_secret_jwt',
          all(oidcClient, is('oidc.token_endpoint_auth_method', 'client_secret_jwt')),
          'It signs with its client secret, which the target keeps only as a hash.',
          'Change it to another way to authenticate.',
          documents.clientAuthentication,
        ),
      ]),
];

const oidcKeysAndUris: Rule[] = [
  row({
    id: 'okta.application.oidc.no_key',
    when: all(oidcClient, is('oidc.token_endpoint_auth_method', 'private_key_jwt'), is('key_source', 'none')),
    class: 'blocked',
    operator: 'high',
    user: 'none',
    text: 'It signs with a private key, and no usable public key of it was found.',
    remedy:
      'Register its public key (RSA or EC, for signing) or an https address of its keys in Okta and collect again.',
    document: documents.clientAuthentication,
  }),
  finding(
    'oidc.assertion_audience',
    all(oidcClient, is('oidc.token_endpoint_auth_method', 'private_key_jwt')),
    'The audience of the assertions it signs changes to the target\u2019s token address.',
    'Tell its owner.',
  ),
  finding(
    'oidc.keys_beside_secret',
    all(
      oidcClient,
      isIn('oidc.token_endpoint_auth_method', secretMethods),
      any(some('oidc.jwks'), present('oidc.jwks_uri')),
    ),
    'It has registered keys and authenticates with a secret; the keys are not moved.',
    'Ask its owner what the keys are for.',
  ),
  approximation(
    'oidc.key_pinned',
    all(oidcClient, is('oidc.auto_key_rotation', false)),
    'It does not follow the rotation of the issuer\u2019s keys.',
    'Give its owner the target\u2019s keys and tell how they rotate.',
  ),
  {
    ...approximation(
      'oidc.custom_server',
      all(oidcClient, is('token_source', 'named')),
      'A policy of a custom authorization server names it: audience, scopes, claims and lifetimes come from there.',
      'Compare the tokens with its owner before the switch.',
      documents.authorizationServers,
    ),
    impacts: ['token_contents_change'],
  },
  finding(
    'oidc.custom_server_may_apply',
    all(oidcClient, is('token_source', 'may_apply')),
    'A custom authorization server serves all clients, so it may get its tokens there.',
    'Ask its owner which issuer it is configured with.',
  ),
  approximation(
    'oidc.token_source_unknown',
    all(oidcClient, is('token_source', 'unknown')),
    'Whether it gets its tokens from a custom authorization server could not be read.',
    'Let the token read authorization servers (okta.authorizationServers.read) and collect again.',
    documents.authorizationServers,
  ),
  manual(
    'oidc.uri_wildcard',
    all(oidcClient, someIn('uri_traits', 'wildcard')),
    'One of its addresses contains a wildcard.',
    'List the addresses it really uses.',
    documents.redirects,
  ),
  approximation(
    'oidc.wildcard_unused',
    all(oidcClient, is('oidc.wildcard_redirect', 'SUBDOMAIN'), is('wildcard_written', false)),
    'Wildcards are allowed in its addresses, though none is written.',
    'Ask its owner whether it still needs them.',
    documents.redirects,
  ),
  manual(
    'oidc.uri_fragment',
    all(oidcClient, someIn('uri_traits', 'fragment')),
    'One of its addresses has a fragment.',
    'Register the address without it.',
    documents.redirects,
  ),
  manual(
    'oidc.uri_http',
    all(oidcClient, someIn('uri_traits', 'plain_http')),
    'One of its addresses is unencrypted http.',
    'Serve it by https and register that.',
    documents.redirects,
  ),
  manual(
    'oidc.uri_invalid',
    all(oidcClient, someIn('uri_traits', 'invalid')),
    'One of its addresses is no URI.',
    'Correct it in Okta and collect again.',
    documents.redirects,
  ),
  manual(
    'oidc.points_at_the_incumbent',
    all(oidcClient, someIn('uri_traits', 'points_at_the_incumbent')),
    'One of its addresses is under the org that is left.',
    'Give it an address of its own.',
    documents.redirects,
  ),
  manual(
    'oidc.broker',
    all(oidcClient, someIn('uri_traits', 'broker')),
    'It signs in through a broker of Microsoft\u2019s; its code must change.',
    'Plan the change with its developers.',
    documents.redirects,
  ),
  manual(
    'oidc.hosted_by_azure',
    all(oidcClient, someIn('uri_traits', 'hosted_by_azure')),
    'Its sign-in is hosted by Azure.',
    'Reconfigure it in Azure.',
    documents.redirects,
  ),
  manual(
    'oidc.uri_custom_scheme',
    all(oidcClient, someIn('uri_traits', 'custom_scheme'), not(is('oidc.application_type', 'native'))),
    'It is no native application and is sent back to a custom scheme.',
    'Ask its owner what answers that scheme.',
    documents.redirects,
  ),
];

const publicMethod = all(
  isIn('oidc.application_type', ['native', 'browser']),
  is('oidc.token_endpoint_auth_method', 'none'),
  is('oidc.pkce_required', true),
);
const confidentialMethod = all(
  is('oidc.application_type', 'web'),
  isIn('oidc.token_endpoint_auth_method', ['client_secret_basic', 'client_secret_post', 'private_key_jwt']),
);

const oidcShape: Rule[] = [
  manual(
    'oidc.contradiction',
    all(
      oidcClient,
      any(
        absent('oidc.application_type'),
        absent('oidc.token_endpoint_auth_method'),
        isIn('oidc.client_id', [null, '']),
        is('name', ''),
        empty('oidc.grant_types'),
        // Nobody could tell who asks: neither a secret nor PKCE.
        all(is('oidc.token_endpoint_auth_method', 'none'), not(is('oidc.pkce_required', true))),
        all(someIn('oidc.grant_types', 'authorization_code'), empty('oidc.redirect_uris')),
        all(someIn('oidc.grant_types', 'authorization_code'), not(someIn('oidc.response_types', 'code'))),
      ),
    ),
    'Its settings are incomplete or contradict each other.',
    'Ask its owner how it signs in, correct it in Okta and collect again.',
    documents.clients,
  ),
  approximation(
    'oidc.public_web',
    all(
      oidcClient,
      is('oidc.application_type', 'web'),
      is('oidc.token_endpoint_auth_method', 'none'),
      is('oidc.pkce_required', true),
    ),
    'It is a web application without a secret; it is created public, with PKCE.',
    'Ask its owner whether it could hold a secret.',
    documents.clientAuthentication,
  ),
  approximation(
    'oidc.private_key_on_device',
    all(
      oidcClient,
      isIn('oidc.application_type', ['native', 'browser']),
      is('oidc.token_endpoint_auth_method', 'private_key_jwt'),
    ),
    'It runs on people\u2019s devices and signs with a private key.',
    'Ask its owner where the key is kept.',
    documents.clientAuthentication,
  ),
  row({
    id: 'okta.application.oidc.plain',
    when: all(
      oidcClient,
      is('status', 'ACTIVE'),
      present('oidc.client_id'),
      not(is('name', '')),
      any(publicMethod, confidentialMethod),
      someIn('oidc.grant_types', 'authorization_code'),
      everyIn('oidc.grant_types', ['authorization_code', 'refresh_token']),
      someIn('oidc.response_types', 'code'),
      everyIn('oidc.response_types', ['code']),
      moreThan('oidc.redirect_uris', 0),
      not(someOutside('uri_traits', ['loopback', 'custom_scheme'])),
      empty('unknown_values'),
      empty('unparsable'),
      isIn('guard', ['none', 'plain']),
      isIn('token_source', ['none', 'may_apply']),
      empty('beyond_profile'),
    ),
    class: 'native_import',
    operator: 'low',
    user: 'low',
    text: 'It signs people in by the authorization code grant, in a way that the target offers unchanged.',
    remedy:
      'Give its owner the new issuer and, where it has one, the new secret. Okta\u2019s per-application groups claim is not visible by its API: ask the owner whether the tokens carry groups.',
    document: documents.clients,
  }),
];

/** Applications of other protocols are judged in a later version of the rules; until then they are not imported. */
const notYetJudged: Rule[] = [
  row({
    id: 'not_yet_judged',
    when: all(not(oidcMode), isIn('vendor_kind', protocolsKnown)),
    class: 'manual_rebuild_required',
    operator: 'medium',
    user: 'none',
    text: 'Applications of this protocol are not judged yet.',
    remedy: 'Rebuild it by hand.',
  }),
];

const client = (name: string) => [`oidc.${name}`, `/settings/oauthClient/${name}`] as const;

export const oktaApplicationRules: RuleSet<'application'> = {
  source: 'okta',
  itemType: 'application',
  rules: [
    ...unknownWords('application'),
    ...anyProtocol,
    ...oidcBeyondTheTarget,
    ...oidcKeysAndUris,
    ...oidcShape,
    ...notYetJudged,
  ],
  pointers: Object.fromEntries([
    ['vendor_kind', '/signOnMode'],
    ['status', '/status'],
    ['catalogue_name', '/name'],
    ['provisioning_features', '/features'],
    ['user_name_template.type', '/credentials/userNameTemplate/type'],
    ['implicit_assignment', '/settings/implicitAssignment'],
    ['guard', '/_links/accessPolicy'],
    ['oidc', '/settings/oauthClient'],
    ...[
      'grant_types',
      'response_types',
      'redirect_uris',
      'application_type',
      'wildcard_redirect',
      'consent_method',
      'issuer_mode',
      'jwks',
      'jwks_uri',
      'dpop_bound_access_tokens',
      'id_token_encrypted_response_alg',
      'request_object_signing_alg',
      'frontchannel_logout_uri',
      'backchannel_logout_uri',
      'participate_slo',
    ].map(client),
    ['oidc.idp_initiated_login', '/settings/oauthClient/idp_initiated_login/mode'],
    ['oidc.network_connection', '/settings/oauthClient/network/connection'],
    ['name', '/label'],
    ['oidc.client_id', '/credentials/oauthClient/client_id'],
    ['oidc.token_endpoint_auth_method', '/credentials/oauthClient/token_endpoint_auth_method'],
    ['oidc.pkce_required', '/credentials/oauthClient/pkce_required'],
    ['oidc.auto_key_rotation', '/credentials/oauthClient/autoKeyRotation'],
    ['uri_traits', '/settings/oauthClient/redirect_uris'],
    ['wildcard_written', '/settings/oauthClient/redirect_uris'],
    ['key_source', '/settings/oauthClient/jwks'],
    ['beyond_profile', '/settings/oauthClient'],
  ]),
  facts: {
    guard: 'what the access policies that it names do: none, plain, conditional, denies or unreadable',
    uri_traits: 'what stands out in its redirect, logout, initiate-login and key addresses',
    wildcard_written: 'whether one of these addresses contains a wildcard',
    'oidc.backchannel_authentication': 'whether it has any setting of backchannel (CIBA) authentication',
    key_source: 'where its public keys come from: keys, address or none',
    token_source:
      'whether a policy of a custom authorization server names it: none, may_apply, named or unknown',
    granted_scopes: 'scopes of /apps/{id}/grants that are not revoked',
    okta_api_client: 'whether one of these is an okta.* scope',
    beyond_profile: 'settings that the target has only within limits',
  },
  factsRevision: 1,
  reads: { items: ['access_policy'], objects: applicationObjects },
  subject: applicationSubject,
  contract: ({ normalized }) =>
    normalized.protocol === 'openid_connect' ? 'tenant_oidc_application' : 'none',
};
