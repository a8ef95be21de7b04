import assert from 'node:assert/strict';
import { ids, tenantOf, withTenant } from './support.ts';

const data = tenantOf({
  applications: [{ id: 'a1', appId: 'c1' }, { id: 'a2' }],
  federatedIdentityCredentials: [{ id: 'fic', applicationId: 'a1', issuer: 'https://ci.example' }],
  servicePrincipals: [{ id: 's1', displayName: 'Desk' }, { id: 's2' }],
  appRoleAssignedTo: [
    { id: 'r1', resourceId: 's1', principalId: 'g1', principalType: 'Group' },
    { id: 'r2', resourceId: 's1', principalId: 's2', principalType: 'ServicePrincipal' },
    { id: 'r3', resourceId: 'of-another-tenant', principalId: 's2', principalType: 'ServicePrincipal' },
  ],
  synchronizationJobs: [{ id: 'job', servicePrincipalId: 's1', schedule: {} }],
  groups: [{ id: 'g1', displayName: 'Field' }, { id: 'g2' }],
  groupMembers: [
    { id: 'g2', groupId: 'g1' },
    { id: 'unlisted', groupId: 'g1', displayName: 'Hidden' },
  ],
  domains: [
    { id: 'root.example', authenticationType: 'Federated', isRoot: true },
    { id: 'managed.example', authenticationType: 'Managed', isRoot: true },
  ],
  domainFederationConfigurations: [{ id: 'fed', domainId: 'root.example', issuerUri: 'urn:idp' }],
  samlOrWsFedExternalDomainFederations: [{ id: 'partner' }],
  identityProviders: [{ id: 'Google-OAUTH' }],
  conditionalAccessPolicies: [
    { id: 'p1', state: 'enabled' },
    { id: 'p2', state: 'disabled' },
  ],
  namedLocations: [{ id: 'l1', '@odata.type': '#microsoft.graph.ipNamedLocation' }],
  organization: [{ id: 'o1' }, { id: 'o2' }],
  identitySecurityDefaultsEnforcementPolicy: [{ id: 'sd', isEnabled: true }],
  claimsMappingPolicies: [{ id: 'cmp' }],
  claimsMappingPolicyAppliesTo: [
    { id: 's1', policyId: 'cmp' },
    { id: 'a2', policyId: 'cmp' },
    { id: 'somebody', policyId: 'cmp', displayName: 'Gone' },
  ],
  homeRealmDiscoveryPolicies: [{ id: 'hrd' }, { id: 'unused' }],
  homeRealmDiscoveryPolicyAppliesTo: [{ id: 's2', policyId: 'hrd' }],
  crossTenantAccessPolicyPartners: [{ tenantId: 't1' }],
  oauth2PermissionGrants: [{ id: 'grant', clientId: 's1' }],
});

const settings = { data, oddPages: false, limitScale: Infinity };

