import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import { historyMirror } from '../../domain/run.ts';
import { oktaError } from '../../simulators/okta/errors.ts';
import { collectAnew } from '../support/collected.ts';
import { previewedPlan } from '../support/cutover.ts';
import { closedGate } from '../support/gate.ts';
import { collect, freshTenant } from '../support/inventory.ts';
import { prepareSource, smallOrg, startOkta, type RunningOkta } from '../support/okta.ts';
import { startMirror, useService, type Service } from '../support/service.ts';
import { operate } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const { EventType } = proto.temporal.api.enums.v1;
type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

/** Runs hop early here, so that a road of a few seconds has runs of every kind. */
const hopSteps = 3;
const hopEvents = 100;
/** A read gives way after each page, so that a collection takes many activities. */
const shareMs = 0;

const idOf = (id: unknown) => Number(String(id));
const timeOf = ({ eventTime }: HistoryEvent) =>
  new Date(
    Number(String(eventTime?.seconds)) * 1000 + Math.floor((eventTime?.nanos ?? 0) / 1e6),
  ).toISOString();

const closes: Partial<Record<number, string>> = {
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED]: 'completed',
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED]: 'failed',
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED]: 'terminated',
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED]: 'cancelled',
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW]: 'continued_as_new',
};

/** What a history says of its activities, read event by event in the order of the server. */
function activitiesOf(events: readonly HistoryEvent[]) {
  return events.flatMap((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (!scheduled) return [];
    const id = idOf(event.eventId);
    const own = (name: keyof HistoryEvent) =>
      events.find((each) => {
        const attributes = each[name] as { scheduledEventId?: unknown } | null | undefined;
        return attributes && idOf(attributes.scheduledEventId) === id;
      });
    const started = own('activityTaskStartedEventAttributes');
    const completed = own('activityTaskCompletedEventAttributes');
    const failed = own('activityTaskFailedEventAttributes');
    const cancelled = own('activityTaskCanceledEventAttributes');
    const close = completed ?? failed ?? cancelled;
    const summary = event.userMetadata?.summary;
    const text: unknown = summary ? defaultPayloadConverter.fromPayload(summary) : null;
    return {
      scheduledEventId: id,
      activityId: scheduled.activityId,
      activityType: scheduled.activityType?.name,
      taskQueue: scheduled.taskQueue?.name,
      summary: text,
      status: completed ? 'completed' : failed ? 'failed' : cancelled ? 'cancelled' : 'scheduled',
      attempt: started?.activityTaskStartedEventAttributes?.attempt ?? null,
      worker: started?.activityTaskStartedEventAttributes?.identity ?? null,
      scheduledAt: timeOf(event),
      startedAt: started ? timeOf(started) : null,
      closedAt: close ? timeOf(close) : null,
      closedEventId: close ? idOf(close.eventId) : null,
    };
  });
}

