import assert from 'node:assert/strict';
import { ReadAgain } from '../../../activities/plan/readAgain.ts';
import { oktaReaders } from '../../../activities/sources/okta/collections.ts';
import type { Page, SourceReader } from '../../../activities/sources/source.ts';

const neverAsked = () => assert.fail('nobody asks this here');

/** A reader of groups in two pages, with the paths that it was asked for; the first answer waits for `until`. */
function groupsReader(until: Promise<unknown>) {
  const asked: string[] = [];
  const second = '/api/v1/groups?after=2';
  const page = (id: string, next: string | null): Page => ({
    body: Buffer.from(JSON.stringify([{ id, type: 'OKTA_GROUP', profile: { name: id } }])),
    httpStatus: 200,
    next: () => next,
    ...{ vendorRequestId: null, vendorDate: null, fetchedAt: new Date(), elapsedMs: 1 },
  });
  const reader: SourceReader = {
    sourceType: 'okta',
    collections: oktaReaders,
    async fetchPage(path) {
      asked.push(path);
      await until;
      return path === second ? page('g2', null) : page('g1', second);
    },
    ...{ meaningOf: neverAsked, writeRights: neverAsked, close: neverAsked },
  };
  return { reader, asked };
}

describe('What is read again before a cutover', () => {
  const { signal } = new AbortController();
  const all = () => true;

  it('is read once and whole, however many ask for it at the same time', async () => {
    const { reader, asked } = groupsReader(Promise.resolve());
    const again = new ReadAgain(reader, { wanted: all, signal });
    await Promise.all([again.read('groups'), again.read('groups')]);
    await again.read('groups');
    assert.deepEqual(asked, ['/api/v1/groups?limit=200', '/api/v1/groups?after=2']);
    assert.deepEqual(
      [...again.items.keys()],
      [ReadAgain.keyOf('group', 'g1'), ReadAgain.keyOf('group', 'g2')],
    );
  });

  it('fails for everybody who asked for it when it cannot be read, and is not asked for again', async () => {
    const { reader, asked } = groupsReader(Promise.reject(new Error('unreachable')));
    const again = new ReadAgain(reader, { wanted: all, signal });
    const outcomes = await Promise.allSettled([again.read('groups'), again.read('groups')]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    await assert.rejects(again.read('groups'), /unreachable/);
    assert.equal(asked.length, 1);
  });
});
