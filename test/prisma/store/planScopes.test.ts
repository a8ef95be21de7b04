import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { PlanScope, Step } from '../../../domain/plan.ts';
import { listItems } from '../../../prisma/store/items.ts';
import { replaceNotes } from '../../../prisma/store/itemNotes.ts';
import { createPlan, listPlans } from '../../../prisma/store/plans.ts';
import { useDatabase } from '../../support/database.ts';
import {
  acknowledgeEverything,
  applyOne,
  assess,
  commandOf,
  finishPlanning,
  makePlace,
  orgItems,
  outcomes,
  refusal,
  startExecution,
  startPlanning,
  stepsOf,
  type Assessing,
} from './support.ts';

describe('a plan with a scope', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  async function ready(): Promise<Assessing & { id: (externalId: string) => string }> {
    const at = await assess(await makePlace(db()));
    await acknowledgeEverything(at);
    const items = await listItems(db(), at.tenant, at.snapshot.id, { after: null, limit: 100 });
    const ids = new Map(items.map((item) => [item.externalId, item.id]));
    return { ...at, id: (externalId) => ids.get(externalId) ?? '' };
  }
  const create = (at: Assessing, scope: PlanScope) =>
    createPlan(
      db(),
      at.tenant,
      { assessment: at.assessment, name: 'Cutover', rollback: null, scope },
      commandOf(),
    );
  const items = (...ids: string[]): PlanScope => ({ kind: 'items', item_ids: [...ids].sort() });
  const toldOf = (steps: readonly Step[]) =>
    steps
      .filter((step) => step.reasonCode !== 'out_of_scope')
      .map((step) => [step.externalId, step.status, step.action].join(' '));

  /** People note a wave for some groups and applications of the source. */
  const note = (at: Assessing, wave: string | null, ...ids: string[]) =>
    replaceNotes(
      db(),
      at.tenant,
      at.workspace.id,
      ids.map((externalId) => ({
        sourceId: at.source.id,
        itemType: externalId.includes('/')
          ? 'assignment'
          : externalId.startsWith('g')
            ? 'group'
            : 'application',
        externalId,
        ownerContact: null,
        wave,
        ticket: null,
        intent: null,
        doneByHand: null,
      })),
      commandOf(),
    );

  it('has a step for every item, and skips those that are not in it', async () => {
    const at = await ready();
    const planned = await finishPlanning(await startPlanning(at, items(at.id('g1'), at.id('a1'))));
    const steps = await stepsOf(planned);
    assert.equal(steps.length, orgItems);
    assert.deepEqual(toldOf(steps), ['g1 planned create', 'a1 planned create']);
    assert.equal(planned.plan.summary?.by_disposition.skipped, orgItems - 2);
  }).timeout(60_000);

  it('is refused when it names an item that the assessment does not have, by that item\u2019s id', async () => {
    const at = await ready();
    const [strange, foreign] = [randomUUID(), (await ready()).id('g1')];
    await assert.rejects(
      create(at, items(at.id('g1'), strange, foreign)),
      (error: { code?: string; errors?: { pointer: string; message: string }[] }) => {
        assert.equal(error.code, 'unknown_reference');
        const told = (error.errors ?? []).map(({ pointer, message }) => `${pointer} ${message}`).sort();
        const expected = [strange, foreign].map((id) => `/scope/item_ids The assessment has no item ${id}.`);
        assert.deepEqual(told, expected.sort());
        return true;
      },
    );
    assert.equal(await refusal(create(at, { kind: 'wave', wave: 'Nobody' })), 'unknown_reference');
  });

  it('is one of its own: another scope is another plan, the same one is built again', async () => {
    const at = await ready();
    const first = await finishPlanning(await startPlanning(at, items(at.id('g1'))));
    const other = await finishPlanning(await startPlanning(at, items(at.id('g2'))));
    const again = await finishPlanning(await startPlanning(at, items(at.id('g1'))));
    assert.notEqual(first.plan.id, other.plan.id);
    assert.deepEqual([again.plan.id, again.plan.revision], [first.plan.id, 2]);
    assert.equal((await listPlans(db(), at.tenant, at.workspace.id, { before: null, limit: 9 })).length, 2);
  });

  it('is begun by one of several who ask for the same one at the same time', async () => {
    const at = await ready();
    await note(at, 'One', 'g1');
    for (const scope of [items(at.id('g1')), { kind: 'wave', wave: 'One' }] as const) {
      const ended = await outcomes(Array.from({ length: 3 }, () => create(at, scope)));
      assert.deepEqual(ended, ['done', 'run_in_progress', 'run_in_progress']);
    }
  });

  it('of a wave has the items that were noted for it when it was built', async () => {
    const at = await ready();
    await note(at, 'One', 'g1', 'a2');
    await note(at, 'Two', 'g2');
    const wave = { kind: 'wave', wave: 'One' } as const;
    const planned = await finishPlanning(await startPlanning(at, wave));
    assert.deepEqual(toldOf(await stepsOf(planned)), ['g1 planned create', 'a2 planned create']);
    await note(at, 'One', 'g2');
    await note(at, null, 'a2');
    assert.deepEqual(toldOf(await stepsOf(planned)), ['g1 planned create', 'a2 planned create']);
    const again = await finishPlanning(await startPlanning(at, wave));
    assert.deepEqual(toldOf(await stepsOf(again)), ['g1 planned create', 'g2 planned create']);
  });

  it('goes on from what a former wave brought to the target', async () => {
    const at = await ready();
    await note(at, 'One', 'g1', 'a1');
    await note(at, 'Two', 'a1/group/g1', 'a2', 'a2/group/g1', 'a1/group/g2');
    const first = await startExecution(
      await finishPlanning(await startPlanning(at, { kind: 'wave', wave: 'One' })),
    );
    for (const step of await stepsOf(first)) {
      if (step.status === 'planned') assert.equal(await applyOne(first, step.id), 'applied');
    }
    const second = await finishPlanning(await startPlanning(at, { kind: 'wave', wave: 'Two' }));
    const steps = await stepsOf(second);
    assert.deepEqual(toldOf(steps), [
      'a2 planned create',
      'a1/group/g1 planned create',
      'a1/group/g2 manual_follow_up none',
      'a2/group/g1 planned create',
    ]);
    const by = (externalId: string) => steps.find((step) => step.externalId === externalId);
    const made = await stepsOf(first);
    const resource = (externalId: string) => ({
      resource_id: made.find((step) => step.externalId === externalId)?.targetResourceId,
    });
    assert.deepEqual(by('a1/group/g1')?.targetPayload, {
      application: resource('a1'),
      group: resource('g1'),
    });
    assert.deepEqual(by('a2/group/g1')?.targetPayload, {
      application: { step_id: by('a2')?.id },
      group: resource('g1'),
    });
    assert.match(by('a1/group/g2')?.reason ?? '', /Group g2.*has not been migrated yet/);
  });
});
