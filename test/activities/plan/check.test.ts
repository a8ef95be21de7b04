import assert from 'node:assert/strict';
import { readCandidates } from '../../../activities/plan/candidates.ts';
import { factsOf, readFacts } from '../../../activities/plan/check.ts';
import { TenantId } from '../../../domain/ids.ts';
import type { ItemFacts } from '../../../domain/planning/check.ts';
import type { Plan } from '../../../domain/plan.ts';
import type { Database } from '../../../prisma/client.ts';
import { findPlan } from '../../../prisma/store/plans.ts';
import { settleExecution } from '../../../prisma/store/settleExecution.ts';
import { listPlannedSteps } from '../../../prisma/store/steps.ts';
import {
  acknowledgeEverything,
  applyOne,
  assess,
  decidedGroup,
  finishPlanning,
  makePlace,
  plan,
  startExecution,
  startPlanning,
  stepsOf,
  type Planned,
} from '../../prisma/store/support.ts';
import { useDatabase } from '../../support/database.ts';
import { collectEntra } from '../../support/entra.ts';
import { startEntra } from '../../support/entraSimulator.ts';
import { walkToPlan } from '../../support/okta.ts';
import { useService } from '../../support/service.ts';

/** By item; what one needs is in no order. */
const inOrder = (facts: ReadonlyMap<string, ItemFacts>) =>
  Array.from(facts, ([itemId, { needs, ...rest }]) => {
    const needed = needs.map((need) => `${need.relation} ${need.itemId ?? ''}`).sort();
    return { itemId, ...rest, needed };
  });

/** Holds what is read of a stored plan against what it would be built of, and gives it, item by item. */
async function factsAsBuilt(database: Database, tenant: TenantId, of: Plan): Promise<ItemFacts[]> {
  const { signal } = new AbortController();
  const steps = await listPlannedSteps(database, tenant, of.id);
  const facts = await readFacts(database, tenant, of, steps, signal);
  const candidates = await readCandidates(database, tenant, of, signal);
  const built = new Map(candidates.map((each) => [each.item.id, factsOf(each)]));
  assert.deepEqual(inOrder(facts), inOrder(built));
  assert.ok(facts.size > 0);
  return [...facts.values()];
}

describe('The facts that a stored plan is checked by', () => {
  const opened = useDatabase();
  const db = () => opened().database;
  const factsAt = (at: Planned) => factsAsBuilt(db(), at.tenant, at.plan);

  it('are those that it was built of: what was applied of it, and what a former one left linked', async () => {
    const at = await startExecution(await plan(await makePlace(db())));
    const [first] = await stepsOf(at);
    assert.equal(await applyOne(at, first?.id ?? ''), 'applied');
    await settleExecution(db(), at.tenant, at.execution.id, { failure: null, at: new Date() });
    const applied = await factsAt(at);
    assert.equal(applied.filter(({ appliedAs }) => appliedAs !== null).length, 1);
    assert.ok(applied.some(({ needs }) => needs.length > 0));

    const anew = await assess(at);
    await acknowledgeEverything(anew);
    const linked = await factsAt(await finishPlanning(await startPlanning(anew)));
    assert.equal(linked.filter(({ link }) => link !== null).length, 1);
  });

  it('are those that it was built of: what people decided', async () => {
    const { at, resourceId } = await decidedGroup(db());
    const decided = await factsAt(at);
    assert.deepEqual(
      decided.flatMap((facts) => facts.decision?.matchedResourceId ?? []),
      [resourceId],
    );
  });
});

describe('The facts that a stored plan of an Entra directory is checked by', () => {
  const service = useService();

  it('are those that it was built of: what Entra knows an application by as well', async () => {
    const entra = await startEntra();
    try {
      const { service: own, road, snapshot } = await collectEntra(service(), entra);
      const walked = await walkToPlan(own, road, String(snapshot.id));
      const tenant = TenantId.parse(own.tenant);
      const built = await findPlan(own.database, tenant, walked.plan);
      assert.ok(built);
      const facts = await factsAsBuilt(own.database, tenant, built);
      assert.ok(facts.some(({ appId }) => appId !== null));
    } finally {
      await entra.close();
    }
  });
});
