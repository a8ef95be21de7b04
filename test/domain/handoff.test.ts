import assert from 'node:assert/strict';
import {
  HandoffBlocker,
  handoffBlockerCodes,
  handoffBlockers,
  handoffStatus,
  type HandoffBlockerCode,
  type HandoffInput,
} from '../../domain/handoff.ts';

const ready: HandoffInput = {
  assessmentId: 'a1',
  assessmentStatus: 'completed',
  latestCompletedId: 'a1',
  unacknowledgedImpacts: [],
  pendingDecisions: { count: 0, ids: [] },
  workspaceArchived: false,
  sourceArchived: false,
};

describe('the handoff', () => {
  it('is ready when nothing blocks it', () => {
    assert.deepEqual(handoffBlockers(ready), []);
    assert.equal(handoffStatus([]), 'ready_for_future_preview');
  });

  const blocked: [HandoffBlockerCode, Partial<HandoffInput>][] = [
    ['workspace_archived', { workspaceArchived: true }],
    ['source_archived', { sourceArchived: true }],
    ['assessment_not_completed', { assessmentStatus: 'assessing' }],
    ['assessment_not_completed', { assessmentStatus: 'failed', latestCompletedId: 'a0' }],
    ['assessment_superseded', { latestCompletedId: 'a2' }],
    ['ocm_unacknowledged', { unacknowledgedImpacts: ['i1'] }],
    ['merge_decisions_pending', { pendingDecisions: { count: 1, ids: ['d1'] } }],
  ];
  for (const [code, change] of blocked) {
    it(`is blocked by ${code} alone for ${JSON.stringify(change)}`, () => {
      const blockers = handoffBlockers({ ...ready, ...change });
      assert.deepEqual(
        blockers.map((blocker) => [blocker.code, blocker.count]),
        [[code, 1]],
      );
      assert.equal(handoffStatus(blockers), 'not_ready');
    });
  }

  it('has a blocker for every code', () => {
    assert.deepEqual([...new Set(blocked.map(([code]) => code))].sort(), [...handoffBlockerCodes].sort());
  });

  it('names every blocker at once', () => {
    const all = Object.assign({}, ready, ...blocked.map(([, change]) => change)) as HandoffInput;
    const codes = handoffBlockers({ ...all, assessmentStatus: 'completed', latestCompletedId: 'a2' });
    assert.equal(codes.length, handoffBlockerCodes.length - 1);
  });

  it('counts all and names the first hundred', () => {
    const unacknowledgedImpacts = Array.from({ length: 250 }, (_, n) => `i${n}`);
    const [blocker] = handoffBlockers({ ...ready, unacknowledgedImpacts });
    assert.equal(blocker?.count, 250);
    assert.deepEqual(blocker.ids, unacknowledgedImpacts.slice(0, 100));
    assert.ok(HandoffBlocker.safeParse(blocker).success);
  });

  it('is not ready for a run that failed, though an earlier one completed', () => {
    const input: HandoffInput = { ...ready, assessmentStatus: 'failed', latestCompletedId: 'a0' };
    assert.equal(handoffStatus(handoffBlockers(input)), 'not_ready');
  });
});
