import assert from 'node:assert/strict';
import { oktaApplicationRules } from '../../../../domain/rules/okta/application/index.ts';
import type { AuthorizationServerFact, OktaFacts } from '../../../../domain/rules/okta/orgFacts.ts';
import type { Body } from '../../../support/answer.ts';
import { itHoldsInPairs } from './pairs.ts';
import {
  approximate,
  atPointer,
  blocked,
  changed,
  cleanApplication,
  cleanGuardRule,
  firedIn,
  judgeApplication,
  manual,
  native,
  ofOtherTypes,
  pointersInto,
  setAt,
  visible,
  type ApplicationCase,
  type Pair,
} from './support.ts';

type Change = (given: ApplicationCase) => void;

const nothing: Change = () => undefined;
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const raw =
  (change: (raw: Body) => void): Change =>
  (given) =>
    change(given.raw);
const settings = (members: Body) => raw((app) => Object.assign(app.settings.oauthClient, members));
const credentials = (members: Body) => raw((app) => Object.assign(app.credentials.oauthClient, members));
const guard =
  (change: (rule: Body) => void): Change =>
  (given) =>
    change(given.guard?.[0]);

const type = (application_type: string) => settings({ application_type });
const method = (token_endpoint_auth_method: string) => credentials({ token_endpoint_auth_method });
const grants = (...grant_types: string[]) => settings({ grant_types });
const uri = (...redirect_uris: string[]) => settings({ redirect_uris });
const pkce = (pkce_required: boolean) => credentials({ pkce_required });

/** A single-page application and a mobile one: public, with PKCE. */
const browser = both(type('browser'), method('none'), pkce(true));
const nativeApp = both(type('native'), method('none'), pkce(true));
const service = both(
  type('service'),
  grants('client_credentials'),
  settings({ response_types: ['token'] }),
  raw((app) => delete app.settings.oauthClient.redirect_uris),
);
const granted =
  (...scopes: string[]): Change =>
  (given) =>
    (given.grants = scopes);
const servers =
  (authorizationServers: OktaFacts['authorizationServers']): Change =>
  (given) =>
    (given.facts.okta = { ...given.facts.okta, authorizationServers });
const key = { kty: 'RSA', kid: 'k1', n: 'n', e: 'AQAB', status: 'ACTIVE' };
const privateKey = both(method('private_key_jwt'), settings({ jwks: { keys: [key] } }));
const catalogue = raw((app) => {
  delete app.settings.oauthClient;
  app.name = 'brightwell_chat';
});
const mode = (signOnMode: string | null) =>
  raw((app) => {
    app.signOnMode = signOnMode;
    delete app.settings.oauthClient;
  });
const server = (more: Partial<AuthorizationServerFact> = {}): AuthorizationServerFact => ({
  name: 'Orders API',
  audiences: ['api://orders'],
  clients: new Set(),
  scopes: ['orders:read'],
  consentScopes: [],
  claims: ['region'],
  ...more,
});
const serversFor = (...clients: string[]) => servers([server({ clients: new Set(clients) })]);
const asksConsent = settings({ consent_method: 'REQUIRED' });
const signOn = (members: Body) => raw((app) => Object.assign(app.settings, { signOn: members }));
const saml = (members: Body = {}) =>
  both(
    mode('SAML_2_0'),
    signOn({ ssoAcsUrl: 'https://payroll.example/acs', audience: 'https://payroll.example', ...members }),
  );
const scheme = (name: string) => raw((app) => (app.credentials.scheme = name));
const catalogueName = (name: string) => raw((app) => (app.name = name));
const inactive = raw((app) => (app.status = 'INACTIVE'));
const withUris = (count: number) => uri(...Array.from({ length: count }, (_, n) => `https://a.example/${n}`));

const pair = (
  rule: string,
  fires: Change,
  spares: Change,
  ...classes: Pair<ApplicationCase>['classes']
): Pair<ApplicationCase> => ({ rule, fires, spares, classes });

const unsupported = 'urn:ietf:params:oauth:grant-type:token-exchange';
const device = 'urn:ietf:params:oauth:grant-type:device_code';

