import assert from 'node:assert/strict';
import { READ_PERMISSIONS } from '../../../simulators/entra/permissions.ts';
import { errorOf, numbered, tenantOf, withTenant, type Reply } from './support.ts';

const data = tenantOf({
  applications: numbered('app', 1),
  servicePrincipals: numbered('sp', 1),
  groups: numbered('group', 1),
  organization: [{ id: 'o', displayName: 'Ours', city: 'Here', verifiedDomains: [{ name: 'ours.example' }] }],
  domains: [
    { id: 'managed.example', authenticationType: 'Managed', isRoot: true },
    { id: 'root.example', authenticationType: 'Federated', isRoot: true },
    { id: 'sub.root.example', authenticationType: 'Federated', isRoot: false },
  ],
  domainFederationConfigurations: [
    { id: 'f', domainId: 'root.example' },
    { id: 'left', domainId: 'managed.example' },
  ],
});

/** Asserts that an answer is one of Graph's errors, complete and of that code. */
function assertGraphError(reply: Reply, status: number, code: string, message?: string): void {
  assert.equal(reply.status, status);
  assert.equal(reply.headers.get('content-type'), 'application/json');
  const error = reply.body.error as Record<string, unknown>;
  assert.deepEqual(Object.keys(error), ['code', 'message', 'innerError']);
  assert.equal(error.code, code);
  if (message !== undefined) assert.equal(error.message, message);
  const inner = error.innerError as Record<string, string>;
  assert.match(inner.date ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  assert.equal(inner['request-id'], reply.headers.get('request-id'));
  assert.equal(inner['client-request-id'], reply.headers.get('client-request-id'));
}

const absent = (id: string): string =>
  `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;

describe('Errors of the Entra simulator', () => {
  for (const [what, path, message] of [
    ['an application that is not there', '/applications/none', absent('none')],
    [
      'the assignments of a principal that is not there',
      '/servicePrincipals/none/appRoleAssignedTo',
      absent('none'),
    ],
    [
      'the members of a group that is not there',
      '/groups/none/members/microsoft.graph.group',
      absent('none'),
    ],
    [
      'the federation of a managed domain',
      '/domains/managed.example/federationConfiguration',
      absent('managed.example'),
    ],
    [
      'the federation of a subdomain',
      '/domains/sub.root.example/federationConfiguration',
      absent('sub.root.example'),
    ],
    [
      'security defaults that no file holds',
      '/policies/identitySecurityDefaultsEnforcementPolicy',
      undefined,
    ],
    ['an unknown path', '/unheardOf', "Resource not found for the segment 'unheardOf'."],
    [
      'members that are not cast to groups',
      '/groups/group0/members',
      "Resource not found for the segment 'members'.",
    ],
  ] as const) {
    it(`are 404 Request_ResourceNotFound for ${what}`, () =>
      withTenant({ data }, async ({ get }) => {
        assertGraphError(await get(path), 404, 'Request_ResourceNotFound', message);
      }));
  }

  it('are the same for the beta version, which it does not have', () =>
    withTenant({ data }, async ({ get, url }) => {
      assertGraphError(await get(`${url}/beta/groups`), 404, 'Request_ResourceNotFound');
    }));

  it('repeat the id that the client gave its request, as good answers do', () =>
    withTenant({ data }, async ({ get }) => {
      const headers = { 'client-request-id': '0c9f3f0c-7d0e-4c53-9f5c-3b6f3d1f2c11' };
      const bad = await get('/applications/none', { headers });
      assertGraphError(bad, 404, 'Request_ResourceNotFound');
      assert.equal(bad.headers.get('client-request-id'), headers['client-request-id']);
      const good = await get('/applications', { headers });
      assert.equal(good.headers.get('client-request-id'), headers['client-request-id']);
      assert.notEqual(good.headers.get('request-id'), bad.headers.get('request-id'));
      assert.match(good.headers.get('x-ms-ags-diagnostic') ?? '', /^\{"ServerInfo":\{"DataCenter"/);
      assert.match(good.headers.get('content-type') ?? '', /^application\/json;odata\.metadata=minimal;/);
    }));

  for (const method of ['POST', 'PATCH', 'DELETE']) {
    it(`refuse ${method} to a token that may only read with 403, as to any other write`, () =>
      withTenant({ data }, async ({ get, data: tenant }) => {
        assertGraphError(await get('/applications/app0', { method }), 403, 'Authorization_RequestDenied');
        assert.equal(tenant.applications.length, 1);
      }));

    it(`refuse ${method} to a token that may write with 405: nothing can be written here`, () =>
      withTenant({ data, permissions: ['Application.ReadWrite.All'] }, async ({ get }) => {
        assertGraphError(await get('/applications/app0', { method }), 405, 'Request_BadRequest');
      }));
  }

  it('refuse PUT with 405 whatever the token may', () =>
    withTenant({ data }, async ({ get }) => {
      assertGraphError(await get('/applications/app0', { method: 'PUT' }), 405, 'Request_BadRequest');
    }));

  it('are 500 with the reason when a hook throws, rather than silence', () =>
    withTenant({ data }, async (served) => {
      await served.get('/groups');
      served.intercept = () => {
        throw new Error('the test is wrong');
      };
      const reply = await served.get('/groups');
      assert.equal(reply.status, 500);
      assert.equal(errorOf(reply).message, 'the test is wrong');
    }));
});

describe('Permissions at the Entra simulator', () => {
  const paths = {
    'Application.Read.All': [
      '/applications',
      '/servicePrincipals',
      '/servicePrincipals/sp0/appRoleAssignedTo',
    ],
    'DelegatedPermissionGrant.Read.All': ['/oauth2PermissionGrants'],
    'Domain.Read.All': ['/domains', '/domains/root.example/federationConfiguration'],
    'Group.Read.All': ['/groups', '/groups/group0', '/groups/group0/members/graph.group'],
    'IdentityProvider.Read.All': [
      '/identity/identityProviders',
      '/directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation',
    ],
    'Organization.Read.All': ['/organization'],
    'Policy.Read.All': [
      '/identity/conditionalAccess/policies',
      '/identity/conditionalAccess/namedLocations',
      '/policies/claimsMappingPolicies',
      '/policies/homeRealmDiscoveryPolicies',
      '/policies/crossTenantAccessPolicy/partners',
    ],
    'Synchronization.Read.All': ['/servicePrincipals/sp0/synchronization/jobs'],
  } as const satisfies Record<(typeof READ_PERMISSIONS)[number], readonly string[]>;

  for (const permission of READ_PERMISSIONS) {
    it(`are per endpoint: ${permission} opens its own, and without it they are 403`, async () => {
      const others = READ_PERMISSIONS.filter((other) => other !== permission);
      await withTenant({ data, limitScale: Infinity, permissions: [permission] }, async ({ get }) => {
        for (const path of paths[permission]) assert.equal((await get(path)).status, 200, path);
        for (const other of others) {
          for (const path of paths[other])
            assertGraphError(await get(path), 403, 'Authorization_RequestDenied');
        }
      });
      await withTenant({ data, limitScale: Infinity, permissions: others }, async ({ get }) => {
        for (const path of paths[permission]) {
          const words = 'Insufficient privileges to complete the operation.';
          assertGraphError(await get(path), 403, 'Authorization_RequestDenied', words);
        }
      });
    });
  }

  for (const [permission, path] of [
    ['Directory.Read.All', '/applications'],
    ['Directory.Read.All', '/groups'],
    ['Directory.Read.All', '/oauth2PermissionGrants'],
    ['GroupMember.Read.All', '/groups'],
    ['Group.ReadWrite.All', '/groups'],
    ['Policy.Read.ConditionalAccess', '/identity/conditionalAccess/policies'],
    ['Domain-InternalFederation.Read.All', '/domains/root.example/federationConfiguration'],
  ] as const) {
    it(`may be wider or narrower than the usual: ${permission} opens ${path}`, () =>
      withTenant({ data, permissions: [permission] }, async ({ get }) => {
        assert.equal((await get(path)).status, 200);
        assert.equal((await get('/policies/claimsMappingPolicies')).status, 403);
      }));
  }

  it('show little of the organization to a token that has but User.Read', () =>
    withTenant({ data, permissions: ['User.Read'] }, async ({ get }) => {
      const { value } = await get('/organization');
      assert.deepEqual(value, [
        { id: 'o', displayName: 'Ours', city: null, verifiedDomains: [{ name: 'ours.example' }] },
      ]);
      assert.equal((await get('/groups')).status, 403);
    }));

  it('are those a token was issued with, so that a consent needs a new one', () =>
    withTenant({ data, permissions: [] }, async (served) => {
      assert.equal((await served.get('/groups')).status, 403);
      served.permissions = ['Group.Read.All'];
      assert.equal((await served.get('/groups')).status, 403);
      const authorization = `Bearer ${String((await served.login()).body.access_token)}`;
      assert.equal((await served.get('/groups', { headers: { authorization } })).status, 200);
    }));
});

describe('Replication at the Entra simulator', () => {
  it('lists a new object at once, and answers 404 to who names it until all replicas have it', () => {
    let now = Date.UTC(2026, 5, 1);
    const options = { data, replicationDelay: 5_000, now: () => now };
    return withTenant(options, async ({ get, data: tenant }) => {
      tenant.servicePrincipals.push({ id: 'new' });
      assert.equal((await get('/servicePrincipals')).value.length, 2);
      assertGraphError(
        await get('/servicePrincipals/new/appRoleAssignedTo'),
        404,
        'Request_ResourceNotFound',
        absent('new'),
      );
      assert.equal((await get('/servicePrincipals/sp0/appRoleAssignedTo')).status, 200);
      now += 5_000;
      assert.equal((await get('/servicePrincipals/new/appRoleAssignedTo')).status, 200);
    });
  });

  it('is immediate unless asked for, and an object that is deleted is gone', () =>
    withTenant({ data }, async ({ get, data: tenant }) => {
      tenant.servicePrincipals.push({ id: 'new' });
      assert.equal((await get('/servicePrincipals/new')).status, 200);
      tenant.servicePrincipals.pop();
      assertGraphError(
        await get('/servicePrincipals/new/appRoleAssignedTo'),
        404,
        'Request_ResourceNotFound',
      );
    }));
});
