import assert from 'node:assert/strict';
import { unreachableObjects } from '../../../simulators/okta/data.ts';
import { generateOktaTenant } from '../../../simulators/okta/generate.ts';
import { withOrg } from './support.ts';

const size = { applications: 400, groups: 50, groupAssignments: 2000, userAssignments: 900, seed: 11 };

describe('Generating a large Okta tenant', () => {
  it('gives the same tenant for the same seed and another for another', () => {
    assert.deepEqual(generateOktaTenant(size), generateOktaTenant(size));
    assert.notDeepEqual(generateOktaTenant(size).apps, generateOktaTenant({ ...size, seed: 12 }).apps);
  });

  it('gives as many objects as asked for, each with an id of its own and every parent in place', () => {
    const data = generateOktaTenant(size);
    const lengths = [data.apps.length, data.groups.length, data.appGroups.length, data.appUsers.length];
    assert.deepEqual(lengths, [400, 50, 2000, 900]);
    assert.equal(new Set([...data.apps, ...data.groups, ...data.appUsers].map(({ id }) => id)).size, 1350);
    assert.equal(new Set(data.appGroups.map(({ _links }) => JSON.stringify(_links))).size, 2000);
    assert.deepEqual(unreachableObjects(data), []);
  });

  it('mixes applications of the usual kinds and sizes', () => {
    const { apps } = generateOktaTenant(size);
    const share = (mode: string): number =>
      apps.filter((app) => app.signOnMode === mode).length / apps.length;
    assert.equal(share('SAML_2_0'), 0.45);
    assert.equal(share('OPENID_CONNECT'), 0.4);
    const bytes = apps.map((app) => JSON.stringify(app).length);
    assert.ok(Math.min(...bytes) > 2300 && Math.max(...bytes) < 4700);
  });

  it('refuses more assignments than there are pairs', () => {
    assert.throws(() => generateOktaTenant({ ...size, groupAssignments: 20_001 }), RangeError);
  });

  it('is served without walking all assignments for each request', async function () {
    this.timeout(30_000);
    const data = generateOktaTenant({
      applications: 10_000,
      groups: 500,
      groupAssignments: 70_000,
      userAssignments: 0,
      seed: 1,
    });
    await withOrg({ data, rateLimit: 1_000_000 }, async ({ get, pages }) => {
      assert.equal((await pages('/api/v1/apps?limit=200')).flat().length, 10_000);
      await get(`/api/v1/apps/${String(data.apps[0]?.id)}/groups`);
      const before = performance.now();
      for (const { id } of data.apps.slice(0, 300)) await get(`/api/v1/apps/${String(id)}/groups?limit=200`);
      assert.ok(
        (performance.now() - before) / 300 < 20,
        'a request for one list of assignments must not take long',
      );
    });
  });
});
