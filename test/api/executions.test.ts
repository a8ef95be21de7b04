import assert from 'node:assert/strict';
import { compactDecrypt, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import { auditActions } from '../../domain/audit.ts';
import { stepStatuses } from '../../domain/plan.ts';
import { runWorkflows } from '../../domain/run.ts';
import { sha256 } from '../../platform/digest.ts';
import { holdInserts } from '../support/hold.ts';
import { whileHeld } from '../support/heldTable.ts';
import { collectedSource } from '../support/collected.ts';
import {
  previewToken,
  smallOrg,
  startOkta,
  walkToPlan,
  type Road,
  type RunningOkta,
} from '../support/okta.ts';
import type { Answer, Body } from '../support/answer.ts';
import { makeGroup } from '../support/cutover.ts';
import { useService, type Service } from '../support/service.ts';
import { until } from '../support/until.ts';

const wanted = { prefer: 'respond-async' };

/** What every look at the target reads first, outside of any transaction. */
const heldTable = 'runtime_groups';

describe('executions', () => {
  const service = useService();
  let okta: RunningOkta;
  let other: RunningOkta;
  before(async () => {
    okta = await startOkta({ data: smallOrg() });
    other = await startOkta({ data: smallOrg(['Warranty Desk'], ['Customer Care']) });
  });
  after(() => Promise.all([okta.close(), other.close()]));

  /** A tenant of its own with a plan that can be previewed and applied. */
  async function prepare(org = okta, as: Service = service().forTenant()) {
    const { road, snapshot } = await collectedSource(as, org);
    return { ...(await walkFurther(as, road, snapshot.id)), road };
  }

  async function walkFurther(as: Service, road: Road, collected?: string) {
    const { P, plan, assessment, snapshot } = await walkToPlan(as, road, collected);
    const token = () => previewToken(as, P);
    const apply = (body: unknown, headers: Record<string, string> = {}) =>
      as.call('POST', `${P}/apply`, { body, headers });
    const read = async (): Promise<Body> => (await as.call('GET', P)).body;
    const evidence = async (): Promise<Body> => (await as.call('GET', `${P}/evidence`)).body;
    const steps = async (): Promise<Body[]> => (await as.call('GET', `${P}/steps`)).body.data;
    return { as, P, plan, assessment, snapshot, token, apply, read, evidence, steps };
  }

  const X = (P: string, id: string) => `${P}/executions/${id}`;
  const codesOf = (answer: Answer) => [answer.status, answer.body.code];

  const ended = (as: Service, path: string): Promise<Body> =>
    until(`${path} has ended`, async () => {
      const { body } = await as.call('GET', path);
      return body.status === 'started' ? null : body;
    });

  /** What the target holds of a tenant. */
  async function targetOf(tenantId: string) {
    const { database } = service();
    const where = { where: { tenantId }, orderBy: { createdAt: 'asc' } } as const;
    return {
      groups: await database.runtimeGroup.findMany(where),
      applications: await database.runtimeApplication.findMany(where),
      assignments: await database.runtimeAssignment.findMany(where),
    };
  }

  const sizeOf = async (as: Service) => {
    const { groups, applications, assignments } = await targetOf(as.tenant);
    return [groups.length, applications.length, assignments.length];
  };

  /** Nothing has been started, written or used up. */
  async function assertUntouched(prepared: Awaited<ReturnType<typeof prepare>>, size = [0, 0, 0]) {
    const { as, P, read } = prepared;
    assert.deepEqual((await as.call('GET', `${P}/executions`)).body.data, []);
    const { status, latest_execution_id, preview } = await read();
    assert.deepEqual([status, latest_execution_id, preview.state], ['previewed', null, 'current']);
    assert.deepEqual(await sizeOf(as), size);
  }

  describe('of a plan that is applied while the caller waits', () => {
    let prepared: Awaited<ReturnType<typeof prepare>>;
    let answer: Answer;
    let preview_token: string;
    before(async () => {
      prepared = await prepare();
      preview_token = await prepared.token();
      answer = await prepared.apply({ preview_token });
    });

    it('are answered with 200, ended, at their location, with every step accounted for', async () => {
      const { as, P, plan, read } = prepared;
      assert.equal(answer.status, 200, answer.text);
      const { id, summary, generated_secrets: _secrets, ...rest } = answer.body;
      assert.equal(answer.headers.get('location'), `/api/v1/tenants/${as.tenant}/migrations${X(P, id)}`);
      const { workflow, mirrored_at: _mirrored, started_at, ended_at, ...fixed } = rest;
      assert.equal(workflow.workflow_id, `cutover/${plan}`);
      assert.ok(Date.parse(ended_at) >= Date.parse(started_at));
      assert.deepEqual(fixed, {
        plan_id: plan,
        status: 'completed_with_follow_up',
        trigger: 'apply',
        retry_of: null,
        revision: 1,
        stop_requested_at: null,
        changes: null,
        progress: null,
        started_by: 'dev',
        failure: null,
      });
      assert.deepEqual(summary, {
        planned: 0,
        manual_follow_up: 1,
        blocked: 0,
        skipped: 0,
        applied: 7,
        failed: 0,
      });
      assert.deepEqual(Object.keys(summary).sort(), [...stepStatuses].sort());
      const applied = await read();
      assert.deepEqual(
        [applied.status, applied.preview.state, applied.active_execution_id, applied.latest_execution_id],
        ['applied_with_follow_up', 'consumed', null, id],
      );
      assert.deepEqual(applied.summary.by_status, summary);
    });

    it('wrote to the target exactly what the plan showed, and nothing else', async () => {
      const { as, steps } = prepared;
      const { groups, applications, assignments } = await targetOf(as.tenant);
      const applied = (await steps()).filter((step) => step.status === 'applied');
      const made = new Map<string, Body>(applied.map((step) => [step.target_resource_id, step]));
      assert.equal(made.size, 7);
      for (const group of groups) {
        const { target_payload } = made.get(group.id);
        assert.deepEqual({ name: group.name, description: group.description }, target_payload);
      }
      for (const application of applications) {
        assert.deepEqual(application.settings, made.get(application.id).target_payload);
      }
      for (const assignment of assignments) {
        const { target_payload } = made.get(assignment.id);
        const ends = [target_payload.application, target_payload.group].map(
          ({ step_id }: Body) => applied.find((step) => step.id === step_id)?.target_resource_id,
        );
        assert.deepEqual([assignment.applicationId, assignment.groupId], ends);
      }
      assert.deepEqual(await sizeOf(as), [2, 2, 3]);
    });

    it('gave a client secret for each confidential application, once and only there', async () => {
      const { as, P, steps } = prepared;
      const [secret, ...none] = answer.body.generated_secrets;
      assert.deepEqual(none, []);
      assert.deepEqual(Object.keys(secret).sort(), [
        'application_id',
        'client_id',
        'client_secret',
        'step_id',
      ]);
      assert.match(secret.client_secret, /^[\w-]{43}$/);
      const { applications } = await targetOf(as.tenant);
      const application = applications.find(({ id }) => id === secret.application_id);
      assert.equal(application?.clientId, secret.client_id);
      assert.deepEqual(Buffer.from(application?.secretHash ?? []), sha256(secret.client_secret));
      const step = (await steps()).find(({ id }) => id === secret.step_id);
      assert.deepEqual([step?.item.name, step?.secret_state], ['Instrument Registry', 'delivered']);
      const others = (await steps()).filter(({ id }) => id !== secret.step_id);
      assert.ok(others.every(({ secret_state }) => secret_state === 'none'));
      const paths = [
        P,
        `${P}/steps`,
        `${P}/executions`,
        X(P, answer.body.id),
        `${X(P, answer.body.id)}/steps`,
      ];
      for (const path of [
        ...paths,
        `${P}/evidence`,
        `${P}/steps/${secret.step_id}`,
        '/audit-records?limit=200',
      ]) {
        const later = await as.call('GET', path);
        assert.equal(later.status, 200, later.text);
        assert.ok(!later.text.includes(secret.client_secret), path);
        assert.ok(!later.text.includes('generated_secrets'), path);
      }
      const rows = await service().database.step.findMany({ where: { tenantId: as.tenant } });
      assert.ok(
        rows.every((row) => row.sealedSecret === null),
        'what was delivered is gone',
      );
    });

    it('can be read again, with what they saw of each step and its attempts', async () => {
      const { as, P, steps } = prepared;
      const path = X(P, answer.body.id);
      const { generated_secrets: _secrets, mirrored_at: _then, ...told } = answer.body;
      const { mirrored_at: _now, ...same } = (await as.call('GET', path)).body;
      assert.deepEqual(same, told);
      const listed = (await as.call('GET', `${P}/executions`)).body.data;
      assert.deepEqual(
        listed.map((each: Body) => each.id),
        [answer.body.id],
      );
      const seen: Body[] = (await as.call('GET', `${path}/steps`)).body.data;
      assert.deepEqual(
        seen.map((each) => [each.step_id, each.sequence, each.status, each.target_resource_id]),
        (await steps()).map((step) => [step.id, step.sequence, step.status, step.target_resource_id]),
      );
      for (const each of seen) {
        assert.ok(each.settled_at, each.item.name);
        const attempts = each.attempts.map((attempt: Body) => [
          attempt.number,
          attempt.status,
          attempt.worker,
        ]);
        assert.deepEqual(attempts, each.status === 'applied' ? [[1, 'succeeded', 'test-worker']] : []);
      }
    });

    it('are the evidence of the cutover: what is met, and what a person still has to say', async () => {
      const { plan, latest_execution, completion, handoff_criteria } = await prepared.evidence();
      assert.deepEqual([plan.status, latest_execution.id], ['applied_with_follow_up', answer.body.id]);
      assert.deepEqual(completion, {
        communications_complete: false,
        communications_summary: null,
        artifact_reference: null,
        manual_validation_summary: null,
        follow_up_reviewed: false,
        follow_up_summary: null,
      });
      assert.deepEqual(
        handoff_criteria.map(({ code, met }: Body) => [code, met]),
        [
          ['execution_recorded', true],
          ['rollback_guidance_recorded', false],
          ['communications_complete', false],
          ['follow_up_reviewed', false],
        ],
      );
      assert.ok(handoff_criteria.every(({ detail }: Body) => detail.length > 10));
    });

    it('leave a record of the start, of every step by its outcome, of the secret and of the end', async () => {
      const { as, plan } = prepared;
      const records: Body[] = (await as.call('GET', '/audit-records?limit=200')).body.data;
      const ofRun = records.filter((record) => record.targets.execution_id === answer.body.id).reverse();
      const counts: Record<string, number> = {};
      for (const { action } of ofRun) counts[action] = (counts[action] ?? 0) + 1;
      assert.deepEqual(counts, {
        'migration.cutover_plan.apply_started': 1,
        'migration.cutover_step.manual_follow_up': 1,
        'migration.cutover_step.applied': 7,
        'migration.cutover_plan.applied': 1,
        'migration.cutover_step.secret_delivered': 1,
      });
      assert.equal(ofRun[0]?.action, 'migration.cutover_plan.apply_started');
      assert.equal(ofRun[0].request_id, answer.headers.get('x-request-id'));
      assert.equal(ofRun.at(-2)?.action, 'migration.cutover_plan.applied');
      for (const record of records) {
        assert.ok((auditActions as readonly string[]).includes(record.action), record.action);
        assert.equal(record.actor.tenant, as.tenant);
      }
      assert.ok(ofRun.every((record) => record.targets.plan_id === plan));
      assert.ok(!JSON.stringify(records).includes(preview_token));
    });

    it('end the plan: it is not previewed, applied or cancelled again', async () => {
      const { as, P, apply } = prepared;
      assert.deepEqual(codesOf(await as.call('POST', `${P}/preview`)), [409, 'plan_already_applied']);
      assert.deepEqual(codesOf(await apply({ preview_token })), [409, 'plan_already_applied']);
      const late = await as.call('POST', `${X(P, answer.body.id)}/cancel`);
      assert.deepEqual(codesOf(late), [409, 'run_ended']);
      assert.deepEqual(await sizeOf(as), [2, 2, 3]);
    });
  });

  it('of a plan in which every step is applied are completed, and leave nothing to review', async () => {
    const groups = await startOkta({ data: smallOrg([], ['Workshop', 'Field Engineers']) });
    try {
      const { token, apply, evidence, read } = await prepare(groups);
      const answer = await apply({ preview_token: await token() });
      assert.deepEqual([answer.status, answer.body.status], [200, 'completed'], answer.text);
      assert.equal((await read()).status, 'applied');
      const reviewed = (await evidence()).handoff_criteria.find(
        (each: Body) => each.code === 'follow_up_reviewed',
      );
      assert.equal(reviewed.met, true);
    } finally {
      await groups.close();
    }
  });

  describe('that the caller does not wait for', () => {
    it('are answered with 202, where to look and when, and with the key that opens their secrets', async () => {
      const { as, P, token, apply, read } = await prepare();
      const preview_token = await token();
      const answer = await whileHeld(service().databaseUrl, heldTable, async (held) => {
        const started = await apply({ preview_token }, { prefer: 'wait=0' });
        assert.equal(started.status, 202, started.text);
        await held.reached();
        const { status, active_execution_id } = await read();
        assert.deepEqual([status, active_execution_id], ['previewed', started.body.id]);
        return started;
      });
      const path = X(P, answer.body.id);
      assert.equal(answer.headers.get('location'), `/api/v1/tenants/${as.tenant}/migrations${path}`);
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      assert.deepEqual([answer.body.status, answer.body.generated_secrets], ['started', []]);
      const done = await ended(as, path);
      assert.equal(done.status, 'completed_with_follow_up');
      assert.ok(!('secret_key_jwk' in done) && !('generated_secrets' in done));
      const key = (await importJWK(answer.body.secret_key_jwk as JWK, 'ECDH-ES')) as CryptoKey;
      await assertSealedFor(as, key);
      const stored = await service().database.execution.findUniqueOrThrow({ where: { id: answer.body.id } });
      assert.ok(!('d' in (stored.recipientJwk as object)), 'the private half is stored nowhere');
    });

    it('seal their secrets to the caller\u2019s key where one was sent, and answer with none of their own', async () => {
      const { as, P, token, apply } = await prepare();
      const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256' });
      const body = { preview_token: await token(), secret_recipient_jwk: await exportJWK(publicKey) };
      const answer = await apply(body, wanted);
      assert.equal(answer.status, 202, answer.text);
      assert.ok(!('secret_key_jwk' in answer.body));
      await ended(as, X(P, answer.body.id));
      await assertSealedFor(as, privateKey);
    });
  });

  /** The one pending secret of a tenant opens with this key, and is the application's. */
  async function assertSealedFor(as: Service, key: CryptoKey): Promise<void> {
    const { database } = service();
    const step = await database.step.findFirstOrThrow({
      where: { tenantId: as.tenant, secretState: 'pending' },
    });
    const { plaintext } = await compactDecrypt(step.sealedSecret ?? '', key);
    const { secretHash } = await database.runtimeApplication.findUniqueOrThrow({
      where: { id: step.targetResourceId ?? '' },
    });
    assert.deepEqual(Buffer.from(secretHash ?? []), sha256(plaintext));
  }

  for (const crv of ['P-256', 'X25519']) {
    it(`give secrets as JWE to a caller who sent a ${crv} key`, async () => {
      const { as, token, apply } = await prepare();
      const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv });
      const secret_recipient_jwk = {
        ...(await exportJWK(publicKey)),
        kid: 'mine',
        use: 'enc',
        alg: 'ECDH-ES',
      };
      const answer = await apply({ preview_token: await token(), secret_recipient_jwk });
      assert.equal(answer.status, 200, answer.text);
      const [secret] = answer.body.generated_secrets;
      assert.deepEqual(Object.keys(secret).sort(), ['application_id', 'client_id', 'jwe', 'step_id']);
      const { plaintext, protectedHeader } = await compactDecrypt(secret.jwe, privateKey);
      assert.deepEqual([protectedHeader.alg, protectedHeader.enc], ['ECDH-ES', 'A256GCM']);
      const { applications } = await targetOf(as.tenant);
      const application = applications.find(({ id }) => id === secret.application_id);
      assert.deepEqual(Buffer.from(application?.secretHash ?? []), sha256(plaintext));
    });
  }

  describe('are refused', () => {
    it('with a body that is wrong, and a key that is private or cannot be used; the token stays good', async () => {
      const prepared = await prepare();
      const preview_token = await prepared.token();
      const pair = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
      const okp = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true });
      const [ec, privateEc, privateOkp] = await Promise.all(
        [pair.publicKey, pair.privateKey, okp.privateKey].map((key) => exportJWK(key)),
      );
      const key = '/secret_recipient_jwk';
      const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
      const wrong: [what: string, body: unknown, pointer: string][] = [
        ['no token', {}, '/preview_token'],
        ['an empty token', { preview_token: '' }, '/preview_token'],
        ['a token that is no text', { preview_token: 1 }, '/preview_token'],
        ['an unknown member', { preview_token, force: true }, '/force'],
        ['a private P-256 key', { preview_token, secret_recipient_jwk: privateEc }, `${key}/d`],
        ['a private X25519 key', { preview_token, secret_recipient_jwk: privateOkp }, `${key}/d`],
        [
          'an RSA key',
          { preview_token, secret_recipient_jwk: { kty: 'RSA', n: 'x', e: 'AQAB' } },
          `${key}/kty`,
        ],
        ['a shared key', { preview_token, secret_recipient_jwk: { kty: 'oct', k: 'AAAA' } }, `${key}/kty`],
        ['another curve', { preview_token, secret_recipient_jwk: { ...ec, crv: 'P-384' } }, `${key}/crv`],
        ['half a point', { preview_token, secret_recipient_jwk: { ...ec, y: undefined } }, key],
        ['a point beside the curve', { preview_token, secret_recipient_jwk: { ...ec, y: ec?.x } }, key],
        ['a curve of another kind', { preview_token, secret_recipient_jwk: { ...ec, crv: 'X25519' } }, key],
        [
          'a point that gives no secret',
          { preview_token, secret_recipient_jwk: { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) } },
          key,
        ],
        ['a key as text', { preview_token, secret_recipient_jwk: JSON.stringify(ec) }, key],
      ];
      for (const [what, body, pointer] of wrong) {
        const answer = await prepared.apply(body);
        assert.equal(answer.status, 422, `${what}: ${answer.text}`);
        const pointers = answer.body.errors.map((error: Body) => error.pointer);
        assert.ok(pointers.includes(pointer), `${what}: ${answer.text}`);
      }
      await assertUntouched(prepared);
      const members = JSON.stringify({ ...ec, note: 'NUL\u0000' }).slice(0, -1);
      const odd = `{"preview_token": "${preview_token}", "secret_recipient_jwk": ${members}, "deep": ${deep}}}`;
      const answer = await prepared.apply(odd);
      assert.equal(answer.status, 200, 'members of a key that mean nothing here do no harm');
    });

    it('with a token that is not this plan\u2019s: nothing is written, and the right one still works', async () => {
      const mine = await prepare();
      const theirs = await prepare();
      const [own, foreign] = [await mine.token(), await theirs.token()];
      for (const preview_token of [foreign, 'x', own.slice(0, -1), `${own}A`, own.toLowerCase(), ` ${own}`]) {
        const answer = await mine.apply({ preview_token });
        assert.deepEqual(codesOf(answer), [409, 'preview_stale'], preview_token);
        assert.deepEqual(answer.body.changes, []);
      }
      await assertUntouched(mine);
      await assertUntouched(theirs);
      assert.equal((await mine.apply({ preview_token: own })).status, 200);
    });

    it('with the token of another plan of the tenant', async () => {
      const first = await prepare();
      const second = await walkBeside(first);
      const tokens = [await first.token(), await second.token()];
      const swapped = [
        await first.apply({ preview_token: tokens[1] }),
        await second.apply({ preview_token: tokens[0] }),
      ];
      for (const answer of swapped) assert.deepEqual(codesOf(answer), [409, 'preview_stale']);
      assert.deepEqual(await sizeOf(first.as), [0, 0, 0]);
    });

    it('when the assessment is no longer the one to go by', async () => {
      const prepared = await prepare();
      const preview_token = await prepared.token();
      const { as, road, snapshot } = prepared;
      await as.call('POST', `${road.W}/snapshots/${snapshot}/assessments`);
      const answer = await prepared.apply({ preview_token });
      assert.deepEqual(codesOf(answer), [409, 'handoff_not_ready']);
      assert.deepEqual(
        answer.body.blockers.map((each: Body) => each.code),
        ['assessment_superseded'],
      );
      await assertUntouched(prepared);
    });

    it('when the source or the workspace has been archived', async () => {
      const first = await prepare();
      const second = await prepare();
      const tokens = [await first.token(), await second.token()];
      await first.as.call('POST', `${first.road.S}/archive`);
      await second.as.call('POST', `${second.road.W}/archive`);
      assert.deepEqual(codesOf(await first.apply({ preview_token: tokens[0] })), [409, 'source_archived']);
      assert.deepEqual(codesOf(await second.apply({ preview_token: tokens[1] })), [
        409,
        'workspace_archived',
      ]);
      await assertUntouched(first);
      await assertUntouched(second);
      assert.equal((await first.evidence()).plan.status, 'previewed', 'evidence can still be read');
    });
  });

  /** A second source in the workspace, with a plan of its own. */
  async function walkBeside(first: Awaited<ReturnType<typeof prepare>>, url = other.url) {
    const { as, road } = first;
    const made = await as.call('POST', `${road.W}/sources`, {
      body: {
        name: 'Beside',
        source_type: 'okta',
        connection_mode: 'api_token',
        config: { org_url: url },
        secret: { api_token: 'simulated-okta-token' },
      },
    });
    const beside = { ...road, source: made.body.id as string, S: `${road.W}/sources/${made.body.id}` };
    return { ...(await walkFurther(as, beside)), road: beside };
  }

  describe('happen one at a time', () => {
    it('for one token, however often it is used at once', async () => {
      const { as, P, token, apply } = await prepare();
      const preview_token = await token();
      const answers = await Promise.all(Array.from({ length: 5 }, () => apply({ preview_token })));
      assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409, 409, 409, 409]);
      const refused = answers.filter(({ status }) => status === 409).map(({ body }) => body.code);
      const expected = ['apply_in_progress', 'plan_already_applied'];
      for (const code of refused) assert.ok(expected.includes(code), code);
      assert.equal((await as.call('GET', `${P}/executions`)).body.data.length, 1);
      assert.deepEqual(await sizeOf(as), [2, 2, 3]);
    });

    it('in a tenant: a second plan waits its turn, its token unused, and nothing is archived meanwhile', async () => {
      const first = await prepare();
      const second = await walkBeside(first);
      const { as, road } = first;
      const [one, two] = [await first.token(), await second.token()];
      const running = await whileHeld(service().databaseUrl, heldTable, async (held) => {
        const started = await first.apply({ preview_token: one }, { prefer: 'wait=0' });
        await held.reached();
        assert.deepEqual(codesOf(await second.apply({ preview_token: two })), [409, 'apply_in_progress']);
        assert.deepEqual(codesOf(await first.apply({ preview_token: one })), [409, 'apply_in_progress']);
        assert.deepEqual(codesOf(await as.call('POST', `${first.P}/preview`)), [409, 'apply_in_progress']);
        const rebuild = { body: { assessment_id: first.assessment } };
        assert.deepEqual(codesOf(await as.call('POST', `${road.W}/cutover-plans`, rebuild)), [
          409,
          'apply_in_progress',
        ]);
        for (const path of [road.W, road.S]) {
          assert.deepEqual(codesOf(await as.call('POST', `${path}/archive`)), [409, 'run_in_progress']);
        }
        assert.equal((await second.read()).preview.state, 'current');
        return started;
      });
      await ended(as, X(first.P, running.body.id));
      assert.equal((await second.apply({ preview_token: two })).status, 200);
      assert.deepEqual(await sizeOf(as), [3, 3, 4]);
    });

    it('and not at all while Temporal still runs something else under their name: the token is used up', async () => {
      const { as, P, plan, token, apply, read } = await prepare();
      const preview_token = await token();
      const { temporal } = service();
      const handle = await temporal.workflow.start(runWorkflows.apply.type, {
        workflowId: `cutover/${plan}`,
        taskQueue: 'nobody-works-here',
        args: [{ tenantId: as.tenant, runId: uuidv7() }],
      });
      const keyed = { 'idempotency-key': 'not started' };
      const answer = await apply({ preview_token }, keyed);
      await handle.terminate();
      assert.deepEqual(codesOf(answer), [503, 'not_started']);
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      const [execution] = (await as.call('GET', `${P}/executions`)).body.data;
      assert.deepEqual([execution.status, execution.failure.code], ['failed', 'not_started']);
      const after = await read();
      assert.deepEqual(
        [after.status, after.preview.state, after.active_execution_id],
        ['previewed', 'consumed', null],
      );
      assert.deepEqual(await sizeOf(as), [0, 0, 0]);
      // Its idempotency key is free again: the same request is looked at anew, not answered with what never began.
      assert.deepEqual(codesOf(await apply({ preview_token }, keyed)), [409, 'preview_stale']);
      assert.equal((await apply({ preview_token: await token() }, keyed)).status, 200);
    }).timeout(40_000);
  });

  it('that find the target changed since the preview touch no step, and say what changed', async () => {
    const { as, P, token, apply, read, steps } = await prepare();
    const preview_token = await token();
    const group = await makeGroup(as, 'Field Engineers');
    const answer = await apply({ preview_token });
    assert.deepEqual(codesOf(answer), [409, 'preview_stale']);
    const [change, ...none] = answer.body.changes;
    assert.deepEqual(none, []);
    assert.deepEqual([change.code, change.is.resource_id], ['target_collision', group.id]);
    assert.deepEqual(answer.body.generated_secrets, []);
    const execution = (await as.call('GET', X(P, answer.body.execution_id))).body;
    assert.deepEqual(
      [execution.status, execution.failure.code, execution.changes],
      ['failed', 'preview_stale', answer.body.changes],
    );
    const after = await read();
    assert.deepEqual(
      [after.status, after.preview.state, after.active_execution_id],
      ['draft', 'stale', null],
    );
    assert.deepEqual(await sizeOf(as), [1, 0, 0]);
    assert.ok((await steps()).every((step) => step.status === step.disposition));
    assert.deepEqual((await as.call('GET', `${X(P, execution.id)}/steps`)).body.data, []);
    const [record] = (await as.call('GET', '/audit-records')).body.data;
    assert.equal(record.action, 'migration.cutover_plan.apply_failed');
  });

  it('of a second plan of the same org find what the first one made, and touch nothing', async () => {
    const first = await prepare();
    const second = await walkBeside(first, okta.url);
    const [one, two] = [await first.token(), await second.token()];
    assert.equal((await first.apply({ preview_token: one })).status, 200);
    const answer = await second.apply({ preview_token: two });
    assert.deepEqual(codesOf(answer), [409, 'preview_stale']);
    assert.equal(answer.body.changes.length, 4, 'two groups and two applications');
    assert.deepEqual(await sizeOf(first.as), [2, 2, 3]);
    assert.equal((await second.read()).status, 'draft');
  });

  it('of which a step fails skip what needs it, do the rest, and still hand over secrets', async () => {
    const { as, P, token, apply, read, steps, evidence } = await prepare();
    const preview_token = await token();
    const hold = await holdInserts(service(), { table: 'migration_step_attempts' });
    const applying = apply({ preview_token });
    await hold.waiting(1);
    const group = await makeGroup(as, 'Workshop');
    await hold.release();
    const answer = await applying;
    assert.deepEqual([answer.status, answer.body.status], [200, 'failed'], answer.text);
    assert.equal(answer.body.failure.code, 'steps_failed');
    const by = new Map((await steps()).map((step) => [step.item.name as string, step]));
    const failed = by.get('Workshop');
    assert.deepEqual([failed?.status, failed?.failure.code], ['failed', 'collision']);
    const skipped = by.get('Instrument Registry \u2190 Workshop');
    assert.deepEqual([skipped?.status, skipped?.reason_code], ['skipped', 'dependency_failed']);
    assert.ok(skipped?.reason.includes(failed?.id));
    const done = [...by.values()].filter((step) => step.status === 'applied').map((step) => step.item.name);
    assert.equal(done.length, 5);
    assert.equal(answer.body.generated_secrets.length, 1);
    assert.deepEqual(await sizeOf(as), [2, 2, 2]);
    const left = await service().database.runtimeGroup.findUniqueOrThrow({ where: { id: group.id } });
    assert.deepEqual(left, group, 'what was there is not overwritten');
    assert.deepEqual([(await read()).status, (await read()).active_execution_id], ['failed', null]);
    const refused = [await as.call('POST', `${P}/preview`), await apply({ preview_token })];
    for (const each of refused) assert.deepEqual(codesOf(each), [409, 'retry_or_rebuild']);
    const criteria = (await evidence()).handoff_criteria;
    assert.equal(criteria.find((each: Body) => each.code === 'execution_recorded').met, true);
    const actions = (await as.call('GET', '/audit-records?limit=200')).body.data.map(
      (each: Body) => each.action,
    );
    for (const action of ['cutover_step.failed', 'cutover_step.skipped', 'cutover_plan.apply_failed']) {
      assert.equal(actions.filter((each: string) => each === `migration.${action}`).length, 1, action);
    }
    assert.ok(!actions.includes('migration.cutover_plan.applied'));
  });

  it('are cancelled: steps under way finish, the rest is skipped, and who cancelled stands in the records', async () => {
    const { as, P, token, apply, read, steps } = await prepare();
    const preview_token = await token();
    const hold = await holdInserts(service(), { table: 'migration_step_attempts' });
    const applying = apply({ preview_token });
    await hold.waiting(1);
    const { latest_execution_id: id } = await read();
    const berta = await as.token({ sub: 'berta' });
    const cancelled = await as.call('POST', `${X(P, id)}/cancel`, { token: berta });
    assert.equal(cancelled.status, 202, cancelled.text);
    assert.match(cancelled.body.stop_requested_at, /^20.*Z$/);
    assert.equal(cancelled.headers.get('location'), `/api/v1/tenants/${as.tenant}/migrations${X(P, id)}`);
    await hold.release();
    const answer = await applying;
    assert.deepEqual(codesOf(answer), [409, 'run_stopped']);
    assert.equal(answer.body.execution_id, id);
    const execution = (await as.call('GET', X(P, id))).body;
    assert.deepEqual([execution.status, execution.failure.code], ['failed', 'run_stopped']);
    assert.ok(execution.stop_requested_at);
    const outcomes = (await steps()).map((step) => [step.status, step.reason_code]);
    for (const [status, reason] of outcomes) {
      assert.ok(['applied', 'manual_follow_up'].includes(status) || reason === 'run_stopped', status);
    }
    assert.ok(outcomes.some(([, reason]) => reason === 'run_stopped'));
    assert.equal((await read()).status, 'failed');
    const records: Body[] = (await as.call('GET', '/audit-records?limit=200')).body.data;
    const stops = records.filter((record) => record.action === 'migration.cutover_execution.stopped');
    assert.deepEqual(
      stops.map((record) => [record.actor.id, record.targets.execution_id, record.request_id]),
      [['berta', id, cancelled.headers.get('x-request-id')]],
    );
    assert.deepEqual(codesOf(await as.call('POST', `${X(P, id)}/cancel`)), [409, 'run_ended']);
  });
});
