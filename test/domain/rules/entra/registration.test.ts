import assert from 'node:assert/strict';
import { entraApplicationRules } from '../../../../domain/rules/entra/application/index.ts';
import type { Body } from '../../../support/answer.ts';
import { bareCertificate } from '../../../support/partnerCertificate.ts';
import { itHoldsInPairs } from '../okta/pairs.ts';
import {
  approximate,
  atPointer,
  blocked,
  changed,
  firedIn,
  manual,
  native,
  ofOtherTypes,
  pointersInto,
  setAt,
  visible,
  type Pair,
} from '../okta/support.ts';
import { cleanApplications, judgeRegistration, type ApplicationCase } from './support.ts';

type Change = (given: ApplicationCase) => void;

const nothing: Change = () => undefined;
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const app =
  (members: Body): Change =>
  (given) =>
    Object.assign(given.registration, members);
const web =
  (members: Body): Change =>
  (given) =>
    Object.assign(given.registration.web, members);
const api =
  (members: Body): Change =>
  (given) =>
    Object.assign(given.registration.api, members);
const principal =
  (members: Body): Change =>
  (given) =>
    Object.assign(given.principal, members);
const uri = (...redirectUris: string[]) => web({ redirectUris });

const secret = (endDateTime: string | null) =>
  app({ passwordCredentials: [{ keyId: 'pwd-1', displayName: 'one', endDateTime }] });
const noSecret = app({ passwordCredentials: [] });
const key = (members: Body = {}): Body => ({
  keyId: 'key-1',
  type: 'AsymmetricX509Cert',
  usage: 'Verify',
  startDateTime: '2024-01-01T00:00:00Z',
  endDateTime: '2030-01-01T00:00:00Z',
  key: bareCertificate(),
  ...members,
});
const certificate = (members: Body = {}) => both(noSecret, app({ keyCredentials: [key(members)] }));

const singlePage = both(noSecret, uri(), app({ spa: { redirectUris: ['https://payroll.example/spa'] } }));
const mobile = both(noSecret, uri(), app({ publicClient: { redirectUris: ['com.example.payroll://auth'] } }));
const noUri = uri();
const empty = both(noUri, noSecret);

const permission = (id: string, resourceAppId = '00000003-0000-0000-c000-000000000000', type = 'Scope') =>
  app({ requiredResourceAccess: [{ resourceAppId, resourceAccess: [{ id, type }] }] });
const granted =
  (scope: string, resourceId = 'sp-graph'): Change =>
  (given) =>
    given.grants.push({ id: 'g-2', clientId: 'sp-1', resourceId, scope, consentType: 'Principal' });
const scope = (value: string, isEnabled = true) => ({ id: `s-${value}`, value, isEnabled });
const role = (allowedMemberTypes: string[], value = 'Approver') => ({
  id: 'r-1',
  value,
  isEnabled: true,
  allowedMemberTypes,
});
const refused =
  (collection: ApplicationCase['refused'][number]): Change =>
  (given) =>
    given.refused.push(collection);
const requested: Change = (given) => {
  given.facts.entra = {
    ...given.facts.entra,
    requestedApis: new Set([String(given.registration.appId).toLowerCase()]),
  };
};
const gallery = app({ applicationTemplateId: '8adf8e6e-67b2-4cf2-a259-e3dc5476c621' });
const federated: Change = (given) =>
  given.federated.push({ id: 'f-1', issuer: 'https://token.example', subject: 'repo:main' });
const principalSecret = principal({
  passwordCredentials: [{ keyId: 'pwd-9', endDateTime: '2030-01-01T00:00:00Z' }],
});

const pair = (rule: string, fires: Change, spares: Change, ...classes: Pair<unknown>['classes']) => ({
  rule,
  fires,
  spares,
  classes,
});

