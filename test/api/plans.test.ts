import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { dispositions, stepActions, stepStatuses } from '../../domain/plan.ts';
import { sha256 } from '../../platform/digest.ts';
import { whileHeld } from '../support/heldTable.ts';
import { collectedSource } from '../support/collected.ts';
import { acknowledgeAll, previewToken, smallOrg, startOkta, type RunningOkta } from '../support/okta.ts';
import type { Answer, Body } from '../support/answer.ts';
import { makeGroup } from '../support/cutover.ts';
import { useService } from '../support/service.ts';
import { until } from '../support/until.ts';

const wanted = { prefer: 'respond-async' };
const minute = 60_000;

/** What every look at the target reads first, outside of any transaction. */
const heldTable = 'runtime_groups';

describe('cutover plans', () => {
  let ahead = 0;
  const service = useService({ services: { now: () => new Date(Date.now() + ahead) } });
  let okta: RunningOkta;
  before(async () => {
    okta = await startOkta({ data: smallOrg() });
  });
  afterEach(() => {
    ahead = 0;
  });
  after(() => okta.close());

  /** A tenant of its own with a completed assessment, acknowledged unless it is not to be. */
  async function prepare({ mode = 'first_run_adoption', acknowledged = true } = {}) {
    const as = service().forTenant();
    const { road, snapshot } = await collectedSource(as, okta, mode);
    const assess = async () => (await as.call('POST', `${road.W}/snapshots/${snapshot.id}/assessments`)).body;
    const assessment: Body = await assess();
    if (acknowledged) await acknowledgeAll(as, road, assessment.id);
    const plans = `${road.W}/cutover-plans`;
    const plan = (more: object = {}, headers: Record<string, string> = {}) =>
      as.call('POST', plans, { body: { assessment_id: assessment.id, ...more }, headers });
    return { as, road, snapshot, assessment, assess, plans, plan, P: (id: string) => `${plans}/${id}` };
  }

  async function preparePlan() {
    const prepared = await prepare();
    const made = (await prepared.plan()).body;
    const P = prepared.P(made.id);
    const preview = (headers: Record<string, string> = {}) =>
      prepared.as.call('POST', `${P}/preview`, { headers });
    const apply = (preview_token: string) =>
      prepared.as.call('POST', `${P}/apply`, { body: { preview_token } });
    const read = async (): Promise<Body> => (await prepared.as.call('GET', P)).body;
    return { ...prepared, made, path: P, preview, apply, read };
  }

  const codesOf = (answer: Answer) => [answer.status, answer.body.code];

  describe('built while the caller waits', () => {
    let prepared: Awaited<ReturnType<typeof prepare>>;
    let answer: Answer;
    let plan: Body;
    before(async () => {
      prepared = await prepare();
      answer = await prepared.plan({
        name: 'Wave one',
        rollback: { summary: 'Back', owner: 'Anna', steps: ['DNS'] },
      });
      plan = answer.body;
    });

    it('are answered with 201, a draft, at their location', async () => {
      const { as, road, snapshot, assessment, P } = prepared;
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.headers.get('location'), `/api/v1/tenants/${as.tenant}/migrations${P(plan.id)}`);
      const { id: _id, built_at, created_at, steps: _steps, summary: _summary, ...rest } = plan;
      assert.ok(Date.parse(built_at) >= Date.parse(created_at));
      assert.deepEqual(rest, {
        tenant_id: as.tenant,
        workspace_id: road.workspace,
        source_id: road.source,
        snapshot_id: snapshot.id,
        assessment_id: assessment.id,
        name: 'Wave one',
        status: 'draft',
        revision: 1,
        scope: { kind: 'all' },
        preview: { state: 'none', by: null, at: null, expires_at: null },
        active_execution_id: null,
        latest_execution_id: null,
        failure: null,
      });
      assert.deepEqual((await as.call('GET', P(plan.id))).body, plan);
    });

    it('have one step for each item, and count them by everything, zeros included', () => {
      assert.equal(plan.summary.total, prepared.snapshot.item_count);
      assert.equal(plan.steps.data.length, plan.summary.total);
      assert.deepEqual(
        plan.steps.data.map((step: Body) => step.item.id).sort(),
        prepared.snapshot.items.data.map((item: Body) => item.id).sort(),
      );
      for (const [name, words] of [
        ['by_disposition', dispositions],
        ['by_status', stepStatuses],
        ['by_action', stepActions],
      ] as const) {
        assert.deepEqual(Object.keys(plan.summary[name]).sort(), [...words].sort());
      }
      assert.deepEqual(plan.summary.by_disposition, {
        planned: 7,
        manual_follow_up: 1,
        blocked: 0,
        skipped: 0,
      });
      assert.deepEqual(plan.summary.by_action, { create: 7, bind: 0, none: 1 });
    });

    it('put every step after what it needs, and say what will be written', () => {
      const place = new Map<string, number>();
      for (const step of plan.steps.data) {
        for (const needed of step.depends_on) assert.ok(place.has(needed), step.item.name);
        place.set(step.id, step.sequence);
        assert.equal(step.target_payload !== null, step.action === 'create');
        assert.equal(step.status, step.disposition);
        assert.deepEqual([step.outcome, step.target_resource_id, step.secret_state], [null, null, 'none']);
      }
      assert.deepEqual([...place.values()], [1, 2, 3, 4, 5, 6, 7, 8]);
      const by = (name: string): Body => plan.steps.data.find((step: Body) => step.item.name === name);
      assert.deepEqual(by('Workshop').target_payload.name, 'Workshop');
      assert.equal(by('Instrument Registry').target_payload.client_type, 'confidential');
      assert.deepEqual(by('Instrument Registry \u2190 Workshop').target_payload, {
        application: { step_id: by('Instrument Registry').id },
        group: { step_id: by('Workshop').id },
      });
    });

    it('say of every step that is not planned why', () => {
      const [left, ...none] = plan.steps.data.filter((step: Body) => step.disposition !== 'planned');
      assert.deepEqual(none, []);
      assert.deepEqual(
        [left.item.name, left.disposition, left.action, left.reason_code],
        ['Any two factors', 'manual_follow_up', 'none', 'auth_policy_not_automated'],
      );
      assert.ok(left.reason.length > 20);
    });

    it('give one step, and steps by status and disposition', async () => {
      const { as, P } = prepared;
      const [first] = plan.steps.data;
      assert.deepEqual((await as.call('GET', `${P(plan.id)}/steps/${first.id}`)).body, first);
      const count = async (query: string) => {
        const found = await as.call('GET', `${P(plan.id)}/steps?${query}`);
        assert.equal(found.status, 200, found.text);
        return found.body.data.length as number;
      };
      assert.equal(await count('status=planned'), 7);
      assert.equal(await count('disposition=manual_follow_up'), 1);
      assert.equal(await count('status=applied'), 0);
      assert.equal(await count('status=planned&disposition=blocked'), 0);
      for (const query of ['status=done', 'disposition=', 'disposition=applied']) {
        assert.equal((await as.call('GET', `${P(plan.id)}/steps?${query}`)).status, 422, query);
      }
    });

    it('tell which steps wait for which, and for what', async () => {
      const { as, P } = prepared;
      const { nodes, edges } = (await as.call('GET', `${P(plan.id)}/graph`)).body;
      const steps: Body[] = plan.steps.data;
      assert.deepEqual(
        nodes,
        steps.map((step) => step.id),
      );
      const contractOf = new Map(steps.map((step) => [step.id, step.target_contract]));
      const expected = steps.flatMap((step) => step.depends_on.map((id: string) => `${step.id} ${id}`));
      assert.deepEqual(edges.map(({ from, to }: Body) => `${from} ${to}`).sort(), expected.sort());
      assert.ok(edges.length > 0);
      for (const { to, relation } of edges) {
        const contract = { application: 'tenant_oidc_application', group: 'tenant_group' }[
          relation as string
        ];
        assert.equal(contractOf.get(to), contract);
      }
    });

    it('keep the rollback that came with them', async () => {
      const { as, P } = prepared;
      const { rollback, handoff_criteria } = (await as.call('GET', `${P(plan.id)}/evidence`)).body;
      assert.deepEqual(rollback, { summary: 'Back', owner: 'Anna', steps: ['DNS'] });
      const met = handoff_criteria.filter((criterion: Body) => criterion.met).map((each: Body) => each.code);
      assert.deepEqual(met, ['rollback_guidance_recorded']);
    });

    it('are listed, and leave a record', async () => {
      const { as, plans, assessment } = prepared;
      const { steps: _steps, ...summary } = plan;
      assert.deepEqual((await as.call('GET', plans)).body, { data: [summary], next_cursor: null });
      const [record] = (await as.call('GET', '/audit-records')).body.data;
      assert.deepEqual(
        [record.action, record.targets.plan_id, record.targets.assessment_id, record.facts.name],
        ['migration.cutover_plan.created', plan.id, assessment.id, 'Wave one'],
      );
    });
  });

  it('may be of a part of the assessment: some items, or a wave that people noted', async () => {
    const { as, road, snapshot, plan, P } = await prepare();
    const item = (name: string): Body => snapshot.items.data.find((each: Body) => each.name === name);
    const inScope = async (of: Body): Promise<string[]> => {
      const { data } = (await as.call('GET', `${P(of.id)}/steps`)).body;
      assert.equal(data.length, snapshot.item_count);
      return data
        .filter((step: Body) => step.reason_code !== 'out_of_scope')
        .map((step: Body) => step.item.name);
    };
    const workshop = item('Workshop');
    const some = await plan({ scope: { item_ids: [workshop.id, workshop.id.toUpperCase()] } });
    assert.deepEqual([some.status, some.body.scope], [201, { kind: 'items', item_count: 1 }], some.text);
    assert.deepEqual(await inScope(some.body), ['Workshop']);
    const { item_type, external_id } = item('Field Engineers');
    const note = { source_id: road.source, item_type, external_id, wave: 'One' };
    assert.equal((await as.call('PUT', `${road.W}/item-notes`, { body: { notes: [note] } })).status, 200);
    const wave = await plan({ scope: { wave: 'One' } });
    assert.deepEqual([wave.status, wave.body.scope], [201, { kind: 'wave', wave: 'One' }], wave.text);
    assert.deepEqual(await inScope(wave.body), ['Field Engineers']);
    const again = await plan({ scope: { item_ids: [workshop.id] } });
    assert.deepEqual([again.status, again.body.id, again.body.revision], [200, some.body.id, 2]);
  });

  it('leave links from the old ids to the new, for whoever owns what moved', async () => {
    const { as, road, made, preview, apply } = await preparePlan();
    const instrument = made.steps.data.find((step: Body) => step.item.name === 'Instrument Registry');
    const { item_type, external_id } = instrument.item;
    const note = { source_id: road.source, item_type, external_id, owner_contact: '=Anna' };
    await as.call('PUT', `${road.W}/item-notes`, { body: { notes: [note] } });
    assert.deepEqual((await as.call('GET', '/target-links')).body, { data: [], next_cursor: null });
    const executed = (await apply((await preview()).body.preview_token)).body;
    const links: Body[] = (await as.call('GET', '/target-links')).body.data;
    assert.equal(links.length, 7);
    const link = links.find((each) => each.external_id === external_id);
    const { target_resource_id, created_at: _created, ...rest } = link ?? {};
    assert.deepEqual(rest, {
      source_id: road.source,
      item_type: 'application',
      external_id,
      name: 'Instrument Registry',
      owner_contact: '=Anna',
      target_contract: 'tenant_oidc_application',
      origin: 'created',
      source_client_id: instrument.target_payload.client_id,
      target_client_id: instrument.target_payload.client_id,
      plan_id: made.id,
      step_id: instrument.id,
      execution_id: executed.id,
    });
    assert.ok(await service().database.runtimeApplication.findUnique({ where: { id: target_resource_id } }));
    const read = async (query: string) => (await as.call('GET', `/target-links?${query}`)).body;
    const paged: Body[] = [];
    for (let cursor = ''; ;) {
      const page = await read(`limit=3${cursor}`);
      paged.push(...page.data);
      if (page.next_cursor === null) break;
      cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
    assert.deepEqual(paged, links);
    assert.equal((await read(`plan_id=${made.id}&target_contract=tenant_group`)).data.length, 2);
    assert.deepEqual((await read(`source_id=${randomUUID()}`)).data, []);
    const csv = await as.call('GET', '/target-links?target_contract=tenant_oidc_application', {
      headers: { accept: 'text/csv' },
    });
    const [header, ...rows] = csv.text.trim().split('\r\n');
    assert.equal(header, Object.keys(link ?? {}).join(','));
    assert.equal(rows.length, 2);
    assert.ok(rows.some((row) => row.includes(`,'=Anna,`) && row.includes(target_resource_id)));
    assert.deepEqual((await as.forTenant().call('GET', '/target-links')).body.data, []);
  });

  it('are named after the day of their assessment unless they are given a name', async () => {
    const { made, assessment } = await preparePlan();
    assert.equal(made.name, `Cutover of ${assessment.started_at.slice(0, 10)}`);
  });

  describe('are refused', () => {
    it('with a body that is wrong', async () => {
      const { plan } = await prepare();
      const wrong: [more: object, pointer: string][] = [
        [{ assessment_id: undefined }, '/assessment_id'],
        [{ assessment_id: 'x' }, '/assessment_id'],
        [{ name: '' }, '/name'],
        [{ rollback: { summary: 'x', owner: 'y', steps: [] } }, '/rollback/steps'],
        [{ rollback: { summary: 'x', owner: 'y', steps: [''] } }, '/rollback/steps/0'],
        [{ rollback: { summary: '', owner: 'y', steps: ['z'] } }, '/rollback/summary'],
        [{ rollback: { summary: 'x', owner: 'y', steps: ['z'], by: 'me' } }, '/rollback/by'],
        [{ plan_id: randomUUID() }, '/plan_id'],
        [{ scope: {} }, '/scope'],
        [{ scope: { item_ids: [] } }, '/scope/item_ids'],
        [{ scope: { item_ids: ['x'] } }, '/scope/item_ids/0'],
        [{ scope: { item_ids: [randomUUID()], wave: 'One' } }, '/scope'],
        [{ scope: { item_ids: [randomUUID()] } }, '/scope/item_ids'],
        [{ scope: { wave: '' } }, '/scope/wave'],
        [{ scope: { wave: 'Nobody is in it' } }, '/scope/wave'],
        [{ scope: { wave: 'One', group: 'x' } }, '/scope/group'],
      ];
      for (const [more, pointer] of wrong) {
        const answer = await plan(more);
        assert.equal(answer.status, 422, answer.text);
        assert.deepEqual(
          answer.body.errors.map((error: Body) => error.pointer),
          [pointer],
        );
      }
    });

    it('before the handoff is ready, with what is in the way', async () => {
      const { as, plan, assessment, road } = await prepare({ acknowledged: false });
      const answer = await plan();
      assert.deepEqual(codesOf(answer), [409, 'handoff_not_ready']);
      const { preview_handoff } = (await as.call('GET', `${road.W}/assessments/${assessment.id}`)).body;
      assert.deepEqual(answer.body.blockers, preview_handoff.blockers);
      assert.deepEqual(
        answer.body.blockers.map((each: Body) => each.code),
        ['ocm_unacknowledged'],
      );
    });

    it('of an assessment that a newer one replaced', async () => {
      const { plan, assess } = await prepare();
      await assess();
      const answer = await plan();
      assert.deepEqual(codesOf(answer), [409, 'handoff_not_ready']);
      assert.deepEqual(
        answer.body.blockers.map((each: Body) => each.code),
        ['assessment_superseded'],
      );
    });

    it('in a workspace to merge into, where overlaps have not been reviewed', async () => {
      const { as, road, assess, plan, plans } = await prepare({ mode: 'merge_into_existing' });
      await makeGroup(as, 'Workshop');
      const { id } = await assess();
      await acknowledgeAll(as, road, id);
      const answer = await plan({ assessment_id: id });
      assert.deepEqual(codesOf(answer), [409, 'handoff_not_ready']);
      assert.deepEqual(
        answer.body.blockers.map((each: Body) => each.code),
        ['merge_decisions_pending'],
      );
      assert.deepEqual((await as.call('GET', plans)).body.data, []);
    });

    it('in an archived workspace, and of an archived source', async () => {
      const first = await prepare();
      await first.as.call('POST', `${first.road.S}/archive`);
      assert.deepEqual(codesOf(await first.plan()), [409, 'source_archived']);
      const second = await prepare();
      await second.as.call('POST', `${second.road.W}/archive`);
      assert.deepEqual(codesOf(await second.plan()), [409, 'workspace_archived']);
    });
  });

  it('that the caller does not wait for are drafts that are not built, and cannot be previewed yet', async () => {
    const { as, plan, P, plans } = await prepare();
    await whileHeld(service().databaseUrl, heldTable, async (hold) => {
      const answer = await plan({}, wanted);
      assert.equal(answer.status, 202, answer.text);
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      assert.equal(
        answer.headers.get('location'),
        `/api/v1/tenants/${as.tenant}/migrations${P(answer.body.id)}`,
      );
      await hold.reached();
      const inFlight = (await as.call('GET', P(answer.body.id))).body;
      assert.deepEqual([inFlight.status, inFlight.built_at, inFlight.revision], ['draft', null, 0]);
      assert.deepEqual([inFlight.summary.total, inFlight.steps.data], [0, []]);
      const preview = await as.call('POST', `${P(answer.body.id)}/preview`);
      assert.deepEqual(codesOf(preview), [409, 'plan_not_built']);
      const apply = await as.call('POST', `${P(answer.body.id)}/apply`, { body: { preview_token: 'x' } });
      assert.deepEqual(codesOf(apply), [409, 'preview_stale']);
      assert.deepEqual(codesOf(await plan()), [409, 'run_in_progress']);
      await hold.release();
      const built = await until('the plan is built', async () => {
        const { body } = await as.call('GET', P(answer.body.id));
        return body.built_at === null ? null : body;
      });
      assert.deepEqual([built.revision, built.summary.total], [1, 8]);
    });
    assert.equal((await as.call('GET', plans)).body.data.length, 1);
  });

  it('are one for an assessment, also when four are asked for at once', async () => {
    const { as, plan, plans } = await prepare();
    const answers = await whileHeld(service().databaseUrl, heldTable, () =>
      Promise.all(Array.from({ length: 4 }, () => plan({}, wanted))),
    );
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [202, 409, 409, 409]);
    const codes = answers.filter(({ status }) => status === 409).map(({ body }) => body.code);
    assert.deepEqual([...new Set(codes)], ['run_in_progress']);
    assert.equal((await as.call('GET', plans)).body.data.length, 1);
  });

  describe('asked for again', () => {
    it('are built again: the next revision, the same steps, and no preview', async () => {
      const { as, plan, made, path, preview, read } = await preparePlan();
      await preview();
      assert.deepEqual([(await read()).status, (await read()).preview.state], ['previewed', 'current']);
      const again = await plan();
      assert.equal(again.status, 200, again.text);
      assert.deepEqual([again.body.id, again.body.revision, again.body.status], [made.id, 2, 'draft']);
      assert.equal(again.body.preview.state, 'none');
      const ids = ({ steps }: Body) => steps.data.map((step: Body) => [step.id, step.sequence, step.item.id]);
      assert.deepEqual(ids(again.body), ids(made));
      const actions = (await as.call('GET', '/audit-records')).body.data.map((record: Body) => record.action);
      assert.ok(actions.includes('migration.cutover_plan.rebuilt'));
      assert.equal((await as.call('GET', path)).body.built_at, again.body.built_at);
    });

    it('look at the target anew: what is taken by now is blocked, and what needs it is not planned', async () => {
      const { as, plan } = await preparePlan();
      const group = await makeGroup(as, 'Workshop');
      const again = (await plan()).body;
      const by = (name: string): Body => again.steps.data.find((step: Body) => step.item.name === name);
      assert.deepEqual(
        [by('Workshop').disposition, by('Workshop').reason_code],
        ['blocked', 'target_collision'],
      );
      assert.match(by('Workshop').reason, /Workshop/i);
      const needing = by('Instrument Registry \u2190 Workshop');
      assert.deepEqual(
        [needing.disposition, needing.reason_code],
        ['manual_follow_up', 'dependency_not_planned'],
      );
      assert.equal(by('Field Engineers').disposition, 'planned');
      const untouched = await service().database.runtimeGroup.findUniqueOrThrow({ where: { id: group.id } });
      assert.deepEqual(untouched, group);
    });
  });

  describe('are previewed', () => {
    it('with a token that is shown once, kept hashed, and the plan as it will be applied', async () => {
      const { as, made, path, preview, read } = await preparePlan();
      const answer = await preview();
      assert.equal(answer.status, 200, answer.text);
      const { preview_token, expires_at, plan, steps, warnings } = answer.body;
      assert.match(preview_token, /^[\w-]{43}$/);
      assert.equal(Buffer.from(preview_token, 'base64url').length, 32);
      const life = Date.parse(expires_at) - Date.parse(plan.preview.at);
      assert.equal(life, 60 * minute);
      assert.deepEqual(plan.preview, { state: 'current', by: 'dev', at: plan.preview.at, expires_at });
      assert.equal(plan.status, 'previewed');
      assert.deepEqual(steps, made.steps);
      const told = (code: string) => warnings.filter((warning: Body) => warning.code === code).length;
      assert.deepEqual([told('assignment_to_empty_group'), told('unguarded_until_follow_up')], [3, 2]);
      assert.equal(warnings.length, 5);
      const now = await read();
      assert.deepEqual([now.status, now.preview], ['previewed', plan.preview]);
      const row = await service().database.preview.findFirstOrThrow({ where: { planId: made.id } });
      assert.deepEqual(Buffer.from(row.tokenHash ?? []), sha256(preview_token));
      assert.ok(!JSON.stringify(row).includes(preview_token));
      for (const url of [path, `${path}/evidence`, '/audit-records', `${path}/steps`]) {
        assert.ok(!(await as.call('GET', url)).text.includes(preview_token), url);
      }
      const [record] = (await as.call('GET', '/audit-records')).body.data;
      assert.deepEqual(
        [record.action, record.facts],
        ['migration.cutover_plan.previewed', { revision: 1, expires_at }],
      );
    });

    it('again and again: each token replaces the one before', async () => {
      const { preview, apply, read } = await preparePlan();
      const first = (await preview()).body.preview_token;
      const second = (await preview()).body.preview_token;
      assert.notEqual(first, second);
      assert.deepEqual(codesOf(await apply(first)), [409, 'preview_stale']);
      assert.equal((await read()).preview.state, 'current');
      assert.equal((await apply(second)).status, 200);
    });

    it('by three people at once, of whom one holds the token that counts', async () => {
      const { preview, apply, made } = await preparePlan();
      const answers = await Promise.all([preview(), preview(), preview()]);
      assert.deepEqual(
        answers.map((answer) => answer.status),
        [200, 200, 200],
      );
      const runs = [];
      const query = `WorkflowId = 'preview/${made.id}'`;
      for await (const run of service().temporal.workflow.list({ query })) runs.push(run.runId);
      assert.equal(runs.length, 1, 'one look at the target for all of them');
      const applied = [];
      for (const { body } of answers) applied.push((await apply(body.preview_token)).status);
      assert.deepEqual(applied.sort(), [200, 409, 409]);
    });

    it('for an hour; then the token is worth nothing and the plan says so', async () => {
      const { preview, apply, read } = await preparePlan();
      const { preview_token } = (await preview()).body;
      ahead = 60 * minute + 1_000;
      assert.equal((await read()).preview.state, 'expired');
      assert.deepEqual(codesOf(await apply(preview_token)), [409, 'preview_stale']);
      assert.equal((await read()).latest_execution_id, null);
      assert.equal((await preview()).status, 200);
      assert.equal((await read()).preview.state, 'current');
    });

    it('whether the caller wants to wait or not; over the wait, the next call gets the token', async () => {
      const { as, preview, path, read } = await preparePlan();
      const answer = await whileHeld(service().databaseUrl, heldTable, async () => {
        const early = await preview({ prefer: 'wait=0' });
        assert.equal(early.status, 202, early.text);
        assert.equal(early.headers.get('location'), `/api/v1/tenants/${as.tenant}/migrations${path}`);
        assert.equal(early.body.preview.state, 'running');
        assert.equal((await read()).preview.state, 'running');
        const joined = await preview({ prefer: 'wait=0' });
        assert.equal(joined.status, 202);
        return early;
      });
      assert.ok(!('preview_token' in answer.body));
      const asked = await preview(wanted);
      assert.equal(asked.status, 200, asked.text);
      assert.ok(asked.body.preview_token);
      const runs = await service().database.preview.count({ where: { planId: answer.body.id } });
      assert.equal(runs, 1, 'all three were one look at the target');
    });

    it('only while the target is as it was planned: else they are outdated, item by item, without a token', async () => {
      const { as, made, preview, read, plan } = await preparePlan();
      const { preview_token } = (await preview()).body;
      assert.ok(preview_token);
      const group = await makeGroup(as, 'Field Engineers');
      ahead = 2 * minute;
      const answer = await preview();
      assert.deepEqual(codesOf(answer), [409, 'plan_outdated']);
      const step = made.steps.data.find((each: Body) => each.item.name === 'Field Engineers');
      assert.deepEqual(answer.body.changes, [
        {
          step_id: step.id,
          item_id: step.item.id,
          code: 'target_collision',
          message: answer.body.changes[0].message,
          was: null,
          is: { resource_id: group.id, fingerprint: group.fingerprint },
        },
      ]);
      const now = await read();
      assert.deepEqual([now.status, now.preview.state], ['draft', 'stale']);
      assert.equal((await plan()).status, 200);
      assert.equal((await preview()).status, 200);
    });

    it('not once the assessment is superseded', async () => {
      const { preview, assess } = await preparePlan();
      await assess();
      const answer = await preview();
      assert.deepEqual(codesOf(answer), [409, 'handoff_not_ready']);
      assert.deepEqual(
        answer.body.blockers.map((each: Body) => each.code),
        ['assessment_superseded'],
      );
    });

    it('not with a body', async () => {
      const { as, path } = await preparePlan();
      assert.equal((await as.call('POST', `${path}/preview`, { body: { force: true } })).status, 422);
      assert.equal((await as.call('POST', `${path}/preview`, { body: {} })).status, 200);
    });

    it('and applied once; after that nothing about them can be done again', async () => {
      const { as, path, plan, preview, apply, read } = await preparePlan();
      const token = await previewToken(as, path);
      assert.equal((await apply(token)).status, 200);
      for (const again of [await preview(), await plan(), await apply(token)]) {
        assert.deepEqual(codesOf(again), [409, 'plan_already_applied']);
      }
      assert.equal((await read()).preview.state, 'consumed');
    });
  });
});
