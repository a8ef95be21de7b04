import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Workflow } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { historyMirror, runKinds, runWorkflows, stopSignalName } from '../../domain/run.ts';
import { whileHeld } from '../support/heldTable.ts';
import { holdInserts } from '../support/hold.ts';
import { collectAnew } from '../support/collected.ts';
import { beginApply, makeGroup, previewedPlan } from '../support/cutover.ts';
import { workflowBundle } from '../support/environment.ts';
import { closedGate } from '../support/gate.ts';
import {
  clearHistories,
  historyFiles,
  keepHistory,
  readHistory,
  type History,
} from '../support/histories.ts';
import { collect, freshTenant } from '../support/inventory.ts';
import { prepareSource, smallOrg, startOkta } from '../support/okta.ts';
import { quietRuntime, startMirror, startService, type Service } from '../support/service.ts';
import { until } from '../support/until.ts';

/** The code that runs now, fed with what was recorded; throws when it would have done something else. */
const replay = (history: History) =>
  Worker.runReplayHistory({ workflowBundle: { code: readFileSync(workflowBundle(), 'utf8') } }, history);

const typeOf = ({ events: [started] }: History): string =>
  (started as { workflowExecutionStartedEventAttributes: { workflowType: { name: string } } })
    .workflowExecutionStartedEventAttributes.workflowType.name;

describe('Recorded histories of workflows', () => {
  before(async function () {
    quietRuntime();
    if (process.env.RECORD_HISTORIES !== '1') return;
    this.timeout(120_000);
    await record();
  });

  it('are there for every workflow, ended and gone on in a new run', async () => {
    const files = await historyFiles();
    const types = new Set((await Promise.all(files.map(readHistory))).map(typeOf));
    const ours = [...runKinds.map((kind) => runWorkflows[kind].type), historyMirror.type];
    assert.deepEqual([...types].sort(), ours.sort());
    for (const name of [
      'collect-hop',
      'collect-stopped',
      'collect-refused',
      'verify-failed',
      'refresh',
      'refresh-stopped',
      'apply-hop',
      'apply-step-failed',
    ])
      assert.ok(files.includes(`${name}.json`), name);
  });

  it('replay with the code that runs now', async () => {
    for (const file of await historyFiles()) {
      await assert.doesNotReject(replay(await readHistory(file)), file);
    }
  }).timeout(60_000);

  it('do not replay when the code would have done something else', async () => {
    const other = { claim: 'beginExecution' } as const;
    for (const file of await historyFiles()) {
      const history = await readHistory(file);
      const scheduled = history.events.find((event) => 'activityTaskScheduledEventAttributes' in event);
      const { activityType } = scheduled?.activityTaskScheduledEventAttributes as {
        activityType: { name: string };
      };
      activityType.name = activityType.name === 'claim' ? other.claim : 'claim';
      await assert.rejects(replay(history), DeterminismViolationError, file);
    }
  }).timeout(60_000);
});

/** Records histories anew: `RECORD_HISTORIES=1 npm test -- test/workflows/replay.test.ts`. */
async function record(): Promise<void> {
  await clearHistories();
  const service = await startService({
    mirror: false,
    pace: { hopSteps: 2, shareMs: 0, backoffMs: 5 },
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 100 },
  });
  try {
    await recordRoad(service);
    await recordCollections(service);
    await recordVerifications(service);
    await recordRefreshes(service);
    await recordFailedStep(service);
    await recordMirror(service);
  } finally {
    await service.stop();
  }
}

async function keepRuns(service: Service, name: string, tenantId: string, kind: string): Promise<void> {
  const run = await until(`the ${kind} run of ${name} has ended`, () =>
    service.database.run.findFirst({ where: { tenantId, kind, endedAt: { not: null } } }),
  );
  await service.temporal.workflow
    .getHandle<Workflow>(run.workflowId)
    .result()
    .catch(() => undefined);
  const last = run.runIds.length - 1;
  for (const [index, temporalRunId] of run.runIds.entries()) {
    if (index > 1 && index < last) continue;
    const hop = ['', '-hop'][index] ?? '-last-hop';
    await keepHistory(service, `${name}${hop}`, { workflowId: run.workflowId, temporalRunId });
  }
}

