import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SourceFailure, type SourceFailureKind } from '../../../../activities/sources/failure.ts';
import { createOktaClient, nextPath } from '../../../../activities/sources/okta/client.ts';
import type { Page } from '../../../../activities/sources/source.ts';
import { createTransport, type TransportOptions } from '../../../../activities/sources/transport.ts';
import { closing, listenHttp, listenRaw, type Arrived } from '../../../support/sockets.ts';

const token = '00abcTokenOfTheSource';
const path = '/api/v1/apps?limit=200';
const allowlist = { allows: () => true };

const fetchFrom = async (
  origin: string,
  options: Partial<TransportOptions> & { signal?: AbortSignal; path?: string } = {},
): Promise<Page> => {
  const { signal = new AbortController().signal, path: asked = path, ...network } = options;
  const transport = createTransport({ origin, allowlist, ...network });
  try {
    return await createOktaClient({ org_url: origin }, token, transport).fetchPage(asked, signal);
  } finally {
    await transport.close();
  }
};

async function failureFrom(
  origin: string,
  options: Parameters<typeof fetchFrom>[1] = {},
): Promise<SourceFailure> {
  const failure = await fetchFrom(origin, options).then(
    () => assert.fail('a page came'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof SourceFailure, String(failure));
  assert.ok(!failure.message.includes(token), 'the message holds the token');
  return failure;
}

const json = (response: ServerResponse, body: unknown, headers: Record<string, string | string[]> = {}) =>
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const asked = async (answer: (request: Arrived, response: ServerResponse) => void) => {
  let failure: SourceFailure | undefined;
  await closing(listenHttp(answer), async ({ origin }) => {
    failure = await failureFrom(origin);
  });
  return failure as unknown as SourceFailure;
};

describe('The Okta client', () => {
  it('asks with the token of the source and gives the page as it was received', () =>
    closing(
      listenHttp((_request, response) =>
        json(response, [{ id: '1' }], {
          'x-okta-request-id': 'request-1',
          date: 'Tue, 04 Mar 2025 10:00:00 GMT',
        }),
      ),
      async ({ origin, requests }) => {
        const page = await fetchFrom(origin);
        assert.equal(page.body.toString(), '[{"id":"1"}]');
        assert.equal(page.next(null), null);
        assert.equal(page.httpStatus, 200);
        assert.equal(page.vendorRequestId, 'request-1');
        assert.equal(page.vendorDate, 'Tue, 04 Mar 2025 10:00:00 GMT');
        assert.deepEqual(
          requests.map(({ method, url, headers }) => ({ method, url, authorization: headers.authorization })),
          [{ method: 'GET', url: path, authorization: `SSWS ${token}` }],
        );
      },
    ));

  it('reads a body of more than 64 KB, on which the SDK by itself would hang', () => {
    const many = Array.from({ length: 2_000 }, (_, index) => ({ id: `${index}`, text: 'x'.repeat(100) }));
    return closing(
      listenHttp((_request, response) => json(response, many)),
      async ({ origin }) => {
        const page = await fetchFrom(origin);
        assert.deepEqual(JSON.parse(page.body.toString()), many);
      },
    );
  });

  it('asks once, whatever the answer: waiting and trying again is for others to decide', () =>
    closing(
      listenHttp((_request, response) => {
        const reset = String(Math.ceil(Date.now() / 1000) + 1);
        response.writeHead(429, { 'x-rate-limit-reset': reset, 'content-type': 'application/json' });
        response.end('{"errorCode":"E0000047"}');
      }),
      async ({ origin, requests }) => {
        assert.equal((await failureFrom(origin)).kind, 'rate_limited');
        assert.equal(requests.length, 1);
      },
    ));

  describe('is configured by the source alone', () => {
    const leaks = {
      OKTA_CLIENT_ORGURL: 'LEAK',
      OKTA_CLIENT_TOKEN: 'leaked-token',
      OKTA_CLIENT_CLIENTID: 'leaked-client',
      OKTA_CLIENT_SCOPES: 'okta.apps.manage',
      OKTA_CLIENT_PRIVATEKEY: 'leaked-key',
      OKTA_CLIENT_KEYID: 'leaked-kid',
      OKTA_CLIENT_AUTHORIZATIONMODE: 'PrivateKey',
    };

    /** Asks for a page while the environment, the home and the working folder say something else. */
    async function askAmid(changed: Record<string, string>, yaml: string | null): Promise<void> {
      const folder = await mkdtemp(join(tmpdir(), 'identity-migration-okta-'));
      const cwd = process.cwd();
      const former = { ...process.env };
      try {
        await closing(listenRaw(), (leak) =>
          closing(
            listenHttp((_request, response) => json(response, [])),
            async ({ origin, requests }) => {
              const filled = (text: string) => text.replaceAll('LEAK', leak.origin);
              Object.assign(process.env, { HOME: folder, USERPROFILE: folder });
              for (const [name, value] of Object.entries(changed)) process.env[name] = filled(value);
              if (yaml !== null) {
                await mkdir(join(folder, '.okta'));
                await writeFile(join(folder, '.okta', 'okta.yaml'), filled(yaml));
                await writeFile(join(folder, 'okta.yaml'), filled(yaml));
              }
              process.chdir(folder);
              await fetchFrom(origin);
              assert.equal(leak.connections(), 0);
              assert.equal(requests.length, 1);
              assert.equal(requests[0]?.headers.authorization, `SSWS ${token}`);
              assert.doesNotMatch(JSON.stringify(requests), /leaked/);
            },
          ),
        );
      } finally {
        process.chdir(cwd);
        for (const name of Object.keys(process.env)) {
          if (!(name in former)) Reflect.deleteProperty(process.env, name);
        }
        Object.assign(process.env, former);
        await rm(folder, { recursive: true });
      }
    }

    it('and not by OKTA_CLIENT_* variables', () => askAmid(leaks, null));

    it('and not by an okta.yaml in the home or in the working folder', () =>
      askAmid(
        {},
        [
          'okta:',
          '  client:',
          '    orgUrl: LEAK',
          '    token: leaked-token',
          '    clientId: leaked-client',
          '    privateKey: leaked-key',
          '    authorizationMode: PrivateKey',
          '    scopes: [okta.apps.manage]',
          '    requestTimeout: 1',
          '    proxy: {host: 127.0.0.1, port: 1}',
        ].join('\n'),
      ));

    it('and not by a proxy variable that the SDK would honour', () => askAmid({ https_proxy: 'LEAK' }, null));
  });

  describe('says what came instead of a page', () => {
    const cases: [string, SourceFailureKind, RegExp, (response: ServerResponse) => void][] = [
      [
        'HTML',
        'unusable',
        /text\/html where JSON was due/,
        (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      ],
      [
        'no content type',
        'unusable',
        /no content type where JSON was due/,
        (response) => response.writeHead(200).end('[]'),
      ],
      ['204', 'unusable', /answered 204/, (response) => response.writeHead(204).end()],
      [
        'a redirect',
        'unusable',
        /A redirect is not followed/,
        (response) => response.writeHead(302, { location: 'http://elsewhere.example/' }).end(),
      ],
      [
        'an error without JSON',
        'unavailable',
        /answered 502 on \/api\/v1\/apps\./,
        (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad gateway'),
      ],
    ];
    for (const [what, kind, message, answer] of cases) {
      it(`${what}: ${kind}`, async () => {
        const failure = await asked((_request, response) => answer(response));
        assert.equal(failure.kind, kind);
        assert.match(failure.message, message);
        assert.equal(failure.detail.endpoint, '/api/v1/apps');
      });
    }

    it('a broken connection: unavailable', () =>
      closing(
        listenRaw((socket) => socket.resetAndDestroy()),
        async ({ origin }) => {
          const failure = await failureFrom(origin);
          assert.equal(failure.kind, 'unavailable');
          assert.equal(failure.detail.endpoint, '/api/v1/apps');
        },
      ));

    it('a body cut short of its length: unavailable', () =>
      closing(
        listenRaw((socket) =>
          socket.once('data', () =>
            socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n[]'),
          ),
        ),
        async ({ origin }) => assert.equal((await failureFrom(origin)).kind, 'unavailable'),
      ));

    it('silence: unavailable', () =>
      closing(listenRaw(), async ({ origin }) =>
        assert.equal((await failureFrom(origin, { timeoutMs: 150 })).kind, 'unavailable'),
      ));

    it('more than a page can be: unusable', () =>
      closing(
        listenHttp((_request, response) => json(response, ['x'.repeat(2_000)])),
        async ({ origin }) => assert.equal((await failureFrom(origin, { maxBytes: 1_000 })).kind, 'unusable'),
      ));

    it('a host that must not be reached: unusable, so that nobody tries again', async () => {
      const failure = await failureFrom('https://localhost', { allowlist: { allows: () => false } });
      assert.equal(failure.kind, 'unusable');
      assert.match(failure.message, /not public/);
    });
  });
});

describe('The next link of a page', () => {
  const org = 'https://acme.okta.com';
  const next = (target: string) => nextPath(`<${target}>; rel="next"`, path, org);
  const refusal = (target: string): string => {
    try {
      next(target);
    } catch (error) {
      assert.ok(error instanceof SourceFailure);
      assert.equal(error.kind, 'unusable');
      return error.message;
    }
    return assert.fail(`${target} was taken`);
  };

  it('is read as path and query on the configured host', () => {
    assert.equal(next(`${org}/api/v1/apps?after=abc&limit=200`), '/api/v1/apps?after=abc&limit=200');
  });

  it("may stand on the org's admin host and is read from the configured one", () => {
    assert.equal(next('https://acme-admin.okta.com/api/v1/apps?after=abc'), '/api/v1/apps?after=abc');
  });

  it('is found among other links, in one line or several joined ones', () => {
    const self = `<${org}/api/v1/apps?limit=200>; rel="self"`;
    const wanted = `<${org}/api/v1/apps?after=b>; rel="next"`;
    for (const link of [`${self}, ${wanted}`, `${wanted}, ${self}`, `${self},${wanted}`]) {
      assert.equal(nextPath(link, path, org), '/api/v1/apps?after=b', link);
    }
    assert.equal(nextPath(`<${org}/api/v1/apps?after=b>;rel=next`, path, org), '/api/v1/apps?after=b');
  });

  it('is absent when only other relations are linked, or nothing is', () => {
    for (const link of [null, '', `<${org}/api/v1/apps>; rel="self"`, 'nonsense']) {
      assert.equal(nextPath(link, path, org), null);
    }
  });

  it('keeps a cursor with characters that mean something elsewhere', () => {
    assert.equal(
      next(`${org}/api/v1/apps?after=a%2Fb%2C%3E%3D%3D&limit=2`),
      '/api/v1/apps?after=a%2Fb%2C%3E%3D%3D&limit=2',
    );
  });

  it('is refused on any other host', () => {
    const hosts = [
      'https://elsewhere.example',
      'https://acme.okta.com.elsewhere.example',
      'https://acme.okta.com:8443',
      'https://other.okta.com',
      'https://acme-admin-admin.okta.com',
      'https://acme-admin.oktapreview.com',
      'https://127.0.0.1',
      '//elsewhere.example',
    ];
    for (const host of hosts) assert.match(refusal(`${host}/api/v1/apps?after=b`), /another host/, host);
  });

  it('is refused with a user name, another scheme, or as no URL at all', () => {
    assert.match(refusal('https://user@acme.okta.com/api/v1/apps?after=b'), /another host/);
    assert.match(refusal('https://acme.okta.com@elsewhere.example/api/v1/apps'), /another host/);
    assert.match(refusal('http://acme.okta.com/api/v1/apps?after=b'), /another host/);
    assert.match(refusal('file:///api/v1/apps'), /another host/);
    assert.match(refusal('https://['), /no URL/);
  });

  it('is refused on another endpoint of the same host', () => {
    for (const other of [
      '/api/v1/users',
      '/api/v1/apps/1/credentials/secrets',
      '/api/v1/apps/../users',
      '/',
    ]) {
      assert.match(refusal(`${org}${other}?after=b`), /another endpoint/, other);
    }
  });
});
