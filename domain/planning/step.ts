import type { Binding, Disposition, ReasonCode } from '../plan.ts';
import type { PlannableContract, TargetPayload } from '../target.ts';
import type { Candidate } from './candidate.ts';
import { keysOf } from './keys.ts';
import type { PlannedStep } from './plannedStep.ts';

const nothing = {
  sequence: 0,
  action: 'none' as const,
  targetPayload: null,
  targetKeys: [] as string[],
  binding: null,
  dependsOn: [] as string[],
};

const common = ({ stepId, item, targetContract, decision }: Candidate) => ({
  id: stepId,
  itemId: item.id,
  targetContract,
  decisionVersion: decision?.version ?? null,
});

/** A step that changes nothing, and says why. */
export const leave = (
  candidate: Candidate,
  disposition: Exclude<Disposition, 'planned'>,
  reasonCode: ReasonCode,
  reason: string,
): PlannedStep => ({ ...nothing, ...common(candidate), disposition, reasonCode, reason: reason.trim() });

/** A step that makes a resource; `note` says what people should know of it. */
export const create = (
  candidate: Candidate,
  contract: PlannableContract,
  targetPayload: TargetPayload,
  more: { dependsOn?: string[]; note?: string | null } = {},
): PlannedStep => ({
  ...nothing,
  ...common(candidate),
  action: 'create',
  disposition: 'planned',
  reasonCode: null,
  reason: more.note ?? null,
  dependsOn: more.dependsOn ?? [],
  targetPayload,
  targetKeys: keysOf(contract, targetPayload),
});

/** A step that takes what is there, and writes nothing of it. */
export const bind = (
  candidate: Candidate,
  reasonCode: Extract<ReasonCode, 'merge_decision' | 'already_migrated' | 'already_assigned'>,
  reason: string,
  binding: Binding,
  dependsOn: string[] = [],
): PlannedStep => ({
  ...nothing,
  ...common(candidate),
  action: 'bind',
  disposition: 'planned',
  reasonCode,
  reason,
  binding,
  dependsOn,
});

/** The same step without what it would have done. */
export const withdraw = (step: PlannedStep, reasonCode: ReasonCode, reason: string): PlannedStep => ({
  ...step,
  ...nothing,
  disposition: 'manual_follow_up',
  reasonCode,
  reason,
});
