import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson } from '../../domain/canonical.ts';
import { volatileMembers } from '../../domain/inventory/common.ts';
import { changedFields } from '../../domain/snapshotDiff.ts';

type Compared = Parameters<typeof changedFields>[0];

const item = (normalized: object, more: Partial<Compared> = {}): Compared => ({
  name: 'Payroll',
  status: 'ACTIVE',
  vendorKind: 'OPENID_CONNECT',
  normalized: normalized as Compared['normalized'],
  ...more,
});

describe('What changed of an item', () => {
  it('is its name, status and kind as well as its normal form, at the pointers that show them', () => {
    const was = item({ active: true });
    const is = item({ active: false }, { name: 'Wages', status: 'INACTIVE', vendorKind: 'BOOKMARK' });
    assert.deepEqual(changedFields(was, is), [
      { pointer: '/name', was: 'Payroll', is: 'Wages' },
      { pointer: '/normalized/active', was: true, is: false },
      { pointer: '/status', was: 'ACTIVE', is: 'INACTIVE' },
      { pointer: '/vendor_kind', was: 'OPENID_CONNECT', is: 'BOOKMARK' },
    ]);
  });

  it('is not what changes by itself, at any depth', () => {
    const was = item({
      last_updated: '1',
      statistics: { members: 1 },
      inner: { last_updated: '1', kept: 1 },
    });
    const is = item({ last_updated: '2', statistics: { members: 9 }, inner: { last_updated: '2', kept: 1 } });
    assert.deepEqual(changedFields(was, is), []);
  });

  it('is told of a member deep inside by its own pointer, escaped', () => {
    const was = item({ oidc: { 'a/b~c': { d: 1, e: 2 } } });
    const is = item({ oidc: { 'a/b~c': { d: 1, e: 3 } } });
    assert.deepEqual(changedFields(was, is), [{ pointer: '/normalized/oidc/a~1b~0c/e', was: 2, is: 3 }]);
  });

  it('is a list as a whole, so that one entry in front does not change all behind it', () => {
    const [was, is] = [
      ['https://b', 'https://c'],
      ['https://a', 'https://b', 'https://c'],
    ];
    assert.deepEqual(changedFields(item({ uris: was }), item({ uris: is })), [
      { pointer: '/normalized/uris', was, is },
    ]);
  });

  it('is the member of an entry where as many objects stand in the list as before', () => {
    const was = item({
      rules: [
        { access: 'ALLOW', name: 'r' },
        { access: 'ALLOW', name: 's' },
      ],
    });
    const is = item({
      rules: [
        { access: 'ALLOW', name: 'r' },
        { access: 'DENY', name: 's' },
      ],
    });
    assert.deepEqual(changedFields(was, is), [
      { pointer: '/normalized/rules/1/access', was: 'ALLOW', is: 'DENY' },
    ]);
  });

  it('is null on the side where a member is absent', () => {
    assert.deepEqual(changedFields(item({ oidc: null }), item({ oidc: { a: 1 } })), [
      { pointer: '/normalized/oidc', was: null, is: { a: 1 } },
    ]);
    assert.deepEqual(changedFields(item({ jwk: { kid: 'k' } }), item({ jwk: { kid: 'k', use: 'sig' } })), [
      { pointer: '/normalized/jwk/use', was: null, is: 'sig' },
    ]);
  });

  it('takes a member called __proto__ for a member', () => {
    const was = item(JSON.parse('{"a":{"__proto__":1}}') as object);
    const is = item(JSON.parse('{"a":{"__proto__":2}}') as object);
    assert.deepEqual(changedFields(was, is), [{ pointer: '/normalized/a/__proto__', was: 1, is: 2 }]);
  });

  it('is something exactly when the canonical forms differ, which is what a fingerprint goes by', () => {
    const form = fc.object({ maxDepth: 3, maxKeys: 4, key: fc.constantFrom('a', 'b', 'last_updated') });
    const canonical = (normalized: object) => canonicalJson(normalized, volatileMembers);
    fc.assert(
      fc.property(form, form, (a, b) => {
        const [was, is] = [a, b].map((each) => JSON.parse(JSON.stringify(each)) as object);
        assert.ok(was && is);
        // An absent member and null say the same; a fingerprint tells them apart.
        fc.pre(!JSON.stringify([was, is]).includes('null'));
        assert.equal(changedFields(item(was), item(is)).length === 0, canonical(was) === canonical(is));
      }),
    );
  });
});
