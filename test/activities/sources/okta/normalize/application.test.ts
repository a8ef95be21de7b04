import assert from 'node:assert/strict';
import { normalizeApplication } from '../../../../../activities/sources/okta/normalize/application.ts';

const normal = (object: object) =>
  normalizeApplication({ id: '0oa1', label: 'App', status: 'ACTIVE', ...object });

describe('An Okta application in normal form', () => {
  it('has the protocol that its sign-on mode means', () => {
    const modes: Record<string, string> = {
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
    for (const [signOnMode, protocol] of Object.entries(modes)) {
      const app = normal({ signOnMode });
      assert.equal(app.normalized.protocol, protocol, signOnMode);
      assert.equal(app.vendorKind, signOnMode);
      assert.deepEqual(app.normalized.unknown_values, []);
    }
  });

  it('has none when it signs nobody in, and an unknown one is said to be unknown', () => {
    const provisioning = normal({ signOnMode: null, name: 'active_directory' });
    assert.equal(provisioning.normalized.protocol, 'none');
    assert.equal(provisioning.vendorKind, 'active_directory');
    const radius = normal({ signOnMode: 'MFA_AS_SERVICE', name: 'mfa_rdp' });
    assert.equal(radius.normalized.protocol, 'unknown');
    assert.equal(radius.vendorKind, 'MFA_AS_SERVICE');
  });

  it('is an OIDC client only when Okta shows its settings: system and catalogue applications do not', () => {
    const system = normal({ signOnMode: 'OPENID_CONNECT', name: 'saasure', settings: { app: {} } });
    assert.equal(system.normalized.oidc, null);
    const own = normal({
      signOnMode: 'OPENID_CONNECT',
      settings: {
        oauthClient: { redirect_uris: ['https://a.example/cb'], grant_types: ['authorization_code'] },
      },
      credentials: { oauthClient: { client_id: 'c1', pkce_required: true } },
    });
    assert.equal(own.normalized.oidc?.client_id, 'c1');
    assert.deepEqual(own.normalized.oidc.redirect_uris, ['https://a.example/cb']);
    assert.equal(own.normalized.oidc.pkce_required, true);
  });

  it('tells of a SAML application what is really sent: an override before the default', () => {
    const signOn = {
      ssoAcsUrl: 'https://default.example/acs',
      ssoAcsUrlOverride: 'https://override.example/acs',
      audience: 'default',
      audienceOverride: 'override',
      recipient: 'https://default.example/acs',
      recipientOverride: null,
    };
    const { saml } = normal({ signOnMode: 'SAML_2_0', settings: { signOn } }).normalized;
    assert.equal(saml?.acs_url, 'https://override.example/acs');
    assert.equal(saml.audience, 'override');
    assert.equal(saml.recipient, 'https://default.example/acs');
  });

  it('reads WS-Federation from the members that it has for the same things', () => {
    const signOn = { wReplyURL: 'https://a.example/wsfed', audienceRestriction: 'urn:a', nameIDFormat: 'f' };
    const { saml } = normal({ signOnMode: 'WS_FEDERATION', settings: { signOn } }).normalized;
    assert.deepEqual(
      { acs: saml?.acs_url, audience: saml?.audience, format: saml?.name_id_format },
      { acs: 'https://a.example/wsfed', audience: 'urn:a', format: 'f' },
    );
  });

  it('refers to the policies that guard it, which stand in its links alone', () => {
    const href = (id: string) => ({ href: `https://acme.okta.com/api/v1/policies/${id}` });
    const app = normal({ _links: { accessPolicy: href('rst1'), profileEnrollment: href('rst2') } });
    assert.deepEqual(app.normalized.references, [
      { relation: 'access_policy', item_type: 'policy', external_id: 'rst1' },
      { relation: 'profile_enrollment_policy', item_type: 'policy', external_id: 'rst2' },
    ]);
    assert.deepEqual(normal({ _links: { accessPolicy: { href: 'nonsense' } } }).normalized.references, []);
  });

  it('is active only when Okta says so', () => {
    for (const status of ['INACTIVE', 'DELETED', 'STAGED', null]) {
      assert.equal(normal({ status }).normalized.active, false);
    }
    assert.equal(normal({}).normalized.active, true);
  });

  it('is called by its label, or by its catalogue key', () => {
    assert.equal(normal({ name: 'salesforce' }).name, 'App');
    assert.equal(normal({ name: 'salesforce', label: undefined }).name, 'salesforce');
  });
});
