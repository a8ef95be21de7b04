import assert from 'node:assert/strict';
import proto from '@temporalio/proto';
import { defaultPace } from '../../activities/dependencies.ts';
import type { Body } from '../support/answer.ts';
import { collectAnew } from '../support/collected.ts';
import { beginApply, previewedPlan, targetOf, type PreviewedPlan } from '../support/cutover.ts';
import { everyEntry } from '../support/list.ts';
import { largeOrg } from '../support/okta.ts';
import { useService } from '../support/service.ts';
import { until } from '../support/until.ts';

const { EventType } = proto.temporal.api.enums.v1;

/** How many events a mutation adds at most: three of its activity, and three of a workflow task that is its alone. */
const mostStepEvents = 6;
/** What a run has beside its mutations: its beginning and end, the claim, what is settled first, what is outstanding. */
const mostOtherEvents = 60;

describe('A cutover of ten thousand steps, two thousand of which mutate,', function () {
  this.timeout(600_000);
  const service = useService({ syncWaitSeconds: 200 });
  let plan: PreviewedPlan;
  let execution: Body;
  let planned: Body[];

  before(async () => {
    const size = { applications: 100, groups: 1_600, groupAssignments: 1_400, userAssignments: 7_000 };
    plan = await previewedPlan(service(), largeOrg(size), collectAnew);
    planned = plan.steps.filter(({ disposition }) => disposition === 'planned');
    const id = await beginApply(plan);
    const ended = async () => {
      const { body } = await plan.own.call('GET', `${plan.P}/executions/${id}`);
      return body.status === 'started' ? null : body;
    };
    execution = await until('the execution has ended', ended, 500_000);
  });

  /** The history of each run of the execution, in their order. */
  const histories = async () => {
    const { runIds, workflowId } = await plan.own.database.run.findFirstOrThrow({
      where: { resourceId: execution.id },
    });
    const handles = runIds.map((runId) => plan.own.temporal.workflow.getHandle(workflowId, runId));
    return Promise.all(handles.map(async (handle) => (await handle.fetchHistory()).events ?? []));
  };

  it('accounts for every step once, by what was planned of it', async () => {
    assert.ok(plan.steps.length > 10_000 && planned.length > 2_000, `${planned.length} are few`);
    const seen = await everyEntry(plan.own, `${plan.P}/executions/${execution.id}/steps`);
    assert.deepEqual(
      seen.map(({ step_id, status }) => [step_id, status]),
      plan.steps.map(({ id, disposition }) => [id, disposition === 'planned' ? 'applied' : disposition]),
    );
    for (const { step_id, attempts, action } of seen) {
      const statuses = attempts.map(({ status }: Body) => status);
      assert.deepEqual(statuses, action === 'none' ? [] : ['succeeded'], step_id);
    }
    const counted = { failed: 0, planned: 0, applied: planned.length };
    const { by_disposition } = (await plan.own.call('GET', plan.P)).body.summary;
    assert.deepEqual(execution.summary, { ...by_disposition, ...counted });
    assert.equal(execution.status, 'completed_with_follow_up');
  });

  it('makes each object once and links it, and nothing else', async () => {
    const { database, tenant } = plan.own;
    const where = { where: { tenantId: tenant } };
    const made = [
      ...Object.values(await targetOf(plan.own)).flat(),
      ...(await database.runtimeProvider.findMany(where)),
      ...(await database.runtimeRoutingRule.findMany(where)),
    ];
    const ids = made.map(({ id }) => id).sort();
    const applied = await everyEntry(plan.own, `${plan.P}/steps`);
    const resources = applied.flatMap(({ target_resource_id: id }) => (id === null ? [] : [String(id)]));
    assert.equal(new Set(ids).size, planned.length);
    assert.deepEqual(resources.sort(), ids);
    assert.equal(await database.targetLink.count(where), planned.length);
  });

  it('goes on in new runs, none of which takes more mutations than a history should hold', async () => {
    const hops = await histories();
    assert.equal(hops.length, Math.ceil(planned.length / defaultPace.hopSteps));
    const asked = hops.map((events) => {
      const steps = events.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'applyStep' ? [String(scheduled.activityId)] : [],
      );
      assert.ok(steps.length <= defaultPace.hopSteps, `${steps.length} mutations`);
      assert.ok(events.length <= steps.length * mostStepEvents + mostOtherEvents, `${events.length} events`);
      return steps;
    });
    assert.deepEqual(asked.flat().sort(), planned.map(({ id }) => `step-${String(id)}`).sort());
    const last = hops.map((events) => events.at(-1)?.eventType);
    assert.deepEqual(last, [
      ...hops.slice(1).map(() => EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW),
      EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    ]);
  });

  it('leaves the plan applied, with the follow-up that the lifecycle asks for what is done by hand', async () => {
    const { status, active_execution_id: active } = (await plan.own.call('GET', plan.P)).body;
    assert.ok(plan.steps.some(({ disposition }) => disposition === 'manual_follow_up'));
    assert.deepEqual([status, active], ['applied_with_follow_up', null]);
  });
});
