import assert from 'node:assert/strict';
import { criterionCodes, handoffCriteria, noCompletion } from '../../domain/cutoverEvidence.ts';
import { executionStatuses, stepStatuses, type StepStatus } from '../../domain/plan.ts';

type Input = Parameters<typeof handoffCriteria>[0];

const counts = (given: Partial<Record<StepStatus, number>>) =>
  Object.fromEntries(stepStatuses.map((status) => [status, given[status] ?? 0])) as Record<
    StepStatus,
    number
  >;

const done: Input = {
  execution: { status: 'completed_with_follow_up' },
  rollback: { summary: 'Back to Okta', owner: 'Edda', steps: ['Switch the issuer back'] },
  completion: {
    ...noCompletion,
    communications_complete: true,
    communications_summary: 'Everybody was told',
    artifact_reference: 'CHG-1',
    follow_up_reviewed: true,
    follow_up_summary: 'Two applications are rebuilt by hand',
  },
  steps: counts({ applied: 3, blocked: 2 }),
};

const unmet = (change: Partial<Input>) =>
  handoffCriteria({ ...done, ...change }).filter((criterion) => !criterion.met);

describe('the handoff criteria', () => {
  it('are met when everything is recorded', () => {
    assert.deepEqual(unmet({}), []);
    assert.deepEqual(
      handoffCriteria(done).map((criterion) => criterion.code),
      criterionCodes,
    );
  });

  it('need an execution that has ended', () => {
    for (const execution of [null, { status: 'started' as const }]) {
      assert.deepEqual(
        unmet({ execution }).map((criterion) => criterion.code),
        ['execution_recorded'],
      );
    }
    for (const status of executionStatuses.filter((each) => each !== 'started')) {
      assert.deepEqual(unmet({ execution: { status } }), []);
    }
  });

  it('need a summary, an owner and a step of the rollback', () => {
    const rollback = { summary: 'Back', owner: 'Edda', steps: ['one'] };
    for (const lacking of [
      null,
      { ...rollback, summary: '' },
      { ...rollback, owner: '' },
      { ...rollback, steps: [] },
    ]) {
      assert.deepEqual(
        unmet({ rollback: lacking }).map((criterion) => criterion.code),
        ['rollback_guidance_recorded'],
      );
    }
  });

  it('need communications with a summary and a reference', () => {
    for (const lacking of [
      { communications_complete: false },
      { communications_summary: null },
      { artifact_reference: null },
    ]) {
      assert.deepEqual(
        unmet({ completion: { ...done.completion, ...lacking } }).map((criterion) => criterion.code),
        ['communications_complete'],
      );
    }
  });

  for (const status of stepStatuses.filter((each) => each !== 'applied')) {
    it(`need a review while a step is ${status}, and say how many`, () => {
      const completion = { ...done.completion, follow_up_reviewed: false };
      const [criterion] = unmet({ completion, steps: counts({ applied: 1, [status]: 4 }) });
      assert.equal(criterion?.code, 'follow_up_reviewed');
      assert.match(criterion.detail, /^4 /);
    });
  }

  it('need no review when every step was applied, and never call an empty plan reviewed', () => {
    const completion = { ...done.completion, follow_up_reviewed: false, follow_up_summary: null };
    assert.deepEqual(unmet({ completion, steps: counts({ applied: 5 }) }), []);
    assert.deepEqual(
      unmet({ steps: counts({}) }).map((criterion) => criterion.code),
      ['follow_up_reviewed'],
    );
  });
});