async function recordRoad(service: Service): Promise<void> {
  const plan = await previewedPlan(service, smallOrg(), collectAnew);
  const applied = await plan.apply();
  assert.equal(applied.status, 200, applied.text);
  const [secret] = applied.body.generated_secrets;
  assert.equal((await plan.own.call('POST', `${plan.P}/steps/${secret.step_id}/rotate-secret`)).status, 200);
  for (const kind of runKinds.filter((each) => each !== 'verify' && each !== 'refresh')) {
    await keepRuns(service, kind, plan.own.tenant, kind);
  }
}

async function recordVerifications(service: Service): Promise<void> {
  const okta = await startOkta();
  try {
    for (const name of ['verify', 'verify-failed']) {
      const own = await freshTenant(service);
      const { S } = await prepareSource(own, okta.url);
      await own.call('POST', `${S}/verify`);
      await keepRuns(service, name, own.tenant, 'verify');
      okta.simulator.intercept = () => ({ disconnect: true });
    }
  } finally {
    await okta.close();
  }
}

async function recordRefreshes(service: Service): Promise<void> {
  const okta = await startOkta({ data: smallOrg() });
  try {
    for (const name of ['refresh', 'refresh-stopped']) {
      const own = await freshTenant(service);
      const { W, S } = await prepareSource(own, okta.url, { mode: 'merge_into_existing' });
      const { id: snapshot } = (await own.call('POST', `${S}/snapshots`)).body as { id: string };
      const assessed = await own.call('POST', `${W}/snapshots/${snapshot}/assessments`);
      const { id } = assessed.body as { id: string };
      const refresh = () => own.call('POST', `${W}/assessments/${id}/merge-decisions/refresh`);
      if (name === 'refresh') await refresh();
      else await stopRefresh(service, own.tenant, refresh);
      await keepRuns(service, name, own.tenant, 'refresh');
    }
  } finally {
    await okta.close();
  }
}

/** Asks a refresh to stop while it stands still. */
async function stopRefresh(
  service: Service,
  tenantId: string,
  refresh: () => Promise<unknown>,
): Promise<void> {
  await whileHeld(service.databaseUrl, 'migration_target_links', async (hold) => {
    const waiting = refresh();
    await hold.reached();
    const run = await service.database.run.findFirstOrThrow({ where: { tenantId, kind: 'refresh' } });
    await service.temporal.workflow.getHandle(run.workflowId).signal(stopSignalName, run.id);
    await hold.release();
    await waiting;
  });
}

async function recordCollections(service: Service): Promise<void> {
  const okta = await startOkta();
  try {
    const refused = await collect(service, okta.url, '00aWrongToken');
    await keepRuns(service, 'collect-refused', refused.service.tenant, 'collect');
    const gate = closedGate();
    okta.simulator.intercept = async ({ path }) => {
      if (path === '/api/v1/groups') await gate.pass();
      return undefined;
    };
    const own = await freshTenant(service);
    const { S } = await prepareSource(own, okta.url);
    const begun = await own.call('POST', `${S}/snapshots`, { headers: { prefer: 'respond-async' } });
    await gate.reached;
    await own.call('POST', `${S}/snapshots/${(begun.body as { id: string }).id}/cancel`);
    await keepRuns(service, 'collect-stopped', own.tenant, 'collect');
    gate.open();
  } finally {
    await okta.close();
  }
}

async function recordFailedStep(service: Service): Promise<void> {
  const plan = await previewedPlan(service);
  const { tenant } = plan.own;
  const group = plan.steps.find((step) => step.target_contract === 'tenant_group');
  const held = await holdInserts(service, {
    table: 'migration_step_attempts',
    when: `NEW.tenant_id = '${tenant}'`,
  });
  await beginApply(plan);
  await held.waiting(1);
  await makeGroup(plan.own, String(group.target_payload.name));
  await held.release();
  await keepRuns(service, 'apply-step-failed', tenant, 'apply');
}

async function recordMirror(service: Service): Promise<void> {
  await startMirror(service.temporal);
  const { workflowId } = historyMirror;
  await until('all is mirrored', async () => {
    const open = await service.database.run.count({ where: { mirroredAt: null } });
    return open === 0;
  });
  const { runId } = await service.temporal.workflow.getHandle(workflowId).describe();
  await service.temporal.workflow.getHandle(workflowId).cancel();
  await keepHistory(service, 'mirror', { workflowId, temporalRunId: runId });
}
