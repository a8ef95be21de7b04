import assert from 'node:assert/strict';
import {
  criterionCodes,
  EvidencePatch,
  followUpKey,
  handoffCriteria,
  noCompletion,
  patchEvidence,
  unreviewed,
  type CriteriaInput,
  type FollowUp,
  type FollowUpReview,
  type Recorded,
} from '../../domain/cutoverEvidence.ts';
import { executionStatuses, stepStatuses } from '../../domain/plan.ts';

const leftOver = (stepId: string, more: Partial<FollowUp> = {}): FollowUp => ({
  stepId,
  name: `Item ${stepId}`,
  status: 'blocked',
  reasonCode: 'blocked',
  reason: 'It cannot move.',
  incomplete: [],
  ...more,
});
const reviewOf = (...outstanding: FollowUp[]): FollowUpReview => ({
  by: 'edda',
  at: '2026-11-23T12:00:00.000Z',
  steps: outstanding.map(followUpKey),
});
const blocked = leftOver('1');

const recorded: Recorded = {
  rollback: { summary: 'Back to Okta', owner: 'Edda', steps: ['Switch the issuer back'] },
  completion: {
    ...noCompletion,
    communications_complete: true,
    communications_summary: 'Everybody was told',
    artifact_reference: 'CHG-1',
    follow_up_summary: 'One application is rebuilt by hand',
  },
};

const done: CriteriaInput = {
  execution: { status: 'completed_with_follow_up' },
  steps: 4,
  recorded,
  outstanding: [blocked],
  review: reviewOf(blocked),
};

const unmet = (change: Partial<CriteriaInput>) =>
  handoffCriteria({ ...done, ...change }).filter((criterion) => !criterion.met);
const unmetCodes = (change: Partial<CriteriaInput>) => unmet(change).map((criterion) => criterion.code);

describe('the handoff criteria', () => {
  it('are met when everything is recorded', () => {
    assert.deepEqual(unmet({}), []);
    assert.deepEqual(
      handoffCriteria(done).map((criterion) => criterion.code),
      criterionCodes,
    );
  });

  it('need an execution that has ended', () => {
    for (const execution of [null, { status: 'started' as const }])
      assert.deepEqual(unmetCodes({ execution }), ['execution_recorded']);
    for (const status of executionStatuses.filter((each) => each !== 'started'))
      assert.deepEqual(unmet({ execution: { status } }), []);
  });

  it('need a summary, an owner and a step of the rollback, and say which is missing', () => {
    const rollback = { summary: 'Back', owner: 'Edda', steps: ['one'] };
    for (const [lacking, words] of [
      [null, 'a summary, an owner and at least one step'],
      [{ ...rollback, summary: '' }, 'a summary of'],
      [{ ...rollback, owner: '' }, 'an owner of'],
      [{ ...rollback, steps: [] }, 'at least one step of'],
    ] as const) {
      const [criterion, ...none] = unmet({
        recorded: { ...recorded, rollback: lacking && { ...lacking, steps: [...lacking.steps] } },
      });
      assert.deepEqual([criterion?.code, none], ['rollback_guidance_recorded', []]);
      assert.ok(criterion?.detail.includes(words), criterion?.detail);
    }
  });

  it('need communications with a summary and a reference', () => {
    for (const lacking of [
      { communications_complete: false },
      { communications_summary: null },
      { artifact_reference: null },
    ]) {
      const completion = { ...recorded.completion, ...lacking };
      assert.deepEqual(unmetCodes({ recorded: { ...recorded, completion } }), ['communications_complete']);
    }
  });

  for (const status of stepStatuses.filter((each) => each !== 'applied')) {
    it(`need a review while a step is ${status}, and say how many there are`, () => {
      const outstanding = ['1', '2', '3', '4'].map((id) => leftOver(id, { status }));
      const [criterion] = unmet({ outstanding, review: null, steps: 5 });
      assert.equal(criterion?.code, 'follow_up_reviewed');
      assert.ok(criterion.detail.startsWith(`4 of 5 steps are left over (4 ${status})`), criterion.detail);
    });
  }

  it('need a review of what was bound and lacks something, and a summary of it', () => {
    const incomplete = leftOver('1', {
      status: 'applied',
      reasonCode: null,
      incomplete: ['It lacks a redirect URI.'],
    });
    const [criterion] = unmet({ outstanding: [incomplete], review: null });
    assert.match(criterion?.detail ?? '', /1 of 4 steps is left over \(1 bound incompletely\)/);
    const completion = { ...recorded.completion, follow_up_summary: null };
    const summarized = { outstanding: [incomplete], review: reviewOf(incomplete) };
    assert.deepEqual(unmet(summarized), []);
    assert.deepEqual(unmetCodes({ ...summarized, recorded: { ...recorded, completion } }), [
      'follow_up_reviewed',
    ]);
  });

  it('need another review when something is left over that was not, or otherwise than it was, and name it', () => {
    const another = leftOver('2');
    const otherwise = leftOver('1', { status: 'failed', reasonCode: null });
    for (const [outstanding, fresh] of [
      [[blocked, another], another],
      [[otherwise], otherwise],
    ] as const) {
      const [criterion] = unmet({ outstanding });
      assert.equal(criterion?.code, 'follow_up_reviewed');
      assert.match(criterion.detail, /1 of them is new since the review/);
      assert.ok(criterion.detail.includes(fresh.name));
      assert.deepEqual(unreviewed(outstanding, done.review), [fresh]);
    }
  });

  it('go by the review when less is left over than was reviewed', () => {
    assert.deepEqual(unmet({ review: reviewOf(blocked, leftOver('2')) }), []);
  });

  it('need no review when every step was applied, and never call an empty plan reviewed', () => {
    assert.deepEqual(unmet({ outstanding: [], review: null }), []);
    assert.deepEqual(unmetCodes({ outstanding: [], review: null, steps: 0 }), ['follow_up_reviewed']);
  });
});

describe('a change of the evidence', () => {
  const patched = (patch: unknown) => patchEvidence(recorded, EvidencePatch.parse(patch));

  it('leaves alone what it does not name', () => {
    assert.deepEqual(patched({}), recorded);
    const { rollback, completion } = patched({
      rollback: { owner: 'Finn' },
      completion: { artifact_reference: 'CHG-2' },
    });
    assert.deepEqual(rollback, { ...recorded.rollback, owner: 'Finn' });
    assert.deepEqual(completion, { ...recorded.completion, artifact_reference: 'CHG-2' });
  });

  it('replaces steps whole and clears what is null', () => {
    assert.deepEqual(patched({ rollback: { steps: ['a', 'b'], summary: null } }).rollback, {
      summary: '',
      owner: 'Edda',
      steps: ['a', 'b'],
    });
    assert.equal(patched({ rollback: null }).rollback, null);
    assert.equal(patched({ rollback: { summary: null, owner: null, steps: null } }).rollback, null);
    assert.deepEqual(patched({ completion: null }).completion, noCompletion);
    const cleared = patched({ completion: { communications_complete: null, communications_summary: null } });
    assert.deepEqual(cleared.completion, {
      ...recorded.completion,
      communications_complete: false,
      communications_summary: null,
    });
  });

  it('takes what is not text, empty or unknown for a mistake', () => {
    for (const wrong of [
      { rollback: { steps: [''] } },
      { rollback: { owner: '' } },
      { completion: { follow_up_summary: ' ' } },
      { completion: { communications_complete: 'yes' } },
      { rollback: { first: 'x' } },
      { generated_rollback: null },
    ])
      assert.equal(EvidencePatch.safeParse(wrong).success, false, JSON.stringify(wrong));
  });
});
