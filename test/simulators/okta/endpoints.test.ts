import assert from 'node:assert/strict';
import type { OktaObject } from '../../../simulators/okta/members.ts';
import { ids, tenantOf, withOrg } from './support.ts';

const below = (id: string, path: string): OktaObject => ({
  id,
  _links: { self: { href: `https://org.example${path}/${id}` } },
});

const data = tenantOf({
  apps: [
    {
      id: 'a1',
      label: 'Ledger',
      name: 'oidc_client',
      status: 'ACTIVE',
      features: ['PUSH_NEW_USERS'],
      credentials: { signing: { kid: 'k1' } },
      settings: {
        signOn: {
          inlineHooks: [{ id: 'h', _links: { self: { href: 'https://org.example/api/v1/inlineHooks/h' } } }],
        },
      },
      _links: { accessPolicy: { href: 'https://org.example/api/v1/policies/pa' } },
    },
    {
      id: 'a2',
      label: 'Depot',
      name: 'bookmark',
      status: 'INACTIVE',
      settings: { app: { url: 'https://org.example/kept' } },
    },
  ],
  appKeys: [{ kid: 'k1' }, { kid: 'k2' }],
  appFeatures: [
    {
      name: 'USER_PROVISIONING',
      _links: { self: { href: 'https://org.example/api/v1/apps/a1/features/USER_PROVISIONING' } },
    },
  ],
  appGrants: [{ id: 'grant', _links: { app: { href: 'https://org.example/api/v1/apps/a1' } } }],
  appGroups: [below('g1', '/api/v1/apps/a1/groups'), below('g1', '/api/v1/apps/a2/groups')],
  groups: [
    { id: 'g1', type: 'OKTA_GROUP', profile: { name: 'Field' }, _embedded: { stats: { usersCount: 7 } } },
    { id: 'g2', type: 'APP_GROUP', profile: { name: 'Depot' } },
  ],
  groupRules: [{ id: 'r1' }],
  idps: [
    { id: 'i1', type: 'SAML2', name: 'Partner', protocol: { credentials: { signing: { kid: 's1' } } } },
    { id: 'i2', type: 'OIDC', name: 'Agency' },
  ],
  idpSigningKeys: [{ kid: 's1' }],
  policies: [
    { id: 'pa', type: 'ACCESS_POLICY', status: 'ACTIVE', _embedded: { resourceType: 'APP' } },
    { id: 'pr', type: 'IDP_DISCOVERY', status: 'ACTIVE' },
    { id: 'of-a-second-org', type: 'IDP_DISCOVERY', status: 'ACTIVE' },
  ],
  policyRules: [below('rule', '/api/v1/policies/pa/rules'), below('old', '/api/v1/policies/pr/rules')],
  idpDiscoveryRules: [
    below('route', '/api/v1/policies/of-another-org/rules'),
    below('route', '/api/v1/policies/pr/rules'),
  ],
  policyMappings: [{ id: 'm', _links: { policy: { href: 'https://org.example/api/v1/policies/pa' } } }],
  emailDomains: [{ id: 'e1' }],
  org: [{ id: 'org' }, { id: 'another' }],
  zones: [
    { id: 'z1', usage: 'POLICY', system: true },
    { id: 'z2', usage: 'BLOCKLIST', system: false },
  ],
  authorizationServers: [{ id: 'default' }],
  authorizationServerPolicies: [below('ap', '/api/v1/authorizationServers/default/policies')],
  authorizationServerPolicyRules: [below('ar', '/api/v1/authorizationServers/default/policies/ap/rules')],
  authorizationServerScopes: [below('as', '/api/v1/authorizationServers/default/scopes')],
  authorizationServerClaims: [below('ac', '/api/v1/authorizationServers/default/claims')],
  inlineHooks: [{ id: 'h' }],
  eventHooks: [{ id: 'eh' }],
  logStreams: [{ id: 'ls' }],
});

