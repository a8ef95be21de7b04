import assert from 'node:assert/strict';
import { request } from 'node:https';
import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node';
import { Client, ResponseType } from '@microsoft/microsoft-graph-client';
import { Agent, fetch } from 'undici';
import { SIMULATED_ENTRA_CLIENT_SECRET } from '../../../simulators/entra/server.ts';
import { ids, numbered, tenantOf, withTenant, type Served } from './support.ts';

const SCOPES = ['https://graph.microsoft.com/.default'];

/** MSAL's requests over a connection that trusts the simulator. */
function network(ca: string): INetworkModule {
  const send: INetworkModule['sendPostRequestAsync'] = (url, options) =>
    new Promise((resolve, reject) => {
      const method = options?.body === undefined ? 'GET' : 'POST';
      const sent = request(url, { method, ca, headers: options?.headers ?? {} }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () =>
          resolve({ headers: {}, body: JSON.parse(text) as never, status: response.statusCode ?? 0 }),
        );
      });
      sent.on('error', reject).end(options?.body);
    });
  return { sendGetRequestAsync: send, sendPostRequestAsync: send };
}

function application({ url, ca, tenantId, clientId }: Served, clientSecret = SIMULATED_ENTRA_CLIENT_SECRET) {
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      clientSecret,
      authority: `${url}/${tenantId}`,
      knownAuthorities: [new URL(url).host],
    },
    system: { networkClient: network(ca) },
  });
}

async function tokenOf(served: Served): Promise<string> {
  const result = await application(served).acquireTokenByClientCredential({ scopes: SCOPES });
  return result?.accessToken ?? '';
}

/** Runs `use` with Microsoft's Graph client, whose fetch is the global one, trusting the simulator. */
async function withGraph(served: Served, use: (graph: Client) => Promise<void>): Promise<void> {
  const dispatcher = new Agent({ connect: { ca: served.ca } });
  const before = globalThis.fetch;
  globalThis.fetch = ((url: string, init: object) => fetch(url, { ...init, dispatcher })) as never;
  try {
    const graph = Client.initWithMiddleware({
      baseUrl: served.url,
      customHosts: new Set([new URL(served.url).hostname]),
      authProvider: { getAccessToken: () => tokenOf(served) },
    });
    await use(graph);
  } finally {
    globalThis.fetch = before;
    await dispatcher.destroy();
  }
}

describe("Microsoft's own libraries at the Entra simulator", () => {
  it('get a token by MSAL', () =>
    withTenant({ data: tenantOf({ groups: numbered('g', 1) }) }, async (served) => {
      const authorization = `Bearer ${await tokenOf(served)}`;
      assert.equal((await served.get('/groups', { headers: { authorization } })).status, 200);
    }));

  it('understand that a secret is wrong', () =>
    withTenant({ data: tenantOf({}) }, async (served) => {
      const msal = application(served, 'wrong');
      await assert.rejects(msal.acquireTokenByClientCredential({ scopes: SCOPES }), {
        errorCode: 'invalid_client',
        errorNo: 7000215,
      });
    }));

  it('walk all pages of applications, the empty and the short ones too', () =>
    withTenant({ data: tenantOf({ applications: numbered('app', 45) }) }, async (served) => {
      await withGraph(served, async (graph) => {
        const found: { id: string }[] = [];
        for (let next: string | undefined = '/applications?$top=20'; next !== undefined;) {
          const page = (await graph.api(next).get()) as { value: { id: string }[] } & Record<string, string>;
          found.push(...page.value);
          next = page['@odata.nextLink'];
        }
        assert.deepEqual(ids(found), ids(numbered('app', 45)));
      });
      const pages = served.requests.filter(({ path }) => path === '/v1.0/applications');
      assert.equal(pages.length, 4);
    }));

  it('select, and read raw answers with their headers', () =>
    withTenant({ data: tenantOf({ applications: [{ id: 'a', appId: 'c', tags: [] }] }) }, (served) =>
      withGraph(served, async (graph) => {
        const raw = (await graph
          .api('/applications')
          .select(['id', 'appId'])
          .top(5)
          .responseType(ResponseType.RAW)
          .get()) as Response;
        assert.equal(raw.headers.get('x-ms-resource-unit'), '1');
        const { value } = (await raw.json()) as { value: unknown };
        assert.deepEqual(value, [{ id: 'a', appId: 'c' }]);
      }),
    ));

  it('understand the errors', () =>
    withTenant({ data: tenantOf({}), permissions: ['Group.Read.All'] }, (served) =>
      withGraph(served, async (graph) => {
        await assert.rejects(graph.api('/applications').get(), {
          statusCode: 403,
          code: 'Authorization_RequestDenied',
        });
        await assert.rejects(graph.api('/groups/gone').get(), {
          statusCode: 404,
          code: 'Request_ResourceNotFound',
        });
      }),
    ));

  it('wait out a 429 by its Retry-After', () =>
    withTenant({ data: tenantOf({ groups: numbered('g', 1) }) }, (served) => {
      served.intercept = ({ path, nth }) =>
        path === '/v1.0/groups' && nth === 1
          ? { status: 429, headers: { 'retry-after': '1' }, body: { error: { code: 'TooManyRequests' } } }
          : undefined;
      return withGraph(served, async (graph) => {
        const { value } = (await graph.api('/groups').get()) as { value: unknown };
        assert.deepEqual(value, numbered('g', 1));
        assert.equal(served.requests.filter(({ path }) => path === '/v1.0/groups').length, 2);
      });
    }));
});
