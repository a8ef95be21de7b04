import type { Actor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import { isEmptyNote, type Intent, type ItemNote, type NotedItem } from '../../domain/itemNote.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import type { ItemNote as NoteRow, Prisma } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import { bulkInsert, type BulkTable } from './bulk.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { lockWorkspace } from './workspaces.ts';

/** A note as it is kept. */
export interface StoredNote extends NotedItem, ItemNote {
  updatedBy: Actor;
  updatedAt: Date;
}

const toNote = (row: NoteRow): StoredNote => ({
  sourceId: row.sourceId,
  itemType: row.itemType as ItemType,
  externalId: row.externalId,
  ownerContact: row.ownerContact,
  wave: row.wave,
  ticket: row.ticket,
  intent: row.intent as Intent | null,
  doneByHand:
    row.doneByHandAt && row.doneByHandBy !== null ? { at: row.doneByHandAt, by: row.doneByHandBy } : null,
  updatedBy: row.updatedBy as Actor,
  updatedAt: row.updatedAt,
});

interface NoteInsert {
  tenant_id: string;
  workspace_id: string;
  source_id: string;
  item_type: string;
  external_id: string;
  owner_contact: string | null;
  wave: string | null;
  ticket: string | null;
  intent: string | null;
  done_by_hand_at: string | null;
  done_by_hand_by: string | null;
  updated_by: Actor;
  updated_at: string;
}

const noteTable: BulkTable<NoteInsert> = {
  name: 'migration_item_notes',
  columns: {
    tenant_id: 'uuid',
    workspace_id: 'uuid',
    source_id: 'uuid',
    item_type: 'text',
    external_id: 'text',
    owner_contact: 'text',
    wave: 'text',
    ticket: 'text',
    intent: 'text',
    done_by_hand_at: 'timestamptz',
    done_by_hand_by: 'text',
    updated_by: 'jsonb',
    updated_at: 'timestamptz',
  },
};

const keyColumns = ['source_id', 'item_type', 'external_id'];
const replace = Object.keys(noteTable.columns)
  .filter((column) => !keyColumns.includes(column))
  .map((column) => `"${column}" = EXCLUDED."${column}"`)
  .join(', ');

/**
 * Replaces the note of each item that is given; one that says nothing is removed. `unknown_reference` or
 * `workspace_archived`. Writers of one workspace take turns at its row, so that the last one wins whole.
 */
export async function replaceNotes(
  database: Database,
  tenant: TenantId,
  workspaceId: string,
  notes: readonly (NotedItem & ItemNote)[],
  command: Command,
): Promise<{ kept: StoredNote[]; removed: number }> {
  return inTransaction(database, async (tx) => {
    // What the request gets wrong is told before what the state forbids.
    await requireSources(tx, tenant, workspaceId, notes);
    await lockWorkspace(tx, tenant, workspaceId, 'write');
    const gone = notes.filter(isEmptyNote);
    const kept = notes.filter((note) => !isEmptyNote(note));
    const removed = await removeNotes(tx, tenant, gone);
    const rows = kept.map((note) => toInsert(tenant, workspaceId, note, command));
    const suffix = `ON CONFLICT (${keyColumns.map((key) => `"${key}"`).join(', ')}) DO UPDATE SET ${replace}`;
    await bulkInsert(tx, noteTable, rows, suffix);
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.item_note.updated',
      targets: { workspace_id: workspaceId },
      facts: { kept: kept.length, removed, notes: notes.map(factsOf) },
    });
    const stored = kept.map((note) => ({ ...note, updatedBy: command.actor, updatedAt: command.at }));
    return { kept: stored, removed };
  });
}

const toInsert = (
  tenant: TenantId,
  workspaceId: string,
  note: NotedItem & ItemNote,
  command: Command,
): NoteInsert => ({
  tenant_id: tenant,
  workspace_id: workspaceId,
  source_id: note.sourceId,
  item_type: note.itemType,
  external_id: note.externalId,
  owner_contact: note.ownerContact,
  wave: note.wave,
  ticket: note.ticket,
  intent: note.intent,
  done_by_hand_at: note.doneByHand?.at.toISOString() ?? null,
  done_by_hand_by: note.doneByHand?.by ?? null,
  updated_by: command.actor,
  updated_at: command.at.toISOString(),
});

/** People named in a note can be taken out of it again, but never out of the audit trail: they do not go in. */
const factsOf = ({ ownerContact, doneByHand, ...note }: NotedItem & ItemNote) => ({
  source_id: note.sourceId,
  item_type: note.itemType,
  external_id: note.externalId,
  has_owner_contact: ownerContact !== null,
  wave: note.wave,
  ticket: note.ticket,
  intent: note.intent,
  done_by_hand_at: doneByHand?.at.toISOString() ?? null,
});

