import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compatibilityClasses, impactLevels, type CompatibilityClass } from '../../../domain/assessment.ts';
import { is } from '../../../domain/rules/condition.ts';
import { judge, type Judged } from '../../../domain/rules/judge.ts';
import { tellVerdict, wordsOf } from '../../../domain/rules/tell.ts';
import type { Rule } from '../../../domain/rules/rule.ts';

const rule = (id: string, more: Partial<Rule> = {}): Rule => ({
  id,
  when: is('word', id),
  class: null,
  operator: 'none',
  user: 'none',
  text: `Found ${id}.`,
  remedy: `Mend ${id}.`,
  document: 'https://example.com',
  asOf: '2026-11-23',
  ...more,
});

/** Judges as it is judged, stored and told. */
function judgeAndTell(judged: Judged & { ruleSet: { pointers: Record<string, string> } }) {
  const words = new Map(wordsOf(judged.ruleSet).map((each) => [each.rule_id, each]));
  return tellVerdict(judge(judged), words, []);
}

/** Judges an item on which exactly these rules fire. */
function verdictOf(...rules: Rule[]) {
  const fired = rules.map((each) => ({ ...each, when: is('word', 'x') }));
  const silent = rule('plain', { class: 'native_import' });
  const ruleSet = {
    source: 'okta' as const,
    itemType: 'group' as const,
    rules: [...fired, silent],
    pointers: { word: '/word' },
  };
  return judgeAndTell({ subject: { word: 'x' }, ruleSet, targetContract: 'tenant_group' });
}

const ofClass = (outcome: CompatibilityClass) => rule(outcome, { class: outcome });

describe('a verdict', () => {
  it('is the worst class that was found, for any two', () => {
    compatibilityClasses.forEach((one, a) =>
      compatibilityClasses.forEach((other, b) => {
        const expected = compatibilityClasses[Math.max(a, b)];
        assert.equal(verdictOf(ofClass(one), ofClass(other)).compatibility_class, expected);
      }),
    );
  });

  it('is the same whatever the order of the rules, and keeps every finding', () => {
    const anyRule = fc.record({
      id: fc.string({ minLength: 1 }),
      class: fc.option(fc.constantFrom(...compatibilityClasses)),
      operator: fc.constantFrom(...impactLevels),
      user: fc.constantFrom(...impactLevels),
    });
    const shuffled = fc
      .uniqueArray(anyRule, { selector: (each) => each.id })
      .chain((rules) =>
        fc.tuple(fc.constant(rules), fc.shuffledSubarray(rules, { minLength: rules.length })),
      );
    fc.assert(
      fc.property(shuffled, ([rules, other]) => {
        const [one, two] = [rules, other].map((each) =>
          verdictOf(...each.map(({ id, ...more }) => rule(id, more))),
        );
        assert.ok(one && two);
        assert.equal(two.compatibility_class, one.compatibility_class);
        assert.equal(two.lifts_to, one.lifts_to);
        assert.deepEqual([two.operator_impact, two.user_impact], [one.operator_impact, one.user_impact]);
        assert.deepEqual(
          two.findings.map((finding) => finding.rule_id).sort(),
          one.findings.map((finding) => finding.rule_id).sort(),
        );
        assert.ok(one.findings.length >= rules.length);
      }),
    );
  });

  it('of an item that no rule classifies is rebuilt by hand, says so, and nothing lifts it', () => {
    for (const verdict of [verdictOf(), verdictOf(rule('noticed'))]) {
      assert.equal(verdict.compatibility_class, 'manual_rebuild_required');
      assert.equal(verdict.findings.at(-1)?.rule_id, 'no_rule');
      assert.equal(verdict.operator_impact, 'high');
      assert.equal(verdict.lifts_to, null);
    }
  });

  it('of an item that is not the customer’s is settled before any worse finding', () => {
    const verdict = verdictOf(rule('own', { class: 'visibility_only', scope: true }), ofClass('blocked'));
    assert.equal(verdict.compatibility_class, 'visibility_only');
    assert.equal(verdict.blocked_reason, null);
    assert.equal(verdict.lifts_to, null);
    assert.equal(verdict.findings.length, 2);
  });

  it('says what would be left if the deciding findings were mended', () => {
    assert.equal(verdictOf(ofClass('native_import')).lifts_to, null);
    assert.equal(verdictOf(ofClass('import_with_approximation')).lifts_to, 'native_import');
    assert.equal(
      verdictOf(ofClass('blocked'), ofClass('manual_rebuild_required')).lifts_to,
      'manual_rebuild_required',
    );
    assert.equal(
      verdictOf(ofClass('manual_rebuild_required'), ofClass('import_with_approximation')).lifts_to,
      'import_with_approximation',
    );
  });

  it('of an item that is only listed stays that', () => {
    assert.equal(verdictOf(ofClass('visibility_only'), ofClass('import_with_approximation')).lifts_to, null);
  });

  it('promises no class that the rules of its type never give', () => {
    const only = rule('x', { class: 'manual_rebuild_required' });
    const ruleSet = { source: 'okta' as const, itemType: 'policy' as const, rules: [only], pointers: {} };
    const verdict = judgeAndTell({ subject: { word: 'x' }, ruleSet, targetContract: 'auth_policy' });
    assert.equal(verdict.lifts_to, null);
  });

  it('has the highest impacts of its findings', () => {
    const verdict = verdictOf(
      rule('a', { class: 'native_import', operator: 'medium', user: 'low' }),
      rule('b', { operator: 'low', user: 'high' }),
    );
    assert.deepEqual([verdict.operator_impact, verdict.user_impact], ['medium', 'high']);
  });

  it('shows what each rule read, as a pointer into the raw payload where there is one', () => {
    const reading = { ...rule('y'), when: is('fact', null) };
    const ruleSet = {
      source: 'okta' as const,
      itemType: 'group' as const,
      rules: [rule('x'), reading],
      pointers: { word: '/settings/word' },
    };
    const { findings } = judgeAndTell({ subject: { word: 'x' }, ruleSet, targetContract: 'none' });
    assert.deepEqual(findings[0]?.evidence, [{ pointer: '/settings/word', value: 'x' }]);
    assert.deepEqual(findings[1]?.evidence, [{ pointer: 'fact', value: null }]);
  });

  it('tells its reasons in its rationale, and beside them what was noticed', () => {
    const verdict = verdictOf(ofClass('blocked'), rule('noticed'), ofClass('import_with_approximation'));
    assert.match(verdict.rationale, /^It cannot move: Found blocked\. Found noticed\.$/);
    assert.equal(verdict.blocked_reason, 'Found blocked.');
    assert.deepEqual(verdict.approximation_notes, []);
  });
});
