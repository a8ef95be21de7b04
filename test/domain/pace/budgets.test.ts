import assert from 'node:assert/strict';
import { allowanceOf, limitOn, orgOf, paceOf, waitingText } from '../../../domain/pace/budgets.ts';

const charges = (sourceType: 'okta' | 'entra', path: string) =>
  paceOf[sourceType].chargesFor(path).map(({ budget, units }) => [budget.name, units]);

describe('The limits of vendors', () => {
  it('of Okta are counted by patterns of paths, ids and queries aside', () => {
    const limits: [string, string][] = [
      ['/api/v1/apps?limit=200&after=0oa1', '/apps'],
      ['/api/v1/apps/0oa1', '/apps/{id}'],
      ['/api/v1/apps/0oa1/groups?limit=200', '/apps/{id}/*'],
      ['/api/v1/apps/0oa1/users', '/apps/{id}/*'],
      ['/api/v1/apps/0oa1/credentials/keys', '/apps/{id}/*'],
      ['/api/v1/groups?limit=200', '/groups'],
      ['/api/v1/groups/rules?limit=200', '/groups/rules'],
      ['/api/v1/idps', '/idps'],
      ['/api/v1/idps/credentials/keys', '/idps/credentials/*'],
      ['/api/v1/policies?type=PASSWORD', '/policies'],
      ['/api/v1/policies/00p1/rules', '/policies/{id}/rules'],
      ['/api/v1/policies/00p1/mappings', '/policies/{id}/mappings'],
      ['/api/v1/authorizationServers/aus1/policies', '/authorizationServers/{id}/*'],
      ['/api/v1/domains', '/domains'],
    ];
    for (const [path, name] of limits) assert.deepEqual(charges('okta', path), [[name, 1]], path);
  });

  it('of Okta fall under the same limit for an endpoint as a template and as it is asked for', () => {
    assert.equal(
      limitOn('okta', '/api/v1/apps/{id}/groups'),
      limitOn('okta', '/api/v1/apps/0oa1/groups?limit=20'),
    );
  });

  it('of Microsoft Graph are resource units, less for $select and small pages, more for $expand', () => {
    const units: [string, number][] = [
      ['/v1.0/applications?$top=999', 2],
      ['/v1.0/applications?$top=999&$select=id', 1],
      ['/v1.0/groups?$top=999', 1],
      ['/v1.0/groups?$top=10&$select=id', 1],
      ['/v1.0/groups/1/members/microsoft.graph.group', 3],
      ['/v1.0/servicePrincipals?$expand=owners', 2],
    ];
    for (const [path, cost] of units)
      assert.deepEqual(charges('entra', path), [['directory objects', cost]], path);
  });

  it('of Microsoft Graph are others for conditional access, identity providers and keys asked for by name', () => {
    assert.deepEqual(charges('entra', '/v1.0/identity/conditionalAccess/policies'), [
      ['conditional access', 1],
    ]);
    assert.deepEqual(charges('entra', '/v1.0/identity/conditionalAccess/namedLocations'), [
      ['conditional access', 1],
    ]);
    assert.deepEqual(charges('entra', '/v1.0/identity/identityProviders'), [['identity providers', 1]]);
    assert.deepEqual(charges('entra', '/v1.0/servicePrincipals?$select=id,keyCredentials'), [
      ['directory objects', 1],
      ['key credentials', 1],
    ]);
  });

  it('are used up to a share, and by one request at least', () => {
    assert.equal(allowanceOf(100, 0.5), 50);
    assert.equal(allowanceOf(5, 0.5), 2);
    assert.equal(allowanceOf(1, 0.5), 1);
  });

  it('belong to an org: a host of Okta, a directory of a cloud', () => {
    assert.equal(orgOf({ org_url: 'https://acme.okta.com' }), 'acme.okta.com');
    const directory = '01900000-0000-7000-8000-000000000001';
    const entra = { directory_id: directory, client_id: directory, cloud: 'us_gov' } as const;
    assert.equal(orgOf(entra), `us_gov/${directory}`);
  });

  it('that hold a read up are named with the time', () => {
    const until = new Date('2026-11-23T12:03:20.400Z');
    const text = waitingText('okta', limitOn('okta', '/api/v1/apps?limit=200'), until);
    assert.equal(text, "waiting for Okta's limit on /apps until 12:03:20 UTC");
    assert.match(
      waitingText('entra', 'conditional access', until),
      /^waiting for Microsoft Graph's limit on cond/,
    );
  });
});
