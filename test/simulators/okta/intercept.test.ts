import assert from 'node:assert/strict';
import { oktaError } from '../../../simulators/okta/errors.ts';
import { ids, numbered, tenantOf, withOrg } from './support.ts';

const data = tenantOf({ apps: numbered('app', 30), groups: numbered('group', 3) });

describe('The hook of the Okta simulator', () => {
  it('answers the n-th request of a path in place of the org', () =>
    withOrg({ data }, async (org) => {
      org.intercept = ({ path, nth }) =>
        path === '/api/v1/apps' && nth === 2 ? oktaError('E0000009') : undefined;
      assert.equal((await org.get('/api/v1/apps')).status, 200);
      const second = await org.get('/api/v1/apps');
      assert.equal(second.status, 500);
      assert.equal((second.body as { errorCode: string }).errorCode, 'E0000009');
      assert.equal((await org.get('/api/v1/apps')).status, 200);
      assert.equal((await org.get('/api/v1/groups')).status, 200);
    }));

  it('sends text that is no JSON, with the headers it is given', () => {
    const html = { rawBody: '<html>maintenance</html>', headers: { 'content-type': 'text/html' } };
    return withOrg({ data, intercept: () => html }, async ({ get }) => {
      const { status, headers, text } = await get('/api/v1/apps');
      assert.equal(status, 200);
      assert.equal(headers.get('content-type'), 'text/html');
      assert.equal(text, '<html>maintenance</html>');
    });
  });

  it('cuts a body short of the length it announced', () =>
    withOrg({ data, intercept: () => ({ truncateAt: 20 }) }, async ({ get }) => {
      await assert.rejects(get('/api/v1/apps'), /terminated/);
    }));

  it('cuts the connection without an answer', () =>
    withOrg({ data, intercept: () => ({ disconnect: true }) }, async ({ get }) => {
      await assert.rejects(get('/api/v1/apps'), /fetch failed/);
    }));

  it('never answers when it hangs, and closing the simulator does not wait for it', () =>
    withOrg({ data, intercept: () => ({ hang: true }) }, async ({ get }) => {
      await assert.rejects(get('/api/v1/apps', { signal: AbortSignal.timeout(100) }), {
        name: 'TimeoutError',
      });
    }));

  it('points a next link at another host and leaves the page as it is', () => {
    const link = '<https://elsewhere.example/api/v1/apps?after=x>; rel="next"';
    return withOrg({ data, intercept: () => ({ headers: { link } }) }, async ({ get }) => {
      const { body, next } = await get('/api/v1/apps?limit=5');
      assert.equal((body as unknown[]).length, 5);
      assert.equal(next, 'https://elsewhere.example/api/v1/apps?after=x');
    });
  });

  it('repeats a page whose next link leads to itself', () =>
    withOrg({ data }, async (org) => {
      org.intercept = () => ({ headers: { link: `<${org.url}/api/v1/apps?limit=5>; rel="next"` } });
      const first = await org.get('/api/v1/apps?limit=5');
      const second = await org.get(first.next ?? '');
      assert.deepEqual(second.body, first.body);
      assert.equal(second.next, first.next);
    }));

  it('redirects', () => {
    const headers = { location: 'https://elsewhere.example/' };
    return withOrg({ data, intercept: () => ({ status: 302, rawBody: '', headers }) }, async ({ get }) => {
      const reply = await get('/api/v1/apps');
      assert.equal(reply.status, 302);
      assert.equal(reply.headers.get('location'), 'https://elsewhere.example/');
    });
  });

  it('lets a cursor die half way', () =>
    withOrg({ data }, async (org) => {
      org.intercept = ({ query }) =>
        'after' in query ? oktaError('E0000029', undefined, ['Invalid cursor.']) : undefined;
      const { next = '' } = await org.get('/api/v1/apps?limit=10');
      assert.equal((await org.get(next)).status, 400);
    }));

  it('takes a header away', () =>
    withOrg(
      { data, intercept: () => ({ headers: { 'x-rate-limit-reset': undefined } }) },
      async ({ get }) => {
        const { headers } = await get('/api/v1/apps');
        assert.equal(headers.get('x-rate-limit-reset'), null);
        assert.equal(headers.get('x-rate-limit-limit'), '100');
      },
    ));

  it('may change the org before the answer is read from it', () =>
    withOrg({ data }, async (org) => {
      org.intercept = ({ query }) => {
        if ('after' in query) org.data.apps.splice(10, 1);
        return undefined;
      };
      const { next = '' } = await org.get('/api/v1/apps?limit=10');
      assert.equal(ids((await org.get(next)).body as [])[0], 'app11');
    }));

  it('may take its time', () =>
    withOrg(
      { data, intercept: () => new Promise((resolve) => setTimeout(() => resolve({ status: 503 }), 50)) },
      async ({ get }) => assert.equal((await get('/api/v1/apps')).status, 503),
    ));

  it('shows as an internal error when it throws, rather than as silence', () =>
    withOrg(
      {
        data,
        intercept: () => {
          throw new Error('the test is wrong');
        },
      },
      async ({ get }) => {
        const { status, text } = await get('/api/v1/apps');
        assert.equal(status, 500);
        assert.match(text, /the test is wrong/);
      },
    ));
});
