import assert from 'node:assert/strict';
import { exportJWK, generateKeyPair } from 'jose';
import { openForRecipient } from '../../../platform/oneTimeSecret.ts';
import { sha256 } from '../../../platform/digest.ts';
import { sweepSecrets } from '../../../activities/mirror/mirrorHistories.ts';
import { createLog } from '../../../platform/log.ts';
import { beginExecution } from '../../../activities/apply/begin.ts';
import { readCover } from '../../../prisma/store/cover.ts';
import { createExecution } from '../../../prisma/store/executions.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import { deliverSecrets } from '../../../prisma/store/secrets.ts';
import { useDatabase } from '../../support/database.ts';
import {
  act,
  applyOne,
  claim,
  commandOf,
  makePlace,
  mint,
  newTenant,
  plan,
  stepsOf,
  tokenHash,
  type Executing,
} from './support.ts';

describe('one-time secrets', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  /** An execution of which both applications are applied, with or without a key to seal secrets to. */
  async function applied(withKey: boolean) {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const at = await plan(await makePlace(db()));
    const { token } = await mint(at);
    const execution = await createExecution(
      db(),
      at.tenant,
      at.plan,
      {
        tokenHash: tokenHash(token),
        recipientJwk: withKey ? await exportJWK(publicKey) : null,
        cover: (tx, locked) => readCover(tx, at.tenant, locked),
      },
      commandOf(),
    );
    const temporalRunId = await claim(at, execution.run);
    const executing: Executing = { ...at, execution, temporalRunId };
    const input = { tenantId: at.tenant, executionId: execution.id };
    await act(at, beginExecution, input, execution.run, temporalRunId);
    for (const step of await stepsOf(at)) {
      if (['a1', 'a2'].includes(step.externalId)) assert.equal(await applyOne(executing, step.id), 'applied');
    }
    return { at: executing, privateKey };
  }
  const deliver = ({ tenant, execution }: Executing) =>
    deliverSecrets(db(), tenant, { executionId: execution.id }, commandOf());
  const secretStates = async (at: Executing) =>
    Object.fromEntries(
      (await stepsOf(at)).flatMap((step) =>
        step.itemType === 'application' ? [[step.externalId, step.secretState]] : [],
      ),
    );

  it('are handed over once, sealed to the key that came with the request, and are gone then', async () => {
    const { at, privateKey } = await applied(true);
    assert.deepEqual(await secretStates(at), { a1: 'pending', a2: 'none' });
    const [secret, ...more] = await deliver(at);
    assert.ok(secret);
    assert.deepEqual(more, []);
    assert.equal(secret.clientId, 'a1');
    const opened = await openForRecipient(privateKey, secret.jwe);
    const row = await db().runtimeApplication.findUniqueOrThrow({ where: { id: secret.applicationId } });
    assert.deepEqual(Buffer.from(row.secretHash ?? []), sha256(opened));
    assert.deepEqual(await secretStates(at), { a1: 'delivered', a2: 'none' });
    assert.deepEqual(await deliver(at), []);
    assert.equal(await db().step.count({ where: { planId: at.plan.id, sealedSecret: { not: null } } }), 0);
    const records = await listAudit(db(), at.tenant, { before: null, limit: 50 });
    const told = records.filter((record) => record.action === 'migration.cutover_step.secret_delivered');
    assert.equal(told.length, 1);
    assert.ok(
      !JSON.stringify(records, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ).includes(opened),
    );
  });

  it('are handed to one of several who ask at the same time', async () => {
    const { at } = await applied(true);
    const handed = await Promise.all(Array.from({ length: 5 }, () => deliver(at)));
    assert.deepEqual(handed.map((each) => each.length).sort(), [0, 0, 0, 0, 1]);
  });

  it('without anybody to seal them to are lost, and are said to be', async () => {
    const { at } = await applied(false);
    assert.deepEqual(await secretStates(at), { a1: 'lost', a2: 'none' });
    assert.deepEqual(await deliver(at), []);
  });

  it('that nobody fetches for a day are deleted, and only those', async () => {
    const { at } = await applied(true);
    const { at: other } = await applied(true);
    const [{ id, sealedAt } = { id: '', sealedAt: null }] = await db().step.findMany({
      where: { planId: at.plan.id, secretState: 'pending' },
    });
    assert.ok(sealedAt);
    await db().step.update({ where: { id }, data: { sealedAt: new Date(sealedAt.getTime() - 3_600_000) } });
    const log = createLog('test', 'silent');
    const nowIs = (ms: number) => ({ database: db(), log, now: () => new Date(sealedAt.getTime() + ms) });
    const day = 24 * 3_600_000;
    // No client of Temporal is asked for this.
    const sweep = (ms: number) => sweepSecrets(nowIs(ms) as Parameters<typeof sweepSecrets>[0]);
    await sweep(day - 3_700_000);
    assert.deepEqual(await secretStates(at), { a1: 'pending', a2: 'none' });
    await sweep(day - 3_500_000);
    assert.deepEqual(await secretStates(at), { a1: 'lost', a2: 'none' });
    assert.deepEqual(await secretStates(other), { a1: 'pending', a2: 'none' });
    assert.deepEqual(await deliver(at), []);
    const [record] = await listAudit(db(), at.tenant, { before: null, limit: 1 });
    assert.deepEqual(
      [record?.action, record?.targets.step_id, record?.facts],
      ['migration.cutover_step.secret_expired', id, { client_id: 'a1' }],
    );
  });

  it('are not handed to another tenant', async () => {
    const { at } = await applied(true);
    assert.deepEqual(
      await deliverSecrets(db(), newTenant(), { executionId: at.execution.id }, commandOf()),
      [],
    );
    assert.deepEqual(await secretStates(at), { a1: 'pending', a2: 'none' });
  });
});
