import assert from 'node:assert/strict';
import type { Assessment } from '../../../domain/assessment.ts';
import { changeCauses, type ChangeCause } from '../../../domain/assessmentDiff.ts';
import {
  countVerdictChanges,
  listVerdictChanges,
  type ComparedAssessments,
  type VerdictChange,
} from '../../../prisma/store/assessmentDiff.ts';
import { createAssessment, findAssessment } from '../../../prisma/store/assessments.ts';
import { findSnapshot } from '../../../prisma/store/snapshots.ts';
import { useDatabase } from '../../support/database.ts';
import { commandOf, makePlace, startCollecting, type Place } from './support.ts';

/**
 * Items of the first snapshot. Of the second every thousandth is gone and a hundred are new; every 250th is another, and
 * every 500th is judged differently, half of which are others.
 */
const size = 100_000;

describe('the difference of two assessments', function () {
  this.timeout(60_000);
  const opened = useDatabase();
  const db = () => opened().database;
  let place: Place;
  let first: Assessment;
  let second: Assessment;
  /** Of the second snapshot: by the same rules once more, where others are blocked; and by other rules. */
  let again: Assessment;
  let otherRules: Assessment;

  before(async function () {
    this.timeout(240_000);
    place = await makePlace(db());
    const [former, latter] = [await fill(1), await fill(2)];
    first = await judge(former, 'v1', 0);
    second = await judge(latter, 'v1', 2);
    again = await judge(latter, 'v1', 3);
    otherRules = await judge(latter, 'v2', 4);
    await db().$executeRaw`ANALYZE "migration_inventory_items"`;
    await db().$executeRaw`ANALYZE "migration_item_assessments"`;
  });

  /** A completed snapshot of many items, made by the database itself. */
  async function fill(time: 1 | 2): Promise<string> {
    const { snapshot } = await startCollecting(place);
    const { id } = snapshot;
    await db().$executeRaw`
      INSERT INTO "migration_inventory_items" ("id", "tenant_id", "snapshot_id", "chain_id", "pass", "item_type",
        "source_type", "external_id", "name", "status", "vendor_kind", "normalized", "fingerprint", "evidence")
      SELECT gen_random_uuid(), ${place.tenant}::uuid, ${id}::uuid, gen_random_uuid(), 1,
             CASE WHEN n % 10 = 0 THEN 'application' WHEN n % 10 < 3 THEN 'group' ELSE 'assignment' END,
             'okta', 'id' || n, 'Item ' || n, NULL, 'KIND', jsonb_build_object('n', n),
             md5(n || '/' || CASE WHEN ${time}::int = 2 AND n % 250 = 1 THEN 2 ELSE 1 END), '[]'
        FROM generate_series(1, ${size + 100}::int) AS n
       WHERE CASE ${time}::int WHEN 1 THEN n <= ${size}::int ELSE n > ${size}::int OR n % 1000 <> 0 END
       ORDER BY n`;
    await db().run.update({ where: { id: snapshot.run.id }, data: { endedAt: new Date() } });
    await db().snapshot.update({ where: { id }, data: { status: 'completed', summary: {} } });
    return id;
  }

  /** A completed assessment that blocks every 500th item from `from` on, and names the others' rules in turns. */
  async function judge(snapshotId: string, version: string, from: number): Promise<Assessment> {
    const snapshot = await findSnapshot(db(), place.tenant, snapshotId);
    assert.ok(snapshot);
    const { id, run } = await createAssessment(db(), place.tenant, snapshot, version, commandOf());
    await db().$executeRaw`
      INSERT INTO "migration_item_assessments" ("tenant_id", "assessment_id", "item_id", "ordinal", "item_type",
        "compatibility_class", "target_contract", "operator_impact", "user_impact", "evidence", "rule_ids", "lifts_to")
      SELECT i."tenant_id", ${id}::uuid, i."id", i."ordinal", i."item_type",
             CASE WHEN j.blocked THEN 'blocked' ELSE 'native_import' END, 'tenant_group', 'low', 'low',
             jsonb_build_object('field', repeat(i."fingerprint", 20)),
             CASE WHEN random() < 0.5 THEN ARRAY['one', 'two'] ELSE ARRAY['two', 'one'] END, NULL
        FROM "migration_inventory_items" i
       CROSS JOIN LATERAL (
         SELECT ${from}::int > 0 AND ((i."normalized"->>'n')::int % 500 = ${from}::int
                OR ${from}::int = 2 AND (i."normalized"->>'n')::int % 500 = 1) AS blocked) AS j
       WHERE i."snapshot_id" = ${snapshotId}::uuid`;
    await db().run.update({ where: { id: run.id }, data: { endedAt: new Date() } });
    await db().assessment.update({ where: { id }, data: { status: 'completed', summary: {} } });
    const completed = await findAssessment(db(), place.tenant, id);
    assert.ok(completed);
    return completed;
  }

  /** Every page of the list, one behind the other. */
  async function walk(
    compared: ComparedAssessments,
    page: Omit<Parameters<typeof listVerdictChanges>[3], 'after'>,
  ): Promise<VerdictChange[][]> {
    const pages: VerdictChange[][] = [];
    for (let after: string | null = null; ;) {
      const rows = await listVerdictChanges(db(), place.tenant, compared, { ...page, after });
      if (rows.length === 0) return pages;
      pages.push(rows);
      const last = rows.at(-1);
      after = last?.itemId ?? last?.againstItemId ?? null;
    }
  }

  const none = { because_item: 0, because_rules: 0, because_dependency: 0, because_time: 0 };

  it('counts each of 100,000 items once, by what became of its verdict and why', async () => {
    const counts = await countVerdictChanges(db(), place.tenant, { assessment: second, against: first });
    assert.deepEqual(counts, {
      ...{ added: 100, removed: 100, changed: 400, unchanged: 99_500 },
      ...{ ...none, because_item: 200, because_dependency: 200 },
    });
  });

  it('tells other rules, and time, from what else changed', async () => {
    const rules = await countVerdictChanges(db(), place.tenant, { assessment: otherRules, against: again });
    assert.deepEqual([rules.changed, rules.because_rules, rules.added, rules.removed], [402, 402, 0, 0]);
    const time = await countVerdictChanges(db(), place.tenant, { assessment: again, against: second });
    assert.deepEqual([time.changed, time.because_time], [603, 603]);
    const same = await countVerdictChanges(db(), place.tenant, { assessment: second, against: second });
    assert.deepEqual([same.changed, same.unchanged], [0, size]);
  });

  it('lists each change once, in one order, with both verdicts, whatever the size of the pages', async () => {
    const compared = { assessment: second, against: first };
    const whole = (await walk(compared, { limit: 1000 })).flat();
    assert.equal(whole.length, 600);
    const key = ({ itemType, externalId }: VerdictChange) => `${itemType} ${externalId}`;
    assert.equal(new Set(whole.map(key)).size, 600);
    const small = await walk(compared, { limit: 151 });
    assert.equal(small.length, Math.ceil(600 / 151));
    assert.deepEqual(small.flat().map(key), whole.map(key));
    for (const { change, before, after, because, externalId } of whole) {
      const n = Number(externalId.slice(2));
      assert.equal(change, n > size ? 'added' : n % 1000 === 0 ? 'removed' : 'changed');
      assert.equal(before?.compatibility_class ?? null, change === 'added' ? null : 'native_import');
      const blocked = [1, 2].includes(n % 500) ? 'blocked' : 'native_import';
      assert.equal(after?.compatibility_class ?? null, change === 'removed' ? null : blocked);
      assert.equal(because, change !== 'changed' ? null : n % 500 === 1 ? 'item' : 'dependency');
    }
  });

  it('is narrowed to one kind of change, one cause and one type of item', async () => {
    const compared = { assessment: second, against: first };
    const whole = (await walk(compared, { limit: 1000 })).flat();
    for (const change of ['added', 'removed', 'changed'] as const) {
      const rows = (await walk(compared, { limit: 60, change, itemType: 'group' })).flat();
      const wanted = whole.filter((each) => each.change === change && each.itemType === 'group');
      assert.deepEqual(rows, wanted, change);
    }
    const byCause = (because: ChangeCause) => walk(compared, { limit: 60, because });
    for (const because of changeCauses) {
      const rows = (await byCause(because)).flat();
      assert.deepEqual(
        rows,
        whole.filter((each) => each.because === because),
        because,
      );
    }
    assert.deepEqual(await walk(compared, { limit: 60, because: 'item', change: 'added' }), []);
  });

  it('gives its first page in a moment, also when hardly anything changed', async () => {
    const asked = [
      { change: 'added' as const, limit: 51 },
      { because: 'rules' as const, limit: 51 },
      { limit: 51 },
    ];
    for (const page of asked) {
      const started = performance.now();
      const compared = { assessment: second, against: first };
      await listVerdictChanges(db(), place.tenant, compared, { after: null, ...page });
      const took = performance.now() - started;
      assert.ok(took < 5_000, `${JSON.stringify(page)} took ${Math.round(took)} ms`);
    }
  });
});
