import assert from 'node:assert/strict';
import { entraGroupRules } from '../../../../domain/rules/entra/group.ts';
import type { Body } from '../../../support/answer.ts';
import { itHoldsInPairs } from '../okta/pairs.ts';
import {
  approximate,
  atPointer,
  blocked,
  changed,
  firedIn,
  manual,
  native,
  ofOtherTypes,
  pointersInto,
  rank,
  setAt,
  visible,
  type Pair,
} from '../okta/support.ts';
import { cleanGroup, judgeGroup, type GroupCase } from './support.ts';

type Change = (given: GroupCase) => void;

const nothing: Change = () => undefined;
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const set =
  (members: Body): Change =>
  (given) =>
    Object.assign(given.raw, members);
const named =
  (naming: GroupCase['naming'][number]): Change =>
  (given) =>
    given.naming.push(naming);
const refused =
  (collection: GroupCase['refused'][number]): Change =>
  (given) =>
    given.refused.push(collection);
const nested: Change = (given) => given.nested.push('group-2');
const mailSecurity = set({ mailEnabled: true, mail: 'd@ossenby.example' });
const assigned = named({ relation: 'group', itemType: 'assignment', active: 1 });
const distribution = set({ securityEnabled: false, mailEnabled: true });
const unified = set({ groupTypes: ['Unified'], securityEnabled: false, mailEnabled: true });

const pair = (rule: string, fires: Change, spares: Change, ...classes: Pair<unknown>['classes']) => ({
  rule,
  fires,
  spares,
  classes,
});

const pairs: readonly Pair<GroupCase>[] = [
  pair('plain', nothing, nested, native, approximate),
  pair('nested_group', nested, nothing, approximate, native),
  pair(
    'nested_group',
    both(mailSecurity, assigned, nested),
    both(mailSecurity, nested),
    approximate,
    visible,
  ),
  pair('nesting_unread', refused('nested_groups'), nothing, approximate, native),
  pair(
    'dynamic',
    set({ groupTypes: ['DynamicMembership'], membershipRule: 'true' }),
    nothing,
    approximate,
    native,
  ),
  pair(
    'synced',
    set({ onPremisesSyncEnabled: true }),
    set({ onPremisesSyncEnabled: false }),
    approximate,
    native,
  ),
  pair('unified', unified, nothing, approximate, native),
  pair('licenses', (given) => given.licenses.push('sku-1'), nothing, approximate, native),
  pair('licenses_unread', refused('group_licenses'), nothing, approximate, native),
  pair(
    'hidden_members',
    set({ visibility: 'HiddenMembership' }),
    set({ visibility: 'Private' }),
    approximate,
    native,
  ),
  pair('mail_enabled_in_use', both(mailSecurity, assigned), mailSecurity, approximate, visible),
  pair(
    'mail_enabled_in_use',
    both(mailSecurity, named({ itemType: 'policy', active: 1 })),
    both(mailSecurity, named({ itemType: 'policy', active: 0 })),
    approximate,
    visible,
  ),
  pair('mail_enabled', mailSecurity, both(mailSecurity, assigned), visible, approximate),
  pair('distribution', distribution, both(distribution, set({ securityEnabled: null })), visible, manual),
  pair(
    'role_assignable',
    set({ isAssignableToRole: true }),
    set({ isAssignableToRole: false }),
    blocked,
    native,
  ),
  pair('no_name', set({ displayName: '' }), set({ displayName: ' ' }), manual, native),
  pair('unknown_kind', set({ securityEnabled: null }), nothing, manual, native),
  pair('contradiction', set({ mailEnabled: null }), nothing, manual, native),
  pair('contradiction', set({ resourceProvisioningOptions: ['Team'] }), nothing, manual, native),
  pair('unknown_value', set({ visibility: 'Secret' }), set({ visibility: 'Public' }), manual, native),
  pair('unknown_value', set({ groupTypes: ['Swarm'] }), nothing, manual, native),
  pair('unparsable', set({ description: 7 }), set({ description: null }), manual, native),
];

describe("the rules of Entra's groups", () => {
  itHoldsInPairs({
    ruleSet: entraGroupRules,
    pairs,
    item: 'a group',
    idOf: (rule) => `entra.group.${rule}`,
    clean: cleanGroup,
    judge: judgeGroup,
  });

  it('judge a group whatever it is called', () => {
    for (const displayName of [
      'x'.repeat(4096),
      '\u05e0\u05d4\u05d2\u05d9\u05dd',
      '\ud83d\ude9a',
      '\ufb01nance',
    ]) {
      assert.equal(judgeGroup(changed(cleanGroup, set({ displayName }))).compatibility_class, native);
    }
  });
});

describe("an Entra group's evidence", () => {
  const pointers = pointersInto(cleanGroup().raw).filter((each) => each !== '/id');

  it('with a member spoilt that is read is never native', () => {
    for (const pointer of pointers) {
      for (const value of ofOtherTypes(atPointer(cleanGroup().raw, pointer) ?? 'text')) {
        const flag = typeof value === 'boolean' && /Enabled$|ToRole$/.test(pointer);
        if (flag) continue;
        const verdict = judgeGroup(changed(cleanGroup, (given) => setAt(given.raw, pointer, value)));
        assert.notEqual(verdict.compatibility_class, native, `${pointer} ${JSON.stringify(value)}`);
      }
    }
  });

  it('of any kind, lacking a member, is never better than with it, and a rule knows it', () => {
    for (const kind of [nothing, nested, mailSecurity, both(mailSecurity, assigned), distribution]) {
      const whole = rank(judgeGroup(changed(cleanGroup, kind)).compatibility_class);
      for (const pointer of pointers) {
        for (const value of [undefined, null]) {
          const verdict = judgeGroup(changed(cleanGroup, kind, (given) => setAt(given.raw, pointer, value)));
          assert.ok(rank(verdict.compatibility_class) >= whole, `without ${pointer}`);
          assert.ok(!firedIn(verdict).includes('no_rule'), `without ${pointer}`);
        }
      }
    }
  });

  it('never makes the judgement fail, whatever stands in any member', () => {
    for (const pointer of pointers) {
      for (const value of [undefined, null, '', 'x', -1, true, [], [null], {}, { '': null }]) {
        const verdict = judgeGroup(changed(cleanGroup, (given) => setAt(given.raw, pointer, value)));
        assert.ok(!firedIn(verdict).includes('no_rule'), `${pointer} ${JSON.stringify(value)}`);
      }
    }
  });
});
