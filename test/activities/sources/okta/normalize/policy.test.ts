import assert from 'node:assert/strict';
import {
  normalizePolicy,
  normalizePolicyRule,
  ruleReferences,
} from '../../../../../activities/sources/okta/normalize/policy.ts';

describe('An Okta policy in normal form', () => {
  it("keeps conditions and settings in the vendor's words, and has no rules before they are read", () => {
    const settings = { factors: { okta_otp: { enroll: { self: 'OPTIONAL' } } } };
    const conditions = { people: { groups: { include: ['00g1'], exclude: ['00g2'] } } };
    const { normalized, vendorKind } = normalizePolicy({
      id: '00p1',
      type: 'MFA_ENROLL',
      settings,
      conditions,
    });
    assert.equal(vendorKind, 'MFA_ENROLL');
    assert.deepEqual(normalized.settings, settings);
    assert.deepEqual(normalized.conditions, conditions);
    assert.equal(normalized.rules, null);
    assert.deepEqual(
      normalized.references.map(({ relation, external_id }) => `${relation} ${external_id}`),
      ['included_group 00g1', 'excluded_group 00g2'],
    );
  });

  it('reads a rule with what it needs to be judged, and the zones it names', () => {
    const rule = normalizePolicyRule({
      id: '0pr1',
      name: 'Office',
      status: 'ACTIVE',
      priority: 3,
      conditions: { network: { connection: 'ZONE', include: ['nzo1'] } },
      actions: { appSignOn: { access: 'ALLOW' } },
    });
    assert.equal(rule.active, true);
    assert.equal(rule.system, false);
    assert.deepEqual(ruleReferences(rule), [
      { relation: 'network_zone', item_type: null, external_id: 'nzo1' },
    ]);
    assert.equal(normalizePolicyRule({ id: '0pr1', status: 'INACTIVE' }).active, false);
  });
});
