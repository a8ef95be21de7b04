import assert from 'node:assert/strict';
import { errorOf, ids, tenantOf, withTenant } from './support.ts';

const key = (id: string) => ({ keyId: id, usage: 'Verify', key: 'MIIC' });
const data = tenantOf({
  applications: [
    {
      id: 'a1',
      appId: 'c1',
      displayName: "O'Dell & Sons",
      tags: ['x'],
      web: { homePageUrl: null },
      keyCredentials: [key('k1')],
    },
    {
      id: 'a2',
      appId: 'c2',
      displayName: 'Depot',
      tags: ['x', 'y'],
      accountEnabled: true,
      keyCredentials: [],
    },
    {
      id: 'a3',
      appId: 'c3',
      displayName: 'depots and more',
      keyCredentials: [{ keyId: 'k3', usage: 'Sign' }],
    },
  ],
  groups: [{ id: 'g1', displayName: 'Field', assignedLicenses: [{ skuId: 's' }], groupTypes: [] }],
  samlOrWsFedExternalDomainFederations: [
    {
      '@odata.type': '#microsoft.graph.samlOrWsFedExternalDomainFederation',
      id: 'f1',
      domains: [{ id: 'partner.example' }],
    },
  ],
});

describe('$select at the Entra simulator', () => {
  it('gives the members named and no others, types aside', () =>
    withTenant({ data }, async ({ get, url }) => {
      const { body, value } = await get('/applications?$select=id, displayName,unknown');
      assert.deepEqual(value[1], { id: 'a2', displayName: 'Depot' });
      assert.equal(body['@odata.context'], `${url}/v1.0/$metadata#applications(id,displayName,unknown)`);
      const partner = await get(
        '/directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation?$select=id',
      );
      assert.deepEqual(partner.value, [
        { '@odata.type': '#microsoft.graph.samlOrWsFedExternalDomainFederation', id: 'f1' },
      ]);
    }));

  it('gives the value of a key only when keyCredentials is asked for by name', () =>
    withTenant({ data }, async ({ get }) => {
      const keyOf = async (path: string): Promise<unknown> => {
        const { body, value } = await get(path);
        const [credential] = (value[0] ?? body).keyCredentials as { key: unknown }[];
        return credential?.key;
      };
      assert.equal(await keyOf('/applications'), null);
      assert.equal(await keyOf('/applications/a1'), null);
      assert.equal(await keyOf('/applications?$select=id,keyCredentials'), 'MIIC');
      assert.equal(await keyOf('/applications/a1?$select=keyCredentials'), 'MIIC');
    }));

  it('can give the value of a key with single objects only', () =>
    withTenant({ data, keysOnlySingly: true }, async ({ get }) => {
      const list = await get('/applications?$select=keyCredentials');
      assert.deepEqual(list.value[0], { keyCredentials: [{ ...key('k1'), key: null }] });
      const { body } = await get('/applications/a1?$select=keyCredentials');
      assert.deepEqual(body.keyCredentials, [key('k1')]);
    }));

  it('is needed for the licences of a group', () =>
    withTenant({ data }, async ({ get }) => {
      assert.deepEqual((await get('/groups')).value, [{ id: 'g1', displayName: 'Field', groupTypes: [] }]);
      assert.deepEqual((await get('/groups/g1?$select=id,assignedLicenses')).body.assignedLicenses, [
        { skuId: 's' },
      ]);
    }));
});

describe('$expand at the Entra simulator', () => {
  const path = '/directory/federationConfigurations/microsoft.graph.samlOrWsFedExternalDomainFederation';

  it('is needed for the domains of a partner federation', () =>
    withTenant({ data }, async ({ get }) => {
      assert.ok(!('domains' in ((await get(path)).value[0] ?? {})));
      assert.deepEqual((await get(`${path}?$expand=domains`)).value[0]?.domains, [{ id: 'partner.example' }]);
    }));

  it('is refused for what cannot be expanded', () =>
    withTenant({ data }, async ({ get }) => {
      for (const wrong of [`${path}?$expand=everything`, '/applications?$expand=owners']) {
        const reply = await get(wrong);
        assert.equal(reply.status, 400);
        assert.equal(errorOf(reply).code, 'Request_UnsupportedQuery');
      }
    }));
});

