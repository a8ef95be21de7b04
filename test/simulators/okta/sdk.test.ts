import assert from 'node:assert/strict';
import { Client } from '@okta/okta-sdk-nodejs';
import { SIMULATED_OKTA_TOKEN } from '../../../simulators/okta/server.ts';
import { ids, numbered, tenantOf, withOrg } from './support.ts';

/** A client that keeps nothing and retries nothing, as an inventory needs it. */
function client(url: string): Client {
  return new Client({
    orgUrl: url,
    token: SIMULATED_OKTA_TOKEN,
    cacheMiddleware: null,
  });
}

/** All pages of a list through the transport of Okta's own SDK. */
async function readPages(sdk: Client, url: string): Promise<{ id: string }[][]> {
  const pages: { id: string }[][] = [];
  for (let next: string | undefined = url; next !== undefined;) {
    const headers = { accept: 'application/json' };
    const response = await sdk.http.http(next, { headers }, { isCollection: true, resources: [] });
    pages.push((await response.json()) as { id: string }[]);
    next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
  return pages;
}

describe("Okta's own SDK at the Okta simulator", () => {
  const proxies = ['https_proxy', 'HTTPS_PROXY'] as const;
  const kept = proxies.map((name) => process.env[name]);

  // The SDK would send even loopback requests to a developer's proxy.
  before(() => {
    for (const name of proxies) Reflect.deleteProperty(process.env, name);
  });

  after(() => {
    proxies.forEach((name, index) => {
      if (kept[index] !== undefined) process.env[name] = kept[index];
    });
  });

  it('walks all pages of applications over loopback http', () =>
    withOrg({ data: tenantOf({ apps: numbered('app', 130) }) }, async ({ url }) => {
      const pages = await readPages(client(url), `${url}/api/v1/apps?limit=50`);
      assert.deepEqual(
        pages.map((page) => page.length),
        [50, 30, 50],
      );
      assert.deepEqual(ids(pages.flat().map(({ id }) => ({ id }))), ids(numbered('app', 130)));
    }));

  it('understands the errors', () =>
    withOrg({ data: tenantOf({}), deny: ['apps'] }, async ({ url }) => {
      await assert.rejects(readPages(client(url), `${url}/api/v1/apps`), {
        status: 403,
        errorCode: 'E0000006',
      });
    }));

  it('waits out a 429 by its reset and Date headers', () => {
    // A clock near the end of its minute, so that the wait is short.
    let skipped = 0;
    const now = (): number => Date.now() + skipped;
    return withOrg(
      { data: tenantOf({ apps: numbered('app', 1) }), rateLimit: 1, now },
      async ({ url, requests }) => {
        const sdk = client(url);
        await readPages(sdk, `${url}/api/v1/apps`);
        skipped = 59_500;
        assert.deepEqual(await readPages(sdk, `${url}/api/v1/apps`), [[{ id: 'app0' }]]);
        assert.equal(requests.length, 3);
      },
    );
  });
});
