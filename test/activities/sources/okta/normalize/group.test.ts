import assert from 'node:assert/strict';
import { normalizeGroup } from '../../../../../activities/sources/okta/normalize/group.ts';

describe('An Okta group in normal form', () => {
  it('says where its members come from', () => {
    const kindOf = (type: string | undefined) => normalizeGroup({ id: '00g1', type }).normalized.kind;
    assert.equal(kindOf('OKTA_GROUP'), 'assigned');
    assert.equal(kindOf('APP_GROUP'), 'mastered_elsewhere');
    assert.equal(kindOf('BUILT_IN'), 'built_in');
    assert.equal(kindOf('TEAM'), 'unknown');
    assert.equal(kindOf(undefined), 'unknown');
  });

  it('names the attributes that the company gave it, and not those that a directory writes', () => {
    const profile = {
      name: 'One',
      description: 'd',
      samAccountName: 's',
      dn: 'CN=One',
      costCenter: '7',
      empty: '',
    };
    assert.deepEqual(normalizeGroup({ id: '00g1', profile }).normalized.custom_attributes, ['costCenter']);
  });

  it('refers to the application that masters it', () => {
    const group = normalizeGroup({ id: '00g1', type: 'APP_GROUP', source: { id: '0oa1' } });
    assert.deepEqual(group.normalized.references, [
      { relation: 'mastering_application', item_type: 'application', external_id: '0oa1' },
    ]);
  });
});
