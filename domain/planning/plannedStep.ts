import type { TargetContract } from '../assessment.ts';
import type { Binding, Disposition, ReasonCode, StepAction } from '../plan.ts';
import type { TargetPayload } from '../target.ts';

/** A step as it is built, before anything runs. */
export interface PlannedStep {
  id: string;
  itemId: string;
  sequence: number;
  targetContract: TargetContract;
  action: StepAction;
  disposition: Disposition;
  reasonCode: ReasonCode | null;
  reason: string | null;
  /** Steps that must be applied first. */
  dependsOn: string[];
  targetPayload: TargetPayload | null;
  /** Natural keys that a create claims at the target. */
  targetKeys: string[];
  binding: Binding | null;
  /** Version of the decision it was planned by. */
  decisionVersion: number | null;
}
