// What the demo says at its end: what moved, what did not and why.
import { at, list, number, text, type Json } from './api.ts';
import type { Walked } from './walk.ts';

const classes = [
  'native_import',
  'import_with_approximation',
  'visibility_only',
  'manual_rebuild_required',
  'blocked',
] as const;

/** The summary as lines. */
export function report(walked: Walked): string[] {
  return [
    ...byKind(walked.assessment),
    '',
    ...created(walked.steps),
    '',
    ...notCreated(walked.steps),
    '',
    ...impacts(walked.impacts),
    '',
    `${walked.secretCount} client secrets were generated and shown once, in the answer to apply; the database keeps their hashes.`,
  ];
}

function byKind(assessment: Json): string[] {
  const kinds = Object.entries(at(assessment, 'summary', 'by_item_type') ?? {}) as [string, Json][];
  const head = `${'Judged'.padEnd(14)}${['native', 'approx.', 'visible', 'by hand', 'blocked'].map((word) => word.padStart(9)).join('')}`;
  const rows = kinds.map(([kind, counts]) => {
    const cells = classes.map((each) => String(number(counts, each) || '\u00b7').padStart(9));
    return `${kind.padEnd(14)}${cells.join('')}`;
  });
  return [head, ...rows];
}

function created(steps: readonly Json[]): string[] {
  const applied = steps.filter((step) => text(step, 'status') === 'applied');
  const contracts = [...new Set(applied.map((step) => text(step, 'target_contract')))];
  return [
    `Created at the target: ${applied.length}`,
    ...contracts.map((contract) => {
      const made = applied.filter((step) => text(step, 'target_contract') === contract);
      const names = made.map((step) => text(step, 'item', 'name'));
      return `  ${String(made.length).padStart(3)} ${contract}${contract === 'tenant_app_assignment' ? '' : `: ${names.join(', ')}`}`;
    }),
  ];
}

function notCreated(steps: readonly Json[]): string[] {
  const left = steps.filter((step) => text(step, 'status') !== 'applied');
  const reasons = [
    ...new Set(left.map((step) => `${text(step, 'status')} ${text(step, 'reason_code')}`)),
  ].sort();
  return [
    `Not created: ${left.length}, each with its reason`,
    ...reasons.map((reason) => {
      const alike = left.filter((step) => `${text(step, 'status')} ${text(step, 'reason_code')}` === reason);
      const [first] = alike;
      const example = first ? `${text(first, 'item', 'name')}: ${text(first, 'reason')}` : '';
      return `  ${String(alike.length).padStart(3)} ${reason}\n        e.g. ${shorten(example, 150)}`;
    }),
  ];
}

const shorten = (line: string, most: number) =>
  line.length > most ? `${line.slice(0, most - 1)}\u2026` : line;

function impacts(rows: readonly Json[]): string[] {
  return [
    'What people must know',
    ...rows.map(
      (row) =>
        `  ${text(row, 'severity').padEnd(9)}${text(row, 'audience').padEnd(20)}${text(row, 'impact_type')} (${number(row, 'item_count')})`,
    ),
  ];
}

/** What the demo promises; a line for each promise that was not kept. */
export function brokenPromises(walked: Walked, expected: { applications: number; groups: number }): string[] {
  const broken: string[] = [];
  const must = (kept: boolean, promise: string) => {
    if (!kept) broken.push(promise);
  };
  const { snapshot, assessment, execution, steps, evidence } = walked;
  must(
    number(snapshot, 'summary', 'application') === expected.applications,
    'every application is in the inventory',
  );
  must(number(snapshot, 'summary', 'group') === expected.groups, 'every group is in the inventory');
  must(
    list(snapshot, 'collections').every((row) => at(row, 'complete') === true),
    'every collection is read to its end',
  );
  must(number(assessment, 'summary', 'total') === number(snapshot, 'item_count'), 'every item has a verdict');
  must(steps.length === number(snapshot, 'item_count'), 'every item has a step');
  must(text(execution, 'status') === 'completed_with_follow_up', 'the execution completes with follow-up');
  must(number(execution, 'summary', 'applied') > 0, 'something is created');
  must(number(execution, 'summary', 'failed') === 0, 'no step fails');
  must(
    steps.filter((step) => text(step, 'secret_state') === 'delivered').length === walked.secretCount &&
      walked.secretCount > 0,
    'each confidential client\u2019s secret is delivered once',
  );
  must(
    list(evidence, 'handoff_criteria').some(
      (each) => text(each, 'code') === 'execution_recorded' && at(each, 'met') === true,
    ),
    'the evidence knows of the execution',
  );
  return broken;
}
