import type { CompatibilityClass, TargetContract } from './assessment.ts';

/**
 * Why an item's verdict is another in a later assessment of its source, the first of these that holds. `item`: the item
 * itself is another. `rules`: it is the same, and was judged by another version of the rules. `dependency`: the rules are
 * the same too, and what else the snapshot holds is another, or a date has passed since. `time`: even the snapshot is
 * the same, so that only the moment differs.
 */
export const changeCauses = ['item', 'rules', 'dependency', 'time'] as const;
export type ChangeCause = (typeof changeCauses)[number];

/** The part of a verdict by which two are compared; the order of the rules does not matter. */
export interface ComparedVerdict {
  compatibility_class: CompatibilityClass;
  rule_ids: string[];
  target_contract: TargetContract;
}

/** What two assessments have in common when one item is the same in both. */
export interface SameInBoth {
  snapshotId: string;
  classifierVersion: string;
}

/** Why the verdict on an item that is itself the same differs between two assessments. */
export function causeBeside(one: SameInBoth, other: SameInBoth): Exclude<ChangeCause, 'item'> {
  if (one.classifierVersion !== other.classifierVersion) return 'rules';
  return one.snapshotId === other.snapshotId ? 'time' : 'dependency';
}
