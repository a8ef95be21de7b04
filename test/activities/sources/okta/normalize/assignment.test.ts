import assert from 'node:assert/strict';
import {
  normalizeGroupAssignment,
  normalizeUserAssignment,
} from '../../../../../activities/sources/okta/normalize/assignment.ts';

describe('An Okta assignment in normal form', () => {
  it('of a group names its application by the path that was read', () => {
    const row = { id: '00g1', priority: 2, profile: { role: 'x', empty: null, none: '' }, lastUpdated: 't' };
    const item = normalizeGroupAssignment(row, '0oa1');
    assert.equal(item.externalId, '0oa1/group/00g1');
    assert.equal(item.vendorKind, 'GROUP');
    assert.deepEqual(item.normalized.profile_overrides, ['role']);
    assert.equal(item.normalized.priority, 2);
    assert.deepEqual(
      item.normalized.references.map(({ relation, external_id }) => `${relation} ${external_id}`),
      ['application 0oa1', 'group 00g1'],
    );
  });

  it('of a person is direct only with scope USER', () => {
    const row = {
      id: '00u1',
      scope: 'USER',
      status: 'PROVISIONED',
      credentials: { userName: 'a@b.example' },
    };
    const item = normalizeUserAssignment(row, '0oa1');
    assert.ok(item !== 'group_implied');
    assert.equal(item.externalId, '0oa1/user/00u1');
    assert.equal(item.normalized.assignment_status, 'PROVISIONED');
    assert.equal(item.normalized.user_name, 'a@b.example');
    assert.equal(normalizeUserAssignment({ ...row, scope: 'GROUP' }, '0oa1'), 'group_implied');
  });

  it('of a person with an unknown or absent scope counts as direct, because nothing is lost by saying too much', () => {
    const unknown = normalizeUserAssignment({ id: '00u1', scope: 'TEAM' }, '0oa1');
    assert.ok(unknown !== 'group_implied');
    assert.deepEqual(unknown.normalized.unknown_values, [{ pointer: '/scope', value: 'TEAM' }]);
    assert.notEqual(normalizeUserAssignment({ id: '00u1' }, '0oa1'), 'group_implied');
  });
});
