import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { oktaError } from '../../simulators/okta/errors.ts';
import type { ChangeCounts } from '../../prisma/store/snapshotDiff.ts';
import { isObject } from '../../simulators/okta/members.ts';
import { prepareSource, smallOrg, startOkta, type Road } from '../support/okta.ts';
import type { Answer, Body } from '../support/answer.ts';
import { useService, type Service } from '../support/service.ts';

describe('Two snapshots of a source', () => {
  const service = useService();
  let as: Service;
  let road: Road;
  let former: Body;
  let latter: Body;
  let failed: string;

  before(async () => {
    const org = await startOkta({ data: smallOrg() });
    try {
      as = service().forTenant();
      road = await prepareSource(as, org.url);
      former = await collected();
      change(org.simulator.data);
      latter = await collected();
      org.simulator.intercept = ({ path }) =>
        path === '/api/v1/domains' ? oktaError('E0000006') : undefined;
      failed = (await as.call('POST', `${road.S}/snapshots`)).body.snapshot_id as string;
    } finally {
      await org.close();
    }
  });

  async function collected(): Promise<Body> {
    const answer = await as.call('POST', `${road.S}/snapshots`);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  /** An application goes, a group comes, another is called differently, and times move without anything else. */
  function change({ apps, groups }: ReturnType<typeof smallOrg>): void {
    const gone = apps.findIndex(({ label }) => label === 'Sensor Commissioning');
    apps.splice(gone, 1);
    const at = (name: string) =>
      groups.findIndex(({ profile }) => isObject(profile) && profile.name === name);
    const workshop = groups[at('Workshop')];
    const engineers = groups[at('Field Engineers')];
    assert.ok(workshop && engineers && isObject(workshop.profile));
    groups.push({ ...engineers, id: '00gNewcomers', profile: { name: 'Newcomers', description: null } });
    groups[at('Workshop')] = { ...workshop, profile: { ...workshop.profile, name: 'Works' } };
    groups[at('Field Engineers')] = {
      ...engineers,
      lastUpdated: '2031-01-01T00:00:00.000Z',
      lastMembershipUpdated: '2031-01-01T00:00:00.000Z',
    };
  }

  const diff = (query: string, snapshot: string = latter.id): Promise<Answer> =>
    as.call('GET', `${road.S}/snapshots/${snapshot}/diff?${query}`);

  const told = (answer: Answer) =>
    answer.body.data.map(({ change, item_type, name }: Body) => [change, item_type, name]) as string[][];

  it('differ by what was added, removed and changed, in that one\u2019s items and this one\u2019s', async () => {
    const answer = await diff(`against=${former.id}&limit=200`);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual([answer.body.snapshot_id, answer.body.against], [latter.id, former.id]);
    const changes = told(answer);
    assert.ok(changes.some((each) => each.join() === 'removed,application,Sensor Commissioning'));
    assert.ok(changes.some((each) => each.join() === 'added,group,Newcomers'));
    assert.ok(changes.some((each) => each.join() === 'changed,group,Works'));
    for (const [, type, name] of changes) {
      // What moved by itself is no change.
      assert.notEqual([type, name].join(), 'group,Field Engineers');
      assert.notEqual([type, name].join(), 'application,Instrument Registry');
    }
    for (const { change, item_id, against_item_id } of answer.body.data as Body[]) {
      assert.deepEqual(
        [item_id === null, against_item_id === null],
        [change === 'removed', change === 'added'],
      );
      const [snapshot, id] = item_id ? [latter.id, item_id] : [former.id, against_item_id];
      const item = await as.call('GET', `${road.S}/snapshots/${snapshot}/items/${id}`);
      assert.equal(item.status, 200);
    }
  });

  it('tell of a changed item which members differ, and what they were and are', async () => {
    const { body } = await diff(`against=${former.id}&change=changed&item_type=group`);
    assert.equal(body.data.length, 1);
    const [{ changed_fields: fields }] = body.data;
    assert.deepEqual(fields, [{ pointer: '/name', was: 'Workshop', is: 'Works' }]);
  });

  it('count every item once, by type, on the first page', async () => {
    const { body } = await diff(`against=${former.id}&limit=1`);
    assert.deepEqual(Object.keys(body.summary).sort(), [...itemTypes].sort());
    assert.deepEqual(body.summary.group, { added: 1, removed: 0, changed: 1, unchanged: 1 });
    assert.deepEqual(body.summary.application, { added: 0, removed: 1, changed: 0, unchanged: 1 });
    for (const type of itemTypes) {
      const { added, removed, changed, unchanged } = body.summary[type] as ChangeCounts;
      assert.equal(added + changed + unchanged, latter.summary[type], type);
      assert.equal(removed + changed + unchanged, former.summary[type], type);
    }
    const next = await diff(`against=${former.id}&limit=1&cursor=${body.next_cursor}`);
    assert.equal(next.body.summary, null);
  });

  it('are compared page by page, each change once, and by kind', async () => {
    const whole = told(await diff(`against=${former.id}&limit=200`));
    const found: string[][] = [];
    let query = `against=${former.id}&limit=2`;
    for (;;) {
      const page = await diff(query);
      found.push(...told(page));
      if (page.body.next_cursor === null) break;
      query = `against=${former.id}&limit=2&cursor=${page.body.next_cursor}`;
    }
    assert.deepEqual(found, whole);
    const kinds = await Promise.all(
      ['added', 'removed', 'changed'].map((kind) => diff(`against=${former.id}&change=${kind}&limit=200`)),
    );
    assert.deepEqual(kinds.flatMap(told).sort(), [...whole].sort());
  });

  it('are the same when they are one', async () => {
    const { body } = await diff(`against=${latter.id}`);
    assert.deepEqual([body.data, body.next_cursor], [[], null]);
    for (const type of itemTypes) assert.equal(body.summary[type].unchanged, latter.summary[type], type);
  });

  it('must be named, and be two of the one source', async () => {
    const missing = await diff('');
    assert.deepEqual([missing.status, missing.body.code], [422, 'validation_failed']);
    assert.equal(missing.body.errors[0].pointer, '/query/against');
    const stranger = service().forTenant();
    const org = await startOkta({ data: smallOrg() });
    const elsewhere = await prepareSource(stranger, org.url);
    const foreign = (await stranger.call('POST', `${elsewhere.S}/snapshots`)).body.id as string;
    await org.close();
    const refusals = [];
    for (const against of [randomUUID(), foreign]) {
      const answer = await diff(`against=${against}`);
      assert.equal(answer.status, 422, answer.text);
      const { code, detail, errors } = answer.body;
      refusals.push({ code, detail, errors });
    }
    assert.equal(refusals[0]?.code, 'unknown_reference');
    assert.deepEqual(refusals[1], refusals[0], 'absent and foreign alike');
    assert.equal((await diff('against=7')).status, 422);
    assert.equal((await diff(`against=${former.id}`, randomUUID())).status, 404);
  });

  it('must both be complete', async () => {
    for (const answer of [await diff(`against=${failed}`), await diff(`against=${former.id}`, failed)]) {
      assert.deepEqual([answer.status, answer.body.code], [409, 'snapshot_not_completed']);
      assert.equal(answer.body.snapshot_id, failed);
    }
  });

  it('go on with a cursor of the same comparison alone', async () => {
    const { body } = await diff(`against=${former.id}&limit=1`);
    for (const query of [`against=${latter.id}`, `against=${former.id}&change=added`]) {
      const refused = await diff(`${query}&cursor=${body.next_cursor}`);
      assert.deepEqual([refused.status, refused.body.code], [422, 'cursor_invalid'], query);
    }
  });
});
