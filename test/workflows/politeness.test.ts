import assert from 'node:assert/strict';
import { workflowIdOf } from '../../domain/run.ts';
import { INVENTED_TENANT, loadEntraTenant } from '../../simulators/entra/data.ts';
import { emptyTenant, type OktaTenantData } from '../../simulators/okta/data.ts';
import { oktaError } from '../../simulators/okta/errors.ts';
import { generateOktaTenant } from '../../simulators/okta/generate.ts';
import type { InjectedAnswer, SimulatedRequest } from '../../simulators/answer.ts';
import type { Body } from '../support/answer.ts';
import { prepareEntraSource } from '../support/entra.ts';
import { startEntra } from '../support/entraSimulator.ts';
import { closedGate } from '../support/gate.ts';
import { assertInventory, freshTenant, ledgerRow } from '../support/inventory.ts';
import { prepareSource, startOkta, type Road, type RunningOkta } from '../support/okta.ts';
import { useService, type Service } from '../support/service.ts';
import { until } from '../support/until.ts';

const tenantOf = (size: { applications: number; groups: number }, seed: number): OktaTenantData => {
  const generated = generateOktaTenant({ ...size, groupAssignments: 0, userAssignments: 0, seed });
  const { apps, groups } = generated;
  return { ...emptyTenant(), apps, groups };
};

interface Collecting {
  own: Service;
  road: Road;
  id: string;
  /** The snapshot in detail. */
  read: () => Promise<Body>;
}

/** Begins the collection of an org, in a tenant of its own. */
async function begin(service: Service, orgUrl: string): Promise<Collecting> {
  const own = await freshTenant(service);
  const road = await prepareSource(own, orgUrl);
  return beginAgain(own, road);
}

async function beginAgain(own: Service, road: Road): Promise<Collecting> {
  const begun = await own.call('POST', `${road.S}/snapshots`, { headers: { prefer: 'respond-async' } });
  assert.equal(begun.status, 202, begun.text);
  const { id } = begun.body as { id: string };
  return { own, road, id, read: async () => (await own.call('GET', `${road.S}/snapshots/${id}`)).body };
}

const ended = ({ own, id, read }: Collecting, limitMs = 60_000): Promise<Body> =>
  until(
    'the snapshot has ended',
    async () => {
      const { status } = await own.database.snapshot.findUniqueOrThrow({ where: { id } });
      return status !== 'collecting' && read();
    },
    limitMs,
  );

/**
 * Limits as Okta counts and announces them, in windows of a few seconds from the first request on: `perWindow` requests
 * of those that `counts`, a 429 above. Remembers how many there were in each window.
 */
function shortWindows(perWindow: number, counts: (request: SimulatedRequest) => boolean, seconds = 3) {
  const used = new Map<number, number>();
  let begun: number | undefined;
  const intercept = (request: SimulatedRequest): InjectedAnswer | undefined => {
    if (!counts(request)) return undefined;
    begun ??= Math.floor(Date.now() / 1000);
    const window = Math.floor((Date.now() / 1000 - begun) / seconds);
    const reset = begun + (window + 1) * seconds;
    const requests = (used.get(reset) ?? 0) + 1;
    used.set(reset, requests);
    const headers = {
      'x-rate-limit-limit': String(perWindow),
      'x-rate-limit-remaining': String(Math.max(0, perWindow - requests)),
      'x-rate-limit-reset': String(reset),
    };
    return requests > perWindow ? { ...oktaError('E0000047'), headers } : { headers };
  };
  return { intercept, used };
}

const isBelowApplication = ({ path }: SimulatedRequest) => /^\/api\/v1\/apps\/[^/]+\//.test(path);