const pairs: readonly Pair<ApplicationCase>[] = [
  pair(
    'unknown_value',
    settings({ issuer_mode: 'CUSTOM' }),
    settings({ issuer_mode: 'CUSTOM_URL' }),
    manual,
    native,
  ),
  pair(
    'unparsable',
    settings({ participate_slo: 'no' }),
    settings({ participate_slo: false }),
    manual,
    native,
  ),
  pair(
    'system',
    both(
      catalogue,
      raw((app) => (app.name = 'saasure')),
    ),
    catalogue,
    visible,
    manual,
  ),
  pair(
    'system',
    both(
      catalogue,
      raw((app) => (app.name = 'okta_iga_reviewer')),
    ),
    raw((app) => (app.name = 'saasure')),
    visible,
    native,
  ),
  pair(
    'not_active',
    raw((app) => (app.status = 'INACTIVE')),
    nothing,
    visible,
    native,
  ),
  pair(
    'not_active',
    raw((app) => (app.status = 'DELETED')),
    raw((app) => (app.status = 'STAGED')),
    visible,
    manual,
  ),
  pair('unknown_sign_on_mode', mode(null), mode('SAML_2_0'), manual, manual),
  pair('unknown_sign_on_mode', mode('AWS_FEDERATED_LOGIN'), catalogue, manual, manual),
  pair(
    'provisioning',
    raw((app) => (app.features = ['PUSH_NEW_USERS'])),
    nothing,
    approximate,
    native,
  ),
  pair(
    'custom_user_name',
    raw((app) => (app.credentials.userNameTemplate.type = 'CUSTOM')),
    raw((app) => (app.credentials.userNameTemplate.type = 'NONE')),
    approximate,
    native,
  ),
  pair(
    'implicit_assignment',
    raw((app) => (app.settings.implicitAssignment = true)),
    nothing,
    approximate,
    native,
  ),
  pair(
    'guard_conditional',
    guard((rule) => (rule.conditions.network.connection = 'ZONE')),
    guard((rule) => (rule.conditions.network.include = [])),
    approximate,
    native,
  ),
  pair(
    'guard_denies',
    guard((rule) => (rule.actions.appSignOn.access = 'DENY')),
    guard((rule) => (rule.actions.appSignOn.verificationMethod.factorMode = '1FA')),
    approximate,
    native,
  ),
  pair('guard_unreadable', (given) => (given.guard = null), nothing, approximate, native),
  pair(
    'guard_not_readable',
    raw((app) => delete app._links.accessPolicy),
    nothing,
    native,
    native,
  ),

  pair(
    'oidc.no_client',
    catalogue,
    both(
      catalogue,
      raw((app) => (app.name = 'okta_enduser')),
    ),
    manual,
    visible,
  ),
  pair(
    'oidc.client_credentials',
    both(grants('authorization_code', 'client_credentials'), granted()),
    grants('authorization_code'),
    approximate,
    native,
  ),
  pair(
    'oidc.okta_api_client',
    both(service, granted('okta.users.read', 'invoices')),
    both(service, granted('invoices')),
    visible,
    approximate,
  ),
  pair('oidc.grants_unread', service, both(service, granted()), manual, approximate),
  pair(
    'oidc.service_contradiction',
    both(service, granted(), uri('https://a.example/cb')),
    both(service, granted(), uri()),
    manual,
    approximate,
  ),
  pair('oidc.service_contradiction', type('service'), nothing, manual, native),
  pair(
    'oidc.public_with_secret',
    both(nativeApp, method('client_secret_basic')),
    nativeApp,
    approximate,
    native,
  ),
  pair(
    'oidc.public_with_secret_no_pkce',
    both(browser, method('client_secret_post'), pkce(false)),
    both(browser, method('client_secret_post')),
    manual,
    approximate,
  ),
  pair(
    'oidc.interaction_code',
    grants('authorization_code', 'interaction_code'),
    nothing,
    approximate,
    native,
  ),
  pair(
    'oidc.interaction_code_alone',
    grants('interaction_code'),
    grants('authorization_code', 'interaction_code'),
    manual,
    approximate,
  ),
  pair('oidc.implicit', grants('authorization_code', 'implicit'), nothing, approximate, native),
  pair(
    'oidc.implicit',
    settings({ response_types: ['code', 'id_token'] }),
    settings({ response_types: ['code', 'code'] }),
    approximate,
    native,
  ),
  pair(
    'oidc.implicit',
    both(service, granted(), grants('client_credentials', 'implicit')),
    both(service, granted()),
    approximate,
    approximate,
  ),
  pair(
    'oidc.device_code',
    both(nativeApp, grants('authorization_code', device)),
    nativeApp,
    approximate,
    native,
  ),
  pair(
    'oidc.refresh_beyond_target',
    settings({ refresh_token: { rotation_type: 'ROTATE', leeway: 61 } }),
    settings({ refresh_token: { rotation_type: 'ROTATE', leeway: 60 } }),
    approximate,
    native,
  ),
  pair('oidc.too_many_uris', withUris(101), withUris(100), approximate, native),
  pair(
    'oidc.idp_initiated',
    settings({ idp_initiated_login: { mode: 'SPEC' } }),
    nothing,
    approximate,
    native,
  ),
  pair('oidc.single_logout', settings({ participate_slo: true }), nothing, approximate, native),
  pair(
    'oidc.single_logout',
    settings({ frontchannel_logout_uri: 'https://a.example/out' }),
    settings({ frontchannel_logout_uri: null }),
    approximate,
    native,
  ),
  pair(
    'oidc.single_logout',
    settings({ backchannel_logout_uri: 'https://a.example/out' }),
    nothing,
    approximate,
    native,
  ),
  pair('oidc.consent', settings({ consent_method: 'REQUIRED' }), nothing, native, native),
  pair('oidc.secret_reissued', nothing, browser, native, native),
  pair('oidc.issuer', nothing, settings({ issuer_mode: null }), native, native),
  pair(
    'oidc.unsupported_grant',
    grants('authorization_code', unsupported),
    grants('authorization_code'),
    manual,
    native,
  ),
  pair('oidc.bound_tokens', settings({ dpop_bound_access_tokens: true }), nothing, manual, native),
  pair(
    'oidc.bound_tokens',
    settings({ id_token_encrypted_response_alg: 'RSA-OAEP-256' }),
    settings({ id_token_encrypted_response_alg: null }),
    manual,
    native,
  ),
  pair('oidc.bound_tokens', settings({ request_object_signing_alg: 'HS256' }), nothing, manual, native),
  pair('oidc.bound_tokens', settings({ backchannel_token_delivery_mode: 'poll' }), nothing, manual, native),
  pair('oidc.client_secret_jwt', method('client_secret_jwt'), method('client_secret_post'), manual, native),
  pair(
    'oidc.network_restricted',
    settings({ network: { connection: 'ZONE', include: ['nzo1'] } }),
    settings({ network: { connection: 'ANYWHERE' } }),
    approximate,
    native,
  ),

  pair('oidc.no_key', method('private_key_jwt'), privateKey, blocked, native),
  pair(
    'oidc.no_key',
    both(privateKey, settings({ jwks: { keys: [{ ...key, status: 'INACTIVE' }] } })),
    both(privateKey, settings({ jwks: { keys: [{ ...key, status: null }] } })),
    blocked,
    native,
  ),
  pair(
    'oidc.no_key',
    both(privateKey, settings({ jwks: { keys: [{ ...key, use: 'enc' }] } })),
    both(privateKey, settings({ jwks: { keys: [{ ...key, use: 'sig' }] } })),
    blocked,
    native,
  ),
  pair(
    'oidc.no_key',
    both(privateKey, settings({ jwks: { keys: [{ ...key, kty: 'oct' }] } })),
    both(privateKey, settings({ jwks: { keys: [{ ...key, kty: 'EC' }] } })),
    blocked,
    native,
  ),
  pair(
    'oidc.no_key',
    both(method('private_key_jwt'), settings({ jwks_uri: 'http://a.example/keys' })),
    both(method('private_key_jwt'), settings({ jwks_uri: 'https://a.example/keys' })),
    blocked,
    native,
  ),
  pair('oidc.assertion_audience', privateKey, nothing, native, native),
  pair(
    'oidc.keys_beside_secret',
    settings({ jwks: { keys: [key] } }),
    settings({ jwks: { keys: [] } }),
    native,
    native,
  ),
  pair('oidc.key_pinned', credentials({ autoKeyRotation: false }), nothing, approximate, native),
  pair('oidc.custom_server', serversFor('0oa2', '0oa1'), serversFor('0oa2'), approximate, native),
  pair('oidc.custom_server_may_apply', serversFor('ALL_CLIENTS'), serversFor(), native, native),
  pair('oidc.token_source_unknown', servers(null), nothing, approximate, native),
  pair('oidc.token_source_unknown', servers([server({ clients: null })]), serversFor(), approximate, native),
  pair('oidc.uri_wildcard', uri('https://*.payroll.example/cb'), nothing, manual, native),
  pair(
    'oidc.wildcard_unused',
    settings({ wildcard_redirect: 'SUBDOMAIN' }),
    both(settings({ wildcard_redirect: 'SUBDOMAIN' }), uri('https://*.payroll.example/cb')),
    approximate,
    manual,
  ),
  pair(
    'oidc.uri_fragment',
    settings({ post_logout_redirect_uris: ['https://payroll.example/#/out'] }),
    nothing,
    manual,
    native,
  ),
  pair('oidc.uri_http', uri('http://payroll.example/cb'), uri('http://localhost:3000/cb'), manual, native),
  pair('oidc.uri_invalid', uri('payroll.example/cb'), nothing, manual, native),
  pair(
    'oidc.points_at_the_incumbent',
    uri('https://login.acme.example/cb'),
    uri('https://login.acme.example.com/cb'),
    manual,
    native,
  ),
  pair(
    'oidc.points_at_the_incumbent',
    settings({ initiate_login_uri: 'https://acme.okta.com/start' }),
    nothing,
    manual,
    native,
  ),
  pair(
    'oidc.points_at_the_incumbent',
    both(method('private_key_jwt'), settings({ jwks_uri: 'https://acme.okta.com/keys' })),
    both(method('private_key_jwt'), settings({ jwks_uri: 'https://payroll.example/keys' })),
    manual,
    native,
  ),
  pair(
    'oidc.broker',
    both(nativeApp, uri('msauth.com.acme.app://auth')),
    both(nativeApp, uri('com.acme.app://auth')),
    manual,
    native,
  ),
  pair(
    'oidc.hosted_by_azure',
    uri('https://a.example/.auth/login/aad/callback'),
    uri('https://a.example/.auth/login/okta/callback'),
    manual,
    native,
  ),
  pair(
    'oidc.uri_custom_scheme',
    both(browser, uri('com.acme.app:/cb')),
    both(nativeApp, uri('com.acme.app:/cb')),
    manual,
    native,
  ),

  pair('oidc.contradiction', settings({ application_type: null }), nothing, manual, native),
  pair('oidc.contradiction', credentials({ token_endpoint_auth_method: null }), nothing, manual, native),
  pair('oidc.contradiction', credentials({ client_id: null }), nothing, manual, native),
  pair(
    'oidc.contradiction',
    raw((app) => delete app.credentials.oauthClient),
    nothing,
    manual,
    native,
  ),
  pair('oidc.contradiction', grants(), nothing, manual, native),
  pair('oidc.contradiction', uri(), nothing, manual, native),
  pair('oidc.contradiction', settings({ response_types: ['token'] }), nothing, manual, native),
  pair('oidc.contradiction', method('none'), both(method('none'), pkce(true)), manual, approximate),
  pair('oidc.contradiction', both(browser, pkce(false)), browser, manual, native),
  pair(
    'oidc.contradiction',
    both(
      nativeApp,
      raw((app) => delete app.credentials.oauthClient.pkce_required),
    ),
    nativeApp,
    manual,
    native,
  ),
  pair(
    'oidc.contradiction',
    raw((app) => Object.assign(app, { label: '', name: '' })),
    raw((app) => (app.name = '')),
    manual,
    native,
  ),
  pair('oidc.public_web', both(method('none'), pkce(true)), pkce(true), approximate, native),
  pair('oidc.private_key_on_device', both(nativeApp, privateKey), privateKey, approximate, native),
  pair('oidc.plain', nothing, grants('authorization_code', 'implicit'), native, approximate),
  pair('oidc.plain', nativeApp, both(nativeApp, servers(null)), native, approximate),

  pair(
    'directory',
    both(mode(null), catalogueName('active_directory')),
    both(mode(null), catalogueName('deelhr')),
    manual,
    manual,
  ),
  pair(
    'directory',
    raw((app) => (app.features = ['PROFILE_MASTERING'])),
    raw((app) => (app.features = ['IMPORT_NEW_USERS'])),
    manual,
    approximate,
  ),
  pair(
    'directory',
    catalogueName('csv_directory_v2'),
    both(catalogueName('csv_directory_v2'), inactive),
    manual,
    visible,
  ),
  pair('agent', catalogueName('ldap_interface'), catalogueName('ldap'), manual, native),
  pair('agent', mode('MFA_AS_SERVICE'), mode('MFA_AS_A_SERVICE'), manual, manual),
  pair('agent', mode('RADIUS_FOR_CISCO_ASA'), mode('AWS_FEDERATED_LOGIN'), manual, manual),
  pair('agent', catalogueName('radius_app'), catalogueName('radiusly'), manual, native),
  pair(
    'microsoft_365',
    both(mode('WS_FEDERATION'), catalogueName('office365')),
    both(mode('WS_FEDERATION'), catalogueName('office365'), inactive),
    manual,
    visible,
  ),
  pair(
    'microsoft_365_unfederated',
    both(mode('BROWSER_PLUGIN'), catalogueName('office365')),
    both(mode('SAML_1_1'), catalogueName('office365')),
    manual,
    manual,
  ),
  pair('org2org', catalogueName('okta_org2org'), catalogueName('okta_org3org'), manual, native),
  pair(
    'entitlements_governed',
    raw((app) => (app.settings.emOptInStatus = 'ENABLED')),
    raw((app) => (app.settings.emOptInStatus = 'DISABLED')),
    native,
    native,
  ),

  pair(
    'oidc.okta_api_and_people',
    both(grants('authorization_code', 'client_credentials'), granted('okta.users.read')),
    both(service, granted('okta.users.read')),
    manual,
    visible,
  ),
  pair(
    'oidc.consent_asked',
    both(
      asksConsent,
      servers([server({ clients: new Set(['ALL_CLIENTS']), consentScopes: ['orders:write'] })]),
    ),
    both(asksConsent, serversFor('ALL_CLIENTS')),
    approximate,
    native,
  ),
  pair(
    'oidc.consent_asked',
    both(asksConsent, servers([server({ clients: new Set(['ALL_CLIENTS']), consentScopes: null })])),
    servers([server({ clients: new Set(['ALL_CLIENTS']), consentScopes: null })]),
    approximate,
    native,
  ),
  pair('oidc.groups_claim_unseen', nothing, both(service, granted('okta.users.read')), native, visible),
  pair(
    'oidc.token_hook',
    both(
      serversFor('0oa1'),
      (given) => (given.facts.okta = { ...given.facts.okta, tokenHooks: ['Adds region'] }),
    ),
    serversFor('0oa1'),
    approximate,
    approximate,
  ),
  pair(
    'oidc.bound_tokens',
    both(service, granted('invoices'), settings({ dpop_bound_access_tokens: true })),
    both(service, granted('okta.users.read'), settings({ dpop_bound_access_tokens: true })),
    manual,
    visible,
  ),
  pair(
    'oidc.no_key',
    both(service, granted('invoices'), method('private_key_jwt')),
    both(service, granted('okta.users.read'), method('private_key_jwt')),
    blocked,
    visible,
  ),

  pair('saml.rebuild', saml(), both(saml(), inactive), manual, visible),
  pair('saml.rebuild', mode('SAML_1_1'), mode('SAML_3_0'), manual, manual),
  pair('saml.rebuild', mode('WS_FEDERATION'), mode('BOOKMARK'), manual, visible),
  pair('saml.endpoint', saml(), saml({ audience: null }), manual, manual),
  pair(
    'saml.endpoint',
    saml({ ssoAcsUrl: null, ssoAcsUrlOverride: 'https://a.example/acs' }),
    saml({ ssoAcsUrl: null }),
    manual,
    manual,
  ),
  pair('saml.catalogue', saml({ ssoAcsUrl: null }), saml(), manual, manual),
  pair('saml.name_id', saml({ subjectNameIdTemplate: '${user.userName}' }), saml(), manual, manual),
  pair(
    'saml.plain_attributes',
    saml({ attributeStatements: [{ type: 'EXPRESSION', name: 'mail', values: ['user.email'] }] }),
    saml({ attributeStatements: [{ type: 'EXPRESSION', name: 'mail', values: ['toUpper(user.email)'] }] }),
    manual,
    manual,
  ),
  pair(
    'saml.expression_attributes',
    saml({
      attributeStatements: [{ type: 'EXPRESSION', name: 'who', values: ['user.firstName + user.lastName'] }],
    }),
    saml({
      attributeStatements: [{ type: 'EXPRESSION', name: 'who', values: ['user.firstName', 'user.lastName'] }],
    }),
    manual,
    manual,
  ),
  pair(
    'saml.group_attributes',
    saml({
      attributeStatements: [{ type: 'GROUP', name: 'groups', filterType: 'REGEX', filterValue: '.*' }],
    }),
    saml({ attributeStatements: [{ type: 'EXPRESSION', name: 'groups', values: ['user.groups'] }] }),
    manual,
    manual,
  ),
  pair(
    'saml.group_attributes',
    saml({ configuredAttributeStatements: [{ type: 'GROUP', name: 'groups', filterType: null }] }),
    saml({ configuredAttributeStatements: [] }),
    manual,
    manual,
  ),
  pair(
    'saml.encryption',
    saml({ assertionEncryption: { enabled: true } }),
    saml({ assertionEncryption: { enabled: false } }),
    manual,
    manual,
  ),
  pair(
    'saml.several_endpoints',
    saml({ acsEndpoints: [{ url: 'https://payroll.example/acs2', index: 1 }] }),
    saml({ acsEndpoints: [{ url: 'https://payroll.example/acs', index: 0 }] }),
    manual,
    manual,
  ),
  pair(
    'saml.signed_requests',
    saml({ samlSignedRequestEnabled: true }),
    saml({ samlSignedRequestEnabled: false }),
    manual,
    manual,
  ),
  pair(
    'saml.single_logout',
    saml({ slo: { enabled: true } }),
    saml({ slo: { enabled: false } }),
    manual,
    manual,
  ),
  pair(
    'saml.inline_hook',
    saml({ inlineHooks: [{ id: 'cal1' }] }),
    saml({ inlineHooks: [] }),
    manual,
    manual,
  ),

  pair('password', mode('BROWSER_PLUGIN'), mode('BOOKMARK'), visible, visible),
  pair('password', mode('AUTO_LOGIN'), mode('AUTO_LOGOUT'), visible, manual),
  pair('password', mode('SECURE_PASSWORD_STORE'), mode('SAML_2_0'), visible, manual),
  pair('password', mode('BASIC_AUTH'), nothing, visible, native),
  pair(
    'password.stored',
    both(mode('AUTO_LOGIN'), scheme('EDIT_USERNAME_AND_PASSWORD')),
    both(mode('AUTO_LOGIN'), scheme('EDIT_USERNAME_AND_PASSWORD'), inactive),
    visible,
    visible,
  ),
  pair(
    'password.stored_by_owner',
    both(mode('AUTO_LOGIN'), scheme('SHARED_USERNAME_AND_PASSWORD')),
    both(mode('AUTO_LOGIN'), scheme('EDIT_PASSWORD_ONLY')),
    visible,
    visible,
  ),
  pair(
    'password.stored_by_owner',
    both(mode('BROWSER_PLUGIN'), scheme('ADMIN_SETS_CREDENTIALS')),
    both(mode('BOOKMARK'), scheme('ADMIN_SETS_CREDENTIALS')),
    visible,
    visible,
  ),
  pair('bookmark', mode('BOOKMARK'), mode('BOOKMARKS'), visible, manual),
  pair(
    'launch_link',
    nothing,
    raw((app) => (app.visibility.hide.web = true)),
    native,
    native,
  ),
  pair('launch_link', mode('BOOKMARK'), both(mode('BOOKMARK'), inactive), visible, visible),
];

