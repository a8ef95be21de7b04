import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { SourceFailure } from '../../../../activities/sources/failure.ts';
import { createPacer, type PacedOrg } from '../../../../activities/sources/pace/pacer.ts';
import { createTransport, type Transport } from '../../../../activities/sources/transport.ts';
import type { Budget, VendorPace } from '../../../../domain/pace/vendor.ts';
import { useDatabase } from '../../../support/database.ts';
import { closedGate } from '../../../support/gate.ts';
import { closing, listenHttp } from '../../../support/sockets.ts';
import { until } from '../../../support/until.ts';

/** A vendor that announces a limit for each first segment of its paths, in headers of the test's own. */
const vendor = (budget: Partial<Budget> = {}, simultaneous: number | null = null): VendorPace => ({
  vendor: 'Acme',
  simultaneous,
  chargesFor: (path) => {
    const name = `/${path.split('/')[1] ?? ''}`;
    return [{ budget: { name, units: 2, windowMs: 60_000, announced: true, ...budget }, units: 1 }];
  },
});

const org = (pace: VendorPace, host: string = randomUUID()): PacedOrg => ({
  host,
  pace,
  read: ({ status, headers }) => {
    const number = (name: string) => Number(headers.get(name));
    if (status === 429) {
      const by = headers.has('x-simultaneous') ? 'simultaneous' : 'budget';
      return { refused: { by, forMs: number('x-wait') } };
    }
    if (!headers.has('x-limit')) return {};
    const state = { units: number('x-limit'), remaining: number('x-left'), resetsInMs: number('x-reset') };
    return { state };
  },
});

