import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { createGraphClient, nextPath } from '../../../../activities/sources/entra/client.ts';
import type { TokenSource } from '../../../../activities/sources/entra/token.ts';
import { SourceFailure, type SourceFailureKind } from '../../../../activities/sources/failure.ts';
import type { Page } from '../../../../activities/sources/source.ts';
import { createTransport, type TransportOptions } from '../../../../activities/sources/transport.ts';
import { closing, listenHttp, listenRaw } from '../../../support/sockets.ts';

const path = '/v1.0/groups?$top=999';
const allowlist = { allows: () => true };

/** Gives `token-1`, and another one each time a fresh one is wanted. */
function counting(): TokenSource & { asked: number } {
  let number = 1;
  const source = (fresh?: 'fresh') => {
    source.asked += 1;
    if (fresh) number += 1;
    return Promise.resolve(`token-${number}`);
  };
  source.asked = 0;
  return source;
}

async function fetchFrom(
  origin: string,
  options: Partial<TransportOptions> & { path?: string; token?: TokenSource; signal?: AbortSignal } = {},
): Promise<Page> {
  const { path: asked = path, token = counting(), signal, ...network } = options;
  const transport = createTransport({ origin, allowlist, ...network });
  try {
    const client = createGraphClient(origin, token, transport);
    return await client.fetchPage(asked, signal ?? new AbortController().signal);
  } finally {
    await transport.close();
  }
}

