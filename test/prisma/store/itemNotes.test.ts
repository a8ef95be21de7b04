import assert from 'node:assert/strict';
import type { ItemNote, NotedItem } from '../../../domain/itemNote.ts';
import {
  findNotes,
  listNotes,
  listOwnedNotes,
  replaceNotes,
  type OwnedNote,
} from '../../../prisma/store/itemNotes.ts';
import { useDatabase } from '../../support/database.ts';
import { commandOf, makePlace, newTenant, outcomes, type Place } from './support.ts';

describe('notes on items', () => {
  const opened = useDatabase();
  const db = () => opened().database;
  let place: Place;
  beforeEach(async () => {
    place = await makePlace(db());
  });

  const nothing: ItemNote = { ownerContact: null, wave: null, ticket: null, intent: null, doneByHand: null };
  const on = (externalId: string, said: Partial<ItemNote> = {}): NotedItem & ItemNote => ({
    ...{ sourceId: place.source.id, itemType: 'group', externalId },
    ...nothing,
    ...said,
  });
  const put = (...notes: (NotedItem & ItemNote)[]) =>
    replaceNotes(db(), place.tenant, place.workspace.id, notes, commandOf());
  const all = (limit = 1000) => listNotes(db(), place.tenant, place.workspace.id, { after: null, limit });

  it('replace each other whole, and go when nothing is left of them', async () => {
    await put(on('a', { wave: '1', ticket: 'T-1' }), on('b', { intent: 'keep' }));
    const { kept, removed } = await put(on('a', { ownerContact: 'edda@acme.example' }), on('b'), on('c'));
    assert.deepEqual([kept.length, removed], [1, 1]);
    const stored = await all();
    assert.deepEqual(stored, kept);
    assert.deepEqual([stored[0]?.wave, stored[0]?.ownerContact], [null, 'edda@acme.example']);
  });

  it('are the last writer\u2019s when two write at once in any order, and nobody waits for the other for ever', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `id${index}`);
    const written = (wave: string, order: string[]) =>
      put(...order.map((id, index) => (index % 3 === 0 ? on(id) : on(id, { wave }))));
    const writers = Array.from({ length: 8 }, (_, index) =>
      written(String(index), index % 2 === 0 ? ids : [...ids].reverse()),
    );
    assert.deepEqual(
      await outcomes(writers),
      writers.map(() => 'done'),
    );
    const waves = new Set((await all()).map((note) => note.wave));
    assert.equal(waves.size, 1, 'a mixture of several writers');
  });

  it('are found for items of their source alone', async () => {
    await put(on('a', { wave: '1' }), { ...on('a', { wave: '2' }), itemType: 'application' });
    const items = [
      { itemType: 'group', externalId: 'a' },
      { itemType: 'policy', externalId: 'a' },
      { itemType: 'group', externalId: 'b' },
    ] as const;
    const found = await findNotes(db(), place.tenant, place.source.id, items);
    assert.deepEqual(
      [...found].map(([key, note]) => [key, note.wave]),
      [['group/a', '1']],
    );
    assert.equal((await findNotes(db(), place.tenant, place.source.id, [])).size, 0);
    assert.equal((await findNotes(db(), newTenant(), place.source.id, items)).size, 0);
  });

  it('that name an owner are walked owner by owner, each once, whatever the size of the pages', async () => {
    const owners = ['b@acme.example', 'A@acme.example', 'a@acme.example', '\u00e9va'];
    const notes = Array.from({ length: 50 }, (_, index) =>
      on(`id${index}`, index % 5 === 4 ? { wave: '1' } : { ownerContact: owners[index % 5] ?? null }),
    );
    await put(...notes);
    const page = (after: OwnedNote | null, limit: number) =>
      listOwnedNotes(db(), place.tenant, place.source.id, { after, limit });
    const whole = await page(null, 1000);
    assert.equal(whole.length, 40);
    const changes = whole.filter((note, index) => note.ownerContact !== whole[index - 1]?.ownerContact);
    assert.equal(changes.length, owners.length, 'each owner\u2019s stand together');
    const walked: OwnedNote[] = [];
    for (let rows = await page(null, 7); rows.length > 0; rows = await page(walked.at(-1) ?? null, 7)) {
      walked.push(...rows);
    }
    assert.deepEqual(walked, whole);
  });
});
