import assert from 'node:assert/strict';
import { numbered, tenantOf, withTenant, type Reply, type Served } from './support.ts';

const START = Date.UTC(2026, 5, 1, 12, 0, 10);
const data = tenantOf({ applications: numbered('app', 2), groups: numbered('group', 1) });

const unit = ({ headers }: Reply): string | null => headers.get('x-ms-resource-unit');
const share = ({ headers }: Reply): string | null => headers.get('x-ms-throttle-limit-percentage');

/** Serves with a clock that a test turns. */
function atClock(
  options: { rateLimit?: number; limitScale?: number },
  use: (served: Served, turn: (ms: number) => void) => Promise<void>,
): Promise<void> {
  let now = START;
  return withTenant({ data, ...options, now: () => now }, (served) => use(served, (ms) => (now += ms)));
}

describe('Resource units of the Entra simulator', () => {
  for (const [path, cost] of [
    ['/applications', '2'],
    ['/applications?$select=id', '1'],
    ['/applications?$top=19', '1'],
    ['/applications?$top=20', '2'],
    ['/applications?$select=id&$top=5', '1'],
    ['/applications/app0', '1'],
    ['/groups', '1'],
    ['/groups/group0/members/microsoft.graph.group', '3'],
    ['/policies/claimsMappingPolicies?$expand=appliesTo', '2'],
    ['/unheard-of', '1'],
  ] as const) {
    it(`are ${cost} for ${path}`, () =>
      withTenant({ data }, async ({ get }) => {
        assert.equal(unit(await get(path)), cost);
      }));
  }

  it('are told on errors too, but neither of conditional access nor without a token', () =>
    withTenant({ data }, async ({ get }) => {
      assert.equal(unit(await get('/applications/gone')), '1');
      assert.equal(unit(await get('/identity/conditionalAccess/policies')), null);
      assert.equal(unit(await get('/groups', { headers: { authorization: '' } })), null);
    }));

  it('end in 429 with Retry-After and whom it is for, until the ten seconds are over', () =>
    atClock({ rateLimit: 5 }, async ({ get, clientId, tenantId }, turn) => {
      assert.equal(share(await get('/groups')), null);
      assert.equal(share(await get('/applications')), null);
      assert.equal(share(await get('/groups')), '0.8');
      assert.equal(share(await get('/groups')), '1');
      turn(2_500);
      const over = await get('/groups');
      assert.equal(over.status, 429);
      assert.equal(over.headers.get('retry-after'), '8');
      assert.equal(share(over), '1.2');
      assert.equal(
        over.headers.get('x-ms-throttle-scope'),
        `Tenant_Application/ReadWrite/${clientId}/${tenantId}`,
      );
      assert.equal(over.headers.get('x-ms-throttle-information'), 'ResourceUnitLimitExceeded');
      assert.equal(over.headers.get('date'), new Date(START + 2_500).toUTCString());
      const { code, innerError } = over.body.error as { code: string; innerError: Record<string, string> };
      assert.equal(code, 'TooManyRequests');
      assert.deepEqual([innerError.code, innerError.status], ['429', '429']);
      turn(7_500);
      assert.equal((await get('/groups')).status, 200);
    }));

  it('are not told to be more than 1.8 times the limit', () =>
    atClock({ rateLimit: 1 }, async ({ get }) => {
      await get('/applications');
      assert.equal(share(await get('/applications')), '1.8');
    }));

  it('are 5,000 in ten seconds when nothing else is said: 50, scaled to a hundredth', () =>
    atClock({ limitScale: 0.01 }, async ({ get }) => {
      for (let index = 0; index < 24; index += 1) await get('/applications');
      assert.equal(share(await get('/groups')), '0.98');
      assert.equal(share(await get('/groups')), '1');
      assert.equal((await get('/groups')).status, 429);
    }));
});

describe('Conditional access at the Entra simulator', () => {
  const policies = '/identity/conditionalAccess/policies';
  const locations = '/identity/conditionalAccess/namedLocations';

  it('takes one request a second, policies and locations together, and does not say when to come back', () =>
    atClock({}, async ({ get }, turn) => {
      assert.equal((await get(policies)).status, 200);
      turn(999);
      const over = await get(locations);
      assert.equal(over.status, 429);
      assert.equal((over.body.error as { code: string }).code, 'TooManyRequests');
      assert.equal(over.headers.get('retry-after'), null);
      turn(1);
      assert.equal((await get(locations)).status, 200);
      assert.equal((await get('/groups')).status, 200);
    }));

  it('keeps its limit whatever the limit of resource units is', () =>
    atClock({ rateLimit: 1_000_000 }, async ({ get }) => {
      await get(policies);
      assert.equal((await get(policies)).status, 429);
    }));
});

describe('Other limits of the Entra simulator', () => {
  it('hold requests that ask for keyCredentials to 150 a minute', () =>
    atClock({ limitScale: 0.02 }, async ({ get }, turn) => {
      const keys = '/applications?$select=id,keyCredentials';
      for (let index = 0; index < 3; index += 1) assert.equal((await get(keys)).status, 200);
      turn(30_000);
      const over = await get(keys);
      assert.equal(over.status, 429);
      assert.equal(over.headers.get('retry-after'), '30');
      assert.equal((await get('/applications?$select=id')).status, 200);
    }));

  it('can all be lifted', () =>
    atClock({ limitScale: Infinity }, async ({ get }) => {
      for (let index = 0; index < 5; index += 1) {
        const reply = await get('/identity/conditionalAccess/policies');
        assert.deepEqual([reply.status, share(reply)], [200, null]);
      }
    }));
});
