import assert from 'node:assert/strict';
import { oktaComposers } from '../../../../activities/sources/okta/compose.ts';
import { normalizeGroup } from '../../../../activities/sources/okta/normalize/group.ts';
import {
  normalizePolicy,
  normalizePolicyRule,
} from '../../../../activities/sources/okta/normalize/policy.ts';
import { normalizeProvider } from '../../../../activities/sources/okta/normalize/provider.ts';
import type { Composer, FoundObject } from '../../../../activities/sources/source.ts';
import type { NormalForms, NormalItem, StoredItem } from '../../../../domain/inventory/item.ts';
import type { ItemType } from '../../../../domain/inventory/itemTypes.ts';
import { formSchemas } from '../../../support/normalForms.ts';

const composerOf = (itemType: ItemType): Composer => {
  const found = oktaComposers.find((each) => each.itemType === itemType);
  assert.ok(found);
  return found;
};

const stored = (item: NormalItem): StoredItem => ({
  ...item,
  id: '01900000-0000-7000-8000-000000000001',
  ordinal: 1n,
  fingerprint: '',
  evidence: [],
});

const object = (externalId: string, data: unknown, index = 0): FoundObject => ({
  parent: '',
  externalId,
  data,
  evidence: { id: '01900000-0000-7000-8000-0000000000ee', index, role: 'object' },
});

function compose<Type extends ItemType>(item: NormalItem<Type>, objects: readonly FoundObject[]) {
  const { normalized, evidence } = composerOf(item.itemType).compose(stored(item), () => objects);
  assert.ok(formSchemas[item.itemType].safeParse(normalized).success);
  return { form: normalized as NormalForms[Type], evidence };
}

describe('A provider is joined', () => {
  const provider = normalizeProvider({
    id: '0oa1',
    protocol: { type: 'SAML2', credentials: { trust: { kid: 'k2', additionalKids: ['k1', 'k9'] } } },
  });
  const key = (kid: string, x5c: string | null, index: number) =>
    object(kid, { kid, x5c, expires_at: null }, index);

  it('with the certificates of the keys its trust names, in that order, and with where they stand', () => {
    assert.deepEqual(composerOf('provider').parts[0]?.wants(stored(provider)), {
      externalIds: ['k2', 'k1', 'k9'],
    });
    const { form, evidence } = compose(provider, [key('k1', 'MIIB1', 4), key('k2', 'MIIB2', 7)]);
    assert.deepEqual(form.certificates, [
      { key_id: 'k2', role: 'current', x5c: 'MIIB2' },
      { key_id: 'k1', role: 'additional', x5c: 'MIIB1' },
    ]);
    assert.deepEqual(
      evidence.map(({ index, role }) => ({ index, role })),
      [
        { index: 7, role: 'certificate' },
        { index: 4, role: 'certificate' },
      ],
    );
  });

  it('with nothing for a key that is not there or has no certificate', () => {
    const { form, evidence } = compose(provider, [key('k2', null, 0)]);
    assert.deepEqual(form.certificates, []);
    assert.deepEqual(evidence, []);
    assert.deepEqual(form.key_ids, ['k2', 'k1', 'k9']);
  });
});

describe('A policy is joined', () => {
  const policy = normalizePolicy({
    id: '00p1',
    type: 'ACCESS_POLICY',
    conditions: { people: { groups: { include: ['00g1'] } } },
  });
  const rule = (id: string, priority: number | null, conditions: object = {}) =>
    object(id, normalizePolicyRule({ id, name: id, status: 'ACTIVE', priority, conditions }));

  it('with its rules in the order in which Okta evaluates them', () => {
    const rules = [rule('r3', 99), rule('r2', 1), rule('r1', 1), rule('r0', 0)];
    const { form } = compose(policy, rules);
    assert.deepEqual(
      form.rules?.map(({ external_id }) => external_id),
      ['r0', 'r1', 'r2', 'r3'],
    );
  });

  it('with the groups and zones that its rules name, each once', () => {
    const conditions = {
      people: { groups: { include: ['00g1', '00g2'], exclude: ['00g1'] } },
      network: { connection: 'ZONE', include: ['nzo1'], exclude: ['nzo2'] },
    };
    const { form } = compose(policy, [rule('r1', 1, conditions), rule('r2', 2, conditions)]);
    assert.deepEqual(
      form.references.map(({ relation, external_id }) => `${relation} ${external_id}`),
      [
        'included_group 00g1',
        'included_group 00g2',
        'excluded_group 00g1',
        'network_zone nzo1',
        'network_zone nzo2',
      ],
    );
  });

  it('with no rules when it has none, and composing again changes nothing', () => {
    const first = compose(policy, []);
    assert.deepEqual(first.form.rules, []);
    const rules = [rule('r1', 1, { network: { include: ['nzo1'] } })];
    const once = compose(policy, rules).form;
    const twice = compose({ ...policy, normalized: once }, rules).form;
    assert.deepEqual(twice, once);
  });
});

describe('A group is joined', () => {
  const group = normalizeGroup({ id: '00g1', type: 'OKTA_GROUP', profile: { name: 'One' } });

  it('with its statistics, when they were read', () => {
    const statistics = object('00g1', { members: 5, applications: 2, has_admin_role: true });
    const { form } = compose(group, [statistics]);
    assert.deepEqual(form.statistics, { members: 5, applications: 2 });
    assert.equal(form.has_admin_role, true);
    const { form: unread } = compose(group, []);
    assert.equal(unread.statistics, null);
    assert.equal(unread.has_admin_role, null);
  });
});