const pairs: readonly Pair<ApplicationCase>[] = [
  pair('plain', nothing, app({ notes: 'Ask Edda' }), native, approximate),
  pair('plain', singlePage, both(singlePage, secret('2030-01-01T00:00:00Z')), native, approximate),
  pair('plain', mobile, both(mobile, app({ signInAudience: 'AzureADMultipleOrgs' })), native, manual),
  pair('plain', certificate(), certificate({ key: bareCertificate('rsa1024') }), native, approximate),
  pair('plain', certificate({ key: bareCertificate('ec') }), certificate({ key: null }), native, blocked),
  pair(
    'plain',
    principal({ preferredSingleSignOnMode: 'oidc' }),
    principal({ preferredSingleSignOnMode: 'saml' }),
    native,
    visible,
  ),
  pair('unknown_value', app({ signInAudience: 'EveryoneOnMars' }), nothing, manual, native),
  pair('unknown_value', app({ nativeAuthenticationApisEnabled: 'some' }), nothing, manual, native),
  pair('unparsable', app({ tags: 'HideApp' }), app({ tags: ['HideApp'] }), manual, native),

  pair(
    'covered_by_service_principal',
    principal({ preferredSingleSignOnMode: 'saml' }),
    principal({ preferredSingleSignOnMode: 'oidc' }),
    visible,
    native,
  ),
  pair(
    'covered_by_service_principal',
    principal({ preferredTokenSigningKeyThumbprint: 'AB12' }),
    nothing,
    visible,
    native,
  ),
  pair(
    'covered_by_service_principal',
    app({ samlMetadataUrl: 'https://x.example/m' }),
    nothing,
    visible,
    native,
  ),
  pair(
    'covered_by_service_principal',
    principal({
      appRoles: [
        { id: 'r', value: null, displayName: 'msiam_access', isEnabled: true, allowedMemberTypes: ['User'] },
      ],
    }),
    nothing,
    visible,
    native,
  ),
  pair('disabled', principal({ accountEnabled: false }), nothing, visible, native),
  pair(
    'disabled_by_microsoft',
    app({ disabledByMicrosoftStatus: 'DisabledDueToViolationOfServicesAgreement' }),
    app({ disabledByMicrosoftStatus: 'NotDisabled' }),
    visible,
    native,
  ),
  pair('nothing_to_move', empty, both(empty, app({ identifierUris: ['api://payroll'] })), visible, manual),
  pair('nothing_to_move', empty, both(empty, refused('federated_credentials')), visible, manual),
  pair(
    'nothing_to_move',
    both(empty, (given) => (given.principal = null)),
    both(empty, app({ web: 7 })),
    visible,
    manual,
  ),
  pair(
    'protocol_unknown',
    gallery,
    both(gallery, principal({ preferredSingleSignOnMode: 'oidc' })),
    manual,
    approximate,
  ),
  pair(
    'protocol_unknown',
    principal({ tags: ['WindowsAzureActiveDirectoryGalleryApplicationNonPrimaryV1'] }),
    nothing,
    manual,
    native,
  ),
  pair('protocol_unknown', principal({ preferredSingleSignOnMode: 'notSupported' }), nothing, manual, native),
  pair(
    'from_the_gallery',
    both(gallery, principal({ preferredSingleSignOnMode: 'oidc' })),
    principal({ preferredSingleSignOnMode: 'oidc' }),
    approximate,
    native,
  ),
  pair(
    'other_directories',
    app({ signInAudience: 'AzureADandPersonalMicrosoftAccount' }),
    nothing,
    manual,
    native,
  ),
  pair('audience_unknown', app({ signInAudience: null }), nothing, manual, native),
  pair('incomplete', app({ displayName: '' }), app({ displayName: ' ' }), manual, native),
  pair('incomplete', app({ appId: null }), nothing, manual, native),
  pair('never_used_here', (given) => (given.principal = null), nothing, approximate, native),
  pair('principals_unread', refused('service_principals'), nothing, approximate, native),
  pair('principal_state_unknown', principal({ accountEnabled: null }), nothing, approximate, native),
  pair('unread', refused('delegated_permission_grants'), nothing, approximate, native),
  pair('unread', refused('claims_mapping_policies'), refused('named_locations'), approximate, native),

  pair(
    'several_platforms',
    app({ spa: { redirectUris: ['https://payroll.example/spa'] } }),
    app({ spa: { redirectUris: [] } }),
    manual,
    native,
  ),
  pair('no_redirect', both(empty, app({ appRoles: [role(['User'])] })), empty, manual, visible),
  pair('service', noUri, empty, manual, visible),
  pair('service', both(empty, federated), empty, manual, visible),
  pair('service', both(empty, principalSecret), empty, manual, visible),
  pair(
    'fallback_public',
    app({ isFallbackPublicClient: true }),
    both(mobile, app({ isFallbackPublicClient: true })),
    manual,
    native,
  ),
  pair('fallback_public', both(empty, app({ isFallbackPublicClient: true })), empty, manual, visible),
  pair(
    'web_without_code',
    both(
      noSecret,
      web({ implicitGrantSettings: { enableIdTokenIssuance: true, enableAccessTokenIssuance: false } }),
    ),
    noSecret,
    manual,
    manual,
  ),
  pair('web_without_flow', noSecret, nothing, manual, native),
  pair('credential_elsewhere', both(noSecret, principalSecret), noSecret, manual, manual),
  pair('credential_elsewhere', both(noSecret, federated), federated, manual, approximate),
  pair('credential_on_principal', principalSecret, both(noSecret, principalSecret), approximate, manual),
  pair('federated_credential', federated, nothing, approximate, native),
  pair(
    'other_key',
    app({ keyCredentials: [key({ type: 'Symmetric' })] }),
    app({ keyCredentials: [] }),
    manual,
    native,
  ),
  pair(
    'secrets_expired',
    secret('2026-11-22T00:00:00Z'),
    secret('2026-11-24T00:00:00Z'),
    approximate,
    native,
  ),
  pair('secrets_expired', secret(null), nothing, approximate, native),
  pair('secret_and_certificate', app({ keyCredentials: [key()] }), certificate(), approximate, native),
  pair(
    'public_with_credential',
    both(singlePage, secret('2030-01-01T00:00:00Z')),
    singlePage,
    approximate,
    native,
  ),
  pair('no_key', certificate({ key: null }), certificate(), blocked, native),
  pair('no_key', certificate({ key: 'AAAA' }), certificate(), blocked, native),
  pair(
    'certificate_not_valid',
    certificate({ endDateTime: '2026-11-22T00:00:00Z' }),
    certificate({ endDateTime: '2027-11-22T00:00:00Z' }),
    manual,
    native,
  ),
  pair(
    'certificate_not_valid',
    certificate({ key: bareCertificate('rsa2048', { until: '2026-11-22' }) }),
    certificate(),
    manual,
    native,
  ),
  pair(
    'certificate_not_valid',
    certificate({ startDateTime: '2027-01-01T00:00:00Z' }),
    certificate(),
    manual,
    native,
  ),
  pair(
    'certificate_expiring',
    certificate({ endDateTime: '2026-12-20T00:00:00Z' }),
    certificate({ endDateTime: '2026-12-25T00:00:00Z' }),
    approximate,
    native,
  ),
  pair(
    'weak_certificate',
    certificate({ key: bareCertificate('rsa1024') }),
    certificate({ key: bareCertificate('ec') }),
    approximate,
    native,
  ),
  pair('assertion_audience', certificate(), nothing, native, native),
  pair('secret_reissued', nothing, certificate(), native, native),

  pair('uri_wildcard', uri('https://*.payroll.example/cb'), nothing, manual, native),
  pair('uri_fragment', uri('https://payroll.example/#/cb'), nothing, manual, native),
  pair('uri_http', uri('http://payroll.example/cb'), uri('http://localhost:8080/cb'), manual, native),
  pair('uri_invalid', uri('payroll'), nothing, manual, native),
  pair(
    'points_at_the_incumbent',
    uri('https://login.microsoftonline.com/cb'),
    uri('https://login.microsoftonline.com.example/cb'),
    manual,
    native,
  ),
  pair(
    'broker',
    both(mobile, app({ publicClient: { redirectUris: ['msauth://com.example/x'] } })),
    mobile,
    manual,
    native,
  ),
  pair(
    'hosted_by_azure',
    uri('https://payroll.example/.auth/login/aad/callback'),
    uri('https://payroll.example/auth/login/aad/callback'),
    manual,
    native,
  ),
  pair('uri_custom_scheme', uri('com.example.payroll://auth'), mobile, manual, native),
  pair(
    'any_port',
    both(mobile, app({ publicClient: { redirectUris: ['http://localhost'] } })),
    both(mobile, app({ publicClient: { redirectUris: ['http://localhost:8400'] } })),
    approximate,
    native,
  ),
  pair(
    'too_many_uris',
    uri(...Array.from({ length: 2000 }, (_, n) => `https://payroll.example/cb/${n}`)),
    uri(...Array.from({ length: 100 }, (_, n) => `https://payroll.example/cb/${n}`)),
    approximate,
    native,
  ),
  pair(
    'on_premises',
    uri('https://payroll-acme.msappproxy.net/'),
    uri('https://payroll-acme.msappproxy.net.example/'),
    manual,
    native,
  ),
  pair('on_premises', principal({ tags: ['WindowsAzureActiveDirectoryOnPremApp'] }), nothing, manual, native),

  pair(
    'permissions',
    permission('06da0dbc-49e2-44d2-8312-53f166ab848a'),
    permission('64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0'),
    manual,
    native,
  ),
  pair(
    'permissions',
    permission('37f7f235-527c-4136-accd-4a02d197296e', undefined, 'Role'),
    nothing,
    manual,
    native,
  ),
  pair(
    'permissions',
    permission('37f7f235-527c-4136-accd-4a02d197296e', '00000002-0000-0000-c000-000000000000'),
    nothing,
    manual,
    native,
  ),
  pair('granted_permissions', granted('Mail.Send'), granted('offline_access email'), manual, native),
  pair('granted_permissions', granted('openid', 'sp-other'), nothing, manual, native),
  pair('user_read', permission('e1fe6dd8-ba31-4d61-89e7-88639da4683d'), nothing, approximate, native),
  pair('user_read', granted('User.Read'), nothing, approximate, native),
  pair(
    'implicit',
    web({ implicitGrantSettings: { enableIdTokenIssuance: false, enableAccessTokenIssuance: true } }),
    nothing,
    approximate,
    native,
  ),
  pair('implicit_unknown', web({ implicitGrantSettings: null }), nothing, approximate, native),
  pair(
    'optional_claims',
    app({ optionalClaims: { idToken: [{ name: 'email' }] } }),
    app({ optionalClaims: { idToken: [] } }),
    approximate,
    native,
  ),
  pair(
    'group_claims',
    app({ groupMembershipClaims: 'SecurityGroup' }),
    app({ groupMembershipClaims: 'None' }),
    approximate,
    native,
  ),
  pair(
    'roles',
    app({ appRoles: [role(['User'])] }),
    app({ appRoles: [{ ...role(['User']), isEnabled: false }] }),
    approximate,
    native,
  ),
  pair(
    'claims_mapping',
    api({ acceptMappedClaims: true }),
    api({ acceptMappedClaims: false }),
    manual,
    native,
  ),
  pair('claims_mapping', (given) => given.claimsPolicies.push('p-1'), nothing, manual, native),
  pair('encrypted_tokens', app({ tokenEncryptionKeyId: 'key-1' }), nothing, manual, native),
  pair(
    'native_authentication',
    app({ nativeAuthenticationApisEnabled: 'all' }),
    app({ nativeAuthenticationApisEnabled: 'none' }),
    manual,
    native,
  ),
  pair(
    'blocked_for_minors',
    app({ parentalControlSettings: { countriesBlockedForMinors: ['GB'] } }),
    nothing,
    approximate,
    native,
  ),
  pair('single_logout', web({ logoutUrl: 'https://payroll.example/out' }), nothing, approximate, native),
  pair('home_realm', (given) => given.homeRealmPolicies.push('p-1'), nothing, approximate, native),
  pair('notes', app({ serviceManagementReference: 'CMDB 12' }), nothing, approximate, native),
  pair(
    'default_scope',
    api({ oauth2PermissionScopes: [scope('user_impersonation')] }),
    both(api({ oauth2PermissionScopes: [scope('user_impersonation')] }), requested),
    approximate,
    manual,
  ),
  pair(
    'api',
    api({ oauth2PermissionScopes: [scope('read')] }),
    api({ oauth2PermissionScopes: [scope('read', false)] }),
    manual,
    native,
  ),
  pair('api', api({ preAuthorizedApplications: [{ appId: 'B' }] }), nothing, manual, native),
  pair('api', app({ appRoles: [role(['Application'])] }), app({ appRoles: [] }), manual, native),
  pair('api', requested, nothing, manual, native),
  pair('named_as_api', app({ identifierUris: ['api://payroll'] }), nothing, approximate, native),
  pair('everyone_may_enter', principal({ appRoleAssignmentRequired: false }), nothing, native, native),
];

