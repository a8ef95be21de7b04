import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  runKinds,
  runMemoKey,
  runWorkflows,
  taskQueues,
  workflowIdOf,
  type RunKind,
} from '../../domain/run.ts';
import * as workflows from '../../workflows/index.ts';
import { closedGate } from '../support/gate.ts';
import { whileHeld } from '../support/heldTable.ts';
import { collect, freshTenant } from '../support/inventory.ts';
import {
  acknowledgeAll,
  smallOrg,
  startOkta,
  walkToPlan,
  prepareSource,
  type RunningOkta,
} from '../support/okta.ts';
import type { Body } from '../support/answer.ts';
import { useService, type Service } from '../support/service.ts';
import { operate } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** A run that is under way and cannot go on: a table that it needs is locked, or the incumbent does not answer. */
interface Underway {
  own: Service;
  workflowId: string;
  /** What was in flight, as the API shows it. */
  read(): Promise<Body>;
  /** Does the same once more, waiting for its end. */
  again: () => Promise<Body>;
}

const async = { headers: { prefer: 'respond-async' } };

describe('The workflows', () => {
  const service = useService();
  let okta: RunningOkta;
  before(async () => {
    okta = await startOkta({ data: smallOrg() });
  });
  after(() => okta.close());

  async function assessing(use: (run: Underway) => Promise<void>): Promise<void> {
    const { service: own, road, snapshot } = await collect(service(), okta.url);
    const path = `${road.W}/snapshots/${String(snapshot.id)}/assessments`;
    await whileHeld(own.databaseUrl, 'migration_item_relations', async () => {
      const { id } = (await own.call('POST', path, async)).body;
      await use({
        own,
        workflowId: workflowIdOf('assess', snapshot.id),
        read: async () => (await own.call('GET', `${road.W}/assessments/${String(id)}`)).body,
        again: async () => (await own.call('POST', path)).body,
      });
    });
  }

  async function planning(use: (run: Underway) => Promise<void>): Promise<void> {
    const { service: own, road, snapshot } = await collect(service(), okta.url);
    const assessed = await own.call('POST', `${road.W}/snapshots/${String(snapshot.id)}/assessments`);
    const { id: assessment } = assessed.body as { id: string };
    await acknowledgeAll(own, road, assessment);
    const path = `${road.W}/cutover-plans`;
    const body = { assessment_id: assessment };
    await whileHeld(own.databaseUrl, 'runtime_groups', async () => {
      const { id } = (await own.call('POST', path, { ...async, body })).body;
      await use({
        own,
        workflowId: workflowIdOf('plan', id),
        read: async () => {
          const { buildRun } = await own.database.plan.findUniqueOrThrow({
            where: { id },
            include: { buildRun: true },
          });
          return { status: buildRun.endedAt ? 'failed' : 'building', failure: buildRun.failure };
        },
        again: async () => (await own.call('POST', path, { body })).body,
      });
    });
  }

  async function previewing(use: (run: Underway) => Promise<void>): Promise<void> {
    const own = await freshTenant(service());
    const { plan, P } = await walkToPlan(own, await prepareSource(own, okta.url));
    await whileHeld(own.databaseUrl, 'runtime_groups', async () => {
      const asked = own.call('POST', `${P}/preview`, { headers: { prefer: 'wait=1' } });
      await until('the preview runs', () => own.database.preview.count({ where: { planId: plan } }));
      await asked;
      await use({
        own,
        workflowId: workflowIdOf('preview', plan),
        read: async () => {
          const preview = await own.database.preview.findFirstOrThrow({
            where: { planId: plan },
            orderBy: { id: 'asc' },
            include: { run: true },
          });
          return { status: preview.state, failure: preview.run.failure };
        },
        again: async () => (await own.call('POST', `${P}/preview`)).body,
      });
    });
  }

  async function verifying(use: (run: Underway) => Promise<void>): Promise<void> {
    const own = await freshTenant(service());
    const { source, S } = await prepareSource(own, okta.url);
    const gate = closedGate();
    okta.simulator.intercept = () => gate.pass().then(() => undefined);
    try {
      await own.call('POST', `${S}/verify`, async);
      await use({
        own,
        workflowId: workflowIdOf('verify', source),
        read: async () => (await own.call('GET', S)).body.verification,
        again: async () => (await own.call('POST', `${S}/verify`)).body.verification,
      });
    } finally {
      okta.simulator.intercept = undefined;
      gate.open();
    }
  }

  const kinds: [RunKind, typeof assessing, (done: Body) => void][] = [
    ['verify', verifying, (done) => assert.equal(done.status, 'completed')],
    ['assess', assessing, (done) => assert.equal(done.status, 'completed')],
    ['plan', planning, (done) => assert.equal(done.revision, 1)],
    ['preview', previewing, (done) => assert.ok(done.preview_token)],
  ];

  it('are there for every kind of run, and do nothing when they are started by hand', async () => {
    for (const kind of runKinds) {
      const { type } = runWorkflows[kind];
      assert.ok(type in workflows, type);
      const handle = await service().temporal.workflow.start(type, {
        workflowId: workflowIdOf(kind, randomUUID()),
        taskQueue: taskQueues.database,
        args: [{ tenantId: randomUUID(), runId: randomUUID() }],
        memo: { [runMemoKey]: randomUUID() },
      });
      await assert.rejects(handle.result(), (error: Error) =>
        JSON.stringify(error.cause).includes('not_authorised'),
      );
    }
  });

  for (const [kind, underway, assertDone] of kinds) {
    it(`of kind ${kind}, terminated in Temporal, are reflected within ten seconds and can be done again`, async () => {
      let again: (() => Promise<Body>) | undefined;
      await underway(async (run) => {
        const handle = run.own.temporal.workflow.getHandle(run.workflowId);
        await until('it is under way', async () => {
          const { pendingActivities } = (await handle.describe()).raw;
          return pendingActivities?.some(({ activityType }) => activityType?.name !== 'claim');
        });
        await operate(
          run.own,
          'workflow',
          'terminate',
          '--workflow-id',
          run.workflowId,
          '--reason',
          'enough',
        );
        const { failure } = await until(
          'it has failed',
          async () => {
            const found = await run.read();
            return found.status === 'failed' ? found : null;
          },
          10_000,
        );
        assert.equal(failure.code, 'run_stopped');
        assert.equal(failure.reason, 'enough');
        assert.match(failure.identity, /^temporal-cli:/);
        again = run.again;
      });
      // What the terminated run was doing goes on when it can, and is refused.
      assertDone(await again?.());
    });
  }
});