describe('What the Okta simulator serves', () => {
  for (const [path, expected] of [
    ['/api/v1/apps', ['a1', 'a2']],
    ['/api/v1/apps/a1/groups', ['g1']],
    ['/api/v1/apps/a1/users', []],
    ['/api/v1/apps/a1/grants', ['grant']],
    ['/api/v1/groups', ['g1', 'g2']],
    ['/api/v1/groups/g1/apps', ['a1', 'a2']],
    ['/api/v1/groups/rules', ['r1']],
    ['/api/v1/idps', ['i1', 'i2']],
    ['/api/v1/idps?type=OIDC', ['i2']],
    ['/api/v1/idps?q=part', ['i1']],
    ['/api/v1/policies?type=ACCESS_POLICY', ['pa']],
    ['/api/v1/policies?type=ACCESS_POLICY&status=INACTIVE', []],
    ['/api/v1/policies/pa/rules', ['rule']],
    ['/api/v1/policies/pa/mappings', ['m']],
    ['/api/v1/policies/pa/app', ['a1']],
    ['/api/v1/email-domains', ['e1']],
    ['/api/v1/zones', ['z1', 'z2']],
    [`/api/v1/zones?filter=${encodeURIComponent('usage eq "BLOCKLIST"')}`, ['z2']],
    [`/api/v1/zones?filter=${encodeURIComponent('system eq true')}`, ['z1']],
    ['/api/v1/authorizationServers', ['default']],
    ['/api/v1/authorizationServers/default/policies', ['ap']],
    ['/api/v1/authorizationServers/default/policies/ap/rules', ['ar']],
    ['/api/v1/authorizationServers/default/scopes', ['as']],
    ['/api/v1/authorizationServers/default/claims', ['ac']],
    ['/api/v1/inlineHooks', ['h']],
    ['/api/v1/eventHooks', ['eh']],
    ['/api/v1/logStreams', ['ls']],
    [`/api/v1/apps?filter=${encodeURIComponent('status eq "ACTIVE" or name eq "bookmark"')}`, ['a1', 'a2']],
    [`/api/v1/apps?filter=${encodeURIComponent('status eq "ACTIVE" and name eq "bookmark"')}`, []],
    ['/api/v1/apps?q=dep', ['a2']],
    [`/api/v1/groups?search=${encodeURIComponent('profile.name sw "Fi"')}`, ['g1']],
    ['/api/v1/apps?somethingUnknown=1', ['a1', 'a2']],
  ] as const) {
    it(`lists ${JSON.stringify(expected)} at ${decodeURIComponent(path)}`, () =>
      withOrg({ data, oddPages: false }, async ({ pages }) => {
        assert.deepEqual(ids((await pages(path)).flat()), expected);
      }));
  }

  for (const path of [
    '/api/v1/apps/a1',
    '/api/v1/groups/g1',
    '/api/v1/idps/i1',
    '/api/v1/policies/pa',
    '/api/v1/policies/pa/rules/rule',
    '/api/v1/apps/a1/groups/g1',
    '/api/v1/org',
  ]) {
    it(`reads one object at ${path}`, () =>
      withOrg({ data }, async ({ get }) => {
        const { status, body } = await get(path);
        assert.equal(status, 200);
        assert.equal((body as OktaObject).id, path.split('/').at(-1));
      }));
  }

  it('finds the key of an application and of a provider by the kid that names it', () =>
    withOrg({ data }, async ({ get }) => {
      assert.deepEqual((await get('/api/v1/apps/a1/credentials/keys')).body, [{ kid: 'k1' }]);
      assert.deepEqual((await get('/api/v1/apps/a2/credentials/keys')).body, []);
      assert.deepEqual((await get('/api/v1/idps/i1/credentials/keys')).body, [{ kid: 's1' }]);
    }));

  it('lists the features of an application with provisioning', () =>
    withOrg({ data }, async ({ get }) => {
      const [feature] = (await get('/api/v1/apps/a1/features')).body as OktaObject[];
      assert.equal(feature?.name, 'USER_PROVISIONING');
    }));

  it('hangs every routing rule below the one IDP_DISCOVERY policy, all states of one id included', () =>
    withOrg({ data }, async ({ get }) => {
      assert.deepEqual(ids((await get('/api/v1/policies/pr/rules')).body as []), ['old', 'route', 'route']);
      assert.deepEqual((await get('/api/v1/policies/of-a-second-org/rules')).body, []);
    }));

  it('shows the statistics of a group only when asked, and works out those that the data leaves out', () =>
    withOrg({ data }, async ({ get }) => {
      const bare = (await get('/api/v1/groups')).body as OktaObject[];
      assert.ok(bare.every((group) => !('_embedded' in group)));
      assert.ok(!('_embedded' in ((await get('/api/v1/groups/g1')).body as OktaObject)));
      const expanded = (await get('/api/v1/groups?expand=stats')).body as OktaObject[];
      const rest = { groupPushMappingsCount: 0, hasAdminPrivilege: false };
      assert.deepEqual(expanded[0]?._embedded, { stats: { usersCount: 7, appsCount: 2, ...rest } });
      assert.deepEqual(expanded[1]?._embedded, { stats: { usersCount: 0, appsCount: 0, ...rest } });
    }));

  it('embeds rules into policies when asked and always shows what kind of resource a policy guards', () =>
    withOrg({ data }, async ({ get }) => {
      const [plain] = (await get('/api/v1/policies?type=ACCESS_POLICY')).body as OktaObject[];
      assert.deepEqual(plain?._embedded, { resourceType: 'APP' });
      const [expanded] = (await get('/api/v1/policies?type=ACCESS_POLICY&expand=rules')).body as OktaObject[];
      assert.deepEqual(Object.keys(expanded?._embedded as object), ['resourceType', 'rules']);
    }));

  it('wraps domains in an object', () =>
    withOrg({ data }, async ({ get }) => {
      assert.deepEqual((await get('/api/v1/domains')).body, { domains: [] });
    }));

  it('moves links to its own origin, nested ones too, and touches no other URL', () =>
    withOrg({ data }, async ({ get, url }) => {
      const [first, second] = (await get('/api/v1/apps')).body as OktaObject[];
      assert.deepEqual(first?._links, { accessPolicy: { href: `${url}/api/v1/policies/pa` } });
      assert.deepEqual(first.settings, {
        signOn: { inlineHooks: [{ id: 'h', _links: { self: { href: `${url}/api/v1/inlineHooks/h` } } }] },
      });
      assert.deepEqual(second?.settings, { app: { url: 'https://org.example/kept' } });
    }));

  it('answers with the host name it was asked by, so that links lead back the same way', () =>
    withOrg({ data }, async ({ get, url }) => {
      const alias = url.replace('127.0.0.1', 'localhost');
      const [first] = (await get(`${alias}/api/v1/apps`)).body as OktaObject[];
      assert.deepEqual(first?._links, { accessPolicy: { href: `${alias}/api/v1/policies/pa` } });
    }));
});