const idOf = (rule: string) => `okta.application.${rule}`;

describe("the rules of Okta's applications", () => {
  it('find nothing to say against a plain web application but what always changes', () => {
    const verdict = judgeApplication(cleanApplication());
    assert.equal(verdict.compatibility_class, native);
    assert.deepEqual(
      firedIn(verdict),
      ['oidc.secret_reissued', 'oidc.issuer', 'oidc.groups_claim_unseen', 'oidc.plain', 'launch_link'].map(
        (each) => `okta.application.${each}`,
      ),
    );
    assert.match(verdict.rationale, /groups claim is not visible by its API/);
  });

  itHoldsInPairs({
    ruleSet: oktaApplicationRules,
    pairs,
    item: 'an application',
    idOf,
    clean: cleanApplication,
    judge: judgeApplication,
  });

  it('have a single native row', () => {
    const rows = oktaApplicationRules.rules.filter((rule) => rule.class === native);
    assert.deepEqual(
      rows.map((rule) => rule.id),
      ['okta.application.oidc.plain'],
    );
  });

  it('refuse every grant that the target does not offer', () => {
    const refused = [
      'password',
      'urn:ietf:params:oauth:grant-type:saml2-bearer',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:openid:params:grant-type:ciba',
      'urn:okta:params:oauth:grant-type:otp',
      'urn:okta:params:oauth:grant-type:oob',
      'http://auth0.com/oauth/grant-type/mfa-otp',
      'http://auth0.com/oauth/grant-type/mfa-oob',
    ];
    for (const grant of refused) {
      const verdict = judgeApplication(changed(cleanApplication, grants('authorization_code', grant)));
      assert.equal(verdict.compatibility_class, manual, grant);
      assert.ok(firedIn(verdict).includes('okta.application.oidc.unsupported_grant'), grant);
    }
  });

  it("know all of Okta's own applications", () => {
    const own = [
      'saasure',
      'okta_enduser',
      'okta_browser_plugin',
      'okta_flow_sso',
      'flow',
      'okta_account_settings',
      'okta_iga_reviewer',
      'okta_iga',
      'okta_entitlement_management',
      'okta_access_requests',
      'okta_access_requests_resource_catalog',
      'okta_atspoke_sso',
      'okta_oin_submission_tester_app',
      'partner_portal',
    ];
    for (const name of own) {
      const app = changed(
        cleanApplication,
        catalogue,
        raw((each) => (each.name = name)),
      );
      const verdict = judgeApplication(app);
      assert.equal(verdict.compatibility_class, visible, name);
      assert.equal(verdict.lifts_to, null);
    }
  });

  it('settle what is not the customer’s before anything else, and keep every finding', () => {
    const verdict = judgeApplication(
      changed(
        cleanApplication,
        raw((app) => (app.status = 'INACTIVE')),
        grants('password'),
        method('private_key_jwt'),
      ),
    );
    assert.equal(verdict.compatibility_class, visible);
    assert.ok(firedIn(verdict).includes('okta.application.oidc.unsupported_grant'));
    assert.ok(firedIn(verdict).includes('okta.application.oidc.no_key'));
  });

  it('let the worst finding win, say each reason, and say what would be left without it', () => {
    const verdict = judgeApplication(
      changed(
        cleanApplication,
        grants('authorization_code', 'implicit', 'password'),
        uri('http://a.example/cb'),
      ),
    );
    assert.equal(verdict.compatibility_class, manual);
    assert.match(verdict.rationale, /unencrypted http: http:\/\/a\.example\/cb/);
    assert.match(verdict.rationale, /in a way that the target does not offer/);
    assert.equal(verdict.lifts_to, approximate);
    assert.deepEqual([verdict.operator_impact, verdict.user_impact], ['high', 'medium']);
  });
});

