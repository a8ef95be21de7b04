import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { failsSnapshot } from '../../domain/collections/ledger.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { SIMULATED_OKTA_TOKEN } from '../../simulators/okta/server.ts';
import type { Intercept } from '../../simulators/answer.ts';
import { closedGate } from '../support/gate.ts';
import { withGateway } from '../support/gateway.ts';
import { prepareSource, smallOrg, startOkta, type Road, type RunningOkta } from '../support/okta.ts';
import { closing, listenHttp } from '../support/sockets.ts';
import type { Answer, Body } from '../support/answer.ts';
import { useService, type Service } from '../support/service.ts';
import { until } from '../support/until.ts';

const wanted = { prefer: 'respond-async' };

const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);

describe('snapshots', () => {
  const service = useService();
  let okta: RunningOkta;
  before(async () => {
    okta = await startOkta({ data: smallOrg() });
  });
  afterEach(() => {
    okta.simulator.intercept = undefined;
  });
  after(() => okta.close());

  /** A tenant of its own with a source, and its collections. */
  async function prepare(options: { apiToken?: string; url?: string } = {}) {
    const as = service().forTenant();
    const { url = okta.url, ...more } = options;
    const road = await prepareSource(as, url, more);
    const collect = (headers: Record<string, string> = {}) =>
      as.call('POST', `${road.S}/snapshots`, { headers });
    return { as, road, collect, N: (id: string) => `${road.S}/snapshots/${id}` };
  }

  const ended = (as: Service, path: string) =>
    until(`${path} has ended`, async () => {
      const { body } = await as.call('GET', path);
      return body.status === 'collecting' ? null : body;
    });

  /** Lets a collection begin and holds it at its first request for applications. */
  function hold() {
    const gate = closedGate();
    const intercept: Intercept = async (request) => {
      if (request.path === '/api/v1/apps') await gate.pass();
      return undefined;
    };
    okta.simulator.intercept = intercept;
    return gate;
  }

  describe('collected while the caller waits', () => {
    let as: Service;
    let road: Road;
    let snapshot: Body;
    let answer: Awaited<ReturnType<Service['call']>>;
    before(async () => {
      const prepared = await prepare();
      ({ as, road } = prepared);
      answer = await prepared.collect();
      snapshot = answer.body;
    });

    it('are answered with 201, completed, at their location', async () => {
      assert.equal(answer.status, 201, answer.text);
      const location = `/api/v1/tenants/${as.tenant}/migrations${road.S}/snapshots/${snapshot.id}`;
      assert.equal(answer.headers.get('location'), location);
      assert.equal(snapshot.status, 'completed');
      assert.equal(snapshot.failure, null);
      assert.equal(snapshot.started_by, 'dev');
      assert.ok(Date.parse(snapshot.ended_at) >= Date.parse(snapshot.started_at));
      assert.equal(snapshot.workflow.workflow_id, `inventory/${road.source}`);
      const read = await as.call('GET', `${road.S}/snapshots/${snapshot.id}`);
      const { mirrored_at: _then, ...told } = snapshot;
      const { mirrored_at: _now, ...same } = read.body;
      assert.deepEqual(same, told);
    });

    it('count every item type, those of which there is none included', () => {
      const counted = { application: 2, provider: 0, routing_rule: 0, group: 2, assignment: 3, domain: 0 };
      const { policy, ...others } = snapshot.summary;
      assert.ok(policy > 0);
      assert.deepEqual(others, counted);
      assert.deepEqual(Object.keys(snapshot.summary).sort(), [...itemTypes].sort());
      assert.equal(snapshot.item_count, sum(Object.values(snapshot.summary)));
    });

    it('account for every object that was read', () => {
      for (const row of snapshot.collections) {
        const others = row.not_items.map(({ count }: Body) => count);
        assert.equal(row.objects, sum([row.items, ...others]), row.collection);
        assert.equal(row.complete, true, row.collection);
        for (const { meaning } of row.refusals) assert.ok(!failsSnapshot(meaning), row.collection);
      }
      assert.equal(snapshot.item_count, sum(snapshot.collections.map((row: Body) => row.items)));
      const names = snapshot.collections.map((row: Body) => row.collection);
      assert.equal(new Set(names).size, names.length);
    });

    it('move the source\u2019s last inventory', async () => {
      const source = (await as.call('GET', road.S)).body;
      assert.equal(source.last_inventory_at, snapshot.ended_at);
    });

    it('show the raw payload of every item as the incumbent has it', async () => {
      const paths: Record<string, string> = { application: 'apps', group: 'groups', policy: 'policies' };
      const compared = snapshot.items.data.filter((item: Body) => item.item_type in paths);
      assert.ok(compared.length >= 5);
      for (const item of compared) {
        const response = await fetch(`${okta.url}/api/v1/${paths[item.item_type]}/${item.external_id}`, {
          headers: { authorization: `SSWS ${SIMULATED_OKTA_TOKEN}` },
        });
        assert.deepEqual(item.raw_payload, await response.json(), item.name);
      }
    });

    it('leave the raw payloads out of lists unless they are asked for', async () => {
      const items = `${road.S}/snapshots/${snapshot.id}/items`;
      const plain = await as.call('GET', items);
      assert.ok(plain.body.data.every((item: Body) => !('raw_payload' in item)));
      const raw = await as.call('GET', `${items}?include=raw_payload`);
      assert.deepEqual(raw.body.data, snapshot.items.data);
    });

    it('go on behind their first page of items with the cursor that the detail gives', async () => {
      const whole = await prepare({ url: (await startBig()).url });
      const made = (await whole.collect()).body;
      const { data, next_cursor } = made.items;
      assert.equal(data.length, 50);
      const more = await whole.as.call('GET', `${whole.N(made.id)}/items?cursor=${next_cursor}`);
      assert.equal(more.status, 200, more.text);
      assert.ok(more.body.data[0].ordinal > data.at(-1).ordinal);
      const evidence = await whole.as.call(
        'GET',
        `${whole.N(made.id)}/evidence?cursor=${made.evidence.next_cursor}`,
      );
      assert.equal(evidence.status, 200, evidence.text);
    });

    it('give one item with its raw payload', async () => {
      const [first] = snapshot.items.data;
      const read = await as.call('GET', `${road.S}/snapshots/${snapshot.id}/items/${first.id}`);
      assert.deepEqual([read.status, read.body], [200, first]);
    });

    it('are searched by item type, and by a part of name or external id', async () => {
      const items = `${road.S}/snapshots/${snapshot.id}/items`;
      const namesOf = async (query: string) => {
        const found = await as.call('GET', `${items}?${query}`);
        assert.equal(found.status, 200, found.text);
        return found.body.data.map((item: Body) => item.name as string).sort();
      };
      assert.deepEqual(await namesOf('item_type=group'), ['Field Engineers', 'Workshop']);
      assert.deepEqual(await namesOf('item_type=application&search=registry'), ['Instrument Registry']);
      const id = snapshot.items.data.find((item: Body) => item.name === 'Workshop').external_id;
      assert.ok((await namesOf(`search=${id.slice(3, 12).toLowerCase()}`)).includes('Workshop'));
      for (const literal of ['%25', '_____', '%5C', '%2525']) {
        assert.deepEqual(await namesOf(`search=${literal}`), [], literal);
      }
      assert.deepEqual(await namesOf('item_type=domain'), []);
    });

    it('refuse filters that do not exist', async () => {
      const items = `${road.S}/snapshots/${snapshot.id}/items`;
      for (const query of ['item_type=user', 'search=', 'include=everything', 'item_type=']) {
        const answered = await as.call('GET', `${items}?${query}`);
        assert.deepEqual([answered.status, answered.body.code], [422, 'validation_failed'], query);
      }
    });

    it('list the pages that were read, with what proves them', async () => {
      const page = snapshot.evidence.data.find((each: Body) => each.collection === 'groups');
      assert.equal(page.endpoint, '/api/v1/groups');
      assert.equal(page.items, 2);
      assert.equal(page.page, 1);
      assert.equal(page.http_status, 200);
      assert.equal(page.pass, 1);
      assert.equal(page.abandoned, false);
      assert.deepEqual(page.redacted, []);
      assert.match(page.sha256, /^[0-9a-f]{64}$/);
      assert.equal(page.kept_sha256, page.sha256);
      const ids = new Set(snapshot.evidence.data.map((each: Body) => each.id));
      for (const item of snapshot.items.data) {
        for (const pointer of item.evidence) assert.ok(ids.has(pointer.id), item.name);
      }
    });

    it('give each page for download, byte for byte as its digest says', async () => {
      const token = await as.token();
      for (const page of snapshot.evidence.data) {
        const path = `/api/v1/tenants/${as.tenant}/migrations${road.S}/snapshots/${snapshot.id}/evidence/${page.id}/raw`;
        const response = await fetch(service().url + path, { headers: { authorization: `Bearer ${token}` } });
        const bytes = Buffer.from(await response.arrayBuffer());
        assert.equal(response.status, 200);
        assert.equal(createHash('sha256').update(bytes).digest('hex'), page.kept_sha256);
        assert.equal(response.headers.get('content-type'), 'application/octet-stream');
        assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
        assert.match(response.headers.get('content-disposition') ?? '', /^attachment; filename="[\w.-]+"$/);
        assert.equal(response.headers.get('content-length'), String(bytes.length));
        assert.doesNotThrow(() => JSON.parse(bytes.toString()) as unknown, page.endpoint);
      }
    });

    it('are found as the newest, and in the list of the source', async () => {
      const { items: _items, evidence: _evidence, collections: _collections, ...summary } = snapshot;
      const latest = await as.call('GET', `${road.S}/snapshots/latest`);
      assert.equal(latest.body.id, snapshot.id);
      const listed = await as.call('GET', `${road.S}/snapshots`);
      const [only, ...none] = listed.body.data;
      assert.deepEqual({ ...only, mirrored_at: summary.mirrored_at }, summary);
      assert.deepEqual(none, []);
    });

    it('leave a record of what was collected', async () => {
      const [record] = (await as.call('GET', '/audit-records')).body.data;
      assert.equal(record.action, 'migration.inventory.collected');
      assert.deepEqual(record.targets, {
        workspace_id: road.workspace,
        source_id: road.source,
        snapshot_id: snapshot.id,
      });
      assert.equal(record.facts.item_count, snapshot.item_count);
    });
  });

  let big: RunningOkta | undefined;
  const startBig = async () => (big ??= await startOkta());
  after(() => big?.close());

  it('keep numbers that no double holds, in the raw payload and in the download', async () => {
    const text =
      '[{"id":"00gBig","type":"OKTA_GROUP","profile":{"name":"Big","n":12345678901234567890,"f":1.10}}]';
    okta.simulator.intercept = ({ path }) =>
      path === '/api/v1/groups' ? { rawBody: text, headers: { link: undefined } } : undefined;
    const { as, collect, N } = await prepare();
    const made = await collect();
    assert.equal(made.status, 201, made.text);
    const payload =
      '{"id":"00gBig","type":"OKTA_GROUP","profile":{"name":"Big","n":12345678901234567890,"f":1.10}}';
    assert.ok(made.text.includes(`"raw_payload":${payload}`), 'the vendor\u2019s own text');
    const group = made.body.items.data.find((item: Body) => item.external_id === '00gBig');
    const read = await as.call('GET', `${N(made.body.id)}/items/${group.id}`);
    assert.ok(read.text.includes(`"raw_payload":${payload}`));
    const raw = await as.call('GET', `${N(made.body.id)}/evidence/${group.evidence[0].id}/raw`);
    assert.equal(raw.text, text);
  });

  describe('that the caller does not wait for', () => {
    for (const prefer of [
      'respond-async',
      'wait=0',
      'respond-async, wait=20',
      'handling=lenient; WAIT = 0',
    ]) {
      it(`(Prefer: ${prefer}) are answered with 202, where to look and when`, async () => {
        const { as, collect, N, road } = await prepare();
        const gate = hold();
        const answer = await collect({ prefer });
        assert.equal(answer.status, 202, answer.text);
        assert.equal(answer.body.status, 'collecting');
        assert.equal(answer.body.ended_at, null);
        assert.deepEqual(answer.body.summary, Object.fromEntries(itemTypes.map((type) => [type, 0])));
        const location = `/api/v1/tenants/${as.tenant}/migrations${N(answer.body.id)}`;
        assert.equal(answer.headers.get('location'), location);
        assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
        const inFlight = await as.call('GET', N(answer.body.id));
        assert.equal(inFlight.body.status, 'collecting');
        assert.equal((await as.call('GET', `${road.S}/snapshots/latest`)).body.id, answer.body.id);
        gate.open();
        const done = await ended(as, N(answer.body.id));
        assert.equal(done.status, 'completed', JSON.stringify(done.failure));
        assert.equal(done.item_count > 0, true);
      });
    }

    it('go on when the caller hangs up', async () => {
      const { as, road } = await prepare();
      const gate = hold();
      const hangUp = new AbortController();
      const asked = fetch(`${service().url}/api/v1/tenants/${as.tenant}/migrations${road.S}/snapshots`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await as.token()}` },
        signal: hangUp.signal,
      });
      await gate.reached;
      hangUp.abort();
      await assert.rejects(asked);
      gate.open();
      const { body } = await as.call('GET', `${road.S}/snapshots/latest`);
      assert.equal((await ended(as, `${road.S}/snapshots/${body.id}`)).status, 'completed');
    });
  });

  describe('are one at a time of a source', () => {
    it('so that a second one is refused while the first runs, and taken afterwards', async () => {
      const { as, collect, N } = await prepare();
      const gate = hold();
      const first = await collect(wanted);
      const second = await collect();
      assert.deepEqual([second.status, second.body.code], [409, 'collection_in_progress']);
      gate.open();
      await ended(as, N(first.body.id));
      assert.equal((await collect()).status, 201);
    });

    it('also when six are asked for at once', async () => {
      const { as, road, collect } = await prepare();
      const gate = hold();
      const answers = await Promise.all(Array.from({ length: 6 }, () => collect(wanted)));
      gate.open();
      assert.deepEqual(answers.map((answer) => answer.status).sort(), [202, 409, 409, 409, 409, 409]);
      const refused = answers.filter((answer) => answer.status === 409).map((answer) => answer.body.code);
      assert.deepEqual([...new Set(refused)], ['collection_in_progress']);
      const listed = (await as.call('GET', `${road.S}/snapshots`)).body.data;
      assert.equal(listed.length, 1);
      await ended(as, `${road.S}/snapshots/${listed[0].id}`);
    });
  });

  describe('that the incumbent refuses', () => {
    it('fail with 502 and the snapshot\u2019s id; the snapshot tells what was refused', async () => {
      const { as, collect, N, road } = await prepare({ apiToken: 'a-wrong-token' });
      const answer = await collect();
      assert.deepEqual([answer.status, answer.body.code], [502, 'source_rejected']);
      const failed = (await as.call('GET', N(answer.body.snapshot_id))).body;
      assert.equal(failed.status, 'failed');
      assert.equal(failed.failure.code, 'source_rejected');
      assert.equal(failed.failure.http_status, 401);
      assert.equal(failed.failure.vendor_code, 'E0000011');
      assert.equal(failed.ended_at, failed.failure.at);
      assert.ok(!answer.text.includes('a-wrong-token') && !JSON.stringify(failed).includes('a-wrong-token'));
      assert.equal((await as.call('GET', `${road.S}/snapshots/latest`)).body.id, failed.id);
      assert.equal((await as.call('GET', road.S)).body.last_inventory_at, null);
      const [record] = (await as.call('GET', '/audit-records')).body.data;
      assert.equal(record.action, 'migration.inventory.collection_failed');
      assert.equal(record.facts.vendor_code, 'E0000011');
    });

    it('in one collection only list that refusal, what it means and what grants it', async () => {
      okta.simulator.intercept = ({ path }) =>
        path === '/api/v1/domains'
          ? { status: 403, body: { errorCode: 'E0000006', errorSummary: 'You do not have permission' } }
          : undefined;
      const { as, collect, N } = await prepare();
      const answer = await collect();
      assert.deepEqual([answer.status, answer.body.code], [502, 'source_rejected']);
      const { failure, collections } = (await as.call('GET', N(answer.body.snapshot_id))).body;
      const refused = failure.refusals.filter((each: Body) => failsSnapshot(each.meaning));
      assert.equal(refused.length, 1);
      const [refusal] = refused;
      assert.deepEqual(
        [refusal.endpoint, refusal.status, refusal.code, refusal.meaning, refusal.count],
        ['/api/v1/domains', 403, 'E0000006', 'not_permitted', 1],
      );
      assert.match(refusal.remedy, /okta\.customizations\.read/);
      assert.match(failure.message, /\/api\/v1\/domains .*okta\.customizations\.read/);
      const row = collections.find((each: Body) => each.collection === 'domains');
      assert.deepEqual([row.complete, row.refusals], [false, [refusal]]);
    });

    it('with something that is no JSON fail as unusable', async () => {
      okta.simulator.intercept = ({ path }) =>
        path === '/api/v1/groups'
          ? { rawBody: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } }
          : undefined;
      const { collect } = await prepare();
      const answer = await collect();
      assert.deepEqual([answer.status, answer.body.code], [502, 'source_unusable']);
      assert.ok(!answer.text.includes('<html>'), 'nothing of the answer is passed on');
    }).timeout(30_000);

    it('by sending us elsewhere fail, and the other place never hears of us', async () => {
      await closing(
        listenHttp((_request, response) => response.end('[]')),
        async (elsewhere) => {
          okta.simulator.intercept = ({ path }) =>
            path === '/api/v1/apps'
              ? { status: 302, headers: { location: `${elsewhere.origin}/api/v1/apps` }, rawBody: '' }
              : undefined;
          const { collect } = await prepare();
          const answer = await collect();
          assert.equal(answer.status, 502, answer.text);
          assert.deepEqual(elsewhere.requests, []);
        },
      );
    }).timeout(30_000);
  });

  describe('that are cancelled', () => {
    it('end as failed, tell the waiting caller so, and free the source', async () => {
      const { as, road, collect, N } = await prepare();
      const gate = hold();
      const waiting = collect();
      await gate.reached;
      const { body: running } = await as.call('GET', `${road.S}/snapshots/latest`);
      const cancelled = await as.call('POST', `${N(running.id)}/cancel`);
      assert.equal(cancelled.status, 202, cancelled.text);
      const location = `/api/v1/tenants/${as.tenant}/migrations${N(running.id)}`;
      assert.equal(cancelled.headers.get('location'), location);
      gate.open();
      const answer = await waiting;
      assert.deepEqual([answer.status, answer.body.code], [409, 'run_stopped']);
      assert.equal(answer.body.snapshot_id, running.id);
      const failed = await ended(as, N(running.id));
      assert.deepEqual([failed.status, failed.failure.code], ['failed', 'run_stopped']);
      okta.simulator.intercept = undefined;
      assert.equal((await collect()).status, 201);
    });

    it('a second time before they end are told the same', async () => {
      const { as, collect, N } = await prepare();
      const gate = hold();
      const { body } = await collect(wanted);
      await gate.reached;
      const answers = await Promise.all([1, 2].map(() => as.call('POST', `${N(body.id)}/cancel`)));
      assert.deepEqual(
        answers.map((answer) => answer.status),
        [202, 202],
      );
      gate.open();
      await ended(as, N(body.id));
    });

    it('after their end are refused', async () => {
      const { as, collect, N } = await prepare();
      const { body } = await collect();
      const answer = await as.call('POST', `${N(body.id)}/cancel`);
      assert.deepEqual([answer.status, answer.body.code], [409, 'run_ended']);
      assert.equal((await as.call('GET', N(body.id))).body.status, 'completed');
    });
  });

  describe('of a source that meanwhile', () => {
    it('is to be archived keep it from that, and its workspace; archived, it is not collected', async () => {
      const { as, road, collect, N } = await prepare();
      const gate = hold();
      const { body } = await collect(wanted);
      await gate.reached;
      for (const path of [road.S, road.W]) {
        const refused = await as.call('POST', `${path}/archive`);
        assert.deepEqual([refused.status, refused.body.code], [409, 'run_in_progress'], path);
      }
      gate.open();
      assert.equal((await ended(as, N(body.id))).status, 'completed');
      assert.equal((await as.call('POST', `${road.S}/archive`)).status, 200);
      const late = await collect();
      assert.deepEqual([late.status, late.body.code], [409, 'source_archived']);
    });

    it('is to be archived at the same moment are either first, or refused', async () => {
      for (let round = 0; round < 5; round += 1) {
        const { as, road, collect, N } = await prepare();
        const gate = hold();
        const [collected, archived] = await Promise.all([
          collect(wanted),
          as.call('POST', `${road.S}/archive`),
        ]);
        const first = collected.status === 202;
        if (!first) assert.deepEqual([collected.status, collected.body.code], [409, 'source_archived']);
        else assert.deepEqual([archived.status, archived.body.code], [409, 'run_in_progress']);
        gate.open();
        if (first) assert.equal((await ended(as, N(collected.body.id))).status, 'completed');
      }
    });

    /**
     * Collects an org where, once groups are asked for, the source's secret is replaced by `next` and the org takes
     * the token `latter` alone.
     */
    async function rotated(next: string, use: (collected: Answer) => void): Promise<void> {
      const as = service().forTenant();
      let source = '';
      let accepted = 'former';
      const token = async (given: string, { url }: { url: string }) => {
        if (url.startsWith('/api/v1/groups?') && accepted === 'former') {
          const body = { secret: { api_token: next } };
          assert.equal((await as.call('PUT', `${source}/secret`, { body })).status, 200);
          accepted = 'latter';
        }
        return given === accepted ? SIMULATED_OKTA_TOKEN : 'refused';
      };
      await withGateway({ data: smallOrg() }, { token }, async (origin) => {
        source = (await prepareSource(as, origin, { apiToken: 'former' })).S;
        use(await as.call('POST', `${source}/snapshots`));
        assert.equal(accepted, 'latter');
      });
    }

    it('gets another secret, while the incumbent refuses the former one, go on with the new one', () =>
      rotated('latter', (answer) => {
        assert.equal(answer.status, 201, answer.text);
        assert.equal(answer.body.summary.group, 2);
      }));

    it('gets another secret that the incumbent refuses fail', () =>
      rotated('neither', (answer) => {
        assert.deepEqual([answer.status, answer.body.code], [502, 'source_rejected']);
        assert.equal(answer.body.failure.vendor_code, 'E0000011');
      }));
  });

  it('that never were are not there', async () => {
    const { as, road } = await prepare();
    const latest = await as.call('GET', `${road.S}/snapshots/latest`);
    assert.deepEqual([latest.status, latest.body.code], [404, 'not_found']);
    assert.deepEqual((await as.call('GET', `${road.S}/snapshots`)).body, { data: [], next_cursor: null });
  });
});
