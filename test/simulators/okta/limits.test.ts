import assert from 'node:assert/strict';
import { numbered, tenantOf, withOrg, type Reply } from './support.ts';

const START = Date.UTC(2026, 5, 1, 12, 0, 10);

const limitsOf = ({ headers }: Reply): Record<string, number> => ({
  limit: Number(headers.get('x-rate-limit-limit')),
  remaining: Number(headers.get('x-rate-limit-remaining')),
  reset: Number(headers.get('x-rate-limit-reset')),
});

describe('Rate limits of the Okta simulator', () => {
  it('count down in the headers of every answer, errors included', () =>
    withOrg({ data: tenantOf({}), now: () => START }, async ({ get }) => {
      const reset = START / 1000 + 60;
      assert.deepEqual(limitsOf(await get('/api/v1/apps')), { limit: 100, remaining: 99, reset });
      assert.deepEqual(limitsOf(await get('/api/v1/apps?limit=0')), { limit: 100, remaining: 98, reset });
      const unauthorized = await get('/api/v1/apps', { headers: {} });
      assert.deepEqual(limitsOf(unauthorized), { limit: 100, remaining: 97, reset });
      assert.match(unauthorized.headers.get('x-okta-request-id') ?? '', /^[0-9a-f]{32}$/);
    }));

  it('are counted per URL pattern, not per URL', () =>
    withOrg({ data: tenantOf({ apps: numbered('app', 2) }) }, async ({ get }) => {
      await get('/api/v1/apps/app0/groups');
      assert.equal(limitsOf(await get('/api/v1/apps/app1/groups')).remaining, 98);
      assert.equal(limitsOf(await get('/api/v1/apps/app1/users')).remaining, 99);
      assert.deepEqual(limitsOf(await get('/api/v1/idps')).limit, 1000);
    }));

  it('end in 429 E0000047 with reset and Date, without Retry-After, until the minute is over', () => {
    let now = START;
    return withOrg({ data: tenantOf({}), rateLimit: 2, now: () => now }, async ({ get }) => {
      await get('/api/v1/apps');
      await get('/api/v1/apps');
      const over = await get('/api/v1/apps');
      assert.equal(over.status, 429);
      const { errorCode, errorSummary } = over.body as Record<string, unknown>;
      assert.deepEqual(
        { errorCode, errorSummary },
        { errorCode: 'E0000047', errorSummary: 'API call exceeded rate limit due to too many requests.' },
      );
      assert.deepEqual(limitsOf(over), { limit: 2, remaining: 0, reset: START / 1000 + 60 });
      assert.equal(over.headers.get('retry-after'), null);
      assert.equal(over.headers.get('date'), new Date(START).toUTCString());
      assert.equal((await get('/api/v1/groups')).status, 200);
      now += 60_000;
      assert.equal((await get('/api/v1/apps')).status, 200);
    });
  });

  it('wait with every answer for the latency asked for', () =>
    withOrg({ data: tenantOf({}), latency: 60 }, async ({ get }) => {
      const before = performance.now();
      await get('/api/v1/apps');
      assert.ok(performance.now() - before >= 55);
    }));
});
