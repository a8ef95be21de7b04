import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SourceFailure } from '../../../activities/sources/failure.ts';
import { oktaReaders } from '../../../activities/sources/okta/collections.ts';
import { fingerprintOf, openPage, readPage } from '../../../activities/sources/readPage.ts';
import { pageOf } from './support.ts';

function read(name: string, body: string): ReturnType<typeof readPage> {
  const collection = oktaReaders.find((each) => each.name === name);
  assert.ok(collection);
  const path = `/api/v1/${name}?limit=200`;
  return readPage(collection, { collection: name, key: '', path, context: {} }, openPage(path, pageOf(body)));
}

describe('A page that is read', () => {
  const refusal = (name: string, body: string): SourceFailure => {
    try {
      read(name, body);
    } catch (failure) {
      assert.ok(failure instanceof SourceFailure);
      return failure;
    }
    return assert.fail('it was read');
  };

  it('is whole: JSON cut anywhere counts as an answer that may come better next time', () => {
    const body = '[{"id":"00g1","profile":{"name":"One"}},{"id":"00g2","profile":{"name":"Two"}}]';
    for (let length = 0; length < body.length; length += 1) {
      const failure = refusal('groups', body.slice(0, length));
      assert.equal(failure.kind, 'unavailable', `cut at ${length}`);
      assert.equal(failure.detail.endpoint, '/api/v1/groups');
      assert.equal(failure.detail.vendorRequestId, 'request-1');
    }
  });

  it('is an array: anything else is no page', () => {
    for (const body of ['{}', 'null', '5', '"text"', '{"errorCode":"E0000009"}']) {
      assert.equal(refusal('groups', body).kind, 'unusable', body);
    }
    // The one collection that stands in a member.
    for (const body of ['[]', '{}', '{"domains":{}}', 'null']) {
      assert.equal(refusal('domains', body).kind, 'unusable', body);
    }
    assert.equal(read('domains', '{"domains":[{"id":"OcD1"}]}').items.length, 1);
  });

  it('does not nest deeper than anything real does', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    assert.equal(refusal('groups', deep).kind, 'unusable');
    assert.equal(refusal('groups', `[{"client_secret":"x","deep":${deep}}]`).kind, 'unusable');
  });
});

describe("An item's fingerprint", () => {
  const item = (object: object) => {
    const [found] = read('groups', JSON.stringify([{ id: '00g1', ...object }])).items;
    assert.ok(found);
    return found;
  };
  const group = {
    type: 'OKTA_GROUP',
    profile: { name: 'One', description: 'd' },
    lastUpdated: '2025-01-01T00:00:00.000Z',
    lastMembershipUpdated: '2025-01-01T00:00:00.000Z',
  };

  it('stays when only times and numbers moved, which move by themselves', () => {
    const moved = { ...group, lastUpdated: '2025-02-02T00:00:00.000Z', lastMembershipUpdated: null };
    const was = item(group);
    assert.equal(item(moved).fingerprint, was.fingerprint);
    const counted = { ...was.item.normalized, statistics: { members: 5, applications: 1 } };
    assert.equal(fingerprintOf({ ...was.item, normalized: counted }), was.fingerprint);
  });

  it('changes with anything else, and does not depend on the order of members', () => {
    const was = item(group).fingerprint;
    assert.notEqual(item({ ...group, profile: { ...group.profile, name: 'Two' } }).fingerprint, was);
    assert.notEqual(item({ ...group, type: 'BUILT_IN' }).fingerprint, was);
    const reversed = Object.fromEntries(Object.entries(group).reverse());
    assert.equal(item(reversed).fingerprint, was);
  });

  it('is the same for the same bytes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (profile) => {
        const first = item({ ...group, profile });
        const second = item({ ...group, profile });
        assert.equal(first.fingerprint, second.fingerprint);
        assert.match(first.fingerprint, /^[0-9a-f]{64}$/);
      }),
      { numRuns: 30 },
    );
  });
});
