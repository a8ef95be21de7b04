import type { ApplicationSheet, ProviderSheet } from '../../domain/cutoverSheet.ts';
import type { Plan, SecretState, StepAction, StepStatus } from '../../domain/plan.ts';
import { markup, pageHeaders, styleSheet, type Markup } from '../http/markup.ts';
import { groupText } from './cutoverSheet.ts';

/** What the page tells; applications come page by page while it is written. */
export interface SheetPageInput {
  plan: Plan;
  printedAt: Date;
  providers(): AsyncIterable<readonly ProviderSheet[]>;
  applications(): AsyncIterable<readonly ApplicationSheet[]>;
}

const style = `
:root { font: 10.5pt/1.4 system-ui, sans-serif; color: #1b1f24; background: #fff; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2rem 0 .6rem; border-bottom: 2px solid #1b1f24; }
h3 { font-size: 1.05rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
section { border: 1px solid #c5cbd3; padding: .6rem .8rem; margin: .8rem 0; break-inside: avoid; }
dl { display: grid; grid-template-columns: 11rem 1fr; gap: .15rem 1rem; margin: 0; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
code { font-family: ui-monospace, monospace; font-size: .95em; }
.small { font-size: .88em; color: #4b5563; }
@page { margin: 15mm; }
@media print {
  :root { font-size: 9pt; }
  body { max-width: none; margin: 0; padding: 0; }
  h2, h3 { break-after: avoid; }
}
`;

export const sheetPageHeaders = pageHeaders(style);

const clock = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** A name of other people's: whatever direction it is written in, it turns nothing around it. */
const named = (text: string): Markup => markup`<bdi>${text}</bdi>`;
const code = (text: string): Markup => markup`<code>${named(text)}</code>`;

const statusWords: Readonly<Record<StepStatus, string>> = {
  planned: 'Planned',
  applied: 'Done',
  failed: 'Failed',
  skipped: 'Skipped',
  blocked: 'Cannot move',
  manual_follow_up: 'Left to people',
};
const doneWords: Readonly<Record<StepAction, string>> = {
  create: 'created',
  bind: 'was there already',
  none: 'nothing written',
};
const undoneWords: Readonly<Record<StepAction, string>> = {
  create: 'to be created',
  bind: 'is there already',
  none: 'nothing is written',
};
const secretWords: Readonly<Record<SecretState, string>> = {
  none: 'No secret has been made.',
  pending: 'A secret waits to be fetched, once.',
  delivered: 'The secret has been handed over.',
  lost: 'The secret was lost; make a new one.',
};

/** The page, a part at a time. */
export async function* sheetPage(input: SheetPageInput): AsyncGenerator<string> {
  yield opening(input).text;
  yield* part('Identity providers', input.providers(), (row) => providerSection(row, input.printedAt));
  yield* part('Applications', input.applications(), applicationSection);
  yield '</main></body></html>\n';
}

const opening = ({ plan, printedAt }: SheetPageInput): Markup => markup`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Cutover sheet of ${plan.name}</title>
${styleSheet(style)}</head>
<body><main>
<h1>Cutover sheet of ${named(plan.name)}</h1>
<p class="small">Revision ${plan.revision}, ${plan.status.replaceAll('_', ' ')}, as of ${clock(printedAt)}. Plan ${plan.id}.</p>
`;

async function* part<Row>(
  title: string,
  batches: AsyncIterable<readonly Row[]>,
  section: (row: Row) => Markup,
): AsyncGenerator<string> {
  yield markup`<h2>${title}</h2>
`.text;
  let any = false;
  for await (const batch of batches) {
    any ||= batch.length > 0;
    yield markup`${batch.map(section)}`.text;
  }
  if (!any) yield '<p>There are none in this plan.</p>\n';
}

type Line = readonly [term: string, value: Markup | string | null | readonly Markup[]];

/** A definition list of what is known; what is not takes no room. */
const lines = (all: readonly Line[]): Markup =>
  markup`<dl>${all.flatMap(([term, value]) =>
    value === null || (Array.isArray(value) && value.length === 0)
      ? []
      : [markup`<dt>${term}</dt><dd>${value}</dd>`],
  )}</dl>`;

const each = (texts: readonly string[], show: (text: string) => Markup = code): Markup[] =>
  texts.map((text, index) => markup`${index === 0 ? null : markup`<br>`}${show(text)}`);

const common = (row: ApplicationSheet | ProviderSheet): Line[] => [
  [
    'Status',
    `${statusWords[row.status]}: ${(row.status === 'applied' ? doneWords : undoneWords)[row.action]}`,
  ],
  ['Why', row.reason === null ? null : named(row.reason)],
  ['Owner', row.owner_contact === null ? null : named(row.owner_contact)],
  ['Wave', row.wave === null ? null : named(row.wave)],
  ['Ticket', row.ticket === null ? null : named(row.ticket)],
];

const optional = (text: string | null): Markup | null => (text === null ? null : code(text));

const section = (row: ApplicationSheet | ProviderSheet, own: readonly Line[]): Markup => markup`<section>
<h3>${named(row.name)}</h3>
${lines([...common(row), ...own])}
</section>
`;

const applicationSection = (row: ApplicationSheet): Markup =>
  section(row, [
    ['Old client id', optional(row.old_client_id)],
    ['New client id', optional(row.new_client_id)],
    ['', row.client_id_note],
    ['Issuer', optional(row.issuer)],
    ['Discovery', optional(row.discovery_url)],
    ['Method', optional(row.token_endpoint_auth_method)],
    ['Secret', row.new_client_id === null ? null : secretWords[row.secret_state]],
    ['Redirect URIs', each(row.redirect_uris)],
    ['Groups (members)', each(row.groups.map(groupText), named)],
    ['Guarded by', each(row.guarding_policies, named)],
  ]);

const providerSection = (row: ProviderSheet, now: Date): Markup =>
  section(row, [
    ['Partner\u2019s entity id', optional(row.entity_id)],
    ['Partner\u2019s sign-in', optional(row.sso_url)],
    ['Certificates', each(row.certificates.map((certificate) => certificateText(certificate, now)))],
    ['Our entity id', optional(row.service_provider?.entity_id ?? null)],
    ['Our ACS URL', optional(row.service_provider?.acs_url ?? null)],
    ['Our metadata', optional(row.service_provider?.metadata_url ?? null)],
    ['Partner confirmed', row.partner_confirmed ? confirmation(row.partner_confirmed) : 'Not recorded'],
  ]);

function certificateText({ sha256, not_after }: ProviderSheet['certificates'][number], now: Date): string {
  if (sha256 === null || not_after === null) return 'cannot be read';
  const ends = new Date(not_after) <= now ? 'EXPIRED on' : 'until';
  return `SHA-256 ${sha256}, ${ends} ${not_after.slice(0, 10)}`;
}

const confirmation = ({ by, at }: { by: string; at: string }): Markup =>
  markup`${clock(new Date(at))} by ${named(by)}`;
