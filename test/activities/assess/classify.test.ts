import assert from 'node:assert/strict';
import { classify } from '../../../activities/assess/classify.ts';
import { settleAssessment } from '../../../activities/assess/settle.ts';
import type { OktaCollectionName } from '../../../domain/collections/okta.ts';
import { findAssessment } from '../../../prisma/store/assessments.ts';
import { listAssessedItems } from '../../../prisma/store/verdicts.ts';
import { findSnapshot } from '../../../prisma/store/snapshots.ts';
import type { Body } from '../../support/answer.ts';
import { useDatabase } from '../../support/database.ts';
import {
  act,
  assess,
  application,
  collect,
  commit,
  finishAssessing,
  finishCollecting,
  group,
  makePlace,
  openChain,
  orgItems,
  pageOf,
  startAssessing,
  startCollecting,
  type Assessing,
  type Collecting,
  type Place,
} from '../../prisma/store/support.ts';

/** Collects listings, each of one page, and nothing else. */
async function collectOnly(
  place: Place,
  listings: readonly [OktaCollectionName, string, Body[]][],
): Promise<Collecting> {
  const at = await startCollecting(place);
  for (const [collection, key, entries] of listings) {
    const context: Record<string, string> = key === '' ? {} : { application: key };
    await commit(at, await pageOf(await openChain(at, collection, key, context), entries));
  }
  await finishCollecting(at);
  const snapshot = await findSnapshot(at.database, at.tenant, at.snapshot.id);
  assert.ok(snapshot);
  return { ...at, snapshot };
}

const verdictsIn = ({ database, tenant, assessment }: Assessing) =>
  listAssessedItems(database, tenant, assessment.id, { after: null, limit: 1_000 });

/** Every verdict by what the incumbent calls its item, without what differs from run to run. */
async function verdictsOf(at: Assessing): Promise<string> {
  const told = (await verdictsIn(at)).map(({ itemType, externalId, verdict }) => ({
    itemType,
    externalId,
    verdict,
  }));
  return JSON.stringify(told);
}

/** Assesses with a few items in a transaction. */
async function assessInChunksOf(itemsAtOnce: number, collecting: Collecting): Promise<Assessing> {
  const at = await startAssessing(collecting);
  const { database, tenant, assessment, temporalRunId } = at;
  const input = { tenantId: tenant, assessmentId: assessment.id };
  for (const phase of ['first', 'last'] as const) {
    await act(
      at,
      (deps) => classify({ ...deps, pace: { ...deps.pace, itemsAtOnce } }),
      { ...input, phase },
      assessment.run,
      temporalRunId,
    );
  }
  await act(at, settleAssessment, input, assessment.run, temporalRunId);
  const completed = await findAssessment(database, tenant, assessment.id);
  assert.equal(completed?.status, 'completed');
  return { ...at, assessment: completed };
}

describe('An assessment', () => {
  const database = useDatabase();
  const db = () => database().database;

  it('is the same byte for byte, however many items are judged at once', async () => {
    const collected = await collect(await makePlace(db()));
    const whole = await verdictsOf(await finishAssessing(await startAssessing(collected)));
    assert.equal(JSON.parse(whole).length, orgItems);
    for (const itemsAtOnce of [1, 2, 4]) {
      assert.equal(await verdictsOf(await assessInChunksOf(itemsAtOnce, collected)), whole);
    }
  });

  it('of a snapshot with nothing in it completes, with zeros and nothing to acknowledge', async () => {
    const { assessment, database, tenant } = await finishAssessing(
      await startAssessing(await collectOnly(await makePlace(db()), [])),
    );
    assert.equal(assessment.summary?.total, 0);
    assert.deepEqual(Object.values(assessment.summary.by_class), [0, 0, 0, 0, 0]);
    assert.equal(await database.impact.count({ where: { tenantId: tenant } }), 0);
  });

  it('of a snapshot with one kind of items judges those', async () => {
    const at = await finishAssessing(
      await startAssessing(
        await collectOnly(await makePlace(db()), [['groups', '', [group('g1'), group('g2')]]]),
      ),
    );
    assert.equal(at.assessment.summary?.total, 2);
    assert.equal(at.assessment.summary.by_item_type.group?.import_with_approximation, 2);
  });

  it('of a snapshot whose items name what it does not hold lets none of them move as if it did', async () => {
    const at = await finishAssessing(
      await startAssessing(
        await collectOnly(await makePlace(db()), [
          [
            'applications',
            '',
            [
              {
                ...application('a1'),
                _links: { accessPolicy: { href: 'https://acme.okta.com/api/v1/policies/gone' } },
              },
            ],
          ],
          ['application_groups', 'a1', [{ id: 'gone', priority: 0 }]],
          ['application_users', 'a1', []],
        ]),
      ),
    );
    const items = await listAssessedItems(at.database, at.tenant, at.assessment.id, {
      after: null,
      limit: 10,
    });
    const classes = items.map(({ itemType, verdict }) => [itemType, verdict.compatibility_class]);
    assert.deepEqual(classes, [
      ['application', 'import_with_approximation'],
      ['assignment', 'blocked'],
    ]);
    assert.ok(items.every(({ verdict }) => verdict.depends_on.some(({ resolved }) => !resolved)));
  });

  it('reads in the words that its run judged by, whatever the rules say by now', async () => {
    const at = await assess(await makePlace(db()));
    const { rule_id } = (await verdictsIn(at))[0]?.verdict.findings[0] ?? { rule_id: '' };
    const words = { text: 'As it was said.', remedy: 'As it was.' };
    await db().assessmentRule.updateMany({
      where: { assessmentId: at.assessment.id, ruleId: rule_id },
      data: words,
    });
    const findings = (await verdictsIn(at)).flatMap(({ verdict }) => verdict.findings);
    const told = findings.filter((finding) => finding.rule_id === rule_id);
    assert.ok(told.length > 0);
    assert.ok(told.every(({ text, remedy }) => text === words.text && remedy === words.remedy));
  });

  it('is not judged by other rules than it was asked for with', async () => {
    const at = await startAssessing(await collect(await makePlace(db())));
    await db().assessment.update({
      where: { id: at.assessment.id },
      data: { classifierVersion: 'of another version of the service' },
    });
    await assert.rejects(finishAssessing(at), /Assess the snapshot again\./);
    assert.equal(await db().itemAssessment.count({ where: { assessmentId: at.assessment.id } }), 0);
  });

  it('is kept when another is made of the same snapshot, each with its own verdicts', async () => {
    const one = await assess(await makePlace(db()));
    const other = await finishAssessing(await startAssessing(one));
    assert.notEqual(one.assessment.id, other.assessment.id);
    assert.equal(await verdictsOf(other), await verdictsOf(one));
  });
});
