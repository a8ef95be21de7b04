import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { canonicalJson } from '../../domain/canonical.ts';
import { volatileMembers } from '../../domain/inventory/common.ts';

/** The same value with the members of every object in another order. */
function reordered(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((entry) => reordered(entry, random));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(
    ([key, member]) => [key, reordered(member, random), random()] as const,
  );
  return Object.fromEntries(members.sort((a, b) => a[2] - b[2]).map(([key, member]) => [key, member]));
}

/** The same value with members of the given names somewhere in every object. */
function withMembers(value: unknown, names: readonly string[], member: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => withMembers(entry, names, member));
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.entries(value).map(([key, each]) => [key, withMembers(each, names, member)]);
  return Object.fromEntries([...inner, ...names.map((name) => [name, member])]);
}

describe('canonical JSON', () => {
  it('is the same whatever the order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.infiniteStream(fc.nat()), (value, order) => {
        const random = () => order.next().value ?? 0;
        assert.equal(canonicalJson(reordered(value, random)), canonicalJson(value));
      }),
    );
  });

  it('differs for values that differ', () => {
    // So few keys and leaves that equal and nearly equal values meet often.
    const similar = fc.object({
      key: fc.constantFrom('a', 'b', 'a":1,"b'),
      values: [fc.constantFrom(0, 1, '0', '', null, false, 'null', '[]', '{}')],
      maxDepth: 2,
      maxKeys: 2,
    });
    fc.assert(
      fc.property(fc.oneof(similar, fc.jsonValue()), similar, (a, b) => {
        assert.equal(canonicalJson(a) === canonicalJson(b), isDeepStrictEqual(a, b));
      }),
      { numRuns: 1000 },
    );
  });

  it('is JSON, without white space, that says the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
    assert.equal(
      canonicalJson({ b: [1, { d: 'x y', c: null }], a: true }),
      '{"a":true,"b":[1,{"c":null,"d":"x y"}]}',
    );
  });

  it('sorts members by UTF-16 code units, as RFC 8785 says', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, ö: 7 };
    assert.equal(
      canonicalJson(value),
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}',
    );
  });

  it('leaves out volatile members at every depth, and nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, changing) => {
        const names = [...volatileMembers];
        const plain = withMembers(value, [], null);
        assert.equal(
          canonicalJson(withMembers(value, names, changing), volatileMembers),
          canonicalJson(plain, volatileMembers),
        );
      }),
    );
    assert.equal(
      canonicalJson({ last_updated: 1, name: { last_updated_by: 2 } }, volatileMembers),
      '{"name":{"last_updated_by":2}}',
    );
  });

  it('takes an undefined member as absent and an undefined entry as null', () => {
    assert.equal(canonicalJson({ a: undefined, b: [undefined] }), '{"b":[null]}');
  });

  it('keeps a member called __proto__', () => {
    assert.notEqual(canonicalJson(JSON.parse('{"__proto__":1}')), canonicalJson({}));
  });
});
