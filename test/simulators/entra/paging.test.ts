import assert from 'node:assert/strict';
import { errorOf, ids, numbered, tenantOf, withTenant } from './support.ts';

const lengths = (pages: readonly unknown[][]): number[] => pages.map((page) => page.length);

describe('Paging of the Entra simulator', () => {
  const data = tenantOf({ applications: numbered('app', 45), groups: numbered('group', 45) });

  it('gives every object once, in pages of the size asked for', () =>
    withTenant({ data, oddPages: false }, async ({ pages }) => {
      const got = await pages('/applications?$top=10');
      assert.deepEqual(lengths(got), [10, 10, 10, 10, 5]);
      assert.deepEqual(ids(got.flat()), ids(numbered('app', 45)));
    }));

  it('puts the next link into the body, with the parameters of the request and a skip token', () =>
    withTenant({ data }, async ({ get, url }) => {
      const { body, next = '' } = await get('/applications?%24top=10&$select=id,displayName');
      assert.deepEqual(Object.keys(body), ['@odata.context', '@odata.nextLink', 'value']);
      assert.equal(body['@odata.context'], `${url}/v1.0/$metadata#applications(id,displayName)`);
      assert.ok(
        next.startsWith(`${url}/v1.0/applications?%24top=10&$select=id,displayName&$skiptoken=`),
        next,
      );
      const second = await get(next);
      assert.equal(
        [...new URL(second.next ?? '').searchParams.keys()].filter((name) => name === '$skiptoken').length,
        1,
      );
    }));

  it('answers with the host name it was asked by, so that links lead back the same way', () =>
    withTenant({ data }, async ({ get, url }) => {
      const alias = url.replace('127.0.0.1', 'localhost');
      const { next = '' } = await get(`${alias}/v1.0/applications?$top=10`);
      assert.ok(next.startsWith(`${alias}/v1.0/applications?`));
      assert.equal((await get(next)).status, 200);
    }));

  it('gives no next link on a last page that is exactly full', () =>
    withTenant(
      { data: tenantOf({ applications: numbered('app', 20) }), oddPages: false },
      async ({ pages }) => {
        assert.deepEqual(lengths(await pages('/applications?$top=10')), [10, 10]);
      },
    ));

  it('gives a page of 100 when no size is asked for', () =>
    withTenant({ data: tenantOf({ groups: numbered('group', 130) }), oddPages: false }, async ({ pages }) => {
      assert.deepEqual(lengths(await pages('/groups')), [100, 30]);
    }));

  it('takes pages of 999 and refuses larger ones and what is no size', () =>
    withTenant({ data }, async ({ get }) => {
      assert.equal((await get('/applications?$top=999')).value.length, 45);
      for (const top of ['1000', '0', '-1', 'many', '']) {
        const reply = await get(`/applications?$top=${top}`);
        assert.equal(reply.status, 400);
        assert.deepEqual(errorOf(reply), {
          code: 'Request_UnsupportedQuery',
          message: `Invalid page size specified: '${top}'. Must be between 1 and 999 inclusive.`,
        });
      }
    }));

  for (const [path, collection] of [
    ['/domains', 'domains'],
    ['/identity/identityProviders', 'identityProviders'],
    ['/policies/crossTenantAccessPolicy/partners', 'crossTenantAccessPolicyPartners'],
  ] as const) {
    it(`gives ${path} in one answer, as documented`, () =>
      withTenant({ data: tenantOf({ [collection]: numbered('x', 130) }) }, async ({ get }) => {
        const { value, next } = await get(`${path}?$top=5`);
        assert.equal(value.length, 130);
        assert.equal(next, undefined);
      }));
  }

  describe('with odd pages, as Graph gives them', () => {
    it('makes the second page empty, with a next link, the third short, and loses nothing', () =>
      withTenant({ data }, async ({ pages }) => {
        const got = await pages('/applications?$top=10');
        assert.deepEqual(lengths(got), [10, 0, 6, 10, 10, 0, 6, 3]);
        assert.deepEqual(ids(got.flat()), ids(numbered('app', 45)));
      }));

    it('leads from a single page of groups to empty ones', () =>
      withTenant({ data }, async ({ pages }) => {
        assert.deepEqual(lengths(await pages('/groups')), [45, 0, 0]);
      }));

    it('gives one empty page without a next link where there is nothing', () =>
      withTenant({ data: tenantOf({}) }, async ({ pages }) => {
        assert.deepEqual(await pages('/groups'), [[]]);
        assert.deepEqual(await pages('/applications'), [[]]);
      }));
  });

  describe('skip tokens', () => {
    for (const [what, spoil] of [
      ['made up', () => 'abc'],
      ['empty', () => ''],
      ['tampered with', (token: string) => `${token.startsWith('x') ? 'y' : 'x'}${token.slice(1)}`],
      ['cut short', (token: string) => token.slice(0, -1)],
    ] as const) {
      it(`that are ${what} are refused as invalid`, () =>
        withTenant({ data }, async ({ get }) => {
          const { next = '' } = await get('/applications?$top=10');
          const token = new URL(next).searchParams.get('$skiptoken') ?? '';
          const reply = await get(`/applications?$top=10&$skiptoken=${spoil(token)}`);
          assert.equal(reply.status, 400);
          assert.deepEqual(errorOf(reply), {
            code: 'Request_UnsupportedQuery',
            message: 'Invalid page token.',
          });
        }));
    }

    it('of one list are refused by another', () =>
      withTenant({ data }, async ({ get }) => {
        const { next = '' } = await get('/applications?$top=10');
        const reply = await get(next.replace('/applications', '/groups'));
        assert.equal(errorOf(reply).code, 'Request_UnsupportedQuery');
      }));

    it('die half way with Directory_ExpiredPageToken, and a listing can start again', () =>
      withTenant({ data }, async ({ get, pages, expireCursors }) => {
        const { next = '' } = await get('/applications?$top=10');
        expireCursors();
        const reply = await get(next);
        assert.equal(reply.status, 400);
        assert.equal(errorOf(reply).code, 'Directory_ExpiredPageToken');
        assert.equal((await pages('/applications?$top=10')).flat().length, 45);
      }));

    it('go on with a newer access token', () =>
      withTenant({ data, oddPages: false }, async ({ get, login, expireTokens }) => {
        const { next = '' } = await get('/applications?$top=10');
        expireTokens();
        const authorization = `Bearer ${String((await login()).body.access_token)}`;
        const { value } = await get(next, { headers: { authorization } });
        assert.deepEqual(ids(value), ids(numbered('app', 45).slice(10, 20)));
      }));

    it('outlive the process that issued them', async () => {
      let next = '';
      await withTenant({ data }, async ({ get, url }) => {
        next = (await get('/applications?$top=10')).next?.slice(`${url}/v1.0`.length) ?? '';
      });
      const same = tenantOf({ applications: numbered('app', 45) });
      await withTenant({ data: same, oddPages: false }, async ({ get }) => {
        assert.deepEqual(ids((await get(next)).value), ids(numbered('app', 45).slice(10, 20)));
      });
    });
  });

  describe('while objects come and go', () => {
    const settings = { data, oddPages: false };

    it('shows an application that was created behind the skip token', () =>
      withTenant(settings, async ({ get, pages, data: tenant }) => {
        const { next = '' } = await get('/applications?$top=10');
        tenant.applications.push({ id: 'late' });
        const rest = (await pages(next)).flat();
        assert.deepEqual(ids(rest), [...ids(numbered('app', 45).slice(10)), 'late']);
      }));

    it('misses nothing else when applications of pages already given are deleted', () =>
      withTenant(settings, async ({ get, pages, data: tenant }) => {
        const { next = '' } = await get('/applications?$top=10');
        tenant.applications.splice(5, 5);
        assert.deepEqual(ids((await pages(next)).flat()), ids(numbered('app', 45).slice(10)));
      }));

    it('leaves the data it was given alone', () =>
      withTenant(settings, ({ data: tenant }) => {
        tenant.applications.pop();
        assert.equal(data.applications.length, 45);
        return Promise.resolve();
      }));
  });
});
