import assert from 'node:assert/strict';
import { countChanges, listChanges, type Compared } from '../../../prisma/store/snapshotDiff.ts';
import { useDatabase } from '../../support/database.ts';
import { makePlace, startCollecting, type Place } from './support.ts';

/** Items of each snapshot: every thousandth is gone from the later one, as many are new, every 250th is another. */
const size = 100_000;

describe('the difference of two snapshots', () => {
  const opened = useDatabase();
  const db = () => opened().database;
  let place: Place;
  let compared: Compared;

  before(async function () {
    this.timeout(120_000);
    place = await makePlace(db());
    const against = await fill(place, 1);
    compared = { snapshot: await fill(place, 2), against };
    await db().$executeRaw`ANALYZE "migration_inventory_items"`;
  });

  /** A completed snapshot of many items, made by the database itself. */
  async function fill(at: Place, time: 1 | 2): Promise<string> {
    const { snapshot } = await startCollecting(at);
    const { id } = snapshot;
    await db().$executeRaw`
      INSERT INTO "migration_inventory_items" ("id", "tenant_id", "snapshot_id", "chain_id", "pass", "item_type",
        "source_type", "external_id", "name", "status", "vendor_kind", "normalized", "fingerprint", "evidence")
      SELECT gen_random_uuid(), ${at.tenant}::uuid, ${id}::uuid, gen_random_uuid(), 1,
             CASE WHEN n % 10 = 0 THEN 'application' WHEN n % 10 < 3 THEN 'group' ELSE 'assignment' END,
             'okta', 'id' || n, 'Item ' || n, NULL, 'KIND', jsonb_build_object('n', n, 'v', v.v),
             md5(n || '/' || v.v), '[]'
        FROM generate_series(1, ${size + 100}::int) AS n
       CROSS JOIN LATERAL (SELECT CASE WHEN ${time}::int = 2 AND n % 250 = 1 THEN 2 ELSE 1 END AS v) AS v
       WHERE CASE ${time}::int WHEN 1 THEN n <= ${size}::int ELSE n > ${size}::int OR n % 1000 <> 0 END
       ORDER BY n`;
    await db().run.update({ where: { id: snapshot.run.id }, data: { endedAt: new Date() } });
    await db().snapshot.update({ where: { id }, data: { status: 'completed', summary: {} } });
    return id;
  }

  /** Every page of the list, one behind the other. */
  async function walk(page: Omit<Parameters<typeof listChanges>[3], 'after'>) {
    const pages = [];
    for (let after: string | null = null; ;) {
      const rows = await listChanges(db(), place.tenant, compared, { ...page, after });
      if (rows.length === 0) return pages;
      pages.push(rows);
      const last = rows.at(-1);
      after = last?.is?.id ?? last?.was?.id ?? null;
    }
  }

  it('counts each of 100,000 items once, by what became of it', async () => {
    const counts = await countChanges(db(), place.tenant, compared);
    const total = { added: 0, removed: 0, changed: 0, unchanged: 0 };
    for (const each of Object.values(counts)) {
      for (const kind of Object.keys(total) as (keyof typeof total)[]) total[kind] += each[kind];
    }
    assert.deepEqual(total, { added: 100, removed: 100, changed: 400, unchanged: 99_500 });
    assert.deepEqual(counts.policy, { added: 0, removed: 0, changed: 0, unchanged: 0 });
    assert.equal(counts.application.removed, 100);
  });

  it('lists each change once, in one order, whatever the size of the pages', async () => {
    const whole = (await walk({ limit: 1000 })).flat();
    assert.equal(whole.length, 600);
    const key = ({ is, was }: (typeof whole)[number]) =>
      `${(is ?? was)?.itemType} ${(is ?? was)?.externalId}`;
    assert.equal(new Set(whole.map(key)).size, 600);
    const small = await walk({ limit: 37 });
    assert.equal(small.length, Math.ceil(600 / 37));
    assert.deepEqual(small.flat().map(key), whole.map(key));
    for (const { change, is, was, changedFields } of whole) {
      assert.equal(change, was === null ? 'added' : is === null ? 'removed' : 'changed');
      const fields = change === 'changed' ? [{ pointer: '/normalized/v', was: 1, is: 2 }] : [];
      assert.deepEqual(changedFields, fields);
    }
  });

  it('is narrowed to one kind of change and to one type of item', async () => {
    const counts = await countChanges(db(), place.tenant, compared);
    for (const change of ['added', 'removed', 'changed'] as const) {
      const rows = (await walk({ limit: 200, change, itemType: 'application' })).flat();
      assert.equal(rows.length, counts.application[change], change);
      for (const row of rows) {
        assert.deepEqual([row.change, (row.is ?? row.was)?.itemType], [change, 'application']);
      }
    }
  });

  it('is empty for a snapshot and itself', async () => {
    const same = { ...compared, against: compared.snapshot };
    assert.deepEqual(await listChanges(db(), place.tenant, same, { after: null, limit: 50 }), []);
  });

  it('is of nothing for another tenant', async () => {
    const { tenant } = await makePlace(db());
    assert.deepEqual(await listChanges(db(), tenant, compared, { after: null, limit: 50 }), []);
  });

  it('is the other way round the other way round', async () => {
    const back = { snapshot: compared.against, against: compared.snapshot };
    const counts = await countChanges(db(), place.tenant, back);
    assert.deepEqual([counts.application.added, counts.application.removed], [100, 10]);
  });
});
