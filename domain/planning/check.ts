import type { CompatibilityClass } from '../assessment.ts';
import {
  isPlannable,
  payloadSchemas,
  targetKeys,
  type TargetPayload,
  type TargetReference,
} from '../target.ts';
import type { PlannedStep } from './build.ts';

/** A plan's invariant that does not hold: a bug of ours, found before anything is written. */
export interface PlanFault {
  stepId: string | null;
  message: string;
}

/**
 * Checks a plan against the assessment, independently of how it was built. It asserts what must hold whatever the
 * builder does; a fault means that the plan is refused.
 */
export function checkPlan(
  steps: readonly PlannedStep[],
  classOf: ReadonlyMap<string, CompatibilityClass>,
): PlanFault[] {
  const faults: PlanFault[] = [];
  const fault = (stepId: string | null, message: string) => faults.push({ stepId, message });
  if (steps.length !== classOf.size) fault(null, `${classOf.size} items have ${steps.length} steps.`);
  const byId = new Map(steps.map((step) => [step.id, step]));
  const items = new Set(steps.map((step) => step.itemId));
  if (byId.size !== steps.length || items.size !== steps.length)
    fault(null, 'A step or an item is in it twice.');
  const keys = new Map<string, string>();
  for (const step of steps) {
    const compatibility = classOf.get(step.itemId);
    if (compatibility === undefined) fault(step.id, 'Its item is not part of the assessment.');
    if (step.disposition !== 'planned') {
      if (step.action !== 'none' || step.targetPayload) fault(step.id, 'It is not planned and would write.');
      continue;
    }
    if (compatibility !== 'native_import' && compatibility !== 'import_with_approximation') {
      fault(step.id, `It is planned, and its item is ${compatibility ?? 'unknown'}.`);
    }
    if (step.action !== 'create') fault(step.id, `It is planned, and its action is ${step.action}.`);
    checkDependencies(step, byId, fault);
    for (const key of checkPayload(step, fault)) {
      const other = keys.get(key);
      if (other !== undefined) fault(step.id, `It claims the same key at the target as step ${other}.`);
      keys.set(key, step.id);
    }
  }
  return faults;
}

type Fault = (stepId: string, message: string) => void;

/** Returns the keys that the payload claims at the target, whatever the step says of them. */
function checkPayload(step: PlannedStep, fault: Fault): string[] {
  const { targetContract: contract } = step;
  if (!isPlannable(contract)) {
    fault(step.id, `No plan can create ${contract}.`);
    return [];
  }
  const parsed = payloadSchemas[contract].safeParse(step.targetPayload);
  if (!parsed.success) {
    fault(step.id, `Its payload is not one of ${contract}.`);
    return [];
  }
  const keysOf = targetKeys[contract] as (payload: TargetPayload) => string[];
  const keys = keysOf(parsed.data);
  if (keys.join('\n') !== step.targetKeys.join('\n'))
    fault(step.id, 'Its keys are not those of its payload.');
  return keys;
}

function checkDependencies(step: PlannedStep, byId: ReadonlyMap<string, PlannedStep>, fault: Fault): void {
  for (const id of step.dependsOn) {
    const needed = byId.get(id);
    if (needed?.disposition !== 'planned') fault(step.id, `It needs step ${id}, which is not planned.`);
    else if (needed.sequence >= step.sequence) fault(step.id, `It comes before step ${id}, which it needs.`);
  }
  for (const reference of referencesOf(step)) {
    if ('step_id' in reference && !step.dependsOn.includes(reference.step_id)) {
      fault(step.id, `It refers to step ${reference.step_id} without depending on it.`);
    }
  }
}

function referencesOf({ targetPayload }: PlannedStep): TargetReference[] {
  if (!targetPayload) return [];
  if ('provider' in targetPayload) return [targetPayload.provider];
  return 'application' in targetPayload ? [targetPayload.application, targetPayload.group] : [];
}
