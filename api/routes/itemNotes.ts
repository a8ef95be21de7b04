import { z } from 'zod';
import { SourceId } from '../../domain/ids.ts';
import { itemTypes, type ItemType } from '../../domain/inventory/itemTypes.ts';
import { intents, ItemNotesInput } from '../../domain/itemNote.ts';
import { DisplayName } from '../../domain/workspace.ts';
import { listNotes, replaceNotes } from '../../prisma/store/itemNotes.ts';
import { defaultLimit, pageOf, pageQuery, startOf } from '../http/list.ts';
import { route } from '../http/route.ts';
import { listOf } from '../views/common.ts';
import { ItemNoteView, viewItemNote } from '../views/itemNote.ts';

const path = '/workspaces/:workspace_id/item-notes';

const NotesQuery = z.object({
  ...pageQuery,
  source_id: SourceId.optional(),
  item_type: z.enum(itemTypes).optional(),
  wave: DisplayName.optional(),
  intent: z.enum(intents).optional(),
});

const Replaced = z
  .strictObject({
    /** The notes as they are now. */
    data: z.array(ItemNoteView),
    /** How many were removed, because nothing was left of them. */
    removed: z.int(),
  })
  .meta({ id: 'ReplacedItemNotes' });

export const itemNoteRoutes = [
  route({
    method: 'PUT',
    path,
    permission: 'portal.migrations.manage',
    summary: 'Replace the notes of items, 500 at most; a note that says nothing is removed',
    body: ItemNotesInput,
    replies: { 200: Replaced },
    async handle({ services, tenant, scope, body, command }) {
      const notes = body.notes.map((note) => ({
        sourceId: note.source_id,
        itemType: note.item_type,
        externalId: note.external_id,
        ownerContact: note.owner_contact,
        wave: note.wave,
        ticket: note.ticket,
        intent: note.intent,
        doneByHand: note.done_by_hand && { at: new Date(note.done_by_hand.at), by: note.done_by_hand.by },
      }));
      const { kept, removed } = await replaceNotes(
        services.database,
        tenant,
        scope.workspace.id,
        notes,
        command,
      );
      return { status: 200, body: { data: kept.map(viewItemNote), removed } };
    },
  }),
  route({
    method: 'GET',
    path,
    permission: 'portal.migrations.view',
    summary: 'List what people noted of items, by source, item type and external id',
    query: NotesQuery,
    replies: { 200: listOf(ItemNoteView) },
    async handle({ services, tenant, scope, query, path }) {
      const { source_id: sourceId, item_type: itemType, wave, intent } = query;
      const filters = { sourceId, itemType, wave, intent };
      const limit = query.limit ?? defaultLimit;
      const start = startOf(services, { path, filters }, query);
      const after = start && {
        sourceId: String(start[0]),
        itemType: String(start[1]) as ItemType,
        externalId: String(start[2]),
      };
      const rows = await listNotes(services.database, tenant, scope.workspace.id, {
        after,
        limit: limit + 1,
        ...filters,
      });
      return {
        status: 200,
        body: pageOf(
          services,
          { path, filters },
          limit,
          rows,
          (row) => [row.sourceId, row.itemType, row.externalId],
          viewItemNote,
        ),
      };
    },
  }),
];
