import assert from 'node:assert/strict';
import { collectionsOf } from '../../../domain/collections/definitions.ts';
import { refusalMeanings } from '../../../domain/collections/ledger.ts';
import { readPermission, remedyFor } from '../../../domain/collections/permissions.ts';
import { sourceTypes } from '../../../domain/source.ts';

describe('What lets a credential read a collection', () => {
  for (const sourceType of sourceTypes) {
    it(`of ${sourceType} is said for each, by its exact name and the way to grant it, and only reads`, () => {
      for (const { name, required } of collectionsOf[sourceType]) {
        const { permission, grant } = readPermission(sourceType, name);
        // What Okta shows to administrators of a standard role alone is nothing that an inventory cannot do without.
        if (required || !permission.endsWith(' Administrator')) {
          assert.match(permission, /^[\w.]+\.read$|^[\w-]+\.Read\.\w+$/, name);
        }
        assert.ok(grant.includes(permission), name);
        assert.match(grant, /Admin Console|admin center/, name);
      }
    });

    it(`of ${sourceType} is told with a refusal for want of it, and something else with any other`, () => {
      for (const { name } of collectionsOf[sourceType]) {
        const remedies = refusalMeanings.map((meaning) => remedyFor(sourceType, name, meaning));
        assert.equal(new Set(remedies).size, refusalMeanings.length, name);
        const { grant } = readPermission(sourceType, name);
        assert.deepEqual(
          refusalMeanings.filter((meaning) => remedyFor(sourceType, name, meaning) === grant),
          ['not_permitted'],
        );
      }
    });

    it(`of ${sourceType} is looked for in the order of reading: what seeds a listing stands before it`, () => {
      const seen = new Set<string>();
      for (const { name, after } of collectionsOf[sourceType]) {
        for (const parent of after) assert.ok(seen.has(parent), `${name} stands before ${parent}`);
        seen.add(name);
      }
    });
  }

  it('is asked of a collection that there is, and of no other', () => {
    assert.throws(() => readPermission('okta', 'service_principals'), /service_principals of okta/);
  });
});