const idOf = (rule: string) =>
  `entra.${rule === 'unknown_value' || rule === 'unparsable' ? 'application' : 'registration'}.${rule}`;

describe("the rules of Entra's registrations", () => {
  itHoldsInPairs({
    ruleSet: {
      ...entraApplicationRules,
      rules: entraApplicationRules.rules.filter(({ id }) => !id.startsWith('entra.service_principal.')),
    },
    pairs,
    item: 'a registration',
    idOf,
    clean: cleanApplications,
    judge: judgeRegistration,
  });

  it('name what they speak of', () => {
    const told = (...changes: Change[]) =>
      judgeRegistration(changed(cleanApplications, ...changes)).rationale;
    assert.match(told(permission('06da0dbc')), /Microsoft Graph 06da0dbc/);
    assert.match(told(granted('Tariffs.Read', 'sp-tariffs')), /sp-tariffs Tariffs\.Read/);
    assert.match(
      told(app({ optionalClaims: { idToken: [{ name: 'upn' }] } })),
      /claims beyond the usual ones: upn\./,
    );
  });

  it('judge a registration whatever it is called', () => {
    for (const displayName of [
      'x'.repeat(4096),
      '\u05e9\u05db\u05e8 \u202eevil',
      '\ud83d\udcb0 Payroll',
      '\u200b',
    ]) {
      assert.equal(
        judgeRegistration(changed(cleanApplications, app({ displayName }))).compatibility_class,
        native,
      );
    }
  });

  it('have a single native row in the set', () => {
    assert.equal(entraApplicationRules.rules.filter((rule) => rule.class === native).length, 1);
  });
});

