import assert from 'node:assert/strict';
import { coverDifferences, type StoredCover } from '../../domain/previewCover.ts';

const cover: StoredCover = {
  revision: 1,
  assessment_id: 'assessment',
  classifier_version: 'v1',
  acknowledgements: ['impact'],
  decisions: { item: { resolution: 'map_to_existing', matched_resource_id: 'live', version: 2 } },
  steps: { one: 'create planned abc', two: 'none skipped def' },
};

const differences = (change: Partial<StoredCover>) => coverDifferences(cover, { ...cover, ...change });

describe('what a preview vouched for', () => {
  it('is the same as long as nothing of it changes, whatever order its members have', () => {
    assert.deepEqual(differences({}), []);
    const decisions = { item: { version: 2, matched_resource_id: 'live', resolution: 'map_to_existing' } };
    assert.deepEqual(
      differences({ decisions, steps: { two: cover.steps.two ?? '', one: cover.steps.one ?? '' } }),
      [],
    );
  });

  it('is another when the plan, its assessment or the rules are', () => {
    for (const change of [{ revision: 2 }, { assessment_id: 'other' }, { classifier_version: 'v2' }]) {
      const [[name, is] = []] = Object.entries(change);
      assert.deepEqual(
        differences(change).map((each) => [each.of, each.id, each.is]),
        [[name, null, is]],
      );
    }
  });

  it('names each impact that was acknowledged since, or no longer is', () => {
    assert.deepEqual(differences({ acknowledgements: ['impact', 'later'] }), [
      { of: 'acknowledgement', id: 'later', was: null, is: 'acknowledged' },
    ]);
    assert.deepEqual(differences({ acknowledgements: [] }), [
      { of: 'acknowledgement', id: 'impact', was: 'acknowledged', is: null },
    ]);
  });

  it('names each item that was decided otherwise, with both decisions', () => {
    const skip = { resolution: 'skip', matched_resource_id: null, version: 3 };
    assert.deepEqual(differences({ decisions: { item: skip } }), [
      { of: 'decision', id: 'item', was: cover.decisions.item, is: skip },
    ]);
  });

  it('names each step that would do something else, or that came or went', () => {
    const steps = { one: 'create planned xyz', three: 'bind planned ghi' };
    assert.deepEqual(
      differences({ steps }).map(({ id, was, is }) => [id, was, is]),
      [
        [
          'one',
          { action: 'create', disposition: 'planned', digest: 'abc' },
          { action: 'create', disposition: 'planned', digest: 'xyz' },
        ],
        ['two', { action: 'none', disposition: 'skipped', digest: 'def' }, null],
        ['three', null, { action: 'bind', disposition: 'planned', digest: 'ghi' }],
      ],
    );
  });
});
