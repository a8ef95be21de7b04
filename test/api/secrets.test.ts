import assert from 'node:assert/strict';
import { compactDecrypt, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { sha256 } from '../../platform/digest.ts';
import type { Body } from '../support/answer.ts';
import { previewedPlan, type PreviewedPlan } from '../support/cutover.ts';
import { useService } from '../support/service.ts';
import { until } from '../support/until.ts';

describe('one-time secrets', () => {
  const service = useService();
  let plan: PreviewedPlan;
  let execution: string;
  /** The step that makes the one application that has a secret, and its path. */
  let step: Body;
  let S: string;
  /** What a 202 gave to open the secret with. */
  let key: CryptoKey;

  const post = (path: string, body?: object, headers: Record<string, string> = {}) =>
    plan.own.call('POST', path, { ...(body && { body }), headers });
  const collect = (stepId: string = step.id) =>
    post(`${plan.P}/executions/${execution}/secrets/${stepId}/collect`);
  const open = async (jwe: string, with_: CryptoKey) =>
    new TextDecoder().decode((await compactDecrypt(jwe, with_)).plaintext);
  const privateKeyOf = async (jwk: unknown) => (await importJWK(jwk as JWK, 'ECDH-ES')) as CryptoKey;
  const stepNow = async (): Promise<Body> => (await plan.own.call('GET', S)).body;

  /** The application has this secret and no other. */
  async function assertHasSecret(secret: string): Promise<void> {
    const { target_resource_id: id } = await stepNow();
    const row = await plan.own.database.runtimeApplication.findUniqueOrThrow({ where: { id } });
    assert.deepEqual(Buffer.from(row.secretHash ?? []), sha256(secret));
  }

  before(async function () {
    this.timeout(30_000);
    plan = await previewedPlan(service());
    step = plan.steps.find(
      (each) => each.target_payload?.token_endpoint_auth_method === 'client_secret_basic',
    );
    S = `${plan.P}/steps/${step.id}`;
    const unsealed = await plan.apply({ prefer: 'respond-async' });
    assert.deepEqual(
      [unsealed.status, unsealed.body.code],
      [422, 'secret_recipient_required'],
      unsealed.text,
    );
    const answer = await plan.apply({ prefer: 'wait=0' });
    assert.equal(answer.status, 202, answer.text);
    execution = answer.body.id;
    key = await privateKeyOf(answer.body.secret_key_jwk);
    await until('the execution has ended', async () => {
      const { body } = await plan.own.call('GET', `${plan.P}/executions/${execution}`);
      return body.status !== 'started';
    });
  });

  it('that no answer carried are picked up once, sealed', async () => {
    assert.equal((await stepNow()).secret_state, 'pending');
    const answer = await collect();
    assert.equal(answer.status, 200, answer.text);
    const { jwe, ...told } = answer.body;
    const { target_resource_id: application_id } = await stepNow();
    assert.deepEqual(told, { step_id: step.id, application_id, client_id: step.target_payload.client_id });
    await assertHasSecret(await open(jwe, key));
    assert.equal((await stepNow()).secret_state, 'delivered');
    const again = await collect();
    assert.deepEqual(
      [again.status, again.body.code, again.body.secret_state],
      [409, 'secret_not_available', 'delivered'],
    );
  });

  it('are not picked up where there are none, nor from an execution that did not make them', async () => {
    const group = plan.steps.find((each) => each.target_contract === 'tenant_group');
    const none = await collect(group.id);
    assert.deepEqual([none.status, none.body.secret_state], [409, 'none']);
    const blocked = plan.steps.find((each) => each.disposition !== 'planned');
    assert.equal((await collect(blocked.id)).status, 404);
    const viewer = await plan.own.token({ permissions: ['portal.migrations.view'] });
    const path = `${plan.P}/executions/${execution}/secrets/${step.id}/collect`;
    assert.equal((await plan.own.call('POST', path, { token: viewer })).status, 403);
  });

  it('are rotated: the answer carries the new one, and the former one is nobody\u2019s', async () => {
    const answer = await post(`${S}/rotate-secret`);
    assert.equal(answer.status, 200, answer.text);
    const [secret, ...none] = answer.body.generated_secrets;
    assert.deepEqual(none, []);
    assert.deepEqual([secret.step_id, secret.client_id], [step.id, step.target_payload.client_id]);
    await assertHasSecret(secret.client_secret);
    assert.deepEqual([answer.body.id, answer.body.secret_state], [step.id, 'delivered']);
    const { body } = await plan.own.call('GET', '/audit-records?limit=2');
    const [delivered, rotated] = body.data as Body[];
    assert.deepEqual(
      [delivered.action, rotated.action, rotated.actor.id, rotated.targets.step_id],
      ['migration.cutover_step.secret_delivered', 'migration.cutover_step.secret_rotated', 'dev', step.id],
    );
  });

  it('that are rotated for a key of the caller\u2019s come sealed, also to one who does not wait', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'X25519' });
    const body = { secret_recipient_jwk: await exportJWK(publicKey) };
    const [sealed] = (await post(`${S}/rotate-secret`, body)).body.generated_secrets;
    await assertHasSecret(await open(sealed.jwe, privateKey));
    const nobody = await post(`${S}/rotate-secret`, {}, { prefer: 'respond-async' });
    assert.deepEqual([nobody.status, nobody.body.code], [422, 'secret_recipient_required']);
    const later = await post(`${S}/rotate-secret`, body, { prefer: 'respond-async' });
    assert.equal(later.status, 202, later.text);
    const { jwe } = await until('the new secret can be picked up', async () => {
      const answer = await collect();
      return answer.status === 200 ? answer.body : null;
    });
    await assertHasSecret(await open(jwe, privateKey));
  });

  it('are not rotated unless the step has made an application that has one', async () => {
    for (const contract of ['tenant_group', 'tenant_app_assignment']) {
      const other = plan.steps.find((each) => each.target_contract === contract);
      const answer = await post(`${plan.P}/steps/${other.id}/rotate-secret`);
      assert.deepEqual([answer.status, answer.body.code], [409, 'secret_not_rotatable'], contract);
    }
    const public_ = plan.steps.find((each) => each.target_payload?.client_type === 'public');
    const answer = await post(`${plan.P}/steps/${public_.id}/rotate-secret`);
    assert.deepEqual([answer.status, answer.body.code], [409, 'secret_not_rotatable']);
  });

  it('of an application that is gone at the target are not rotated, and that is said', async () => {
    const { target_resource_id: id } = await stepNow();
    const { database } = plan.own;
    await database.runtimeAssignment.deleteMany({ where: { applicationId: id } });
    await database.runtimeApplication.delete({ where: { id } });
    const answer = await post(`${S}/rotate-secret`);
    assert.deepEqual([answer.status, answer.body.code], [409, 'secret_not_rotatable'], answer.text);
    assert.match(answer.body.detail, /no such application/);
  });
});
