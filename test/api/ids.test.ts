import assert from 'node:assert/strict';
import { v7 as uuidv7 } from 'uuid';
import type { Area } from '../../api/http/route.ts';
import { routes } from '../../api/routes/index.ts';
import { acknowledgeAll, prepareSource, previewToken, smallOrg, startOkta } from '../support/okta.ts';
import type { RunningOkta } from '../support/okta.ts';
import { makeGroup } from '../support/cutover.ts';
import { watchDatabase, type WatchedDatabase } from '../support/statements.ts';
import type { Answer, Body } from '../support/answer.ts';
import { useService, type Service } from '../support/service.ts';
import { makeOneOfEach } from '../support/target.ts';

/** The id of something of each kind that a path may name. */
type Ids = Record<string, string>;

const parametersOf = (path: string) => [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
const withIds = routes.filter((route) => route.path.includes(':'));

describe('ids in a path', () => {
  let watched: WatchedDatabase | undefined;
  const service = useService({
    services({ databaseUrl }) {
      watched = watchDatabase(databaseUrl);
      return { database: watched.database };
    },
  });
  after(() => watched?.database.$disconnect());

  let okta: RunningOkta;
  /** What the caller's own path leads to, and what it must not find. */
  let own: Ids;
  const foreign: Record<string, Ids> = {};
  before(async function () {
    this.timeout(60_000);
    okta = await startOkta({ data: smallOrg() });
    own = await walk(service());
    foreign['another tenant'] = await walk(service().forTenant());
    foreign['another source of the workspace'] = await walkBeside(own);
  });
  after(() => okta.close());

  /** Walks the whole road and names one of everything on it. */
  async function walk(as: Service): Promise<Ids> {
    const road = await prepareSource(as, okta.url, { mode: 'merge_into_existing' });
    await makeGroup(as, 'Workshop');
    return collectTo(as, { workspace_id: road.workspace, source_id: road.source });
  }

  /** A second source in the same workspace: everything under it is a stranger under the first. */
  async function walkBeside(first: Ids): Promise<Ids> {
    const { workspace_id = '' } = first;
    const made = await service().call('POST', `/workspaces/${workspace_id}/sources`, {
      body: {
        name: 'Beside',
        source_type: 'okta',
        connection_mode: 'api_token',
        config: { org_url: okta.url },
        secret: { api_token: 'simulated-okta-token' },
      },
    });
    return collectTo(service(), { workspace_id, source_id: made.body.id });
  }

  async function collectTo(as: Service, { workspace_id = '', source_id = '' }: Ids): Promise<Ids> {
    const W = `/workspaces/${workspace_id}`;
    const snapshot = (await as.call('POST', `${W}/sources/${source_id}/snapshots`)).body;
    const assessed = (await as.call('POST', `${W}/snapshots/${snapshot.id}/assessments`)).body;
    const road = { workspace: workspace_id, source: source_id, W, S: `${W}/sources/${source_id}` };
    await acknowledgeAll(as, road, assessed.id);
    for (const decision of assessed.merge_decisions as Body[]) {
      const path = `${W}/assessments/${assessed.id}/merge-decisions/${decision.id}/resolve`;
      await as.call('POST', path, { body: { resolution: 'skip' } });
    }
    const planned = (await as.call('POST', `${W}/cutover-plans`, { body: { assessment_id: assessed.id } }))
      .body;
    const P = `${W}/cutover-plans/${planned.id}`;
    const body = { preview_token: await previewToken(as, P) };
    const execution = (await as.call('POST', `${P}/apply`, { body })).body;
    const held = await makeOneOfEach(as);
    return {
      workspace_id,
      source_id,
      snapshot_id: snapshot.id,
      item_id: snapshot.items.data[0].id,
      evidence_id: snapshot.evidence.data[0].id,
      assessment_id: assessed.id,
      assessed_item_id: assessed.items.data[0].item.id,
      decision_id: assessed.merge_decisions[0].id,
      impact_id: assessed.ocm_impacts[0].id,
      plan_id: planned.id,
      step_id: planned.steps.data[0].id,
      execution_id: execution.id,
      provider_id: held.upstream_saml_provider,
      routing_rule_id: held.federation_routing_rule,
      application_id: held.tenant_oidc_application,
      group_id: held.tenant_group,
      assignment_id: held.tenant_app_assignment,
      auth_policy_id: held.auth_policy,
    };
  }

  /** What the workspace in the path owns itself, whichever of its sources it belongs to. */
  const inWorkspace = (path: string, parameter: string) =>
    ['workspace_id', 'source_id'].includes(parameter) ||
    (!path.includes('/sources/') && ['snapshot_id', 'assessment_id', 'plan_id'].includes(parameter));

  const fill = (path: string, ids: Ids) =>
    path.replaceAll(/:(\w+)/g, (_all, name: string) => ids[name] ?? '');

  const inArea = (area: Area | undefined) => (area === undefined ? {} : { area });

  async function ask(method: string, path: string, options: Parameters<Service['call']>[2] = {}) {
    let answer: Answer | undefined;
    const statements = await watched?.during(async () => {
      answer = await service().call(method, path, options);
    });
    assert.ok(answer && statements);
    const { instance: _instance, ...told } = answer.body;
    return { status: answer.status, told, statements };
  }

  for (const { method, area, path } of withIds) {
    for (const parameter of parametersOf(path)) {
      it(`${method} ${path}: a ${parameter} that is not there and one that is not yours are the same`, async () => {
        const absent = await ask(method, fill(path, { ...own, [parameter]: uuidv7() }), inArea(area));
        assert.equal(absent.status, 404);
        assert.equal(absent.told.code, 'not_found');
        for (const [whose, ids] of Object.entries(foreign)) {
          if (whose !== 'another tenant' && (area === 'runtime' || inWorkspace(path, parameter))) continue;
          const theirs = fill(path, { ...own, [parameter]: ids[parameter] ?? '' });
          const found = await ask(method, theirs, inArea(area));
          assert.deepEqual(found, absent, whose);
        }
      });

      it(`${method} ${path}: a malformed ${parameter} is not there`, async () => {
        const absent = await ask(method, fill(path, { ...own, [parameter]: uuidv7() }), inArea(area));
        const id = own[parameter] ?? '';
        const malformed = ['acme', '0', `${id}0`, id.replaceAll('-', ''), `{${id}}`, '%00', "'; --", '..%2f'];
        for (const text of malformed) {
          const malformedPath = fill(path, { ...own, [parameter]: encodeURI(text) });
          const answer = await ask(method, malformedPath, inArea(area));
          assert.deepEqual([answer.status, answer.told], [404, absent.told], text);
        }
      });
    }
  }

  it('come before the body: whatever is sent with an id that is not there, it is not there', async () => {
    for (const { method, path } of withIds.filter((route) => route.method !== 'GET')) {
      const nowhere = fill(path, { ...own, workspace_id: uuidv7() });
      const sent = [
        { body: 'plain', headers: { 'content-type': 'text/plain' } },
        { body: '{' },
        { body: { no_such_member: 1 } },
        { body: 'x'.repeat(1_200_000), headers: { 'content-type': 'application/json' } },
      ];
      for (const each of sent) {
        const answer = await service().call(method, nowhere, each);
        assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'], `${method} ${path}`);
      }
    }
  });

  it('are taken in capitals as well', async () => {
    const answer = await service().call('GET', `/workspaces/${(own.workspace_id ?? '').toUpperCase()}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.id, own.workspace_id);
  });

  it('lead where they should: every route that reads finds its own', async () => {
    for (const { method, area, path } of withIds.filter((route) => route.method === 'GET')) {
      // What compares must be told with what.
      const against = path.includes('/assessments/') ? own.assessment_id : own.snapshot_id;
      const query = path.endsWith('/diff') ? `?against=${against}` : '';
      const answer = await service().call(method, fill(path, own) + query, inArea(area));
      assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    }
  });

  it('that cannot be decoded are a path that does not exist', async () => {
    const answer = await service().call('GET', '/workspaces/%E0%A4%A');
    assert.deepEqual([answer.status, answer.body.code], [404, 'not_found']);
  });

  it('in a body that resolve to nothing here are refused alike, foreign and absent', async () => {
    const theirs = foreign['another tenant']?.assessment_id ?? '';
    const W = `/workspaces/${own.workspace_id}`;
    const refusals = await Promise.all(
      [theirs, uuidv7()].map(async (assessment_id) => {
        const answer = await service().call('POST', `${W}/cutover-plans`, { body: { assessment_id } });
        const { instance: _instance, ...told } = answer.body;
        return told;
      }),
    );
    assert.deepEqual(refusals[0], refusals[1]);
    assert.equal(refusals[0]?.code, 'unknown_reference');
    assert.deepEqual(
      refusals[0].errors.map((error: Body) => error.pointer),
      ['/assessment_id'],
    );
  });
});
