import { classMeanings, compatibilityClasses } from '../assessment.ts';
import { itemTypes } from '../inventory/itemTypes.ts';
import { sourceTypes, type SourceType } from '../source.ts';
import type { Condition } from './condition.ts';
import type { Rule, RuleSet } from './rule.ts';
import { ruleSets } from './ruleSets.ts';

/** A condition in words, with fields and values as code. */
export function describeCondition(condition: Condition): string {
  switch (condition.op) {
    case 'is':
      return `${code(condition.field)} is ${value(condition.value)}`;
    case 'in':
      return `${code(condition.field)} is one of ${list(condition.values)}`;
    case 'present':
      return `${code(condition.field)} is given`;
    case 'empty':
      return `${code(condition.field)} is empty`;
    case 'some_in':
      return `${code(condition.field)} has ${oneOf(condition.values)}`;
    case 'every_in':
      return `${code(condition.field)} has nothing but ${list(condition.values)}`;
    case 'starts_with':
      return `${code(condition.field)} starts with ${oneOf(condition.prefixes)}`;
    case 'more_than':
      return `${code(condition.field)} is, or counts, more than ${condition.value}`;
    case 'all':
      return condition.of.length === 0 ? 'always' : joined(condition.of, ' and ');
    case 'any':
      return condition.of.length === 0 ? 'never' : joined(condition.of, ' or ');
    case 'not':
      return describeOpposite(condition.of);
  }
}

function describeOpposite(condition: Condition): string {
  switch (condition.op) {
    case 'is':
      return `${code(condition.field)} is not ${value(condition.value)}`;
    case 'in':
      return `${code(condition.field)} is none of ${list(condition.values)}`;
    case 'present':
      return `${code(condition.field)} is not given`;
    case 'empty':
      return `${code(condition.field)} is not empty`;
    case 'some_in':
      return `${code(condition.field)} has ${condition.values.length === 1 ? 'no' : 'none of'} ${list(condition.values)}`;
    case 'every_in':
      return `${code(condition.field)} has something else than ${list(condition.values)}`;
    case 'not':
      return describeCondition(condition.of);
    case 'starts_with':
    case 'more_than':
    case 'all':
    case 'any':
      return `not (${describeCondition(condition)})`;
  }
}

const code = (text: string) => `\`${text}\``;
const value = (scalar: string | number | boolean | null) =>
  scalar === null ? 'not given' : scalar === '' ? 'empty' : code(String(scalar));
const list = (values: readonly (string | number | boolean | null)[]) => values.map(value).join(', ');
const oneOf = (values: readonly string[]) => (values.length === 1 ? list(values) : `one of ${list(values)}`);

/** Parts that join others by the other word stand in brackets. */
const joined = (parts: readonly Condition[], word: ' and ' | ' or ') =>
  parts
    .map((part) =>
      parts.length > 1 && (part.op === 'all' || part.op === 'any') && part.of.length > 1
        ? `(${describeCondition(part)})`
        : describeCondition(part),
    )
    .join(word);

const vendors: Readonly<Record<SourceType, string>> = { okta: 'Okta', entra: 'Microsoft Entra' };

/** Every rule in words, as Markdown: what `npm run rules` writes to docs/rules.md. */
export function describeRules(): string {
  const sets = sourceTypes.flatMap((source) => itemTypes.map((itemType) => ruleSets[source][itemType]));
  return `# Rules

Written by \`npm run rules\` from \`domain/rules\`; change a rule there. All rules of an item's type run and every finding
is kept. A rule marked *scope* settles the verdict before any other; else the worst class among the findings wins, in
this order:

${compatibilityClasses.map((each) => `- ${code(each)}: it ${classMeanings[each]}`).join('\n')}

Each type of a vendor has one rule for ${code('native_import')} at most, an allow-list. An item that no rule knows is
rebuilt by hand (${code('no_rule')}). A rule without a class adds a finding and changes none.

${sets.map(describeSet).join('\n\n')}
`;
}

function describeSet(set: RuleSet): string {
  const facts = Object.entries(set.facts).map(([field, words]) => `- ${code(field)}: ${words}`);
  return [
    `## ${vendors[set.source]}: ${set.itemType}`,
    ...(facts.length > 0 ? [`Facts that no single member states:`, facts.join('\n')] : []),
    ...set.rules.map(describeRule),
  ].join('\n\n');
}

function describeRule(rule: Rule): string {
  const outcome = rule.class === null ? 'finding' : code(rule.class);
  const impacts = rule.impacts ? `; evidence for ${rule.impacts.map(code).join(', ')}` : '';
  return `### ${rule.id}

${outcome}${rule.scope ? ' (*scope*)' : ''}; work for operators: ${rule.operator}, for people: ${rule.user}${impacts}

- When ${describeCondition(rule.when)}.
- ${rule.text}
- ${rule.remedy}
- ${rule.document === '' ? 'No document' : `<${rule.document}>`}, as of ${rule.asOf}`;
}
