import {
  compatibilityClasses,
  remediesOf,
  type Assessment,
  type AssessmentSummary,
  type CompatibilityClass,
} from '../../domain/assessment.ts';
import type { Acknowledgement, Audience, Impact, Severity } from '../../domain/impacts.ts';
import { itemTypes, type ItemType } from '../../domain/inventory/itemTypes.ts';
import type { Intent } from '../../domain/itemNote.ts';
import type { SourceType } from '../../domain/source.ts';
import type { StoredNote } from '../../prisma/store/itemNotes.ts';
import { markup, pageHeaders, styleSheet, type Markup } from '../http/markup.ts';
import type { ReportedItem } from './assessmentCsv.ts';

/** What the page tells, items aside: those come page by page while it is written. */
export interface AssessmentReport {
  assessment: Assessment & { summary: AssessmentSummary };
  workspaceName: string;
  source: { name: string; sourceType: SourceType };
  snapshotEndedAt: Date | null;
  superseded: boolean;
  impacts: readonly Impact[];
  /** Decisions that people owe on items that overlap with what the target holds. */
  decisions: { pending: number; total: number };
  itemsOfClass(compatibility: CompatibilityClass): AsyncIterable<readonly ReportedItem[]>;
  /** In the order of their owners. */
  ownedItems(): AsyncIterable<readonly (ReportedItem & { owner: string })[]>;
}

const classWords: Readonly<Record<CompatibilityClass, { title: string; meaning: string }>> = {
  native_import: {
    title: 'Moves as it is',
    meaning: 'It can be recreated at the target just as it is today.',
  },
  import_with_approximation: {
    title: 'Moves with differences',
    meaning:
      'It can be recreated at the target, but not everything about it stays the same. The differences are listed.',
  },
  visibility_only: {
    title: 'For information',
    meaning: 'It is listed so that nothing is overlooked. It is not something that is moved.',
  },
  manual_rebuild_required: {
    title: 'Rebuild by hand',
    meaning: 'The target can do what it does, but somebody has to set it up there.',
  },
  blocked: {
    title: 'Cannot move',
    meaning: 'It cannot be moved as things are. The reason, and what would help, is listed.',
  },
};

const typeWords: Readonly<Record<ItemType, string>> = {
  application: 'Application',
  provider: 'Identity provider',
  routing_rule: 'Routing rule',
  policy: 'Policy',
  group: 'Group',
  assignment: 'Assignment',
  domain: 'Domain',
};

const audienceWords: Readonly<Record<Audience, string>> = {
  end_users: 'Everybody who signs in',
  application_owners: 'Application owners',
  administrators: 'Administrators',
  help_desk: 'Help desk',
  security: 'Security',
};

const severityWords: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};

const intentWords: Readonly<Record<Intent, string>> = {
  migrate: 'to be migrated',
  retire: 'to be retired',
  keep: 'to be kept where it is',
};

const sourceWords: Readonly<Record<SourceType, string>> = { okta: 'Okta', entra: 'Microsoft Entra' };

/** The gravest first, as people want to read it. */
const classOrder = [...compatibilityClasses].reverse();

const style = `
:root { font: 10.5pt/1.45 system-ui, sans-serif; color: #1b1f24; background: #fff; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; border-bottom: 2px solid #1b1f24; }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; overflow-wrap: anywhere; }
p { margin: .4rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: .6rem 0; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; margin: .6rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border: 1px solid #c5cbd3; overflow-wrap: anywhere; }
thead th { background: #eef1f4; }
.items, .impacts { table-layout: fixed; }
.impacts th:nth-child(1) { width: 10%; }
.impacts th:nth-child(2) { width: 18%; }
.impacts th:nth-child(4) { width: 20%; }
.items th:nth-child(1) { width: 27%; }
.items th:nth-child(3) { width: 33%; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.small { font-size: .88em; color: #4b5563; }
.warning { border: 2px solid #9a3412; padding: .5rem .8rem; }
ul { margin: 0; padding-left: 1.1rem; }
@page { margin: 15mm; }
@media print {
  :root { font-size: 9pt; }
  body { max-width: none; margin: 0; padding: 0; }
  h2, h3 { break-after: avoid; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  thead th { background: none; }
}
`;

