import type { ImpactDefinition, ItemFact, ItemSelection } from './definition.ts';
import { impactDefinitions } from './definitions.ts';
import { rulesMarked } from './marks.ts';

const facts: Readonly<Record<ItemFact, string>> = {
  unreachable: 'with assignments in force, none of which can be planned',
  grants: 'that a planned assignment names',
  filled: 'with members, or of which nobody knows how many',
  direct: 'of a person, in force, on an active application of the customer\u2019s',
  everyone: 'the built-in group of everybody, with a known number of members',
};

/** The impacts in Markdown: a row for each type and audience, from the definitions that are in force. */
export function describeImpacts(): string {
  const header = ['impact', 'audience', 'severity', 'unavoidable', 'told of', 'evidence'];
  const rows = impactDefinitions.map((definition) => [
    `\`${definition.type}\``,
    definition.audience,
    severityOf(definition),
    definition.unavoidable ? 'yes' : 'no',
    definition.when,
    evidenceOf(definition),
  ]);
  return [
    '# Change impacts',
    '',
    'A row of an assessment by type and audience, and only where something supports it. Its items, or what supports it',
    'beside them, are listed with it. Critical ones are acknowledged one by one.',
    '',
    ...[header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`),
    '',
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const severityOf = ({ severity, rises }: ImpactDefinition): string =>
  rises ? `${severity}, rises to ${rises.to}` : severity;

const evidenceOf = ({ items, objects = [], numbers = {}, beside }: ImpactDefinition): string =>
  [
    ...items.map(describeSelection),
    ...objects.map(({ what, kind }) => `${what} (\`${kind}\`)`),
    ...Object.values(numbers).flatMap((of) => (of ? `the number of people of ${describeSelection(of)}` : [])),
    ...(beside ? ['beside them: planned applications that these policies guard'] : []),
  ].join('; ');

/** A selection in words: `planned items of type group, on which rules a or b fire`. */
export function describeSelection(selection: ItemSelection): string {
  const { itemType, contract, classes, marks, planned, vendorKind, notVendorKind } = selection;
  const rules = marks ? rulesMarked(marks).map((id) => `\`${id}\``) : [];
  return [
    planned ? 'planned items' : 'items',
    itemType && `of type ${itemType}`,
    contract && `that become a \`${contract}\``,
    classes && `judged ${classes.join(' or ')}`,
    vendorKind !== undefined && `of the kind ${vendorKind}`,
    notVendorKind !== undefined && `of another kind than ${notVendorKind}`,
    ...(selection.facts ?? []).map((fact) => facts[fact]),
    marks && `on which ${rules.length > 0 ? rules.join(' or ') : 'no rule yet'} fires`,
  ]
    .filter((part) => typeof part === 'string')
    .join(' ');
}
