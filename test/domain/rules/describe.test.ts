import assert from 'node:assert/strict';
import {
  all,
  any,
  absent,
  empty,
  everyIn,
  is,
  isIn,
  moreThan,
  not,
  present,
  some,
  someIn,
  someOutside,
  startsWith,
  type Condition,
} from '../../../domain/rules/condition.ts';
import { describeCondition, describeRules } from '../../../domain/rules/describe.ts';
import { ruleSets } from '../../../domain/rules/ruleSets.ts';

const a = is('a', 1);
const b = present('b');

describe('a condition in words', () => {
  const table: [Condition, string][] = [
    [is('status', 'ACTIVE'), '`status` is `ACTIVE`'],
    [is('name', ''), '`name` is empty'],
    [is('fed', null), '`fed` is not given'],
    [not(is('hidden', true)), '`hidden` is not `true`'],
    [isIn('kind', ['X', 'Y']), '`kind` is one of `X`, `Y`'],
    [not(isIn('kind', ['X', 'Y'])), '`kind` is none of `X`, `Y`'],
    [present('b'), '`b` is given'],
    [absent('b'), '`b` is not given'],
    [empty('list'), '`list` is empty'],
    [some('list'), '`list` is not empty'],
    [someIn('list', 'x'), '`list` has `x`'],
    [someIn('list', 'x', 'y'), '`list` has one of `x`, `y`'],
    [not(someIn('list', 'x')), '`list` has no `x`'],
    [everyIn('list', ['x', 'y']), '`list` has nothing but `x`, `y`'],
    [someOutside('list', ['x', 'y']), '`list` has something else than `x`, `y`'],
    [startsWith('name', 'okta_'), '`name` starts with `okta_`'],
    [moreThan('priority', 0), '`priority` is, or counts, more than 0'],
    [all(), 'always'],
    [any(), 'never'],
    [all(a, b), '`a` is `1` and `b` is given'],
    [any(a, all(a, b)), '`a` is `1` or (`a` is `1` and `b` is given)'],
    [not(all(a, b)), 'not (`a` is `1` and `b` is given)'],
    [not(not(a)), '`a` is `1`'],
  ];
  for (const [condition, words] of table) {
    it(`reads ${words}`, () => assert.equal(describeCondition(condition), words));
  }
});

describe('the rules in words', () => {
  it('tell every rule of every type', () => {
    const text = describeRules();
    for (const ofVendor of Object.values(ruleSets)) {
      for (const { rules } of Object.values(ofVendor)) {
        for (const rule of rules) assert.ok(text.includes(`\n### ${rule.id}\n`), rule.id);
      }
    }
  });
});