export const assessmentPageHeaders = pageHeaders(style);

const clock = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** A name of other people's: whatever direction it is written in, it turns nothing around it. */
const named = (text: string): Markup => markup`<bdi>${text}</bdi>`;

/** The page, a part at a time; what it holds of items is never more than a batch. */
export async function* assessmentPage(report: AssessmentReport): AsyncGenerator<string> {
  yield opening(report).text;
  yield* byOwner(report);
  for (const compatibility of classOrder) yield* byClass(report, compatibility);
  yield '</main></body></html>\n';
}

const opening = (report: AssessmentReport): Markup => markup`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Assessment of ${report.source.name}</title>
${styleSheet(style)}</head>
<body><main>
<h1>What can move from ${named(report.source.name)}</h1>
${report.superseded ? markup`<p class="warning">A newer assessment of this source has been made since.</p>` : null}
${facts(report)}
<h2>What the verdicts mean</h2>
<dl>${classOrder.map(meaning)}</dl>
<h2>Totals</h2>
${totals(report.assessment.summary)}
<h2>What people will notice</h2>
${impacts(report.impacts)}
${decisions(report.decisions)}
`;

const facts = ({
  assessment,
  workspaceName,
  source,
  snapshotEndedAt,
}: AssessmentReport): Markup => markup`<dl>
<dt>Workspace</dt><dd>${named(workspaceName)}</dd>
<dt>Source</dt><dd>${named(source.name)} (${sourceWords[source.sourceType]})</dd>
<dt>Inventory of</dt><dd>${snapshotEndedAt && clock(snapshotEndedAt)}</dd>
<dt>Judged</dt><dd>${clock(assessment.asOf)}</dd>
<dt>Version of the rules</dt><dd>${assessment.classifierVersion}</dd>
<dt>Assessment</dt><dd>${assessment.id}</dd>
</dl>`;

const meaning = (each: CompatibilityClass): Markup => markup`
<dt>${classWords[each].title}</dt><dd>${classWords[each].meaning} <span class="small">(${each})</span></dd>`;

type Counts = Readonly<Record<CompatibilityClass, number>>;

function totals({ by_class, by_item_type }: AssessmentSummary): Markup {
  const kinds = itemTypes.map((type) => totalsRow(typeWords[type], by_item_type[type]));
  const titles = classOrder.map((each) => markup`<th scope="col">${classWords[each].title}</th>`);
  return markup`<table>
<thead><tr><th scope="col">Kind</th>${titles}<th scope="col">All</th></tr></thead>
<tbody>${kinds}${totalsRow('All', by_class)}
</tbody></table>`;
}

/** A line of the totals; none for a kind of which there is nothing. */
function totalsRow(title: string, counts: Counts | undefined): Markup | null {
  if (!counts) return null;
  const all = classOrder.reduce((sum, each) => sum + counts[each], 0);
  const cells = [...classOrder.map((each) => counts[each]), all].map(
    (count) => markup`<td class="number">${count}</td>`,
  );
  return all === 0
    ? null
    : markup`
<tr><th scope="row">${title}</th>${cells}</tr>`;
}

const impacts = (rows: readonly Impact[]): Markup =>
  rows.length === 0
    ? markup`<p>Nothing was found that anybody has to be told of.</p>`
    : markup`<table class="impacts">
<thead><tr><th scope="col">Severity</th><th scope="col">Who</th><th scope="col">What it means</th><th scope="col">Acknowledged</th></tr></thead>
<tbody>${rows.map(impactRow)}
</tbody></table>`;

