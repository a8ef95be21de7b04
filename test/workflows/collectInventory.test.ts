import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { sweepUnclaimed } from '../../activities/mirror/sweep.ts';
import { systemActor } from '../../domain/access.ts';
import { TenantId } from '../../domain/ids.ts';
import { runMemoKey, taskQueues, workflowIdOf } from '../../domain/run.ts';
import { createLog } from '../../platform/log.ts';
import { unmirroredRuns } from '../../prisma/store/mirror.ts';
import { createSnapshot } from '../../prisma/store/snapshots.ts';
import { emptyTenant } from '../../simulators/okta/data.ts';
import { generateOktaTenant } from '../../simulators/okta/generate.ts';
import { closedGate, type Gate } from '../support/gate.ts';
import { assertInventory, collect, freshTenant } from '../support/inventory.ts';
import { prepareSource, startOkta, type Road, type RunningOkta } from '../support/okta.ts';
import type { Body } from '../support/answer.ts';
import { useService, type Service } from '../support/service.ts';
import { operate } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** What the issue allows from an act in Temporal to its reflection. */
const reflectedWithinMs = 10_000;

interface Collecting {
  own: Service;
  road: Road;
  id: string;
  workflowId: string;
  path: string;
}

const hasEnded = async ({ database }: Service, id: string): Promise<boolean> =>
  (await database.snapshot.findUniqueOrThrow({ where: { id } })).status !== 'collecting';

