import assert from 'node:assert/strict';
import { oktaCollections } from '../../../domain/collections/okta.ts';
import type { ChainRefusal, RefusalMeaning } from '../../../domain/collections/ledger.ts';
import {
  countFailure,
  noteWait,
  openCollections,
  readLedger,
  readRefusals,
  refuseChain,
  restartChain,
  type Chain,
} from '../../../prisma/store/chains.ts';
import { useDatabase } from '../../support/database.ts';
import {
  application,
  chainNow,
  commit,
  group,
  makePlace,
  openChain,
  outcomes,
  pageOf,
  refusal,
  startCollecting,
  type Collecting,
} from './support.ts';

const refused = (meaning: RefusalMeaning, more: Partial<ChainRefusal> = {}): ChainRefusal => ({
  endpoint: '/api/v1/groups',
  status: 403,
  code: 'E0000006',
  meaning,
  message: 'No.',
  remedy: 'Grant it.',
  vendor_request_id: 'req1',
  ...more,
});

describe('listings', () => {
  const opened = useDatabase();
  const db = () => opened().database;
  const collecting = async () => startCollecting(await makePlace(db()));

  const refuse = ({ tenant, snapshot, temporalRunId }: Collecting, chain: Chain, why: ChainRefusal) =>
    refuseChain(db(), tenant, snapshot.id, temporalRunId, chain, why, new Date());
  const restart = ({ tenant, snapshot, temporalRunId }: Collecting, chain: Chain) =>
    restartChain(db(), tenant, snapshot.id, temporalRunId, chain, new Date());
  const ledger = async ({ tenant, snapshot }: Collecting) => {
    const rows = await readLedger(db(), tenant, snapshot.id, oktaCollections);
    return (name: string) => {
      const row = rows.find((each) => each.collection === name);
      assert.ok(row);
      return row;
    };
  };

  it('are refused from where they were read, once', async () => {
    const at = await collecting();
    const chain = await openChain(at, 'groups');
    await commit(at, await pageOf(chain, [group('g1')], '/api/v1/groups?after=1'));
    assert.equal(await refuse(at, chain, refused('not_permitted')), false);
    const read = await chainNow(at, chain);
    assert.equal(await refuse(at, read, refused('not_permitted')), true);
    assert.equal(await refuse(at, read, refused('gone')), false);
    assert.equal(await restart(at, read), false);
    assert.equal(await refusal(commit(at, await pageOf(read, []))), 'collection_superseded');
  });

  it('are begun anew from where they were read, once', async () => {
    const at = await collecting();
    const chain = await openChain(at, 'groups');
    await commit(at, await pageOf(chain, [group('g1')], '/api/v1/groups?after=1'));
    assert.equal(await restart(at, chain), false);
    const read = await chainNow(at, chain);
    assert.deepEqual((await Promise.all([restart(at, read), restart(at, read)])).sort(), [false, true]);
    const anew = await chainNow(at, chain);
    assert.deepEqual([anew.pass, anew.page, anew.cursor], [2, 1, null]);
  });

  it('are refused or read on when both come at the same time, never both', async () => {
    for (let round = 0; round < 10; round += 1) {
      const at = await collecting();
      const chain = await openChain(at, 'groups');
      const page = await pageOf(chain, [group('g1')]);
      const [isRefused, [committed]] = await Promise.all([
        refuse(at, chain, refused('gone')),
        outcomes([commit(at, page)]),
      ]);
      assert.equal(committed, isRefused ? 'collection_superseded' : 'done');
      assert.equal(
        await db().inventoryItem.count({ where: { snapshotId: at.snapshot.id } }),
        isRefused ? 0 : 1,
      );
    }
  });

  it('are ended by nobody but the run that holds the collection', async () => {
    const at = await collecting();
    const chain = await openChain(at, 'groups');
    const stranger = { ...at, temporalRunId: 'stranger' };
    assert.equal(await refusal(refuse(stranger, chain, refused('gone'))), 'collection_superseded');
    assert.equal(await refusal(restart(stranger, chain)), 'collection_superseded');
    assert.equal((await chainNow(at, chain)).pass, 1);
  });

  it('that are refused after a new beginning keep nothing that only the abandoned pass saw', async () => {
    const at = await collecting();
    const chain = await openChain(at, 'application_groups', 'a1', { application: 'a1' });
    await commit(at, await pageOf(chain, [{ id: 'g1', priority: 0 }], '/api/v1/apps/a1/groups?after=1'));
    await restart(at, await chainNow(at, chain));
    await refuse(at, await chainNow(at, chain), refused('gone'));
    assert.equal((await ledger(at))('application_groups').items, 0);
    assert.equal(await db().inventoryItem.count({ where: { snapshotId: at.snapshot.id } }), 0);
    const pages = await db().evidencePage.findMany({ where: { chainId: chain.id } });
    assert.deepEqual(
      pages.map((page) => page.abandoned),
      [true],
    );
  });

  it('that are refused keep the pages that were read before, as items and in the ledger', async () => {
    const at = await collecting();
    const chain = await openChain(at, 'groups');
    await commit(at, await pageOf(chain, [group('g1')], '/api/v1/groups?after=1'));
    await refuse(at, await chainNow(at, chain), refused('unreadable', { status: 500, code: null }));
    assert.equal((await ledger(at))('groups').items, 1);
    assert.equal(await db().inventoryItem.count({ where: { snapshotId: at.snapshot.id } }), 1);
  });

  it('count failures in a row, until a page is read', async () => {
    const at = await collecting();
    const chain = await openChain(at, 'groups');
    const fail = () => countFailure(db(), chain.id, new Date());
    assert.deepEqual([await fail(), await fail()], [1, 2]);
    assert.deepEqual((await Promise.all([fail(), fail(), fail()])).sort(), [3, 4, 5]);
    await noteWait(db(), chain.id, new Date());
    await commit(at, await pageOf(chain, [group('g1')], '/api/v1/groups?after=1'));
    const row = await db().collectionChain.findUniqueOrThrow({ where: { id: chain.id } });
    assert.deepEqual([row.failures, row.waitUntil], [0, null]);
    assert.equal(await fail(), 1);
  });

  it('of the same key are opened once, however many ask at the same time', async () => {
    const at = await collecting();
    await Promise.all(Array.from({ length: 5 }, () => openChain(at, 'groups')));
    assert.equal(await db().collectionChain.count({ where: { snapshotId: at.snapshot.id } }), 1);
    await commit(at, await pageOf(await openChain(at, 'groups'), []));
    assert.deepEqual(await openCollections(db(), at.tenant, at.snapshot.id), []);
  });
});

