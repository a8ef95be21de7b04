import assert from 'node:assert/strict';
import type { Verdict } from '../../../../domain/assessment.ts';
import type { RuleSet } from '../../../../domain/rules/rule.ts';
import { changed, firedIn, type Pair } from './support.ts';

/** A type's rules, the pairs that show what each of them does, and how a case of it is judged. */
export interface RuleTable<Case> {
  ruleSet: RuleSet;
  pairs: readonly Pair<Case>[];
  /** What the sentences call an item: "a group". */
  item: string;
  /** The id of the rule that a pair names. */
  idOf: (rule: string) => string;
  clean: () => Case;
  judge: (given: Case) => Verdict;
}

/** Every pair does what it says, and every rule has one. */
export function itHoldsInPairs<Case>({ ruleSet, pairs, item, idOf, clean, judge }: RuleTable<Case>): void {
  pairs.forEach(({ rule, fires, spares, classes }, index) => {
    const nth = pairs.slice(0, index).filter((each) => each.rule === rule).length + 1;
    it(`${rule} fires on ${item} (${nth}) and spares one that is nearly equal`, () => {
      const [hit, miss] = [fires, spares].map((change) => judge(changed(clean, change)));
      assert.ok(hit && miss);
      assert.ok(firedIn(hit).includes(idOf(rule)), `fired: ${firedIn(hit).join(' ')}`);
      assert.ok(!firedIn(miss).includes(idOf(rule)), `fired: ${firedIn(miss).join(' ')}`);
      assert.deepEqual([hit.compatibility_class, miss.compatibility_class], classes);
    });
  });

  it('all have a pair here', () => {
    const paired = new Set(pairs.map(({ rule }) => idOf(rule)));
    assert.deepEqual(
      ruleSet.rules.map((rule) => rule.id).filter((id) => !paired.has(id)),
      [],
    );
  });
}
