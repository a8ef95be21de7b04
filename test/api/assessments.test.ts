import assert from 'node:assert/strict';
import { v7 as uuidv7 } from 'uuid';
import { compatibilityClasses } from '../../domain/assessment.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { severities } from '../../domain/impacts.ts';
import { emptyTenant, INVENTED_TENANT, loadOktaTenant } from '../../simulators/okta/data.ts';
import { closedGate } from '../support/gate.ts';
import { whileHeld } from '../support/heldTable.ts';
import { collectedSource } from '../support/collected.ts';
import { acknowledgeAll, smallOrg, startOkta, type RunningOkta } from '../support/okta.ts';
import type { Answer, Body } from '../support/answer.ts';
import { useService, type Service } from '../support/service.ts';
import { until } from '../support/until.ts';

const wanted = { prefer: 'respond-async' };
const hour = 3_600_000;

/** A classification reads it outside of any transaction, and nothing that the API is asked for does. */
const heldTable = 'migration_item_relations';

describe('assessments', () => {
  let ahead = 0;
  const service = useService({ services: { now: () => new Date(Date.now() + ahead) } });
  let okta: RunningOkta;
  before(async () => {
    okta = await startOkta({ data: smallOrg() });
  });
  afterEach(() => {
    ahead = 0;
    okta.simulator.intercept = undefined;
  });
  after(() => okta.close());

  /** A tenant of its own with a completed snapshot, and its assessments. */
  async function prepare({ mode, org = okta }: { mode?: string; org?: RunningOkta } = {}) {
    const as = service().forTenant();
    const { road, snapshot } = await collectedSource(as, org, mode);
    const path = `${road.W}/snapshots/${snapshot.id}/assessments`;
    const assess = (headers: Record<string, string> = {}) => as.call('POST', path, { headers });
    return { as, road, snapshot, path, assess, A: (id: string) => `${road.W}/assessments/${id}` };
  }

  const ended = (as: Service, path: string): Promise<Body> =>
    until(`${path} has ended`, async () => {
      const { body } = await as.call('GET', path);
      return body.status === 'assessing' ? null : body;
    });

  const blockersOf = ({ body }: Answer) => body.preview_handoff.blockers.map((each: Body) => each.code);

  describe('made while the caller waits', () => {
    let prepared: Awaited<ReturnType<typeof prepare>>;
    let answer: Answer;
    let assessment: Body;
    before(async () => {
      prepared = await prepare();
      answer = await prepared.assess();
      assessment = answer.body;
    });

    it('are answered with 201, completed, at their location', async () => {
      const { as, road, snapshot, A } = prepared;
      assert.equal(answer.status, 201, answer.text);
      const location = `/api/v1/tenants/${as.tenant}/migrations${A(assessment.id)}`;
      assert.equal(answer.headers.get('location'), location);
      assert.deepEqual(
        [assessment.status, assessment.workspace_id, assessment.source_id, assessment.snapshot_id],
        ['completed', road.workspace, road.source, snapshot.id],
      );
      assert.ok(assessment.classifier_version.length > 0);
      assert.equal(assessment.superseded, false);
      assert.equal(assessment.failure, null);
      assert.ok(Date.parse(assessment.ended_at) >= Date.parse(assessment.started_at));
      assert.equal(assessment.workflow.workflow_id, `assessment/${snapshot.id}`);
    });

    it('judge every item once and count them by class and type, zeros included', () => {
      const { snapshot } = prepared;
      const { total, by_class, by_item_type } = assessment.summary;
      assert.equal(total, snapshot.item_count);
      assert.deepEqual(Object.keys(by_class).sort(), [...compatibilityClasses].sort());
      assert.deepEqual(Object.keys(by_item_type).sort(), [...itemTypes].sort());
      const items: Body[] = assessment.items.data;
      for (const each of compatibilityClasses) {
        const own = items.filter((item) => item.compatibility_class === each);
        assert.equal(by_class[each], own.length, each);
      }
      assert.ok(by_class.native_import > 0 && by_class.import_with_approximation > 0);
      assert.equal(by_item_type.assignment.native_import, 3);
      assert.deepEqual(
        assessment.items.data.map((each: Body) => each.item.id),
        snapshot.items.data.map((item: Body) => item.id),
      );
    });

    it('say of every item why, on which evidence, and what would mend it', () => {
      for (const each of assessment.items.data) {
        assert.ok(each.rationale.length > 0, each.item.name);
        assert.ok(each.findings.length > 0, each.item.name);
        for (const { rule_id, text, document } of each.findings) {
          assert.ok(text.length > 0, rule_id);
          assert.ok(document.startsWith('https://'), rule_id);
        }
        assert.equal(each.blocked_reason !== null, each.compatibility_class === 'blocked');
      }
      const assignment = assessment.items.data.find((each: Body) => each.item.item_type === 'assignment');
      assert.deepEqual(assignment.depends_on.map((each: Body) => each.relation).sort(), [
        'application',
        'group',
      ]);
      assert.ok(assignment.depends_on.every((each: Body) => each.resolved));
    });

    it('give the verdict on one item by the item\u2019s own id', async () => {
      const { as, A } = prepared;
      const [first] = assessment.items.data;
      const read = await as.call('GET', `${A(assessment.id)}/items/${first.item.id}`);
      assert.deepEqual([read.status, read.body], [200, first]);
    });

    it('are searched by class, item type, rule and text', async () => {
      const { as, A } = prepared;
      const namesOf = async (query: string) => {
        const found = await as.call('GET', `${A(assessment.id)}/items?${query}`);
        assert.equal(found.status, 200, found.text);
        return found.body.data.map((each: Body) => each.item.name as string).sort();
      };
      assert.deepEqual(await namesOf('item_type=group'), ['Field Engineers', 'Workshop']);
      assert.deepEqual(await namesOf('compatibility_class=import_with_approximation'), ['Any two factors']);
      assert.deepEqual(await namesOf('rule_id=okta.application.oidc.secret_reissued'), [
        'Instrument Registry',
      ]);
      assert.deepEqual(await namesOf('rule_id=okta.policy.plain'), ['Any two factors']);
      assert.deepEqual(await namesOf('rule_id=no.such.rule'), []);
      assert.deepEqual(await namesOf('search=SENSOR&item_type=application'), ['Sensor Commissioning']);
      assert.deepEqual(await namesOf('compatibility_class=blocked'), []);
      for (const query of ['compatibility_class=perfect', 'item_type=user', 'rule_id=', 'search=']) {
        const refused = await as.call('GET', `${A(assessment.id)}/items?${query}`);
        assert.deepEqual([refused.status, refused.body.code], [422, 'validation_failed'], query);
      }
    });

    it('tell the changes that people meet, gravest first, with the items of each', async () => {
      const { as, A } = prepared;
      const impacts: Body[] = assessment.ocm_impacts;
      assert.deepEqual(
        impacts.map(({ impact_type, audience, severity, item_count }) => [
          impact_type,
          audience,
          severity,
          item_count,
        ]),
        [
          ['subject_identifier_changes', 'application_owners', 'critical', 2],
          ['group_created_empty', 'administrators', 'critical', 2],
          ['policy_not_carried', 'security', 'critical', 3],
          ['client_credentials_reissued', 'application_owners', 'high', 1],
          ['issuer_changes', 'application_owners', 'high', 2],
          ['sign_in_page_changes', 'end_users', 'medium', 2],
          ['session_lifetime_changes', 'end_users', 'low', 1],
        ],
      );
      const ranks = impacts.map((impact) => severities.indexOf(impact.severity));
      assert.deepEqual(
        ranks,
        [...ranks].sort((a, b) => b - a),
      );
      assert.ok(impacts.every((impact) => impact.acknowledged === null && impact.summary.length > 20));
      const listed = await as.call('GET', `${A(assessment.id)}/ocm-impacts`);
      assert.deepEqual(listed.body, { data: impacts, next_cursor: null });
      for (const impact of impacts) {
        const items = await as.call('GET', `${A(assessment.id)}/ocm-impacts/${impact.id}/items`);
        assert.equal(items.body.data.length, impact.item_count);
      }
    });

    it('are not ready before their changes are acknowledged, and name what is in the way', async () => {
      const { as, road, A } = prepared;
      const read = await as.call('GET', A(assessment.id));
      assert.deepEqual(read.body.preview_handoff, {
        status: 'not_ready',
        blockers: [
          {
            code: 'ocm_unacknowledged',
            count: assessment.ocm_impacts.length,
            ids: assessment.ocm_impacts.map((impact: Body) => impact.id).sort(),
          },
        ],
        warnings: [],
      });
      const { summary } = (await as.call('GET', road.W)).body;
      assert.equal(summary.preview_handoff_status, 'not_ready');
      assert.deepEqual(summary.preview_handoff_blockers, read.body.preview_handoff.blockers);
      assert.deepEqual(
        [summary.ocm_status, summary.ocm_review_status, summary.unavoidable_change_count],
        ['changes_identified', 'pending', 5],
      );
      assert.deepEqual(
        [
          summary.assessment_status,
          summary.latest_assessment_started_at,
          summary.latest_assessment_completed_at,
        ],
        ['completed', assessment.started_at, assessment.ended_at],
      );
    });

    it('leave a record with their counts', async () => {
      const [record] = (await prepared.as.call('GET', '/audit-records')).body.data;
      assert.equal(record.action, 'migration.assessment.completed');
      assert.deepEqual(record.facts.by_class, assessment.summary.by_class);
      assert.equal(record.targets.assessment_id, assessment.id);
    });
  });

  it('tell what no item shows by the objects that do, with the page where each stands', async () => {
    const { eventHooks } = loadOktaTenant(INVENTED_TENANT);
    const watched = await startOkta({ data: { ...smallOrg(), eventHooks } });
    try {
      const { as, assess, snapshot, road, A } = await prepare({ org: watched });
      const { id, ocm_impacts } = (await assess()).body;
      const impact = ocm_impacts.find((each: Body) => each.impact_type === 'monitoring_stops');
      assert.deepEqual([impact.audience, impact.severity, impact.item_count], ['security', 'high', 0]);
      const items = await as.call('GET', `${A(id)}/ocm-impacts/${impact.id}/items`);
      assert.deepEqual(items.body.data, []);
      const [named] = impact.evidence;
      assert.ok(eventHooks.some((hook) => hook.id === named.external_id && hook.name === named.name));
      const page = await as.call(
        'GET',
        `${road.S}/snapshots/${snapshot.id}/evidence/${named.evidence.id}/raw`,
      );
      assert.equal(page.status, 200, page.text);
      assert.equal((JSON.parse(page.text) as Body[])[named.evidence.index]?.id, named.external_id);
      const active = eventHooks.filter((hook) => hook.status === 'ACTIVE').length;
      assert.deepEqual(impact.evidence.at(-1), { name: named.kind, value: active });
    } finally {
      await watched.close();
    }
  });

  it('that the caller does not wait for are answered with 202 and show nothing before they are done', async () => {
    const { as, assess, A } = await prepare();
    await whileHeld(service().databaseUrl, heldTable, async (hold) => {
      const answer = await assess({ prefer: 'wait=0' });
      assert.equal(answer.status, 202, answer.text);
      assert.equal(answer.body.status, 'assessing');
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      const path = A(answer.body.id);
      assert.equal(answer.headers.get('location'), `/api/v1/tenants/${as.tenant}/migrations${path}`);
      await hold.reached();
      const inFlight = await as.call('GET', path);
      assert.equal(inFlight.body.status, 'assessing');
      assert.deepEqual(blockersOf(inFlight), ['assessment_not_completed']);
      assert.deepEqual(inFlight.body.items.data, []);
      const acknowledged = await as.call('POST', `${path}/ocm-impacts/acknowledge`);
      assert.deepEqual([acknowledged.status, acknowledged.body.code], [409, 'handoff_not_ready']);
      await hold.release();
      assert.equal((await ended(as, path)).items.data.length, 8);
    });
  });

  describe('are refused', () => {
    it('for a snapshot that is still being collected, or has failed', async () => {
      const { as, road } = await prepare();
      const gate = closedGate();
      okta.simulator.intercept = async ({ path }) => {
        if (path !== '/api/v1/apps') return undefined;
        await gate.pass();
        return { status: 403, body: { errorCode: 'E0000006', errorSummary: 'no' } };
      };
      const { body: snapshot } = await as.call('POST', `${road.S}/snapshots`, { headers: wanted });
      const assess = () => as.call('POST', `${road.W}/snapshots/${snapshot.id}/assessments`);
      const early = await assess();
      assert.deepEqual([early.status, early.body.code], [409, 'snapshot_not_completed']);
      gate.open();
      await until('the snapshot has failed', async () => {
        const { body } = await as.call('GET', `${road.S}/snapshots/${snapshot.id}`);
        return body.status === 'failed';
      });
      const late = await assess();
      assert.deepEqual([late.status, late.body.code], [409, 'snapshot_not_completed']);
      assert.deepEqual((await as.call('GET', `${road.W}/assessments`)).body.data, []);
    });

    it('while one of the same snapshot runs, also when five are asked for at once', async () => {
      const { as, assess, path } = await prepare();
      await whileHeld(service().databaseUrl, heldTable, async () => {
        const answers = await Promise.all(Array.from({ length: 5 }, () => assess(wanted)));
        assert.deepEqual(answers.map((answer) => answer.status).sort(), [202, 409, 409, 409, 409]);
        const codes = answers.filter(({ status }) => status === 409).map(({ body }) => body.code);
        assert.deepEqual([...new Set(codes)], ['assessment_in_progress']);
        const later = await assess();
        assert.deepEqual([later.status, later.body.code], [409, 'assessment_in_progress']);
      });
      const listed = (await as.call('GET', path)).body.data;
      assert.equal(listed.length, 1);
      await ended(as, path.replace(/snapshots.*/, `assessments/${listed[0].id}`));
    });

    it('in an archived workspace and of an archived source', async () => {
      const first = await prepare();
      await first.as.call('POST', `${first.road.S}/archive`);
      assert.equal((await first.assess()).body.code, 'source_archived');
      const second = await prepare();
      await second.as.call('POST', `${second.road.W}/archive`);
      assert.equal((await second.assess()).body.code, 'workspace_archived');
    });

    it('with a body', async () => {
      const { as, path } = await prepare();
      const answer = await as.call('POST', path, { body: { carry_over: 'yes' } });
      assert.equal(answer.status, 422);
    });
  });

  it('are kept when another is made; the older one is superseded and no longer leads on', async () => {
    const { as, assess, A, path, road } = await prepare();
    const first = (await assess()).body;
    await acknowledgeAll(as, road, first.id);
    const ready = await as.call('GET', A(first.id));
    assert.deepEqual(ready.body.preview_handoff, {
      status: 'ready_for_future_preview',
      blockers: [],
      warnings: [],
    });
    assert.equal(
      (await as.call('GET', road.W)).body.summary.preview_handoff_status,
      'ready_for_future_preview',
    );
    const second = (await assess()).body;
    assert.deepEqual(second.summary, first.summary);
    assert.ok(
      second.ocm_impacts.every((impact: Body) => impact.acknowledged === null),
      'begins unreviewed',
    );
    const old = await as.call('GET', A(first.id));
    assert.equal(old.body.superseded, true);
    assert.deepEqual(blockersOf(old), ['assessment_superseded']);
    assert.deepEqual(old.body.items, first.items);
    for (const list of [path, `${road.W}/assessments`]) {
      const ids = (await as.call('GET', list)).body.data.map((each: Body) => each.id);
      assert.deepEqual(ids, [second.id, first.id], list);
    }
    assert.equal((await as.call('GET', `${road.W}/assessments/latest`)).body.id, second.id);
  });

  it('warn when their snapshot is no longer the newest, or has become old', async () => {
    const { as, road, assess, A } = await prepare();
    const { id } = (await assess()).body;
    await as.call('POST', `${road.S}/snapshots`);
    const warningsOf = async () =>
      (await as.call('GET', A(id))).body.preview_handoff.warnings.map((warning: Body) => warning.code);
    assert.deepEqual(await warningsOf(), ['newer_snapshot']);
    ahead = 169 * hour;
    assert.deepEqual(await warningsOf(), ['newer_snapshot', 'snapshot_old']);
  });

  it('take over acknowledgements of changes that are the same, when they are asked to', async () => {
    const { as, road, path, assess } = await prepare();
    await acknowledgeAll(as, road, (await assess()).body.id);
    const carried = await as.call('POST', path, { body: { carry_over: true } });
    assert.equal(carried.body.preview_handoff.status, 'ready_for_future_preview', carried.text);
    const fresh = await as.call('POST', path, { body: { carry_over: false } });
    assert.deepEqual(blockersOf(fresh), ['ocm_unacknowledged']);
  });

  it('of an org that has nothing find nothing to change', async () => {
    const nothing = await startOkta({ data: emptyTenant() });
    try {
      const { as, road, assess } = await prepare({ org: nothing });
      const answer = await assess();
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.body.summary.total, 0);
      assert.equal(answer.body.preview_handoff.status, 'ready_for_future_preview');
      const { summary } = (await as.call('GET', road.W)).body;
      assert.deepEqual([summary.ocm_status, summary.ocm_review_status], ['no_changes', 'not_required']);
    } finally {
      await nothing.close();
    }
  });

  it('that do not judge every item fail with 500 and their id; the row stays, without verdicts', async () => {
    const { as, road, snapshot, assess, A } = await prepare();
    const good = (await assess()).body;
    await acknowledgeAll(as, road, good.id);
    await service().database.snapshot.update({ where: { id: snapshot.id }, data: { itemCount: 9 } });
    const answer = await assess();
    assert.deepEqual([answer.status, answer.body.code], [500, 'assessment_failed']);
    const failed = await as.call('GET', A(answer.body.assessment_id));
    assert.deepEqual([failed.body.status, failed.body.failure.code], ['failed', 'assessment_failed']);
    assert.deepEqual(failed.body.items, { data: [], next_cursor: null });
    assert.deepEqual(failed.body.ocm_impacts, []);
    assert.equal((await as.call('GET', `${road.W}/assessments/latest`)).body.id, failed.body.id);
    // A failed rerun changes nothing of what the completed one allows.
    const former = await as.call('GET', A(good.id));
    assert.deepEqual(
      [former.body.superseded, former.body.preview_handoff.status],
      [false, 'ready_for_future_preview'],
    );
    assert.equal((await as.call('GET', road.W)).body.summary.assessment_status, 'failed');
    const [record] = (await as.call('GET', '/audit-records')).body.data;
    assert.equal(record.action, 'migration.assessment.failed');
  });

  it('are cancelled: they end as failed, and the waiting caller is told', async () => {
    const { as, assess, A, road } = await prepare();
    await whileHeld(service().databaseUrl, heldTable, async (hold) => {
      const waiting = assess();
      await hold.reached();
      const { body: running } = await as.call('GET', `${road.W}/assessments/latest`);
      const cancelled = await as.call('POST', `${A(running.id)}/cancel`);
      assert.equal(cancelled.status, 202, cancelled.text);
      await hold.release();
      const answer = await waiting;
      assert.deepEqual([answer.status, answer.body.code], [409, 'run_stopped']);
      assert.equal(answer.body.assessment_id, running.id);
      assert.equal((await ended(as, A(running.id))).failure.code, 'run_stopped');
    });
    const done = await assess();
    assert.equal(done.status, 201, done.text);
    const late = await as.call('POST', `${A(done.body.id)}/cancel`);
    assert.deepEqual([late.status, late.body.code], [409, 'run_ended']);
  });

  it('that never were are not there', async () => {
    const { as, road } = await prepare();
    assert.equal((await as.call('GET', `${road.W}/assessments/latest`)).status, 404);
  });

  describe('have their changes acknowledged', () => {
    async function prepareReview() {
      const prepared = await prepare();
      const assessment = (await prepared.assess()).body;
      const path = `${prepared.A(assessment.id)}/ocm-impacts`;
      const acknowledge = (body?: unknown, token?: string) =>
        prepared.as.call('POST', `${path}/acknowledge`, {
          ...(body !== undefined && { body }),
          ...(token !== undefined && { token }),
        });
      const impacts: Body[] = assessment.ocm_impacts;
      const idsOf = (critical: boolean) =>
        impacts
          .filter(({ severity }) => (severity === 'critical') === critical)
          .map(({ id }) => id as string);
      return { ...prepared, assessment, acknowledge, critical: idsOf(true), others: idsOf(false) };
    }

    const open = (body: Body): string[] =>
      body.ocm_impacts.filter((impact: Body) => !impact.acknowledged).map((impact: Body) => impact.id);

    it('all but the critical ones when none is named, and the answer lists those', async () => {
      const { acknowledge, critical, others } = await prepareReview();
      const answer = await acknowledge();
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.acknowledged, others.length);
      assert.deepEqual(
        answer.body.critical_remaining.map((impact: Body) => impact.id),
        critical,
      );
      assert.deepEqual(open(answer.body), critical);
    });

    it('the critical ones when they are named', async () => {
      const { as, acknowledge, critical, A, assessment } = await prepareReview();
      await acknowledge({});
      const answer = await acknowledge({ impact_ids: critical, note: 'Told on Monday.' });
      assert.deepEqual([answer.body.acknowledged, answer.body.critical_remaining], [critical.length, []]);
      assert.deepEqual(open(answer.body), []);
      const read = await as.call('GET', A(assessment.id));
      assert.equal(read.body.preview_handoff.status, 'ready_for_future_preview');
    });

    it('once: a second acknowledgement keeps the first one\u2019s actor, time and note', async () => {
      const { as, acknowledge, others } = await prepareReview();
      const [id = ''] = others;
      const first = await acknowledge({ impact_ids: [id], note: 'First.' }, await as.token({ sub: 'anna' }));
      const of = (answer: Answer): Body =>
        answer.body.ocm_impacts.find((impact: Body) => impact.id === id).acknowledged;
      assert.deepEqual({ ...of(first), at: '' }, { by: 'anna', at: '', note: 'First.' });
      ahead = hour;
      const token = await as.token({ sub: 'berta' });
      const second = await acknowledge({ impact_ids: [id, id], note: 'Second.' }, token);
      assert.equal(second.body.acknowledged, 0);
      assert.deepEqual(of(second), of(first));
      const rest = await acknowledge({ note: 'Third.' }, token);
      assert.equal(rest.body.acknowledged, others.length - 1);
      assert.deepEqual(of(rest), of(first));
    });

    it('by one record for each acknowledgement that changed anything', async () => {
      const { as, acknowledge, others } = await prepareReview();
      await acknowledge({ note: 'Told.' });
      await acknowledge({ note: 'Again.' });
      const records: Body[] = (await as.call('GET', '/audit-records')).body.data;
      const made = records.filter((record) => record.action === 'migration.ocm_impacts.acknowledged');
      assert.equal(made.length, 1);
      assert.equal(made[0]?.facts.note, 'Told.');
      assert.deepEqual(
        made[0].facts.impacts.map((impact: Body) => impact.impact_id).sort(),
        [...others].sort(),
      );
    });

    it('as often as two people do it at once, by the first alone', async () => {
      const { as, acknowledge, others } = await prepareReview();
      const people = await Promise.all(['anna', 'berta', 'carla'].map((sub) => as.token({ sub })));
      const answers = await Promise.all(people.map((token) => acknowledge({}, token)));
      const counts = answers.map((answer) => answer.body.acknowledged as number).sort();
      assert.deepEqual(counts, [0, 0, others.length]);
    });

    it('only when each named one is the assessment\u2019s own, whichever is not', async () => {
      const { acknowledge, others } = await prepareReview();
      const stranger = await prepareReview();
      const [theirs] = stranger.others;
      const answer = await acknowledge({ impact_ids: [others[0], theirs, uuidv7()] });
      assert.deepEqual([answer.status, answer.body.code], [422, 'unknown_reference']);
      assert.deepEqual(
        answer.body.errors.map((error: Body) => error.pointer),
        ['/impact_ids/1', '/impact_ids/2'],
      );
      const left = open((await acknowledge({ impact_ids: [others[0]] })).body);
      assert.equal(left.includes(String(others[0])), false);
      const wrong: unknown[] = [
        { impact_ids: [] },
        { impact_ids: ['x'] },
        { impact_ids: null },
        { note: 1 },
        { note: '\u0000' },
        { all: true },
      ];
      for (const body of wrong) {
        const refused = await acknowledge(body);
        assert.deepEqual(
          [refused.status, refused.body.code],
          [422, 'validation_failed'],
          JSON.stringify(body),
        );
      }
    });

    it('not in an archived workspace, where an unknown impact is still the first thing told', async () => {
      const { as, road, acknowledge, others } = await prepareReview();
      await as.call('POST', `${road.W}/archive`);
      const known = await acknowledge({ impact_ids: others });
      assert.deepEqual([known.status, known.body.code], [409, 'workspace_archived']);
      const unknown = await acknowledge({ impact_ids: [uuidv7()] });
      assert.deepEqual([unknown.status, unknown.body.code], [422, 'unknown_reference']);
    });
  });
});
