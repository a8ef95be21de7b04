import assert from 'node:assert/strict';
import type { CompatibilityClass } from '../../../domain/assessment.ts';
import { listUnlocks } from '../../../prisma/store/unlock.ts';
import { newTenant, assess, makePlace, type Assessing } from './support.ts';
import { useDatabase } from '../../support/database.ts';

type Found = [rule: string, outcome: CompatibilityClass | null];

describe('what a remedy would lift', () => {
  const opened = useDatabase();
  const db = () => opened().database;
  let at: Assessing;
  before(async () => {
    at = await assess(await makePlace(db()));
  });

  const words = ([ruleId, outcome]: Found) => ({
    tenantId: at.tenant,
    assessmentId: at.assessment.id,
    ruleId,
    outcome,
    text: '',
    remedy: `Mend ${ruleId}.`,
    document: `https://docs.example/${ruleId}`,
    fields: [],
  });

  /** Gives the assessed items these verdicts, by their order, and the rest ones that nothing lifts. */
  async function judged(...verdicts: [CompatibilityClass, CompatibilityClass | null, ...Found[]][]) {
    const { assessment } = at;
    const items = await db().itemAssessment.findMany({
      where: { assessmentId: assessment.id },
      orderBy: { ordinal: 'asc' },
      include: { item: true },
    });
    assert.ok(items.length >= verdicts.length);
    const rules = verdicts.flatMap(([, , ...found]) => found.map(words));
    await db().assessmentRule.deleteMany({ where: { assessmentId: assessment.id } });
    await db().assessmentRule.createMany({ data: rules, skipDuplicates: true });
    for (const [index, { assessmentId, ordinal }] of items.entries()) {
      const [compatibilityClass = 'native_import', liftsTo = null, ...found] = verdicts[index] ?? [];
      await db().itemAssessment.update({
        where: { assessmentId_ordinal: { assessmentId, ordinal } },
        data: { compatibilityClass, liftsTo, ruleIds: found.map(([rule]) => rule) },
      });
    }
    return items.map(({ item }) => ({ itemId: item.id, name: item.name, itemType: item.itemType }));
  }

  const unlocks = () => listUnlocks(db(), at.tenant, at.assessment.id);
  const zeros = {
    native_import: 0,
    import_with_approximation: 0,
    visibility_only: 0,
    manual_rebuild_required: 0,
    blocked: 0,
  };

  it('is counted where its rule alone decides, and apart where others do too', async () => {
    const items = await judged(
      ['blocked', 'native_import', ['a', 'blocked']],
      ['blocked', 'manual_rebuild_required', ['a', 'blocked'], ['c', 'manual_rebuild_required'], ['n', null]],
      ['blocked', 'native_import', ['a', 'blocked'], ['b', 'blocked']],
      ['manual_rebuild_required', 'native_import', ['c', 'manual_rebuild_required']],
    );
    const [first, second, , fourth] = items;
    assert.deepEqual(await unlocks(), [
      {
        ...{ ruleId: 'a', remedy: 'Mend a.', document: 'https://docs.example/a' },
        ...{ items: 2, togetherWithOthers: 1, examples: [first, second] },
        lifts: { ...zeros, native_import: 1, manual_rebuild_required: 1 },
      },
      {
        ...{ ruleId: 'c', remedy: 'Mend c.', document: 'https://docs.example/c' },
        ...{ items: 1, togetherWithOthers: 0, examples: [fourth] },
        lifts: { ...zeros, native_import: 1 },
      },
      {
        ...{ ruleId: 'b', remedy: 'Mend b.', document: 'https://docs.example/b' },
        ...{ items: 0, togetherWithOthers: 1, examples: [], lifts: zeros },
      },
    ]);
  });

  it('is nothing for items that nothing lifts', async () => {
    await judged(['visibility_only', null, ['v', 'visibility_only']], ['native_import', null]);
    assert.deepEqual(await unlocks(), []);
  });

  it('comes most useful first, then the one that helps others more, then by rule', async () => {
    await judged(
      ['blocked', 'native_import', ['z', 'blocked']],
      ['blocked', 'native_import', ['z', 'blocked']],
      ['blocked', 'native_import', ['b', 'blocked']],
      ['blocked', 'native_import', ['a', 'blocked']],
      ['blocked', 'native_import', ['c', 'blocked']],
      ['blocked', 'native_import', ['c', 'blocked'], ['d', 'blocked']],
    );
    const order = (await unlocks()).map((each) => each.ruleId);
    assert.deepEqual(order, ['z', 'c', 'a', 'b', 'd']);
  });

  it('names five items at most', async () => {
    const all = Array.from({ length: 7 }, () => ['blocked', 'native_import', ['a', 'blocked']] as const);
    const items = await judged(
      ...all.map(([one, two, three]): Parameters<typeof judged>[number] => [one, two, [...three]]),
    );
    const [only] = await unlocks();
    assert.equal(only?.items, 7);
    assert.deepEqual(only.examples, items.slice(0, 5));
  });

  it('is told to the tenant alone', async () => {
    assert.deepEqual(await listUnlocks(db(), newTenant(), at.assessment.id), []);
  });
});
