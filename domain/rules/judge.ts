import {
  classMeanings,
  compatibilityClasses,
  highest,
  worst,
  type CompatibilityClass,
  type Dependency,
  type Finding,
  type TargetContract,
  type Verdict,
} from '../assessment.ts';
import type { StoredItem } from '../inventory/item.ts';
import { fieldsOf, holds, readField, type Subject } from './condition.ts';
import type { Rule, RuleSet } from './rule.ts';
import { dependenciesOf } from './subject.ts';
import type { Surroundings } from './surroundings.ts';
import { fieldsOfText, fillText } from './wording.ts';

/** The finding of an item that no rule knows. A test over recorded objects asserts that it never happens. */
export const noRule = {
  id: 'no_rule',
  class: 'manual_rebuild_required',
  operator: 'high',
  user: 'none',
  text: 'No rule knows this kind of item.',
  remedy: 'Rebuild it by hand, and report it, so that a rule can be written.',
} as const;

export interface Judged {
  subject: Subject;
  ruleSet: Pick<RuleSet, 'source' | 'itemType' | 'rules' | 'pointers'>;
  targetContract: TargetContract;
  dependsOn: readonly Dependency[];
}

/** Judges an item by the rules of its type, from what is around it and whom it names. */
export function judgeItem(
  item: StoredItem,
  ruleSet: RuleSet,
  around: Surroundings,
  relations: Parameters<typeof dependenciesOf>[0],
): Verdict {
  return judge({
    subject: ruleSet.subject(item, around),
    ruleSet,
    targetContract: ruleSet.contract(item, around),
    dependsOn: dependenciesOf(relations),
  });
}

/**
 * Judges one item: all rules run and every finding is kept; a scope rule settles it on visibility_only, else the
 * worst class among the findings wins. The same subject gives the same verdict.
 */
export function judge({ subject, ruleSet, targetContract, dependsOn }: Judged): Verdict {
  const fired = ruleSet.rules.filter((rule) => holds(rule.when, subject));
  const findings = fired.map((rule) => findingOf(rule, subject, ruleSet));
  const classified = fired.filter((rule) => rule.class !== null);
  if (classified.length === 0) findings.push(noRuleFinding(ruleSet));
  const compatibility = classOf(classified);
  const deciding = findings.filter((finding) => finding.outcome === compatibility);
  return {
    compatibility_class: compatibility,
    target_contract: targetContract,
    rationale: rationaleOf(compatibility, deciding, findings),
    approximation_notes:
      compatibility === 'import_with_approximation' ? deciding.map((finding) => finding.text) : [],
    blocked_reason: compatibility === 'blocked' ? deciding.map((finding) => finding.text).join(' ') : null,
    operator_impact: highest([
      ...fired.map((rule) => rule.operator),
      ...(classified.length === 0 ? [noRule.operator] : []),
    ]),
    user_impact: highest(fired.map((rule) => rule.user)),
    findings,
    lifts_to: liftsTo(classified, compatibility, ruleSet),
    depends_on: [...dependsOn],
  };
}

function classOf(classified: readonly Rule[]): CompatibilityClass {
  if (classified.length === 0) return noRule.class;
  if (classified.some((rule) => rule.scope)) return 'visibility_only';
  return worst(classified.flatMap((rule) => rule.class ?? []));
}

/** Fields that a rule reads and tells; the same for every item, so each rule is asked once. */
const readByRule = new WeakMap<Rule, readonly string[]>();

function fieldsRead(rule: Rule): readonly string[] {
  const known = readByRule.get(rule);
  if (known) return known;
  const fields = [...new Set([...fieldsOf(rule.when), ...fieldsOfText(rule.text)])];
  readByRule.set(rule, fields);
  return fields;
}

function findingOf(rule: Rule, subject: Subject, { pointers }: Judged['ruleSet']): Finding {
  return {
    rule_id: rule.id,
    outcome: rule.class,
    text: fillText(rule.text, subject),
    remedy: rule.remedy,
    document: rule.document,
    evidence: fieldsRead(rule).map((field) => ({
      pointer: pointers[field] ?? field,
      value: readField(subject, field),
    })),
  };
}

const noRuleFinding = ({ source, itemType }: Judged['ruleSet']): Finding => ({
  rule_id: noRule.id,
  outcome: noRule.class,
  text: noRule.text,
  remedy: noRule.remedy,
  document: '',
  evidence: [{ pointer: '', value: `${source} ${itemType}` }],
});

/** Sentences a person can read: what the class means, why, and what else was noticed. */
function rationaleOf(
  compatibility: CompatibilityClass,
  deciding: readonly Finding[],
  findings: readonly Finding[],
): string {
  const reasons = compatibility === 'native_import' ? [] : deciding.map((finding) => finding.text);
  const opening = `It ${classMeanings[compatibility]}${reasons.length > 0 ? ':' : '.'}`;
  const noticed = findings.filter((finding) => finding.outcome === null).map((finding) => finding.text);
  return [opening, ...reasons, ...noticed].join(' ');
}

/**
 * The class that would be left if everything the deciding rules found were mended: the worst of the other findings,
 * else the best that the rules give. What is only listed stays that; what no rule knows is not promised anything.
 */
function liftsTo(
  classified: readonly Rule[],
  compatibility: CompatibilityClass,
  { rules }: Judged['ruleSet'],
): CompatibilityClass | null {
  if (compatibility === 'visibility_only' || classified.length === 0) return null;
  const rest = classified.flatMap((rule) => rule.class ?? []).filter((each) => each !== compatibility);
  const best = compatibilityClasses.find((each) => rules.some((rule) => rule.class === each));
  const left = rest.length > 0 ? worst(rest) : (best ?? compatibility);
  return compatibilityClasses.indexOf(left) < compatibilityClasses.indexOf(compatibility) ? left : null;
}
