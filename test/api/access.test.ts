import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  exportSPKI,
  generateKeyPair,
  importJWK,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWK,
} from 'jose';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../../api/app.ts';
import { tenantsRoute } from '../../api/http/operators.ts';
import { fullPath } from '../../api/http/serve.ts';
import { routes } from '../../api/routes/index.ts';
import { createLog } from '../../platform/log.ts';
import { watchDatabase, type WatchedDatabase } from '../support/statements.ts';
import type { Body } from '../support/answer.ts';
import { issuer, memberOf, operatorTenant, useService } from '../support/service.ts';

/** Every route that needs a token, whole paths; a route that is added is one of these. */
const guarded = [tenantsRoute, ...routes.map((route) => ({ ...route, path: fullPath(route) }))];
type Guarded = (typeof guarded)[number];

/** Paths that anybody may ask for. */
const open = ['/healthz', '/readyz', '/dev-issuer/jwks', '/openapi.json'];

const now = () => Math.floor(Date.now() / 1000);

describe('access', () => {
  let watched: WatchedDatabase | undefined;
  const service = useService({
    worker: false,
    services({ databaseUrl }) {
      watched = watchDatabase(databaseUrl);
      return { database: watched.database };
    },
  });
  after(() => watched?.database.$disconnect());

  /** A tenant with a workspace, which others must not learn of. */
  let settled: string;
  before(async () => {
    settled = randomUUID();
    const token = await service().token({ tenant_id: settled });
    const body = { name: 'Theirs', mode: 'first_run_adoption' };
    const made = await service().call('POST', '/workspaces', { tenant: settled, token, body });
    assert.equal(made.status, 201, made.text);
  });

  const urlOf = (path: string, tenant: string) =>
    service().url + path.replace(':tenant_id', tenant).replaceAll(/:\w+/g, () => uuidv7());

  async function ask(
    route: Pick<Guarded, 'method' | 'path'>,
    authorization: string | null,
    more: { tenant?: string; body?: string; type?: string } = {},
  ): Promise<{ status: number; body: Body; headers: Headers }> {
    const response = await fetch(urlOf(route.path, more.tenant ?? service().tenant), {
      method: route.method,
      headers: {
        ...(authorization !== null && { authorization }),
        ...(more.type !== undefined && { 'content-type': more.type }),
      },
      ...(more.body !== undefined && { body: more.body }),
    });
    const text = await response.text();
    assert.ok(response.headers.get('x-request-id'), 'every answer has a request id');
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : JSON.parse(text),
    };
  }

  /** Signs whatever a test wants signed, with the issuer's own key unless it brings another. */
  async function sign(
    claims: Record<string, unknown>,
    { header = {}, key, leave = [] }: { header?: object; key?: CryptoKey; leave?: string[] } = {},
  ): Promise<string> {
    const [own] = service().issuerKeys.keys;
    assert.ok(own);
    const times = { iat: now(), nbf: now(), exp: now() + 600, sub: 'somebody' };
    const all = { ...memberOf(service().tenant), ...times, ...claims };
    const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !leave.includes(name)));
    return new SignJWT(kept)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: own.kid, ...header })
      .sign(key ?? (await importJWK(own, 'ES256')));
  }

  const publicKey = async (): Promise<JWK & { x: string; y: string }> => {
    const response = await fetch(`${service().url}/dev-issuer/jwks`);
    return ((await response.json()) as Body).keys[0];
  };

  /** Tokens that prove nothing, by what is wrong with them. */
  const worthless: Record<string, () => Promise<string | null>> = {
    'no token': async () => null,
    'no bearer token': async () => `Basic ${Buffer.from('a:b').toString('base64')}`,
    'not a token': async () => 'Bearer not.a.token',
    'an expired token': async () => bearer(await sign({ exp: now() - 60 })),
    'a token without expiry': async () => bearer(await sign({}, { leave: ['exp'] })),
    'a token of later': async () => bearer(await sign({ nbf: now() + 600 })),
    'a token of nobody': async () => bearer(await sign({}, { leave: ['sub'] })),
    'a token for another audience': async () => bearer(await sign({ aud: 'another-service' })),
    'a token without audience': async () => bearer(await sign({}, { leave: ['aud'] })),
    'a token of another issuer': async () => bearer(await sign({ iss: `${issuer}/other` })),
    'an id token': async () => bearer(await sign({}, { header: { typ: 'JWT' } })),
    'a token without type': async () => bearer(await sign({}, { header: { typ: undefined } })),
    'a token of another key': async () => {
      const { privateKey } = await generateKeyPair('ES256');
      return bearer(await sign({}, { key: privateKey }));
    },
    'an unsigned token': async () =>
      bearer(new UnsecuredJWT({ ...memberOf(service().tenant), sub: 'somebody', exp: now() + 600 }).encode()),
    'an unsigned token of the right type': async () => {
      const [, claims] = (await sign({})).split('.');
      const header = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
      return bearer(`${header}.${claims}.`);
    },
    'a token signed with the public key\u2019s text': async () => {
      const key = await importJWK(await publicKey(), 'ES256');
      return bearer(await hmac(Buffer.from(await exportSPKI(key as CryptoKey))));
    },
    'a token signed with the public key\u2019s document': async () =>
      bearer(await hmac(Buffer.from(JSON.stringify(await publicKey())))),
    'a token signed with the public key\u2019s bytes': async () => {
      const { x, y } = await publicKey();
      const point = [Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
      return bearer(await hmac(Buffer.concat(point)));
    },
    'a changed token': async () => {
      const [header, , signature] = (await sign({})).split('.');
      const claims = { ...memberOf(settled), sub: 'somebody', exp: now() + 600 };
      return bearer([header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.'));
    },
  };

  async function hmac(secret: Uint8Array): Promise<string> {
    const { kid } = await publicKey();
    return new SignJWT({ ...memberOf(service().tenant), sub: 'somebody', exp: now() + 600 })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...(kid !== undefined && { kid }) })
      .sign(secret);
  }

  /** Genuine tokens that do not suffice: the claims, and the refusal they meet. */
  const insufficient: Record<string, [claims: Record<string, unknown>, code: string]> = {
    'no tenant': [{ tenant_id: undefined }, 'tenant_context_required'],
    'a tenant that is no id': [{ tenant_id: 'acme' }, 'tenant_context_required'],
    'several tenants': [{ tenant_id: [randomUUID()] }, 'tenant_context_required'],
    'guest access': [{ access_context: 'guest_access' }, 'membership_context_required'],
    'support access': [{ access_context: 'support_access' }, 'membership_context_required'],
    'no context': [{ access_context: undefined }, 'membership_context_required'],
    'a list of contexts': [{ access_context: ['membership'] }, 'membership_context_required'],
    'no kind': [{ tenant_kind: undefined }, 'tenant_kind_required'],
    'an unknown kind': [{ tenant_kind: 'root' }, 'tenant_kind_required'],
    'another tenant': [{ tenant_id: randomUUID() }, 'tenant_scope_denied'],
    'another tenant, a vendor': [{ tenant_id: randomUUID(), tenant_kind: 'vendor' }, 'tenant_scope_denied'],
    'another tenant that calls itself an operator': [
      { tenant_id: randomUUID(), tenant_kind: 'operator' },
      'tenant_scope_denied',
    ],
    'the operators\u2019 tenant as a customer': [
      { tenant_id: operatorTenant, tenant_kind: 'customer' },
      'tenant_scope_denied',
    ],
  };

  const bearer = (token: string) => `Bearer ${token}`;

  for (const route of guarded) {
    const name = `${route.method} ${route.path}`;

    it(`${name} refuses a token that proves nothing, before it asks the database anything`, async () => {
      for (const [what, make] of Object.entries(worthless)) {
        const authorization = await make();
        let answer: Awaited<ReturnType<typeof ask>> | undefined;
        const statements = await watched?.during(async () => (answer = await ask(route, authorization)));
        assert.equal(answer?.status, 401, what);
        assert.equal(
          answer.body.code,
          authorization?.startsWith('Bearer') ? 'token_invalid' : 'token_required',
          what,
        );
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm=/, what);
        assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8', what);
        assert.deepEqual(statements, [], what);
      }
    });

    it(`${name} refuses whoever may not, and tells which claim is short`, async () => {
      for (const [what, [claims, code]] of Object.entries(insufficient)) {
        const authorization = bearer(await sign(claims));
        let answer: Awaited<ReturnType<typeof ask>> | undefined;
        const statements = await watched?.during(async () => (answer = await ask(route, authorization)));
        assert.deepEqual([answer?.status, answer?.body.code], [403, code], what);
        assert.deepEqual(statements, [], what);
      }
      await refusesWithoutPermission(route);
    });
  }

  /** The tenant route has no tenant of its own to be a member of: only an operator comes as far as the permission. */
  const entitled = (route: Guarded) =>
    route === tenantsRoute ? { tenant_id: operatorTenant, tenant_kind: 'operator' } : {};

  async function refusesWithoutPermission(route: Guarded): Promise<void> {
    const views = route.permission.endsWith('.view');
    const [, area = ''] = route.permission.split('.');
    const other = area === 'runtime' ? 'migrations' : 'runtime';
    const short: unknown[] = [
      undefined,
      [],
      route.permission,
      [`portal.${other}.manage`, `portal.${area}`],
      ...(views ? [] : [[route.permission.replace('.manage', '.view')]]),
    ];
    for (const held of short) {
      const token = await sign({ ...entitled(route), permissions: held });
      const answer = await ask(route, bearer(token));
      assert.deepEqual([answer.status, answer.body.code], [403, 'permission_required'], JSON.stringify(held));
      assert.equal(answer.body.permission, route.permission);
      assert.match(answer.body.detail, new RegExp(route.permission.replaceAll('.', '\\.')));
    }
  }

  for (const route of guarded) {
    it(`${route.method} ${route.path} lets in whoever holds ${route.permission}, or what implies it`, async () => {
      const enough = [[route.permission], [route.permission.replace('.view', '.manage')]];
      for (const held of enough) {
        const answer = await ask(route, bearer(await sign({ ...entitled(route), permissions: held })));
        assert.ok(
          ![401, 403, 405].includes(answer.status),
          `${answer.status} ${JSON.stringify(answer.body)}`,
        );
      }
    });
  }

  it('says to a stranger the same of a tenant with data and of one without', async () => {
    const token = bearer(await sign({ tenant_id: randomUUID() }));
    const list = { method: 'GET', path: fullPath({ path: '/workspaces' }) } as const;
    const [full, empty] = await Promise.all([
      ask(list, token, { tenant: settled }),
      ask(list, token, { tenant: randomUUID() }),
    ]);
    assert.equal(full.status, 403);
    const { instance: _full, ...told } = full.body;
    const { instance: _empty, ...same } = empty.body;
    assert.deepEqual(told, same);
  });

  it('lets an operator of an operator tenant into every tenant\u2019s path, to read and to write', async () => {
    const token = await service().token({ tenant_id: operatorTenant, tenant_kind: 'operator' });
    const tenant = randomUUID();
    const body = { name: 'Made for them', mode: 'merge_into_existing' };
    const made = await service().call('POST', '/workspaces', { tenant, token, body });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.body.tenant_id, tenant);
    const seen = await service().call('GET', '/workspaces', { tenant, token });
    assert.deepEqual(seen.body.data, [made.body]);
    const records = await service().call('GET', '/audit-records', { tenant, token });
    const expected = {
      id: 'dev',
      type: 'user',
      tenant: operatorTenant,
      kind: 'operator',
      authenticated: true,
    };
    assert.deepEqual(records.body.data[0].actor, expected);
  });

  it('treats an operator of any other tenant as a customer in its own path', async () => {
    const token = await service().token({ tenant_kind: 'operator' });
    const own = await service().call('GET', '/workspaces', { token });
    assert.equal(own.status, 200);
    const tenants = await ask(tenantsRoute, bearer(token));
    assert.equal(tenants.body.code, 'tenant_scope_denied');
  });

  it('shows an empty list to a member of a tenant that has nothing', async () => {
    const tenant = randomUUID();
    const token = await service().token({ tenant_id: tenant, tenant_kind: 'vendor' });
    const listed = await service().call('GET', '/workspaces', { tenant, token });
    assert.deepEqual([listed.status, listed.body], [200, { data: [], next_cursor: null }]);
  });

  it('takes tenant ids as the same in capitals', async () => {
    const listed = await service().call('GET', '/workspaces', { tenant: service().tenant.toUpperCase() });
    assert.equal(listed.status, 200);
  });

  it('answers 404 to an operator who names a tenant that is no id, and 403 to anybody else', async () => {
    const operator = await service().token({ tenant_id: operatorTenant, tenant_kind: 'operator' });
    const path = { method: 'GET', path: fullPath({ path: '/workspaces' }) } as const;
    assert.equal((await ask(path, bearer(operator), { tenant: 'acme' })).status, 404);
    assert.equal((await ask(path, bearer(await sign({})), { tenant: 'acme' })).status, 403);
  });

  it('asks in the contract\u2019s order: every refusal stands before all that follow it', async () => {
    const path = fullPath({ path: '/workspaces' });
    const codeOf = async (
      route: { method: Guarded['method'] | 'DELETE'; path: string },
      claims: Record<string, unknown> | null,
      more: Parameters<typeof ask>[2] = {},
    ) => {
      const token = claims === null ? 'Bearer nothing' : bearer(await sign(claims));
      const given = { body: '{', type: 'text/plain', ...more };
      return (await ask(route as Guarded, token, given)).body.code;
    };
    const post = { method: 'POST', path } as const;
    const archive = { method: 'POST', path: `${path}/:workspace_id/archive` } as const;
    const wrong = {
      tenant_kind: 'nobody',
      permissions: [],
      tenant_id: undefined,
      access_context: 'guest_access',
    };
    const stranger = { tenant_id: randomUUID() };
    assert.equal(await codeOf({ method: 'DELETE', path: `${path}/a/b/c` }, null), 'not_found');
    assert.equal(await codeOf({ method: 'DELETE', path }, null), 'method_not_allowed');
    assert.equal(await codeOf(post, null), 'token_invalid');
    assert.equal(await codeOf(post, wrong), 'tenant_context_required');
    assert.equal(await codeOf(post, { ...wrong, ...stranger }), 'membership_context_required');
    const member = { ...wrong, ...stranger, access_context: 'membership' };
    assert.equal(await codeOf(post, member), 'tenant_kind_required');
    assert.equal(await codeOf(post, { ...member, tenant_kind: 'vendor' }), 'tenant_scope_denied');
    assert.equal(await codeOf(archive, { permissions: [] }), 'permission_required');
    assert.equal(await codeOf(archive, {}), 'not_found');
    assert.equal(await codeOf(post, {}), 'unsupported_media_type');
    const large = JSON.stringify({ name: 'x'.repeat(1_100_000) });
    assert.equal(await codeOf(post, {}, { type: 'application/json', body: large }), 'payload_too_large');
    assert.equal(await codeOf(post, {}, { type: 'application/json' }), 'invalid_json');
    const json = { type: 'application/json', tenant: settled };
    const theirs = { tenant_id: settled };
    assert.equal(await codeOf(post, theirs, { ...json, body: '{}' }), 'validation_failed');
    const second = JSON.stringify({ name: 'Second', mode: 'first_run_adoption' });
    assert.equal(await codeOf(post, theirs, { ...json, body: second }), 'workspace_exists');
  });

  it('names the methods of a path to whoever uses another one', async () => {
    for (const path of new Set(guarded.map((route) => route.path))) {
      const methods = guarded.filter((route) => route.path === path).map((route) => route.method as string);
      for (const method of ['DELETE', 'PATCH', 'PUT', 'POST', 'OPTIONS']) {
        if (methods.includes(method)) continue;
        const answer = await ask({ method: method as 'GET', path }, null);
        assert.equal(answer.status, 405, `${method} ${path}`);
        assert.equal(answer.body.code, 'method_not_allowed');
        assert.deepEqual(answer.headers.get('allow')?.split(', '), methods, `${method} ${path}`);
      }
    }
  });

  it('answers HEAD as GET, without a body', async () => {
    const answer = await ask(
      { method: 'HEAD' as 'GET', path: fullPath({ path: '/workspaces' }) },
      bearer(await sign({})),
    );
    assert.deepEqual([answer.status, answer.body], [200, null]);
  });

  it('serves no path past the routes that are checked here', () => {
    const app = createApp({
      log: createLog('test', 'silent'),
      services: undefined as never,
      authenticate: () => Promise.reject(new Error('nobody asks')),
      operatorTenants: new Set(),
      devIssuerKeys: null,
    });
    const paths = (app.router.stack as { route?: { path: string } }[]).flatMap(({ route }) =>
      route ? [route.path] : [],
    );
    const known = new Set([...open, ...guarded.map((route) => route.path)]);
    // The development issuer is not part of this application: it was given no keys.
    const served = new Set([...paths, '/dev-issuer/jwks']);
    assert.deepEqual([...served].sort(), [...known].sort());
  });
});
