import assert from 'node:assert/strict';
import { applicationPayload, groupPayload } from '../../../domain/planning/payload.ts';
import { builtInTarget } from '../../../domain/rules/targetProfile.ts';
import { payloadSchemas } from '../../../domain/target.ts';
import type { StoredItem } from '../../../domain/inventory/item.ts';
import type { Body } from '../../support/answer.ts';
import { applicationCandidate, groupCandidate } from './support.ts';

type Change = (settings: Body, credentials: Body, raw: Body) => void;

function payloadOf(change: Change = () => undefined) {
  const { item } = applicationCandidate(1, change);
  const payload = applicationPayload(item as StoredItem<'application'>, 'chosen', builtInTarget);
  if (payload) assert.deepEqual(payloadSchemas.tenant_oidc_application.parse(payload), payload);
  return payload;
}

const type =
  (application_type: string, method: string, more: object = {}): Change =>
  (settings, credentials) => {
    Object.assign(settings, { application_type, ...more });
    credentials.token_endpoint_auth_method = method;
  };

describe('what is written of a group', () => {
  it('is its name as it stands and its description', () => {
    const { item } = groupCandidate(1, '  Quality  Lab 🔬 ');
    assert.deepEqual(groupPayload(item as StoredItem<'group'>), {
      name: '  Quality  Lab 🔬 ',
      description: null,
    });
  });
});

describe('what is written of an application', () => {
  it('is what the incumbent holds of a plain one, with the client id that was chosen', () => {
    assert.deepEqual(payloadOf(), {
      name: 'Application 1',
      client_id: 'chosen',
      client_type: 'confidential',
      application_type: 'web',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['https://payroll.example/cb'],
      post_logout_redirect_uris: ['https://payroll.example/'],
      jwks: null,
      jwks_uri: null,
    });
  });

  for (const [from, method, to, clientType, written] of [
    ['web', 'client_secret_basic', 'web', 'confidential', 'client_secret_basic'],
    ['web', 'client_secret_post', 'web', 'confidential', 'client_secret_post'],
    ['web', 'none', 'web', 'public', 'none'],
    ['browser', 'none', 'spa', 'public', 'none'],
    ['browser', 'client_secret_basic', 'spa', 'public', 'none'],
    ['native', 'client_secret_post', 'native', 'public', 'none'],
    ['native', 'private_key_jwt', 'native', 'confidential', 'private_key_jwt'],
    ['service', 'client_secret_basic', 'service', 'confidential', 'client_secret_basic'],
  ] as const) {
    it(`is ${to}, ${clientType}, ${written} for ${from} with ${method}`, () => {
      const payload = payloadOf(type(from, method));
      assert.deepEqual(
        [payload?.application_type, payload?.client_type, payload?.token_endpoint_auth_method],
        [to, clientType, written],
      );
    });
  }

  it('has the grants that the target has, and no code without the grant for it', () => {
    const device = 'urn:ietf:params:oauth:grant-type:device_code';
    const some = payloadOf((settings) => (settings.grant_types = ['authorization_code', 'implicit', device]));
    assert.deepEqual([some?.grant_types, some?.response_types], [['authorization_code'], ['code']]);
    const service = payloadOf(
      type('service', 'client_secret_basic', { grant_types: ['client_credentials'] }),
    );
    assert.deepEqual([service?.grant_types, service?.response_types], [['client_credentials'], []]);
  });

  it('is nothing when no grant is left by which it could get a token', () => {
    for (const grants of [[], ['implicit'], ['refresh_token'], ['password', 'refresh_token']]) {
      assert.equal(
        payloadOf((settings) => (settings.grant_types = grants)),
        null,
      );
    }
  });

  it('lets no public application get a token as itself', () => {
    const grant_types = ['authorization_code', 'client_credentials'];
    assert.deepEqual(payloadOf(type('native', 'client_secret_basic', { grant_types }))?.grant_types, [
      'authorization_code',
    ]);
    assert.equal(payloadOf(type('browser', 'none', { grant_types: ['client_credentials'] })), null);
  });

  it('is nothing when the evidence does not say what it is', () => {
    const unknown: Change[] = [
      type('kiosk', 'none'),
      type('web', 'client_secret_jwt'),
      type('web', 'tls_client_auth'),
      (_settings, credentials) => (credentials.token_endpoint_auth_method = null),
      (settings) => (settings.application_type = null),
      (settings) => (settings.application_type = 'constructor'),
      (_settings, _credentials, raw) => (raw.settings.oauthClient = null),
    ];
    for (const change of unknown) assert.equal(payloadOf(change), null, change.toString());
  });

  it('has as many addresses as the target keeps, the first ones', () => {
    const many = Array.from({ length: 120 }, (_, n) => `https://a.example/${n}`);
    const payload = payloadOf((settings) =>
      Object.assign(settings, { redirect_uris: many, post_logout_redirect_uris: many }),
    );
    assert.deepEqual(payload?.redirect_uris, many.slice(0, 100));
    assert.deepEqual(payload.post_logout_redirect_uris, many.slice(0, 100));
  });

  describe('that signs with a private key', () => {
    const key = {
      kty: 'RSA',
      kid: 'k1',
      use: 'sig',
      n: 'AQAB',
      e: 'AQAB',
      status: 'ACTIVE',
      created: 'x',
      id: 'pks1',
    };
    const signing = (keys: readonly object[], jwks_uri: string | null = null) =>
      payloadOf(type('web', 'private_key_jwt', { jwks: { keys }, jwks_uri }));

    it('is its public key alone, without what Okta says of it', () => {
      const withPrivate = { ...key, d: '[redacted]', p: '[redacted]', alg: null };
      assert.deepEqual(signing([withPrivate])?.jwks, {
        keys: [{ kty: 'RSA', kid: 'k1', use: 'sig', n: 'AQAB', e: 'AQAB' }],
      });
    });

    it('leaves out keys that Okta no longer accepts, and those for encryption', () => {
      const kept = signing([
        { ...key, kid: 'old', status: 'INACTIVE' },
        { ...key, kid: 'enc', use: 'enc' },
        key,
      ]);
      assert.deepEqual(
        kept?.jwks?.keys.map((each) => each.kid),
        ['k1'],
      );
    });

    it('is the address of its keys where no key of its own can be used', () => {
      const inactive = { ...key, status: 'INACTIVE' };
      const payload = signing([inactive], 'https://a.example/keys');
      assert.deepEqual([payload?.jwks, payload?.jwks_uri], [null, 'https://a.example/keys']);
      const both = signing([key], 'https://a.example/keys');
      assert.equal(both?.jwks_uri, null);
    });

    it('is neither for one that authenticates with a secret', () => {
      const payload = payloadOf((settings) =>
        Object.assign(settings, { jwks: { keys: [key] }, jwks_uri: 'https://a.example/keys' }),
      );
      assert.deepEqual([payload?.jwks, payload?.jwks_uri], [null, null]);
    });
  });
});
