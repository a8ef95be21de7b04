import { z } from 'zod';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { intents } from '../../domain/itemNote.ts';
import type { StoredNote } from '../../prisma/store/itemNotes.ts';
import { Time, time } from './common.ts';

const noteShape = {
  owner_contact: z.string().nullable(),
  wave: z.string().nullable(),
  ticket: z.string().nullable(),
  intent: z.enum(intents).nullable(),
  done_by_hand: z.strictObject({ at: Time, by: z.string() }).nullable(),
  updated_by: z.string(),
  updated_at: Time,
};

/** A note beside the item that it is about. */
export const NoteView = z.strictObject(noteShape).meta({ id: 'Note' });

export const viewNote = (note: StoredNote) => ({
  owner_contact: note.ownerContact,
  wave: note.wave,
  ticket: note.ticket,
  intent: note.intent,
  done_by_hand: note.doneByHand && { at: time(note.doneByHand.at), by: note.doneByHand.by },
  updated_by: note.updatedBy.id,
  updated_at: time(note.updatedAt),
});

/** A note that stands alone and names its item. */
export const ItemNoteView = z
  .strictObject({
    source_id: z.string(),
    item_type: z.enum(itemTypes),
    external_id: z.string(),
    ...noteShape,
  })
  .meta({ id: 'ItemNote' });

export const viewItemNote = (note: StoredNote) => ({
  source_id: note.sourceId,
  item_type: note.itemType,
  external_id: note.externalId,
  ...viewNote(note),
});
