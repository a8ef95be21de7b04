import assert from 'node:assert/strict';
import { readCollection } from '../../../activities/collect/readCollection.ts';
import { DomainError } from '../../../domain/errors.ts';
import { emptyTenant, type OktaTenantData } from '../../../simulators/okta/data.ts';
import { oktaError } from '../../../simulators/okta/errors.ts';
import { generateOktaTenant } from '../../../simulators/okta/generate.ts';
import type { InjectedAnswer, Intercept, SimulatedRequest } from '../../../simulators/answer.ts';
import type { OktaSimulatorOptions } from '../../../simulators/okta/server.ts';
import {
  assertInventory,
  assertLedgerAddsUp,
  collect,
  freshTenant,
  ledgerRow,
  storedItems,
  type Collected,
} from '../../support/inventory.ts';
import { activityDependencies, runActivity } from '../../support/activities.ts';
import { closedGate } from '../../support/gate.ts';
import { prepareSource, startOkta, type RunningOkta } from '../../support/okta.ts';
import { until } from '../../support/until.ts';
import type { Body } from '../../support/answer.ts';
import { useService, type Service } from '../../support/service.ts';

/** A tenant whose groups stand on three pages (the second is shorter than asked for) and nothing else. */
const threePages = (): OktaTenantData => {
  const size = { applications: 0, groups: 500, groupAssignments: 0, userAssignments: 0, seed: 7 };
  return { ...emptyTenant(), groups: generateOktaTenant(size).groups };
};

const isGroups = ({ path, query }: SimulatedRequest) =>
  path === '/api/v1/groups' && query.expand === undefined;

