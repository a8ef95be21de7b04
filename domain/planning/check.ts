import type { CompatibilityClass, TargetContract } from '../assessment.ts';
import type { Resolution } from '../merge/decision.ts';
import {
  isPlannable,
  payloadSchemas,
  targetKeys,
  type TargetPayload,
  type TargetReference,
} from '../target.ts';
import type { PlannedStep } from './plannedStep.ts';

/** What the check reads of a step, whether it was just built or is stored. */
type CheckedStep = Omit<PlannedStep, 'decisionVersion'>;

/** A plan's invariant that does not hold: a bug of ours, found before anything is written. */
export interface PlanFault {
  stepId: string | null;
  message: string;
}

/** What the assessment, the decisions and former cutovers say of an item: all that the check goes by. */
export interface ItemFacts {
  compatibilityClass: CompatibilityClass;
  targetContract: TargetContract;
  needs: readonly { relation: string; itemId: string | null }[];
  /** What Entra knows an application by, which its registration and its service principal have in common. */
  appId: string | null;
  decision: { resolution: Resolution | null; matchedResourceId: string | null; allowShared: boolean } | null;
  link: { resourceId: string; fingerprint: string } | null;
  /** The resource that the item's step of this plan came to, once it is applied. */
  appliedAs: string | null;
  inScope: boolean;
}

/**
 * Checks a plan against the assessment, independently of how it was built: it shares no code with the builder, and
 * asserts what must hold whatever that does. A fault means that the plan is refused.
 */
export function checkPlan(steps: readonly CheckedStep[], items: ReadonlyMap<string, ItemFacts>): PlanFault[] {
  const faults: PlanFault[] = [];
  const fault: Fault = (stepId, message) => faults.push({ stepId, message });
  if (steps.length !== items.size) fault(null, `${items.size} items have ${steps.length} steps.`);
  const plan: CheckedPlan = {
    items,
    byId: new Map(steps.map((step) => [step.id, step])),
    byItem: new Map(steps.map((step) => [step.itemId, step])),
  };
  if (plan.byId.size !== steps.length || plan.byItem.size !== steps.length)
    fault(null, 'A step or an item is in it twice.');
  for (const step of steps) {
    const facts = items.get(step.itemId);
    if (!facts) fault(step.id, 'Its item is not part of the assessment.');
    else if (facts.appliedAs === null) checkStep(step, facts, plan, fault);
  }
  const open = steps.filter((step) => items.get(step.itemId)?.appliedAs === null);
  checkClaims(open, fault);
  checkBound(open, items, fault);
  return faults;
}

type Fault = (stepId: string | null, message: string) => void;

interface CheckedPlan {
  items: ReadonlyMap<string, ItemFacts>;
  byId: ReadonlyMap<string, CheckedStep>;
  byItem: ReadonlyMap<string, CheckedStep>;
}

function checkStep(step: CheckedStep, facts: ItemFacts, plan: CheckedPlan, fault: Fault): void {
  if (step.targetContract !== facts.targetContract) fault(step.id, 'Its contract is not that of its item.');
  if (step.disposition !== 'planned') {
    if (step.action !== 'none' || step.targetPayload || step.binding)
      fault(step.id, 'It is not planned and would write.');
    return;
  }
  const { compatibilityClass } = facts;
  if (compatibilityClass !== 'native_import' && compatibilityClass !== 'import_with_approximation')
    fault(step.id, `It is planned, and its item is ${compatibilityClass}.`);
  if (!facts.inScope) fault(step.id, 'It is planned, and its item is out of scope.');
  checkOrder(step, plan, fault);
  if (step.action === 'bind') checkBinding(step, facts, plan, fault);
  else if (step.action === 'create') checkCreate(step, facts, plan, fault);
  else fault(step.id, 'It is planned, and its action is none.');
}

/** Whatever it needs is planned or applied, and comes before it; so no two steps can wait for each other. */
function checkOrder(step: CheckedStep, { byId, items }: CheckedPlan, fault: Fault): void {
  for (const id of step.dependsOn) {
    const needed = byId.get(id);
    const applied = (items.get(needed?.itemId ?? '')?.appliedAs ?? null) !== null;
    if (!needed) fault(step.id, `It needs step ${id}, which is not there.`);
    else if (needed.disposition !== 'planned' && !applied)
      fault(step.id, `It needs step ${id}, which is not planned.`);
    else if (needed.sequence >= step.sequence) fault(step.id, `It comes before step ${id}, which it needs.`);
  }
}

function checkBinding(step: CheckedStep, facts: ItemFacts, plan: CheckedPlan, fault: Fault): void {
  const { binding, reasonCode } = step;
  if (step.targetPayload || step.targetKeys.length > 0) fault(step.id, 'It binds and would write.');
  if (!binding) {
    fault(step.id, 'It binds to nothing.');
    return;
  }
  if (reasonCode === 'already_assigned') {
    checkAssigned(step, facts, plan, fault);
    return;
  }
  const { decision, link } = facts;
  const founded =
    reasonCode === 'already_migrated'
      ? link?.resourceId === binding.resource_id && link.fingerprint === binding.fingerprint
      : decision?.resolution === 'map_to_existing' && decision.matchedResourceId === binding.resource_id;
  if (!founded) fault(step.id, 'It binds to what nobody decided on and no cutover made.');
}

function checkAssigned(step: CheckedStep, facts: ItemFacts, plan: CheckedPlan, fault: Fault): void {
  if (step.targetContract !== 'tenant_app_assignment')
    fault(step.id, 'It binds as an assignment and is none.');
  for (const relation of ['application', 'group']) {
    if (!resourcesOf(facts, relation, plan).some(({ id }) => id !== null))
      fault(step.id, `It binds an assignment whose ${relation} is not at the target.`);
  }
}

