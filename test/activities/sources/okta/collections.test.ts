import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SourceFailure } from '../../../../activities/sources/failure.ts';
import { oktaReaders } from '../../../../activities/sources/okta/collections.ts';
import type { ChainSeed, Collection, PageContent } from '../../../../activities/sources/source.ts';
import { oktaCollections, type OktaCollectionName } from '../../../../domain/collections/okta.ts';
import type { CollectionName } from '../../../../simulators/okta/collections.ts';
import { INVENTED_TENANT, loadOktaTenant } from '../../../../simulators/okta/data.ts';
import { formSchemas } from '../../../support/normalForms.ts';

const tenant = loadOktaTenant(INVENTED_TENANT);

/** Which of the tenant's objects each collection reads, and what its listing knows of their parent. */
const served: Readonly<Record<OktaCollectionName, [CollectionName, Record<string, string>]>> = {
  applications: ['apps', {}],
  groups: ['groups', {}],
  identity_providers: ['idps', {}],
  identity_provider_keys: ['idpKeys', {}],
  policies: ['policies', { type: 'ACCESS_POLICY' }],
  routing_rules: ['idpDiscoveryRules', { policy: '00p1' }],
  policy_rules: ['policyRules', { policy: '00p2' }],
  domains: ['domains', {}],
  email_domains: ['emailDomains', {}],
  application_groups: ['appGroups', { application: '0oa1' }],
  application_users: ['appUsers', { application: '0oa1' }],
  group_rules: ['groupRules', {}],
  group_statistics: ['groups', {}],
  authorization_servers: ['authorizationServers', {}],
  authorization_server_policies: ['authorizationServerPolicies', { server: 'aus1' }],
  authorization_server_scopes: ['authorizationServerScopes', { server: 'aus1' }],
  authorization_server_claims: ['authorizationServerClaims', { server: 'aus1' }],
  application_grants: ['appGrants', { application: '0oa1' }],
  policy_mappings: ['policyMappings', { policy: '00p2' }],
  network_zones: ['zones', {}],
  inline_hooks: ['inlineHooks', {}],
  event_hooks: ['eventHooks', {}],
  log_streams: ['logStreams', {}],
};

const collectionOf = (name: string): Collection => {
  const found = oktaReaders.find((each) => each.name === name);
  assert.ok(found, `no collection ${name}`);
  return found;
};

const read = (name: OktaCollectionName, entries: readonly unknown[]): PageContent => {
  const chain: ChainSeed = { collection: name, key: '', path: '/api/v1/x', context: served[name][1] };
  return collectionOf(name).read(entries, chain);
};

/** Every entry is one thing and no more: an item, an object, or counted by the reason why it is neither. */
function assertAccountedFor(content: PageContent, entries: readonly unknown[]): void {
  const nothing = Object.values(content.notItems).reduce((sum, count) => sum + count, 0);
  assert.equal(content.count, entries.length);
  assert.equal(content.items.length + content.objects.length + nothing, entries.length);
  const indexes = [...content.items, ...content.objects].map(({ index }) => index);
  assert.equal(new Set(indexes).size, indexes.length);
}

function assertForms(content: PageContent): void {
  for (const { item } of content.items) {
    const parsed = formSchemas[item.itemType].safeParse(item.normalized);
    assert.ok(parsed.success, `${item.itemType} ${item.externalId}: ${parsed.error?.message ?? ''}`);
    assert.equal(typeof item.externalId, 'string');
    assert.equal(typeof item.name, 'string');
    assert.equal(typeof item.vendorKind, 'string');
    assert.ok(item.status === null || typeof item.status === 'string');
  }
}

/** Places inside a JSON value, as paths. */
function placesIn(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  const own = path.length === 0 ? [] : [[...path]];
  if (Array.isArray(value))
    return [...own, ...value.flatMap((each, index) => placesIn(each, [...path, index]))];
  if (typeof value !== 'object' || value === null) return own;
  return [...own, ...Object.entries(value).flatMap(([key, each]) => placesIn(each, [...path, key]))];
}

