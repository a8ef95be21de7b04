import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Answer, Body } from '../support/answer.ts';
import { prepareSource, smallOrg, startOkta, type Road, type RunningOkta } from '../support/okta.ts';
import { useService, type Service } from '../support/service.ts';

describe('notes on items', () => {
  const service = useService();
  let okta: RunningOkta;
  let as: Service;
  let road: Road;
  before(async () => {
    okta = await startOkta({ data: smallOrg() });
  });
  after(() => okta.close());
  beforeEach(async () => {
    as = service().forTenant();
    road = await prepareSource(as, okta.url);
  });

  const put = (...notes: Body[]): Promise<Answer> =>
    as.call('PUT', `${road.W}/item-notes`, { body: { notes } });
  const list = async (query = ''): Promise<Body[]> => {
    const answer = await as.call('GET', `${road.W}/item-notes?${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.data;
  };
  const on = (external_id: string, more: Body = {}): Body => ({
    source_id: road.source,
    item_type: 'group',
    external_id,
    ...more,
  });
  const said = {
    owner_contact: 'edda@acme.example',
    wave: 'first',
    ticket: 'MIG-7',
    intent: 'migrate',
    done_by_hand: { at: '2026-03-01T12:00:00.000Z', by: 'Edda' },
  };

  it('are kept as they are given, with who wrote them, and listed by source, type and id', async () => {
    const answer = await put(on('b', said), on('a', { intent: 'keep' }));
    assert.equal(answer.status, 200, answer.text);
    const [b, a] = answer.body.data;
    const { updated_by, updated_at, ...rest } = b;
    assert.deepEqual(rest, on('b', said));
    assert.ok(typeof updated_by === 'string' && Date.parse(updated_at) > 0);
    assert.equal(answer.body.removed, 0);
    assert.deepEqual(await list(), [a, b]);
  });

  it('are found by source, item type, wave and intent', async () => {
    await put(
      on('a', { wave: 'first', intent: 'retire' }),
      on('b', { wave: 'second' }),
      on('b', { item_type: 'application', intent: 'keep' }),
    );
    const found = async (query: string) =>
      (await list(query)).map((note) => `${note.item_type} ${note.external_id}`);
    assert.deepEqual(await found('wave=first'), ['group a']);
    assert.deepEqual(await found('intent=keep'), ['application b']);
    assert.deepEqual(await found('item_type=group'), ['group a', 'group b']);
    assert.deepEqual(await found(`source_id=${road.source}&item_type=group&wave=second`), ['group b']);
    assert.deepEqual(await found(`source_id=${randomUUID()}`), []);
    for (const wrong of ['intent=perhaps', 'item_type=person', 'source_id=7', 'wave=', 'wave=%00']) {
      const refused = await as.call('GET', `${road.W}/item-notes?${wrong}`);
      assert.deepEqual([refused.status, refused.body.code], [422, 'validation_failed'], wrong);
    }
  });

  it('are removed by a note that says nothing', async () => {
    await put(on('a', said), on('b', said));
    const { body } = await put(on('a'), on('never'));
    assert.deepEqual([body.data, body.removed], [[], 1]);
    assert.deepEqual(
      (await list()).map((note) => note.external_id),
      ['b'],
    );
  });

  it('stand beside their items in every assessment, and outlive the snapshot they were written for', async function () {
    this.timeout(60_000);
    const assessed = async () => {
      const { id } = (await as.call('POST', `${road.S}/snapshots`)).body;
      return (await as.call('POST', `${road.W}/snapshots/${id}/assessments`)).body;
    };
    const former = await assessed();
    const item = former.items.data.find((each: Body) => each.item.name === 'Workshop').item;
    const { data } = (await put(on(item.external_id, said))).body;
    const { source_id: _source, item_type: _type, external_id: _id, ...note } = data[0];
    const latter = await assessed();
    for (const { id, items } of [former, latter]) {
      const A = `${road.W}/assessments/${id}`;
      const rows = (await as.call('GET', `${A}/items`)).body.data as Body[];
      const noted = rows.filter((row) => row.note !== null);
      assert.deepEqual(
        noted.map((row) => [row.item.name, row.note]),
        [['Workshop', note]],
      );
      const own = items.data.find((each: Body) => each.item.name === 'Workshop').item;
      assert.deepEqual((await as.call('GET', `${A}/items/${own.id}`)).body.note, note);
      assert.deepEqual((await as.call('GET', A)).body.items.data, rows);
      assert.deepEqual(rows[0].compatibility_class, former.items.data[0].compatibility_class);
    }
  });

  it('name sources of their workspace, and say which ones are not', async () => {
    const stranger = service().forTenant();
    const foreign = (await prepareSource(stranger, okta.url)).source;
    for (const source_id of [randomUUID(), foreign]) {
      const { status, body } = await put(on('a', said), on('b', { ...said, source_id }));
      assert.deepEqual([status, body.code], [422, 'unknown_reference']);
      assert.deepEqual(
        body.errors.map((error: Body) => error.pointer),
        ['/notes/1/source_id'],
      );
    }
    assert.deepEqual(await list(), [], 'nothing of a refused request is kept');
  });

  it('are refused when they say anything that nobody asks for, and where it stands', async () => {
    const refusals: [Body, string][] = [
      [on('a', { colour: 'red' }), '/notes/0/colour'],
      [on('a', { intent: 'perhaps' }), '/notes/0/intent'],
      [on('a', { item_type: 'person' }), '/notes/0/item_type'],
      [on('a', { done_by_hand: { at: 'soon', by: 'Edda' } }), '/notes/0/done_by_hand/at'],
      [{ item_type: 'group', external_id: 'a' }, '/notes/0/source_id'],
    ];
    for (const [note, pointer] of refusals) {
      const { status, body } = await put(note);
      assert.deepEqual([status, body.code, body.errors[0].pointer], [422, 'validation_failed', pointer]);
    }
  });

  it('can be read and not written in a workspace that is archived', async () => {
    await put(on('a', said));
    await as.call('POST', `${road.W}/archive`);
    const { status, body } = await put(on('a'));
    assert.deepEqual([status, body.code], [409, 'workspace_archived']);
    assert.equal((await list()).length, 1);
  });

  it('leave a record of what was said, without the people that it names', async () => {
    await put(on('a', said), on('b'));
    const [record] = (await as.call('GET', '/audit-records')).body.data;
    assert.equal(record.action, 'migration.item_note.updated');
    assert.deepEqual(record.targets, { workspace_id: road.workspace });
    assert.deepEqual([record.facts.kept, record.facts.removed], [1, 0]);
    assert.deepEqual(
      record.facts.notes.map((note: Body) => [note.external_id, note.wave, note.ticket, note.intent]),
      [
        ['a', 'first', 'MIG-7', 'migrate'],
        ['b', null, null, null],
      ],
    );
    const text = JSON.stringify(record.facts);
    assert.ok(!text.includes('edda@acme.example') && !text.includes('Edda'));
  });

  it('take the right to manage to write, and to view to read', async () => {
    const viewer = await as.token({ permissions: ['portal.migrations.view'] });
    const options = { token: viewer, body: { notes: [on('a', said)] } };
    assert.equal((await as.call('PUT', `${road.W}/item-notes`, options)).status, 403);
    assert.equal((await as.call('GET', `${road.W}/item-notes`, { token: viewer })).status, 200);
  });
});
