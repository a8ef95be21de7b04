import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Members } from '../../../activities/sources/members.ts';
import { escapePointer } from '../../../domain/jsonPointer.ts';

const clean = { unknown_values: [], unparsable: [] };

describe("Members of a vendor's object", () => {
  it('read as what they are', () => {
    const members = new Members({
      text: 'a',
      yes: true,
      number: 1.5,
      list: ['a', 'b'],
      objects: [{ id: 1 }],
      deep: { er: { text: 'c' } },
      record: { a: 1, b: null, c: '', d: 0 },
    });
    assert.equal(members.string('text'), 'a');
    assert.equal(members.boolean('yes'), true);
    assert.equal(members.number('number'), 1.5);
    assert.deepEqual(members.strings('list'), ['a', 'b']);
    assert.deepEqual(
      members.list('objects').map((each) => each.number('id')),
      [1],
    );
    assert.equal(members.at('deep', 'er').string('text'), 'c');
    assert.equal(members.string('deep', 'er', 'text'), 'c');
    assert.deepEqual(members.keys('record'), ['a', 'd']);
    assert.deepEqual(members.noticed, clean);
  });

  it('are no numbers when a double cannot hold them: rounded they would say something else', () => {
    const text = '{"id":9007199254740993,"least":-9007199254740992,"huge":1e400,"most":9007199254740991}';
    const members = new Members(JSON.parse(text));
    assert.deepEqual(
      ['id', 'least', 'huge', 'most'].map((name) => members.number(name)),
      [null, null, null, 9007199254740991],
    );
    assert.deepEqual(members.noticed, { ...clean, unparsable: ['/id', '/least', '/huge'] });
  });

  it('read as nothing when they are absent or null, which is no fault', () => {
    const members = new Members({ none: null });
    for (const name of ['none', 'absent']) {
      assert.equal(members.string(name), null);
      assert.equal(members.boolean(name), null);
      assert.equal(members.number(name), null);
      assert.equal(members.word(['A'], name), null);
      assert.equal(members.has(name), false);
      assert.deepEqual(members.strings(name), []);
      assert.deepEqual(members.list(name), []);
      assert.deepEqual(members.record(name), {});
      assert.equal(members.at(name).string('deeper'), null);
      assert.equal(members.string(name, 'deeper'), null);
    }
    assert.deepEqual(members.noticed, clean);
  });

  it('of another type read as nothing and are named by their pointer, once', () => {
    const members = new Members({ text: 5, list: ['a', 7, 'b'], nested: [{ a: 1 }, 'x'], object: 'no' });
    assert.equal(members.string('text'), null);
    assert.equal(members.string('text'), null);
    assert.deepEqual(members.strings('list'), ['a', 'b']);
    assert.equal(members.list('nested')[1]?.string('a'), null);
    assert.equal(members.at('object').string('any'), null);
    assert.deepEqual(members.noticed.unparsable, ['/text', '/list/1', '/nested/1', '/object']);
  });

  it('outside of a closed set survive verbatim and are named with their value', () => {
    const members = new Members({ mode: 'NEW_MODE', modes: ['A', 'B2'] });
    assert.equal(members.word(['A'], 'mode'), 'NEW_MODE');
    assert.deepEqual(members.words(['A'], 'modes'), ['A', 'B2']);
    members.word(['A'], 'mode');
    assert.deepEqual(members.noticed.unknown_values, [
      { pointer: '/mode', value: 'NEW_MODE' },
      { pointer: '/modes/1', value: 'B2' },
    ]);
  });

  it('are named by pointers in which ~ and / are escaped', () => {
    const members = new Members({ 'a/b': { 'c~d': 5 } });
    assert.equal(members.string('a/b', 'c~d'), null);
    assert.deepEqual(members.noticed.unparsable, ['/a~1b/c~0d']);
    assert.equal(escapePointer('~/'), '~0~1');
  });

  it('that every object inherits are not its members', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      const members = new Members({});
      assert.equal(members.string(name), null);
      assert.equal(members.has(name), false);
      assert.deepEqual(members.noticed, clean);
    }
  });

  it('never throw, whatever the object is and whatever is asked', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.string(), { maxLength: 3 }), (value, path) => {
        const members = new Members(value);
        members.string(...path);
        members.boolean(...path);
        members.number(...path);
        members.strings(...path);
        members.list(...path).map((each) => each.string(...path));
        members.word(['A'], ...path);
        members.words(['A'], ...path);
        members.record(...path);
        members.keys(...path);
        members.at(...path).has(...path);
        return true;
      }),
    );
  });
});
