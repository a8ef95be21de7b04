import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { CommitQueue } from '../../../activities/collect/commitQueue.ts';
import type { PageCommit } from '../../../prisma/store/pages.ts';

const page = (path: string) => ({ path }) as PageCommit;
const pathsOf = (pages: readonly PageCommit[]) => pages.map(({ path }) => path);

describe('The queue of pages that are ready', () => {
  it('writes the first at once and those that come meanwhile together', async () => {
    const written: string[][] = [];
    const queue = new CommitQueue(async (pages) => {
      await setImmediate();
      written.push(pathsOf(pages));
    });
    await Promise.all(['a', 'b', 'c'].map((path) => queue.add(page(path))));
    assert.deepEqual(written, [['a'], ['b', 'c']]);
    await queue.add(page('d'));
    assert.deepEqual(written.at(-1), ['d']);
  });

  it('never writes two batches at a time, none larger than it may be, and each page once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        async (pauses, largest) => {
          const written: string[] = [];
          let writing = 0;
          const queue = new CommitQueue(async (pages) => {
            writing += 1;
            assert.equal(writing, 1);
            assert.ok(pages.length >= 1 && pages.length <= largest);
            await setImmediate();
            written.push(...pathsOf(pages));
            writing -= 1;
          }, largest);
          const adding = pauses.map(async (pause, index) => {
            for (let turn = 0; turn < pause; turn += 1) await setImmediate();
            await queue.add(page(String(index)));
          });
          await Promise.all(adding);
          assert.deepEqual(written.toSorted(), pauses.map((_, index) => String(index)).sort());
        },
      ),
      { numRuns: 30 },
    );
  });

  it('tells everyone whose page stood in a batch that failed, and writes the next', async () => {
    const queue = new CommitQueue(async (pages) => {
      await setImmediate();
      if (pathsOf(pages).includes('bad')) throw new Error('refused');
    });
    const results = await Promise.allSettled(['a', 'bad', 'c'].map((path) => queue.add(page(path))));
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected'],
    );
    await queue.add(page('d'));
  });
});
