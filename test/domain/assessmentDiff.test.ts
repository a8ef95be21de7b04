import assert from 'node:assert/strict';
import { causeBeside } from '../../domain/assessmentDiff.ts';

describe('a verdict that changed although its item did not', () => {
  const first = { snapshotId: 's1', classifierVersion: 'v1' };

  it('changed because of the rules when these are others, whatever else is', () => {
    assert.equal(causeBeside(first, { snapshotId: 's1', classifierVersion: 'v2' }), 'rules');
    assert.equal(causeBeside(first, { snapshotId: 's2', classifierVersion: 'v2' }), 'rules');
  });

  it('changed because of what is around it when another snapshot was judged by the same rules', () => {
    assert.equal(causeBeside(first, { snapshotId: 's2', classifierVersion: 'v1' }), 'dependency');
  });

  it('changed because of time when the same snapshot was judged by the same rules', () => {
    assert.equal(causeBeside(first, first), 'time');
  });
});