describe('A collection at the pace of the incumbent', () => {
  const service = useService({ pace: { shortWaitMs: 100 } });

  /** What the Temporal UI shows of a run. */
  async function inTemporal({ own, road }: Collecting) {
    const handle = own.temporal.workflow.getHandle(workflowIdOf('collect', road.source));
    const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    const { pendingActivities = [] } = (await handle.describe()).raw;
    return { details: metadata.currentDetails, pending: pendingActivities ?? [] };
  }

  async function withOrg(
    data: OktaTenantData,
    intercept: (request: SimulatedRequest) => InjectedAnswer | undefined | Promise<undefined>,
    use: (okta: RunningOkta) => Promise<void>,
  ): Promise<void> {
    const okta = await startOkta({ data });
    okta.simulator.intercept = intercept;
    try {
      await use(okta);
    } finally {
      await okta.close();
    }
  }

  it('uses half of a limit, window by window, and is never refused', () => {
    const { intercept, used } = shortWindows(20, isBelowApplication);
    return withOrg(tenantOf({ applications: 15, groups: 2 }, 1), intercept, async (okta) => {
      const snapshot = await ended(await begin(service(), okta.url));
      await assertInventory(service(), snapshot, okta.simulator.data);
      assert.ok(Math.max(...used.values()) <= 10, [...used.values()].join());
      assert.ok(used.size >= 3, [...used.values()].join());
      const requests = okta.simulator.requests.filter(isBelowApplication);
      assert.equal(
        new Set(requests.map(({ path }) => path)).size,
        requests.length,
        'something was asked twice',
      );
    });
  }).timeout(60_000);

  it('says what it waits for and until when, in the snapshot and in Temporal, and leaves the worker free', () => {
    const { intercept } = shortWindows(8, isBelowApplication, 5);
    return withOrg(tenantOf({ applications: 4, groups: 2 }, 2), intercept, async (okta) => {
      const collecting = await begin(service(), okta.url);
      const progress = await until('it waits', async () => {
        const { progress: found } = await collecting.read();
        return found?.waiting ? found : null;
      });
      const { endpoint, until: at, text } = progress.waiting;
      assert.match(endpoint, /^\/api\/v1\/apps\/[^/]+\/(?:groups|users)$/);
      const time = String(at).slice(11, 19);
      assert.equal(text, `waiting for Okta's limit on /apps/{id}/* until ${time} UTC`);
      assert.ok(Date.parse(at) > Date.now() - 1_000);
      const { details, pending } = await until('Temporal shows it', async () => {
        const shown = await inTemporal(collecting);
        return shown.details.includes("waiting for Okta's limit on /apps/{id}/* until ") && shown;
      });
      assert.match(details, /\| applications \| read: [12] pages?, 4 items \|/);
      const backingOff = pending.find(({ lastFailure }) => lastFailure?.message?.includes("Okta's limit on"));
      assert.ok(backingOff?.nextAttemptScheduleTime, 'the activity holds the worker up');
      await assertInventory(service(), await ended(collecting), okta.simulator.data);
    });
  }).timeout(60_000);

  it('tells how far it is and what is left, which no ended snapshot does', () => {
    const gate = closedGate();
    const intercept = async (request: SimulatedRequest) => {
      if (isBelowApplication(request)) await gate.pass();
      return undefined;
    };
    return withOrg(tenantOf({ applications: 10, groups: 300 }, 3), intercept, async (okta) => {
      const collecting = await begin(service(), okta.url);
      const { progress } = await until('all but the assignments is read', async () => {
        const body = await collecting.read();
        return body.progress?.collections.done === body.progress?.collections.total - 2 && body;
      });
      assert.equal(progress.items, 310);
      // A listing that was refused was answered too: the types of policies that this org does not know.
      const refusals: Body[] = ledgerRow(await collecting.read(), 'policies').refusals;
      const refused = refusals.reduce((sum: number, { count }: Body) => sum + Number(count), 0);
      assert.equal(Number(progress.pages) + refused, progress.done);
      assert.equal(progress.estimate.requests, 20);
      assert.equal(progress.total, Number(progress.done) + 20);
      assert.ok(progress.estimate.minutes > 0);
      assert.equal(progress.waiting, null);
      gate.open();
      const snapshot = await ended(collecting);
      assert.equal(snapshot.progress, null);
      assert.equal(progress.total, okta.simulator.requests.length);
    });
  });

  it('tells requests and minutes before it has read anything, from the inventory before it', () => {
    let gate = closedGate();
    gate.open();
    const intercept = async () => {
      await gate.pass();
      return undefined;
    };
    return withOrg(tenantOf({ applications: 70, groups: 2 }, 4), intercept, async (okta) => {
      const first = await begin(service(), okta.url);
      const former = await ended(first);
      const requests = okta.simulator.requests.length;
      assert.equal(former.status, 'completed');
      gate = closedGate();
      // From now on 100 requests a minute may be made, of which half are used: three windows for 140 requests.
      await first.own.database.sourceBudget.updateMany({
        where: { host: new URL(okta.url).host, bucket: '/apps/{id}/*' },
        data: { allowance: 50, units: 100 },
      });
      const again = await beginAgain(first.own, first.road);
      const { progress } = await until('it has begun', async () => {
        const body = await again.read();
        return body.progress && body;
      });
      assert.deepEqual(progress.estimate, { requests, minutes: 2 });
      assert.deepEqual([progress.done, progress.total], [0, requests]);
      await again.own.call('POST', `${again.road.S}/snapshots/${again.id}/cancel`);
      gate.open();
      await ended(again);
    });
  });

  it('waits when it is refused for a limit, on the first, a middle and the last page, and goes on there', () => {
    const data = tenantOf({ applications: 0, groups: 500 }, 5);
    const refusedOnce = new Set<string>();
    const intercept = ({ path, query }: SimulatedRequest): InjectedAnswer | undefined => {
      const page = `${path} ${query.after ?? ''}`;
      if (path !== '/api/v1/groups' || query.expand !== undefined || refusedOnce.has(page)) return undefined;
      refusedOnce.add(page);
      const reset = String(Math.ceil(Date.now() / 1000) + 1);
      const headers = { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': reset };
      return { ...oktaError('E0000047'), headers };
    };
    return withOrg(data, intercept, async (okta) => {
      const collecting = await begin(service(), okta.url);
      await until('it waits', async () => (await collecting.read()).progress?.waiting?.text, 15_000);
      await assertInventory(service(), await ended(collecting), data);
      assert.equal(refusedOnce.size, 3);
      const asked = okta.simulator.requests.filter(
        ({ path, query }) => path === '/api/v1/groups' && query.expand === undefined,
      );
      assert.equal(asked.length, 6);
    });
  }).timeout(60_000);

  it('shares the limits of an org with the sources of other tenants', () => {
    const { intercept, used } = shortWindows(20, isBelowApplication);
    return withOrg(tenantOf({ applications: 8, groups: 2 }, 6), intercept, async (okta) => {
      const both = await Promise.all([begin(service(), okta.url), begin(service(), okta.url)]);
      for (const each of both) await assertInventory(service(), await ended(each), okta.simulator.data);
      assert.ok(Math.max(...used.values()) <= 10, [...used.values()].join());
      assert.ok(used.size >= 3, [...used.values()].join());
    });
  }).timeout(60_000);

  it('asks Microsoft Graph about conditional access once a second, for all sources of a directory together', async () => {
    const whole = loadEntraTenant(INVENTED_TENANT);
    const conditionalAccessPolicies = whole.conditionalAccessPolicies.slice(0, 2);
    const namedLocations = whole.namedLocations.slice(0, 1);
    const entra = await startEntra({ data: { ...whole, conditionalAccessPolicies, namedLocations } });
    try {
      const both = await Promise.all(
        [1, 2].map(async () => {
          const own = await freshTenant(service());
          return beginAgain(own, await prepareEntraSource(own, entra));
        }),
      );
      for (const each of both) assert.equal((await ended(each)).status, 'completed');
      const asked = entra.simulator.requests.filter(({ path }) =>
        path.includes('/identity/conditionalAccess/'),
      );
      // A request may be on its way longer than the one after it, so the pace shows over several, not between two.
      const times = asked.map(({ time }) => Number(time));
      const span = Math.max(...times) - Math.min(...times);
      assert.ok(asked.length >= 4 && span >= (asked.length - 1) * 1_000, times.join());
      // Nothing was refused, so nothing was asked for twice by one of them.
      const addresses = asked.map(({ path, query }) => `${path} ${JSON.stringify(query)}`);
      for (const address of addresses) {
        assert.equal(addresses.filter((each) => each === address).length, 2, address);
      }
    } finally {
      await entra.close();
    }
  }).timeout(60_000);
});

describe('Twenty collections of twenty tenants with two workers', () => {
  const service = useService({ workers: 2, pace: { shareMs: 100, shortWaitMs: 100 } });

  it('take turns, each with its own org alone, whether others hang or are held up', async () => {
    const hanging = closedGate();
    let limited = true;
    const order: number[] = [];
    const orgs = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const data = tenantOf({ applications: 4, groups: 400 + index }, 100 + index);
        const okta = await startOkta({ data, latency: 10 });
        okta.simulator.intercept = async ({ path }) => {
          order.push(index);
          if (index === 0 && path === '/api/v1/groups') await hanging.pass();
          if (index !== 1 || !limited || path !== '/api/v1/apps') return undefined;
          const reset = String(Math.ceil(Date.now() / 1000) + 1);
          return {
            ...oktaError('E0000047'),
            headers: { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': reset },
          };
        };
        return okta;
      }),
    );
    try {
      const all = await Promise.all(orgs.map((okta) => begin(service(), okta.url)));
      const healthy = all.slice(2);
      let first: number | undefined;
      const snapshots = await Promise.all(
        healthy.map(async (each) => {
          const snapshot = await ended(each, 240_000);
          first ??= order.length;
          return snapshot;
        }),
      );
      for (const [index, snapshot] of snapshots.entries()) {
        await assertInventory(service(), snapshot, dataOf(orgs[index + 2]));
      }
      // Nobody had to wait for somebody else's end: when the first had ended, each had had most of its turns.
      const total = (index: number) => order.filter((each) => each === index).length;
      const turns = order.slice(0, first);
      for (let index = 2; index < orgs.length; index += 1) {
        const had = turns.filter((each) => each === index).length;
        assert.ok(had >= total(index) / 3, `org ${index} had ${had} of ${total(index)} requests`);
      }
      for (const held of all.slice(0, 2)) assert.equal((await held.read()).status, 'collecting');
      hanging.open();
      limited = false;
      for (const [index, held] of all.slice(0, 2).entries()) {
        await assertInventory(service(), await ended(held), dataOf(orgs[index]));
      }
      await assertBothWorked();
    } finally {
      hanging.open();
      await Promise.all(orgs.map((okta) => okta.close()));
    }
  }).timeout(300_000);

  function dataOf(okta: RunningOkta | undefined): OktaTenantData {
    assert.ok(okta);
    return okta.simulator.data;
  }

  async function assertBothWorked(): Promise<void> {
    const workers = await until('what both did is mirrored', async () => {
      const rows = await service().database.workflowActivity.findMany({
        where: { activityType: 'readCollection', worker: { not: null } },
        distinct: ['worker'],
        select: { worker: true },
      });
      return rows.length >= 2 && rows.map(({ worker }) => worker);
    });
    assert.deepEqual(workers.sort(), ['test-worker', 'test-worker1']);
  }
});