describe('What the Entra simulator serves', () => {
  for (const [path, expected] of [
    ['/applications', ['a1', 'a2']],
    ['/applications/a1/federatedIdentityCredentials', ['fic']],
    ['/applications/a2/federatedIdentityCredentials', []],
    ['/servicePrincipals', ['s1', 's2']],
    ['/servicePrincipals/s1/appRoleAssignedTo', ['r1', 'r2']],
    ['/servicePrincipals/s1/appRoleAssignments', []],
    ['/servicePrincipals/s2/appRoleAssignedTo', []],
    ['/servicePrincipals/s2/appRoleAssignments', ['r2', 'r3']],
    ['/servicePrincipals/s1/synchronization/jobs', ['job']],
    ['/servicePrincipals/s2/synchronization/jobs', []],
    ['/groups', ['g1', 'g2']],
    ['/groups/g1/members/microsoft.graph.group', ['g2', 'unlisted']],
    ['/groups/g1/members/graph.group', ['g2', 'unlisted']],
    ['/groups/g2/members/microsoft.graph.group', []],
    ['/domains', ['root.example', 'managed.example']],
    ['/domains/root.example/federationConfiguration', ['fed']],
    ['/directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation', ['partner']],
    ['/directory/federationConfigurations/microsoft.graph.samlOrWsFedExternalDomainFederation', ['partner']],
    ['/identity/identityProviders', ['Google-OAUTH']],
    ['/identity/conditionalAccess/policies', ['p1', 'p2']],
    ["/identity/conditionalAccess/policies?$filter=state eq 'enabled'", ['p1']],
    ['/identity/conditionalAccess/namedLocations', ['l1']],
    ['/organization', ['o1']],
    ['/policies/claimsMappingPolicies', ['cmp']],
    ['/policies/claimsMappingPolicies/cmp/appliesTo', ['s1', 'a2', 'somebody']],
    ['/policies/homeRealmDiscoveryPolicies', ['hrd', 'unused']],
    ['/policies/homeRealmDiscoveryPolicies/hrd/appliesTo', ['s2']],
    ['/policies/homeRealmDiscoveryPolicies/unused/appliesTo', []],
    ['/oauth2PermissionGrants', ['grant']],
    ['/groups/', ['g1', 'g2']],
  ] as const) {
    it(`lists ${JSON.stringify(expected)} at ${path}`, () =>
      withTenant(settings, async ({ pages }) => {
        assert.deepEqual(ids((await pages(path)).flat()), expected);
      }));
  }

  for (const path of [
    '/applications/a1',
    '/servicePrincipals/s1',
    '/groups/g1',
    '/domains/managed.example',
    '/identity/conditionalAccess/policies/p2',
    '/identity/conditionalAccess/namedLocations/l1',
    '/organization/o2',
  ]) {
    it(`reads one object at ${path}`, () =>
      withTenant(settings, async ({ get, url }) => {
        const { status, body } = await get(path);
        assert.equal(status, 200);
        assert.equal(body.id, path.split('/').at(-1));
        const set = path.slice(1, path.lastIndexOf('/'));
        assert.equal(body['@odata.context'], `${url}/v1.0/$metadata#${set}/$entity`);
      }));
  }

  it('reads what there is one of without a list around it', () =>
    withTenant(settings, async ({ get }) => {
      const { body } = await get('/policies/identitySecurityDefaultsEnforcementPolicy');
      assert.equal(body.isEnabled, true);
      assert.ok(!('value' in body));
    }));

  it('knows partners by the id of their tenant', () =>
    withTenant(settings, async ({ get }) => {
      const { value } = await get('/policies/crossTenantAccessPolicy/partners');
      assert.deepEqual(value, [{ tenantId: 't1' }]);
    }));

  it('shows no member that only the files have', () =>
    withTenant(settings, async ({ get }) => {
      const first = async (path: string) => (await get(path)).value[0];
      assert.deepEqual(await first('/applications/a1/federatedIdentityCredentials'), {
        id: 'fic',
        issuer: 'https://ci.example',
      });
      assert.deepEqual(await first('/domains/root.example/federationConfiguration'), {
        id: 'fed',
        issuerUri: 'urn:idp',
      });
      assert.deepEqual(await first('/servicePrincipals/s1/synchronization/jobs'), {
        id: 'job',
        schedule: {},
      });
      assert.equal((await first('/servicePrincipals/s1/appRoleAssignedTo'))?.resourceId, 's1');
    }));

  it('shows members of a group and objects of a policy whole where the tenant has them', () =>
    withTenant(settings, async ({ get }) => {
      const members = await get('/groups/g1/members/microsoft.graph.group');
      assert.deepEqual(members.value, [{ id: 'g2' }, { id: 'unlisted', displayName: 'Hidden' }]);
      const applied = [
        { '@odata.type': '#microsoft.graph.servicePrincipal', id: 's1', displayName: 'Desk' },
        { '@odata.type': '#microsoft.graph.application', id: 'a2' },
        { id: 'somebody', displayName: 'Gone' },
      ];
      assert.deepEqual((await get('/policies/claimsMappingPolicies/cmp/appliesTo')).value, applied);
      const [expanded] = (await get('/policies/claimsMappingPolicies?$expand=appliesTo')).value;
      assert.deepEqual(expanded?.appliesTo, applied);
    }));

  it('names the context of each collection', () =>
    withTenant(settings, async ({ get, url }) => {
      const { body } = await get('/servicePrincipals/s1/appRoleAssignedTo');
      assert.equal(body['@odata.context'], `${url}/v1.0/$metadata#servicePrincipals('s1')/appRoleAssignedTo`);
    }));

  it('sees what is changed while it serves', () =>
    withTenant(settings, async ({ get, pages, data: tenant }) => {
      tenant.groups[0] = { id: 'g1', displayName: 'Renamed' };
      tenant.appRoleAssignedTo.shift();
      tenant.oauth2PermissionGrants = [];
      assert.equal((await get('/groups/g1')).body.displayName, 'Renamed');
      assert.deepEqual(ids((await pages('/servicePrincipals/s1/appRoleAssignedTo')).flat()), ['r2']);
      assert.deepEqual((await get('/oauth2PermissionGrants')).value, []);
    }));

  it('waits before each answer for the latency asked for', () =>
    withTenant({ ...settings, latency: 60_000 }, async ({ get, requests }) => {
      const init = { headers: { authorization: '' }, signal: AbortSignal.timeout(200) };
      await assert.rejects(get('/groups', init), { name: 'TimeoutError' });
      assert.equal(requests.length, 1);
    }));
});