describe('the ledger', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  it('has a row for every collection, zeros included, in the order in which they are defined', async () => {
    const { tenant, snapshot } = await startCollecting(await makePlace(db()));
    const rows = await readLedger(db(), tenant, snapshot.id, oktaCollections);
    assert.deepEqual(
      rows.map((row) => row.collection),
      oktaCollections.map(({ name }) => name),
    );
    assert.deepEqual(rows[0], {
      collection: 'applications',
      endpoint: '/api/v1/apps',
      chains: 0,
      pages: 0,
      objects: 0,
      items: 0,
      not_items: [],
      complete: true,
      refusals: [],
    });
  });

  it('adds up the listings of a collection, and says what is open', async () => {
    const at = await startCollecting(await makePlace(db()));
    const rowNow = async () =>
      (await readLedger(db(), at.tenant, at.snapshot.id, oktaCollections)).find(
        (row) => row.collection === 'application_users',
      );
    const users = (key: string) => openChain(at, 'application_users', key, { application: key });
    const [one, two] = [await users('a1'), await users('a2')];
    await commit(
      at,
      await pageOf(one, [
        { id: 'u1', scope: 'USER' },
        { id: 'u2', scope: 'GROUP' },
      ]),
    );
    assert.equal((await rowNow())?.complete, false);
    await commit(
      at,
      await pageOf(two, [
        { id: 'u1', scope: 'USER' },
        { id: 'u1', scope: 'USER' },
      ]),
    );
    assert.deepEqual(await rowNow(), {
      collection: 'application_users',
      endpoint: '/api/v1/apps/{id}/users',
      chains: 2,
      pages: 2,
      objects: 4,
      items: 2,
      not_items: [
        { reason: 'group_implied', count: 1 },
        { reason: 'duplicate', count: 1 },
      ],
      complete: true,
      refusals: [],
    });
  });

  for (const [meaning, complete] of [
    ['not_permitted', false],
    ['unreadable', false],
    ['not_licensed', true],
    ['not_there', true],
    ['gone', true],
  ] as const) {
    it(`calls a collection ${complete ? 'complete' : 'incomplete'} of which a listing was ${meaning}`, async () => {
      const at = await startCollecting(await makePlace(db()));
      const chain = await openChain(at, 'groups');
      await refuseChain(
        db(),
        at.tenant,
        at.snapshot.id,
        at.temporalRunId,
        chain,
        refused(meaning),
        new Date(),
      );
      const rows = await readLedger(db(), at.tenant, at.snapshot.id, oktaCollections);
      assert.equal(rows.find((row) => row.collection === 'groups')?.complete, complete);
    });
  }

  it('counts equal refusals together and tells different ones apart', async () => {
    const at = await startCollecting(await makePlace(db()));
    const refuse = async (key: string, why: ChainRefusal) => {
      const chain = await openChain(at, 'application_groups', key, { application: key });
      await refuseChain(db(), at.tenant, at.snapshot.id, at.temporalRunId, chain, why, new Date());
    };
    await refuse('a1', refused('gone', { status: 404, code: 'E0000007', vendor_request_id: 'x' }));
    await refuse('a2', refused('gone', { status: 404, code: 'E0000007', vendor_request_id: 'y' }));
    await refuse('a3', refused('not_permitted'));
    const refusals = await readRefusals(db(), at.tenant, at.snapshot.id);
    assert.deepEqual(
      refusals.map(({ collection, meaning, status, count }) => [collection, meaning, status, count]),
      [
        ['application_groups', 'gone', 404, 2],
        ['application_groups', 'not_permitted', 403, 1],
      ],
    );
    assert.ok(!JSON.stringify(refusals).includes('req'));
  });

  it('holds what a page seeds as listings that are still to be read', async () => {
    const at = await startCollecting(await makePlace(db()));
    await commit(
      at,
      await pageOf(await openChain(at, 'applications'), [application('a1'), application('a2')]),
    );
    const rows = await readLedger(db(), at.tenant, at.snapshot.id, oktaCollections);
    const row = rows.find((each) => each.collection === 'application_groups');
    assert.deepEqual([row?.chains, row?.pages, row?.complete], [2, 0, false]);
    assert.deepEqual((await openCollections(db(), at.tenant, at.snapshot.id)).sort(), [
      'application_groups',
      'application_users',
    ]);
  });
});
