import assert from 'node:assert/strict';
import {
  applicationPayload,
  groupPayload,
  providerPayload,
  routingRulePayload,
} from '../../../domain/planning/payload.ts';
import { normalizeProvider } from '../../../activities/sources/okta/normalize/provider.ts';
import { normalizeRoutingRule } from '../../../activities/sources/okta/normalize/routingRule.ts';
import type { Certificate, ProviderForm } from '../../../domain/inventory/provider.ts';
import { builtInTarget } from '../../../domain/rules/targetProfile.ts';
import { builtInServiceProvider, payloadSchemas } from '../../../domain/target.ts';
import type { StoredItem } from '../../../domain/inventory/item.ts';
import type { Body } from '../../support/answer.ts';
import { applicationCandidate, groupCandidate, stepId } from './support.ts';

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

describe('what is written of a provider', () => {
  const ours = builtInServiceProvider('https://login.example', 'tenant');
  const certificate = (role: Certificate['role'], x5c: string): Certificate => ({ key_id: null, role, x5c });

  /** A SAML provider of Okta's, with its certificates as they are composed. */
  function providerOf(change: (raw: Body) => void = () => undefined, form: Partial<ProviderForm> = {}) {
    const raw: Body = {
      id: '0oaidp',
      type: 'SAML2',
      name: 'Acme\u2019s sign-in',
      status: 'ACTIVE',
      protocol: {
        type: 'SAML2',
        endpoints: { sso: { url: 'https://idp.acme.example/sso', binding: 'HTTP-POST' } },
        settings: { nameFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress' },
        credentials: { trust: { issuer: 'https://IdP.acme.example/', kid: 'k1' } },
        algorithms: { request: { signature: { scope: 'REQUEST', algorithm: 'SHA-256' } } },
      },
    };
    change(raw);
    const { name, normalized } = normalizeProvider(raw);
    const certificates = [certificate('current', 'MIIB')];
    const payload = providerPayload({ name, normalized: { ...normalized, certificates, ...form } }, ours);
    if (payload) assert.deepEqual(payloadSchemas.upstream_saml_provider.parse(payload), payload);
    return payload;
  }

  it('is what the incumbent trusts, letter by letter, and the target\u2019s own side', () => {
    assert.deepEqual(providerOf(), {
      name: 'Acme\u2019s sign-in',
      entity_id: 'https://IdP.acme.example/',
      sso_url: 'https://idp.acme.example/sso',
      sso_binding: 'HTTP-POST',
      signing_certificates: ['MIIB'],
      name_id_format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
      enabled: true,
      service_provider: {
        entity_id: 'https://login.example/tenants/tenant/saml',
        acs_url: 'https://login.example/tenants/tenant/saml/acs',
        metadata_url: 'https://login.example/tenants/tenant/saml/metadata',
        nameid_format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
        requests_signed: false,
        request_signing_certificate: null,
      },
    });
  });

  it('says whether requests are signed as the target does it, not as the incumbent did', () => {
    const signing = { ...ours, requests_signed: true, request_signing_certificate: 'MIIC' };
    const { name, normalized } = normalizeProvider({ name: 'A' });
    const form = {
      protocol: 'saml_2_0',
      entity_id: 'a',
      sso_url: 'https://a.example',
      sso_binding: 'HTTP-POST',
    } as const;
    const certificates = [certificate('current', 'MIIB')];
    const payload = providerPayload({ name, normalized: { ...normalized, ...form, certificates } }, signing);
    assert.deepEqual(payload?.service_provider, { ...signing, nameid_format: null });
  });

  it('has every certificate once, the present one first, without lines', () => {
    const certificates = [
      certificate('next', 'TmV4dA=='),
      certificate('additional', 'T3RoZXI='),
      certificate('current', '-----BEGIN CERTIFICATE-----\r\nUHJl\nc2Vu dA==\r\n-----END CERTIFICATE-----\n'),
      certificate('additional', 'UHJlc2VudA=='),
    ];
    assert.deepEqual(providerOf(undefined, { certificates })?.signing_certificates, [
      'UHJlc2VudA==',
      'T3RoZXI=',
      'TmV4dA==',
    ]);
  });

  it('is asked in the way that the incumbent asks it', () => {
    const asked = (binding: unknown) =>
      providerOf((raw) => (raw.protocol.endpoints.sso.binding = binding))?.sso_binding;
    assert.deepEqual(['HTTP-REDIRECT', 'HTTP-POST', 'HTTP-ARTIFACT', null].map(asked), [
      'HTTP-REDIRECT',
      'HTTP-POST',
      undefined,
      undefined,
    ]);
  });

  it('is asked by POST where Entra federates, which says nothing of it', () => {
    const entra = {
      of: 'domain',
      domains: ['acme.example'],
      active_sign_in_uri: null,
      sign_out_uri: null,
      metadata_exchange_uri: null,
      prompt_login_behavior: null,
      mfa_behavior: null,
      certificate_update: null,
    } as const;
    const payload = providerOf(undefined, {
      entra: { ...entra, domains: [...entra.domains] },
      sso_binding: null,
    });
    assert.equal(payload?.sso_binding, 'HTTP-POST');
  });

  it('is nothing without a piece of evidence that a trust cannot be without', () => {
    const missing: Partial<ProviderForm>[] = [
      { protocol: 'ws_federation' },
      { protocol: 'oidc' },
      { protocol: 'unknown' },
      { entity_id: null },
      { entity_id: '' },
      { sso_url: null },
      { certificates: [] },
      { certificates: [certificate('additional', 'MIIB'), certificate('next', 'MIIB')] },
    ];
    for (const form of missing) assert.equal(providerOf(undefined, form), null, JSON.stringify(form));
  });
});

describe('what is written of a routing rule', () => {
  const provider = { step_id: stepId(7) };

  function ruleOf(change: (raw: Body) => void = () => undefined) {
    const raw: Body = {
      id: '0pr1',
      name: 'Acme\u2019s people',
      status: 'ACTIVE',
      system: false,
      priority: 3,
      type: 'IDP_DISCOVERY',
      conditions: {
        userIdentifier: { type: 'IDENTIFIER', patterns: [{ matchType: 'SUFFIX', value: 'acme.example' }] },
        network: { connection: 'ANYWHERE' },
      },
      actions: { idp: { providers: [{ type: 'SAML2', id: '0oaidp' }] } },
    };
    change(raw);
    return normalizeRoutingRule(raw);
  }
  function payloadOf(change?: (raw: Body) => void) {
    const payload = routingRulePayload(ruleOf(change), provider);
    if (payload) assert.deepEqual(payloadSchemas.federation_routing_rule.parse(payload), payload);
    return payload;
  }
  const withDomains = (...values: unknown[]) =>
    payloadOf((raw) => {
      raw.conditions.userIdentifier.patterns = values.map((value) => ({ matchType: 'SUFFIX', value }));
    })?.domains;

  it('is its domains, its provider and its place', () => {
    assert.deepEqual(payloadOf(), {
      name: 'Acme\u2019s people',
      domains: ['acme.example'],
      provider,
      priority: 3,
      enabled: true,
    });
  });

  it('has each domain once, in its one spelling and in the order of the rule', () => {
    assert.deepEqual(withDomains('@B.example', 'a.example', '.b.example', 'm\u00fcnchen.example'), [
      'b.example',
      'a.example',
      'xn--mnchen-3ya.example',
    ]);
  });

  it('is nothing when one of its domains is none, for half a rule is another rule', () => {
    for (const values of [[], [''], ['acme'], ['acme.example', 'a b.example'], [null]])
      assert.equal(withDomains(...values), undefined, JSON.stringify(values));
  });

  it('is switched off where it is told to be', () => {
    const given = ruleOf();
    assert.equal(routingRulePayload(given, { resource_id: stepId(1) }, false)?.enabled, false);
  });

  it('is nothing when the rule asks for more than domains', () => {
    const more: ((raw: Body) => void)[] = [
      (raw) => (raw.conditions.userIdentifier.type = 'ATTRIBUTE'),
      (raw) => delete raw.conditions.userIdentifier,
      (raw) => (raw.conditions.userIdentifier.patterns[0].matchType = 'EQUALS'),
      (raw) => (raw.conditions.userIdentifier.patterns[0].matchType = 'EXPRESSION'),
      (raw) => (raw.conditions.network.connection = 'ZONE'),
      (raw) => (raw.conditions.app = { include: [{ type: 'APP', id: '0oa1' }], exclude: [] }),
      (raw) => (raw.actions.idp.idpSelectionType = 'DYNAMIC'),
      (raw) => raw.actions.idp.providers.push({ type: 'OKTA' }),
      (raw) => (raw.actions.idp.providers = []),
    ];
    for (const change of more) assert.equal(payloadOf(change), null, change.toString());
  });
});