describe('The workflow mirrorHistory', () => {
  const service = useService({
    mirror: false,
    pace: { hopSteps, shareMs, backoffMs: 5 },
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': hopEvents },
  });
  let okta: RunningOkta;
  before(async () => {
    okta = await startOkta();
  });
  after(() => okta.close());

  const untilMirrored = (database: Service['database'], limitMs = 30_000) =>
    until(
      'every run is mirrored',
      async () => (await database.run.count({ where: { mirroredAt: null } })) === 0,
      limitMs,
    );

  const stopMirror = async () => {
    const handle = service().temporal.workflow.getHandle(historyMirror.workflowId);
    await handle.cancel();
    await handle.result().catch(() => undefined);
  };

  /** The mirror as it stands, without when it looked. */
  async function mirrored({ database }: Service) {
    const rows = await database.workflowRun.findMany({
      orderBy: { temporalRunId: 'asc' },
      include: { activities: { orderBy: { scheduledEventId: 'asc' } } },
    });
    return rows.map(({ mirroredAt: _mirroredAt, ...row }) => row);
  }

  it('mirrors every run of a road that it was not there to see, as its history tells it', async () => {
    // A whole road, with a collection whose token is refused and one that had to try again before it.
    const plan = await previewedPlan(service(), smallOrg(), collectAnew);
    assert.equal((await plan.apply()).status, 200);
    let failures = 0;
    okta.simulator.intercept = ({ path }) =>
      path === '/api/v1/domains' && (failures += 1) <= 2 ? oktaError('E0000009') : undefined;
    assert.equal((await collect(service(), okta.url)).answer.status, 201);
    const refused = await collect(service(), okta.url, '00aWrongToken');
    assert.equal(refused.answer.status, 502);

    const { database, temporal } = service();
    assert.equal(await database.workflowRun.count(), 0);
    await startMirror(temporal);
    await untilMirrored(database);

    const runs = await database.run.findMany();
    const kinds = new Set(runs.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ['apply', 'assess', 'collect', 'plan', 'preview']);
    assert.ok(
      runs.some(({ kind, runIds }) => kind === 'collect' && runIds.length > 1),
      'no collection hopped',
    );
    assert.ok(
      runs.some(({ kind, runIds }) => kind === 'apply' && runIds.length > 1),
      'no cutover hopped',
    );
    const rows = await mirrored(service());
    assert.deepEqual(
      rows.map(({ temporalRunId }) => temporalRunId),
      runs.flatMap(({ runIds }) => runIds).sort(),
    );
    for (const row of rows) {
      const run = runs.find(({ runIds }) => runIds.includes(row.temporalRunId));
      assert.equal(row.runId, run?.id);
      assert.equal(row.tenantId, run?.tenantId);
      const history = await temporal.workflow.getHandle(row.workflowId, row.temporalRunId).fetchHistory();
      const events = history.events ?? [];
      const last = events.at(-1);
      assert.ok(last);
      assert.equal(row.status, closes[last.eventType ?? 0], row.workflowType);
      assert.equal(row.closedAt?.toISOString(), timeOf(last));
      assert.equal(row.startedAt?.toISOString(), events[0] && timeOf(events[0]));
      assert.equal(Number(row.lastEventId), idOf(last.eventId));
      const type = events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name;
      assert.equal(row.workflowType, type);
      const stored = row.activities.map(({ failure: _failure, temporalRunId: _run, ...activity }) => ({
        ...activity,
        scheduledEventId: Number(activity.scheduledEventId),
        closedEventId: activity.closedEventId === null ? null : Number(activity.closedEventId),
        scheduledAt: activity.scheduledAt.toISOString(),
        startedAt: activity.startedAt?.toISOString() ?? null,
        closedAt: activity.closedAt?.toISOString() ?? null,
      }));
      assert.deepEqual(stored, activitiesOf(events), `${row.workflowType} ${row.temporalRunId}`);
    }
    const activities = rows.flatMap(({ activities: found }) => found);
    assert.ok(
      activities.some(({ activityType, attempt }) => activityType === 'readCollection' && attempt === 3),
    );
    assert.ok(activities.some(({ summary }) => summary?.startsWith('create tenant_group ')));
  }).timeout(60_000);

  it("tells an activity's and a run's deepest failure in the product's own words", async () => {
    const failed = await service().database.workflowActivity.findMany({ where: { status: 'failed' } });
    assert.ok(failed.length > 0);
    const told = failed.map(({ failure, activityType }) => {
      assert.equal(activityType, 'readCollection');
      return failure as { type: string; message: string };
    });
    for (const { type, message } of told) {
      assert.equal(type, 'source_rejected');
      assert.match(
        message,
        /^Okta answered 401 E0000011 on \/api\/v1\/.*The API token is wrong, expired or revoked\.$/,
      );
    }
    const run = await service().database.workflowRun.findFirstOrThrow({ where: { status: 'failed' } });
    assert.ok(told.some((failure) => isDeepStrictEqual(failure, run.failure)));
  });

  it('changes nothing when it mirrors the same once more', async () => {
    const { database, temporal } = service();
    await stopMirror();
    const before = await mirrored(service());
    await database.run.updateMany({ data: { mirroredAt: null } });
    await startMirror(temporal);
    await untilMirrored(database);
    assert.deepEqual(await mirrored(service()), before);
  }).timeout(40_000);

  it('settles a run whose successor was terminated before it could claim the row', async () => {
    const { database, temporal } = service();
    await stopMirror();
    const gate = closedGate();
    const own = await freshTenant(service());
    const row = () => database.run.findFirstOrThrow({ where: { tenantId: own.tenant, kind: 'collect' } });
    okta.simulator.intercept = async () => {
      if ((await row()).runIds.length > 1) await gate.pass();
      return undefined;
    };
    const road = await prepareSource(own, okta.url);
    const begun = await own.call('POST', `${road.S}/snapshots`, { headers: { prefer: 'respond-async' } });
    const { id } = begun.body as { id: string };
    await gate.reached;
    const claimed = await row();
    await operate(own, 'workflow', 'terminate', '--workflow-id', claimed.workflowId, '--reason', 'too early');
    // As though the termination had come before the claim.
    await database.run.update({ where: { id: claimed.id }, data: { runIds: claimed.runIds.slice(0, -1) } });
    await startMirror(temporal);
    const { failure } = await until('the row is settled', async () => {
      const found = await row();
      return found.endedAt ? found : null;
    });
    gate.open();
    const { code, reason, identity } = failure as Record<string, string>;
    assert.equal(code, 'run_stopped');
    assert.equal(reason, 'too early');
    assert.match(identity ?? '', /^temporal-cli:/);
    const snapshot = await own.call('GET', `${road.S}/snapshots/${id}`);
    assert.equal(snapshot.body.status, 'failed');
    await untilMirrored(database);
  }).timeout(40_000);

  it('runs once, whoever starts it', async () => {
    const { temporal } = service();
    const describe = () => temporal.workflow.getHandle(historyMirror.workflowId).describe();
    const first = await describe();
    await Promise.all([1, 2, 3, 4].map(() => startMirror(temporal)));
    const after = await describe();
    // It may have continued as new meanwhile, and is the same chain of runs then.
    assert.equal(after.raw.workflowExecutionInfo?.firstRunId, first.raw.workflowExecutionInfo?.firstRunId);
    assert.equal(after.status.name, 'RUNNING');
  });
});
