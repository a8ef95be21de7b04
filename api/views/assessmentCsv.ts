import { remediesOf } from '../../domain/assessment.ts';
import type { AssessedItem } from '../../prisma/store/verdicts.ts';
import type { StoredNote } from '../../prisma/store/itemNotes.ts';
import { timeOrNull } from './common.ts';

/** A judged item with what people noted of it. */
export interface ReportedItem {
  item: AssessedItem;
  note: StoredNote | null;
}

type Cell = (reported: ReportedItem) => string | null;

const columns: readonly (readonly [string, Cell])[] = [
  ['item_type', ({ item }) => item.itemType],
  ['name', ({ item }) => item.name],
  ['external_id', ({ item }) => item.externalId],
  ['vendor_kind', ({ item }) => item.vendorKind],
  ['compatibility_class', ({ item }) => item.verdict.compatibility_class],
  ['target_contract', ({ item }) => item.verdict.target_contract],
  ['rationale', ({ item }) => item.verdict.rationale],
  ['blocked_reason', ({ item }) => item.verdict.blocked_reason],
  ['approximation_notes', ({ item }) => item.verdict.approximation_notes.join(' ')],
  ['operator_impact', ({ item }) => item.verdict.operator_impact],
  ['user_impact', ({ item }) => item.verdict.user_impact],
  ['lifts_to', ({ item }) => item.verdict.lifts_to],
  ['rules', ({ item }) => item.verdict.findings.map((finding) => finding.rule_id).join(' ')],
  ['remedies', ({ item }) => remediesOf(item.verdict).join(' ')],
  ['owner_contact', ({ note }) => note?.ownerContact ?? null],
  ['wave', ({ note }) => note?.wave ?? null],
  ['ticket', ({ note }) => note?.ticket ?? null],
  ['intent', ({ note }) => note?.intent ?? null],
  ['done_by_hand_at', ({ note }) => timeOrNull(note?.doneByHand?.at ?? null)],
];

export const reportHeader: readonly string[] = columns.map(([name]) => name);

export const reportRow = (reported: ReportedItem): (string | null)[] =>
  columns.map(([, cell]) => cell(reported));