async function failureFrom(...from: Parameters<typeof fetchFrom>): Promise<SourceFailure> {
  const failure = await fetchFrom(...from).then(
    () => assert.fail('a page came'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof SourceFailure, String(failure));
  assert.doesNotMatch(failure.message, /token-\d/);
  return failure;
}

const json = (response: ServerResponse, body: unknown, headers: Record<string, string> = {}, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

describe('The Graph client', () => {
  it('asks with the token for exactly the URL that is wanted and gives the page as it was received', () => {
    const odd = '/v1.0/groups?$skiptoken=a%2Fb==&$select=id,displayName&$top=5?x=https://elsewhere.example';
    return closing(
      listenHttp((_request, response) =>
        json(
          response,
          { value: [{ id: '1' }] },
          { 'request-id': 'r-1', date: 'Tue, 04 Mar 2025 10:00:00 GMT' },
        ),
      ),
      async ({ origin, requests }) => {
        const page = await fetchFrom(origin, { path: odd });
        assert.equal(page.body.toString(), '{"value":[{"id":"1"}]}');
        assert.equal(page.next({ value: [] }), null);
        assert.equal(page.vendorRequestId, 'r-1');
        assert.equal(page.vendorDate, 'Tue, 04 Mar 2025 10:00:00 GMT');
        assert.deepEqual(
          requests.map(({ method, url, headers }) => [method, url, headers.authorization]),
          [['GET', odd, 'Bearer token-1']],
        );
      },
    );
  });

  it('asks once, whatever the answer: waiting and trying again is for others to decide', async () => {
    for (const status of [429, 500, 503, 504]) {
      await closing(
        listenHttp((_request, response) => json(response, {}, { 'retry-after': '1' }, status)),
        async ({ origin, requests }) => {
          await failureFrom(origin);
          assert.equal(requests.length, 1, String(status));
        },
      );
    }
  });

  it('gets a fresh token when one is refused before its time, and gives up when that is refused too', () =>
    closing(
      listenHttp(({ headers }, response) =>
        headers.authorization === 'Bearer token-2'
          ? json(response, { value: [] })
          : json(response, { error: { code: 'InvalidAuthenticationToken' } }, {}, 401),
      ),
      async ({ origin, requests }) => {
        await fetchFrom(origin);
        assert.equal(requests.length, 2);
        const stale: TokenSource = () => Promise.resolve('token-1');
        const failure = await failureFrom(origin, { token: stale });
        assert.equal(failure.kind, 'credentials');
        assert.equal(failure.detail.vendorCode, 'InvalidAuthenticationToken');
        assert.equal(requests.length, 4);
      },
    ));

  it('says what the login host said when there is no token, and asks Graph nothing', () =>
    closing(listenRaw(), async (listener) => {
      const refused = new SourceFailure('credentials', 'refused', { endpoint: '/oauth2/v2.0/token' });
      const failure = await failureFrom(listener.origin, { token: () => Promise.reject(refused) });
      assert.equal(failure, refused);
      assert.equal(listener.connections(), 0);
    }));

  describe('says what came instead of a page', () => {
    const cases: [string, SourceFailureKind, RegExp, (response: ServerResponse) => void][] = [
      [
        'HTML',
        'unusable',
        /text\/html where JSON was due/,
        (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      ],
      ['204', 'unusable', /answered 204/, (response) => response.writeHead(204).end()],
      [
        'a redirect',
        'unusable',
        /A redirect is not followed/,
        (response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end(),
      ],
      [
        'an error without JSON',
        'unavailable',
        /answered 502 on \/v1.0\/groups\./,
        (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad gateway'),
      ],
    ];
    for (const [what, kind, message, answer] of cases) {
      it(`${what}: ${kind}`, () =>
        closing(
          listenHttp((_request, response) => answer(response)),
          async ({ origin }) => {
            const failure = await failureFrom(origin);
            assert.equal(failure.kind, kind);
            assert.match(failure.message, message);
            assert.equal(failure.detail.endpoint, '/v1.0/groups');
          },
        ));
    }

    it('a broken connection, silence: unavailable', async () => {
      const reset = listenRaw((socket) => socket.resetAndDestroy());
      await closing(reset, async ({ origin }) =>
        assert.equal((await failureFrom(origin)).kind, 'unavailable'),
      );
      await closing(listenRaw(), async ({ origin }) =>
        assert.equal((await failureFrom(origin, { timeoutMs: 150 })).kind, 'unavailable'),
      );
    });

    it('more than a page can be, or a host that must not be reached: unusable', async () => {
      await closing(
        listenHttp((_request, response) => json(response, { value: ['x'.repeat(2_000)] })),
        async ({ origin }) => assert.equal((await failureFrom(origin, { maxBytes: 1_000 })).kind, 'unusable'),
      );
      const failure = await failureFrom('https://localhost', { allowlist: { allows: () => false } });
      assert.equal(failure.kind, 'unusable');
      assert.match(failure.message, /not public/);
    });
  });
});

describe('The next link of a page of Graph', () => {
  const graph = 'https://graph.microsoft.com';
  const next = (link: unknown) => nextPath({ '@odata.nextLink': link }, '/v1.0/groups', graph);
  const refusal = (link: unknown): string => {
    try {
      next(link);
    } catch (error) {
      assert.ok(error instanceof SourceFailure);
      assert.equal(error.kind, 'unusable');
      assert.equal(error.detail.endpoint, '/v1.0/groups');
      return error.message;
    }
    return assert.fail(`${String(link)} was taken`);
  };

  it('is path and query exactly as they stand there', () => {
    for (const path of [
      '/v1.0/groups?$top=999&$skiptoken=RFNwdAIAAQAAABc6R3JvdXBf',
      '/v1.0/groups?%24top=5&%24skiptoken=a%2fb%2B==',
      '/v1.0/groups?$skiptoken=a?b/c',
      '/v1.0/groups/microsoft.graph.group?$skiptoken=b',
    ]) {
      assert.equal(next(`${graph}${path}`), path);
      assert.equal(next(`HTTPS://Graph.Microsoft.com:443${path}#part`), path);
    }
  });

  it('is absent on the last page', () => {
    for (const value of [{}, { '@odata.nextLink': null }, [], null]) {
      assert.equal(nextPath(value, '/v1.0/groups', graph), null);
    }
  });

  it('is refused on any other host, port or scheme, and with a user name', () => {
    for (const origin of [
      'https://elsewhere.example',
      'https://graph.microsoft.com.elsewhere.example',
      'https://graph.microsoft.us',
      'https://graph.microsoft.com:8443',
      'http://graph.microsoft.com',
      'https://user@graph.microsoft.com',
      'https://graph.microsoft.com@elsewhere.example',
    ]) {
      assert.match(refusal(`${origin}/v1.0/groups?$skiptoken=b`), /another host/, origin);
    }
  });

  it('is refused outside of the version that is read, and as no URL at all', () => {
    for (const path of ['/beta/groups', '/v1.0/../beta/groups', '/v1.0', '/', '']) {
      assert.match(refusal(`${graph}${path}?$skiptoken=b`), /another endpoint/, path);
    }
    for (const link of ['/v1.0/groups?$skiptoken=b', 'https://[', '', 7, {}, ['x']]) {
      assert.match(refusal(link), /no URL/, JSON.stringify(link));
    }
  });
});
