import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  closeBudget,
  holdSlots,
  lowerSlots,
  readAllowances,
  takeUnits,
  type Seen,
  type UnitsWanted,
} from '../../../prisma/store/budgets.ts';
import { useDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';

const minute = 60_000;
const said = (seen: Partial<Seen>): Seen => ({
  units: 100,
  remaining: 100,
  resetsInMs: minute,
  ageMs: 0,
  ...seen,
});

describe('budgets of sources', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  /** A budget of an org that nobody else uses. */
  const budget = (more: Partial<UnitsWanted> = {}) => {
    const place = { host: `${randomUUID()}.okta.com`, bucket: '/apps', assumed: 10, windowMs: minute };
    const wanted = { ...place, announced: true, share: 0.5, seen: null, ...more };
    const take = (units: number, seen: Seen | null = null) => takeUnits(db(), { ...wanted, units, seen });
    return { ...wanted, take };
  };

  describe('units', () => {
    it('are given out one request at a time until the vendor has said how many there are', async () => {
      const { take } = budget();
      const first = await take(1);
      assert.deepEqual([first.taken, first.known], [1, false]);
      const later = await take(1, said({ units: 1_000, remaining: 999 }));
      assert.deepEqual([later.taken, later.known], [50, true]);
    });

    it('are half of what there are, given out in slices of a tenth, and then none before the window ends', async () => {
      const { take } = budget();
      await take(0, said({ units: 100 }));
      let given = 0;
      for (let slice = await take(1); slice.taken > 0; slice = await take(1)) {
        assert.equal(slice.taken, 5);
        given += slice.taken;
      }
      assert.equal(given, 50);
      const { waitMs, windowLeftMs } = await take(1);
      assert.ok(waitMs > 0 && waitMs <= minute && Math.abs(waitMs - windowLeftMs) < 50, `${waitMs}`);
    });

    it('are never more than the share, however many workers ask at the same time', async () => {
      const { take } = budget({ share: 0.3 });
      await take(0, said({ units: 200, remaining: 200 }));
      const taken = await Promise.all(Array.from({ length: 60 }, () => take(1)));
      assert.equal(
        taken.reduce((sum, each) => sum + each.taken, 0),
        60,
      );
    });

    it('are at least one a window, of however small a limit', async () => {
      const { take } = budget({ announced: false, assumed: 1, windowMs: 300 });
      assert.equal((await take(1)).taken, 1);
      const none = await take(1);
      assert.equal(none.taken, 0);
      assert.ok(none.waitMs > 0 && none.waitMs <= 300);
      await until('the window has ended', async () => (await take(1)).taken === 1, 2_000);
    });

    it('are fewer when others use the same limit up', async () => {
      const { take } = budget();
      await take(0, said({ units: 100 }));
      await take(10, said({ remaining: 20 }));
      // Half of the twenty that are left, of which these ten are taken already.
      assert.equal((await take(1)).taken, 0);
    });

    it('come again when the window ends, which is when the vendor says', async () => {
      const { take } = budget();
      await take(0, said({ units: 4, remaining: 4, resetsInMs: 400 }));
      assert.equal((await take(2)).taken, 2);
      const none = await take(1);
      assert.ok(none.taken === 0 && none.waitMs <= 400);
      const again = await until(
        'the window has ended',
        async () => {
          const next = await take(2);
          return next.taken > 0 && next;
        },
        2_000,
      );
      assert.equal(again.taken, 2);
    });

    it('of a window are not changed by what was said in the one before', async () => {
      const { take } = budget({ windowMs: 200 });
      await take(0, said({ units: 100, resetsInMs: 100 }));
      await until('the window has ended', async () => (await take(1)).windowLeftMs > 150, 2_000);
      const late = await take(1, said({ remaining: 0, resetsInMs: 10_000, ageMs: 1_000 }));
      assert.ok(late.taken > 0 && late.windowLeftMs <= 200, JSON.stringify(late));
    });

    it('of a request that costs more than the whole allowance are all of it', async () => {
      const { take } = budget({ announced: false, assumed: 2 });
      assert.equal((await take(5)).taken, 1);
      assert.equal((await take(5)).taken, 0);
    });

    it('are none while the vendor wants to be left alone', async () => {
      const { take, host, bucket } = budget();
      await take(0, said({}));
      await closeBudget(db(), host, bucket, 300);
      const none = await take(1);
      assert.ok(none.taken === 0 && none.waitMs > 0 && none.waitMs <= 300, JSON.stringify(none));
      await until('it may be asked again', async () => (await take(1)).taken > 0, 2_000);
    });

    it('are counted for each org and each limit by themselves', async () => {
      const one = budget({ announced: false, assumed: 2 });
      assert.equal((await one.take(1)).taken, 1);
      assert.equal((await one.take(1)).taken, 0);
      const other = { ...one, units: 1, seen: null };
      assert.equal((await takeUnits(db(), { ...other, bucket: '/groups' })).taken, 1);
      assert.equal((await takeUnits(db(), { ...other, host: `${randomUUID()}.okta.com` })).taken, 1);
      const allowances = await readAllowances(db(), one.host);
      assert.deepEqual(
        allowances,
        new Map([
          ['/apps', 1],
          ['/groups', 1],
        ]),
      );
    });
  });

  describe('slots for simultaneous requests', () => {
    const org = (most = 10) => {
      const place = { host: `${randomUUID()}.okta.com`, bucket: 'simultaneous requests', most };
      const hold = (holder: string, wanted: number, leaseMs = minute) =>
        holdSlots(db(), { ...place, holder, wanted, leaseMs });
      return { ...place, hold };
    };

    it('go to the worker that asks, as many as it wants and the org takes', async () => {
      const { hold } = org();
      assert.equal(await hold('one', 4), 4);
      assert.equal(await hold('one', 40), 10);
      assert.equal(await hold('one', 3), 3);
    });

    it('are shared when another worker comes, as soon as the first looks again', async () => {
      const { hold } = org();
      assert.equal(await hold('one', 20), 10);
      assert.equal(await hold('two', 20), 0);
      assert.equal(await hold('one', 20), 5);
      assert.equal(await hold('two', 20), 5);
      assert.equal(await hold('one', 20), 5);
    });

    it('that one worker does not want are the others\u2019', async () => {
      const { hold } = org();
      assert.equal(await hold('one', 2), 2);
      assert.equal(await hold('two', 20), 8);
      assert.equal(await hold('one', 0), 0);
      assert.equal(await hold('two', 20), 10);
    });

    it('are never more than the org takes, however many workers ask at the same time', async () => {
      const { hold } = org();
      const held = await Promise.all(Array.from({ length: 12 }, (_, index) => hold(`worker ${index}`, 5)));
      assert.ok(held.reduce((sum, slots) => sum + slots, 0) <= 10, JSON.stringify(held));
      assert.ok(held.some((slots) => slots > 0));
    });

    it('of a worker that died are free when its lease is over', async () => {
      const { hold } = org();
      assert.equal(await hold('dead', 10, 200), 10);
      assert.equal(await hold('alive', 10), 0);
      await until('the lease is over', async () => (await hold('alive', 10)) === 10, 2_000);
    });

    it('are half as many for a while after the org refused so many at once', async () => {
      const { host, bucket, most, hold } = org();
      assert.equal(await hold('one', 10), 10);
      await lowerSlots(db(), host, bucket, most, 300);
      assert.equal(await hold('one', 10), 5);
      await until('the while is over', async () => (await hold('one', 10)) === 10, 2_000);
    });
  });
});
