import assert from 'node:assert/strict';
import { numbered, tenantOf, withOrg } from './support.ts';

describe('Authentication at the Okta simulator', () => {
  it('answers a request that carries the token', () =>
    withOrg({ data: tenantOf({ apps: numbered('app', 1) }) }, async ({ get }) => {
      assert.equal((await get('/api/v1/apps')).status, 200);
    }));

  it('takes the token it was created with and no other', () =>
    withOrg({ data: tenantOf({}), token: 'another' }, async ({ get }) => {
      assert.equal((await get('/api/v1/apps')).status, 401);
      const reply = await get('/api/v1/apps', { headers: { authorization: 'SSWS another' } });
      assert.equal(reply.status, 200);
    }));

  for (const [what, headers] of [
    ['no Authorization header', {}],
    ['a wrong token', { authorization: 'SSWS wrong' }],
    ['the token under another scheme', { authorization: 'Bearer simulated-okta-token' }],
    ['an empty header', { authorization: '' }],
  ] as const) {
    it(`refuses ${what} with 401 E0000011 in Okta's shape`, () =>
      withOrg({ data: tenantOf({}) }, async ({ get }) => {
        const { status, body } = await get('/api/v1/apps', { headers });
        assert.equal(status, 401);
        const { errorId, ...rest } = body as Record<string, unknown>;
        assert.match(String(errorId), /^oae/);
        assert.deepEqual(rest, {
          errorCode: 'E0000011',
          errorSummary: 'Invalid token provided',
          errorLink: 'E0000011',
          errorCauses: [],
        });
      }));
  }

  it('tells what kind of org it is without a token', () =>
    withOrg({}, async ({ get }) => {
      const { status, body } = await get('/.well-known/okta-organization', { headers: {} });
      assert.equal(status, 200);
      assert.equal((body as { pipeline: string }).pipeline, 'idx');
    }));

  it('logs what was asked and when, and never the token', () =>
    withOrg({ data: tenantOf({}), now: () => Date.UTC(2026, 0, 2) }, async ({ get, requests }) => {
      await get('/api/v1/groups?limit=5&q=Field');
      await get('/api/v1/groups');
      assert.deepEqual(requests, [
        {
          method: 'GET',
          path: '/api/v1/groups',
          query: { limit: '5', q: 'Field' },
          time: new Date('2026-01-02T00:00:00Z'),
          nth: 1,
        },
        { method: 'GET', path: '/api/v1/groups', query: {}, time: new Date('2026-01-02T00:00:00Z'), nth: 2 },
      ]);
      assert.ok(!JSON.stringify(requests).includes('simulated-okta-token'));
    }));
});
