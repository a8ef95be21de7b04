import {
  classMeanings,
  type CompatibilityClass,
  type Dependency,
  type Finding,
  type Judgement,
  type RuleWords,
  type Verdict,
} from '../assessment.ts';
import { fieldsOf } from './condition.ts';
import type { Rule, RuleSet } from './rule.ts';
import { fieldsOfText, fillText } from './wording.ts';

/** What is found of an item that no rule knows. A test over recorded objects asserts that it never happens. */
export const noRule = {
  id: 'no_rule',
  class: 'manual_rebuild_required',
  operator: 'high',
  user: 'none',
  text: 'No rule knows this kind of item.',
  remedy: 'Rebuild it by hand, and report it, so that a rule can be written.',
  /** What the kind is told as, which stands nowhere in the payload. */
  field: '',
} as const;

/** Fields that a rule reads and tells; the same for every item, so each rule is asked once. */
const readByRule = new WeakMap<Rule, readonly string[]>();

export function fieldsRead(rule: Rule): readonly string[] {
  const known = readByRule.get(rule);
  if (known) return known;
  const fields = [...new Set([...fieldsOf(rule.when), ...fieldsOfText(rule.text)])];
  readByRule.set(rule, fields);
  return fields;
}

/** The words of a set's rules, and of what it does not know. */
export const wordsOf = ({ rules, pointers }: Pick<RuleSet, 'rules' | 'pointers'>): RuleWords[] => [
  ...rules.map((rule) => ({
    rule_id: rule.id,
    outcome: rule.class,
    text: rule.text,
    remedy: rule.remedy,
    document: rule.document,
    fields: fieldsRead(rule).map((field) => ({ field, pointer: pointers[field] ?? field })),
  })),
  {
    rule_id: noRule.id,
    outcome: noRule.class,
    text: noRule.text,
    remedy: noRule.remedy,
    document: '',
    fields: [{ field: noRule.field, pointer: '' }],
  },
];

/** Tells a judgement in the words of its rules, of which there must be each that fired. */
export function tellVerdict(
  judgement: Judgement,
  words: ReadonlyMap<string, RuleWords>,
  dependsOn: readonly Dependency[],
): Verdict {
  const { rule_ids, evidence, ...judged } = judgement;
  const compatibility = judged.compatibility_class;
  const findings = rule_ids.map((id) => tellFinding(id, words.get(id), evidence));
  const deciding = findings.filter((finding) => finding.outcome === compatibility).map(({ text }) => text);
  return {
    ...judged,
    rationale: rationaleOf(compatibility, deciding, findings),
    approximation_notes: compatibility === 'import_with_approximation' ? deciding : [],
    blocked_reason: compatibility === 'blocked' ? deciding.join(' ') : null,
    findings,
    depends_on: [...dependsOn],
  };
}

function tellFinding(id: string, words: RuleWords | undefined, evidence: Judgement['evidence']): Finding {
  if (!words) throw new Error(`There are no words for the rule ${id}.`);
  const { fields, text, ...told } = words;
  return {
    ...told,
    text: fillText(text, evidence),
    evidence: fields.map(({ field, pointer }) => ({ pointer, value: evidence[field] })),
  };
}

/** Sentences a person can read: what the class means, why, and what else was noticed. */
function rationaleOf(
  compatibility: CompatibilityClass,
  deciding: readonly string[],
  findings: readonly Finding[],
): string {
  const reasons = compatibility === 'native_import' ? [] : deciding;
  const opening = `It ${classMeanings[compatibility]}${reasons.length > 0 ? ':' : '.'}`;
  const noticed = findings.filter((finding) => finding.outcome === null).map((finding) => finding.text);
  return [opening, ...reasons, ...noticed].join(' ');
}
