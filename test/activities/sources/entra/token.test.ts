import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { cloudHosts } from '../../../../activities/sources/entra/clouds.ts';
import { createTokenSource, rightsOf, tokenEndpoint } from '../../../../activities/sources/entra/token.ts';
import { SourceFailure, type SourceFailureKind } from '../../../../activities/sources/failure.ts';
import { createTokenTransport } from '../../../../activities/sources/transport.ts';
import { entraClouds, type EntraConfig } from '../../../../domain/source.ts';
import type { InjectedAnswer } from '../../../../simulators/answer.ts';
import { emptyTenant } from '../../../../simulators/entra/data.ts';
import type { EntraSimulatorOptions } from '../../../../simulators/entra/server.ts';
import { simulatedCloud, startEntra, type RunningEntra } from '../../../support/entraSimulator.ts';

const allowlist = { allows: () => true };

interface Served extends RunningEntra {
  token: ReturnType<typeof createTokenSource>;
}

/** A directory with nothing in it, and a source of tokens for it. */
async function withTokens(
  use: (served: Served) => Promise<void>,
  options: EntraSimulatorOptions & { secret?: string } = {},
): Promise<void> {
  const { secret, ...simulated } = options;
  const entra = await startEntra({ data: emptyTenant(), ...simulated });
  const { simulator, url } = entra;
  const config: EntraConfig = {
    directory_id: simulator.tenantId,
    client_id: simulator.clientId,
    cloud: 'global',
  };
  const hosts = cloudHosts('global', { login: url, graph: url });
  const { ca } = simulatedCloud({ config });
  const transport = createTokenTransport({
    allowlist,
    ca,
    timeoutMs: 1_000,
    endpoint: tokenEndpoint(config, hosts),
  });
  const token = createTokenSource(config, secret ?? simulator.clientSecret, hosts, transport);
  try {
    await use({ ...entra, token });
  } finally {
    await transport.close();
    await entra.close();
  }
}

async function failureOf(asking: Promise<string>): Promise<SourceFailure> {
  const failure = await asking.then(
    () => assert.fail('a token came'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof SourceFailure, String(failure));
  return failure;
}

const requestsOf = ({ simulator }: RunningEntra) =>
  simulator.requests.map(({ method, path }) => `${method} ${path.replace(simulator.tenantId, '{tenant}')}`);

describe('A token of Entra', () => {
  it('is asked for with one POST to the token endpoint and nothing else, and kept while it is good', () =>
    withTokens(async (served) => {
      const tokens = await Promise.all([served.token(), served.token(), served.token()]);
      assert.equal(new Set([...tokens, await served.token()]).size, 1);
      assert.deepEqual(requestsOf(served), ['POST /{tenant}/oauth2/v2.0/token']);
    }));

  it('is renewed before it ends, within a long collection', () =>
    withTokens(
      async (served) => {
        const first = await served.token();
        assert.notEqual(await served.token(), first);
        assert.equal(served.simulator.requests.length, 2);
      },
      // Less than the five minutes for which a token must be good.
      { tokenLifetime: 200 },
    ));

  it('is a new one when a fresh one is wanted, and who wants one never gets one asked for before', () =>
    withTokens(async (served) => {
      const [first, fresh] = await Promise.all([served.token(), served.token('fresh')]);
      assert.notEqual(fresh, first);
      assert.equal(await served.token(), fresh);
    }));

  it('says what it lets its bearer do', () =>
    withTokens(
      async ({ token }) =>
        assert.deepEqual(rightsOf(await token()), { permissions: ['Group.Read.All'], roles: [] }),
      { permissions: ['Group.Read.All'] },
    ));

  it('says nothing when its contents are not what they were', () => {
    for (const token of ['', 'opaque', 'a.b.c', `a.${Buffer.from('{"roles":1}').toString('base64url')}.c`]) {
      assert.equal(rightsOf(token), null, token);
    }
  });

  describe('that is not given', () => {
    it('for a wrong secret, directory or client, is a matter of the credential', () =>
      withTokens(
        async (served) => {
          const failure = await failureOf(served.token());
          assert.equal(failure.kind, 'credentials');
          assert.equal(failure.detail.httpStatus, 401);
          assert.equal(failure.detail.vendorCode, 'AADSTS7000215');
          assert.equal(typeof failure.detail.vendorRequestId, 'string');
          assert.match(failure.detail.endpoint, /\/oauth2\/v2\.0\/token$/);
          assert.match(failure.message, /client secret are wrong or expired/);
        },
        { secret: 'wrong-but-secret' },
      ));

    it('never shows the secret, in whatever depth somebody looks', () =>
      withTokens(
        async (served) => {
          const shown = inspect(await failureOf(served.token()), { depth: 20, showHidden: true });
          assert.ok(!shown.includes('wrong-but-secret'));
          served.simulator.intercept = () => ({ disconnect: true });
          const broken = inspect(await failureOf(served.token()), { depth: 20, showHidden: true });
          assert.ok(!broken.includes('wrong-but-secret'));
        },
        { secret: 'wrong-but-secret' },
      ));

    const answers: [string, SourceFailureKind, InjectedAnswer][] = [
      [
        '503',
        'unavailable',
        { status: 503, body: { error: 'temporarily_unavailable', error_codes: [90033] } },
      ],
      [
        '500 in HTML',
        'unavailable',
        { status: 500, rawBody: '<html>', headers: { 'content-type': 'text/html' } },
      ],
      ['a cut body', 'unavailable', { truncateAt: 20 }],
      ['JSON that is none', 'unavailable', { rawBody: '{"access_token"' }],
      ['an empty object', 'unavailable', { body: {} }],
      ['a broken connection', 'unavailable', { disconnect: true }],
      ['silence', 'unavailable', { hang: true }],
      ['429', 'rate_limited', { status: 429, body: {}, headers: { 'retry-after': '7' } }],
      [
        'a redirect',
        'unavailable',
        { status: 302, body: {}, headers: { location: 'https://elsewhere.example' } },
      ],
    ];
    for (const [what, kind, answer] of answers) {
      it(`but ${what}: ${kind}`, () =>
        withTokens(
          async (served) => {
            const failure = await failureOf(served.token());
            assert.equal(failure.kind, kind, failure.message);
            assert.equal(served.simulator.requests.length, 1);
            if (kind !== 'rate_limited') return;
            const wait = (failure.detail.retryAt?.getTime() ?? 0) - Date.now();
            assert.ok(wait > 5_000 && wait <= 7_000, String(wait));
          },
          { intercept: () => answer },
        ));
    }
  });
});

describe('The addresses of a cloud', () => {
  it('are those of Microsoft\u2019s documentation', () => {
    const nothing = { login: undefined, graph: undefined };
    assert.deepEqual(
      entraClouds.map((cloud) => cloudHosts(cloud, nothing)).map(({ login, graph }) => [login, graph]),
      [
        ['https://login.microsoftonline.com', 'https://graph.microsoft.com'],
        ['https://login.microsoftonline.us', 'https://graph.microsoft.us'],
        ['https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
        ['https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'],
      ],
    );
  });

  it('can be replaced for the global cloud alone; tokens are asked for under the public name all the same', () => {
    const other = { login: 'https://login.example', graph: 'https://graph.example' };
    assert.deepEqual(cloudHosts('global', other), { ...other, resource: 'https://graph.microsoft.com' });
    assert.equal(cloudHosts('us_gov', other).graph, 'https://graph.microsoft.us');
    assert.equal(cloudHosts('us_gov', other).login, 'https://login.microsoftonline.us');
  });
});
