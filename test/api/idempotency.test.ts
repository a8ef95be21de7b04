import assert from 'node:assert/strict';
import type { Route } from '../../api/http/route.ts';
import { routes } from '../../api/routes/index.ts';
import { sha256 } from '../../platform/digest.ts';
import type { Answer, Body } from '../support/answer.ts';
import { makeGroup, previewedPlan, targetOf } from '../support/cutover.ts';
import { whileHeld } from '../support/heldTable.ts';
import { holdInserts } from '../support/hold.ts';
import { freshTenant } from '../support/inventory.ts';
import { prepareSource, smallOrg, startOkta, type RunningOkta } from '../support/okta.ts';
import { SIMULATED_OKTA_TOKEN } from '../../simulators/okta/server.ts';
import { useService, type Service } from '../support/service.ts';
import { callTarget, oidcApplication, tenantGroup } from '../support/target.ts';
import { until } from '../support/until.ts';

const keyed = (key: string, more: Record<string, string> = {}) => ({
  headers: { 'idempotency-key': key, ...more },
});
const replayed = ({ headers }: Answer) => headers.get('idempotency-replayed');
const location = ({ headers }: Answer) => headers.get('location');
const codesOf = ({ status, body }: Answer) => [status, body.code];

describe('a request with an Idempotency-Key', () => {
  const service = useService();
  let okta: RunningOkta;
  before(async () => {
    okta = await startOkta({ data: smallOrg() });
  });
  after(() => okta.close());

  const workspace = { name: 'Leave Okta', mode: 'first_run_adoption' };

  /** What is kept of a tenant's keys. */
  const kept = (as: Service) =>
    service().database.idempotencyKey.findMany({ where: { tenantId: as.tenant } });

  /** Makes a request twice with one key; the second is the first, told anew, but for what is left out. */
  async function assertOnce(call: () => Promise<Answer>): Promise<Answer> {
    const first = await call();
    assert.equal(replayed(first), null, first.text);
    const again = await call();
    assert.equal(replayed(again), 'true', again.text);
    assert.equal(again.status, first.status, again.text);
    // Work on what was there before is not told a place unless it goes on.
    assert.ok([location(again), null].includes(location(first)), again.text);
    assert.equal(again.body.id, first.body.id);
    return again;
  }

  it('is done once; the second time it is answered with what the first has made, as it is by then', async () => {
    const as = await freshTenant(service());
    const create = () => as.call('POST', '/workspaces', { body: workspace, ...keyed('one') });
    const first = await create();
    const archived = await as.call('POST', `/workspaces/${first.body.id}/archive`);
    assert.equal(archived.status, 200, archived.text);
    const again = await create();
    assert.deepEqual([again.status, again.body.id, replayed(again)], [201, first.body.id, 'true']);
    assert.equal(location(again), location(first));
    assert.deepEqual([first.body.status, again.body.status], ['draft', 'archived']);
    const anew = await as.call('POST', '/workspaces', { body: workspace });
    assert.deepEqual([anew.status, replayed(anew)], [201, null], 'without the key it is another request');
  });

  it('is refused when the key was used for another body, and nothing is done', async () => {
    const as = await freshTenant(service());
    await as.call('POST', '/workspaces', { body: workspace, ...keyed('one') });
    const other = { ...workspace, name: 'Leave Okta at last' };
    const answer = await as.call('POST', '/workspaces', { body: other, ...keyed('one') });
    assert.deepEqual(codesOf(answer), [422, 'idempotency_key_reused']);
  });

  it('is heeded by every POST that creates or starts; a preview is made anew, and a stop may come twice', () => {
    const begins = (route: Route) => route.replies[201] !== undefined || route.replies[202] !== undefined;
    const without = routes.filter(
      (route) => route.method === 'POST' && begins(route) && route.begins === undefined,
    );
    const last = without.map(({ path }) => path.split('/').at(-1));
    assert.deepEqual([...new Set(last)].sort(), ['cancel', 'preview']);
  });

  it('is refused when the key is none', async () => {
    const as = await freshTenant(service());
    for (const key of ['k'.repeat(256), 'k\u00e9y', '']) {
      const answer = await as.call('POST', '/workspaces', { body: workspace, ...keyed(key) });
      assert.deepEqual(codesOf(answer), [422, 'validation_failed'], key);
      assert.equal(answer.body.errors[0].pointer, '/headers/idempotency-key');
    }
    assert.deepEqual((await as.call('GET', '/workspaces')).body.data, []);
  });

  it('is another request for another actor, on another path and in another tenant', async () => {
    const as = await freshTenant(service());
    const create = (path: string, token?: string) =>
      callTarget(as, 'POST', path, { body: tenantGroup('own'), ...keyed('same'), ...(token && { token }) });
    const somebody = await as.token({ tenant_id: as.tenant, sub: 'somebody else' });
    assert.equal((await create('/groups')).status, 201);
    assert.deepEqual(codesOf(await create('/groups', somebody)), [409, 'target_collision']);
    const application = await callTarget(as, 'POST', '/applications', {
      body: oidcApplication('own'),
      ...keyed('same'),
    });
    assert.deepEqual([application.status, replayed(application)], [201, null]);
    const elsewhere = await freshTenant(service());
    const theirs = await callTarget(elsewhere, 'POST', '/groups', {
      body: tenantGroup('own'),
      ...keyed('same'),
    });
    assert.deepEqual([theirs.status, replayed(theirs)], [201, null]);
  });

  it('is known again however its path is spelled', async () => {
    const as = await freshTenant(service());
    const road = await prepareSource(as, okta.url);
    const verify = (path: string) => as.call('POST', `${path}/verify`, keyed('spelled'));
    assert.equal(replayed(await verify(road.S)), null);
    assert.equal(
      replayed(await verify(road.S.replaceAll(/[0-9a-f-]{36}/g, (id) => id.toUpperCase()))),
      'true',
    );
  });

  it('is still checked for access when it is repeated', async () => {
    const as = await freshTenant(service());
    const create = (token?: string) =>
      as.call('POST', '/workspaces', { body: workspace, ...keyed('one'), ...(token && { token }) });
    assert.equal((await create()).status, 201);
    const viewer = await as.token({ tenant_id: as.tenant, permissions: ['portal.migrations.view'] });
    assert.deepEqual(codesOf(await create(viewer)), [403, 'permission_required']);
  });

  it('is done once when it is made five times at once', async () => {
    const as = await freshTenant(service());
    const create = () => callTarget(as, 'POST', '/groups', { body: tenantGroup('own'), ...keyed('race') });
    const answers = await Promise.all([create(), create(), create(), create(), create()]);
    assert.deepEqual([...new Set(answers.map(({ status, text }) => `${status} ${text}`))].length, 1);
    assert.equal(answers[0].status, 201, answers[0].text);
    assert.equal(answers.filter((each) => replayed(each) === 'true').length, 4);
    assert.equal((await targetOf(as)).groups.length, 1);
  });

  it('that was refused keeps no key: once it can be done, it is', async () => {
    const as = await freshTenant(service());
    const first = await as.call('POST', '/workspaces', { body: workspace });
    const create = () => as.call('POST', '/workspaces', { body: workspace, ...keyed('later') });
    assert.deepEqual(codesOf(await create()), [409, 'workspace_exists']);
    assert.deepEqual(await kept(as), []);
    await as.call('POST', `/workspaces/${first.body.id}/archive`);
    assert.equal((await assertOnce(create)).status, 201);
  });

  it('whose work failed is answered with the resource, which says so', async () => {
    const as = await freshTenant(service());
    const road = await prepareSource(as, okta.url, { apiToken: '00notTheTokenOfThisOrg' });
    const collect = () => as.call('POST', `${road.S}/snapshots`, keyed('failing'));
    const first = await collect();
    assert.deepEqual(codesOf(first), [502, 'source_rejected']);
    const again = await collect();
    assert.deepEqual(
      [again.status, again.body.id, again.body.status, again.body.failure.code],
      [201, first.body.snapshot_id, 'failed', 'source_rejected'],
    );
  });

  it('starts one run: the repetition waits for nothing while it is open, and shows its end afterwards', async () => {
    const plan = await previewedPlan(service());
    const apply = () => plan.apply({ prefer: 'wait=0', 'idempotency-key': 'held' });
    const started = await whileHeld(service().databaseUrl, 'runtime_groups', async (held) => {
      const first = await apply();
      assert.equal(first.status, 202, first.text);
      assert.ok(first.body.secret_key_jwk);
      await held.reached();
      const again = await apply();
      assert.deepEqual([again.status, replayed(again)], [202, 'true'], again.text);
      assert.deepEqual([again.body.id, location(again)], [first.body.id, location(first)]);
      assert.match(again.headers.get('retry-after') ?? '', /^\d+$/);
      assert.deepEqual([again.body.generated_secrets, again.body.secrets_withheld], [[], true]);
      assert.ok(!('secret_key_jwk' in again.body));
      return first;
    });
    const ended = await until('the execution has ended', async () => {
      const answer = await apply();
      return answer.status === 200 ? answer : null;
    });
    assert.deepEqual(
      [ended.body.id, ended.body.status],
      [started.body.id, 'completed_with_follow_up'],
      ended.text,
    );
    assert.equal((await plan.own.call('GET', `${plan.P}/executions`)).body.data.length, 1);
  });

  it('walks the whole road with every step made twice and done once', async () => {
    const as = await freshTenant(service());
    const opened = await assertOnce(() => as.call('POST', '/workspaces', { body: workspace, ...keyed('w') }));
    const W = `/workspaces/${opened.body.id}`;
    const source = {
      name: 'Okta',
      source_type: 'okta',
      connection_mode: 'api_token',
      config: { org_url: okta.url },
      secret: { api_token: SIMULATED_OKTA_TOKEN },
    };
    const added = await assertOnce(() => as.call('POST', `${W}/sources`, { body: source, ...keyed('s') }));
    const S = `${W}/sources/${added.body.id}`;
    await assertOnce(() => as.call('POST', `${S}/verify`, keyed('v')));
    const collected = await assertOnce(() => as.call('POST', `${S}/snapshots`, keyed('n')));
    assert.equal(collected.body.status, 'completed');
    const N = `${W}/snapshots/${collected.body.id}/assessments`;
    const assessed = await assertOnce(() => as.call('POST', N, { body: {}, ...keyed('a') }));
    await as.call('POST', `${W}/assessments/${assessed.body.id}/ocm-impacts/acknowledge`, {
      body: { impact_ids: assessed.body.ocm_impacts.map(({ id }: Body) => id) },
    });
    const body = { assessment_id: assessed.body.id };
    const built = await assertOnce(() =>
      as.call('POST', `${W}/cutover-plans`, { body, ...keyed('built first') }),
    );
    const rebuilt = await assertOnce(() =>
      as.call('POST', `${W}/cutover-plans`, { body, ...keyed('built again') }),
    );
    assert.deepEqual([rebuilt.status, rebuilt.body.revision], [200, Number(built.body.revision) + 1]);
    // A preview is minted anew each time, whatever key it comes with.
    const P = `${W}/cutover-plans/${built.body.id}`;
    const preview = () => as.call('POST', `${P}/preview`, keyed('p'));
    assert.notEqual((await preview()).body.preview_token, (await preview()).body.preview_token);
    assert.equal((await kept(as)).length, 7);
  }).timeout(30_000);

  it('looks at the target for overlaps once', async () => {
    const as = await freshTenant(service());
    const road = await prepareSource(as, okta.url, { mode: 'merge_into_existing' });
    const snapshot = await as.call('POST', `${road.S}/snapshots`);
    const assessed = await as.call('POST', `${road.W}/snapshots/${snapshot.body.id}/assessments`);
    const refresh = `${road.W}/assessments/${assessed.body.id}/merge-decisions/refresh`;
    await assertOnce(() => as.call('POST', refresh, keyed('refresh')));
    const runs = await service().database.run.count({ where: { tenantId: as.tenant, kind: 'refresh' } });
    assert.equal(runs, 1);
  });

  describe('that makes a client secret', () => {
    it('tells it once: apply and rotation', async () => {
      const plan = await previewedPlan(service());
      const { own, P } = plan;
      const secretsOf = async () =>
        (await targetOf(own)).applications.map(({ secretHash }) => Buffer.from(secretHash ?? []));
      const withheld = ({ body }: Answer) => [body.generated_secrets, body.secrets_withheld];

      const apply = () => plan.apply({ 'idempotency-key': 'apply' });
      const first = await apply();
      const [secret] = first.body.generated_secrets as Body[];
      const again = await apply();
      assert.deepEqual([again.status, again.body.id, replayed(again)], [200, first.body.id, 'true']);
      assert.deepEqual(withheld(again), [[], true]);

      const S = `${P}/steps/${secret.step_id}`;
      const rotate = () => own.call('POST', `${S}/rotate-secret`, keyed('rotate'));
      const rotated = await rotate();
      const [next] = rotated.body.generated_secrets as Body[];
      const repeated = await rotate();
      assert.deepEqual([repeated.status, replayed(repeated), ...withheld(repeated)], [200, 'true', [], true]);
      const stored = await secretsOf();
      assert.ok(stored.some((hash) => hash.equals(sha256(next.client_secret))));

      const rows = JSON.stringify(await kept(own), (_name, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
      );
      for (const each of [secret.client_secret, next.client_secret, plan.token]) {
        assert.ok(!rows.includes(each) && !again.text.includes(each) && !repeated.text.includes(each));
      }
    });

    it('tells it once: an application made by hand', async () => {
      const as = await freshTenant(service());
      const create = () =>
        callTarget(as, 'POST', '/applications', { body: oidcApplication('own'), ...keyed('app') });
      const first = await create();
      const { client_secret: secret, ...shown } = first.body;
      assert.match(secret, /^[\w-]{43}$/);
      const again = await create();
      assert.deepEqual(again.body, { ...shown, secrets_withheld: true });
      assert.deepEqual([again.status, location(again)], [201, location(first)]);
      const open = { ...oidcApplication('open'), client_type: 'public', token_endpoint_auth_method: 'none' };
      const made = await assertOnce(() =>
        callTarget(as, 'POST', '/applications', { body: open, ...keyed('x') }),
      );
      assert.ok(!('secrets_withheld' in made.body));
    });
  });

  it('retries once, and a rehearsal keeps no key', async () => {
    const plan = await previewedPlan(service());
    const { own: as, P } = plan;
    const group = plan.steps.find((each) => each.target_contract === 'tenant_group');
    const hold = await holdInserts(service(), { table: 'migration_step_attempts' });
    const applying = plan.apply();
    await hold.waiting(1);
    await makeGroup(as, group.target_payload.name);
    await hold.release();
    const failed = await applying;
    assert.equal(failed.body.status, 'failed', failed.text);
    const X = `${P}/executions/${failed.body.id}`;
    const retry = (more: object = {}) =>
      as.call('POST', `${X}/retry`, { body: { ...more }, ...keyed('retry') });
    assert.equal((await retry({ dry_run: true })).status, 200);
    assert.deepEqual(await kept(as), []);
    const again = await assertOnce(() => retry());
    assert.notEqual(again.body.id, failed.body.id);
    assert.deepEqual([again.body.trigger, again.body.secrets_withheld], ['retry', true]);
    assert.equal((await as.call('GET', `${P}/executions`)).body.data.length, 2);
  }).timeout(30_000);
});
