import type { TargetContract } from './assessment.ts';
import type { ItemType } from './inventory/itemTypes.ts';
import type { Run, RunFailure } from './run.ts';
import type { TargetPayload } from './target.ts';

export const planStatuses = ['draft', 'previewed', 'applied', 'applied_with_follow_up', 'failed'] as const;
export type PlanStatus = (typeof planStatuses)[number];

export const stepStatuses = [
  'planned',
  'manual_follow_up',
  'blocked',
  'skipped',
  'applied',
  'failed',
] as const;
export type StepStatus = (typeof stepStatuses)[number];

export const dispositions = ['planned', 'manual_follow_up', 'blocked', 'skipped'] as const;
export type Disposition = (typeof dispositions)[number];

export const stepActions = ['create', 'bind', 'none'] as const;
export type StepAction = (typeof stepActions)[number];

export const stepOutcomes = ['created', 'bound', 'unchanged'] as const;
export type StepOutcome = (typeof stepOutcomes)[number];

export const secretStates = ['none', 'pending', 'delivered', 'lost'] as const;
export type SecretState = (typeof secretStates)[number];

/** Why a step is not planned, binds, or did not happen; code branches on it, the sentence beside it is for people. */
export const reasonCodes = [
  'visibility_only',
  'blocked',
  'direct_assignment',
  'manual_rebuild_required',
  'contract_not_supported',
  'auth_policy_not_automated',
  'client_type_unknown',
  'target_address_unknown',
  'dependency_not_planned',
  'duplicate_target_key',
  'target_collision',
  'target_collision_undecided',
  'merge_decision',
  'create_new_collides',
  'decision_skip',
  'out_of_scope',
  'already_migrated',
  'already_assigned',
  'linked_resource_changed',
  'dependency_failed',
  'run_stopped',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** Skips that a retry takes up again; the others change only by a rebuild. */
export const retryableSkips: readonly ReasonCode[] = ['dependency_failed', 'run_stopped'];

/** Why a step waits for another: it refers to what that makes, or (`order`) must not be there before it. */
export const stepRelations = ['provider', 'application', 'group', 'order'] as const;
export type StepRelation = (typeof stepRelations)[number];

export const previewStates = [
  'running',
  'ready',
  'refused',
  'failed',
  'minted',
  'consumed',
  'superseded',
  'expired',
  'stale',
] as const;
export type PreviewState = (typeof previewStates)[number];

export const executionStatuses = ['started', 'completed', 'completed_with_follow_up', 'failed'] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

export const executionTriggers = ['apply', 'retry', 'temporal_reset'] as const;
export type ExecutionTrigger = (typeof executionTriggers)[number];

/** What of an assessment a plan is about. A wave's items are those that were noted for it when the plan was built. */
export type PlanScope =
  { kind: 'all' } | { kind: 'items'; item_ids: string[] } | { kind: 'wave'; wave: string };

export interface Plan {
  id: string;
  tenantId: string;
  workspaceId: string;
  sourceId: string;
  snapshotId: string;
  assessmentId: string;
  name: string;
  scope: PlanScope;
  status: PlanStatus;
  revision: number;
  builtAt: Date | null;
  summary: PlanSummary | null;
  activeExecutionId: string | null;
  latestExecutionId: string | null;
  rollback: Rollback | null;
  version: number;
  createdAt: Date;
  buildRun: Run;
}

export interface Rollback {
  summary: string;
  owner: string;
  steps: string[];
}

export interface PlanSummary {
  total: number;
  by_disposition: Record<Disposition, number>;
  by_status: Record<StepStatus, number>;
  by_action: Record<StepAction, number>;
}

/** What a step takes as it is instead of making it. Nothing of it is written. */
export interface Binding {
  resource_id: string;
  /** Of the resource when the plan was built; it binds to nothing else. */
  fingerprint: string;
  /** What the resource lacks of the item, in sentences; people have to add it, so the cutover leaves a follow-up. */
  incomplete: string[];
}

/** A failure of one step that a person can act on. */
export interface StepFailure {
  code:
    | 'collision'
    | 'bound_resource_changed'
    | 'bound_resource_gone'
    | 'dependency_missing'
    | 'quota_exceeded'
    | 'target_denied'
    | 'target_refused'
    | 'internal';
  message: string;
  at: string;
}

export interface Step {
  id: string;
  planId: string;
  itemId: string;
  revision: number;
  sequence: number;
  itemType: ItemType;
  externalId: string;
  name: string;
  vendorKind: string;
  targetContract: TargetContract;
  action: StepAction;
  disposition: Disposition;
  status: StepStatus;
  reasonCode: ReasonCode | null;
  reason: string | null;
  dependsOn: string[];
  targetPayload: TargetPayload | null;
  targetKeys: string[];
  /** Set when the action is `bind`. */
  binding: Binding | null;
  outcome: StepOutcome | null;
  targetResourceId: string | null;
  failure: StepFailure | null;
  secretState: SecretState;
}

export interface Execution {
  id: string;
  planId: string;
  previewId: string;
  revision: number;
  trigger: ExecutionTrigger;
  retryOf: string | null;
  status: ExecutionStatus;
  summary: Record<StepStatus, number> | null;
  /** What had changed since the preview, when that is why it failed. */
  changes: TargetChange[] | null;
  createdAt: Date;
  run: Run;
}

export type ExecutionFailure = RunFailure;

/** One difference between what a plan or preview saw and what is now. */
export interface TargetChange {
  step_id: string | null;
  item_id: string | null;
  code: string;
  message: string;
  was: unknown;
  is: unknown;
}

/** A step as far as statuses follow from it; `incomplete` when it was bound to something that lacks a part of its item. */
type StepState = Pick<Step, 'status' | 'reasonCode'> & { incomplete?: boolean };

/** Whether a retry takes the step up again. */
export const isRetryable = ({ status, reasonCode }: Pick<Step, 'status' | 'reasonCode'>): boolean =>
  status === 'failed' || (status === 'skipped' && reasonCode !== null && retryableSkips.includes(reasonCode));

/**
 * A plan's status after a run that touched a step: a pure function of all its steps. Anything failed or skipped for
 * a reason that a retry takes up → failed; anything else left over, or bound incompletely → applied_with_follow_up;
 * else applied.
 */
export function planStatusAfter(steps: Iterable<StepState>): 'applied' | 'applied_with_follow_up' | 'failed' {
  let followUp = false;
  for (const step of steps) {
    if (isRetryable(step)) return 'failed';
    if (step.status !== 'applied' || step.incomplete) followUp = true;
  }
  return followUp ? 'applied_with_follow_up' : 'applied';
}

/** An execution's status: the same function over the steps it took. */
export function executionStatusAfter(steps: Iterable<StepState>): Exclude<ExecutionStatus, 'started'> {
  const outcome = planStatusAfter(steps);
  if (outcome === 'failed') return 'failed';
  return outcome === 'applied' ? 'completed' : 'completed_with_follow_up';
}

/** A step that still has to run, as the workflow needs to know it. */
export interface OutstandingStep {
  id: string;
  summary: string;
  /** Steps of this list that must be settled first. */
  after: string[];
}
