import {
  compatibilityClasses,
  highest,
  worst,
  type CompatibilityClass,
  type Judgement,
  type TargetContract,
} from '../assessment.ts';
import type { StoredItem } from '../inventory/item.ts';
import { holds, readField, type Subject } from './condition.ts';
import type { Rule, RuleSet } from './rule.ts';
import type { Surroundings } from './surroundings.ts';
import { fieldsRead, noRule } from './tell.ts';

export interface Judged {
  subject: Subject;
  ruleSet: Pick<RuleSet, 'source' | 'itemType' | 'rules'>;
  targetContract: TargetContract;
}

/** Judges an item by the rules of its type, from what is around it. */
export const judgeItem = (item: StoredItem, ruleSet: RuleSet, around: Surroundings): Judgement =>
  judge({
    subject: ruleSet.subject(item, around),
    ruleSet,
    targetContract: ruleSet.contract(item, around),
  });

/**
 * Judges one item: all rules run and everything that fired is kept; a scope rule settles it on visibility_only, else
 * the worst class among what fired wins. The same subject gives the same judgement.
 */
export function judge({ subject, ruleSet, targetContract }: Judged): Judgement {
  const fired = ruleSet.rules.filter((rule) => holds(rule.when, subject));
  const classified = fired.filter((rule) => rule.class !== null);
  const known = classified.length > 0;
  const compatibility = classOf(classified);
  const evidence: Record<string, unknown> = {};
  for (const field of fired.flatMap(fieldsRead)) evidence[field] = readField(subject, field);
  if (!known) evidence[noRule.field] = `${ruleSet.source} ${ruleSet.itemType}`;
  return {
    compatibility_class: compatibility,
    target_contract: targetContract,
    operator_impact: highest([...fired.map((rule) => rule.operator), ...(known ? [] : [noRule.operator])]),
    user_impact: highest(fired.map((rule) => rule.user)),
    rule_ids: [...fired.map((rule) => rule.id), ...(known ? [] : [noRule.id])],
    evidence,
    lifts_to: liftsTo(classified, compatibility, ruleSet),
  };
}

function classOf(classified: readonly Rule[]): CompatibilityClass {
  if (classified.length === 0) return noRule.class;
  if (classified.some((rule) => rule.scope)) return 'visibility_only';
  return worst(classified.flatMap((rule) => rule.class ?? []));
}

/**
 * The class that would be left if everything the deciding rules found were mended: the worst of the other findings,
 * else the best that the rules give. What is only listed stays that; what no rule knows is not promised anything.
 */
function liftsTo(
  classified: readonly Rule[],
  compatibility: CompatibilityClass,
  { rules }: Pick<RuleSet, 'rules'>,
): CompatibilityClass | null {
  if (compatibility === 'visibility_only' || classified.length === 0) return null;
  const rest = classified.flatMap((rule) => rule.class ?? []).filter((each) => each !== compatibility);
  const best = compatibilityClasses.find((each) => rules.some((rule) => rule.class === each));
  const left = rest.length > 0 ? worst(rest) : (best ?? compatibility);
  return compatibilityClasses.indexOf(left) < compatibilityClasses.indexOf(compatibility) ? left : null;
}