const impactRow = ({ severity, audience, summary, unavoidable, acknowledged }: Impact): Markup => markup`
<tr><td>${severityWords[severity]}</td><td>${audienceWords[audience]}</td><td>${summary}${
  unavoidable ? ' This cannot be avoided.' : null
}</td><td>${acknowledged ? acknowledgement(acknowledged) : 'Not yet'}</td></tr>`;

const acknowledgement = ({ by, at, note }: Acknowledgement): Markup =>
  markup`${clock(at)} by ${named(by)}${note === null || note === '' ? null : markup`: ${named(note)}`}`;

const decisions = ({ pending, total }: AssessmentReport['decisions']): Markup | null =>
  total === 0
    ? null
    : markup`<h2>Decisions on overlaps</h2>
<p>${total} ${total === 1 ? 'item overlaps' : 'items overlap'} with what the target already holds. ${
        pending === 0 ? 'All of them are decided.' : `Decisions that are still owed: ${pending}.`
      }</p>`;

const itemsBegin = markup`<table class="items">
<thead><tr><th scope="col">Item</th><th scope="col">Why</th><th scope="col">What to do</th></tr></thead>
<tbody>`;
const itemsEnd = markup`
</tbody></table>
`;

async function* byOwner(report: AssessmentReport): AsyncGenerator<string> {
  let owner: string | null = null;
  for await (const batch of report.ownedItems()) {
    const parts: Markup[] = [];
    for (const reported of batch) {
      if (reported.owner !== owner) {
        parts.push(
          owner === null ? markup`<h2>By owner</h2>` : itemsEnd,
          markup`<h3>${named(reported.owner)}</h3>`,
          itemsBegin,
        );
        owner = reported.owner;
      }
      parts.push(itemRow(reported, classWords[reported.item.verdict.compatibility_class].title));
    }
    yield markup`${parts}`.text;
  }
  if (owner !== null) yield itemsEnd.text;
}

async function* byClass(report: AssessmentReport, compatibility: CompatibilityClass): AsyncGenerator<string> {
  const count = report.assessment.summary.by_class[compatibility];
  if (count === 0) return;
  const { title, meaning } = classWords[compatibility];
  yield markup`<h2>${title}: ${count} ${count === 1 ? 'item' : 'items'}</h2><p>${meaning}</p>${itemsBegin}`
    .text;
  for await (const batch of report.itemsOfClass(compatibility)) {
    yield markup`${batch.map((reported) => itemRow(reported, null))}`.text;
  }
  yield itemsEnd.text;
}

/** `verdict` is the class in words, where the heading above does not say it. */
const itemRow = ({ item, note }: ReportedItem, verdict: string | null): Markup => markup`
<tr><td><b>${item.name === '' ? 'Without a name' : named(item.name)}</b><br><span class="small">${typeWords[item.itemType]} · ${named(item.externalId)}${
  note && markup`<br>${noteText(note)}`
}</span></td><td>${verdict === null ? null : markup`<b>${verdict}.</b> `}${named(item.verdict.rationale)}</td><td>${toDo(
  remediesOf(item.verdict),
)}</td></tr>`;

const toDo = (remedies: readonly string[]): Markup | string =>
  remedies.length === 0
    ? 'Nothing.'
    : markup`<ul>${remedies.map((remedy) => markup`<li>${remedy}</li>`)}</ul>`;

const noteText = ({ ownerContact, wave, ticket, intent, doneByHand }: StoredNote): (Markup | null)[] => [
  ownerContact === null ? null : markup`Owner: ${named(ownerContact)}. `,
  wave === null ? null : markup`Wave: ${named(wave)}. `,
  ticket === null ? null : markup`Ticket: ${named(ticket)}. `,
  intent === null ? null : markup`It is ${intentWords[intent]}. `,
  doneByHand && markup`Done by hand ${clock(doneByHand.at)} by ${named(doneByHand.by)}. `,
];
