import assert from 'node:assert/strict';
import { exportJWK, generateKeyPair } from 'jose';
import { rotateSecret } from '../../../activities/rotate/rotateSecret.ts';
import type { Run } from '../../../domain/run.ts';
import { sha256 } from '../../../platform/digest.ts';
import { openForRecipient } from '../../../platform/oneTimeSecret.ts';
import { createRotation } from '../../../prisma/store/secretRotation.ts';
import { deliverSecrets } from '../../../prisma/store/secrets.ts';
import { settleExecution } from '../../../prisma/store/settleExecution.ts';
import { settleRunFailed } from '../../../prisma/store/settle.ts';
import { archiveSource } from '../../../prisma/store/sources.ts';
import { useDatabase } from '../../support/database.ts';
import { outsideTarget } from '../../support/outsideTarget.ts';
import {
  act,
  applyOne,
  claim,
  commandOf,
  edda,
  failureNow,
  makePlace,
  outcomes,
  plan,
  refusal,
  startExecution,
} from '../../prisma/store/support.ts';
import { stepOf } from '../apply/support.ts';

describe('rotating a client secret', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  /** A plan of which the application with a secret has been made, by an execution that has ended. */
  async function applied() {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const jwk = await exportJWK(publicKey);
    const at = await startExecution(await plan(await makePlace(db())));
    const { id } = await stepOf(at, 'a1');
    assert.equal(await applyOne(at, id), 'applied');
    await settleExecution(db(), at.tenant, at.execution.id, { failure: null, at: new Date() });
    const begin = () => createRotation(db(), at.tenant, at.plan, id, jwk, commandOf());
    const rotate = (run: Run, temporalRunId: string, more: Parameters<typeof act>[5] = {}) => {
      const input = { tenantId: at.tenant, runId: run.id, stepId: id };
      return act(at, rotateSecret, input, run, temporalRunId, more);
    };
    const secret = async () => {
      const [sealed] = await deliverSecrets(db(), at.tenant, { stepId: id }, commandOf());
      return sealed && openForRecipient(privateKey, sealed.jwe);
    };
    const hash = async () => {
      const row = await db().runtimeApplication.findFirstOrThrow({
        where: { tenantId: at.tenant, clientId: 'a1' },
      });
      return Buffer.from(row.secretHash ?? []);
    };
    return { at, id, begin, rotate, secret, hash };
  }

  it('makes one for which there was nobody before, once, however often it is attempted', async () => {
    const { at, begin, rotate, secret, hash } = await applied();
    assert.equal((await stepOf(at, 'a1')).secretState, 'lost');
    const run = await begin();
    const temporalRunId = await claim(at, run);
    await rotate(run, temporalRunId);
    const made = await hash();
    await rotate(run, temporalRunId);
    assert.deepEqual(await hash(), made);
    assert.deepEqual(sha256((await secret()) ?? ''), made);
    assert.equal((await stepOf(at, 'a1')).secretState, 'delivered');
  });

  it('is done by one of several who ask at the same time, and nothing is archived meanwhile', async () => {
    const { at, begin } = await applied();
    assert.deepEqual(await outcomes([begin(), begin(), begin()]), [
      'done',
      'run_in_progress',
      'run_in_progress',
    ]);
    const archive = archiveSource(db(), at.tenant, at.workspace.id, at.source.id, commandOf());
    assert.equal(await refusal(archive), 'run_in_progress');
  });

  it('writes nothing when its run was settled meanwhile', async () => {
    const { at, begin, rotate, hash } = await applied();
    const before = await hash();
    const run = await begin();
    const temporalRunId = await claim(at, run);
    await settleRunFailed(db(), at.tenant, run, failureNow('run_stopped'), edda);
    assert.equal(await refusal(rotate(run, `${temporalRunId}-late`)), 'execution_superseded');
    await rotate(run, temporalRunId);
    assert.deepEqual(await hash(), before);
    assert.equal((await stepOf(at, 'a1')).secretState, 'lost');
    // Another one may be asked for.
    await begin();
  });

  it('waits for an execution of the plan to end', async () => {
    const { at, begin } = await applied();
    const { id: planId } = at.plan;
    await db().plan.update({ where: { id: planId }, data: { activeExecutionId: at.execution.id } });
    assert.equal(await refusal(begin()), 'apply_in_progress');
  });

  it('seals what a target elsewhere was given', async () => {
    const { at, begin, rotate, secret } = await applied();
    const target = outsideTarget();
    const { targetResourceId, targetPayload } = await stepOf(at, 'a1');
    assert.ok(targetPayload && 'client_id' in targetPayload && targetResourceId);
    const foreign = target.addForeign({ contract: 'tenant_oidc_application', payload: targetPayload });
    const held = target.held.get(foreign);
    assert.ok(held);
    target.held.set(targetResourceId, held);
    const run = await begin();
    await rotate(run, await claim(at, run), { runtime: target });
    assert.equal(await secret(), target.held.get(targetResourceId)?.secret);
  });
});
