import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { resourceContracts, resourceKinds, type ResourceContract } from '../../domain/target.ts';
import { sha256 } from '../../platform/digest.ts';
import type { Answer, Body } from '../support/answer.ts';
import { previewedPlan } from '../support/cutover.ts';
import { useService, type CallOptions, type Service } from '../support/service.ts';
import {
  authPolicy,
  callTarget,
  makeOneOfEach,
  oidcApplication,
  routingRule,
  samlProvider,
  tenantGroup,
} from '../support/target.ts';

const absent = '01900000-0000-7000-8000-000000000000';

describe('what the target holds', () => {
  const service = useService();
  /** A tenant that nothing else has touched. */
  const fresh = () => service().forTenant();

  const get = (as: Service, path: string, options?: CallOptions) => callTarget(as, 'GET', path, options);
  const post = (as: Service, path: string, body: unknown, options: CallOptions = {}) =>
    callTarget(as, 'POST', path, { ...options, body });
  const codesOf = ({ status, body }: Answer) => [status, body.code];
  const pointersOf = ({ body }: Answer) => body.errors.map((each: Body) => each.pointer).sort();

  /** A body of every kind that is sound in a tenant that holds `ids`. */
  const bodies = (word: string, ids: Record<ResourceContract, string>): Record<ResourceContract, object> => ({
    upstream_saml_provider: samlProvider(word),
    federation_routing_rule: routingRule(word, ids.upstream_saml_provider),
    tenant_oidc_application: oidcApplication(word),
    tenant_group: tenantGroup(word),
    tenant_app_assignment: {
      application: { resource_id: ids.tenant_oidc_application },
      group: { resource_id: ids.tenant_group },
    },
    auth_policy: authPolicy(word),
  });

  for (const contract of resourceContracts) {
    const kind = resourceKinds[contract];

    it(`is made, read and listed: ${kind}`, async () => {
      const as = fresh();
      assert.deepEqual((await get(as, `/${kind}`)).body, { data: [], next_cursor: null });
      const ids = await makeOneOfEach(as, 'base');
      // The pair of an assignment is taken by then; another group makes another pair.
      const other = (await post(as, '/groups', tenantGroup('more'))).body.id;
      const body = bodies('second', { ...ids, tenant_group: other })[contract];
      const made = await post(as, `/${kind}`, body);
      assert.equal(made.status, 201, made.text);
      const location = `/api/v1/tenants/${as.tenant}/runtime/${kind}/${made.body.id}`;
      assert.equal(made.headers.get('location'), location);
      const { id, fingerprint, migrated_by, client_secret, ...payload } = made.body;
      assert.deepEqual(payload, body);
      assert.equal(migrated_by, null);
      assert.match(fingerprint, /^[0-9a-f]{64}$/);
      assert.equal(client_secret !== undefined, contract === 'tenant_oidc_application');
      const read = await get(as, `/${kind}/${id}`);
      assert.deepEqual([read.status, read.body], [200, { ...payload, id, fingerprint, migrated_by }]);
      const listed = (await get(as, `/${kind}`)).body.data;
      const known = contract === 'tenant_group' ? [ids[contract], other, id] : [ids[contract], id];
      assert.deepEqual(
        listed.map((each: Body) => each.id),
        known,
      );
      assert.deepEqual(listed.at(-1), read.body);
    });

    it(`is nobody else\u2019s: ${kind}`, async () => {
      const [as, other] = [fresh(), fresh()];
      const ids = await makeOneOfEach(as, 'same');
      const path = `/${kind}/${ids[contract]}`;
      assert.deepEqual(codesOf(await get(other, path)), [404, 'not_found']);
      assert.deepEqual((await get(other, `/${kind}`)).body.data, []);
      await makeOneOfEach(other, 'same');
      assert.equal((await get(other, `/${kind}`)).body.data.length, 1);
      const token = await other.token();
      assert.deepEqual(codesOf(await get(as, path, { token })), [403, 'tenant_scope_denied']);
    });

    it(`is for whoever may view or manage the target, and for nobody who may migrate alone: ${kind}`, async () => {
      const as = fresh();
      const ids = await makeOneOfEach(as);
      const viewer = { token: await as.token({ permissions: ['portal.runtime.view'] }) };
      const manager = { token: await as.token({ permissions: ['portal.runtime.manage'] }) };
      const migrator = { token: await as.token({ permissions: ['portal.migrations.manage'] }) };
      for (const path of [`/${kind}`, `/${kind}/${ids[contract]}`]) {
        assert.equal((await get(as, path, viewer)).status, 200);
        assert.equal((await get(as, path, manager)).status, 200);
        const refused = await get(as, path, migrator);
        assert.deepEqual(
          [...codesOf(refused), refused.body.permission],
          [403, 'permission_required', 'portal.runtime.view'],
        );
      }
      for (const options of [viewer, migrator]) {
        const refused = await post(as, `/${kind}`, {}, options);
        assert.deepEqual(
          [...codesOf(refused), refused.body.permission],
          [403, 'permission_required', 'portal.runtime.manage'],
        );
      }
      assert.deepEqual(codesOf(await post(as, `/${kind}`, {}, manager)), [422, 'validation_failed']);
    });

    it(`has its key once, and says which key is taken: ${kind}`, async () => {
      const as = fresh();
      const ids = await makeOneOfEach(as, 'twice');
      const again = await post(as, `/${kind}`, bodies('twice', ids)[contract]);
      assert.deepEqual(codesOf(again), [409, 'target_collision']);
      assert.ok(again.body.keys.length > 0);
      for (const key of again.body.keys) assert.ok(key.startsWith(`${contract}:`), key);
      assert.equal((await get(as, `/${kind}`)).body.data.length, 1);
    });

    it(`is made with its audit record: ${kind}`, async () => {
      const as = fresh();
      const ids = await makeOneOfEach(as);
      const records = (await as.call('GET', '/audit-records')).body.data as Body[];
      const record = records.find((each) => each.targets.resource_id === ids[contract]);
      assert.equal(record?.action, 'migration.runtime.resource_created');
      assert.deepEqual([record.facts.contract, record.actor.type], [contract, 'user']);
      assert.equal(records.length, resourceContracts.length);
    });
  }

  it('comes page after page, and a cursor belongs to its list', async () => {
    const as = fresh();
    const made: string[] = [];
    for (const word of ['a', 'b', 'c', 'd', 'e'])
      made.push((await post(as, '/groups', tenantGroup(word))).body.id);
    const seen: string[] = [];
    let query = '?limit=2';
    for (;;) {
      const page = (await get(as, `/groups${query}`)).body;
      seen.push(...page.data.map((each: Body) => each.id));
      if (page.next_cursor === null) break;
      query = `?limit=2&cursor=${page.next_cursor}`;
      assert.deepEqual(codesOf(await get(as, `/applications${query}`)), [422, 'cursor_invalid']);
      assert.deepEqual(codesOf(await get(fresh(), `/groups${query}`)), [422, 'cursor_invalid']);
    }
    assert.deepEqual(seen, made);
    assert.deepEqual(codesOf(await get(as, '/groups?limit=201')), [422, 'validation_failed']);
  });

  describe('an application', () => {
    const secretOf = async (made: Answer) => {
      const id = made.body.id as string;
      const row = await service().database.runtimeApplication.findUniqueOrThrow({ where: { id } });
      return row.secretHash && Buffer.from(row.secretHash);
    };

    it('shows its client secret in the answer that made it, and keeps its SHA-256', async () => {
      const as = fresh();
      const made = await post(as, '/applications', oidcApplication('shown'));
      const { client_secret: secret } = made.body;
      assert.match(secret, /^[\w-]{43}$/);
      assert.deepEqual(await secretOf(made), sha256(secret));
      const later = [
        await get(as, `/applications/${made.body.id}`),
        await get(as, '/applications'),
        await as.call('GET', '/audit-records'),
        await post(as, '/applications', oidcApplication('shown')),
      ];
      const hash = sha256(secret);
      for (const { text } of later) {
        for (const hidden of [secret, hash.toString('hex'), hash.toString('base64'), 'client_secret"'])
          assert.ok(!text.includes(hidden), text);
      }
      const rows = await service().database.$queryRaw<{ row: string }[]>`
        SELECT t::text AS row FROM (SELECT a.*, r.* FROM "runtime_applications" a, "migration_audit_records" r) t`;
      assert.ok(rows.length > 0 && rows.every(({ row }) => !row.includes(secret)));
    });

    it('gets another secret each time', async () => {
      const as = fresh();
      const words = ['a', 'b', 'c'];
      const made = await Promise.all(words.map((word) => post(as, '/applications', oidcApplication(word))));
      assert.equal(new Set(made.map((each) => each.body.client_secret)).size, 3);
    });

    for (const method of ['none', 'private_key_jwt'] as const) {
      it(`that authenticates with ${method} has no secret`, async () => {
        const body = oidcApplication(method, {
          token_endpoint_auth_method: method,
          client_type: method === 'none' ? 'public' : 'confidential',
        });
        const made = await post(fresh(), '/applications', body);
        assert.equal(made.status, 201, made.text);
        assert.deepEqual([made.body.client_secret, await secretOf(made)], [undefined, null]);
      });
    }

    it('takes no secret from the caller', async () => {
      const body = { ...oidcApplication('x'), client_secret: 'mine' };
      const refused = await post(fresh(), '/applications', body);
      assert.deepEqual(
        [...codesOf(refused), ...pointersOf(refused)],
        [422, 'validation_failed', '/client_secret'],
      );
    });
  });

  it('refers to resources that are there, of the tenant\u2019s own, and to no step', async () => {
    const [as, other] = [fresh(), fresh()];
    const [ids, theirs] = [await makeOneOfEach(as, 'own'), await makeOneOfEach(other, 'own')];
    const rule = (provider: object) => ({ ...routingRule('new', absent), provider });
    const pair = (more: object) => ({ ...bodies('own', ids).tenant_app_assignment, ...more });
    const unknown: [path: string, body: object, pointer: string][] = [
      ['/routing-rules', rule({ resource_id: absent }), '/provider/resource_id'],
      ['/routing-rules', rule({ resource_id: theirs.upstream_saml_provider }), '/provider/resource_id'],
      ['/routing-rules', rule({ resource_id: ids.tenant_group }), '/provider/resource_id'],
      ['/assignments', pair({ group: { resource_id: theirs.tenant_group } }), '/group/resource_id'],
      ['/assignments', pair({ application: { resource_id: absent } }), '/application/resource_id'],
    ];
    for (const [path, body, pointer] of unknown) {
      const refused = await post(as, path, body);
      assert.deepEqual([...codesOf(refused), ...pointersOf(refused)], [422, 'unknown_reference', pointer]);
    }
    const step = { step_id: absent };
    for (const [path, body, pointers] of [
      ['/routing-rules', rule(step), ['/provider/resource_id', '/provider/step_id']],
      ['/assignments', pair({ group: step }), ['/group/resource_id', '/group/step_id']],
    ] as const) {
      const refused = await post(as, path, body);
      assert.deepEqual([...codesOf(refused), pointersOf(refused)], [422, 'validation_failed', pointers]);
    }
    assert.equal((await get(as, '/routing-rules')).body.data.length, 1);
  });

  it('takes ids in capitals, and finds the pair that they make', async () => {
    const as = fresh();
    const ids = await makeOneOfEach(as, 'own');
    const upper = (id: string) => ({ resource_id: id.toUpperCase() });
    const body = { application: upper(ids.tenant_oidc_application), group: upper(ids.tenant_group) };
    const again = await post(as, '/assignments', body);
    assert.deepEqual(codesOf(again), [409, 'target_collision']);
  });

  it('names what is wrong with a body', async () => {
    const as = fresh();
    const { upstream_saml_provider: id } = await makeOneOfEach(as);
    const wrong: [path: string, body: object, pointer: string][] = [
      ['/providers', samlProvider('x', { signing_certificates: [] }), '/signing_certificates'],
      ['/providers', samlProvider('x', { signing_certificates: ['-----BEGIN'] }), '/signing_certificates/0'],
      ['/providers', samlProvider('x', { sso_url: 'javascript:alert(1)' }), '/sso_url'],
      ['/routing-rules', routingRule('x', id, { domains: ['X.example'] }), '/domains/0'],
      ['/routing-rules', routingRule('x', id, { domains: ['a.example', 'a.example'] }), '/domains'],
      ['/groups', { name: 'a\u0000', description: null }, '/name'],
      ['/groups', { name: 'a', description: 'a\u0000' }, '/description'],
      ['/groups', { name: 'x'.repeat(801), description: null }, '/name'],
      ['/auth-policies', { ...authPolicy('x'), settings: { a: '\u0000' } }, '/settings/a'],
      ['/auth-policies', { ...authPolicy('x'), members: 7 }, '/members'],
    ];
    for (const [path, body, pointer] of wrong) {
      const refused = await post(as, path, body);
      assert.deepEqual([...codesOf(refused), ...pointersOf(refused)], [422, 'validation_failed', pointer]);
    }
  });

  it('keeps names of every script, up to the longest', async () => {
    const as = fresh();
    for (const name of [
      '\u7d4c\u7406 \ud83e\uddfe',
      '\u0645\u062e\u062a\u0628\u0631',
      '\u7d4c'.repeat(800),
      ' \u200bspaced ',
    ]) {
      const made = await post(as, '/groups', { name, description: null });
      assert.deepEqual([made.status, made.body.name], [201, name], made.text);
    }
  });

  it('is one of two that are asked for at the same time', async () => {
    const as = fresh();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post(as, '/groups', tenantGroup('race'))),
    );
    assert.deepEqual(answers.map((each) => each.status).sort(), [201, 409, 409, 409, 409, 409]);
  });

  it('and what a cutover made says which step made it', async () => {
    const plan = await previewedPlan(service());
    const applied = await plan.apply();
    assert.equal(applied.body.status, 'completed_with_follow_up', applied.text);
    const groups = (await get(plan.own, '/groups')).body.data as Body[];
    const step = plan.steps.find(
      (each) => each.target_contract === 'tenant_group' && each.action === 'create',
    );
    const made = groups.find((each) => each.migrated_by.step_id === step.id);
    const { source_id, plan_id, execution_id, external_id } = made?.migrated_by ?? {};
    assert.deepEqual(
      [source_id, plan_id, execution_id, external_id],
      [plan.road.source, plan.plan, applied.body.id, step.item.external_id],
    );
    const assignments = (await get(plan.own, '/assignments')).body.data as Body[];
    assert.ok(assignments.length > 0);
    for (const { application, group } of assignments) {
      assert.equal((await get(plan.own, `/applications/${application.resource_id}`)).status, 200);
      assert.equal((await get(plan.own, `/groups/${group.resource_id}`)).status, 200);
    }
    const again = await post(plan.own, '/groups', { name: made.name.toUpperCase(), description: null });
    assert.deepEqual(codesOf(again), [409, 'target_collision']);
  });

  it('has no other kinds, and is not found among the migrations', async () => {
    const as = fresh();
    assert.deepEqual(codesOf(await get(as, `/users/${randomUUID()}`)), [404, 'not_found']);
    assert.deepEqual(codesOf(await as.call('GET', '/groups')), [404, 'not_found']);
    assert.deepEqual(codesOf(await callTarget(as, 'DELETE', '/groups')), [405, 'method_not_allowed']);
  });
});
