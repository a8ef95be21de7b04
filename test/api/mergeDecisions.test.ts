import assert from 'node:assert/strict';
import { v7 as uuidv7 } from 'uuid';
import { resourceKinds, type ResourceContract } from '../../domain/target.ts';
import { runFailure } from '../../domain/run.ts';
import { TenantId } from '../../domain/ids.ts';
import { failRefresh } from '../../prisma/store/overlaps.ts';
import type { Answer, Body } from '../support/answer.ts';
import { makeGroup } from '../support/cutover.ts';
import { whileHeld } from '../support/heldTable.ts';
import { collectedSource } from '../support/collected.ts';
import { acknowledgeAll, prepareSource, smallOrg, startOkta, type RunningOkta } from '../support/okta.ts';
import { useService, type Service } from '../support/service.ts';
import { callTarget, oidcApplication } from '../support/target.ts';
import { until } from '../support/until.ts';

describe('merge decisions', () => {
  const service = useService();
  const org = smallOrg();
  let okta: RunningOkta;
  before(async () => {
    okta = await startOkta({ data: org });
  });
  after(() => okta.close());

  const clientIdOf = (label: string): string => {
    const app: Body = org.apps.find((each) => each.label === label);
    return app.credentials.oauthClient.client_id as string;
  };

  async function make(as: Service, contract: ResourceContract, body: object): Promise<string> {
    const made = await callTarget(as, 'POST', `/${resourceKinds[contract]}`, { body });
    assert.equal(made.status, 201, made.text);
    return (made.body as { id: string }).id;
  }

  /** A tenant whose target has a group and an application of the org already, and an assessment that found them. */
  async function prepare({ mode = 'merge_into_existing', change = {} } = {}) {
    const as = service().forTenant();
    const { road, snapshot } = await collectedSource(as, okta, mode);
    const { id: group } = await makeGroup(as, 'workshop');
    const application = await make(
      as,
      'tenant_oidc_application',
      oidcApplication('theirs', { client_id: clientIdOf('Instrument Registry'), ...change }),
    );
    const path = `${road.W}/snapshots/${snapshot.id}/assessments`;
    const assess = async (body: object = {}): Promise<Body> => (await as.call('POST', path, { body })).body;
    const assessment = await assess();
    const A = `${road.W}/assessments/${assessment.id}`;
    const list = async (query = '', of = A): Promise<Body[]> =>
      (await as.call('GET', `${of}/merge-decisions${query}`)).body.data;
    const resolve = (decision: Body, body: object, token?: string) =>
      as.call('POST', `${A}/merge-decisions/${decision.id}/resolve`, { body, ...(token && { token }) });
    const refresh = (headers: Record<string, string> = {}) =>
      as.call('POST', `${A}/merge-decisions/refresh`, { headers });
    return { as, road, assess, assessment, A, list, resolve, refresh, group, application };
  }

  const codesOf = ({ status, body }: Answer) => [status, body.code];
  /** The decision about the group and the one about the application, whichever was collected first. */
  const two = (decisions: Body[]): [Body, Body] => {
    const [group, app] = ['group', 'application'].map((type) =>
      decisions.find((decision) => decision.item.item_type === type),
    );
    assert.ok(group && app);
    return [group, app];
  };

  it('are shown with the assessment and listed, with what collides and how it differs', async () => {
    const { as, road, A, assessment, list, group, application } = await prepare();
    const listed = await list();
    const [first, second] = two(listed);
    assert.deepEqual(assessment.merge_decisions, listed);
    assert.deepEqual(first, {
      id: first.id,
      item: { ...first.item, item_type: 'group', name: 'Workshop' },
      status: 'pending',
      matched_resources: [
        {
          resource_type: 'tenant_group',
          resource_id: group,
          name: 'workshop',
          match_keys: ['name'],
          differences: [
            { ...first.matched_resources[0].differences[0], field: 'description' },
            { field: 'name', source_value: 'Workshop', target_value: 'workshop' },
          ],
          group: { member_count: null, mastered_by: null, privileged: null },
        },
      ],
      similar: [],
      resolution: null,
      matched_resource_id: null,
      target_overrides: null,
      note: null,
      resolved: null,
      stale_reason: null,
      carried_from: null,
      history: [],
    });
    assert.deepEqual(
      second.matched_resources.map((each: Body) => [each.resource_id, each.match_keys, each.group]),
      [[application, ['client_id'], null]],
    );
    const { summary } = (await as.call('GET', road.W)).body;
    assert.deepEqual(
      [
        summary.merge_review_status,
        summary.pending_merge_decision_count,
        summary.resolved_merge_decision_count,
        summary.sources[0].merge_review_status,
      ],
      ['pending', 2, 0, 'pending'],
    );
    const blocker = (await as.call('GET', A)).body.preview_handoff.blockers.find(
      (each: Body) => each.code === 'merge_decisions_pending',
    );
    assert.deepEqual(blocker, {
      code: 'merge_decisions_pending',
      count: 2,
      ids: listed.map((each) => each.id as string),
    });
  }).timeout(60_000);

  it('lead on when all are resolved, to a plan that does what was decided', async () => {
    const { as, road, A, assessment, list, resolve, application } = await prepare();
    const [group, app] = two(await list());
    await acknowledgeAll(as, road, assessment.id);
    const overrides = { name: 'Workshop (Okta)' };
    const created = await resolve(group, { resolution: 'create_new', target_overrides: overrides });
    assert.deepEqual(
      [created.status, created.body.status, created.body.target_overrides],
      [200, 'resolved', overrides],
    );
    assert.deepEqual(await list('?status=pending'), [app]);
    const mapped = await resolve(app, {
      resolution: 'map_to_existing',
      matched_resource_id: application.toUpperCase(),
      note: 'The same.',
    });
    assert.deepEqual(
      [mapped.status, mapped.body.matched_resource_id, mapped.body.note],
      [200, application, 'The same.'],
      mapped.text,
    );
    assert.equal((await list('?status=resolved')).length, 2);
    assert.equal((await as.call('GET', A)).body.preview_handoff.status, 'ready_for_future_preview');
    const { summary } = (await as.call('GET', road.W)).body;
    assert.deepEqual(
      [
        summary.merge_review_status,
        summary.pending_merge_decision_count,
        summary.resolved_merge_decision_count,
        summary.preview_handoff_status,
      ],
      ['resolved', 0, 2, 'ready_for_future_preview'],
    );
    const plan = await as.call('POST', `${road.W}/cutover-plans`, { body: { assessment_id: assessment.id } });
    assert.equal(plan.status, 201, plan.text);
    const steps: Body[] = plan.body.steps.data;
    const told = new Map(steps.map((step) => [step.item.name, step]));
    assert.equal(told.get('Workshop')?.target_payload.name, 'Workshop (Okta)');
    const bound = told.get('Instrument Registry');
    assert.deepEqual(
      [bound?.disposition, bound?.action, bound?.reason_code, bound?.target_payload],
      ['planned', 'bind', 'merge_decision', null],
    );
    assert.equal(bound?.binding.resource_id, application);
    assert.ok(bound.binding.incomplete.length > 0, 'the two have no redirect URI in common');
    const assignment = told.get('Instrument Registry \u2190 Workshop');
    assert.deepEqual(assignment?.target_payload, {
      application: { resource_id: application },
      group: { step_id: told.get('Workshop')?.id },
    });
    const changed = { name: 'Renamed', fingerprint: 'another' };
    await service().database.runtimeApplication.update({ where: { id: application }, data: changed });
    const again = await as.call('POST', `${road.W}/cutover-plans`, {
      body: { assessment_id: assessment.id },
    });
    assert.deepEqual(codesOf(again), [409, 'handoff_not_ready']);
    assert.deepEqual(
      [again.body.plan_id, again.body.blockers],
      [plan.body.id, [{ code: 'merge_decisions_pending', count: 1, ids: [app.id] }]],
    );
    const kept = (await as.call('GET', `${road.W}/cutover-plans/${plan.body.id}`)).body;
    assert.deepEqual([kept.revision, kept.failure.code], [1, 'handoff_not_ready']);
  });

  it('are resolved again as often as people want, and remember it', async () => {
    const { as, list, resolve } = await prepare();
    const [group] = two(await list());
    await resolve(group, { resolution: 'skip', note: 'Not needed.' }, await as.token({ sub: 'anna' }));
    const again = await resolve(group, { resolution: 'create_new' }, await as.token({ sub: 'berta' }));
    assert.deepEqual(
      [again.body.resolution, again.body.resolved.by, again.body.note],
      ['create_new', 'berta', null],
    );
    const [former] = again.body.history;
    assert.deepEqual(
      [former.resolution, former.resolved.by, former.note, former.stale_reason],
      ['skip', 'anna', 'Not needed.', null],
    );
    const records: Body[] = (await as.call('GET', '/audit-records')).body.data;
    const resolved = records.filter((record) => record.action === 'migration.merge_decision.resolved');
    assert.deepEqual(
      resolved.map((record) => [record.actor.id, record.facts.resolution, record.targets.item_id]),
      [
        ['berta', 'create_new', group.item.id],
        ['anna', 'skip', group.item.id],
      ],
    );
  });

  it('say what a request gets wrong, and change nothing', async () => {
    const { list, resolve } = await prepare({
      change: { client_type: 'public', token_endpoint_auth_method: 'none' },
    });
    const [group, app] = two(await list());
    const of = (decision: Body) => decision.matched_resources[0].resource_id as string;
    const map = (id: string) => ({ resolution: 'map_to_existing', matched_resource_id: id });
    const wrong: [Body, object, string][] = [
      [group, {}, 'validation_failed'],
      [group, { resolution: 'overwrite' }, 'validation_failed'],
      [group, { resolution: 'map_to_existing' }, 'validation_failed'],
      [group, { ...map('x') }, 'validation_failed'],
      [group, { ...map(of(group)), target_overrides: {} }, 'validation_failed'],
      [group, { resolution: 'create_new', target_overrides: { colour: 'red' } }, 'validation_failed'],
      [group, { resolution: 'skip', force: true }, 'validation_failed'],
      [group, map(of(app)), 'unknown_reference'],
      [group, map(uuidv7()), 'unknown_reference'],
      [app, map(of(app)), 'incompatible_match'],
    ];
    for (const [decision, body, code] of wrong) {
      const answer = await resolve(decision, body);
      assert.deepEqual(codesOf(answer), [422, code], JSON.stringify(body));
      assert.ok(answer.body.errors.length > 0, JSON.stringify(body));
    }
    assert.deepEqual(two(await list()), [group, app]);
  });

  it('page in the order of the inventory', async () => {
    const { as, A, list } = await prepare();
    const [first, second] = await list();
    assert.ok(first && second && first.item.ordinal < second.item.ordinal);
    const page = await as.call('GET', `${A}/merge-decisions?limit=1`);
    assert.deepEqual(page.body.data, [first]);
    const next = await as.call('GET', `${A}/merge-decisions?limit=1&cursor=${page.body.next_cursor}`);
    assert.deepEqual(next.body, { data: [second], next_cursor: null });
    const other = await as.call('GET', `${A}/merge-decisions?status=pending&cursor=${page.body.next_cursor}`);
    assert.deepEqual(codesOf(other), [422, 'cursor_invalid']);
    assert.deepEqual(codesOf(await as.call('GET', `${A}/merge-decisions?status=open`)), [
      422,
      'validation_failed',
    ]);
  });

  it('are none where nothing collides, and in a workspace that adopts for the first time', async () => {
    const first = await prepare({ mode: 'first_run_adoption' });
    assert.deepEqual(first.assessment.merge_decisions, []);
    assert.deepEqual(await first.list(), []);
    assert.equal(
      (await first.as.call('GET', first.road.W)).body.summary.merge_review_status,
      'not_applicable',
    );
    assert.deepEqual(codesOf(await first.refresh()), [409, 'merge_not_applicable']);
    const as = service().forTenant();
    const road = await prepareSource(as, okta.url, { mode: 'merge_into_existing' });
    const statusOf = async () => (await as.call('GET', road.W)).body.summary.merge_review_status;
    assert.equal(await statusOf(), 'not_assessed');
    const snapshot = (await as.call('POST', `${road.S}/snapshots`)).body;
    await as.call('POST', `${road.W}/snapshots/${snapshot.id}/assessments`);
    assert.equal(await statusOf(), 'not_required');
  });

  it('are refreshed from the target: changed and gone resources make them pending, new ones add to them', async () => {
    const { as, list, resolve, refresh, group, application, road, assessment } = await prepare();
    const [g, app] = two(await list());
    const mapped = [
      await resolve(g, { resolution: 'map_to_existing', matched_resource_id: group }),
      await resolve(app, { resolution: 'map_to_existing', matched_resource_id: application }),
    ];
    assert.deepEqual(
      mapped.map((answer) => answer.status),
      [200, 200],
      mapped.map((answer) => answer.text).join(' '),
    );
    const same = await refresh();
    assert.deepEqual(
      [same.status, same.body.data.map((each: Body) => each.status)],
      [200, ['resolved', 'resolved']],
    );
    await service().database.runtimeGroup.update({
      where: { id: group },
      data: { description: 'another', fingerprint: 'another' },
    });
    await service().database.runtimeApplication.delete({ where: { id: application } });
    await makeGroup(as, 'Field Engineers');
    const changed = await refresh();
    assert.deepEqual(
      changed.body.data
        .map((each: Body) => [each.item.name, each.status, each.stale_reason])
        .sort(([a]: string[], [b]: string[]) => ((a ?? '') < (b ?? '') ? -1 : 1)),
      [
        ['Field Engineers', 'pending', null],
        [
          'Instrument Registry',
          'pending',
          'The application \u201cApplication theirs\u201d is no longer at the target.',
        ],
        ['Workshop', 'pending', 'The group \u201cworkshop\u201d was changed at the target: description.'],
      ],
    );
    assert.deepEqual(await list(), changed.body.data);
    const records: Body[] = (await as.call('GET', '/audit-records')).body.data;
    assert.equal(records.filter((each) => each.action === 'migration.merge_decision.reopened').length, 2);
    await acknowledgeAll(as, road, assessment.id);
    const plan = await as.call('POST', `${road.W}/cutover-plans`, { body: { assessment_id: assessment.id } });
    assert.deepEqual(codesOf(plan), [409, 'handoff_not_ready']);
  });

  it('are refreshed while the caller does other things, and by whoever asks meanwhile as well', async () => {
    const { as, A, refresh, road } = await prepare();
    await whileHeld(service().databaseUrl, 'migration_target_links', async (hold) => {
      const begun = await refresh({ prefer: 'respond-async' });
      assert.equal(begun.status, 202, begun.text);
      assert.equal(
        begun.headers.get('location'),
        `/api/v1/tenants/${as.tenant}/migrations${A}/merge-decisions`,
      );
      await hold.reached();
      assert.equal((await refresh({ prefer: 'wait=0' })).status, 202);
      assert.deepEqual(codesOf(await as.call('POST', `${road.S}/archive`)), [409, 'run_in_progress']);
      const where = { tenantId: as.tenant, kind: 'refresh' };
      assert.equal(await service().database.run.count({ where }), 1);
      await hold.release();
      const run = await until('the refresh has ended', () =>
        service().database.run.findFirst({ where: { ...where, endedAt: { not: null } } }),
      );
      assert.equal(run.failure, null);
    });
  });

  it('say why when they could not be refreshed', async () => {
    const { as, assessment, refresh } = await prepare();
    const { database } = service();
    await whileHeld(service().databaseUrl, 'migration_target_links', async (hold) => {
      const waiting = refresh();
      await hold.reached();
      const run = await until('the run has begun', () =>
        database.run.findFirst({ where: { tenantId: as.tenant, kind: 'refresh' } }),
      );
      const failure = runFailure(new Date(), { code: 'run_stopped', message: 'It was terminated.' });
      await failRefresh(database, TenantId.parse(as.tenant), assessment.id, run.id, failure);
      const answer = await waiting;
      assert.deepEqual(codesOf(answer), [409, 'run_stopped']);
      assert.equal(answer.body.assessment_id, assessment.id);
      await hold.release();
    });
  });

  it('are taken over by a later assessment when it is asked to, and as long as nothing has changed', async () => {
    const { list, resolve, assess, road, group } = await prepare();
    const [g, app] = two(await list());
    await resolve(g, { resolution: 'map_to_existing', matched_resource_id: group });
    await resolve(app, { resolution: 'skip' });
    const fresh = await assess();
    assert.deepEqual(
      fresh.merge_decisions.map((each: Body) => each.status),
      ['pending', 'pending'],
    );
    const next = `${road.W}/assessments/${fresh.id}`;
    const [again] = await list('', next);
    assert.notEqual(again?.id, g.id);
    // What is taken over is what was decided about the one before, which was nothing.
    const third = await assess({ carry_over: true });
    assert.ok(third.merge_decisions.every((each: Body) => each.carried_from === null));
  });

  it('carry over with who decided and where from', async () => {
    const { as, list, resolve, assess, group } = await prepare();
    const [g] = two(await list());
    await resolve(g, { resolution: 'map_to_existing', matched_resource_id: group });
    const next = await assess({ carry_over: true });
    const [carried, other] = two(next.merge_decisions as Body[]);
    assert.deepEqual(
      [carried.status, carried.carried_from, carried.matched_resource_id, other.status],
      ['resolved', g.id, group, 'pending'],
    );
    const records: Body[] = (await as.call('GET', '/audit-records')).body.data;
    const made = records.filter((each) => each.action === 'migration.merge_decision.carried_over');
    assert.deepEqual(
      made.map((each) => [each.targets.merge_decision_id, each.facts.carried_from]),
      [[carried.id, g.id]],
    );
  });

  it('are not resolved or refreshed in an archived workspace', async () => {
    const { as, road, list, resolve, refresh } = await prepare();
    const [group] = two(await list());
    await as.call('POST', `${road.W}/archive`);
    assert.deepEqual(codesOf(await resolve(group, { resolution: 'skip' })), [409, 'workspace_archived']);
    assert.deepEqual(codesOf(await refresh()), [409, 'workspace_archived']);
  });
});
