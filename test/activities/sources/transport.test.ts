import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  AnswerTooLarge,
  createTokenTransport,
  createTransport,
  isPublicAddress,
  TransportViolation,
  type Transport,
  type TransportOptions,
} from '../../../activities/sources/transport.ts';
import { closing, listenHttp, listenRaw, type Listener } from '../../support/sockets.ts';

const everything = { allows: () => true };
const nothing = { allows: () => false };

const withTransport = (options: TransportOptions, use: (transport: Transport) => Promise<void>) =>
  closing(createTransport(options), use);

const get = (transport: Transport, url: string, more: { method?: string; signal?: AbortSignal } = {}) =>
  transport.send({ method: 'get', headers: {}, ...more, url });

/** The violation that a refused request names, wherever fetch has put it. */
async function violation(request: Promise<unknown>): Promise<string> {
  const error = await request.then(
    () => assert.fail('the request was sent'),
    (thrown: unknown) => thrown,
  );
  const found = [error, (error as { cause?: unknown }).cause].find(
    (each) => each instanceof TransportViolation,
  );
  assert.ok(found, `another error: ${String(error)}`);
  return found.message;
}

describe('The transport of the readers', () => {
  describe('before a byte leaves', () => {
    let listener: Listener;
    before(async () => {
      listener = await listenRaw();
    });
    after(() => listener.close());
    afterEach(() => {
      assert.equal(listener.connections(), 0, 'a connection was opened');
      assert.equal(listener.bytes(), 0, 'bytes were sent');
    });

    it('refuses every method but GET, however it is written', async () => {
      const letters = fc.constantFrom(
        'POST',
        'PUT',
        'PATCH',
        'DELETE',
        'HEAD',
        'OPTIONS',
        'TRACE',
        'CONNECT',
      );
      const cased = fc
        .tuple(letters, fc.boolean())
        .map(([word, lower]) => (lower ? word.toLowerCase() : word));
      await withTransport({ origin: listener.origin, allowlist: everything }, (transport) =>
        fc.assert(
          fc.asyncProperty(fc.oneof(cased, fc.string()), async (method) => {
            fc.pre(method.toUpperCase() !== 'GET');
            assert.match(
              await violation(get(transport, `${listener.origin}/api/v1/apps`, { method })),
              /read-only/,
            );
          }),
        ),
      );
    });

    it('refuses another host, port or scheme than the source has, and a user name in the URL', async () => {
      const others = [
        `http://localhost:${listener.port}/api/v1/apps`,
        `http://127.0.0.2:${listener.port}/api/v1/apps`,
        `https://127.0.0.1:${listener.port}/api/v1/apps`,
        `http://127.0.0.1:${listener.port}@elsewhere.example/api/v1/apps`,
        `http://somebody@127.0.0.1:${listener.port}/api/v1/apps`,
        `http://somebody:secret@127.0.0.1:${listener.port}/api/v1/apps`,
        'http://127.0.0.1/api/v1/apps',
      ];
      await withTransport({ origin: listener.origin, allowlist: everything }, async (transport) => {
        for (const url of others) assert.match(await violation(get(transport, url)), /is refused/, url);
      });
    });

    it('refuses an origin whose address is written out and not public', async () => {
      const hosts = ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '127.1'];
      for (const host of hosts) {
        const { origin } = new URL(`https://${host}:${listener.port}`);
        await withTransport({ origin, allowlist: nothing }, async (transport) => {
          assert.match(
            await violation(get(transport, `${origin}/api/v1/apps`)),
            /not a public address/,
            host,
          );
        });
      }
    });

    it('refuses a name that resolves to an address that is not public', async () => {
      const origin = `https://localhost:${listener.port}`;
      await withTransport({ origin, allowlist: nothing }, async (transport) => {
        assert.match(
          await violation(get(transport, `${origin}/api/v1/apps`)),
          /^localhost resolves to an address that is not public\.$/,
        );
      });
    });
  });

  it('survives a name that cannot be resolved', () =>
    withTransport({ origin: 'https://nobody.invalid', allowlist: nothing }, async (transport) => {
      await assert.rejects(get(transport, 'https://nobody.invalid/api/v1/apps'), /fetch failed/);
    }));

  it('reaches a private address when its host and port are on the list', () =>
    closing(
      listenHttp((_request, response) => response.end('here')),
      ({ origin }) =>
        withTransport({ origin, allowlist: everything }, async (transport) => {
          const { status, body } = await get(transport, `${origin}/api/v1/apps`);
          assert.equal(status, 200);
          assert.equal(body.toString(), 'here');
        }),
    ));

  it('does not follow a redirect', () =>
    closing(listenRaw(), (elsewhere) =>
      closing(
        listenHttp((_request, response) => {
          response.writeHead(302, { location: `${elsewhere.origin}/api/v1/apps` }).end();
        }),
        ({ origin, requests }) =>
          withTransport({ origin, allowlist: everything }, async (transport) => {
            const answer = await get(transport, `${origin}/api/v1/apps`);
            assert.equal(answer.status, 302);
            assert.equal(requests.length, 1);
            assert.equal(elsewhere.connections(), 0);
          }),
      ),
    ));

  it('sends nothing through a proxy that the environment names', async () => {
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'];
    const former = names.map((name) => [name, process.env[name]] as const);
    await closing(listenRaw(), (proxy) =>
      closing(
        listenHttp((_request, response) => response.end('direct')),
        async ({ origin }) => {
          for (const name of names) process.env[name] = proxy.origin;
          try {
            await withTransport({ origin, allowlist: everything }, async (transport) => {
              assert.equal((await get(transport, `${origin}/`)).body.toString(), 'direct');
            });
          } finally {
            for (const [name, value] of former) {
              if (value === undefined) Reflect.deleteProperty(process.env, name);
              else process.env[name] = value;
            }
          }
          assert.equal(proxy.connections(), 0);
        },
      ),
    );
  });

  describe('gives up', () => {
    const fails = (answer: (socket: Socket) => void, timeoutMs = 30_000) =>
      closing(
        listenRaw((socket) => socket.once('data', () => answer(socket))),
        ({ origin }) =>
          withTransport({ origin, allowlist: everything, timeoutMs }, async (transport) => {
            await assert.rejects(get(transport, `${origin}/`));
          }),
      );

    it('on a socket that stays silent', () => fails(() => undefined, 200));

    it('on an answer that drips for longer than its time', async () => {
      let dripping: NodeJS.Timeout | undefined;
      await fails((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
        dripping = setInterval(() => socket.write('.'), 20);
        socket.on('close', () => clearInterval(dripping));
      }, 300);
    });

    it('on a body that is shorter than its announced length', () =>
      fails((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{"id":1}]')));

    it('on a chunked body that is cut', () =>
      fails((socket) =>
        socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\n[{"id":1}]\r\n'),
      ));

    it('on a connection that is reset', () => fails((socket) => socket.resetAndDestroy()));

    it('when it is told to', () =>
      closing(listenRaw(), ({ origin }) =>
        withTransport({ origin, allowlist: everything }, async (transport) => {
          const signal = AbortSignal.timeout(50);
          await assert.rejects(get(transport, `${origin}/`, { signal }), { name: 'TimeoutError' });
        }),
      ));
  });

  describe('takes no more than a page can be', () => {
    const limited = (headers: Record<string, string>, body: Buffer) =>
      closing(
        listenHttp((_request, response) => {
          response.writeHead(200, headers);
          response.write(body);
          response.end();
        }),
        ({ origin }) =>
          withTransport({ origin, allowlist: everything, maxBytes: 10_000 }, async (transport) => {
            await assert.rejects(get(transport, `${origin}/`), AnswerTooLarge);
          }),
      );

    it('of a long body', () => limited({}, Buffer.alloc(10_001)));

    it('of a short one that is long when decompressed', () =>
      limited({ 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(1_000_000))));
  });
});

describe('A public address', () => {
  const refused: Readonly<Record<string, readonly string[]>> = {
    private: ['10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
    loopback: ['127.0.0.1', '127.255.255.254', '::1'],
    'link-local': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'fec0::1'],
    "a carrier's": ['100.64.0.1', '100.127.255.254'],
    mapped: [
      '::ffff:10.0.0.1',
      '::ffff:8.8.8.8',
      '::ffff:7f00:1',
      '::ffff:0:7f00:1',
      '::7f00:1',
      '::8.8.8.8',
    ],
    translated: ['64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::1', '2002:7f00:1::', '2001:0:1::'],
    multicast: ['224.0.0.1', '239.255.255.250', 'ff02::1'],
    'unspecified, reserved or for documents': [
      ...['0.0.0.0', '255.255.255.255', '240.0.0.1', '192.0.2.1', '198.18.0.1', '203.0.113.1', '192.0.0.1'],
      ...['::', '100::1', '2001:db8::1', '3fff::1', '5f00::1'],
    ],
    'not an address': ['', 'okta.com', '8.8.8', '8.8.8.8.8', '1'],
  };
  for (const [kind, addresses] of Object.entries(refused)) {
    it(`is not ${kind}`, () => {
      assert.deepEqual(addresses.filter(isPublicAddress), []);
    });
  }

  it('is one of the public internet', () => {
    const addresses = ['8.8.8.8', '52.1.2.3', '100.63.255.255', '2606:4700::1111', '2a00:1450:4001::1'];
    assert.deepEqual(addresses.filter(isPublicAddress), addresses);
  });

  it('is never one that carries a private IPv4 address in its last bits, in any of the old notations', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const privateV4 = fc.oneof(
      fc.tuple(fc.constant(10), octet, octet, octet),
      fc.tuple(fc.constant(127), octet, octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
    );
    const prefix = fc.constantFrom('::', '::ffff:', '::ffff:0:', '64:ff9b::');
    fc.assert(
      fc.property(prefix, privateV4, (before, parts) => !isPublicAddress(`${before}${parts.join('.')}`)),
    );
  });
});

describe('The transport of a request for a token', () => {
  it('refuses any URL but the token endpoint before a byte leaves', () =>
    closing(listenRaw(), async (listener) => {
      const endpoint = `${listener.origin}/directory/oauth2/v2.0/token`;
      const others = [
        listener.origin,
        `${endpoint}/more`,
        `${listener.origin}/other/oauth2/v2.0/token`,
        `http://localhost:${listener.port}/directory/oauth2/v2.0/token`,
        endpoint.replace('http://', 'http://somebody@'),
        `${listener.origin}/v1.0/groups?${endpoint}`,
      ];
      await closing(createTokenTransport({ endpoint, allowlist: everything }), async (transport) => {
        for (const url of others)
          assert.match(await violation(transport.post(url, {}, 'a=b')), /nowhere else/);
      });
      assert.equal(listener.connections(), 0);
      assert.equal(listener.bytes(), 0);
    }));

  it('refuses a login host whose address is not public', () =>
    closing(listenRaw(), async (listener) => {
      const endpoint = `https://127.0.0.1:${listener.port}/directory/oauth2/v2.0/token`;
      await closing(createTokenTransport({ endpoint, allowlist: nothing }), async (transport) => {
        assert.match(await violation(transport.post(endpoint, {}, 'a=b')), /not a public address/);
      });
      assert.equal(listener.connections(), 0);
    }));

  it('sends the form, and follows no redirect', () =>
    closing(listenRaw(), (elsewhere) =>
      closing(
        listenHttp((_request, response) => {
          response.writeHead(307, { location: `${elsewhere.origin}/token` }).end();
        }),
        async ({ origin, requests }) => {
          const endpoint = `${origin}/directory/oauth2/v2.0/token`;
          await closing(createTokenTransport({ endpoint, allowlist: everything }), async (transport) => {
            const { status } = await transport.post(`${endpoint}?client-request-id=1`, {}, 'a=b');
            assert.equal(status, 307);
          });
          assert.deepEqual(
            requests.map(({ method, url }) => `${method} ${url}`),
            ['POST /directory/oauth2/v2.0/token?client-request-id=1'],
          );
          assert.equal(elsewhere.connections(), 0);
        },
      ),
    ));

  it('takes no answer that is larger than one with a token', () =>
    closing(
      listenHttp((_request, response) => response.end('x'.repeat(2 * 1024 * 1024))),
      async ({ origin }) => {
        const endpoint = `${origin}/token`;
        await closing(createTokenTransport({ endpoint, allowlist: everything }), (transport) =>
          assert.rejects(transport.post(endpoint, {}, 'a=b'), AnswerTooLarge),
        );
      },
    ));
});
