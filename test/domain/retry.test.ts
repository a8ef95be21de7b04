import assert from 'node:assert/strict';
import { chooseRetry, type RetryStep } from '../../domain/retry.ts';

const step = (
  id: string,
  status: RetryStep['status'],
  reasonCode: RetryStep['reasonCode'] = null,
  dependsOn: string[] = [],
): RetryStep => ({ id, status, reasonCode, dependsOn });

describe('what a retry takes up', () => {
  const steps = [
    step('group', 'failed'),
    step('app', 'applied'),
    step('other', 'failed'),
    step('stopped', 'skipped', 'run_stopped'),
    step('assignment', 'skipped', 'dependency_failed', ['app', 'group']),
    step('beyond', 'skipped', 'dependency_failed', ['assignment']),
    step('decided', 'skipped', 'decision_skip'),
    step('blocked', 'blocked', 'blocked'),
    step('by hand', 'manual_follow_up', 'manual_rebuild_required', ['group']),
  ];

  it('is all that failed and all that a run skipped, when nothing is named', () => {
    assert.deepEqual(chooseRetry(steps, null), {
      run: ['group', 'other', 'stopped', 'assignment', 'beyond'],
      done: ['app'],
      refused: [],
    });
  });

  it('is what is named and what waited for it, and nobody else', () => {
    assert.deepEqual(chooseRetry(steps, ['group']).run, ['group', 'assignment', 'beyond']);
    assert.deepEqual(chooseRetry(steps, ['stopped']).run, ['stopped']);
  });

  it('tells of the rest what is done and what only another plan can change', () => {
    assert.deepEqual(chooseRetry(steps, ['app', 'decided', 'blocked', 'by hand', 'other']), {
      run: ['other'],
      done: ['app'],
      refused: ['decided', 'blocked', 'by hand'],
    });
  });
});