describe("an Okta application's addresses", () => {
  const many = (count: number, of: (n: number) => string) =>
    uri(...Array.from({ length: count }, (_, n) => of(n)));

  it('are told by the first ten where two thousand are wrong, and are all in the evidence', () => {
    const verdict = judgeApplication(
      changed(
        cleanApplication,
        many(2000, (n) => `http://a${n}.example/cb`),
      ),
    );
    assert.equal(verdict.compatibility_class, manual);
    const finding = verdict.findings.find(({ rule_id }) => rule_id.endsWith('oidc.uri_http'));
    assert.match(finding?.text ?? '', /http:\/\/a9\.example\/cb and 1990 more\.$/);
    const read = finding?.evidence.find(({ pointer }) => pointer === 'addresses.plain_http')?.value;
    assert.equal((read as unknown[]).length, 2000);
    assert.ok(firedIn(verdict).includes('okta.application.oidc.too_many_uris'));
  });

  it('may be two thousand good ones, which are more than the target keeps', () => {
    const verdict = judgeApplication(
      changed(
        cleanApplication,
        many(2000, (n) => `https://a.example/${n}`),
      ),
    );
    assert.equal(verdict.compatibility_class, approximate);
  });

  it('may be of an international host', () => {
    const verdict = judgeApplication(changed(cleanApplication, uri('https://bücher.example/cb')));
    assert.equal(verdict.compatibility_class, native);
  });

  it('are named whatever stands in them, and nothing in them is taken for a place to fill', () => {
    const odd = 'http://a.example/{oidc.client_id}/\u202e';
    const verdict = judgeApplication(changed(cleanApplication, uri(odd)));
    assert.ok(verdict.rationale.includes(odd), verdict.rationale);
  });
});

