import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { inTransaction } from '../../../prisma/client.ts';
import { restartChain, type Chain } from '../../../prisma/store/chains.ts';
import { readBodies } from '../../../prisma/store/evidence.ts';
import { requestStop } from '../../../prisma/store/runs.ts';
import { failSnapshot } from '../../../prisma/store/snapshots.ts';
import { useDatabase } from '../../support/database.ts';
import type { Body } from '../../support/answer.ts';
import {
  application,
  chainNow,
  claim,
  commit,
  edda,
  failureNow,
  group,
  makePlace,
  openChain,
  outcomes,
  pageOf,
  refusal,
  startCollecting,
  type Collecting,
} from './support.ts';

const next = (n: number) => `/api/v1/groups?after=${n}`;

describe('committing pages', () => {
  const opened = useDatabase();
  const db = () => opened().database;
  const collecting = async () => startCollecting(await makePlace(db()));

  const rowOf = (at: Collecting, { collection, key }: Pick<Chain, 'collection' | 'key'>) =>
    db().collectionChain.findUniqueOrThrow({
      where: { snapshotId_collection_key: { snapshotId: at.snapshot.id, collection, key } },
    });
  const itemsOf = async (at: Collecting) => {
    const rows = await db().inventoryItem.findMany({
      where: { snapshotId: at.snapshot.id },
      orderBy: { ordinal: 'asc' },
    });
    return rows.map((row) => [row.externalId, row.name]);
  };
  const everything = async (at: Collecting) => {
    const where = { snapshotId: at.snapshot.id };
    return {
      chains: await db().collectionChain.findMany({ where, orderBy: { id: 'asc' } }),
      pages: await db().evidencePage.count({ where }),
      items: await db().inventoryItem.count({ where }),
      objects: await db().sourceObject.count({ where }),
    };
  };

  it('stores evidence, items and the listing’s place together', async () => {
    const at = await collecting();
    const chain = await openChain(at, 'groups');
    await commit(at, await pageOf(chain, [group('g1'), group('g2')], next(1)));
    const read = await chainNow(at, chain);
    assert.deepEqual([read.page, read.cursor, read.pass], [2, next(1), 1]);
    await commit(at, await pageOf(read, [group('g3')]));
    assert.deepEqual(await itemsOf(at), [
      ['g1', 'Group g1'],
      ['g2', 'Group g2'],
      ['g3', 'Group g3'],
    ]);
    const row = await rowOf(at, chain);
    assert.deepEqual(
      [row.status, row.page, row.cursor, row.pages, row.objects, row.items, row.notItems],
      ['closed', 3, null, 2, 3, 3, {}],
    );
    const pages = await db().evidencePage.findMany({
      where: { chainId: chain.id },
      orderBy: { page: 'asc' },
    });
    assert.deepEqual(
      pages.map((page) => [page.page, page.endpoint, page.query, page.objects, page.abandoned]),
      [
        [1, '/api/v1/groups', 'limit=200', 2, false],
        [2, '/api/v1/groups', 'after=1', 1, false],
      ],
    );
  });

  it('keeps the page as it came, and each item points to where it stands in it', async () => {
    const at = await collecting();
    const chain = await openChain(at, 'groups');
    const entries = [group('g1', 'Zoë 😀'), group('g2')];
    await commit(at, await pageOf(chain, entries));
    const item = await db().inventoryItem.findFirstOrThrow({
      where: { snapshotId: at.snapshot.id, externalId: 'g2' },
    });
    const [pointer] = item.evidence as { id: string; index: number; role: string }[];
    assert.deepEqual([pointer?.index, pointer?.role], [1, 'object']);
    const bodies = await readBodies(db(), at.tenant, at.snapshot.id, [pointer?.id ?? '']);
    assert.deepEqual(JSON.parse(bodies.get(pointer?.id ?? '')?.body.toString() ?? ''), entries);
  });

  it('opens the listings that a page seeds, once', async () => {
    const at = await collecting();
    const chain = await openChain(at, 'applications');
    await commit(at, await pageOf(chain, [application('a1')], next(1)));
    await commit(at, await pageOf(await chainNow(at, chain), [application('a1'), application('a2')]));
    const seeded = await db().collectionChain.findMany({
      where: { snapshotId: at.snapshot.id, collection: 'application_groups' },
      orderBy: { id: 'asc' },
    });
    assert.deepEqual(
      seeded.map((row) => [row.key, row.context, row.status]),
      [
        ['a1', { application: 'a1' }, 'open'],
        ['a2', { application: 'a2' }, 'open'],
      ],
    );
  });

  describe('of an attempt that was overtaken', () => {
    it('writes nothing: neither for its own listing nor for the others of the batch', async () => {
      const at = await collecting();
      const [groups, apps] = [await openChain(at, 'groups'), await openChain(at, 'applications')];
      const stale = await pageOf(groups, [group('g1')], next(1));
      await commit(at, stale);
      const before = await everything(at);
      const batch = [await pageOf(apps, [application('a1')]), stale];
      assert.equal(await refusal(commit(at, ...batch)), 'collection_superseded');
      assert.deepEqual(await everything(at), before);
      // The others of the batch are as they were and go on.
      await commit(at, await pageOf(apps, [application('a1')]));
      assert.equal((await rowOf(at, apps)).status, 'closed');
    });

    it('writes nothing after the listing was begun anew, closed or refused', async () => {
      const at = await collecting();
      const chain = await openChain(at, 'groups');
      await restartChain(db(), at.tenant, at.snapshot.id, at.temporalRunId, chain, new Date());
      assert.equal(await refusal(commit(at, await pageOf(chain, [group('g1')]))), 'collection_superseded');
      const second = await chainNow(at, chain);
      const last = await pageOf(second, [group('g1')]);
      await commit(at, last);
      assert.equal(await refusal(commit(at, last)), 'collection_superseded');
      assert.deepEqual(await itemsOf(at), [['g1', 'Group g1']]);
    });

    it('writes one of several identical pages that arrive at the same time', async () => {
      const at = await collecting();
      const chain = await openChain(at, 'groups');
      const page = await pageOf(chain, [group('g1'), group('g2')], next(1));
      const ended = await outcomes(Array.from({ length: 5 }, () => commit(at, page)));
      assert.deepEqual(ended, [...Array.from({ length: 4 }, () => 'collection_superseded'), 'done']);
      const { pages, items } = await everything(at);
      assert.deepEqual([pages, items], [1, 2]);
    });
  });

  it('writes nothing for a run that lost its claim, was stopped or has ended', async () => {
    const at = await collecting();
    const chain = await openChain(at, 'groups');
    const page = await pageOf(chain, [group('g1')]);
    const before = await everything(at);
    assert.equal(
      await refusal(commit({ ...at, temporalRunId: randomUUID() }, page)),
      'collection_superseded',
    );
    const successor = await claim(at, at.snapshot.run, { continuedFrom: at.temporalRunId });
    assert.equal(await refusal(commit(at, page)), 'collection_superseded');
    await inTransaction(db(), (tx) =>
      requestStop(tx, at.tenant, at.snapshot.run.id, { actor: edda, at: new Date() }),
    );
    assert.equal(await refusal(commit({ ...at, temporalRunId: successor }, page)), 'run_stopped');
    await failSnapshot(db(), at.tenant, at.snapshot.id, failureNow('run_stopped'));
    assert.equal(await refusal(commit({ ...at, temporalRunId: successor }, page)), 'collection_superseded');
    assert.deepEqual({ ...(await everything(at)), chains: [] }, { ...before, chains: [] });
  });

  it('and a cancellation at the same time leave either the page or nothing, never half of it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const at = await collecting();
      const chain = await openChain(at, 'groups');
      const page = await pageOf(chain, [group('g1'), group('g2')]);
      const stop = inTransaction(db(), (tx) =>
        requestStop(tx, at.tenant, at.snapshot.run.id, { actor: edda, at: new Date() }),
      );
      const [ended] = await outcomes([commit(at, page)]);
      await stop;
      const { pages, items } = await everything(at);
      assert.deepEqual([pages, items], ended === 'done' ? [1, 2] : [0, 0], ended);
    }
  });

  describe('with objects met more than once', () => {
    const counts = async (at: Collecting, chain: Pick<Chain, 'collection' | 'key'>) => {
      const row = await rowOf(at, chain);
      return [row.objects, row.items, row.notItems];
    };

    it('counts a duplicate within a page', async () => {
      const at = await collecting();
      const chain = await openChain(at, 'groups');
      await commit(at, await pageOf(chain, [group('g1', 'First'), group('g1', 'Again'), group('g2')]));
      assert.deepEqual(await counts(at, chain), [3, 2, { duplicate: 1 }]);
      assert.deepEqual(await itemsOf(at), [
        ['g1', 'First'],
        ['g2', 'Group g2'],
      ]);
    });

    it('counts a duplicate on a later page', async () => {
      const at = await collecting();
      const chain = await openChain(at, 'groups');
      await commit(at, await pageOf(chain, [group('g1', 'First')], next(1)));
      await commit(at, await pageOf(await chainNow(at, chain), [group('g1', 'Again'), group('g2')]));
      assert.deepEqual(await counts(at, chain), [3, 2, { duplicate: 1 }]);
      assert.deepEqual((await itemsOf(at))[0], ['g1', 'First']);
    });

    it('counts it where it was met second when two listings of a batch have it', async () => {
      const at = await collecting();
      const [one, two] = [
        await openChain(at, 'policies', 'PASSWORD'),
        await openChain(at, 'policies', 'MFA_ENROLL'),
      ];
      const policy = { id: 'p1', type: 'PASSWORD', name: 'P', status: 'ACTIVE' };
      await commit(at, await pageOf(one, [policy]), await pageOf(two, [policy]));
      assert.deepEqual(await counts(at, one), [1, 1, {}]);
      assert.deepEqual(await counts(at, two), [1, 0, { duplicate: 1 }]);
    });

    it('counts objects that are no items in the same way', async () => {
      const at = await collecting();
      const chain = await openChain(at, 'group_rules');
      const rule = (id: string) => ({ id, status: 'ACTIVE', actions: {} });
      await commit(at, await pageOf(chain, [rule('r1'), rule('r1'), rule('r2')], next(1)));
      await commit(at, await pageOf(await chainNow(at, chain), [rule('r2'), rule('r3')]));
      assert.deepEqual(await counts(at, chain), [5, 0, { auxiliary: 3, duplicate: 2 }]);
    });

    it('counts what a group implies, beside the items', async () => {
      const at = await collecting();
      const chain = await openChain(at, 'application_users', 'a1', { application: 'a1' });
      const rows = [
        { id: 'u1', scope: 'USER' },
        { id: 'u2', scope: 'GROUP' },
        { id: 'u3', scope: 'GROUP' },
      ];
      await commit(at, await pageOf(chain, rows));
      assert.deepEqual(await counts(at, chain), [3, 1, { group_implied: 2 }]);
    });
  });

  describe('of a listing that was begun anew', () => {
    const again = async (at: Collecting, chain: Chain) => {
      const moved = await restartChain(
        db(),
        at.tenant,
        at.snapshot.id,
        at.temporalRunId,
        await chainNow(at, chain),
        new Date(),
      );
      assert.equal(moved, true);
      return chainNow(at, chain);
    };

    it('replaces what the former pass saw, and counts from nothing', async () => {
      const at = await collecting();
      const chain = await openChain(at, 'groups');
      await commit(at, await pageOf(chain, [group('g1', 'Old'), group('g2')], next(1)));
      const second = await again(at, chain);
      assert.deepEqual([second.pass, second.page, second.cursor], [2, 1, null]);
      await commit(at, await pageOf(second, [group('g1', 'New'), group('g3')], next(1)));
      await commit(at, await pageOf(await chainNow(at, chain), [group('g1', 'Again')]));
      const row = await rowOf(at, chain);
      assert.deepEqual([row.pages, row.objects, row.items, row.notItems], [2, 3, 2, { duplicate: 1 }]);
      assert.deepEqual(await itemsOf(at), [
        ['g1', 'New'],
        ['g3', 'Group g3'],
      ]);
    });

    it('keeps what only the former pass saw until the new one is closed, and its pages for good', async () => {
      const at = await collecting();
      const chain = await openChain(at, 'groups');
      await commit(at, await pageOf(chain, [group('gone')], next(1)));
      await commit(at, await pageOf(await again(at, chain), [group('g1')], next(1)));
      assert.deepEqual((await itemsOf(at)).map(([id]) => id).sort(), ['g1', 'gone']);
      await commit(at, await pageOf(await chainNow(at, chain), []));
      assert.deepEqual(await itemsOf(at), [['g1', 'Group g1']]);
      const pages = await db().evidencePage.findMany({
        where: { chainId: chain.id },
        orderBy: [{ pass: 'asc' }, { page: 'asc' }],
      });
      assert.deepEqual(
        pages.map((page) => [page.pass, page.page, page.abandoned]),
        [
          [1, 1, true],
          [2, 1, false],
          [2, 2, false],
        ],
      );
    });

    it('drops objects that only the former pass saw as well', async () => {
      const at = await collecting();
      const chain = await openChain(at, 'group_rules');
      const rule = (id: string, status: string) => ({ id, status, actions: {} });
      await commit(at, await pageOf(chain, [rule('gone', 'ACTIVE'), rule('r1', 'ACTIVE')], next(1)));
      await commit(at, await pageOf(await again(at, chain), [rule('r1', 'INACTIVE')]));
      const rows = await db().sourceObject.findMany({ where: { snapshotId: at.snapshot.id } });
      assert.deepEqual(
        rows.map((row) => [row.externalId, (row.data as { status: string }).status]),
        [['r1', 'INACTIVE']],
      );
    });

    it('leaves the items of other listings alone', async () => {
      const at = await collecting();
      const [chain, other] = [await openChain(at, 'groups'), await openChain(at, 'applications')];
      await commit(
        at,
        await pageOf(chain, [group('gone')], next(1)),
        await pageOf(other, [application('a1')]),
      );
      await commit(at, await pageOf(await again(at, chain), []));
      assert.deepEqual(await itemsOf(at), [['a1', 'Application a1']]);
    });
  });

  it('always counts as many items and reasons as there were objects, whatever the pages are', async () => {
    const at = await collecting();
    const ids = fc.array(fc.constantFrom('1', '2', '3', '4'), { maxLength: 5 });
    let listing = 0;
    const pages = fc.array(fc.record({ groups: ids, users: ids, again: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(pages, async (given) => {
        listing += 1;
        const key = `k${listing}`;
        let groups = await openChain(at, 'groups', key);
        let users = await openChain(at, 'application_users', key, { application: `a${listing % 3}` });
        for (const [n, page] of given.entries()) {
          const cursor = n === given.length - 1 ? null : next(n);
          const entries = page.users.map((id, index): Body => ({
            id,
            scope: index % 2 === 0 ? 'USER' : 'GROUP',
          }));
          await commit(
            at,
            await pageOf(
              groups,
              page.groups.map((id) => group(id)),
              cursor,
            ),
            await pageOf(users, entries, cursor),
          );
          if (cursor === null) break;
          [groups, users] = [await chainNow(at, groups), await chainNow(at, users)];
          if (!page.again) continue;
          await restartChain(db(), at.tenant, at.snapshot.id, at.temporalRunId, groups, new Date());
          groups = await chainNow(at, groups);
        }
        for (const chain of [groups, users]) {
          const row = await rowOf(at, chain);
          const others = Object.values(row.notItems as Record<string, number>).reduce((sum, n) => sum + n, 0);
          assert.equal(row.objects, row.items + others, `${chain.collection} ${key}`);
          assert.ok(Object.values(row.notItems as Record<string, number>).every((n) => n > 0));
        }
      }),
      { numRuns: 25 },
    );
    const stored = await db().inventoryItem.count({ where: { snapshotId: at.snapshot.id } });
    const { _sum } = await db().collectionChain.aggregate({
      where: { snapshotId: at.snapshot.id },
      _sum: { items: true },
    });
    assert.equal(stored, _sum.items);
  }).timeout(60_000);
});
