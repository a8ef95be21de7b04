import assert from 'node:assert/strict';
import { prepareSource } from '../support/okta.ts';
import type { Answer, Body } from '../support/answer.ts';
import { operatorTenant, useService, type Service } from '../support/service.ts';

const plain = { name: 'Leaving Okta', mode: 'first_run_adoption' };
const wanted = { prefer: 'respond-async' };

/** What a source's or a workspace's migration is before anything has been assessed. */
const untouched = {
  ocm_status: 'not_assessed',
  ocm_review_status: 'not_assessed',
  unavoidable_change_count: 0,
  assessment_status: 'not_started',
  latest_assessment_started_at: null,
  latest_assessment_completed_at: null,
  merge_review_status: 'not_applicable',
  pending_merge_decision_count: 0,
  resolved_merge_decision_count: 0,
  preview_handoff_status: 'not_ready',
  preview_handoff_blockers: [{ code: 'assessment_not_completed', count: 1, ids: [] }],
};

describe('workspaces', () => {
  // Runs stay as they were started: nothing takes them up.
  const service = useService({ worker: false });

  const create = (as: Service, body: unknown = plain) => as.call('POST', '/workspaces', { body });
  const statusesOf = (answers: readonly Answer[]) => answers.map((answer) => answer.status).sort();

  it('begin as a draft, at the location that the answer names', async () => {
    const as = service().forTenant();
    const made = await create(as, { ...plain, description: 'Line one\nline two' });
    assert.equal(made.status, 201, made.text);
    const { id, created_at, ...rest } = made.body;
    assert.deepEqual(rest, {
      tenant_id: as.tenant,
      name: 'Leaving Okta',
      mode: 'first_run_adoption',
      description: 'Line one\nline two',
      status: 'draft',
      created_by: 'dev',
      archived_at: null,
      summary: { source_count: 0, configured_source_count: 0, ...untouched, sources: [] },
    });
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(made.headers.get('location'), `/api/v1/tenants/${as.tenant}/migrations/workspaces/${id}`);
    assert.deepEqual((await as.call('GET', `/workspaces/${id}`)).body, made.body);
  });

  it('have no description unless one is given', async () => {
    assert.equal((await create(service().forTenant())).body.description, null);
  });

  it('show every field of a source\u2019s state, zeros and nulls included', async () => {
    const as = service().forTenant();
    const road = await prepareSource(as, 'http://127.0.0.1:1');
    const { summary } = (await as.call('GET', road.W)).body;
    assert.deepEqual(summary, {
      source_count: 1,
      configured_source_count: 1,
      ...untouched,
      sources: [{ source_id: road.source, name: 'Okta', ...untouched }],
    });
  });

  it('to merge into have a merge review to come', async () => {
    const made = await create(service().forTenant(), { ...plain, mode: 'merge_into_existing' });
    assert.equal(made.body.mode, 'merge_into_existing');
    assert.equal(made.body.summary.merge_review_status, 'not_assessed');
  });

  describe('are refused', () => {
    const wrong: Record<string, [body: unknown, pointers: string[]]> = {
      'without anything': [{}, ['/mode', '/name']],
      'without a mode': [{ name: 'A' }, ['/mode']],
      'in a mode that does not exist': [{ ...plain, mode: 'first_run' }, ['/mode']],
      'in a mode in capitals': [{ ...plain, mode: 'FIRST_RUN_ADOPTION' }, ['/mode']],
      'with an empty name': [{ ...plain, name: '' }, ['/name']],
      'with a name of white space': [{ ...plain, name: ' \t ' }, ['/name']],
      'with a name of several lines': [{ ...plain, name: 'a\nb' }, ['/name']],
      'with a name that holds NUL': [{ ...plain, name: 'a\u0000b' }, ['/name']],
      'with a name of 201 characters': [{ ...plain, name: 'x'.repeat(201) }, ['/name']],
      'with a name that is no text': [{ ...plain, name: 7 }, ['/name']],
      'with a name that is half a character': [
        '{"name": "\\ud800", "mode": "first_run_adoption"}',
        ['/name'],
      ],
      'with a description that holds NUL': [{ ...plain, description: '\u0000' }, ['/description']],
      'with a description of 10,001 characters': [
        { ...plain, description: 'x'.repeat(10_001) },
        ['/description'],
      ],
      'with a description of null': [{ ...plain, description: null }, ['/description']],
      'with a status': [{ ...plain, status: 'archived' }, ['/status']],
      'with an id': [{ ...plain, id: '01900000-0000-7000-8000-000000000001' }, ['/id']],
    };
    for (const [what, [body, pointers]] of Object.entries(wrong)) {
      it(what, async () => {
        const answer = await create(service().forTenant(), body);
        assert.equal(answer.status, 422, answer.text);
        assert.deepEqual(answer.body.errors.map((error: Body) => error.pointer).sort(), pointers);
      });
    }
  });

  it('keep names of every script, without the white space around them', async () => {
    const name = 'Überführung 移行 🚚';
    const made = await create(service().forTenant(), { ...plain, name: `  ${name} ` });
    assert.equal(made.body.name, name);
  });

  it('are one a tenant: a second one is refused', async () => {
    const as = service().forTenant();
    await create(as);
    const second = await create(as);
    assert.deepEqual([second.status, second.body.code], [409, 'workspace_exists']);
    assert.equal((await as.call('GET', '/workspaces')).body.data.length, 1);
  });

  it('are one a tenant also when eight are asked for at once', async () => {
    const as = service().forTenant();
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(as)));
    assert.deepEqual(statusesOf(answers), [201, 409, 409, 409, 409, 409, 409, 409]);
    for (const answer of answers.filter(({ status }) => status === 409)) {
      assert.equal(answer.body.code, 'workspace_exists');
    }
    const created = (await as.call('GET', '/audit-records')).body.data;
    assert.deepEqual(
      created.map((record: Body) => record.action),
      ['migration.workspace.created'],
    );
  });

  it('of other tenants do not stand in the way', async () => {
    const answers = await Promise.all([create(service().forTenant()), create(service().forTenant())]);
    assert.deepEqual(statusesOf(answers), [201, 201]);
  });

  it('become ready with their first source, and a draft again without a living one', async () => {
    const as = service().forTenant();
    const road = await prepareSource(as, 'http://127.0.0.1:1');
    const state = async () => {
      const { status, summary } = (await as.call('GET', road.W)).body;
      return [status, summary.source_count, summary.configured_source_count];
    };
    assert.deepEqual(await state(), ['ready_for_inventory', 1, 1]);
    await as.call('POST', `${road.S}/archive`);
    assert.deepEqual(await state(), ['draft', 1, 0]);
  });

  it('are archived for good; the tenant may then have another, and the old one can be read', async () => {
    const as = service().forTenant();
    const first = (await create(as)).body;
    const archived = await as.call('POST', `/workspaces/${first.id}/archive`);
    assert.equal(archived.status, 200, archived.text);
    assert.equal(archived.body.status, 'archived');
    assert.ok(archived.body.archived_at >= first.created_at);
    assert.deepEqual((await as.call('GET', `/workspaces/${first.id}`)).body, archived.body);
    const again = await as.call('POST', `/workspaces/${first.id}/archive`);
    assert.deepEqual([again.status, again.body.code], [409, 'workspace_archived']);
    const second = await create(as, { ...plain, mode: 'merge_into_existing' });
    assert.equal(second.status, 201, second.text);
    const listed = (await as.call('GET', '/workspaces')).body.data;
    assert.deepEqual(
      listed.map((each: Body) => [each.id, each.status]),
      [
        [second.body.id, 'draft'],
        [first.id, 'archived'],
      ],
    );
  });

  it('archived refuse every write below them and keep answering reads', async () => {
    const as = service().forTenant();
    const road = await prepareSource(as, 'http://127.0.0.1:1');
    await as.call('POST', `${road.W}/archive`);
    const source = {
      name: 'Another',
      source_type: 'okta',
      connection_mode: 'api_token',
      config: { org_url: 'https://example.okta.com' },
      secret: { api_token: 'x' },
    };
    const writes: [method: string, path: string, body?: unknown][] = [
      ['POST', `${road.W}/sources`, source],
      ['POST', `${road.S}/archive`],
      ['PUT', `${road.S}/secret`, { secret: { api_token: 'y' } }],
      ['POST', `${road.S}/snapshots`],
    ];
    for (const [method, path, body] of writes) {
      const answer = await as.call(method, path, { body });
      assert.deepEqual([answer.status, answer.body.code], [409, 'workspace_archived'], path);
    }
    for (const path of [
      road.W,
      `${road.W}/sources`,
      road.S,
      `${road.S}/snapshots`,
      `${road.W}/assessments`,
    ]) {
      assert.equal((await as.call('GET', path)).status, 200, path);
    }
    assert.equal((await as.call('GET', road.S)).body.status, 'configured');
  });

  it('cannot be archived while anything below them runs, and say what does', async () => {
    const as = service().forTenant();
    const road = await prepareSource(as, 'http://127.0.0.1:1');
    await as.call('POST', `${road.S}/snapshots`, { headers: wanted });
    for (const path of [road.W, road.S]) {
      const answer = await as.call('POST', `${path}/archive`);
      assert.deepEqual([answer.status, answer.body.code], [409, 'run_in_progress'], path);
      assert.equal(answer.body.run_ids.length, 1);
    }
    assert.equal((await as.call('GET', road.W)).body.status, 'ready_for_inventory');
  });

  it('that are archived while a collection is asked for let one of the two happen, never both', async () => {
    const rounds = Array.from({ length: 10 }, async (_each, round) => {
      const as = service().forTenant();
      const road = await prepareSource(as, 'http://127.0.0.1:1');
      const start = () => as.call('POST', `${road.S}/snapshots`, { headers: wanted });
      const archive = () => as.call('POST', `${round % 2 ? road.W : road.S}/archive`);
      const [started, archived] = await Promise.all([start(), archive()]);
      const outcome = `${started.status} ${archived.status} ${started.body.code ?? archived.body.code}`;
      const refusal = round % 2 ? 'workspace_archived' : 'source_archived';
      assert.ok(['202 409 run_in_progress', `409 200 ${refusal}`].includes(outcome), outcome);
      return outcome;
    });
    assert.equal((await Promise.all(rounds)).length, 10);
  });

  it('leave a record of their creation and of their end, with who asked and by which request', async () => {
    const as = service().forTenant();
    const made = await create(as);
    const archived = await as.call('POST', `/workspaces/${made.body.id}/archive`);
    const [last, first] = (await as.call('GET', '/audit-records')).body.data;
    const actor = { id: 'dev', type: 'user', tenant: as.tenant, kind: 'customer', authenticated: true };
    assert.deepEqual(
      [first.action, first.actor, first.targets, first.facts, first.request_id, first.occurred_at],
      [
        'migration.workspace.created',
        actor,
        { workspace_id: made.body.id },
        { name: plain.name, mode: plain.mode },
        made.headers.get('x-request-id'),
        made.body.created_at,
      ],
    );
    assert.deepEqual(
      [last.action, last.targets, last.request_id],
      ['migration.workspace.archived', { workspace_id: made.body.id }, archived.headers.get('x-request-id')],
    );
    assert.ok(last.sequence > first.sequence);
  });

  it('leave no record of what was refused', async () => {
    const as = service().forTenant();
    await create(as, {});
    await as.call('POST', '/workspaces', { body: plain, token: await as.token({ permissions: [] }) });
    assert.deepEqual((await as.call('GET', '/audit-records')).body.data, []);
  });

  it('of all tenants are listed to operators, the newest of each tenant, with its summary', async () => {
    const tenants = [service().forTenant(), service().forTenant(), service().forTenant()];
    for (const as of tenants) await create(as);
    const [first] = tenants;
    const old = (await first?.call('GET', '/workspaces'))?.body.data[0];
    await first?.call('POST', `/workspaces/${old.id}/archive`);
    const newest = await create(first ?? service(), { ...plain, name: 'The newest' });
    const seen = new Map<string, Body>();
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Body = await listTenants(`?limit=2${cursor && `&cursor=${cursor}`}`);
      assert.ok(page.data.length <= 2);
      for (const each of page.data) {
        assert.ok(!seen.has(each.tenant_id), 'each tenant once');
        seen.set(each.tenant_id, each.workspace);
      }
      cursor = page.next_cursor;
    }
    assert.deepEqual([...seen.keys()], [...seen.keys()].sort());
    for (const { tenant } of tenants) assert.ok(seen.has(tenant));
    assert.deepEqual(seen.get(first?.tenant ?? ''), newest.body);
  });

  async function listTenants(query: string): Promise<Body> {
    const token = await service().token({ tenant_id: operatorTenant, tenant_kind: 'operator' });
    const response = await fetch(`${service().url}/api/v1/tenants${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 200);
    return response.json();
  }
});
