import assert from 'node:assert/strict';
import { historyMirror, workflowIdOf } from '../../domain/run.ts';
import { beginApply, previewedPlan, targetOf, type PreviewedPlan } from '../support/cutover.ts';
import {
  assertJudgedAsIfNothingHadHappened,
  beginHeldAssessment,
  type HeldAssessment,
} from '../support/assessing.ts';
import { closedGate } from '../support/gate.ts';
import { holdInserts } from '../support/hold.ts';
import { assertInventory, collect, freshTenant, type Collected } from '../support/inventory.ts';
import { prepareSource, startOkta, type RunningOkta } from '../support/okta.ts';
import type { Body } from '../support/answer.ts';
import { useService, type Service } from '../support/service.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/workerProcess.ts';

const isGroups = ({ path, query }: { path: string; query: Readonly<Record<string, string>> }) =>
  path === '/api/v1/groups' && query.expand === undefined;

/** A collection that waits for the second page of its groups. */
async function collecting(service: Service, okta: RunningOkta) {
  const gate = closedGate();
  let nth = 0;
  okta.simulator.intercept = async (request) => {
    if (isGroups(request) && (nth += 1) === 2) await gate.pass();
    return undefined;
  };
  const own = await freshTenant(service);
  const road = await prepareSource(own, okta.url);
  const begun = await own.call('POST', `${road.S}/snapshots`, { headers: { prefer: 'respond-async' } });
  const { id } = begun.body as { id: string };
  await gate.reached;
  const pages = () =>
    own.database.evidencePage.findMany({
      where: { snapshotId: id, collection: 'groups' },
      orderBy: { page: 'asc' },
      select: { page: true, pass: true, attempt: true },
    });
  await until('page 1 is stored', async () => (await pages()).length === 1);
  return { own, road, id, pages };
}

/** Collects another org, which nothing holds up. */
async function collectOther(service: Service): Promise<Collected> {
  const other = await startOkta();
  try {
    return await collect(service, other.url);
  } finally {
    await other.close();
  }
}

interface Applying {
  plan: PreviewedPlan;
  id: string;
  groups: string[];
}

/** Begins to apply a plan; its groups are what is held up. */
async function applying(plan: PreviewedPlan): Promise<Applying> {
  const groups = plan.steps.filter(
    (step: Body) => step.disposition === 'planned' && step.target_contract === 'tenant_group',
  );
  return { plan, id: await beginApply(plan), groups: groups.map((step: Body) => String(step.id)) };
}

/**
 * One worker process is killed with -9 while it collects, while it judges, while three cutovers stand before, inside of and just
 * behind their effects, and while it mirrors; another one takes over.
 */
