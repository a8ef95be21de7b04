import assert from 'node:assert/strict';
import { numbered, tenantOf, withOrg, type Reply } from './support.ts';

/** Asserts that an answer is one of Okta's errors, complete and of that code. */
function assertOktaError({ status, headers, body }: Reply, expected: { status: number; code: string }): void {
  assert.equal(status, expected.status);
  assert.equal(headers.get('content-type'), 'application/json');
  const error = body as Record<string, unknown>;
  assert.deepEqual(Object.keys(error), ['errorCode', 'errorSummary', 'errorLink', 'errorId', 'errorCauses']);
  assert.equal(error.errorCode, expected.code);
  assert.equal(error.errorLink, expected.code);
}

describe('Errors of the Okta simulator', () => {
  const data = tenantOf({
    apps: [{ id: 'app0' }, { id: 'provisioned', features: ['PUSH_NEW_USERS'] }],
    groups: numbered('group', 1),
    policies: [
      { id: 'p', type: 'PASSWORD' },
      { id: 'new', type: 'TYPE_OF_TOMORROW' },
    ],
    orgMetadata: [{ id: 'org', pipeline: 'idx' }],
  });

  for (const [what, path, status, code] of [
    ['an unknown path', '/api/v1/unheard-of', 404, 'E0000007'],
    ['the secrets of an application', '/api/v1/apps/app0/credentials/secrets', 404, 'E0000007'],
    ['an application that is not there', '/api/v1/apps/none', 404, 'E0000007'],
    ['the rules of a policy that is not there', '/api/v1/policies/none/rules', 404, 'E0000007'],
    ['a provider key that is not there', '/api/v1/idps/credentials/keys/none', 404, 'E0000007'],
    ['the features of an application without provisioning', '/api/v1/apps/app0/features', 400, 'E0000001'],
    ['policies of no type', '/api/v1/policies', 400, 'E0000001'],
    ['policies of an unknown type', '/api/v1/policies?type=BRUNCH', 400, 'E0000002'],
    [
      'policies of authorization servers',
      '/api/v1/policies?type=OAUTH_AUTHORIZATION_POLICY',
      400,
      'E0000002',
    ],
    ['policies of a type that needs a feature', '/api/v1/policies?type=ENTITY_RISK', 401, 'E0000015'],
    ['an unknown expansion', '/api/v1/groups?expand=everything', 400, 'E0000001'],
    ['an unknown expansion beside a known one', '/api/v1/groups?expand=stats,everything', 400, 'E0000001'],
    ['a filter that does not parse', '/api/v1/apps?filter=status%20is%20ACTIVE', 400, 'E0000001'],
    ['a filter on another attribute', '/api/v1/apps?filter=label%20eq%20%22x%22', 400, 'E0000001'],
    ['a search that does not parse', '/api/v1/groups?search=profile', 400, 'E0000031'],
  ] as const) {
    it(`answers ${status} ${code} to ${what}`, () =>
      withOrg({ data }, async ({ get }) => {
        assertOktaError(await get(path), { status, code });
      }));
  }

  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    it(`refuses ${method}: nothing can be written`, () =>
      withOrg({ data }, async ({ get }) => {
        assertOktaError(await get('/api/v1/apps/app0', { method }), { status: 405, code: 'E0000022' });
      }));
  }

  it('answers an empty list for a type every org has, and for Identity Engine types when it is one', () =>
    withOrg({ data }, async ({ get, data: org }) => {
      for (const type of ['OKTA_SIGN_ON', 'IDP_DISCOVERY', 'ACCESS_POLICY', 'PROFILE_ENROLLMENT']) {
        assert.deepEqual((await get(`/api/v1/policies?type=${type}`)).body, []);
      }
      org.orgMetadata[0] = { id: 'org', pipeline: 'v1' };
      const classic = await get('/api/v1/policies?type=ACCESS_POLICY');
      assertOktaError(classic, { status: 401, code: 'E0000015' });
    }));

  it('serves policies of a type newer than itself', () =>
    withOrg({ data }, async ({ get }) => {
      const { body } = await get('/api/v1/policies?type=TYPE_OF_TOMORROW');
      assert.deepEqual(body, [{ id: 'new', type: 'TYPE_OF_TOMORROW' }]);
    }));

  it('answers 403 E0000006 on a denied endpoint and on no other', () =>
    withOrg({ data, deny: ['idps'] }, async ({ get }) => {
      assertOktaError(await get('/api/v1/idps'), { status: 403, code: 'E0000006' });
      assert.equal((await get('/api/v1/idps/credentials/keys')).status, 200);
      assert.equal((await get('/api/v1/apps')).status, 200);
    }));

  it('answers 401 E0000015 on a feature the org does not have', () =>
    withOrg({ data, absent: ['authorizationServers', 'policies:PASSWORD'] }, async ({ get }) => {
      assertOktaError(await get('/api/v1/authorizationServers'), { status: 401, code: 'E0000015' });
      assertOktaError(await get('/api/v1/policies?type=PASSWORD'), { status: 401, code: 'E0000015' });
      assert.equal((await get('/api/v1/policies?type=MFA_ENROLL')).status, 200);
    }));
});
