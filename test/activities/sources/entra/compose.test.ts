import assert from 'node:assert/strict';
import { entraReaders } from '../../../../activities/sources/entra/collections.ts';
import { entraComposers } from '../../../../activities/sources/entra/compose.ts';
import type { FoundObject } from '../../../../activities/sources/source.ts';
import type { EntraCollectionName } from '../../../../domain/collections/entra.ts';
import type { EntraRegistration, EntraServicePrincipal } from '../../../../domain/inventory/entra.ts';
import type { NormalForms, StoredItem } from '../../../../domain/inventory/item.ts';
import type { ItemType } from '../../../../domain/inventory/itemTypes.ts';
import { formSchemas } from '../../../support/normalForms.ts';

/** Reads entries of a collection as the reader does. */
function read(collection: EntraCollectionName, entries: object[], context: Record<string, string> = {}) {
  const reader = entraReaders.find(({ name }) => name === collection);
  assert.ok(reader);
  return reader.read(entries, { collection, key: '', path: '/', context });
}

function stored<Type extends ItemType>(collection: EntraCollectionName, entry: object): StoredItem<Type> {
  const [first] = read(collection, [entry]).items;
  assert.ok(first);
  const row = { id: 'i', ordinal: 1n, fingerprint: '', evidence: [] };
  return { ...(first.item as StoredItem<Type>), ...row };
}

type Part = [EntraCollectionName, object[], Record<string, string>?];

/** Composes an item of what these collections hold; of a refused one nothing is known. */
function compose<Type extends ItemType>(
  item: StoredItem<Type>,
  parts: Part[],
  refused: readonly EntraCollectionName[] = [],
) {
  const composer = entraComposers.find(({ itemType }) => itemType === item.itemType);
  assert.ok(composer);
  const objects = parts.flatMap(
    ([collection, entries, context]) => read(collection, entries, context).objects,
  );
  const { normalized, evidence } = composer.compose(item, (kind) => {
    const part = composer.parts.find(({ objectKind }) => objectKind === kind);
    assert.ok(part);
    if (part.listedIn.some((each) => refused.includes(each as EntraCollectionName))) return null;
    const want = part.wants(item);
    return objects
      .filter((object) => object.kind === kind)
      .filter((object) =>
        'parent' in want ? object.parent === want.parent : want.externalIds.includes(object.externalId),
      )
      .map((object): FoundObject => ({
        ...object,
        evidence: { id: 'p', index: object.index, role: 'object' },
      }));
  });
  assert.deepEqual(formSchemas[item.itemType].parse(normalized), normalized);
  return { form: normalized as NormalForms[Type], evidence };
}

describe('A registration of Entra is joined', () => {
  const item = stored<'application'>('applications', {
    id: 'app',
    appId: 'A',
    keyCredentials: [
      { keyId: 'k1', usage: 'Verify', key: null },
      { keyId: 'k2', usage: 'Verify', key: null },
    ],
  });

  it('with the values of its keys, by their ids, and with the workload identities that may act as it', () => {
    const { form, evidence } = compose(item, [
      ['application_keys', [{ id: 'other', keyCredentials: [{ keyId: 'k2', key: 'BAD' }] }]],
      ['application_keys', [{ id: 'app', keyCredentials: [{ keyId: 'k2', key: 'MIIB' }] }]],
      [
        'federated_credentials',
        [{ id: 'f', issuer: 'https://ci.example', subject: 'repo' }],
        { application: 'app' },
      ],
      [
        'federated_credentials',
        [{ id: 'g', issuer: 'https://ci.example', subject: 'x' }],
        { application: 'other' },
      ],
    ]);
    const entra = form.entra as EntraRegistration;
    assert.deepEqual(
      entra.key_credentials.map(({ x5c }) => x5c),
      [null, 'MIIB'],
    );
    assert.deepEqual(entra.federated_credentials, [{ issuer: 'https://ci.example', subject: 'repo' }]);
    assert.deepEqual(
      evidence.map(({ role }) => role),
      ['certificate', 'object'],
    );
  });

  it('with no workload identities when it has none, and with unknown ones when they were not read', () => {
    const none = compose(item, []).form.entra as EntraRegistration;
    assert.deepEqual(none.federated_credentials, []);
    const unread = compose(item, [], ['federated_credentials']).form.entra as EntraRegistration;
    assert.equal(unread.federated_credentials, null);
  });
});