describe('What a worker that is killed with -9 leaves behind', () => {
  const service = useService({ worker: false });
  let okta: RunningOkta;
  let killed: WorkerProcess;
  let successor: WorkerProcess;
  let collection: Awaited<ReturnType<typeof collecting>>;
  let judged: Collected;
  let assessment: HeldAssessment;
  let judgedBefore: number;
  let cutovers: Record<'before' | 'inside' | 'behind', Applying>;
  /** What the target held when the killed worker's connections had ended. */
  let left: Record<'before' | 'inside' | 'behind', number>;

  const groupCount = async ({ plan }: Applying) => (await targetOf(plan.own)).groups.length;

  before(async function () {
    this.timeout(90_000);
    okta = await startOkta();
    // Groups on three pages.
    const [group] = okta.simulator.data.groups;
    const more = Array.from({ length: 450 }, (_, index) => ({ ...group, id: `00gMore${index}` }));
    okta.simulator.data.groups.push(...more);
    killed = await startWorkerProcess(service());
    const plans = await Promise.all([1, 2, 3].map(() => previewedPlan(service())));
    const [one, two, three] = plans as [PreviewedPlan, PreviewedPlan, PreviewedPlan];
    const when = ({ own }: PreviewedPlan) => `NEW.tenant_id = '${own.tenant}'`;
    const holds = [
      await holdInserts(service(), { table: 'migration_step_attempts', when: when(one) }),
      await holdInserts(service(), { table: 'runtime_groups', when: when(two) }),
      await holdInserts(service(), { table: 'runtime_groups', when: when(three), at: 'commit' }),
    ] as const;
    cutovers = { before: await applying(one), inside: await applying(two), behind: await applying(three) };
    judged = await collectOther(service());
    assessment = await beginHeldAssessment(judged);
    judgedBefore = await assessment.stored();
    collection = await collecting(service(), okta);
    const { groups } = cutovers.behind;
    await holds[0].waiting(1);
    await holds[1].waiting(groups.length);
    await holds[2].waiting(groups.length);

    // Frozen, it cannot hear that the third cutover's effects were committed.
    killed.freeze();
    await holds[2].release();
    await until(
      'the effects are committed',
      async () => (await groupCount(cutovers.behind)) === groups.length,
    );
    await killed.kill();
    await Promise.all([holds[0].release(), holds[1].release(), assessment.held.release()]);
    await until('its connections have ended', async () => {
      const rows = await service().database.$queryRaw<{ count: bigint }[]>`
        SELECT count(*) AS count FROM pg_stat_activity
         WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`;
      return Number(rows[0]?.count) === 0;
    });
    const [before, inside, behind] = await Promise.all(Object.values(cutovers).map(groupCount));
    left = { before: before ?? -1, inside: inside ?? -1, behind: behind ?? -1 };
    successor = await startWorkerProcess(service());
  });

  after(async function () {
    this.timeout(60_000);
    await successor.stop();
    await okta.close();
  });

  it('of a collection is read on from its cursor, with no page read twice and none left out', async () => {
    const { own, road, id, pages } = collection;
    await until(
      'the snapshot has ended',
      async () => (await own.database.snapshot.findUniqueOrThrow({ where: { id } })).status !== 'collecting',
      30_000,
    );
    const { body: snapshot } = await own.call('GET', `${road.S}/snapshots/${id}`);
    await assertInventory(own, snapshot, okta.simulator.data);
    assert.deepEqual(await pages(), [
      { page: 1, pass: 1, attempt: 1 },
      { page: 2, pass: 1, attempt: 2 },
      { page: 3, pass: 1, attempt: 2 },
    ]);
    const first = okta.simulator.requests.filter((request) => isGroups(request) && !request.query.after);
    assert.equal(first.length, 1);
  }).timeout(40_000);

  it('of an assessment is judged to its end, with nothing doubled, as if nothing had happened', async () => {
    assert.ok(judgedBefore > 0);
    await assertJudgedAsIfNothingHadHappened(judged, assessment);
  }).timeout(60_000);

  // An attempt announces itself before its effect, and tells how it ended together with it.
  const unreported = [
    [1, 'lost'],
    [2, 'succeeded'],
  ];
  const reported = [
    [1, 'succeeded'],
    [2, 'succeeded'],
  ];
  const expectations = {
    before: { made: 0, attempts: unreported },
    inside: { made: 0, attempts: unreported },
    behind: { made: 2, attempts: reported },
  } as const;

  for (const [where, { made, attempts }] of Object.entries(expectations)) {
    it(`of a step that stood ${where} its effect is done once, by the next attempt`, async () => {
      const { plan, id, groups } = cutovers[where as keyof typeof cutovers];
      assert.equal(left[where as keyof typeof left], made);
      const execution = await until(
        'the execution has ended',
        async () => {
          const { body } = await plan.own.call('GET', `${plan.P}/executions/${id}`);
          return body.status === 'started' ? null : body;
        },
        60_000,
      );
      const steps = plan.steps.filter((step: Body) => step.disposition === 'planned');
      assert.equal(execution.summary.applied, steps.length, JSON.stringify(execution));
      assert.equal(execution.summary.failed, 0);
      const target = await targetOf(plan.own);
      assert.equal(Object.values(target).flat().length, steps.length);
      const rows = await plan.own.database.stepAttempt.findMany({
        where: { executionId: id, stepId: { in: groups } },
        orderBy: [{ stepId: 'asc' }, { number: 'asc' }],
      });
      for (const step of groups) {
        const own = rows.filter(({ stepId }) => stepId === step);
        assert.deepEqual(
          own.map(({ number, status }) => [number, status]),
          attempts,
        );
        assert.equal(own.at(-1)?.worker, successor.identity);
      }
    }).timeout(70_000);
  }

  it('of the mirror moves to the other worker, which mirrors all that was done', async () => {
    const { temporal, database } = service();
    const handle = temporal.workflow.getHandle(historyMirror.workflowId);
    const description = await handle.describe();
    assert.equal(description.status.name, 'RUNNING');
    const [pending] = description.raw.pendingActivities ?? [];
    assert.equal(pending?.lastWorkerIdentity, successor.identity);
    const ended = await database.run.count({ where: { endedAt: { not: null } } });
    assert.ok(ended > 10);
    await until(
      'every run is mirrored',
      async () => (await database.run.count({ where: { mirroredAt: null } })) === 0,
    );
    const { plan, id } = cutovers.inside;
    const { runId } = await database.execution.findUniqueOrThrow({ where: { id } });
    const run = await database.workflowRun.findFirstOrThrow({
      where: { runId },
      include: { activities: true },
    });
    assert.equal(run.workflowId, workflowIdOf('apply', plan.plan));
    assert.equal(run.status, 'completed');
    const steps = run.activities.filter(({ activityType }) => activityType === 'applyStep');
    assert.ok(steps.some(({ attempt }) => attempt === 2));
  }).timeout(40_000);
});