describe('A collection of an Okta org', () => {
  const service = useService({ pace: { backoffMs: 5 } });

  /** Collects an org that answers as the options say; closes it after. */
  async function collectFrom(
    options: OktaSimulatorOptions & { apiToken?: string },
    use: (collected: Collected & { okta: RunningOkta }) => Promise<void> | void,
    prepare: (okta: RunningOkta) => void = () => undefined,
  ): Promise<void> {
    const { apiToken, ...simulator } = options;
    const okta = await startOkta(simulator);
    prepare(okta);
    try {
      await use({ ...(await collect(service(), okta.url, apiToken)), okta });
    } finally {
      await okta.close();
    }
  }

  /** Answers the n-th request for a page of groups, or each of them, in another way. */
  const onGroups =
    (answer: (nth: number, okta: RunningOkta) => ReturnType<Intercept>) => (okta: RunningOkta) => {
      let nth = 0;
      okta.simulator.intercept = (request) => (isGroups(request) ? answer((nth += 1), okta) : undefined);
    };

  const groupRequests = ({ simulator }: RunningOkta) => simulator.requests.filter(isGroups).length;

  const refused = ({ answer, snapshot }: Collected, code: string): Body => {
    assert.equal(answer.status, 502, answer.text);
    assert.equal(answer.body.code, code);
    assert.equal(answer.body.snapshot_id, snapshot.id);
    assert.equal(snapshot.status, 'failed');
    assert.equal(snapshot.failure.code, code);
    assertLedgerAddsUp(snapshot);
    return snapshot.failure;
  };

  describe('is whole', () => {
    it('for the invented company, item by item', () =>
      collectFrom({}, async ({ service: own, snapshot, okta }) => {
        await assertInventory(own, snapshot, okta.simulator.data);
        assert.ok(snapshot.collections.every((row: Body) => row.complete && row.refusals.length === 0));
        assert.ok(okta.simulator.requests.every(({ method }) => method === 'GET'));
      }));

    it('for an org with nothing in it', () =>
      collectFrom({ data: emptyTenant() }, async ({ service: own, snapshot }) => {
        await assertInventory(own, snapshot, emptyTenant());
        assert.equal(snapshot.item_count, 0);
        assert.ok(snapshot.collections.every((row: Body) => row.complete));
      }));

    it('for an org with one group and nothing else', () => {
      const data = { ...emptyTenant(), groups: threePages().groups.slice(0, 1) };
      return collectFrom({ data }, async ({ service: own, snapshot }) => {
        await assertInventory(own, snapshot, data);
        assert.equal(snapshot.summary.group, 1);
      });
    });

    it('when a short page stands before others and an empty one at the end', () =>
      collectFrom({ data: threePages() }, async ({ service: own, snapshot, okta }) => {
        await assertInventory(own, snapshot, okta.simulator.data);
        assert.equal(ledgerRow(snapshot, 'groups').pages, 3);
      }));

    it('when an item stands on two pages: it is one item, and one duplicate', () => {
      const data = threePages();
      const [first] = data.groups;
      data.groups.push({ ...first });
      return collectFrom({ data }, async ({ service: own, snapshot }) => {
        await assertInventory(own, snapshot, data);
        assert.deepEqual(ledgerRow(snapshot, 'groups').not_items, [{ reason: 'duplicate', count: 1 }]);
      });
    });

    it('when the org sends a page twice under different cursors', () => {
      let again: string | undefined;
      return collectFrom(
        { data: threePages() },
        async ({ service: own, snapshot, okta }) => {
          const row = ledgerRow(snapshot, 'groups');
          assert.deepEqual(row.not_items, [{ reason: 'duplicate', count: 120 }]);
          assert.equal(row.items, 500);
          const kept = await own.database.inventoryItem.count({ where: { snapshotId: snapshot.id } });
          assert.equal(kept, okta.simulator.data.groups.length);
        },
        (okta) => {
          okta.simulator.intercept = async (request) => {
            if (!isGroups(request) || request.query.after === undefined) return undefined;
            if (again === undefined) {
              // The second page's answer is kept and sent once more, behind a cursor of its own.
              const url = new URL(`${okta.url}/api/v1/groups`);
              url.search = new URLSearchParams(request.query).toString();
              again = url.href;
              return { headers: { link: `<${okta.url}/api/v1/groups?limit=200&after=twice>; rel="next"` } };
            }
            if (request.query.after !== 'twice') return undefined;
            const headers = { authorization: 'SSWS simulated-okta-token' };
            const answer = await fetch(again.replace('/groups?', '/groups?again=1&'), { headers });
            const link = answer.headers.get('link') ?? '';
            return { status: 200, rawBody: await answer.text(), headers: { link } };
          };
        },
      );
    });
  });

  describe('fails at once', () => {
    it('when the token is refused', () =>
      collectFrom({ apiToken: '00aWrongToken' }, (collected) => {
        const failure = refused(collected, 'source_rejected');
        assert.equal(failure.http_status, 401);
        assert.equal(failure.vendor_code, 'E0000011');
        assert.match(failure.message, /token is wrong, expired or revoked/);
        assert.match(failure.endpoint, /^\/api\/v1\//);
        assert.equal(typeof failure.vendor_request_id, 'string');
        assert.ok(collected.okta.simulator.requests.length <= 8, 'it went on asking');
        assert.ok(!collected.answer.text.includes('00aWrongToken'));
      }));

    it('when the token is revoked half way', () =>
      collectFrom(
        { data: threePages() },
        (collected) => {
          assert.equal(refused(collected, 'source_rejected').http_status, 401);
          assert.equal(ledgerRow(collected.snapshot, 'groups').complete, false);
        },
        onGroups((nth) => (nth >= 2 ? oktaError('E0000011') : undefined)),
      ));
  });

  describe('reads everything else to its end and then fails with all refusals', () => {
    it('when the administrator role lacks some endpoints', () =>
      collectFrom({ deny: ['idps', 'domains', 'groupRules'] }, async (collected) => {
        const failure = refused(collected, 'source_rejected');
        assert.equal(failure.http_status, 403);
        assert.equal(failure.reason, 'not_permitted');
        const refusals = failure.refusals as Body[];
        assert.deepEqual(
          refusals.map(({ endpoint, status, code, meaning, count }) => ({
            endpoint,
            status,
            code,
            meaning,
            count,
          })),
          ['/api/v1/domains', '/api/v1/groups/rules', '/api/v1/idps'].map((endpoint) => ({
            endpoint,
            status: 403,
            code: 'E0000006',
            meaning: 'not_permitted',
            count: 1,
          })),
        );
        for (const { remedy } of refusals) assert.match(remedy, /a role that holds okta\.\w+\.read/);
        const { snapshot, okta } = collected;
        const incomplete = snapshot.collections.filter((row: Body) => !row.complete);
        assert.deepEqual(incomplete.map((row: Body) => row.collection).sort(), [
          'domains',
          'group_rules',
          'identity_providers',
        ]);
        assert.equal(ledgerRow(snapshot, 'applications').items, okta.simulator.data.apps.length);
        assert.equal(ledgerRow(snapshot, 'application_groups').items, okta.simulator.data.appGroups.length);
      }));

    it('and leaves the source free to be collected again', async () => {
      const okta = await startOkta({ data: threePages() });
      try {
        okta.simulator.intercept = (request) => (isGroups(request) ? oktaError('E0000006') : undefined);
        const failed = await collect(service(), okta.url);
        refused(failed, 'source_rejected');
        okta.simulator.intercept = undefined;
        const again = await failed.service.call('POST', `${failed.road.S}/snapshots`);
        assert.equal(again.status, 201, again.text);
        assert.equal(again.body.summary.group, 500);
      } finally {
        await okta.close();
      }
    });
  });

  describe('completes, and says in its ledger', () => {
    it('what the org does not have', () =>
      collectFrom(
        { absent: ['emailDomains', 'policies:ACCESS_POLICY', 'authorizationServers'] },
        ({ snapshot, okta }) => {
          assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
          assertLedgerAddsUp(snapshot);
          const types = okta.simulator.data.policies.filter(({ type }) => type !== 'ACCESS_POLICY');
          for (const [collection, endpoint] of [
            ['email_domains', '/api/v1/email-domains'],
            ['policies', '/api/v1/policies'],
            ['authorization_servers', '/api/v1/authorizationServers'],
          ] as const) {
            const row = ledgerRow(snapshot, collection);
            assert.equal(row.complete, true);
            const [refusal] = row.refusals;
            assert.equal(refusal.meaning, 'not_licensed', collection);
            assert.equal(refusal.endpoint, endpoint);
            assert.equal(refusal.status, 401);
            assert.equal(refusal.code, 'E0000015');
          }
          assert.equal(ledgerRow(snapshot, 'policies').objects, types.length);
        },
      ));

    it('what stays unsupported however often it is asked for', () =>
      collectFrom(
        { data: emptyTenant() },
        ({ snapshot }) => {
          assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
          const refusals = ledgerRow(snapshot, 'policies').refusals.filter(
            (each: Body) => each.status === 501,
          );
          assert.deepEqual(
            refusals.map(({ code, meaning, count }: Body) => ({ code, meaning, count })),
            [{ code: 'E0000060', meaning: 'not_there', count: 1 }],
          );
        },
        ({ simulator }) => {
          simulator.intercept = ({ query }) =>
            query.type === 'CLIENT_UPDATE' ? oktaError('E0000060') : undefined;
        },
      ));

    it('that an auxiliary read was refused', () =>
      collectFrom({ deny: ['groupRules'] }, ({ snapshot }) => {
        assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
        const row = ledgerRow(snapshot, 'group_rules');
        assert.equal(row.refusals[0].meaning, 'not_permitted');
        assert.match(row.refusals[0].remedy, /okta\.groups\.read/);
      }));

    it('that an application was deleted between its listing and its assignments', () => {
      let deleted: unknown;
      return collectFrom(
        {},
        async ({ snapshot, service: own, okta }) => {
          assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
          assertLedgerAddsUp(snapshot);
          for (const collection of ['application_groups', 'application_users'] as const) {
            const row = ledgerRow(snapshot, collection);
            assert.equal(row.complete, true);
            assert.deepEqual(
              row.refusals.map(({ endpoint, meaning, count }: Body) => ({ endpoint, meaning, count })),
              [
                {
                  endpoint: `/api/v1/apps/${String(deleted)}/${collection === 'application_groups' ? 'groups' : 'users'}`,
                  meaning: 'gone',
                  count: 1,
                },
              ],
            );
          }
          assert.equal(snapshot.summary.application, okta.simulator.data.apps.length + 1);
          const left = await own.database.inventoryItem.count({
            where: { snapshotId: snapshot.id, externalId: { startsWith: `${String(deleted)}/` } },
          });
          assert.equal(left, 0);
        },
        ({ simulator }) => {
          const { data } = simulator;
          simulator.intercept = ({ path }) => {
            if (deleted === undefined && /^\/api\/v1\/apps\/[^/]+\//.test(path)) {
              deleted = data.apps[5]?.id;
              data.apps.splice(5, 1);
            }
            return undefined;
          };
        },
      );
    });

    it('that a policy was deleted before its rules were read, which then are unknown and not none', () => {
      let deleted: unknown;
      return collectFrom(
        {},
        async ({ snapshot, service: own }) => {
          assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
          const policy = await own.database.inventoryItem.findFirstOrThrow({
            where: { snapshotId: snapshot.id, itemType: 'policy', externalId: String(deleted) },
          });
          assert.equal((policy.normalized as { rules: unknown }).rules, null);
          assert.equal(ledgerRow(snapshot, 'policy_rules').refusals[0].meaning, 'gone');
          const others = await own.database.inventoryItem.findMany({
            where: { snapshotId: snapshot.id, itemType: 'policy', NOT: { id: policy.id } },
          });
          assert.ok(
            others.every(({ normalized }) => Array.isArray((normalized as { rules: unknown }).rules)),
          );
        },
        ({ simulator }) => {
          const { data } = simulator;
          simulator.intercept = ({ path }) => {
            if (deleted === undefined && /^\/api\/v1\/policies\/[^/]+\/rules$/.test(path)) {
              // The last one in the list: no rules of it can have been asked for yet.
              const index = data.policies.findLastIndex(({ type }) => type === 'PROFILE_ENROLLMENT');
              deleted = data.policies[index]?.id;
              data.policies.splice(index, 1);
            }
            return undefined;
          };
        },
      );
    });
  });

  describe('waits', () => {
    const limited = (seconds: number): InjectedAnswer => {
      const now = Date.now();
      return {
        ...oktaError('E0000047'),
        headers: {
          date: new Date(now).toUTCString(),
          'x-rate-limit-remaining': '0',
          'x-rate-limit-reset': String(Math.floor(now / 1000) + seconds),
        },
      };
    };

    for (const [how, seconds] of [
      ['in place for a short while', 0],
      ['and leaves the worker free for a longer one', 2],
    ] as const) {
      it(`for a limit that is met in the middle of a list, ${how}`, () => {
        let limitedAt = 0;
        let againAt = 0;
        return collectFrom(
          { data: threePages() },
          async ({ service: own, snapshot, okta }) => {
            await assertInventory(own, snapshot, okta.simulator.data);
            assert.ok(againAt - limitedAt >= seconds * 1000, 'it asked before the limit was lifted');
            assert.equal(groupRequests(okta), 4);
          },
          onGroups((nth) => {
            if (nth === 3) againAt = Date.now();
            if (nth !== 2) return undefined;
            limitedAt = Date.now();
            return limited(seconds);
          }),
        );
      }).timeout(30_000);
    }
  });

  describe('tries again', () => {
    const faults: [string, InjectedAnswer][] = [
      ['an internal error', oktaError('E0000009')],
      ['a gateway page', { status: 502, rawBody: '<html>', headers: { 'content-type': 'text/html' } }],
      ['a connection that breaks', { disconnect: true }],
      ['a page cut short of its length', { truncateAt: 1_000 }],
      ['a page whose JSON is cut', { rawBody: '[{"id":"00g1","prof' }],
      ['an object that is locked', oktaError('E0000239')],
    ];
    const each = (check: (what: string, fault: InjectedAnswer) => Promise<void>) =>
      Promise.all(faults.map(([what, fault]) => check(what, fault)));

    it(`on ${faults.map(([what]) => what).join(', ')}: a few times, and goes on where it was`, () =>
      each((what, fault) =>
        collectFrom(
          { data: threePages() },
          async ({ service: own, snapshot, okta }) => {
            await assertInventory(own, snapshot, okta.simulator.data);
            assert.equal(groupRequests(okta), 3 + 3, what);
          },
          onGroups((nth) => (nth >= 2 && nth <= 4 ? fault : undefined)),
        ),
      )).timeout(40_000);

    it('on the same for ever: eight times, then the snapshot fails and says where', () =>
      each((what, fault) =>
        collectFrom(
          { data: threePages() },
          (collected) => {
            const failure = refused(collected, 'source_unusable');
            assert.equal(failure.endpoint, '/api/v1/groups', what);
            assert.equal(failure.reason, 'unreadable', what);
            assert.equal(groupRequests(collected.okta), 1 + 8, what);
            const row = ledgerRow(collected.snapshot, 'groups');
            assert.equal(row.items, 200, what);
            assert.equal(row.complete, false, what);
          },
          onGroups((nth) => (nth >= 2 ? fault : undefined)),
        ),
      )).timeout(40_000);
  });

  describe('does not take', () => {
    const html = {
      status: 200,
      rawBody: '<html>maintenance</html>',
      headers: { 'content-type': 'text/html' },
    };
    const places = [
      ['first', 1],
      ['middle', 2],
      ['last', 3],
    ] as const;

    it('HTML for JSON on the first, a middle or the last page of a list', () =>
      Promise.all(
        places.map(([which, page]) =>
          collectFrom(
            { data: threePages() },
            (collected) => {
              const failure = refused(collected, 'source_unusable');
              assert.equal(failure.endpoint, '/api/v1/groups', which);
              assert.equal(failure.http_status, 200, which);
              assert.equal(ledgerRow(collected.snapshot, 'groups').pages, page - 1, which);
            },
            onGroups((nth) => (nth >= page ? html : undefined)),
          ),
        ),
      ));

    it('HTML for JSON, but asks once more before it gives up', () =>
      Promise.all(
        places.map(([, page]) =>
          collectFrom(
            { data: threePages() },
            ({ service: own, snapshot, okta }) => assertInventory(own, snapshot, okta.simulator.data),
            onGroups((nth) => (nth === page ? html : undefined)),
          ),
        ),
      ));

    it('an object where a list was due', () =>
      collectFrom(
        { data: threePages() },
        (collected) => assert.equal(refused(collected, 'source_unusable').endpoint, '/api/v1/groups'),
        onGroups(() => ({ body: { groups: [] } })),
      ));

    it('a redirect, wherever it leads', () =>
      collectFrom(
        { data: threePages() },
        (collected) => assert.equal(refused(collected, 'source_unusable').http_status, 302),
        onGroups((_nth, okta) => ({
          status: 302,
          rawBody: '',
          headers: { location: `${okta.url}/elsewhere` },
        })),
      ));

    it('a next link to another host', () =>
      collectFrom(
        { data: threePages() },
        (collected) => {
          assert.equal(refused(collected, 'source_unusable').endpoint, '/api/v1/groups');
          assert.equal(ledgerRow(collected.snapshot, 'groups').pages, 1);
        },
        onGroups((nth) =>
          nth >= 2
            ? { headers: { link: '<https://elsewhere.example/api/v1/groups?after=b>; rel="next"' } }
            : undefined,
        ),
      ));

    it('a page whose next link leads to itself', () => {
      let itself = '';
      return collectFrom(
        { data: threePages() },
        (collected) => {
          assert.equal(refused(collected, 'source_unusable').endpoint, '/api/v1/groups');
          assert.ok(groupRequests(collected.okta) <= 5);
        },
        ({ simulator, url }) => {
          simulator.intercept = (request) => {
            if (!isGroups(request) || request.query.after === undefined) return undefined;
            itself = `${url}/api/v1/groups?${new URLSearchParams(request.query).toString()}`;
            return { headers: { link: `<${itself}>; rel="next"` } };
          };
        },
      );
    });

    for (const [where, back] of [
      ['the first one', ''],
      ['the second one', '&after=two'],
    ]) {
      it(`pages that lead in a circle, back to ${where}`, () =>
        collectFrom(
          { data: threePages() },
          (collected) => {
            assert.equal(refused(collected, 'source_unusable').endpoint, '/api/v1/groups');
            assert.ok(groupRequests(collected.okta) <= 8, `${groupRequests(collected.okta)} requests`);
          },
          ({ simulator, url }) => {
            const leads: Record<string, string> = {
              '': '&after=two',
              two: '&after=three',
              three: back ?? '',
            };
            simulator.intercept = (request) => {
              if (!isGroups(request)) return undefined;
              const { after = '' } = request.query;
              const link = `<${url}/api/v1/groups?limit=200${leads[after] ?? ''}>; rel="next"`;
              return { status: 200, body: [simulator.data.groups[after.length]], headers: { link } };
            };
          },
        ));
    }
  });

  describe('begins a list anew when its cursor has died', () => {
    it('marks the abandoned pages, doubles nothing, and drops what is there no more', () =>
      collectFrom(
        { data: threePages() },
        async ({ service: own, snapshot, okta }) => {
          await assertInventory(own, snapshot, okta.simulator.data);
          assert.equal(snapshot.summary.group, 499);
          const pages = await own.database.evidencePage.findMany({
            where: { snapshotId: snapshot.id, collection: 'groups' },
            orderBy: [{ pass: 'asc' }, { page: 'asc' }],
            select: { pass: true, page: true, abandoned: true },
          });
          assert.deepEqual(pages, [
            { pass: 1, page: 1, abandoned: true },
            { pass: 1, page: 2, abandoned: true },
            { pass: 2, page: 1, abandoned: false },
            { pass: 2, page: 2, abandoned: false },
            { pass: 2, page: 3, abandoned: false },
          ]);
          assert.equal(ledgerRow(snapshot, 'groups').pages, 3);
          // What it points to is a page that counts.
          const items = await own.database.inventoryItem.findMany({
            where: { snapshotId: snapshot.id, itemType: 'group' },
            select: { pass: true },
          });
          assert.ok(items.every(({ pass }) => pass === 2));
        },
        (okta) =>
          onGroups((nth) => {
            if (nth === 3) {
              okta.simulator.data.groups.splice(10, 1);
              okta.simulator.expireCursors();
            }
            return undefined;
          })(okta),
      ));

    it('but not for ever', () =>
      collectFrom(
        { data: threePages() },
        (collected) => {
          const failure = refused(collected, 'source_unusable');
          assert.equal(failure.vendor_code, 'E0000029');
          assert.equal(failure.endpoint, '/api/v1/groups');
          assert.equal(groupRequests(collected.okta), 2 * 5);
        },
        ({ simulator }) => {
          simulator.intercept = (request) =>
            isGroups(request) && request.query.after !== undefined
              ? oktaError('E0000029', undefined, ['Invalid cursor.'])
              : undefined;
        },
      ));
  });

  describe('read by two attempts at once, one of which Temporal has given up', () => {
    /** Begins a collection and returns its snapshot and the run that has claimed it. */
    async function begin(okta: RunningOkta) {
      const own = await freshTenant(service());
      const road = await prepareSource(own, okta.url);
      const headers = { prefer: 'respond-async' };
      const { id } = (await own.call('POST', `${road.S}/snapshots`, { headers })).body;
      const { run } = await until('the run is claimed', () =>
        own.database.snapshot.findFirst({
          where: { id, run: { claimedAt: { not: null } } },
          include: { run: true },
        }),
      );
      const execution = { workflowId: run.workflowId, runId: run.runIds[0] ?? '' };
      const input = { tenantId: own.tenant, snapshotId: id as string, collection: 'groups' };
      const attempt = () => runActivity(readCollection(activityDependencies(own)), input, execution, 2);
      const ended = () =>
        until('the snapshot has ended', async () => {
          const { body } = await own.call('GET', `${road.S}/snapshots/latest`);
          return body.status === 'collecting' ? null : body;
        });
      return { own, road, id: id as string, attempt, ended };
    }

    const pagesOf = (own: Service, snapshotId: string) =>
      own.database.evidencePage.findMany({
        where: { snapshotId, collection: 'groups' },
        orderBy: [{ pass: 'asc' }, { page: 'asc' }],
        select: { pass: true, page: true, attempt: true },
      });

    it('has each page once; the one that lost it takes up the list where it stands', async () => {
      const okta = await startOkta({ data: threePages() });
      const gate = closedGate();
      onGroups(async (nth) => {
        if (nth === 2) await gate.pass();
        return undefined;
      })(okta);
      try {
        const { own, id, attempt, ended } = await begin(okta);
        await gate.reached;
        await until('page 1 is stored', async () => (await pagesOf(own, id)).length === 1);
        // The worker's attempt waits for page 2; this one reads it and the rest.
        assert.equal((await attempt()).done, true);
        gate.open();
        await assertInventory(own, await ended(), okta.simulator.data);
        assert.deepEqual(await pagesOf(own, id), [
          { pass: 1, page: 1, attempt: 1 },
          { pass: 1, page: 2, attempt: 2 },
          { pass: 1, page: 3, attempt: 2 },
        ]);
      } finally {
        await okta.close();
      }
    });

    it('takes nothing from an answer that comes when all is done', async () => {
      const okta = await startOkta({ data: threePages() });
      const [worker, late] = [closedGate(), closedGate()];
      onGroups(async (nth) => {
        if (nth === 1) await worker.pass();
        if (nth === 3) await late.pass();
        return undefined;
      })(okta);
      try {
        const { own, road, id, attempt, ended } = await begin(okta);
        await worker.reached;
        const zombie = attempt().then(
          () => assert.fail('it wrote'),
          (error: unknown) => error,
        );
        await late.reached;
        // Page 2 was asked for while page 1 was being stored.
        await until('page 1 is stored', async () => (await pagesOf(own, id)).length === 1);
        worker.open();
        const snapshot = await ended();
        await assertInventory(own, snapshot, okta.simulator.data);
        const before = [await pagesOf(own, id), await storedItems(own, id)];
        late.open();
        const error = await zombie;
        assert.ok(error instanceof DomainError);
        assert.equal(error.code, 'collection_superseded');
        assert.deepEqual([await pagesOf(own, id), await storedItems(own, id)], before);
        const { body } = await own.call('GET', `${road.S}/snapshots/latest`);
        assert.deepEqual(body.collections, snapshot.collections);
      } finally {
        await okta.close();
      }
    });
  });
});
