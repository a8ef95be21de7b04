import { judgedLast } from '../../../domain/rules/surroundings.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { classifierVersion } from '../../../platform/classifier.ts';
import {
  completeAssessment,
  createAssessment,
  failAssessment,
  findAssessment,
  latestCompletedAssessment,
} from '../../../prisma/store/assessments.ts';
import {
  findAssessedItem,
  lastJudged,
  listAssessedItems,
  saveJudgements,
  type JudgedItem,
} from '../../../prisma/store/verdicts.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import { listImpacts } from '../../../prisma/store/impacts.ts';
import { listItems } from '../../../prisma/store/items.ts';
import { archiveSource } from '../../../prisma/store/sources.ts';
import { useDatabase } from '../../support/database.ts';
import {
  assess,
  claim,
  collect,
  commandOf,
  failureNow,
  finishAssessing,
  makePlace,
  orgItems,
  outcomes,
  refusal,
  startAssessing,
  startCollecting,
  type Assessing,
} from './support.ts';

const page = { after: null, limit: 100 };

describe('assessments', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  const judged = async (at: Assessing, said: string): Promise<JudgedItem[]> => {
    const items = await listItems(db(), at.tenant, at.snapshot.id, page);
    return items.map(({ id, ordinal, itemType }) => ({
      itemId: id,
      ordinal,
      itemType,
      judgement: {
        compatibility_class: 'blocked',
        target_contract: 'none',
        operator_impact: 'none',
        user_impact: 'none',
        rule_ids: [],
        evidence: { said },
        lifts_to: null,
      },
    }));
  };
  const save = (at: Assessing, items: readonly JudgedItem[]) =>
    saveJudgements(db(), at.tenant, at.assessment.id, at.temporalRunId, items);

  it('of one snapshot run one at a time, however many are asked for at the same time', async () => {
    const { tenant, snapshot } = await collect(await makePlace(db()));
    const asked = Array.from({ length: 5 }, () =>
      createAssessment(db(), tenant, snapshot, classifierVersion, commandOf()),
    );
    assert.deepEqual(await outcomes(asked), [
      ...Array.from({ length: 4 }, () => 'assessment_in_progress'),
      'done',
    ]);
    const again = createAssessment(db(), tenant, snapshot, classifierVersion, commandOf());
    assert.equal(await refusal(again), 'assessment_in_progress');
  });

  it('are made of a completed snapshot alone, of a source that is not archived', async () => {
    const at = await startCollecting(await makePlace(db()));
    const early = createAssessment(db(), at.tenant, at.snapshot, classifierVersion, commandOf());
    assert.equal(await refusal(early), 'snapshot_not_completed');
    const done = await collect(await makePlace(db()));
    await archiveSource(db(), done.tenant, done.workspace.id, done.source.id, commandOf());
    const late = createAssessment(db(), done.tenant, done.snapshot, classifierVersion, commandOf());
    assert.equal(await refusal(late), 'source_archived');
  });

  it('judge every item once and say so in their counts', async () => {
    const { assessment, tenant } = await assess(await makePlace(db()));
    assert.equal(assessment.summary?.total, orgItems);
    const listed = await listAssessedItems(db(), tenant, assessment.id, page);
    assert.equal(listed.length, orgItems);
    const counted = Object.values(assessment.summary.by_class).reduce((sum, n) => sum + n, 0);
    assert.equal(counted, orgItems);
    for (const [each, count] of Object.entries(assessment.summary.by_class)) {
      assert.equal(listed.filter((item) => item.verdict.compatibility_class === each).length, count, each);
    }
    assert.ok(assessment.summary.by_class.native_import > 0 && assessment.summary.by_class.blocked > 0);
  });

  it('keep the first verdict on an item when an attempt is repeated', async () => {
    const at = await startAssessing(await collect(await makePlace(db())));
    const first = await judged(at, 'First.');
    await save(at, first.slice(0, 4));
    await Promise.all([save(at, await judged(at, 'Second.')), save(at, await judged(at, 'Second.'))]);
    const rows = await db().itemAssessment.findMany({
      where: { assessmentId: at.assessment.id },
      orderBy: { ordinal: 'asc' },
    });
    assert.deepEqual(
      rows.map((row) => row.evidence),
      [
        ...Array.from({ length: 4 }, () => ({ said: 'First.' })),
        ...Array.from({ length: orgItems - 4 }, () => ({ said: 'Second.' })),
      ],
    );
    assert.equal(
      await lastJudged(db(), at.tenant, at.assessment.id, 'last'),
      first.filter((each) => judgedLast.includes(each.itemType)).at(-1)?.ordinal,
    );
  });

  it('take no verdict from a run that lost its claim or after their end', async () => {
    const at = await startAssessing(await collect(await makePlace(db())));
    const items = await judged(at, 'Late.');
    await claim(at, at.assessment.run, { continuedFrom: at.temporalRunId });
    assert.equal(await refusal(save(at, items)), 'execution_superseded');
    await failAssessment(db(), at.tenant, at.assessment.id, failureNow());
    assert.equal(await refusal(save(at, items)), 'execution_superseded');
    assert.equal(await db().itemAssessment.count({ where: { assessmentId: at.assessment.id } }), 0);
  });

  it('do not complete while an item is not judged', async () => {
    const at = await startAssessing(await collect(await makePlace(db())));
    await save(at, (await judged(at, 'Most.')).slice(1));
    const early = completeAssessment(db(), at.tenant, at.assessment.id, at.temporalRunId, new Date());
    await assert.rejects(early, /8 of 9 items were judged/);
    assert.equal((await findAssessment(db(), at.tenant, at.assessment.id))?.status, 'assessing');
    assert.deepEqual(await listImpacts(db(), at.tenant, at.assessment.id), []);
  });

  it('show nothing before they are completed, and nothing when they failed', async () => {
    const at = await startAssessing(await collect(await makePlace(db())));
    const items = await judged(at, 'Hidden.');
    await save(at, items);
    const visible = async () => [
      ...(await listAssessedItems(db(), at.tenant, at.assessment.id, page)),
      await findAssessedItem(db(), at.tenant, at.assessment.id, items[0]?.itemId ?? ''),
    ];
    assert.deepEqual(await visible(), [null]);
    assert.equal(await failAssessment(db(), at.tenant, at.assessment.id, failureNow()), true);
    assert.deepEqual(await visible(), [null]);
    assert.equal(await db().itemAssessment.count({ where: { assessmentId: at.assessment.id } }), 0);
    assert.equal(await failAssessment(db(), at.tenant, at.assessment.id, failureNow()), false);
    const records = await listAudit(db(), at.tenant, { before: null, limit: 20 });
    assert.equal(records.filter((record) => record.action === 'migration.assessment.failed').length, 1);
  });

  it('stay when another run of the same snapshot fails or is under way', async () => {
    const at = await assess(await makePlace(db()));
    const latest = async () => (await latestCompletedAssessment(db(), at.tenant, at.source.id))?.id;
    const second = await startAssessing(at);
    assert.equal(await latest(), at.assessment.id);
    await failAssessment(db(), at.tenant, second.assessment.id, failureNow());
    assert.equal(await latest(), at.assessment.id);
    const third = await finishAssessing(await startAssessing(at));
    assert.equal(await latest(), third.assessment.id);
    assert.equal((await listAssessedItems(db(), at.tenant, at.assessment.id, page)).length, orgItems);
  });

  it('are found by class, type, rule and words of their items', async () => {
    const { tenant, assessment } = await assess(await makePlace(db()));
    const found = async (filter: object) => {
      const items = await listAssessedItems(db(), tenant, assessment.id, { ...page, ...filter });
      return items.map((item) => item.externalId);
    };
    assert.deepEqual(await found({ compatibilityClass: 'blocked' }), ['a1/user/u1']);
    assert.deepEqual(await found({ itemType: 'group' }), ['g1', 'g2']);
    assert.deepEqual(await found({ ruleId: 'okta.application.oidc.secret_reissued' }), ['a1']);
    assert.deepEqual(await found({ search: 'PASSWORDS' }), ['p1']);
    assert.deepEqual(await found({ search: '%' }), []);
    assert.deepEqual(await found({ search: '_' }), []);
    assert.deepEqual(await found({ itemType: 'group', search: 'a1' }), []);
  });

  it('are not claimed for by a workflow of another snapshot', async () => {
    const at = await startAssessing(await collect(await makePlace(db())));
    const foreign = { ...at.assessment.run, workflowId: `assessment/${randomUUID()}` };
    assert.equal(await refusal(claim(at, foreign)), 'not_authorised');
  });
});