/** The value with another one put in a place of it. */
function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((each: unknown, index) => (index === key ? replaced(each, rest, by) : each));
  }
  const object = value as Record<string, unknown>;
  return { ...object, [key]: replaced(object[key], rest, by) };
}

const names = oktaCollections.map(({ name }) => name);

describe('The collections of Okta', () => {
  it('are read for every definition, and seeded by what the definition waits for', () => {
    assert.deepEqual(
      oktaReaders.map(({ name }) => name),
      names,
    );
    for (const { name, roots, after } of oktaReaders) {
      assert.equal(roots.length === 0, after.length > 0, `${name} begins nowhere, or twice`);
      for (const root of roots) assert.equal(root.collection, name);
    }
  });

  it('never ask for the secrets of an application or a provider, nor for anything outside of the API', () => {
    const content = names.flatMap((name) => read(name, tenant[served[name][0]]).children);
    const paths = [...oktaReaders.flatMap(({ roots }) => roots), ...content].map(({ path }) => path);
    assert.ok(paths.length > 50);
    for (const path of paths) {
      assert.match(path, /^\/api\/v1\//);
      assert.doesNotMatch(path, /secret/i);
    }
  });

  it('escape ids in the paths of what belongs to an object', () => {
    const id = 'a/../b?c#d';
    const children = [
      ...read('applications', [{ id }]).children,
      ...read('policies', [{ id, type: 'PASSWORD' }]).children,
      ...read('authorization_servers', [{ id }]).children,
    ];
    assert.equal(children.length, 6);
    for (const { path } of children) assert.match(path, /\/a%2F\.\.%2Fb%3Fc%23d\//);
  });

  for (const name of names) {
    const [source] = served[name];
    describe(name, () => {
      it('account for every object of the invented tenant, each in a form that its schema takes', () => {
        const entries = tenant[source];
        assert.ok(entries.length > 0, `${source} is empty`);
        const content = read(name, entries);
        assertAccountedFor(content, entries);
        assertForms(content);
      });

      it('account for an object of which any part is something else', () => {
        const entries = tenant[source];
        const places = entries.map((entry) => placesIn(entry));
        const change = fc.nat(entries.length - 1).chain((index) =>
          fc.record({
            index: fc.constant(index),
            changes: fc.array(
              fc.tuple(fc.constantFrom(...(places[index] ?? [])), fc.jsonValue({ maxDepth: 2 })),
              { minLength: 1, maxLength: 3 },
            ),
          }),
        );
        fc.assert(
          fc.property(change, ({ index, changes }) => {
            // One change may cut off the place of the next.
            let entry: unknown = entries[index];
            for (const [place, by] of changes) {
              try {
                entry = replaced(entry, place, by);
              } catch {
                continue;
              }
            }
            const page = [...entries.slice(0, 2), entry];
            try {
              const content = read(name, page);
              assertAccountedFor(content, page);
              assertForms(content);
            } catch (error) {
              // Without an id nothing can be told from another: then the page is refused, and says so.
              const id = (entry as Record<string, unknown>)[name === 'identity_provider_keys' ? 'kid' : 'id'];
              if (!(error instanceof SourceFailure) || (typeof id === 'string' && id !== '')) throw error;
            }
          }),
          { numRuns: 150 },
        );
      });

      it('refuse a page with an entry that has no id', () => {
        for (const entry of [null, 5, 'text', [], {}, { id: 5, kid: 5 }, { id: '', kid: '' }]) {
          assert.throws(
            () => read(name, [tenant[source][0], entry]),
            (error) => error instanceof SourceFailure && error.kind === 'unusable',
          );
        }
      });
    });
  }

  it('mark a word they do not know and keep it', () => {
    const [app] = tenant.apps;
    const [item] = read('applications', [{ ...app, signOnMode: 'PASSKEY_ONLY' }]).items;
    assert.deepEqual(item?.item.normalized.unknown_values, [
      { pointer: '/signOnMode', value: 'PASSKEY_ONLY' },
    ]);
    assert.equal(item.item.vendorKind, 'PASSKEY_ONLY');
  });

  it('mark a member of another type and read the rest', () => {
    const [app] = tenant.apps;
    const settings = { ...(app?.settings as object), oauthClient: { redirect_uris: 'https://one.example' } };
    const [item] = read('applications', [{ ...app, settings, features: [1] }]).items;
    assert.deepEqual(item?.item.normalized.unparsable.toSorted(), [
      '/features/0',
      '/settings/oauthClient/redirect_uris',
    ]);
    assert.equal(item.item.name, app?.label);
  });

  it('ask for the groups and people of each application, and for grants where they decide something', () => {
    const seeds = (client: object, credentials: object) =>
      read('applications', [
        { id: '0oa1', settings: { oauthClient: client }, credentials: { oauthClient: credentials } },
      ]).children.map(({ collection, key, path, context }) => ({ collection, key, path, context }));
    const context = { application: '0oa1' };
    const ordinary = [
      { collection: 'application_groups', key: '0oa1', path: '/api/v1/apps/0oa1/groups?limit=200', context },
      { collection: 'application_users', key: '0oa1', path: '/api/v1/apps/0oa1/users?limit=500', context },
    ];
    const grants = {
      collection: 'application_grants',
      key: '0oa1',
      path: '/api/v1/apps/0oa1/grants',
      context,
    };
    assert.deepEqual(seeds({ grant_types: ['authorization_code'] }, {}), ordinary);
    assert.deepEqual(seeds({ grant_types: ['client_credentials'] }, {}), [...ordinary, grants]);
    assert.deepEqual(seeds({}, { token_endpoint_auth_method: 'private_key_jwt' }), [...ordinary, grants]);
  });

  it('ask what a policy is mapped to only where it can be mapped', () => {
    const listed = (type: string) =>
      read('policies', [{ id: '00p1', type }]).children.map(({ collection, path }) => [collection, path]);
    const rules = ['policy_rules', '/api/v1/policies/00p1/rules'];
    assert.deepEqual(listed('ACCESS_POLICY'), [rules, ['policy_mappings', '/api/v1/policies/00p1/mappings']]);
    assert.deepEqual(listed('PASSWORD'), [rules]);
  });

  it('keep what a mapping, a scope and a claim say', () => {
    const first = (name: OktaCollectionName) => read(name, tenant[served[name][0]]).objects[0]?.data;
    const mapping = read('policy_mappings', tenant.policyMappings).objects[0];
    assert.equal(mapping?.parent, '00p2');
    assert.ok(tenant.apps.some(({ id }) => id === (mapping.data as { application: string }).application));
    const scope = { name: 'openid', system: true, default: false, consent: 'IMPLICIT' };
    assert.deepEqual(first('authorization_server_scopes'), scope);
    assert.deepEqual(first('authorization_server_claims'), {
      name: 'sub',
      status: 'ACTIVE',
      system: true,
      claim_type: 'RESOURCE',
      value_type: 'EXPRESSION',
      scopes: [],
    });
  });

  it('ask for the rules of a policy as routing rules only when it routes', () => {
    const of = (policy: object) => read('policies', [{ id: '00p1', ...policy }]);
    const routing = of({ type: 'IDP_DISCOVERY' });
    assert.equal(routing.items.length, 0);
    assert.deepEqual(routing.notItems, { system_policy: 1 });
    assert.equal(routing.children[0]?.collection, 'routing_rules');
    const access = of({ type: 'ACCESS_POLICY' });
    assert.equal(access.items.length, 1);
    assert.equal(access.children[0]?.collection, 'policy_rules');
    // The type that was asked for stands in for one that the object does not say.
    assert.equal(of({}).items[0]?.item.vendorKind, 'ACCESS_POLICY');
  });
});
