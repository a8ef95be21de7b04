import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  executionStatusAfter,
  planStatusAfter,
  reasonCodes,
  retryableSkips,
  stepStatuses,
  type ReasonCode,
  type StepStatus,
} from '../../domain/plan.ts';

interface State {
  status: StepStatus;
  reasonCode: ReasonCode | null;
  incomplete?: boolean;
}
const incomplete: State = { status: 'applied', reasonCode: 'merge_decision', incomplete: true };
const state = (status: StepStatus, reasonCode: ReasonCode | null = null): State => ({ status, reasonCode });

describe('the status of a plan after a run', () => {
  for (const [steps, plan, execution] of [
    [[state('applied')], 'applied', 'completed'],
    [[state('applied'), state('applied')], 'applied', 'completed'],
    [
      [state('applied'), state('blocked', 'target_collision')],
      'applied_with_follow_up',
      'completed_with_follow_up',
    ],
    [[state('applied'), state('manual_follow_up')], 'applied_with_follow_up', 'completed_with_follow_up'],
    [
      [state('applied'), state('skipped', 'visibility_only')],
      'applied_with_follow_up',
      'completed_with_follow_up',
    ],
    [[state('skipped', 'visibility_only')], 'applied_with_follow_up', 'completed_with_follow_up'],
    [[state('applied'), state('skipped', 'dependency_failed')], 'failed', 'failed'],
    [[state('applied'), state('skipped', 'run_stopped')], 'failed', 'failed'],
    [[state('applied'), state('failed')], 'failed', 'failed'],
    [[state('failed'), state('blocked', 'blocked')], 'failed', 'failed'],
    // A step that no run has reached is left over, too.
    [[state('applied'), state('planned')], 'applied_with_follow_up', 'completed_with_follow_up'],
    [[state('applied'), incomplete], 'applied_with_follow_up', 'completed_with_follow_up'],
    [[incomplete, state('failed')], 'failed', 'failed'],
    [[], 'applied', 'completed'],
  ] as [State[], string, string][]) {
    const told = steps
      .map((each) =>
        [each.status, each.reasonCode, each.incomplete && 'incomplete'].filter(Boolean).join(' '),
      )
      .join(', ');
    it(`is ${plan} for ${told || 'no step'}`, () => {
      assert.equal(planStatusAfter(steps), plan);
      assert.equal(executionStatusAfter(steps), execution);
    });
  }

  const anyState = fc.record({
    status: fc.constantFrom(...stepStatuses),
    reasonCode: fc.option(fc.constantFrom(...reasonCodes)),
  });

  it('does not depend on the order of the steps', () => {
    const shuffled = fc
      .array(anyState, { maxLength: 30 })
      .chain((steps) =>
        fc.tuple(fc.constant(steps), fc.shuffledSubarray(steps, { minLength: steps.length })),
      );
    fc.assert(
      fc.property(shuffled, ([steps, other]) => {
        assert.equal(planStatusAfter(other), planStatusAfter(steps));
        assert.equal(executionStatusAfter(other), executionStatusAfter(steps));
      }),
    );
  });

  it('is failed exactly when something can be retried, and applied exactly when everything was', () => {
    fc.assert(
      fc.property(fc.array(anyState), (steps) => {
        const retryable = steps.some(
          ({ status, reasonCode }) =>
            status === 'failed' ||
            (status === 'skipped' && retryableSkips.some((code) => code === reasonCode)),
        );
        assert.equal(planStatusAfter(steps) === 'failed', retryable);
        assert.equal(
          planStatusAfter(steps) === 'applied',
          steps.every(({ status }) => status === 'applied'),
        );
      }),
    );
  });
});
