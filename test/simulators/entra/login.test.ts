import assert from 'node:assert/strict';
import {
  SIMULATED_ENTRA_CLIENT_ID,
  SIMULATED_ENTRA_CLIENT_SECRET,
} from '../../../simulators/entra/server.ts';
import { errorOf, numbered, tenantOf, withTenant, type Reply } from './support.ts';

const data = tenantOf({ groups: numbered('group', 1) });
const TENANT = '7d0a4c3e-52b1-4e8f-9a6d-1b8e5f2c7093';

/** What a token says about itself. Only a test may look. */
function claimsOf({ body }: Reply): Record<string, unknown> {
  const [, payload = ''] = String(body.access_token).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

describe('The token endpoint of the Entra simulator', () => {
  it('gives a token for client credentials, with the permissions of the application in it', () =>
    withTenant({ data, now: () => Date.UTC(2026, 0, 2) }, async ({ login, tenantId, clientId }) => {
      const reply = await login();
      assert.equal(reply.status, 200);
      assert.deepEqual(Object.keys(reply.body), [
        'token_type',
        'expires_in',
        'ext_expires_in',
        'access_token',
      ]);
      assert.equal(reply.body.expires_in, 3599);
      const { aud, tid, appid, idtyp, roles, exp } = claimsOf(reply);
      assert.deepEqual(
        { aud, tid, appid, idtyp, exp },
        {
          aud: 'https://graph.microsoft.com',
          tid: tenantId,
          appid: clientId,
          idtyp: 'app',
          exp: Date.UTC(2026, 0, 2) / 1000 + 3599,
        },
      );
      assert.ok((roles as string[]).includes('Group.Read.All'));
      assert.equal(reply.headers.get('cache-control'), 'no-store, no-cache');
    }));

  it('takes the credentials it was created with and no others', () =>
    withTenant({ data, clientId: 'mine', clientSecret: 'as well' }, async ({ login }) => {
      assert.equal((await login()).status, 200);
      assert.equal((await login({ client_id: SIMULATED_ENTRA_CLIENT_ID })).status, 400);
      assert.equal((await login({ client_secret: SIMULATED_ENTRA_CLIENT_SECRET })).status, 401);
    }));

  for (const [what, form, status, error, code] of [
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    ['no secret', { client_secret: undefined }, 401, 'invalid_client', 7000216],
    ['an unknown client', { client_id: 'nobody' }, 400, 'unauthorized_client', 700016],
    ['a single permission for a scope', { scope: 'User.Read' }, 400, 'invalid_scope', 1002012],
    ['another resource', { scope: 'https://vault.example/.default' }, 400, 'invalid_resource', 500011],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
    ['no scope', { scope: undefined }, 400, 'invalid_request', 900144],
    ['no grant', { grant_type: undefined }, 400, 'invalid_request', 900144],
  ] as const) {
    it(`refuses ${what} with AADSTS${code}, as the login host words it`, () =>
      withTenant({ data }, async ({ login }) => {
        const { body, ...reply } = await login(form);
        assert.equal(reply.status, status);
        assert.equal(body.error, error);
        assert.deepEqual(body.error_codes, [code]);
        const words = String(body.error_description);
        assert.ok(words.startsWith(`AADSTS${code}: `), words);
        assert.match(words, /Trace ID: [\w-]{36} Correlation ID: [\w-]{36} Timestamp: \d{4}-\d\d-\d\d /);
        assert.ok(words.includes(String(body.trace_id)) && words.includes(String(body.correlation_id)));
        assert.ok(!('access_token' in body) && !reply.text.includes(SIMULATED_ENTRA_CLIENT_SECRET));
      }));
  }

  it('knows its tenant by id and by verified domain in any case, and no other', () => {
    const named = tenantOf({
      domains: [
        { id: 'ours.example', isVerified: true },
        { id: 'planned.example', isVerified: false },
      ],
    });
    return withTenant({ data: named }, async ({ login }) => {
      for (const tenant of [TENANT, TENANT.toUpperCase(), 'Ours.example'])
        assert.equal((await login({}, tenant)).status, 200, tenant);
      for (const tenant of ['planned.example', 'common', '00000000-0000-4000-8000-000000000000', '%zz']) {
        const { status, body } = await login({}, tenant);
        assert.equal(status, 400, tenant);
        assert.deepEqual([body.error, body.error_codes], ['invalid_request', [90002]], tenant);
      }
    });
  });

  it('is the tenant of the organization in the data', () =>
    withTenant({ data: tenantOf({ organization: [{ id: 'own-id' }] }) }, async ({ login, tenantId }) => {
      assert.equal(tenantId, 'own-id');
      assert.equal((await login({}, 'own-id')).status, 200);
      assert.equal((await login({}, TENANT)).status, 400);
    }));

  it('only takes POST', () =>
    withTenant({ data }, async ({ get, url, tenantId }) => {
      const { status, body } = await get(`${url}/${tenantId}/oauth2/v2.0/token`);
      assert.equal(status, 400);
      assert.deepEqual(body.error_codes, [900561]);
    }));

  it('takes no form that is longer than a form can be', () =>
    withTenant({ data }, async ({ login }) => {
      const { body } = await login({ more: 'x'.repeat(70_000) });
      assert.deepEqual(body.error_codes, [900144]);
    }));

  it('says at its own address where everything is', () =>
    withTenant({ data }, async ({ get, url, tenantId }) => {
      const { body } = await get(`${url}/${tenantId}/v2.0/.well-known/openid-configuration`);
      assert.equal(body.token_endpoint, `${url}/${tenantId}/oauth2/v2.0/token`);
      assert.equal(body.issuer, `${url}/${tenantId}/v2.0`);
      assert.deepEqual((await get(String(body.jwks_uri))).body, { keys: [] });
    }));

  it('takes a rotated secret at once, and tokens already issued stay valid', () =>
    withTenant({ data }, async (served) => {
      assert.equal((await served.get('/groups')).status, 200);
      served.clientSecret = 'rotated';
      assert.equal((await served.login({ client_secret: SIMULATED_ENTRA_CLIENT_SECRET })).status, 401);
      assert.equal((await served.login()).status, 200);
      assert.equal((await served.get('/groups')).status, 200);
    }));

  it('keeps a log without secrets and tokens', () =>
    withTenant({ data, now: () => Date.UTC(2026, 0, 2) }, async ({ login, get, requests }) => {
      const token = String((await login()).body.access_token);
      await get('/groups?$top=5');
      const log = JSON.stringify(requests);
      assert.ok(!log.includes(SIMULATED_ENTRA_CLIENT_SECRET) && !log.includes(token));
      assert.deepEqual(requests.at(-1), {
        method: 'GET',
        path: '/v1.0/groups',
        query: { $top: '5' },
        time: new Date('2026-01-02T00:00:00Z'),
        nth: 1,
      });
    }));
});

describe('Access tokens at the Entra simulator', () => {
  const refused = { code: 'InvalidAuthenticationToken', status: 401 };

  for (const [what, headers, message] of [
    ['no token', { authorization: '' }, /^Access token is empty\.$/],
    ['another scheme', { authorization: 'SSWS token' }, /^Access token is empty\.$/],
    ['what is no token', { authorization: 'Bearer nonsense' }, /^IDX14100: JWT is not well formed/],
    ['a token of somebody else', { authorization: 'Bearer a.b.c' }, /Invalid signature\.$/],
  ] as const) {
    it(`refuses ${what} with 401 InvalidAuthenticationToken`, () =>
      withTenant({ data }, async ({ get }) => {
        const reply = await get('/groups', { headers });
        const { code, message: words } = errorOf(reply);
        assert.deepEqual({ code, status: reply.status }, refused);
        assert.match(words, message);
      }));
  }

  it('expire after their lifetime and not before', () => {
    let now = Date.UTC(2026, 5, 1);
    return withTenant({ data, tokenLifetime: 60, now: () => now }, async ({ get }) => {
      assert.equal((await get('/groups')).status, 200);
      now += 59_999;
      assert.equal((await get('/groups')).status, 200);
      now += 1;
      const reply = await get('/groups');
      assert.equal(reply.status, 401);
      assert.deepEqual(errorOf(reply), {
        code: 'InvalidAuthenticationToken',
        message: 'Lifetime validation failed, the token is expired.',
      });
    });
  });

  it('can all be made to expire', () =>
    withTenant({ data }, async ({ get, login, expireTokens }) => {
      await get('/groups');
      expireTokens();
      assert.equal((await get('/groups')).status, 401);
      const fresh = String((await login()).body.access_token);
      assert.equal((await get('/groups', { headers: { authorization: `Bearer ${fresh}` } })).status, 200);
    }));
});