describe('A service principal is joined', () => {
  const principal = (more: object) =>
    stored<'application'>('service_principals', { id: 'sp', appId: 'A', ...more });
  const entraOf = (...[item, ...rest]: Parameters<typeof compose<'application'>>) =>
    compose(item, ...rest).form.entra as EntraServicePrincipal;
  const saml = principal({ preferredSingleSignOnMode: 'saml' });

  it('with grants, policies and provisioning', () => {
    const grant = (id: string, scope: string) => ({
      id,
      clientId: 'sp',
      resourceId: 'graph',
      consentType: 'Principal',
      scope,
    });
    const entra = entraOf(saml, [
      [
        'delegated_permission_grants',
        [grant('1', 'User.Read'), grant('2', 'User.Read '), grant('3', 'openid')],
      ],
      ['delegated_permission_grants', [{ id: '4', clientId: 'other', scope: 'Mail.Read' }]],
      ['claims_mapping_applies_to', [{ id: 'sp' }], { policy: 'claims-1' }],
      ['home_realm_discovery_applies_to', [{ id: 'other' }], { policy: 'realm-1' }],
      [
        'synchronization_jobs',
        [{ id: 'job', templateId: 'box', status: { code: 'Active' } }],
        { service_principal: 'sp' },
      ],
    ]);
    assert.deepEqual(entra.delegated_grants, [
      { resource: 'graph', scope: 'User.Read', consent: 'Principal', count: 2 },
      { resource: 'graph', scope: 'openid', consent: 'Principal', count: 1 },
    ]);
    assert.deepEqual(entra.claims_mapping_policies, ['claims-1']);
    assert.deepEqual(entra.home_realm_discovery_policies, []);
    assert.deepEqual(entra.synchronization_jobs, [{ id: 'job', template: 'box', state: 'Active' }]);
  });

  it('with unknown ones where they were refused, the policies or what they apply to', () => {
    const entra = entraOf(
      saml,
      [],
      [
        'delegated_permission_grants',
        'claims_mapping_policies',
        'home_realm_discovery_applies_to',
        'synchronization_jobs',
      ],
    );
    assert.deepEqual(
      [
        entra.delegated_grants,
        entra.claims_mapping_policies,
        entra.home_realm_discovery_policies,
        entra.synchronization_jobs,
      ],
      [null, null, null, null],
    );
  });

  it('with provisioning only where it was asked for: gallery applications and single sign-on', () => {
    const asked = (more: object) =>
      read('service_principals', [{ id: 'sp', ...more }]).children.some(
        ({ collection }) => collection === 'synchronization_jobs',
      );
    const gallery = { tags: ['WindowsAzureActiveDirectoryGalleryApplicationNonPrimaryV1'] };
    const custom = { tags: ['WindowsAzureActiveDirectoryCustomSingleSignOnApplication'] };
    for (const more of [
      gallery,
      custom,
      { applicationTemplateId: 't' },
      { preferredSingleSignOnMode: 'saml' },
    ]) {
      assert.equal(asked(more), true, JSON.stringify(more));
      assert.deepEqual(entraOf(principal(more), []).synchronization_jobs, []);
    }
    for (const more of [{}, { tags: ['HideApp'] }, { preferredSingleSignOnMode: 'oidc' }]) {
      assert.equal(asked(more), false, JSON.stringify(more));
      assert.equal(entraOf(principal(more), []).synchronization_jobs, null);
    }
  });
});

describe('A group of Entra is joined', () => {
  const group = (more: object = {}) => stored<'group'>('groups', { id: 'g', groupTypes: [], ...more });

  it('with its licences and the groups among its members', () => {
    const { form } = compose(group(), [
      [
        'group_licenses',
        [
          { id: 'g', assignedLicenses: [{ skuId: 'e5' }] },
          { id: 'h', assignedLicenses: [{ skuId: 'x' }] },
        ],
      ],
      ['nested_groups', [{ id: 'inner', displayName: 'Inner' }], { group: 'g' }],
    ]);
    assert.deepEqual(form.entra?.licenses, ['e5']);
    assert.deepEqual(form.entra.nested_groups, ['inner']);
  });

  it('with unknown ones where they were not read, or not asked for', () => {
    const { form } = compose(group(), [], ['group_licenses', 'nested_groups']);
    assert.deepEqual([form.entra?.licenses, form.entra?.nested_groups], [null, null]);
    for (const more of [{ groupTypes: ['DynamicMembership'] }, { onPremisesSyncEnabled: true }]) {
      assert.deepEqual(read('groups', [{ id: 'g', ...more }]).children, []);
      assert.equal(compose(group(more), []).form.entra?.nested_groups, null);
    }
  });
});

describe('A conditional access policy is joined', () => {
  const id = '00000000-0000-4000-8000-000000000001';
  const policy = stored<'policy'>('conditional_access_policies', {
    id: 'p',
    conditions: { locations: { includeLocations: ['All'], excludeLocations: [id] } },
  });

  it('with the named locations of its conditions, as far as they exist', () => {
    const location = {
      id,
      '@odata.type': '#microsoft.graph.ipNamedLocation',
      displayName: 'Depot',
      isTrusted: true,
      ipRanges: [{ cidrAddress: '192.0.2.0/24' }],
    };
    const { form } = compose(policy, [['named_locations', [location, { ...location, id: 'other' }]]]);
    assert.deepEqual(form.entra?.locations, [
      {
        id,
        name: 'Depot',
        kind: 'ipNamedLocation',
        trusted: true,
        ip_ranges: ['192.0.2.0/24'],
        countries: [],
        includes_unknown_countries: null,
      },
    ]);
    assert.deepEqual(compose(policy, []).form.entra?.locations, []);
    assert.equal(compose(policy, [], ['named_locations']).form.entra?.locations, null);
  });
});