describe("an Entra registration's evidence", () => {
  const kinds: [string, Change][] = [
    ['web with a secret', nothing],
    ['web with a certificate', certificate()],
    ['single-page', singlePage],
    ['mobile', mobile],
  ];
  /** Members that only Graph's own pages read. */
  const unread = ['homePageUrl', 'requestedAccessTokenVersion', 'legalAgeGroupRule', 'hint', 'keyId', '/id'];
  const isRead = (pointer: string) => !unread.some((name) => pointer.endsWith(name));

  for (const [kind, change] of kinds) {
    const clean = () => changed(cleanApplications, change);
    const pointers = pointersInto(clean().registration);

    it(`of ${kind} with a member spoilt that is read is never native`, () => {
      const passed = pointers.filter(isRead).flatMap((pointer) =>
        ofOtherTypes(atPointer(clean().registration, pointer) ?? 'text')
          .filter((value) => {
            const given = changed(clean, (each) => setAt(each.registration, pointer, value));
            return judgeRegistration(given).compatibility_class === native;
          })
          .map((value) => `${pointer} ${JSON.stringify(value)}`),
      );
      assert.deepEqual(passed, []);
    });

    it(`of ${kind} is not native without what makes it so`, () => {
      const needed = ['/appId', '/displayName', '/signInAudience', '/web', '/web/implicitGrantSettings'];
      if (kind.startsWith('web with a secret')) needed.push('/web/redirectUris', '/passwordCredentials');
      if (kind.startsWith('web with a cert')) needed.push('/keyCredentials', '/keyCredentials/0/key');
      for (const pointer of needed) {
        const lacking = changed(clean, (given) => setAt(given.registration, pointer, undefined));
        assert.notEqual(judgeRegistration(lacking).compatibility_class, native, pointer);
      }
      for (const pointer of ['/accountEnabled']) {
        const lacking = changed(clean, (given) => setAt(given.principal, pointer, undefined));
        assert.notEqual(judgeRegistration(lacking).compatibility_class, native, pointer);
      }
    });

    it(`of ${kind} never makes the judgement fail, nor find no rule, whatever stands in any member`, () => {
      for (const pointer of pointers.filter((each) => each !== '/id')) {
        for (const value of [undefined, null, '', 'x', -1, true, [], [null], {}, { '': null }]) {
          const verdict = judgeRegistration(
            changed(clean, (given) => setAt(given.registration, pointer, value)),
          );
          assert.ok(!firedIn(verdict).includes('no_rule'), `${pointer} ${JSON.stringify(value)}`);
        }
      }
      for (const pointer of pointersInto(clean().principal).filter((each) => each !== '/id')) {
        for (const value of [undefined, null, '', 'x', -1, true, [], [null], {}, { '': null }]) {
          const verdict = judgeRegistration(
            changed(clean, (given) => setAt(given.principal, pointer, value)),
          );
          assert.ok(!firedIn(verdict).includes('no_rule'), `${pointer} ${JSON.stringify(value)}`);
        }
      }
    });
  }
});