describe('The workflow collectInventory', () => {
  const service = useService();
  let okta: RunningOkta;
  let gate: Gate;

  before(async () => {
    okta = await startOkta();
  });
  after(() => okta.close());
  beforeEach(() => {
    gate = closedGate();
    okta.simulator.intercept = async ({ path }) => {
      if (path === '/api/v1/groups') await gate.pass();
      return undefined;
    };
  });
  afterEach(() => gate.open());

  /** A collection that has begun and waits for an answer of the org. */
  async function collecting(): Promise<Collecting> {
    const own = await freshTenant(service());
    const road = await prepareSource(own, okta.url);
    const headers = { prefer: 'respond-async' };
    const begun = await own.call('POST', `${road.S}/snapshots`, { headers });
    assert.equal(begun.status, 202, begun.text);
    const { id } = begun.body as { id: string };
    await gate.reached;
    return {
      own,
      road,
      id,
      workflowId: workflowIdOf('collect', road.source),
      path: `${road.S}/snapshots/${id}`,
    };
  }

  /** The snapshot when it has ended, and how long that took. */
  async function ended({ own, id, path }: Collecting): Promise<{ snapshot: Body; afterMs: number }> {
    const from = performance.now();
    await until('the snapshot has ended', async () => hasEnded(own, id));
    const afterMs = performance.now() - from;
    return { snapshot: (await own.call('GET', path)).body, afterMs };
  }

  /** The source is free: a new collection of it completes. */
  async function assertFree({ own, road }: Collecting): Promise<void> {
    gate.open();
    const again = await own.call('POST', `${road.S}/snapshots`);
    assert.equal(again.status, 201, again.text);
    await assertInventory(own, again.body, okta.simulator.data);
  }

  async function auditOf({ own, id }: Collecting) {
    const records = await own.database.auditRecord.findMany({
      where: { tenantId: own.tenant, action: { startsWith: 'migration.inventory.' } },
      orderBy: { sequence: 'asc' },
    });
    return records.filter(({ targets }) => (targets as { snapshot_id?: string }).snapshot_id === id);
  }

  const closedStatus = async ({ own, workflowId }: Collecting) =>
    (await own.temporal.workflow.getHandle(workflowId).describe()).status.name;

  describe('started by hand in Temporal', () => {
    /** Starts a workflow as anybody with access to Temporal could, and returns why it failed. */
    async function startByHand(workflowId: string, tenantId: string, runId: string): Promise<string> {
      const handle = await service().temporal.workflow.start('collectInventory', {
        workflowId,
        taskQueue: taskQueues.database,
        args: [{ tenantId, runId }],
        memo: { [runMemoKey]: runId },
      });
      const error = await handle.result().then(
        () => assert.fail('it was done'),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ActivityFailure);
      assert.ok(error.cause.cause instanceof ApplicationFailure);
      return error.cause.cause.type ?? '';
    }

    it('without a row: it has no effect', async () => {
      const own = await freshTenant(service());
      const road = await prepareSource(own, okta.url);
      const asked = okta.simulator.requests.length;
      const workflowId = workflowIdOf('collect', road.source);
      assert.equal(await startByHand(workflowId, own.tenant, randomUUID()), 'not_authorised');
      assert.equal(await own.database.snapshot.count({ where: { tenantId: own.tenant } }), 0);
      assert.equal(okta.simulator.requests.length, asked);
    });

    it("with the id of another source's row, or of another tenant's: it has no effect on either", async () => {
      const running = await collecting();
      const { own, id } = running;
      const { runId } = await own.database.snapshot.findUniqueOrThrow({ where: { id } });
      const stranger = await freshTenant(service());
      const other = await prepareSource(stranger, okta.url);
      const before = await own.database.run.findUniqueOrThrow({ where: { id: runId } });
      const elsewhere = workflowIdOf('collect', other.source);
      assert.equal(await startByHand(elsewhere, own.tenant, runId), 'not_authorised');
      assert.equal(await startByHand(elsewhere, stranger.tenant, runId), 'not_authorised');
      assert.equal(await startByHand(`by-hand/${randomUUID()}`, own.tenant, runId), 'not_authorised');
      assert.deepEqual(await own.database.run.findUniqueOrThrow({ where: { id: runId } }), before);
      gate.open();
      await assertInventory(own, (await ended(running)).snapshot, okta.simulator.data);
    });

    it('with a row that has ended: it has no effect, and the snapshot stays as it ended', async () => {
      const running = await collecting();
      const { own, id } = running;
      gate.open();
      const { snapshot } = await ended(running);
      const { runId } = await own.database.snapshot.findUniqueOrThrow({ where: { id } });
      await until('the run has closed', async () => (await closedStatus(running)) === 'COMPLETED');
      assert.equal(await startByHand(running.workflowId, own.tenant, runId), 'not_authorised');
      const { body } = await own.call('GET', running.path);
      assert.deepEqual({ ...body, mirrored_at: null }, { ...snapshot, mirrored_at: null });
    });
  });

  describe('that is stopped', () => {
    it('through the API fails the snapshot, keeps what was read, and frees the source', async () => {
      const running = await collecting();
      const { own, path } = running;
      const cancelled = await own.call('POST', `${path}/cancel`);
      assert.equal(cancelled.status, 202, cancelled.text);
      const { snapshot, afterMs } = await ended(running);
      assert.ok(afterMs < reflectedWithinMs);
      assert.equal(snapshot.status, 'failed');
      assert.equal(snapshot.failure.code, 'run_stopped');
      const again = await own.call('POST', `${path}/cancel`);
      assert.equal(again.status, 409);
      assert.equal(again.body.code, 'run_ended');
      const pages = await own.database.evidencePage.count({ where: { snapshotId: running.id } });
      await assertFree(running);
      assert.equal(await own.database.evidencePage.count({ where: { snapshotId: running.id } }), pages);
    });

    it('by a stop that names another row goes on', async () => {
      const running = await collecting();
      await running.own.temporal.workflow.getHandle(running.workflowId).signal('stop', randomUUID());
      gate.open();
      assert.equal((await ended(running)).snapshot.status, 'completed');
    });

    it('in Temporal, by a cancellation, fails the snapshot and says who cancelled', async () => {
      const running = await collecting();
      await operate(running.own, 'workflow', 'cancel', '--workflow-id', running.workflowId);
      const { snapshot, afterMs } = await ended(running);
      assert.ok(afterMs < reflectedWithinMs);
      assert.equal(snapshot.status, 'failed');
      assert.equal(snapshot.failure.code, 'run_stopped');
      assert.equal(snapshot.failure.reason, 'cancelled');
      await until('Temporal has closed it', async () => (await closedStatus(running)) === 'CANCELLED');
      const identity = await until('the mirror has seen by whom', async () => {
        const { body } = await running.own.call('GET', running.path);
        return body.failure.identity as string | null;
      });
      assert.match(identity, /^temporal-cli:/);
      await assertFree(running);
    });

    it('in Temporal, by a termination with its own CLI, fails the snapshot with reason and identity', async () => {
      const running = await collecting();
      const { own, id, workflowId } = running;
      await operate(own, 'workflow', 'terminate', '--workflow-id', workflowId, '--reason', 'wrong org');
      const { snapshot, afterMs } = await ended(running);
      assert.ok(afterMs < reflectedWithinMs, `it took ${Math.round(afterMs)} ms`);
      assert.equal(snapshot.status, 'failed');
      const { code, reason, identity, at } = snapshot.failure;
      assert.equal(code, 'run_stopped');
      assert.equal(reason, 'wrong org');
      const history = await own.temporal.workflow.getHandle(workflowId).fetchHistory();
      const event = history.events?.at(-1);
      assert.equal(identity, event?.workflowExecutionTerminatedEventAttributes?.identity);
      assert.match(String(identity), /^temporal-cli:/);
      assert.equal(snapshot.ended_at, at);
      const [record] = await auditOf(running);
      assert.equal(record?.action, 'migration.inventory.collection_failed');
      const { id: actor, type, authenticated } = record.actor as Body;
      assert.deepEqual(
        { actor, type, authenticated },
        { actor: identity, type: 'temporal', authenticated: false },
      );
      await assertFree(running);
      // An answer of the terminated run's that came late has changed nothing.
      assert.equal((await auditOf({ ...running, id })).length, 1);
      assert.equal((await own.call('GET', running.path)).body.status, 'failed');
    });

    it('in Temporal, by deleting it, fails the snapshot', async () => {
      const running = await collecting();
      const { own, workflowId } = running;
      await operate(own, 'workflow', 'delete', '--yes', '--workflow-id', workflowId);
      const { snapshot, afterMs } = await ended(running);
      assert.ok(afterMs < reflectedWithinMs);
      assert.equal(snapshot.status, 'failed');
      assert.equal(snapshot.failure.code, 'run_stopped');
      await assertFree(running);
    });
  });

  describe('that is reset in Temporal', () => {
    const reset = ({ own, workflowId }: Collecting) =>
      operate(
        own,
        ...['workflow', 'reset', '--workflow-id', workflowId, '--type', 'FirstWorkflowTask'],
        ...['--reason', 'once more'],
      );

    /** Why the run that the reset made ended. */
    async function resetEnded({ own, workflowId }: Collecting): Promise<string> {
      const handle = own.temporal.workflow.getHandle(workflowId);
      const error = await handle.result().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof WorkflowFailedError, String(error));
      return JSON.stringify(error.cause);
    }

    it('while it runs fails the snapshot, which is not taken up again, and frees the source', async () => {
      const running = await collecting();
      await reset(running);
      const { snapshot, afterMs } = await ended(running);
      assert.ok(afterMs < reflectedWithinMs, `it took ${Math.round(afterMs)} ms`);
      assert.deepEqual([snapshot.status, snapshot.failure.code], ['failed', 'run_stopped']);
      assert.match(await resetEnded(running), /not_authorised/);
      await assertFree(running);
      assert.equal((await auditOf(running)).length, 1);
    });

    it('after its end leaves the snapshot as it is', async () => {
      const running = await collecting();
      gate.open();
      const { snapshot } = await ended(running);
      assert.equal(snapshot.status, 'completed');
      await reset(running);
      assert.match(await resetEnded(running), /not_authorised/);
      const { body } = await running.own.call('GET', running.path);
      for (const member of ['status', 'item_count', 'summary', 'collections', 'ended_at', 'failure']) {
        assert.deepEqual(body[member], snapshot[member], member);
      }
      assert.equal((await auditOf(running)).length, 1);
      await assertFree(running);
    });
  });

  it('that exceeds its time fails the snapshot, says so, and frees the source', async () => {
    const own = await freshTenant(service());
    const road = await prepareSource(own, okta.url);
    const tenant = TenantId.parse(own.tenant);
    const parent = { workspaceId: road.workspace, sourceId: road.source };
    const command = { actor: systemActor('test'), at: new Date(), requestId: null };
    const { id, run } = await createSnapshot(own.database, tenant, parent, command);
    // The API sets no limit; whoever operates Temporal may.
    await own.temporal.workflow.start('collectInventory', {
      workflowId: run.workflowId,
      taskQueue: taskQueues.database,
      args: [{ tenantId: own.tenant, runId: run.id }],
      memo: { [runMemoKey]: run.id },
      workflowRunTimeout: '2 seconds',
    });
    await gate.reached;
    const running = { own, road, id, workflowId: run.workflowId, path: `${road.S}/snapshots/${id}` };
    const { snapshot } = await ended(running);
    assert.equal(snapshot.status, 'failed');
    assert.match(snapshot.failure.message, /time limit/);
    assert.equal(await closedStatus(running), 'TIMED_OUT');
    await assertFree(running);
  });

  describe('that no worker has claimed', () => {
    // A service without workers: what is started waits.
    const idle = useService({ worker: false });
    const silent = createLog('test', 'silent');

    /** Looks after unclaimed rows, `ageMs` after they were made. */
    async function sweep(id: string, ageMs: number): Promise<void> {
      const { database, temporal } = idle();
      const rows = await unmirroredRuns(database, 200);
      const row = rows.find(({ run }) => run.resourceId === id);
      assert.ok(row, 'the row is not looked after');
      const now = () => new Date(row.run.startedAt.getTime() + ageMs);
      await sweepUnclaimed({ database, client: temporal, now, log: silent }, row);
    }

    async function waiting() {
      const own = await freshTenant(idle());
      const road = await prepareSource(own, okta.url);
      const headers = { prefer: 'respond-async' };
      const { id } = (await own.call('POST', `${road.S}/snapshots`, { headers })).body as { id: string };
      const read = async () => (await own.call('GET', `${road.S}/snapshots/${id}`)).body;
      return { own, road, id, read, workflowId: workflowIdOf('collect', road.source) };
    }

    it('waits for one, however long', async () => {
      const { id, read } = await waiting();
      await sweep(id, 24 * 3_600_000);
      assert.equal((await read()).status, 'collecting');
    });

    it('and that was terminated fails with the reason and the identity', async () => {
      const { own, id, read, workflowId } = await waiting();
      await operate(own, 'workflow', 'terminate', '--workflow-id', workflowId, '--reason', 'not today');
      await sweep(id, 2_000);
      const { status, failure } = await read();
      assert.equal(status, 'failed');
      assert.equal(failure.code, 'run_stopped');
      assert.equal(failure.reason, 'not today');
      assert.match(failure.identity, /^temporal-cli:/);
    });

    it('and that was never started fails as not started after a minute, and not before', async () => {
      const { own, road, id, read, workflowId } = await waiting();
      // What is left when the API ends between its transaction and its start.
      await operate(own, 'workflow', 'delete', '--yes', '--workflow-id', workflowId);
      await until('Temporal has forgotten it', async () =>
        own.temporal.workflow
          .getHandle(workflowId)
          .describe()
          .then(
            () => false,
            () => true,
          ),
      );
      await sweep(id, 59_000);
      assert.equal((await read()).status, 'collecting');
      await sweep(id, 60_000);
      const { status, failure } = await read();
      assert.equal(status, 'failed');
      assert.equal(failure.code, 'not_started');
      const again = await own.call('POST', `${road.S}/snapshots`, { headers: { prefer: 'respond-async' } });
      assert.equal(again.status, 202, again.text);
    });

    it("and whose workflow id runs for another row fails as not started, and the other's run goes on", async () => {
      const { own, id, read, workflowId } = await waiting();
      await operate(own, 'workflow', 'delete', '--yes', '--workflow-id', workflowId);
      const handle = await until('the id is free', () =>
        own.temporal.workflow
          .start('collectInventory', {
            workflowId,
            taskQueue: taskQueues.database,
            args: [{ tenantId: own.tenant, runId: randomUUID() }],
            memo: { [runMemoKey]: randomUUID() },
          })
          .catch(() => null),
      );
      await sweep(id, 60_000);
      assert.equal((await read()).failure.code, 'not_started');
      assert.equal((await handle.describe()).status.name, 'RUNNING');
    });
  });

  it('stays under 300 events of history for 2,000 applications', async () => {
    const size = {
      applications: 2_000,
      groups: 400,
      groupAssignments: 3_000,
      userAssignments: 1_000,
      seed: 3,
    };
    const large = await startOkta({ data: { ...emptyTenant(), ...generateOktaTenant(size) } });
    try {
      const own = await freshTenant(service());
      const road = await prepareSource(own, large.url);
      const begun = await own.call('POST', `${road.S}/snapshots`, { headers: { prefer: 'respond-async' } });
      const { id } = begun.body as { id: string };
      await until('it is read', () => hasEnded(own, id), 60_000);
      const { body: snapshot } = await own.call('GET', `${road.S}/snapshots/${id}`);
      await assertInventory(own, snapshot, large.simulator.data);
      const handle = own.temporal.workflow.getHandle(workflowIdOf('collect', road.source));
      const { events } = await handle.fetchHistory();
      assert.ok((events?.length ?? 0) < 300, `${events?.length ?? 0} events`);
      // What stands in them is names and counts, nothing of the vendor's.
      assert.ok(JSON.stringify(events).length < 300_000);
    } finally {
      await large.close();
    }
  }).timeout(90_000);
});

describe('A collection of many turns', () => {
  const service = useService({ pace: { shareMs: 0 } });

  it('goes on in new runs, each with a history of under 300 events, and reads nothing twice', async () => {
    const okta = await startOkta();
    try {
      const { service: own, snapshot, road } = await collect(service(), okta.url);
      await assertInventory(own, snapshot, okta.simulator.data);
      const { runIds } = await own.database.run.findFirstOrThrow({ where: { resourceId: snapshot.id } });
      assert.ok(runIds.length >= 2, `${runIds.length} runs`);
      for (const runId of runIds) {
        const handle = own.temporal.workflow.getHandle(workflowIdOf('collect', road.source), runId);
        const { events } = await handle.fetchHistory();
        assert.ok((events?.length ?? 0) < 300, `${events?.length ?? 0} events`);
      }
      const pages = await own.database.evidencePage.count({ where: { snapshotId: snapshot.id } });
      const refused = await own.database.collectionChain.count({
        where: { snapshotId: snapshot.id, status: 'refused' },
      });
      assert.equal(okta.simulator.requests.length, pages + refused);
    } finally {
      await okta.close();
    }
  }).timeout(90_000);
});