describe('$filter at the Entra simulator', () => {
  for (const [filter, expected] of [
    ["appId eq 'c2'", ['a2']],
    ["displayName eq 'O''Dell & Sons'", ['a1']],
    ['accountEnabled eq true', ['a2']],
    ['web/homePageUrl eq null', ['a1', 'a2', 'a3']],
    ["startswith(displayName, 'DEPOT')", ['a2', 'a3']],
    ["startswith(displayName,'depot') and appId eq 'c3'", ['a3']],
    ["displayName eq 'depots and more'", ['a3']],
    ["tags/any(t:t eq 'y')", ['a2']],
    ["appId eq 'nobody'", []],
  ] as const) {
    it(`finds ${JSON.stringify(expected)} by ${filter}`, () =>
      withTenant({ data }, async ({ pages }) => {
        const found = await pages(`/applications?$filter=${encodeURIComponent(filter)}`);
        assert.deepEqual(ids(found.flat()), expected);
      }));
  }

  for (const filter of [
    "displayName ne 'Depot'",
    "not startswith(displayName, 'a')",
    "endsWith(displayName, 's')",
    "appId eq 'c1' or appId eq 'c2'",
    'appId eq',
    '',
  ]) {
    it(`refuses ${filter || 'nothing'} as an unsupported query`, () =>
      withTenant({ data }, async ({ get }) => {
        const reply = await get(`/applications?$filter=${encodeURIComponent(filter)}`);
        assert.equal(reply.status, 400);
        assert.equal(errorOf(reply).code, 'Request_UnsupportedQuery');
      }));
  }

  it('stays in the next link', () =>
    withTenant({ data }, async ({ get }) => {
      const { next = '' } = await get("/applications?$top=1&$filter=startswith(displayName,'depot')");
      assert.equal(new URL(next).searchParams.get('$filter'), "startswith(displayName,'depot')");
    }));
});

describe('$count at the Entra simulator', () => {
  it('needs an eventually consistent answer and stands on the first page alone', () =>
    withTenant({ data, oddPages: false }, async ({ get }) => {
      const refused = await get('/applications?$count=true');
      assert.deepEqual(
        [refused.status, errorOf(refused)],
        [400, { code: 'Request_BadRequest', message: '$count is not currently supported.' }],
      );
      const headers = { ConsistencyLevel: 'eventual' };
      const first = await get('/applications?$count=true&$top=2', { headers });
      assert.equal(first.body['@odata.count'], 3);
      const second = await get(first.next ?? '', { headers });
      assert.deepEqual(ids(second.value), ['a3']);
      assert.ok(!('@odata.count' in second.body));
      assert.equal((await get(first.next ?? '')).status, 400);
    }));
});

describe('Other OData parameters at the Entra simulator', () => {
  for (const path of [
    '/applications?$search="displayName:a"',
    '/applications?$orderby=displayName',
    '/applications?$skip=5',
    '/applications/a1?$top=5',
    '/domains?$filter=isVerified eq true',
    '/applications?$select=',
    '/applications?$select=id,,appId',
  ]) {
    it(`refuses ${path}`, () =>
      withTenant({ data }, async ({ get }) => {
        const reply = await get(path);
        assert.equal(reply.status, 400);
        assert.equal(errorOf(reply).code, 'Request_UnsupportedQuery');
      }));
  }

  it('refuses any at federation configurations', () => {
    const federated = tenantOf({
      domains: [{ id: 'd.example', authenticationType: 'Federated', isRoot: true }],
      domainFederationConfigurations: [{ id: 'f', domainId: 'd.example' }],
    });
    return withTenant({ data: federated }, async ({ get }) => {
      assert.equal((await get('/domains/d.example/federationConfiguration')).status, 200);
      for (const parameter of ['$select=id', '$top=5', '$expand=x']) {
        const reply = await get(`/domains/d.example/federationConfiguration?${parameter}`);
        assert.equal(errorOf(reply).code, 'Request_UnsupportedQuery', parameter);
      }
    });
  });

  it('ignores parameters that are not of OData', () =>
    withTenant({ data }, async ({ get }) => {
      assert.equal((await get('/applications?whatever=1')).value.length, 3);
    }));
});