describe('The pacer of a worker', () => {
  const opened = useDatabase();
  const worker = (share = 0.5) => createPacer({ database: opened().database, share, now: () => new Date() });

  /** Runs `use` with a server that answers as told and a way to ask it as several workers or sources. */
  async function asking(
    answer: (response: ServerResponse, nth: number) => void,
    use: (world: {
      origin: string;
      asked: () => number;
      open: (pacer: ReturnType<typeof worker>, org: PacedOrg) => Transport;
      get: (transport: Transport, path?: string) => Promise<number>;
    }) => Promise<void>,
  ): Promise<void> {
    const opened: Transport[] = [];
    let nth = 0;
    try {
      await closing(
        listenHttp((_request, response) => answer(response, (nth += 1))),
        async ({ origin, requests }) => {
          await use({
            origin,
            asked: () => requests.length,
            open: (pacer, place) => {
              const transport = createTransport({ origin, allowlist: { allows: () => true } });
              const paced = pacer.paced(transport, place);
              opened.push(paced);
              return paced;
            },
            get: async (transport, path = '/apps') =>
              (await transport.send({ url: `${origin}${path}`, method: 'GET', headers: {} })).status,
          });
        },
      );
    } finally {
      for (const transport of opened) await transport.close();
    }
  }

  /** What each request came to: its status, or the limit that held it up. */
  const outcomes = async (requests: Promise<number>[]) =>
    (await Promise.allSettled(requests)).map((result) => {
      if (result.status === 'fulfilled') return result.value;
      assert.ok(result.reason instanceof SourceFailure, String(result.reason));
      assert.equal(result.reason.kind, 'rate_limited');
      const { retryAt, limit } = result.reason.detail;
      assert.ok(retryAt && retryAt.getTime() > Date.now() - 50);
      return limit;
    });

  const limited = (limit: number, remaining: (nth: number) => number, resetMs = 60_000) => {
    return (response: ServerResponse, nth: number) =>
      response.writeHead(200, { 'x-limit': limit, 'x-left': remaining(nth), 'x-reset': resetMs }).end('{}');
  };

  const pick = (transports: readonly Transport[], index: number): Transport => {
    const found = transports[index % transports.length];
    assert.ok(found);
    return found;
  };

  const count = <Value>(all: readonly Value[], value: Value) => all.filter((each) => each === value).length;

  it('asks once, learns the limit from the answer, and uses half of it', () =>
    asking(
      limited(40, (nth) => 40 - nth),
      async ({ asked, open, get }) => {
        const transport = open(worker(), org(vendor()));
        const all = await outcomes(Array.from({ length: 30 }, () => get(transport)));
        assert.deepEqual([count(all, 200), count(all, '/apps'), asked()], [20, 10, 20]);
      },
    ));

  it('uses another share when it is told to', () =>
    asking(
      limited(40, (nth) => 40 - nth),
      async ({ asked, open, get }) => {
        const transport = open(worker(0.25), org(vendor()));
        await outcomes(Array.from({ length: 30 }, () => get(transport)));
        assert.equal(asked(), 10);
      },
    ));

  it('shares the limits of an org among its sources, and among workers', () =>
    asking(
      limited(40, (nth) => 40 - nth),
      async ({ asked, open, get }) => {
        const place = org(vendor());
        const first = worker();
        const transports = [open(first, place), open(first, place), open(worker(), place)];
        const all = await outcomes(Array.from({ length: 60 }, (_, index) => get(pick(transports, index))));
        // What one worker took and did not use before the other had it is not asked for: a slice at most.
        assert.ok(asked() <= 20 && asked() >= 16, `${asked()} requests`);
        assert.equal(count(all, 200), asked());
      },
    ));

  it('keeps the limits of other orgs, and other limits of the same, apart', () =>
    asking(
      limited(4, () => 3),
      async ({ open, get }) => {
        const pacer = worker();
        const [one, other] = [open(pacer, org(vendor())), open(pacer, org(vendor()))];
        assert.deepEqual(await outcomes([get(one), get(one), get(one)]), [200, 200, '/apps']);
        assert.deepEqual(await outcomes([get(other), get(one, '/groups')]), [200, 200]);
      },
    ));

  it('goes on when the window that the vendor announced is over', () =>
    asking(
      limited(2, () => 1, 300),
      async ({ open, get }) => {
        const transport = open(worker(), org(vendor()));
        assert.deepEqual(await outcomes([get(transport), get(transport)]), [200, '/apps']);
        await until('the window is over', () =>
          get(transport).then(
            () => true,
            () => false,
          ),
        );
      },
    ));

  it('holds back when others use the limit up', () =>
    asking(
      limited(100, () => 6),
      async ({ asked, open, get }) => {
        const transport = open(worker(), org(vendor()));
        await outcomes(Array.from({ length: 40 }, () => get(transport)));
        // One that found out, and half of the six that were left to everybody.
        assert.equal(asked(), 4);
      },
    ));

  it('stays away from a limit for as long as a refusal says, in all workers, and from no other', () =>
    asking(
      (response, nth) =>
        nth === 1 ? response.writeHead(429, { 'x-wait': 400 }).end('{}') : response.writeHead(200).end('{}'),
      async ({ open, get }) => {
        const place = org(vendor({ announced: false, units: 100 }));
        const [first, second] = [open(worker(), place), open(worker(), place)];
        assert.equal(await get(first), 429);
        assert.deepEqual(await outcomes([get(first), get(second)]), ['/apps', '/apps']);
        assert.equal(await get(second, '/groups'), 200);
        await until('it may be asked again', () =>
          get(second).then(
            (status) => status === 200,
            () => false,
          ),
        );
      },
    ));

  it('keeps what is under way at once below half of what the org takes, over all workers', async () => {
    const gate = closedGate();
    let underWay = 0;
    let most = 0;
    const answer = (response: ServerResponse) => {
      underWay += 1;
      most = Math.max(most, underWay);
      void gate.pass().then(() => {
        underWay -= 1;
        response.writeHead(200).end('{}');
      });
    };
    await asking(answer, async ({ open, get }) => {
      const place = org(vendor({ announced: false, units: 1_000 }, 8));
      const transports = [open(worker(), place), open(worker(), place)];
      const all = Array.from({ length: 24 }, (_, index) => get(pick(transports, index)));
      const settled = Promise.allSettled(all);
      await until('as many as may are under way', () => underWay === 4);
      gate.open();
      const statuses = (await settled).map((each) => each.status);
      assert.equal(most, 4);
      assert.equal(count(statuses, 'fulfilled'), 24);
    });
  });

  it('lets a second worker have its part while the first is busy', async () => {
    const gates = [closedGate(), closedGate()];
    let nth = 0;
    const answer = (response: ServerResponse) => {
      const gate = gates[(nth += 1) > 4 ? 1 : 0];
      void gate?.pass().then(() => response.writeHead(200).end('{}'));
    };
    await asking(answer, async ({ open, get }) => {
      const place = org(vendor({ announced: false, units: 1_000 }, 8));
      const [busy, late] = [open(worker(), place), open(worker(), place)];
      let going = true;
      const keepBusy = async () => {
        while (going) await get(busy).catch(() => undefined);
      };
      const lanes = Array.from({ length: 6 }, keepBusy);
      await until('the first worker has all slots', () => nth >= 4);
      gates.forEach((gate) => gate.open());
      try {
        const answered = await until('the second worker gets an answer', () => get(late).catch(() => null));
        assert.equal(answered, 200);
      } finally {
        going = false;
        await Promise.all(lanes);
      }
    });
  }).timeout(20_000);

  it('sends half as many at once for a while after the org refused that many', async () => {
    const gate = closedGate();
    let nth = 0;
    let underWay = 0;
    const answer = (response: ServerResponse) => {
      if ((nth += 1) === 1) {
        response.writeHead(429, { 'x-simultaneous': 'yes', 'x-wait': 1 }).end('{}');
        return;
      }
      underWay += 1;
      void gate.pass().then(() => response.writeHead(200).end('{}'));
    };
    await asking(answer, async ({ open, get }) => {
      const place = org(vendor({ announced: false, units: 1_000 }, 8));
      const transport = open(worker(), place);
      assert.equal(await get(transport), 429);
      const all = Array.from({ length: 8 }, () => get(transport));
      const settled = Promise.allSettled(all);
      await until('as many as may are under way', () => underWay === 2);
      const { database } = opened();
      const row = await database.sourceBudget.findFirstOrThrow({
        where: { host: place.host, bucket: 'simultaneous requests' },
      });
      assert.equal(row.units, 2);
      gate.open();
      await settled;
    });
  });

  it('gives its slots back when the last reader of an org is closed', () =>
    asking(
      (response) => response.writeHead(200).end('{}'),
      async ({ open, get }) => {
        const place = org(vendor({ announced: false, units: 1_000 }, 8));
        const pacer = worker();
        const [one, other] = [open(pacer, place), open(pacer, place)];
        await Promise.all([get(one), get(other)]);
        const leases = async () => {
          const { database } = opened();
          const row = await database.sourceBudget.findFirstOrThrow({
            where: { host: place.host, bucket: 'simultaneous requests' },
          });
          return Object.keys(row.leases as object).length;
        };
        await one.close();
        assert.equal(await leases(), 1);
        await other.close();
        assert.equal(await leases(), 0);
      },
    ));

  it('takes nothing for a request that could not be sent, and finds the limit out with the next', () =>
    asking(
      (response, nth) => (nth === 1 ? response.destroy() : limited(40, () => 39)(response, nth)),
      async ({ open, get }) => {
        const transport = open(worker(), org(vendor({ units: 40 })));
        await assert.rejects(get(transport));
        assert.equal(await get(transport), 200);
      },
    ));

  it('costs the database few statements', async () => {
    const { database } = opened();
    const requests = 2_000;
    await asking(
      limited(100_000, (nth) => 100_000 - nth),
      async ({ open, get, asked }) => {
        let statements = 0;
        const counting = database.$extends({
          query: {
            $allOperations: ({ args, query }) => {
              statements += 1;
              return query(args);
            },
          },
        }) as unknown as typeof database;
        const pacer = createPacer({ database: counting, share: 0.5, now: () => new Date() });
        const transport = open(pacer, org(vendor({}, 35)));
        let left = requests;
        const lane = async () => {
          while (left-- > 0) assert.equal(await get(transport), 200);
        };
        await Promise.all(Array.from({ length: 16 }, lane));
        assert.equal(asked(), requests);
        assert.ok(statements < requests / 50, `${statements} statements`);
      },
    );
  }).timeout(20_000);
});