async function requireSources(
  tx: Transaction,
  tenant: TenantId,
  workspaceId: string,
  notes: readonly NotedItem[],
): Promise<void> {
  const ids = [...new Set(notes.map((note) => note.sourceId))];
  const found = await tx.source.findMany({
    where: { tenantId: tenant, workspaceId, id: { in: ids } },
    select: { id: true },
  });
  const known = new Set(found.map((row) => row.id));
  const errors = notes.flatMap(({ sourceId }, index) =>
    known.has(sourceId)
      ? []
      : [{ pointer: `/notes/${index}/source_id`, message: 'This workspace has no such source.' }],
  );
  if (errors.length > 0) throw new DomainError('unknown_reference', 'A source id is unknown.', { errors });
}

const keysOf = (items: readonly NotedItem[]) =>
  JSON.stringify(items.map((item) => ({ source: item.sourceId, type: item.itemType, id: item.externalId })));

async function removeNotes(tx: Transaction, tenant: TenantId, items: readonly NotedItem[]): Promise<number> {
  if (items.length === 0) return 0;
  return tx.$executeRaw`
    DELETE FROM "migration_item_notes" n
     USING json_to_recordset(${keysOf(items)}::json) AS k("source" uuid, "type" text, "id" text)
     WHERE n."tenant_id" = ${tenant}::uuid AND n."source_id" = k."source" AND n."item_type" = k."type"
       AND n."external_id" = k."id"`;
}

/** A workspace's notes by source, item type and external id, from behind the item `after`. */
export async function listNotes(
  db: Executor,
  tenant: TenantId,
  workspaceId: string,
  page: {
    after: NotedItem | null;
    limit: number;
    sourceId?: string | undefined;
    itemType?: ItemType | undefined;
    wave?: string | undefined;
    intent?: Intent | undefined;
  },
): Promise<StoredNote[]> {
  const { after, limit, sourceId, itemType, wave, intent } = page;
  const behind: Prisma.ItemNoteWhereInput[] = after
    ? [
        { sourceId: { gt: after.sourceId } },
        { sourceId: after.sourceId, itemType: { gt: after.itemType } },
        { sourceId: after.sourceId, itemType: after.itemType, externalId: { gt: after.externalId } },
      ]
    : [];
  const rows = await db.itemNote.findMany({
    where: {
      tenantId: tenant,
      workspaceId,
      ...(after && { OR: behind }),
      AND: [
        sourceId === undefined ? {} : { sourceId },
        itemType === undefined ? {} : { itemType },
        wave === undefined ? {} : { wave },
        intent === undefined ? {} : { intent },
      ],
    },
    orderBy: [{ sourceId: 'asc' }, { itemType: 'asc' }, { externalId: 'asc' }],
    take: limit,
  });
  return rows.map(toNote);
}

/** The key of an item among those of one source. */
export const itemKey = ({ itemType, externalId }: Pick<NotedItem, 'itemType' | 'externalId'>): string =>
  `${itemType}/${externalId}`;

/** The notes of a source's items, by `itemKey`; items without one are not in it. */
export async function findNotes(
  db: Executor,
  tenant: TenantId,
  sourceId: string,
  items: readonly Pick<NotedItem, 'itemType' | 'externalId'>[],
): Promise<Map<string, StoredNote>> {
  const types = [...new Set(items.map((item) => item.itemType))];
  if (types.length === 0) return new Map();
  const rows = await db.itemNote.findMany({
    where: {
      tenantId: tenant,
      sourceId,
      OR: types.map((itemType) => ({
        itemType,
        externalId: { in: items.filter((item) => item.itemType === itemType).map((item) => item.externalId) },
      })),
    },
  });
  return new Map(rows.map(toNote).map((note) => [itemKey(note), note]));
}

/** A note that names an owner. */
export type OwnedNote = StoredNote & { ownerContact: string };

/** A source's notes that name an owner, by owner, item type and external id, from behind `after`. */
export async function listOwnedNotes(
  db: Executor,
  tenant: TenantId,
  sourceId: string,
  page: { after: OwnedNote | null; limit: number },
): Promise<OwnedNote[]> {
  const { after, limit } = page;
  const { ownerContact = '', itemType = '', externalId = '' } = after ?? {};
  const rows = await db.itemNote.findMany({
    where: {
      tenantId: tenant,
      sourceId,
      ownerContact: after ? { gte: ownerContact } : { not: null },
      ...(after && {
        OR: [
          { ownerContact: { gt: ownerContact } },
          { ownerContact, itemType: { gt: itemType } },
          { ownerContact, itemType, externalId: { gt: externalId } },
        ],
      }),
    },
    orderBy: [{ ownerContact: 'asc' }, { itemType: 'asc' }, { externalId: 'asc' }],
    take: limit,
  });
  return rows.map(toNote).filter((note): note is OwnedNote => note.ownerContact !== null);
}
