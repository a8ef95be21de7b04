import { z } from 'zod';
import { SourceId } from './ids.ts';
import { itemTypes, type ItemType } from './inventory/itemTypes.ts';
import { DisplayName } from './workspace.ts';

/** What people mean to do with an item; it decides nothing by itself. */
export const intents = ['migrate', 'retire', 'keep'] as const;
export type Intent = (typeof intents)[number];

/** What people know of an item beside its verdict. It changes no status. */
export interface ItemNote {
  ownerContact: string | null;
  wave: string | null;
  ticket: string | null;
  intent: Intent | null;
  doneByHand: { at: Date; by: string } | null;
}

/** The item that a note is about, by what stays the same from snapshot to snapshot. */
export interface NotedItem {
  sourceId: string;
  itemType: ItemType;
  externalId: string;
}

const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null);

/** Long enough for every vendor's ids, and short enough for an index entry. */
export const ExternalId = z
  .string()
  .min(1, 'Give the id that the vendor knows the item by.')
  .max(500, 'At most 500 characters.')
  .refine((text) => !text.includes('\u0000') && text.isWellFormed(), 'The text is not well-formed Unicode.');

const DoneAt = z.iso
  .datetime({ error: 'Give a time in UTC, such as 2026-03-01T12:00:00Z.', abort: true })
  .refine((text) => Date.parse(text) >= 0, 'Give a time after 1970.');

/** A note as it is given: whole, so that a member left out is none. */
export const ItemNoteInput = z.strictObject({
  source_id: SourceId,
  item_type: z.enum(itemTypes),
  external_id: ExternalId,
  owner_contact: optional(DisplayName),
  wave: optional(DisplayName),
  ticket: optional(DisplayName),
  intent: optional(z.enum(intents)),
  done_by_hand: optional(z.strictObject({ at: DoneAt, by: DisplayName })),
});
export type ItemNoteInput = z.infer<typeof ItemNoteInput>;

/** Several notes at once, each of another item. */
export const ItemNotesInput = z.strictObject({
  notes: z
    .array(ItemNoteInput)
    .min(1, 'Give a note.')
    .max(500, 'At most 500 notes at once.')
    .superRefine((notes, context) => {
      const seen = new Set<string>();
      for (const [index, note] of notes.entries()) {
        const key = JSON.stringify([note.source_id, note.item_type, note.external_id]);
        if (seen.has(key)) {
          context.addIssue({ code: 'custom', path: [index], message: 'A note of this item stands above.' });
        }
        seen.add(key);
      }
    }),
});

/** That a note says nothing, so that its row goes. */
export const isEmptyNote = ({ ownerContact, wave, ticket, intent, doneByHand }: ItemNote): boolean =>
  [ownerContact, wave, ticket, intent, doneByHand].every((member) => member === null);
