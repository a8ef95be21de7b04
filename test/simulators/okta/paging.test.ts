import assert from 'node:assert/strict';
import { get as httpGet } from 'node:http';
import { SIMULATED_OKTA_TOKEN } from '../../../simulators/okta/server.ts';
import { ids, numbered, tenantOf, withOrg } from './support.ts';

/** The Link header lines as they were sent, which fetch would join. */
function linkLines(url: string): Promise<string[]> {
  const headers = { authorization: `SSWS ${SIMULATED_OKTA_TOKEN}` };
  return new Promise((resolve, reject) => {
    httpGet(url, { headers }, ({ rawHeaders }) => {
      resolve(rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === 'link'));
    }).on('error', reject);
  });
}

describe('Paging of the Okta simulator', () => {
  it('gives every object once, in pages of the size asked for', () =>
    withOrg({ data: tenantOf({ apps: numbered('app', 45) }), oddPages: false }, async ({ pages }) => {
      const got = await pages('/api/v1/apps?limit=10');
      assert.deepEqual(
        got.map((page) => page.length),
        [10, 10, 10, 10, 5],
      );
      assert.deepEqual(ids(got.flat()), ids(numbered('app', 45)));
    }));

  it('sends self and next in header lines of their own, next with the cursor', () =>
    withOrg({ data: tenantOf({ apps: numbered('app', 45) }) }, async ({ url }) => {
      const lines = await linkLines(`${url}/api/v1/apps?limit=10`);
      assert.equal(lines[0], `<${url}/api/v1/apps?limit=10>; rel="self"`);
      assert.match(lines[1] ?? '', /^<.*\/api\/v1\/apps\?after=[\w-]+&limit=10>; rel="next"$/);
    }));

  it('gives no next link on a last page that is exactly full', () =>
    withOrg({ data: tenantOf({ apps: numbered('app', 20) }), oddPages: false }, async ({ pages }) => {
      assert.deepEqual((await pages('/api/v1/apps?limit=10')).length, 2);
    }));

  it('uses the default page size of each endpoint', () => {
    const data = tenantOf({
      apps: numbered('app', 21),
      idps: numbered('idp', 21),
      groups: numbered('group', 300),
      appUsers: numbered('user', 51).map((user) => ({ ...user, _links: { app: { href: '/apps/app0' } } })),
    });
    return withOrg({ data, oddPages: false }, async ({ get }) => {
      const size = async (path: string): Promise<number> => ((await get(path)).body as unknown[]).length;
      assert.equal(await size('/api/v1/apps'), 20);
      assert.equal(await size('/api/v1/idps'), 20);
      assert.equal(await size('/api/v1/groups'), 300);
      assert.equal(await size('/api/v1/apps/app0/users'), 50);
    });
  });

  for (const [path, max] of [
    ['/api/v1/apps', 200],
    ['/api/v1/apps/app0/groups', 200],
    ['/api/v1/apps/app0/users', 500],
    ['/api/v1/groups', 10_000],
    ['/api/v1/idps', 200],
    ['/api/v1/idps/credentials/keys', 200],
    ['/api/v1/authorizationServers', 200],
  ] as const) {
    it(`takes pages of ${max} from ${path} and refuses larger ones`, () =>
      withOrg({ data: tenantOf({ apps: numbered('app', 1) }) }, async ({ get }) => {
        assert.equal((await get(`${path}?limit=${max}`)).status, 200);
        for (const limit of [String(max + 1), '0', '-1', 'many']) {
          const { status, body } = await get(`${path}?limit=${limit}`);
          assert.equal(status, 400);
          assert.equal((body as { errorCode: string }).errorCode, 'E0000001');
        }
      }));
  }

  it('does not page what Okta documents as one list', () => {
    const below = (count: number) =>
      numbered('rule', count).map((rule) => ({
        ...rule,
        _links: { self: { href: `/policies/p/rules/${rule.id as string}` } },
      }));
    const data = tenantOf({
      policies: [{ id: 'p', type: 'PASSWORD' }],
      policyRules: below(120),
      domains: numbered('domain', 30),
    });
    return withOrg({ data }, async ({ get }) => {
      const rules = await get('/api/v1/policies/p/rules?limit=1');
      assert.equal((rules.body as unknown[]).length, 120);
      assert.equal(rules.next, undefined);
      const { domains } = (await get('/api/v1/domains')).body as { domains: unknown[] };
      assert.equal(domains.length, 30);
    });
  });

  describe('with odd pages, as Okta gives them', () => {
    for (const [path, collection, key] of [
      ['/api/v1/idps', 'idps', 'id'],
      ['/api/v1/idps/credentials/keys', 'idpKeys', 'kid'],
    ] as const) {
      it(`puts a next link on the short last page of ${path} and an empty page behind it`, () =>
        withOrg({ data: tenantOf({ [collection]: [{ [key]: 'only' }] }) }, async ({ pages }) => {
          assert.deepEqual(await pages(path), [[{ [key]: 'only' }], []]);
        }));

      it(`gives no next link on ${path} when there is nothing at all`, () =>
        withOrg({ data: tenantOf({}) }, async ({ pages }) => {
          assert.deepEqual(await pages(path), [[]]);
        }));
    }

    it('makes a page in the middle shorter than asked for and still loses nothing', () =>
      withOrg({ data: tenantOf({ apps: numbered('app', 100) }) }, async ({ pages }) => {
        const got = await pages('/api/v1/apps?limit=20');
        assert.deepEqual(
          got.map((page) => page.length),
          [20, 12, 20, 20, 20, 8],
        );
        assert.deepEqual(ids(got.flat()), ids(numbered('app', 100)));
      }));
  });

  describe('cursors', () => {
    const data = tenantOf({ apps: numbered('app', 30), groups: numbered('group', 30) });
    const refused = { errorCode: 'E0000029', errorSummary: 'Invalid paging request' };

    for (const [what, spoil] of [
      ['made up', () => 'abc'],
      ['empty', () => ''],
      ['tampered with', (cursor: string) => `${cursor.startsWith('x') ? 'y' : 'x'}${cursor.slice(1)}`],
      ['cut short', (cursor: string) => cursor.slice(0, -1)],
    ] as const) {
      it(`that are ${what} are refused with E0000029`, () =>
        withOrg({ data }, async ({ get }) => {
          const { next = '' } = await get('/api/v1/apps?limit=10');
          const cursor = new URL(next).searchParams.get('after') ?? '';
          const { status, body } = await get(`/api/v1/apps?limit=10&after=${spoil(cursor)}`);
          assert.equal(status, 400);
          const { errorCode, errorSummary, errorCauses } = body as Record<string, unknown>;
          assert.deepEqual({ errorCode, errorSummary }, refused);
          assert.deepEqual(errorCauses, [{ errorSummary: 'Invalid cursor.' }]);
        }));
    }

    it('of one list are refused by another', () =>
      withOrg({ data }, async ({ get }) => {
        const { next = '' } = await get('/api/v1/apps?limit=10');
        const reply = await get(next.replace('/apps', '/groups'));
        assert.equal((reply.body as { errorCode: string }).errorCode, 'E0000029');
      }));

    it('die when they expire half way, and a listing can start again', () =>
      withOrg({ data }, async ({ get, pages, expireCursors }) => {
        const { next = '' } = await get('/api/v1/apps?limit=10');
        expireCursors();
        assert.equal((await get(next)).status, 400);
        assert.equal((await pages('/api/v1/apps?limit=10')).flat().length, 30);
      }));

    it('outlive the process that issued them', async () => {
      let next = '';
      await withOrg({ data }, async ({ get, url }) => {
        next = (await get('/api/v1/apps?limit=10')).next?.slice(url.length) ?? '';
      });
      await withOrg({ data: tenantOf({ apps: numbered('app', 30) }), oddPages: false }, async ({ get }) => {
        assert.deepEqual(ids((await get(next)).body as []), ids(numbered('app', 30).slice(10, 20)));
      });
    });
  });

  describe('while objects come and go', () => {
    const data = tenantOf({ apps: numbered('app', 30) });
    const settings = { data, oddPages: false };

    it('shows an application that was created behind the cursor', () =>
      withOrg(settings, async ({ get, pages, data: org }) => {
        const { next = '' } = await get('/api/v1/apps?limit=10');
        org.apps.push({ id: 'late' });
        assert.deepEqual(ids((await pages(next)).flat()), [...ids(numbered('app', 30).slice(10)), 'late']);
      }));

    it('misses nothing else when applications of pages already given are deleted', () =>
      withOrg(settings, async ({ get, pages, data: org }) => {
        const { next = '' } = await get('/api/v1/apps?limit=10');
        org.apps.splice(5, 5);
        assert.deepEqual(ids((await pages(next)).flat()), ids(numbered('app', 30).slice(10)));
      }));

    it('answers 404 for the children of an application that is gone', () =>
      withOrg(settings, async ({ get, data: org }) => {
        org.apps.shift();
        const { status, body } = await get('/api/v1/apps/app0/groups');
        assert.equal(status, 404);
        assert.equal(
          (body as { errorSummary: string }).errorSummary,
          'Not found: Resource not found: app0 (AppInstance)',
        );
      }));

    it('sees a member that was changed and a collection that was replaced', () =>
      withOrg(settings, async ({ get, data: org }) => {
        org.apps[0] = { id: 'app0', label: 'Renamed' };
        assert.deepEqual((await get('/api/v1/apps/app0')).body, { id: 'app0', label: 'Renamed' });
        org.apps = [{ id: 'only' }];
        assert.deepEqual((await get('/api/v1/apps')).body, [{ id: 'only' }]);
        org.apps.push({ id: 'second' });
        assert.equal(((await get('/api/v1/apps')).body as unknown[]).length, 2);
      }));

    it('leaves the data it was given alone', () =>
      withOrg(settings, async ({ data: org }) => {
        org.apps.pop();
        assert.equal(data.apps.length, 30);
        return Promise.resolve();
      }));
  });

  it('drops expand=user from the links of application users, as Okta does (okta-sdk-nodejs issue #439)', () => {
    const appUsers = numbered('user', 30).map((user) => ({
      ...user,
      _links: { app: { href: '/apps/app0' } },
    }));
    return withOrg({ data: tenantOf({ apps: numbered('app', 1), appUsers }) }, async ({ get }) => {
      const { next = '' } = await get('/api/v1/apps/app0/users?limit=10&expand=user');
      assert.deepEqual([...new URL(next).searchParams.keys()], ['after', 'limit']);
    });
  });

  it('keeps filter and expand in the links of groups', () => {
    const groups = numbered('group', 30).map((group) => ({ ...group, type: 'OKTA_GROUP' }));
    return withOrg({ data: tenantOf({ groups }) }, async ({ get, pages }) => {
      const path = `/api/v1/groups?limit=10&expand=stats&filter=${encodeURIComponent('type eq "OKTA_GROUP"')}`;
      const { next = '' } = await get(path);
      assert.equal(new URL(next).searchParams.get('filter'), 'type eq "OKTA_GROUP"');
      assert.ok((await pages(path)).flat().every((group) => group._embedded !== undefined));
    });
  });
});
