import assert from 'node:assert/strict';
import { exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import { applyStep, recordStepFailure } from '../../../activities/apply/applyStep.ts';
import { finishExecution } from '../../../activities/apply/begin.ts';
import { openForRecipient } from '../../../platform/oneTimeSecret.ts';
import { json } from '../../../prisma/store/json.ts';
import { requestStop } from '../../../prisma/store/runs.ts';
import { inTransaction } from '../../../prisma/client.ts';
import { outsideTarget, type OutsideDouble, type OutsideOptions } from '../../support/outsideTarget.ts';
import { useDatabase } from '../../support/database.ts';
import { tenantGroup } from '../../support/target.ts';
import { act, edda, makePlace, plan, startExecution, type Executing } from '../../prisma/store/support.ts';
import { makeBind, stepOf } from './support.ts';

interface Away extends Executing {
  target: OutsideDouble;
  key: CryptoKey;
}

describe('applying a step at a target elsewhere', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  /** An execution whose target is another system, which behaves as it is told. */
  async function away(options: OutsideOptions = {}): Promise<Away> {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const at = await startExecution(await plan(await makePlace(db())));
    const recipientJwk = json(await exportJWK(publicKey));
    await db().execution.update({ where: { id: at.execution.id }, data: { recipientJwk } });
    return { ...at, target: outsideTarget(options), key: privateKey };
  }

  const inputOf = async (at: Away, externalId: string) => ({
    tenantId: at.tenant,
    executionId: at.execution.id,
    stepId: (await stepOf(at, externalId)).id,
  });

  /** One attempt of the step's activity: the status that it leaves, or what it throws. */
  async function attempt(at: Away, externalId: string): Promise<string> {
    const input = await inputOf(at, externalId);
    const { execution, temporalRunId, target } = at;
    try {
      return (await act(at, applyStep, input, execution.run, temporalRunId, { runtime: target })).status;
    } catch (error) {
      assert.ok(error instanceof Error);
      return error.message;
    }
  }

  async function finish(at: Away): Promise<string> {
    const input = { tenantId: at.tenant, executionId: at.execution.id, failure: null };
    const { execution, temporalRunId, target } = at;
    return (await act(at, finishExecution, input, execution.run, temporalRunId, { runtime: target })).status;
  }

  /** The step is applied by the one thing that the target holds, and its sealed secret, if any, is that thing's. */
  async function assertOnce(at: Away, externalId: string, secretState: string): Promise<void> {
    const step = await stepOf(at, externalId);
    assert.deepEqual([...at.target.held.keys()], [step.targetResourceId]);
    assert.deepEqual([step.status, step.outcome, step.secretState], ['applied', 'created', secretState]);
    const { sealedSecret, intent } = await db().step.findUniqueOrThrow({ where: { id: step.id } });
    assert.equal(intent, null);
    const made = at.target.held.get(step.targetResourceId ?? '');
    if (secretState === 'pending') {
      assert.equal(await openForRecipient(at.key, sealedSecret ?? ''), made?.secret);
    }
    const link = await db().targetLink.findFirstOrThrow({ where: { tenantId: at.tenant, externalId } });
    assert.equal(link.targetResourceId, step.targetResourceId);
  }

  for (const marks of [true, false]) {
    const how = marks ? 'that carries our mark' : 'that only keeps the id that we chose';
    describe(how, () => {
      it('makes it once, with the secret that was sealed before', async () => {
        const at = await away({ marks });
        assert.equal(await attempt(at, 'a1'), 'applied');
        assert.equal(await attempt(at, 'a1'), 'applied');
        await assertOnce(at, 'a1', 'pending');
        assert.equal(at.target.asked, 1);
      });

      it('takes a lost answer for what it is by reading', async () => {
        const at = await away({ marks, calls: ['lost'] });
        assert.equal(await attempt(at, 'a1'), 'applied');
        await assertOnce(at, 'a1', 'pending');
      });

      for (const duplicate of ['conflict', 'bad request', 'server error'] as const) {
        it(`is not misled by a call that arrived twice and was answered with “${duplicate}”`, async () => {
          const at = await away({ marks, calls: ['twice'], duplicate });
          assert.equal(await attempt(at, 'a1'), 'applied');
          await assertOnce(at, 'a1', 'pending');
        });

        it(`finds what a late call made, after a “${duplicate}”; its secret is nobody’s`, async () => {
          const at = await away({ marks, calls: ['late'], duplicate });
          assert.equal(await attempt(at, 'a1'), 'The operation timed out.');
          assert.equal(at.target.held.size, 0);
          assert.equal(await attempt(at, 'a1'), 'applied');
          await assertOnce(at, 'a1', 'lost');
        });
      }

      it('asks again when the first call came to nothing', async () => {
        const at = await away({ marks, calls: ['broken', 'lying'] });
        assert.equal(await attempt(at, 'g1'), 'socket hang up');
        assert.match(await attempt(at, 'g1'), /has not made/);
        assert.equal(await attempt(at, 'g1'), 'applied');
        await assertOnce(at, 'g1', 'none');
        assert.equal(at.target.asked, 3);
      });
    });
  }

  it('adopts nothing that somebody else made, before or while it asks', async () => {
    const at = await away({ duplicate: 'server error' });
    const foreign = at.target.addForeign({
      contract: 'tenant_group',
      payload: { name: 'Group G1', description: null },
    });
    assert.equal(await attempt(at, 'g1'), 'failed');
    const { failure, targetResourceId } = await stepOf(at, 'g1');
    assert.deepEqual([failure?.code, targetResourceId, at.target.asked], ['collision', null, 0]);
    const racing = await away({ duplicate: 'bad request' });
    const create = racing.target.create.bind(racing.target);
    racing.target.create = (...args) => {
      racing.target.addForeign({
        contract: 'tenant_group',
        payload: { name: 'group g1', description: null },
      });
      return create(...args);
    };
    assert.equal(await attempt(racing, 'g1'), 'failed');
    assert.equal((await stepOf(racing, 'g1')).failure?.code, 'collision');
    assert.equal(racing.target.held.size, 1);
    assert.deepEqual([...at.target.held.keys()], [foreign]);
  });

  for (const [behaviour, code] of [
    ['quota', 'quota_exceeded'],
    ['denied', 'target_denied'],
  ] as const) {
    it(`fails the step when the target says no for certain (${behaviour})`, async () => {
      const at = await away({ calls: [behaviour] });
      assert.equal(await attempt(at, 'g1'), 'failed');
      assert.equal((await stepOf(at, 'g1')).failure?.code, code);
    });
  }

  it('looks once more, before the run settles, at what it gave up', async () => {
    const at = await away({ calls: ['late'] });
    assert.equal(await attempt(at, 'g1'), 'The operation timed out.');
    const { execution, temporalRunId } = at;
    const given = await act(at, recordStepFailure, await inputOf(at, 'g1'), execution.run, temporalRunId);
    assert.equal(given.status, 'failed');
    // Another call lets the late one arrive.
    assert.equal(await attempt(at, 'g2'), 'applied');
    assert.equal(await finish(at), 'failed');
    const step = await stepOf(at, 'g1');
    assert.deepEqual([step.status, step.failure], ['applied', null]);
    assert.equal(at.target.held.size, 2);
  });

  it('records what was made when the run was stopped under its feet', async () => {
    const at = await away();
    const create = at.target.create.bind(at.target);
    at.target.create = async (...args) => {
      await create(...args);
      const stop = { actor: edda, at: new Date() };
      await inTransaction(db(), (tx) => requestStop(tx, at.tenant, at.execution.run.id, stop));
    };
    assert.equal(await attempt(at, 'g1'), 'The run was asked to stop.');
    assert.equal((await stepOf(at, 'g1')).status, 'planned');
    await finish(at);
    await assertOnce(at, 'g1', 'none');
    assert.equal((await stepOf(at, 'g2')).reasonCode, 'run_stopped');
  });

  it('binds to what is there as it was, and to nothing else', async () => {
    const at = await away();
    const theirs = at.target.addForeign({ contract: 'tenant_group', payload: tenantGroup('theirs') });
    const { fingerprint } = at.target.held.get(theirs)?.live ?? { fingerprint: '' };
    await makeBind(at, 'g1', { resourceId: theirs, fingerprint });
    await makeBind(at, 'g2', { resourceId: theirs, fingerprint: 'another' });
    assert.equal(await attempt(at, 'g1'), 'applied');
    assert.equal((await stepOf(at, 'g1')).outcome, 'bound');
    assert.equal(await attempt(at, 'g2'), 'failed');
    assert.equal((await stepOf(at, 'g2')).failure?.code, 'bound_resource_changed');
    assert.equal(at.target.asked, 0);
  });
});
