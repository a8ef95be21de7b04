import assert from 'node:assert/strict';
import { judgedLast } from '../../domain/rules/surroundings.ts';
import { holdInserts, type Held } from './hold.ts';
import type { Collected } from './inventory.ts';
import type { Service } from './service.ts';
import { until } from './until.ts';

/** An assessment that stands still where the first verdict that depends on others is written. */
export interface HeldAssessment {
  own: Service;
  /** Its path, below the tenant. */
  A: string;
  id: string;
  held: Held;
  /** Verdicts that are stored. */
  stored(): Promise<number>;
}

/** Begins to assess a collected snapshot, and waits until what stands for itself is judged and stored. */
export async function beginHeldAssessment({
  service: own,
  road,
  snapshot,
}: Collected): Promise<HeldAssessment> {
  const last = judgedLast.map((type) => `'${type}'`).join(', ');
  const held = await holdInserts(own, {
    table: 'migration_item_assessments',
    when: `NEW.tenant_id = '${own.tenant}' AND NEW.item_type IN (${last})`,
  });
  const path = `${road.W}/snapshots/${snapshot.id}/assessments`;
  const begun = await own.call('POST', path, { headers: { prefer: 'respond-async' } });
  const { id } = begun.body as { id: string };
  await held.waiting(1);
  const stored = () => own.database.itemAssessment.count({ where: { assessmentId: id } });
  return { own, A: `${road.W}/assessments/${id}`, id, held, stored };
}

/**
 * Waits until the assessment has completed and asserts that it holds, verdict by verdict, what one holds that nothing
 * interrupted.
 */
export async function assertJudgedAsIfNothingHadHappened(
  { service: own, road, snapshot }: Collected,
  { A, id }: HeldAssessment,
): Promise<void> {
  await until(
    'the assessment has ended',
    async () => (await own.database.assessment.findUniqueOrThrow({ where: { id } })).status !== 'assessing',
    40_000,
  );
  const interrupted = await own.call('GET', A);
  assert.equal(interrupted.body.status, 'completed', JSON.stringify(interrupted.body.failure));
  assert.equal(interrupted.body.summary.total, snapshot.item_count);
  const again = await own.call('POST', `${road.W}/snapshots/${snapshot.id}/assessments`);
  assert.deepEqual(again.body.summary, interrupted.body.summary);
  assert.deepEqual(await verdictsOf(own, `${road.W}/assessments/${again.body.id}`), await verdictsOf(own, A));
}

async function verdictsOf(own: Service, A: string): Promise<unknown[]> {
  const verdicts: unknown[] = [];
  for (let cursor = ''; ;) {
    const { body } = await own.call('GET', `${A}/items?limit=200${cursor}`);
    verdicts.push(...body.data);
    if (body.next_cursor === null) return verdicts;
    cursor = `&cursor=${encodeURIComponent(String(body.next_cursor))}`;
  }
}
