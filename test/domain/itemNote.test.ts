import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { isEmptyNote, ItemNotesInput } from '../../domain/itemNote.ts';

const source = randomUUID();
const note = { source_id: source, item_type: 'group', external_id: '00g1' };

/** Where several notes are refused, as pointers; none when they are taken. */
function refusals(...notes: unknown[]): string[] {
  const result = ItemNotesInput.safeParse({ notes });
  return result.success ? [] : result.error.issues.map((issue) => `/${issue.path.join('/')}`);
}

describe('a note on an item', () => {
  it('is given whole: what is left out is none', () => {
    const { notes } = ItemNotesInput.parse({ notes: [note] });
    const none = { owner_contact: null, wave: null, ticket: null, intent: null, done_by_hand: null };
    assert.deepEqual(notes, [{ ...note, ...none }]);
  });

  it('may be on an item that no snapshot holds, but not of a type that nobody knows', () => {
    assert.deepEqual(refusals({ ...note, external_id: 'anything at all / \u202e' }), []);
    assert.deepEqual(refusals({ ...note, item_type: 'person' }), ['/notes/0/item_type']);
  });

  it('says something in each member that it gives', () => {
    for (const member of ['owner_contact', 'wave', 'ticket', 'intent']) {
      for (const value of ['', ' ', 'a\u0000b', 'x'.repeat(201), 7]) {
        assert.deepEqual(
          refusals({ ...note, [member]: value }),
          [`/notes/0/${member}`],
          `${member} ${value}`,
        );
      }
      assert.deepEqual(refusals({ ...note, [member]: null }), [], member);
    }
    for (const external_id of ['', 'a\u0000b', '\ud800', 'x'.repeat(501)]) {
      assert.deepEqual(refusals({ ...note, external_id }), ['/notes/0/external_id']);
    }
  });

  it('says when and by whom something was done by hand, or neither', () => {
    const done = (done_by_hand: unknown) => refusals({ ...note, done_by_hand });
    assert.deepEqual(done({ at: '2026-03-01T12:00:00Z', by: 'Edda' }), []);
    assert.deepEqual(done({ at: '2026-03-01T12:00:00Z' }), ['/notes/0/done_by_hand/by']);
    assert.deepEqual(done({ by: 'Edda' }), ['/notes/0/done_by_hand/at']);
    for (const at of ['yesterday', '2026-03-01', '2026-03-01T12:00:00+01:00', '0000-01-01T00:00:00Z']) {
      assert.deepEqual(done({ at, by: 'Edda' }), ['/notes/0/done_by_hand/at'], at);
    }
  });

  it('is given once for each item, among five hundred at most', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...note, external_id: String(index) }));
    assert.deepEqual(refusals(...many(500)), []);
    assert.deepEqual(refusals(...many(501)), ['/notes']);
    assert.deepEqual(refusals(), ['/notes']);
    assert.deepEqual(refusals(note, { ...note, item_type: 'application' }, note), ['/notes/2']);
    assert.deepEqual(refusals(note, { ...note, source_id: source.toUpperCase() }), ['/notes/1']);
  });

  it('is empty when nothing is said, and not when anything is', () => {
    const none = { ownerContact: null, wave: null, ticket: null, intent: null, doneByHand: null };
    assert.equal(isEmptyNote(none), true);
    const each = [
      { ownerContact: 'a' },
      { wave: 'a' },
      { ticket: 'a' },
      { intent: 'keep' as const },
      { doneByHand: { at: new Date(), by: 'a' } },
    ];
    for (const some of each) assert.equal(isEmptyNote({ ...none, ...some }), false);
  });
});
