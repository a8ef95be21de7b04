import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { unreachableObjects } from '../../../simulators/entra/data.ts';
import { generateEntraTenant } from '../../../simulators/entra/generate.ts';
import { withTenant } from './support.ts';

const size = { applications: 400, groups: 50, groupAssignments: 2000, userAssignments: 900, seed: 11 };

describe('Generating a large Entra tenant', () => {
  it('gives the same tenant for the same seed and another for another', () => {
    assert.deepEqual(generateEntraTenant(size), generateEntraTenant(size));
    const { applications } = generateEntraTenant({ ...size, seed: 12 });
    assert.notDeepEqual(generateEntraTenant(size).applications, applications);
  });

  it('gives as many objects as asked for, each with an id of its own and every parent in place', () => {
    const { applications, servicePrincipals, groups, appRoleAssignedTo, ...rest } = generateEntraTenant(size);
    assert.deepEqual(
      [applications.length, servicePrincipals.length, groups.length, appRoleAssignedTo.length],
      [400, 400, 50, 2900],
    );
    const all = [...applications, ...servicePrincipals, ...groups, ...appRoleAssignedTo];
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
    const known = new Set(groups.map(({ id }) => id));
    const ofGroups = appRoleAssignedTo.filter(({ principalType }) => principalType === 'Group');
    assert.ok(ofGroups.length === 2000 && ofGroups.every(({ principalId }) => known.has(principalId)));
    assert.equal(
      new Set(ofGroups.map(({ resourceId, principalId }) => `${String(resourceId)} ${String(principalId)}`))
        .size,
      2000,
    );
    const registered = new Set(applications.map(({ appId }) => appId));
    assert.ok(servicePrincipals.every(({ appId }) => registered.has(appId)));
    assert.deepEqual(
      unreachableObjects({ applications, servicePrincipals, groups, appRoleAssignedTo, ...rest }),
      [],
    );
  });

  it('mixes applications of the usual kinds, SAML ones with a certificate that parses', () => {
    const { applications, servicePrincipals } = generateEntraTenant(size);
    const saml = servicePrincipals.filter(
      ({ preferredSingleSignOnMode }) => preferredSingleSignOnMode === 'saml',
    );
    assert.equal(saml.length, 180);
    for (const { keyCredentials } of saml) {
      const [verify] = (keyCredentials as { usage: string; key: string }[]).filter(
        ({ usage }) => usage === 'Verify',
      );
      assert.ok(new X509Certificate(Buffer.from(verify?.key ?? '', 'base64')).subject.includes('CN='));
    }
    const withUris = (platform: string): number =>
      applications.filter((app) => (app[platform] as { redirectUris: unknown[] }).redirectUris.length > 0)
        .length;
    assert.deepEqual([withUris('web'), withUris('spa'), withUris('publicClient')], [260, 40, 40]);
    const bytes = applications.map((app) => JSON.stringify(app).length);
    assert.ok(Math.min(...bytes) > 1500 && Math.max(...bytes) < 4000);
  });

  it('refuses more assignments than there are pairs', () => {
    assert.throws(() => generateEntraTenant({ ...size, groupAssignments: 20_001 }), RangeError);
    assert.throws(() => generateEntraTenant({ ...size, applications: 0, groupAssignments: 0 }), RangeError);
  });

  it('is served in pages, with the assignments of each principal', () => {
    const data = generateEntraTenant({
      ...size,
      applications: 1200,
      groupAssignments: 6000,
      userAssignments: 0,
    });
    return withTenant({ data, limitScale: Infinity }, async ({ pages }) => {
      assert.equal((await pages('/applications?$top=999')).flat().length, 1200);
      for (const { id } of data.servicePrincipals.slice(0, 20)) {
        const assigned = (await pages(`/servicePrincipals/${String(id)}/appRoleAssignedTo`)).flat();
        assert.equal(assigned.length, 5);
      }
    });
  });
});