describe("an Okta application's evidence", () => {
  const words: [string, unknown][] = [
    ['/signOnMode', 'PASSKEY_CONNECT'],
    ['/status', 'PAUSED'],
    ['/credentials/userNameTemplate/type', 'SCRIPTED'],
    ['/credentials/oauthClient/token_endpoint_auth_method', 'tls_client_auth'],
    ['/settings/oauthClient/application_type', 'kiosk'],
    ['/settings/oauthClient/grant_types', ['authorization_code', 'urn:example:new']],
    ['/settings/oauthClient/response_types', ['code', 'vp_token']],
    ['/settings/oauthClient/wildcard_redirect', 'PATH'],
    ['/settings/oauthClient/consent_method', 'EXPLICIT'],
    ['/settings/oauthClient/issuer_mode', 'REGIONAL'],
    ['/settings/oauthClient/refresh_token/rotation_type', 'BOUND'],
    ['/settings/oauthClient/idp_initiated_login/mode', 'MAGIC'],
    ['/settings/oauthClient/network', { connection: 'MOON' }],
  ];
  for (const [pointer, value] of words) {
    it(`with a word that is not known in ${pointer} is rebuilt by hand`, () => {
      const verdict = judgeApplication(
        changed(
          cleanApplication,
          raw((app) => setAt(app, pointer, value)),
        ),
      );
      assert.equal(verdict.compatibility_class, manual);
      assert.ok(firedIn(verdict).includes('okta.application.unknown_value'));
    });
  }

  /** Members that a rule reads, by itself or through a fact. */
  const read = [
    ...Object.values(oktaApplicationRules.pointers),
    '/settings/oauthClient/initiate_login_uri',
    '/settings/oauthClient/refresh_token/rotation_type',
    '/settings/oauthClient/refresh_token/leeway',
    '/_links/accessPolicy/href',
  ];
  const isRead = (pointer: string) => read.some((each) => each === pointer || each.startsWith(`${pointer}/`));
  const members = pointersInto(cleanApplication().raw);

  for (const [kind, clean] of [
    ['web', nothing],
    ['browser', browser],
    ['native', nativeApp],
  ] as const) {
    it(`of a ${kind} application, spoilt in one member that is read, is never native`, () => {
      for (const pointer of members.filter(isRead)) {
        for (const value of ofOtherTypes(atPointer(cleanApplication().raw, pointer))) {
          const verdict = judgeApplication(
            changed(
              cleanApplication,
              clean,
              raw((app) => setAt(app, pointer, value)),
            ),
          );
          assert.notEqual(verdict.compatibility_class, native, `${pointer}: ${JSON.stringify(value)}`);
        }
      }
    });

    it(`of a ${kind} application, lacking one member, is native only where nothing depends on it`, () => {
      const lacking = members.filter((pointer) =>
        [undefined, null].some((value) => {
          const app = changed(
            cleanApplication,
            clean,
            raw((each) => setAt(each, pointer, value)),
          );
          return judgeApplication(app).compatibility_class !== native;
        }),
      );
      const needed = [
        '/status',
        '/signOnMode',
        '/credentials',
        '/credentials/oauthClient',
        '/credentials/oauthClient/client_id',
        '/credentials/oauthClient/token_endpoint_auth_method',
        ...(kind === 'web' ? [] : ['/credentials/oauthClient/pkce_required']),
        '/settings',
        '/settings/oauthClient',
        '/settings/oauthClient/application_type',
        '/settings/oauthClient/redirect_uris',
        '/settings/oauthClient/redirect_uris/0',
        '/settings/oauthClient/response_types',
        '/settings/oauthClient/response_types/0',
        '/settings/oauthClient/grant_types',
        '/settings/oauthClient/grant_types/0',
      ];
      assert.deepEqual(
        needed.filter((pointer) => !lacking.includes(pointer)),
        [],
      );
    });
  }

  it('never makes the judgement fail, whatever stands in any member', () => {
    for (const pointer of members) {
      for (const value of [undefined, null, '', 'x', -1, 1e308, true, [], [null], [[]], {}, { '': null }]) {
        judgeApplication(
          changed(
            cleanApplication,
            raw((app) => setAt(app, pointer, value)),
          ),
        );
      }
    }
    for (const value of [null, 'x', 7, [], {}]) {
      assert.notEqual(judgeApplication({ ...cleanApplication(), raw: value }).compatibility_class, native);
    }
  });

  it('is not native without the policy that guards it, or with a policy that has no rule', () => {
    for (const rules of [null, []]) {
      const verdict = judgeApplication({ ...cleanApplication(), guard: rules });
      assert.equal(verdict.compatibility_class, approximate);
      assert.ok(firedIn(verdict).includes('okta.application.guard_unreadable'));
    }
  });

  it('is not native with a link to its policy that names none', () => {
    for (const href of ['https://acme.okta.com/api/v1/apps/0oa1', '', null]) {
      const app = changed(
        cleanApplication,
        raw((each) => (each._links.accessPolicy.href = href)),
      );
      assert.notEqual(judgeApplication(app).compatibility_class, native, String(href));
    }
  });

  it('is judged by the worst of its guarding rules, the ones of the system included', () => {
    const deny = cleanGuardRule();
    deny.actions.appSignOn.access = 'DENY';
    const verdict = judgeApplication({ ...cleanApplication(), guard: [cleanGuardRule(), deny] });
    assert.ok(firedIn(verdict).includes('okta.application.guard_denies'));
    const inactive = judgeApplication({
      ...cleanApplication(),
      guard: [cleanGuardRule(), { ...deny, status: 'INACTIVE' }],
    });
    assert.equal(inactive.compatibility_class, native);
  });
});
