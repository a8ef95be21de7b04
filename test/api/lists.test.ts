import assert from 'node:assert/strict';
import {
  prepareSource,
  smallOrg,
  startOkta,
  walkToPlan,
  type Road,
  type RunningOkta,
} from '../support/okta.ts';
import type { Body } from '../support/answer.ts';
import { makeGroup } from '../support/cutover.ts';
import { useService, type Service } from '../support/service.ts';

/** A list as a test walks it. */
interface Listed {
  path: string;
  /** What stands for an entry. */
  key: (entry: Body) => string;
  /** Adds one more entry, where the list can grow. */
  add?: () => Promise<unknown>;
  /** A filter that leaves more than one entry. */
  filter?: string;
}

const id = (entry: Body): string => entry.id;

describe('lists', () => {
  const service = useService();
  let okta: RunningOkta;
  let lists: Record<string, Listed>;
  before(async function () {
    this.timeout(60_000);
    okta = await startOkta({ data: smallOrg() });
    lists = await fillLists(service());
  });
  after(() => okta.close());

  /** One tenant with several of everything. */
  async function fillLists(as: Service): Promise<Record<string, Listed>> {
    for (const name of ['First', 'Second', 'Third']) await addArchived(as, name);
    const road = await prepareSource(as, okta.url);
    const { snapshot, assessment, P } = await walkToPlan(as, road);
    for (const name of ['B', 'C', 'D']) await addSource(as, road.W, name);
    const collect = () => as.call('POST', `${road.S}/snapshots`);
    const assess = () => as.call('POST', `${road.W}/snapshots/${snapshot}/assessments`);
    // A later assessment takes the plan's place, so the plan is applied before there is one.
    const executions = await applyTwice(as, P);
    await collect();
    await assess();
    const N = `${road.S}/snapshots/${snapshot}`;
    const A = `${road.W}/assessments/${assessment}`;
    const [impact] = (await as.call('GET', `${A}/ocm-impacts`)).body.data;
    await addNotes(as, road);
    let added = 0;
    return {
      workspaces: { path: '/workspaces', key: id },
      sources: {
        path: `${road.W}/sources`,
        key: id,
        add: () => addSource(as, road.W, `Added ${(added += 1)}`),
      },
      snapshots: { path: `${road.S}/snapshots`, key: id, add: collect },
      items: { path: `${N}/items`, key: id, filter: 'item_type=assignment' },
      evidence: { path: `${N}/evidence`, key: id },
      'assessments of a workspace': { path: `${road.W}/assessments`, key: id, add: assess },
      'assessments of a snapshot': {
        path: `${road.W}/snapshots/${snapshot}/assessments`,
        key: id,
        add: assess,
      },
      'assessment items': {
        path: `${A}/items`,
        key: (entry) => entry.item.id,
        filter: 'compatibility_class=native_import',
      },
      'items of an impact': { path: `${A}/ocm-impacts/${impact.id}/items`, key: id },
      steps: { path: `${P}/steps`, key: id, filter: 'disposition=planned' },
      executions: { path: `${P}/executions`, key: id },
      'steps of an execution': {
        path: `${P}/executions/${executions[0]}/steps`,
        key: (entry) => entry.step_id,
      },
      'item notes': {
        path: `${road.W}/item-notes`,
        key: (entry) => `${entry.item_type} ${entry.external_id}`,
        filter: 'item_type=group',
      },
      'audit records': {
        path: '/audit-records',
        key: (entry) => String(entry.sequence),
        add: () => addSource(as, road.W, `Added ${(added += 1)}`),
      },
    };
  }

  async function addArchived(as: Service, name: string): Promise<void> {
    const made = await as.call('POST', '/workspaces', { body: { name, mode: 'first_run_adoption' } });
    await as.call('POST', `/workspaces/${made.body.id}/archive`);
  }

  const addSource = (as: Service, W: string, name: string) =>
    as.call('POST', `${W}/sources`, {
      body: {
        name,
        source_type: 'okta',
        connection_mode: 'api_token',
        config: { org_url: 'http://127.0.0.1:1' },
        secret: { api_token: 'x' },
      },
    });

  /** Notes on items that are there and that are not, one with the longest id that there may be. */
  const addNotes = (as: Service, { W, source }: Road) =>
    as.call('PUT', `${W}/item-notes`, {
      body: {
        notes: ['a', 'b', '\u{1f984}'.repeat(250)].flatMap((external_id) =>
          ['group', 'application'].map((item_type) => ({
            source_id: source,
            item_type,
            external_id,
            wave: '1',
          })),
        ),
      },
    });

  /** A first execution that finds the target changed, and one that does what the plan says. */
  async function applyTwice(as: Service, P: string): Promise<string[]> {
    const ids = [];
    for (const changed of [true, false]) {
      const { preview_token } = (await as.call('POST', `${P}/preview`)).body;
      if (changed) await occupyAndFree(as, P, preview_token);
      else ids.unshift((await as.call('POST', `${P}/apply`, { body: { preview_token } })).body.id);
    }
    return ids;
  }

  async function occupyAndFree(as: Service, P: string, preview_token: string): Promise<void> {
    const group = await makeGroup(as, 'Workshop');
    const answer = await as.call('POST', `${P}/apply`, { body: { preview_token } });
    assert.equal(answer.body.code, 'preview_stale');
    await as.database.runtimeGroup.delete({ where: { id: group.id } });
  }

  const names = [
    'workspaces',
    'sources',
    'snapshots',
    'items',
    'evidence',
    'assessments of a workspace',
    'assessments of a snapshot',
    'assessment items',
    'items of an impact',
    'steps',
    'executions',
    'steps of an execution',
    'item notes',
    'audit records',
  ];
  const listOf = (name: string): Listed => {
    const listed = lists[name];
    assert.ok(listed, name);
    return listed;
  };

  async function page(path: string, query: string): Promise<Body> {
    const answer = await service().call('GET', `${path}?${query}`);
    assert.equal(answer.status, 200, `${path}?${query}: ${answer.text}`);
    return answer.body;
  }

  /** Takes page after page; `between` happens after each of them. */
  async function walk(listed: Listed, limit: number, query = '', between?: () => Promise<unknown>) {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: Body = await page(
        listed.path,
        `limit=${limit}&${query}${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      assert.ok(next.data.length <= limit);
      assert.ok(next.next_cursor === null || next.data.length === limit, 'only the last page is short');
      seen.push(...next.data.map(listed.key));
      cursor = next.next_cursor;
      if (cursor !== null) await between?.();
    } while (cursor !== null);
    return seen;
  }

  const refused = async (path: string, query: string, code: string, pointer: string) => {
    const { status, body, text } = await service().call('GET', `${path}?${query}`);
    assert.deepEqual([status, body.code], [422, code], `${path}?${query}: ${text}`);
    assert.deepEqual(
      body.errors.map((error: Body) => error.pointer),
      [pointer],
    );
  };

  it('are all looked at here', () => {
    assert.deepEqual(Object.keys(lists), names);
  });

  for (const name of names) {
    describe(`of ${name}`, () => {
      it('give everything once, in the same order, whatever the size of the pages', async () => {
        const listed = listOf(name);
        const whole = await walk(listed, 200);
        assert.ok(whole.length >= 2, String(whole.length));
        assert.equal(new Set(whole).size, whole.length);
        for (const limit of [1, 2, 3])
          assert.deepEqual(await walk(listed, limit), whole, `pages of ${limit}`);
        if (listed.filter === undefined) return;
        const filtered = await walk(listed, 200, listed.filter);
        assert.ok(filtered.length > 1 && filtered.length < whole.length);
        assert.deepEqual(
          filtered,
          whole.filter((key) => filtered.includes(key)),
        );
        assert.deepEqual(await walk(listed, 1, listed.filter), filtered);
      });

      it('have from 1 to 200 entries a page, 50 unless told otherwise', async () => {
        const { path } = listOf(name);
        const plain = await page(path, '');
        assert.deepEqual(plain, await page(path, 'limit=50'));
        for (const limit of ['0', '201', '-1', '1.5', '1e1', 'ten', '', '007000', ' 5', '0x5']) {
          await refused(path, `limit=${encodeURIComponent(limit)}`, 'validation_failed', '/query/limit');
        }
        await refused(path, 'limit=1&limit=2', 'validation_failed', '/query/limit');
      });

      it('refuse a cursor that was not given for this very list', async () => {
        const listed = listOf(name);
        const { path } = listed;
        const { next_cursor: cursor } = await page(path, 'limit=1');
        assert.match(cursor, /^[\w-]+$/);
        const text = Buffer.from(cursor as string, 'base64url');
        const first = text[0] ?? 0;
        const forged = Buffer.from(text).fill(first ^ 1, 0, 1);
        const told = Buffer.concat([text.subarray(0, 16), Buffer.from('["zzzz"]')]);
        for (const wrong of [
          'x',
          'W10',
          cursor.slice(0, 10),
          `AAAA${cursor}`,
          ...[forged, told].map(base64url),
        ]) {
          await refused(path, `cursor=${wrong}`, 'cursor_invalid', '/cursor');
        }
        await refused(path, 'cursor=', 'validation_failed', '/query/cursor');
        await refused(path, `cursor=${'A'.repeat(4_001)}`, 'validation_failed', '/query/cursor');
        const foreign = listOf(name === 'steps' ? 'items' : 'steps');
        const theirs = (await page(foreign.path, 'limit=1')).next_cursor;
        await refused(path, `cursor=${theirs}`, 'cursor_invalid', '/cursor');
        if (listed.filter === undefined) return;
        await refused(path, `cursor=${cursor}&${listed.filter}`, 'cursor_invalid', '/cursor');
        const filtered = (await page(path, `limit=1&${listed.filter}`)).next_cursor;
        await refused(path, `cursor=${filtered}`, 'cursor_invalid', '/cursor');
        assert.ok(
          await page(path, `cursor=${filtered}&${listed.filter}&limit=2`),
          'another limit is no other list',
        );
      });
    });
  }

  const base64url = (bytes: Buffer) => bytes.toString('base64url');

  it('of another tenant have other cursors', async () => {
    const other = service().forTenant();
    for (const name of ['First', 'Second']) await addArchived(other, name);
    for (const path of ['/workspaces', '/audit-records']) {
      const { next_cursor } = (await other.call('GET', `${path}?limit=1`)).body;
      await refused(path, `cursor=${next_cursor}`, 'cursor_invalid', '/cursor');
    }
  });

  for (const name of [
    'sources',
    'snapshots',
    'assessments of a workspace',
    'assessments of a snapshot',
    'audit records',
  ]) {
    it(`of ${name} that grow while they are walked give what there was once, newest first`, async () => {
      const listed = listOf(name);
      const before = await walk(listed, 200);
      let left = 3;
      const seen = await walk(listed, 1, '', async () => {
        if ((left -= 1) >= 0) await listed.add?.();
      });
      assert.deepEqual(seen, before);
      const after = await walk(listed, 200);
      assert.ok(after.length >= before.length + 3 - Math.max(left, 0), 'the list has grown meanwhile');
      assert.deepEqual(after.slice(after.length - before.length), before);
    });
  }

  it('end where they end: the last page has no cursor, nor has an empty one', async () => {
    const { path } = listOf('steps');
    assert.equal((await page(path, 'limit=8')).next_cursor, null);
    assert.equal((await page(path, 'limit=8')).data.length, 8);
    assert.deepEqual(await page(path, 'status=blocked'), { data: [], next_cursor: null });
  });

  it('stand in the order that each is kept in', async () => {
    const all = async (name: string): Promise<Body[]> => (await page(listOf(name).path, 'limit=200')).data;
    const sorted = (values: (string | number)[], descending = false) => {
      const copy = [...values].sort((a, b) => (a < b ? -1 : 1));
      assert.deepEqual(values, descending ? copy.reverse() : copy);
    };
    for (const name of ['workspaces', 'sources'])
      sorted(
        (await all(name)).map((each) => each.created_at),
        true,
      );
    for (const name of ['snapshots', 'assessments of a workspace', 'executions']) {
      sorted(
        (await all(name)).map((each) => each.started_at),
        true,
      );
    }
    sorted(
      (await all('audit records')).map((each) => each.sequence),
      true,
    );
    sorted((await all('items')).map((each) => each.ordinal));
    sorted((await all('assessment items')).map((each) => each.item.ordinal));
    for (const name of ['steps', 'steps of an execution'])
      sorted((await all(name)).map((each) => each.sequence));
    sorted((await all('evidence')).map((each) => each.collection));
  });
});