function checkCreate(step: CheckedStep, facts: ItemFacts, plan: CheckedPlan, fault: Fault): void {
  if (step.binding) fault(step.id, 'It creates and would bind.');
  const { decision } = facts;
  if (decision && decision.resolution !== 'create_new')
    fault(step.id, `It creates, and what was decided is ${decision.resolution ?? 'nothing'}.`);
  const { targetContract: contract } = step;
  if (!isPlannable(contract)) {
    fault(step.id, `No plan can create ${contract}.`);
    return;
  }
  if (!payloadSchemas[contract].safeParse(step.targetPayload).success) {
    fault(step.id, `Its payload is not one of ${contract}.`);
    return;
  }
  for (const [relation, reference] of referencesOf(step))
    checkReference(step, facts, relation, reference, plan, fault);
}

function checkReference(
  step: CheckedStep,
  facts: ItemFacts,
  relation: string,
  reference: TargetReference,
  plan: CheckedPlan,
  fault: Fault,
): void {
  if ('step_id' in reference && !step.dependsOn.includes(reference.step_id))
    fault(step.id, `It refers to step ${reference.step_id} without depending on it.`);
  const found = resourcesOf(facts, relation, plan).find(({ id, stepId, creates }) =>
    'step_id' in reference ? creates && stepId === reference.step_id : id === reference.resource_id,
  );
  if (!found) fault(step.id, `Its ${relation} is not what that item of the assessment comes to.`);
  else if (found.stepId !== null && !step.dependsOn.includes(found.stepId))
    fault(step.id, `It refers to what step ${found.stepId} takes without depending on it.`);
}

interface Resource {
  /** At the target already; null while a step has yet to create it. */
  id: string | null;
  /** The step to wait for; null when none of the plan touches it. */
  stepId: string | null;
  creates: boolean;
}

const kinds: Readonly<Record<string, TargetContract>> = {
  provider: 'upstream_saml_provider',
  application: 'tenant_oidc_application',
  group: 'tenant_group',
};

/** What an item that is needed comes to; of an application of Entra, also what its other half does. */
function resourcesOf(facts: ItemFacts, relation: string, { items, byItem }: CheckedPlan): Resource[] {
  const itemId = facts.needs.find((need) => need.relation === relation)?.itemId ?? null;
  const needed = itemId === null ? undefined : items.get(itemId);
  if (itemId === null || !needed) return [];
  const halves = needed.appId === null ? [itemId] : sameApplication(items, needed.appId);
  return halves.flatMap((id): Resource[] => {
    const step = byItem.get(id);
    if (step?.targetContract !== kinds[relation]) return [];
    const { appliedAs = null, link = null, inScope = true } = items.get(id) ?? {};
    if (appliedAs !== null) return [{ id: appliedAs, stepId: step?.id ?? null, creates: false }];
    if (step?.action === 'create') return [{ id: null, stepId: step.id, creates: true }];
    if (step?.binding) return [{ id: step.binding.resource_id, stepId: step.id, creates: false }];
    return !inScope && link ? [{ id: link.resourceId, stepId: null, creates: false }] : [];
  });
}

const applicationsOf = new WeakMap<ReadonlyMap<string, ItemFacts>, Map<string, string[]>>();

function sameApplication(items: ReadonlyMap<string, ItemFacts>, appId: string): string[] {
  let index = applicationsOf.get(items);
  if (!index) {
    index = new Map();
    for (const [id, facts] of items) {
      if (facts.appId !== null) index.set(facts.appId, [...(index.get(facts.appId) ?? []), id]);
    }
    applicationsOf.set(items, index);
  }
  return index.get(appId) ?? [];
}

function referencesOf({ targetPayload }: CheckedStep): [string, TargetReference][] {
  if (!targetPayload) return [];
  if ('provider' in targetPayload) return [['provider', targetPayload.provider]];
  if (!('application' in targetPayload)) return [];
  return [
    ['application', targetPayload.application],
    ['group', targetPayload.group],
  ];
}

/** No two creates claim one key, whatever the steps say that they claim. */
function checkClaims(steps: readonly CheckedStep[], fault: Fault): void {
  const claimed = new Map<string, string>();
  for (const step of steps) {
    const { targetContract: contract, targetPayload } = step;
    if (step.action !== 'create' || !isPlannable(contract)) continue;
    const parsed = payloadSchemas[contract].safeParse(targetPayload);
    if (!parsed.success) continue;
    const keysOf = targetKeys[contract] as (payload: TargetPayload) => string[];
    const keys = keysOf(parsed.data);
    if (keys.join('\n') !== step.targetKeys.join('\n'))
      fault(step.id, 'Its keys are not those of its payload.');
    for (const key of keys) {
      const other = claimed.get(key);
      if (other !== undefined) fault(step.id, `It claims the same key at the target as step ${other}.`);
      claimed.set(key, step.id);
    }
  }
}

/** One resource is bound once, but for a group that is or was said to be shared, and an assignment that is there. */
function checkBound(
  steps: readonly CheckedStep[],
  items: ReadonlyMap<string, ItemFacts>,
  fault: Fault,
): void {
  const bound = new Map<string, CheckedStep>();
  for (const step of steps) {
    const id = step.binding?.resource_id;
    if (id === undefined || step.targetContract === 'tenant_app_assignment') continue;
    const other = bound.get(id);
    const shared = [step, other].some(
      (each) =>
        each?.reasonCode === 'already_migrated' || items.get(each?.itemId ?? '')?.decision?.allowShared,
    );
    if (other && !(step.targetContract === 'tenant_group' && shared))
      fault(step.id, `It binds to the same resource as step ${other.id}.`);
    bound.set(id, step);
  }
}
