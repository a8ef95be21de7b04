import assert from 'node:assert/strict';
import {
  absent,
  all,
  any,
  empty,
  everyIn,
  fieldsOf,
  holds,
  is,
  isIn,
  moreThan,
  not,
  present,
  readField,
  some,
  someIn,
  someOutside,
  startsWith,
  type Condition,
} from '../../../domain/rules/condition.ts';

const subject = {
  word: 'code',
  nothing: null,
  undefined: undefined,
  flag: false,
  zero: 0,
  list: ['a', 'b'],
  none: [],
  objects: [{ id: 1 }],
  inner: { word: 'deep', list: ['c'] },
};

describe('a condition', () => {
  const table: [string, Condition, boolean][] = [
    ['is the same value', is('word', 'code'), true],
    ['is another value', is('word', 'Code'), false],
    ['is false', is('flag', false), true],
    ['is false where there is nothing', is('nothing', false), false],
    ['is null where there is nothing', is('missing', null), true],
    ['is one of', isIn('word', ['x', 'code']), true],
    ['is none of', isIn('word', ['x']), false],
    ['is one of, null included', isIn('missing', ['x', null]), true],
    ['is present', present('flag'), true],
    ['is present though empty', present('none'), true],
    ['is not present when null', present('nothing'), false],
    ['is not present when undefined', present('undefined'), false],
    ['is absent', absent('missing'), true],
    ['is an empty list', empty('none'), true],
    ['is an empty list where there is nothing', empty('missing'), true],
    ['is no empty list', empty('list'), false],
    ['has some entry', some('list'), true],
    ['has no entry', some('none'), false],
    ['a word is no list', some('word'), false],
    ['has one of the entries', someIn('list', 'b', 'z'), true],
    ['has none of the entries', someIn('list', 'z'), false],
    ['has none of the entries where there is nothing', someIn('missing', 'a'), false],
    ['has only these entries', everyIn('list', ['a', 'b', 'c']), true],
    ['has other entries', everyIn('list', ['a']), false],
    ['has only these entries when it has none', everyIn('none', []), true],
    ['has an entry outside', someOutside('list', ['a']), true],
    ['has no entry outside', someOutside('list', ['a', 'b']), false],
    ['an object is an entry outside', someOutside('objects', ['a']), true],
    ['begins so', startsWith('word', 'x', 'co'), true],
    ['begins otherwise', startsWith('word', 'ode'), false],
    ['a list begins with nothing', startsWith('list', 'a'), false],
    ['has more than', moreThan('list', 1), true],
    ['has not more than', moreThan('list', 2), false],
    ['is more than', moreThan('zero', -1), true],
    ['is not more than', moreThan('zero', 0), false],
    ['nothing is more than nothing', moreThan('missing', 0), false],
    ['all of none', all(), true],
    ['any of none', any(), false],
    ['all', all(is('word', 'code'), is('zero', 0)), true],
    ['not all', all(is('word', 'code'), is('zero', 1)), false],
    ['any', any(is('word', 'x'), is('zero', 0)), true],
    ['not any', any(is('word', 'x'), is('zero', 1)), false],
    ['not', not(is('word', 'x')), true],
    ['reads into objects', all(is('inner.word', 'deep'), someIn('inner.list', 'c')), true],
  ];
  for (const [told, condition, expected] of table) {
    it(`${expected ? 'holds' : 'does not hold'}: ${told}`, () =>
      assert.equal(holds(condition, subject), expected));
  }

  it('reads no member that the subject does not have itself', () => {
    for (const field of [
      'constructor',
      'toString',
      '__proto__',
      'inner.constructor',
      'word.length',
      'list.0.x',
    ]) {
      assert.equal(readField(subject, field), null, field);
    }
  });

  it('says which fields it reads, each once', () => {
    const condition = all(is('a', 1), any(present('b.c'), not(empty('a'))), someOutside('d', []));
    assert.deepEqual(fieldsOf(condition), ['a', 'b.c', 'd']);
  });

  it('is data that can be written down and read back', () => {
    const condition = all(is('word', 'code'), not(someOutside('list', ['a', 'b'])), moreThan('list', 1));
    assert.equal(
      holds(JSON.parse(JSON.stringify(condition)) as Condition, subject),
      holds(condition, subject),
    );
  });
});
