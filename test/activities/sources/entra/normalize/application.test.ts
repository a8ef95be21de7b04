import assert from 'node:assert/strict';
import { normalizeRegistration } from '../../../../../activities/sources/entra/normalize/application.ts';
import { normalizeServicePrincipal } from '../../../../../activities/sources/entra/normalize/servicePrincipal.ts';
import type { ApplicationForm } from '../../../../../domain/inventory/application.ts';
import type { EntraRegistration, EntraServicePrincipal } from '../../../../../domain/inventory/entra.ts';
import { formSchemas } from '../../../../support/normalForms.ts';

const registration = (more: object = {}) => {
  const item = normalizeRegistration({ id: 'o-1', appId: 'A-1', displayName: 'Ledger', ...more });
  assert.deepEqual(formSchemas.application.parse(item.normalized), item.normalized);
  return { ...item, entra: item.normalized.entra as EntraRegistration };
};

const servicePrincipal = (more: object = {}) => {
  const item = normalizeServicePrincipal({ id: 'o-2', appId: 'A-1', displayName: 'Ledger', ...more });
  assert.deepEqual(formSchemas.application.parse(item.normalized), item.normalized);
  return { ...item, entra: item.normalized.entra as EntraServicePrincipal };
};

const pointers = ({ unknown_values, unparsable }: ApplicationForm) => ({
  unknown: unknown_values.map(({ pointer, value }) => `${pointer} ${value}`),
  unparsable,
});

describe('A registration', () => {
  it('is found by its object id and by its client id, and names its service principal by the latter', () => {
    const item = registration();
    assert.equal(item.externalId, 'o-1');
    assert.equal(item.alternateId, 'registration:a-1');
    assert.equal(item.vendorKind, 'application');
    assert.deepEqual(item.normalized.references, [
      {
        relation: 'service_principal',
        item_type: 'application',
        external_id: 'A-1',
        alternate_id: 'service_principal:a-1',
      },
    ]);
  });

  it('reads as the client that its only platform with redirect URIs makes it', () => {
    const uris = { redirectUris: ['https://ledger.example/cb'] };
    const secret = { passwordCredentials: [{ keyId: 'k', endDateTime: '2030-01-01T00:00:00Z' }] };
    const key = { keyCredentials: [{ keyId: 'k', usage: 'Verify', type: 'AsymmetricX509Cert' }] };
    const client = (more: object) => {
      const { oidc } = registration(more).normalized;
      return [
        oidc?.application_type,
        oidc?.token_endpoint_auth_method,
        oidc?.pkce_required,
        oidc?.grant_types.length,
      ];
    };
    assert.deepEqual(client({ web: uris, ...secret }), ['web', 'client_secret_post', false, 2]);
    assert.deepEqual(client({ web: uris, ...key }), ['web', 'private_key_jwt', false, 2]);
    assert.deepEqual(client({ web: uris, ...key, ...secret }), ['web', 'client_secret_post', false, 2]);
    assert.deepEqual(client({ web: uris }), ['web', null, false, 2]);
    assert.deepEqual(client({ spa: uris, ...secret }), ['browser', 'none', true, 2]);
    assert.deepEqual(client({ publicClient: uris }), ['native', 'none', true, 2]);
    assert.deepEqual(client({ web: uris, spa: uris }), [null, null, null, 0]);
    assert.deepEqual(client({}), [null, null, null, 0]);
    assert.deepEqual(client({ web: { redirectUris: [] }, spa: null }), [null, null, null, 0]);
  });

  it('keeps what decides a migration', () => {
    const { entra } = registration({
      signInAudience: 'AzureADMyOrg',
      isFallbackPublicClient: null,
      web: {
        implicitGrantSettings: { enableIdTokenIssuance: true },
        logoutUrl: 'https://ledger.example/out',
      },
      api: {
        requestedAccessTokenVersion: 2,
        acceptMappedClaims: true,
        oauth2PermissionScopes: [
          { id: 's1', value: 'read', isEnabled: true },
          { id: 's2', value: 'old', isEnabled: false },
        ],
        preAuthorizedApplications: [{ appId: 'B' }],
      },
      appRoles: [
        { id: 'r1', value: 'Admin', isEnabled: true, allowedMemberTypes: ['User', 'Application'] },
        { id: 'r2', value: 'Off', isEnabled: false, allowedMemberTypes: ['User'] },
      ],
      groupMembershipClaims: 'SecurityGroup, ApplicationGroup',
      optionalClaims: { idToken: [{ name: 'email' }], accessToken: [], saml2Token: null },
      requiredResourceAccess: [
        {
          resourceAppId: 'G',
          resourceAccess: [
            { id: 'p1', type: 'Scope' },
            { id: 'p2', type: 'Role' },
          ],
        },
      ],
      passwordCredentials: [
        { keyId: 'k', displayName: 'ci', hint: 'abc', secretText: null, endDateTime: 'soon' },
      ],
    });
    assert.equal(entra.id_token_issuance, true);
    assert.equal(entra.access_token_issuance, null);
    assert.equal(entra.is_fallback_public_client, null);
    assert.deepEqual(entra.exposed_scopes, ['read']);
    assert.deepEqual(entra.pre_authorized_applications, ['B']);
    assert.deepEqual(entra.app_roles, [{ id: 'r1', name: 'Admin', members: ['User', 'Application'] }]);
    assert.deepEqual(entra.optional_claims, { id_token: ['email'], access_token: [], saml2_token: [] });
    assert.deepEqual(entra.required_permissions, [
      { resource: 'G', id: 'p1', type: 'Scope' },
      { resource: 'G', id: 'p2', type: 'Role' },
    ]);
    assert.deepEqual(entra.password_credentials, [{ key_id: 'k', name: 'ci', ends: 'soon' }]);
    assert.equal(entra.federated_credentials, null);
  });

  it('keeps unknown words and marks them; what is of the wrong shape is marked and left out', () => {
    const { normalized, entra } = registration({
      signInAudience: 'EveryoneOnMars',
      groupMembershipClaims: 'SecurityGroup,Planets',
      web: { redirectUris: ['https://a.example', 7] },
      tags: 'WindowsAzureActiveDirectoryIntegratedApp',
    });
    assert.equal(entra.sign_in_audience, 'EveryoneOnMars');
    assert.equal(entra.group_membership_claims, 'SecurityGroup,Planets');
    assert.deepEqual(entra.web_redirect_uris, ['https://a.example']);
    assert.deepEqual(pointers(normalized), {
      unknown: ['/signInAudience EveryoneOnMars', '/groupMembershipClaims SecurityGroup,Planets'],
      unparsable: ['/web/redirectUris/1', '/tags'],
    });
  });

  it('marks nothing of what Microsoft documents', () => {
    for (const groupMembershipClaims of [
      null,
      'None',
      'All',
      'SecurityGroup',
      'DirectoryRole, SecurityGroup',
    ]) {
      assert.deepEqual(pointers(registration({ groupMembershipClaims }).normalized).unknown, []);
    }
  });
});

