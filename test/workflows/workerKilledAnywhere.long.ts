import assert from 'node:assert/strict';
import { beginApply, previewedPlan, targetOf, type PreviewedPlan } from '../support/cutover.ts';
import { holdInserts, type Held, type HoldOptions } from '../support/hold.ts';
import { smallOrg } from '../support/okta.ts';
import { useService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/workerProcess.ts';

/** Where the activities of a cutover write: each is held before its effect, or when the effect is to be committed. */
const writes: Readonly<Record<string, HoldOptions>> = {
  'the claim of the run': {
    table: 'migration_runs',
    updates: true,
    when: `NEW.kind = 'apply' AND cardinality(NEW.run_ids) = 1 AND NEW.ended_at IS NULL AND NEW.mirrored_at IS NULL`,
  },
  'the taking of the steps': { table: 'migration_execution_steps', when: `NEW.status = 'planned'` },
  'the announcement of an attempt': { table: 'migration_step_attempts' },
  'the making of a group': { table: 'runtime_groups' },
  'the making of an application': { table: 'runtime_applications' },
  'the making of an assignment': { table: 'runtime_assignments' },
  'the end of the execution': {
    table: 'migration_cutover_executions',
    updates: true,
    when: `NEW.status <> 'started'`,
  },
};
const moments = { insert: 'before', commit: 'after' } as const;

/**
 * One worker stands at this moment of every place of as many cutovers and is killed with -9. What is to be committed by
 * then is committed while it is frozen, so that nobody hears of it.
 */
for (const [at, moment] of Object.entries(moments) as [keyof typeof moments, string][]) {
  describe(`A worker that is killed with -9 ${moment}`, function () {
    this.timeout(280_000);
    const service = useService({ worker: false });
    const cutovers = new Map<string, { plan: PreviewedPlan; id: string; held: Held }>();
    let successor: WorkerProcess | undefined;

    before(async () => {
      const killed = await startWorkerProcess(service());
      const plans: [string, PreviewedPlan][] = [];
      for (const name of Object.keys(writes)) {
        plans.push([name, await previewedPlan(service(), smallOrg(['Instrument Registry'], ['Workshop']))]);
      }
      for (const [name, plan] of plans) {
        const { when = 'true', ...options } = writes[name] ?? { table: '' };
        const ofPlan = `NEW.tenant_id = '${plan.own.tenant}' AND ${when}`;
        const held = await holdInserts(service(), { ...options, at, when: ofPlan });
        cutovers.set(name, { plan, held, id: await beginApply(plan) });
      }
      const holds = [...cutovers.values()].map(({ held }) => held);
      await Promise.all(holds.map((held) => held.waiting(1)));
      const release = () => Promise.all(holds.map((held) => held.release()));
      killed.freeze();
      if (at === 'commit') await release().then(committed);
      await killed.kill();
      if (at === 'insert') await release();
      successor = await startWorkerProcess(service());
    });

    after(() => successor?.stop());

    /** Nothing is being committed any more. */
    const committed = () =>
      until('what was to be committed is', async () => {
        const [row] = await service().database.$queryRaw<{ count: bigint }[]>`
          SELECT count(*) AS count FROM pg_stat_activity
           WHERE datname = current_database() AND state = 'active' AND query ILIKE 'COMMIT%'`;
        return Number(row?.count) === 0;
      });

    for (const name of Object.keys(writes)) {
      it(`${name} has every step done once by the next one`, async () => {
        const cutover = cutovers.get(name);
        assert.ok(cutover);
        const { plan, id } = cutover;
        const execution = await until(
          'the execution has ended',
          async () => {
            const { body } = await plan.own.call('GET', `${plan.P}/executions/${id}`);
            return body.status === 'started' ? null : body;
          },
          200_000,
        );
        const steps = plan.steps.filter((step) => step.disposition === 'planned');
        assert.deepEqual([execution.summary.applied, execution.summary.failed], [steps.length, 0]);
        const made = Object.values(await targetOf(plan.own)).flat();
        assert.equal(made.length, steps.length);
        const links = await plan.own.database.targetLink.count({ where: { tenantId: plan.own.tenant } });
        assert.equal(links, steps.length);
      });
    }
  });
}
