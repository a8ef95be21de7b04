import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { changeCauses } from '../../domain/assessmentDiff.ts';
import { Prisma } from '../../prisma/client.ts';
import type { VerdictChangeCounts } from '../../prisma/store/assessmentDiff.ts';
import { isObject } from '../../simulators/okta/members.ts';
import type { Answer, Body } from '../support/answer.ts';
import { prepareSource, smallOrg, startOkta, type Road } from '../support/okta.ts';
import { useService, type Service } from '../support/service.ts';

describe('two assessments of a source', () => {
  const service = useService();
  let as: Service;
  let road: Road;
  let former: Body;
  let latter: Body;
  /** The latter's snapshot judged once more. */
  let again: Body;
  let failed: string;

  before(async function () {
    this.timeout(60_000);
    as = service().forTenant();
    const org = await startOkta({ data: smallOrg() });
    try {
      road = await prepareSource(as, org.url);
      former = await assessed((await as.call('POST', `${road.S}/snapshots`)).body.id);
      change(org.simulator.data);
      const snapshot = (await as.call('POST', `${road.S}/snapshots`)).body.id as string;
      latter = await assessed(snapshot);
      again = await assessed(snapshot);
      failed = (await assessed(snapshot)).id;
      await as.database.assessment.update({
        where: { id: failed },
        data: { status: 'failed', summary: Prisma.DbNull },
      });
    } finally {
      await org.close();
    }
  });

  async function assessed(snapshot: string): Promise<Body> {
    const answer = await as.call('POST', `${road.W}/snapshots/${snapshot}/assessments`);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  /** An application goes, a group comes, and an application gets a redirect URI that the target does not take. */
  function change({ apps, groups }: ReturnType<typeof smallOrg>): void {
    apps.splice(
      apps.findIndex(({ label }) => label === 'Sensor Commissioning'),
      1,
    );
    const registry = apps.find(({ label }) => label === 'Instrument Registry');
    const settings = registry?.settings;
    assert.ok(isObject(settings) && isObject(settings.oauthClient));
    settings.oauthClient.redirect_uris = ['https://*.acme.example/callback'];
    groups.push({ ...groups[0], id: '00gNewcomers', profile: { name: 'Newcomers', description: null } });
  }

  const diff = (query: string, assessment: string = latter.id): Promise<Answer> =>
    as.call('GET', `${road.W}/assessments/${assessment}/diff?${query}`);
  const told = (answer: Answer): string[] =>
    answer.body.data.map((row: Body) => `${row.change} ${row.item_type} ${row.name}`);

  it('differ by the verdicts that are others, with both, and by the items that only one judged', async () => {
    const answer = await diff(`against=${former.id}&limit=200`);
    assert.equal(answer.status, 200, answer.text);
    const { body } = answer;
    assert.deepEqual([body.assessment_id, body.against], [latter.id, former.id]);
    assert.ok(told(answer).includes('removed application Sensor Commissioning'));
    assert.ok(told(answer).includes('added group Newcomers'));
    const registry = body.data.find((row: Body) => row.name === 'Instrument Registry');
    assert.deepEqual([registry.change, registry.because], ['changed', 'item']);
    assert.equal(registry.before.compatibility_class, 'native_import');
    assert.notEqual(registry.after.compatibility_class, 'native_import');
    assert.notDeepEqual(registry.after.rule_ids, registry.before.rule_ids);
    for (const [side, { id }, own] of [
      ['after', latter, 'item_id'],
      ['before', former, 'against_item_id'],
    ] as const) {
      const item = await as.call('GET', `${road.W}/assessments/${id}/items/${registry[own]}`);
      assert.equal(item.body.compatibility_class, registry[side].compatibility_class);
      const rules = item.body.findings.map((finding: Body) => finding.rule_id);
      assert.deepEqual(registry[side].rule_ids, rules);
    }
  });

  it('say so when an item changed its verdict only because another one did', async () => {
    const { body } = await diff(`against=${former.id}&because=dependency`);
    assert.ok(body.data.length > 0);
    for (const row of body.data) assert.deepEqual([row.change, row.item_type], ['changed', 'assignment']);
  });

  it('count every item once on the first page, and every cause', async () => {
    const { body } = await diff(`against=${former.id}&limit=1`);
    const counts = body.summary as VerdictChangeCounts;
    const sum = (...kinds: (keyof VerdictChangeCounts)[]) =>
      kinds.reduce((total, kind) => total + counts[kind], 0);
    assert.equal(sum('added', 'changed', 'unchanged'), latter.summary.total);
    assert.equal(sum('removed', 'changed', 'unchanged'), former.summary.total);
    const causes = changeCauses.map((cause) => `because_${cause}` as const);
    assert.equal(sum(...causes), counts.changed);
    assert.ok(counts.because_item > 0 && counts.because_dependency > 0);
    const next = await diff(`against=${former.id}&limit=1&cursor=${body.next_cursor}`);
    assert.equal(next.body.summary, null);
  });

  it('are compared page by page, each change once, and by kind and type', async () => {
    const whole = told(await diff(`against=${former.id}&limit=200`));
    const found: string[] = [];
    let cursor = '';
    do {
      const page = await diff(`against=${former.id}&limit=2${cursor}`);
      found.push(...told(page));
      cursor = page.body.next_cursor === null ? '' : `&cursor=${page.body.next_cursor}`;
    } while (cursor !== '');
    assert.deepEqual(found, whole);
    const kinds = await Promise.all(
      ['added', 'removed', 'changed'].map((kind) => diff(`against=${former.id}&change=${kind}&limit=200`)),
    );
    assert.deepEqual(kinds.flatMap(told).sort(), [...whole].sort());
    const groups = told(await diff(`against=${former.id}&item_type=group`));
    assert.deepEqual(groups, ['added group Newcomers']);
  });

  it('of one snapshot by the same rules are the same', async () => {
    const { body } = await diff(`against=${latter.id}`, again.id);
    assert.deepEqual([body.data, body.next_cursor], [[], null]);
    assert.deepEqual([body.summary.changed, body.summary.unchanged], [0, latter.summary.total]);
    assert.equal(body.classifier_version.before, body.classifier_version.after);
  });

  it('by other rules say that it is because of them', async () => {
    const own = { where: { id: again.id } };
    const { classifierVersion } = await as.database.assessment.findUniqueOrThrow(own);
    await as.database.assessment.update({ ...own, data: { classifierVersion: 'other-rules' } });
    await as.database.itemAssessment.updateMany({
      where: { assessmentId: again.id, itemType: 'group' },
      data: { ruleIds: ['rule.of.tomorrow'] },
    });
    const { body } = await diff(`against=${latter.id}`, again.id);
    await as.database.assessment.update({ ...own, data: { classifierVersion } });
    assert.ok(body.data.length > 0);
    for (const row of body.data) assert.deepEqual([row.item_type, row.because], ['group', 'rules']);
    assert.equal(body.summary.because_rules, body.data.length);
    assert.equal(body.classifier_version.after, 'other-rules');
  });

  it('must be named, and be two of the one source', async () => {
    const missing = await diff('');
    assert.deepEqual([missing.status, missing.body.code], [422, 'validation_failed']);
    assert.equal(missing.body.errors[0].pointer, '/query/against');
    const stranger = service().forTenant();
    const org = await startOkta({ data: smallOrg() });
    const elsewhere = await prepareSource(stranger, org.url);
    const snapshot = (await stranger.call('POST', `${elsewhere.S}/snapshots`)).body.id as string;
    const path = `${elsewhere.W}/snapshots/${snapshot}/assessments`;
    const foreign = (await stranger.call('POST', path)).body.id as string;
    await org.close();
    const refusals = [];
    for (const against of [randomUUID(), foreign]) {
      const { status, body } = await diff(`against=${against}`);
      assert.equal(status, 422);
      refusals.push({ code: body.code, detail: body.detail, errors: body.errors });
    }
    assert.equal(refusals[0]?.code, 'unknown_reference');
    assert.deepEqual(refusals[1], refusals[0], 'absent and foreign alike');
    assert.equal((await diff('against=7')).status, 422);
    assert.equal((await diff(`against=${former.id}`, randomUUID())).status, 404);
  });

  it('must both be completed, as must one whose remedies are asked for', async () => {
    const answers = [
      await diff(`against=${failed}`),
      await diff(`against=${former.id}`, failed),
      await as.call('GET', `${road.W}/assessments/${failed}/unlock`),
    ];
    for (const answer of answers) {
      assert.deepEqual([answer.status, answer.body.code], [409, 'assessment_not_completed']);
      assert.equal(answer.body.assessment_id, failed);
    }
  });

  it('each tell which remedies would lift items, to what, and how many', async () => {
    const of = async ({ id }: Body): Promise<Body[]> =>
      (await as.call('GET', `${road.W}/assessments/${id}/unlock`)).body.data;
    const rows = await of(latter);
    assert.ok(rows.length > 0);
    const registry = latter.items.data.find((row: Body) => row.item.name === 'Instrument Registry');
    const deciding = registry.findings.filter(
      (finding: Body) => finding.outcome === registry.compatibility_class,
    );
    const { rule_id, remedy, document } = deciding[0];
    const row = rows.find((each) => each.rule_id === rule_id);
    assert.deepEqual([row.remedy, row.document], [remedy, document]);
    assert.equal(row.items, 1);
    assert.equal(row.lifts[registry.lifts_to], 1);
    const { id, name, item_type } = registry.item;
    assert.deepEqual(row.examples, [{ item_id: id, name, item_type }]);
    assert.ok(!(await of(former)).some((each) => each.rule_id === rule_id));
  });

  it('go on with a cursor of the same comparison alone', async () => {
    const { body } = await diff(`against=${former.id}&limit=1`);
    for (const query of [`against=${again.id}`, `against=${former.id}&because=item`]) {
      const refused = await diff(`${query}&cursor=${body.next_cursor}`);
      assert.deepEqual([refused.status, refused.body.code], [422, 'cursor_invalid'], query);
    }
  });
});