describe('A service principal', () => {
  it('is found by its object id and by its client id, and names its registration by the latter', () => {
    const item = servicePrincipal();
    assert.equal(item.alternateId, 'service_principal:a-1');
    assert.deepEqual(item.normalized.references, [
      {
        relation: 'registration',
        item_type: 'application',
        external_id: 'A-1',
        alternate_id: 'registration:a-1',
      },
    ]);
  });

  it('has the protocol that its way of signing in says; none said is unknown and not OpenID Connect', () => {
    const read = (preferredSingleSignOnMode: unknown) => {
      const { normalized, vendorKind } = servicePrincipal({ preferredSingleSignOnMode });
      return [normalized.protocol, vendorKind, pointers(normalized).unknown.length];
    };
    assert.deepEqual(read('saml'), ['saml_2_0', 'servicePrincipal/saml', 0]);
    assert.deepEqual(read('password'), ['password', 'servicePrincipal/password', 0]);
    assert.deepEqual(read('oidc'), ['openid_connect', 'servicePrincipal/oidc', 0]);
    assert.deepEqual(read('notSupported'), ['none', 'servicePrincipal/notSupported', 0]);
    assert.deepEqual(read(null), ['unknown', 'servicePrincipal', 0]);
    assert.deepEqual(read('linked2'), ['unknown', 'servicePrincipal/linked2', 1]);
  });

  it('is on only where Entra says so', () => {
    const active = (accountEnabled: unknown) => {
      const { normalized, status } = servicePrincipal({ accountEnabled });
      return [normalized.active, status];
    };
    assert.deepEqual(active(true), [true, 'enabled']);
    assert.deepEqual(active(false), [false, 'disabled']);
    assert.deepEqual(active(null), [false, null]);
  });

  it('with SAML has its addresses, its entity id and the key that Entra signs with', () => {
    const thumbprint = 'ABCDEF0123456789ABCDEF0123456789ABCDEF01';
    const base64 = Buffer.from(thumbprint, 'hex').toString('base64');
    const { normalized, entra } = servicePrincipal({
      preferredSingleSignOnMode: 'saml',
      preferredTokenSigningKeyThumbprint: thumbprint,
      replyUrls: ['https://sp.example/acs', 'https://sp.example/acs2'],
      servicePrincipalNames: ['A-1', 'https://sp.example/entity'],
      logoutUrl: 'https://sp.example/slo',
      samlSingleSignOnSettings: { relayState: '/home' },
      keyCredentials: [
        { keyId: 'k1', usage: 'Verify', customKeyIdentifier: base64, key: null },
        { keyId: 'k1', usage: 'Sign', customKeyIdentifier: base64, key: null },
        { keyId: 'k2', usage: 'Verify', customKeyIdentifier: thumbprint.toLowerCase(), key: 'MII\nB' },
        { keyId: 'k3', usage: 'Verify', customKeyIdentifier: 'AAAA', key: null },
      ],
    });
    const { saml } = normalized;
    assert.equal(saml?.acs_url, 'https://sp.example/acs');
    assert.deepEqual(saml.acs_endpoints, ['https://sp.example/acs2']);
    assert.equal(saml.audience, 'https://sp.example/entity');
    assert.equal(saml.default_relay_state, '/home');
    assert.equal(saml.single_logout, true);
    assert.equal(saml.signing_key_id, thumbprint);
    assert.deepEqual(
      entra.key_credentials.map(({ signs_tokens, x5c }) => [signs_tokens, x5c]),
      [
        [true, null],
        [false, null],
        [true, 'MIIB'],
        [false, null],
      ],
    );
  });

  it('lets everybody in unless an assignment is required, and says nothing where Entra says nothing', () => {
    const implicit = (appRoleAssignmentRequired: unknown) =>
      servicePrincipal({ appRoleAssignmentRequired }).normalized.implicit_assignment;
    assert.deepEqual([true, false, null].map(implicit), [false, true, null]);
  });
});
