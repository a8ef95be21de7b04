import type { TargetContract } from '../assessment.ts';
import { describeKey, targetKeys, type TenantAppAssignment } from '../target.ts';
import { bindLinked, settledByDecision } from './bind.ts';
import { isOf, type Candidate, type LiveKeys, type PlanInput } from './candidate.ts';
import { leaveToPeople, planCreate } from './create.ts';
import { Ends, isMissing, leaveForWantOf, type End, type Missing } from './ends.ts';
import { throughRegistrations } from './registrations.ts';
import { chainRules, priorityOf } from './rules.ts';
import type { PlannedStep } from './plannedStep.ts';
import { bind, create, leave, withdraw } from './step.ts';

/** A plan but for its assignments, of which the target has to be asked when it is known between what they are. */
export interface Draft {
  input: PlanInput;
  candidates: readonly Candidate[];
  steps: Map<string, PlannedStep>;
  /** Keys of the assignments whose application and group are at the target already. */
  pairs: string[];
}

/**
 * Plans everything but the assignments: providers, groups and applications by themselves, then the rules that lead to
 * the providers. A step is planned only with full evidence, a free key or a resource that was decided or brought there
 * before, and with every item it needs; every other says why it is not. The same input gives the same plan.
 */
export function draftPlan(input: PlanInput): Draft {
  const candidates = inOrder(input.candidates);
  const steps = new Map<string, PlannedStep>();
  const ends = new Ends(input, steps);
  for (const candidate of candidates.filter(standsAlone))
    steps.set(candidate.item.id, planOne(candidate, input));
  refuseDuplicates(candidates, steps);
  const rules = candidates.filter(({ item }) => item.itemType === 'routing_rule');
  for (const rule of rules) steps.set(rule.item.id, planRule(rule, input, ends));
  refuseDuplicates(candidates, steps);
  for (const step of chainRules(freshCreates(rules, steps))) steps.set(step.itemId, step);
  const pairs = assignmentsOf(candidates).flatMap((assignment) => {
    if (settledAnyhow(assignment)) return [];
    const between = endsOfAssignment(assignment, ends);
    return 'payload' in between && isThere(between.payload) ? [pairKey(between.payload)] : [];
  });
  return { input, candidates, steps, pairs };
}

/** The whole plan, one step an item in the order in which steps may run; `assigned` is what is live of the pairs. */
export function completePlan({ input, candidates, ...draft }: Draft, assigned: LiveKeys): PlannedStep[] {
  const steps = new Map(draft.steps);
  const ends = new Ends(input, draft.steps);
  for (const assignment of assignmentsOf(candidates))
    steps.set(assignment.item.id, planAssignment(assignment, ends, assigned));
  refuseDuplicates(candidates, steps);
  return candidates.flatMap(({ item }, position) => {
    const step = steps.get(item.id);
    return step ? [{ ...step, sequence: position + 1 }] : [];
  });
}

const standsAlone = ({ item }: Candidate): boolean =>
  item.itemType !== 'routing_rule' && item.itemType !== 'assignment';

/** An assignment leads to what is created of its application, which may be another item. */
const assignmentsOf = (candidates: readonly Candidate[]): Candidate[] =>
  candidates.filter(({ item }) => item.itemType === 'assignment').map(throughRegistrations(candidates));

/** What is settled of every item in the same way; null when its own kind decides. */
function settledAnyhow(candidate: Candidate): PlannedStep | null {
  if (candidate.applied) return candidate.applied.step;
  if (!candidate.inScope)
    return leave(candidate, 'skipped', 'out_of_scope', 'It is outside the scope of this plan.');
  return settledByClass(candidate);
}

/** What an item's class alone decides. */
function settledByClass(candidate: Candidate): PlannedStep | null {
  const { compatibilityClass, rationale, remedy } = candidate;
  switch (compatibilityClass) {
    case 'visibility_only':
      return leave(candidate, 'skipped', 'visibility_only', rationale);
    case 'blocked':
      return leave(candidate, 'blocked', isDirect(candidate) ? 'direct_assignment' : 'blocked', rationale);
    case 'manual_rebuild_required':
      return leave(candidate, 'manual_follow_up', 'manual_rebuild_required', `${rationale} ${remedy}`);
    case 'native_import':
    case 'import_with_approximation':
      return null;
  }
}

const isDirect = ({ item }: Candidate): boolean =>
  isOf(item, 'assignment') && item.normalized.principal_type === 'user';

const planOne = (candidate: Candidate, input: PlanInput): PlannedStep =>
  settledAnyhow(candidate) ??
  bindLinked(candidate, input) ??
  settledByDecision(candidate, input) ??
  planCreate(candidate, input);

function planRule(candidate: Candidate, input: PlanInput, ends: Ends): PlannedStep {
  const settled = settledAnyhow(candidate);
  if (settled) return settled;
  if (candidate.decision?.resolution === 'skip') return planOne(candidate, input);
  const provider = ends.of(candidate, 'provider');
  const dependsOn = isMissing(provider) ? [] : provider.dependsOn;
  const linked = bindLinked(candidate, input, dependsOn);
  if (linked) return linked;
  if (isMissing(provider)) return leaveForWantOf(candidate, [provider.missing]);
  const { reference } = provider;
  const resourceId = 'resource_id' in reference ? reference.resource_id : null;
  const bound = { name: ends.nameOf(candidate, 'provider'), resourceId, dependsOn };
  return settledByDecision(candidate, input, bound) ?? planCreate(candidate, input, provider);
}

function endsOfAssignment(
  candidate: Candidate,
  ends: Ends,
): { payload: TenantAppAssignment; dependsOn: string[] } | { missing: Missing[] } {
  const application = ends.of(candidate, 'application');
  const group = ends.of(candidate, 'group');
  const missing = [application, group].filter(isMissing).map((each) => each.missing);
  if (isMissing(application) || isMissing(group)) return { missing };
  return {
    payload: { application: application.reference, group: group.reference },
    dependsOn: [...application.dependsOn, ...group.dependsOn],
  };
}

const isThere = ({ application, group }: TenantAppAssignment): boolean =>
  isResource(application) && isResource(group);
const isResource = (reference: End['reference']): boolean => 'resource_id' in reference;
const pairKey = (payload: TenantAppAssignment): string => targetKeys.tenant_app_assignment(payload)[0] ?? '';

function planAssignment(candidate: Candidate, ends: Ends, assigned: LiveKeys): PlannedStep {
  const settled = settledAnyhow(candidate);
  if (settled) return settled;
  if (candidate.targetContract !== 'tenant_app_assignment') return leaveToPeople(candidate);
  const between = endsOfAssignment(candidate, ends);
  if ('missing' in between) return leaveForWantOf(candidate, between.missing);
  const { payload, dependsOn } = between;
  const [live] = assigned.get(pairKey(payload)) ?? [];
  if (!live) return create(candidate, 'tenant_app_assignment', payload, { dependsOn });
  const binding = { resource_id: live.resourceId, fingerprint: live.fingerprint, incomplete: [] };
  return live.resourceId === candidate.link?.resourceId
    ? bind(candidate, 'already_migrated', 'An earlier cutover made it at the target.', binding, dependsOn)
    : bind(
        candidate,
        'already_assigned',
        'The group has the application at the target already.',
        binding,
        dependsOn,
      );
}

const freshCreates = (
  candidates: readonly Candidate[],
  steps: ReadonlyMap<string, PlannedStep>,
): PlannedStep[] =>
  candidates.flatMap(({ item, applied }) => {
    const step = applied ? undefined : steps.get(item.id);
    return step?.action === 'create' ? [step] : [];
  });

/** Two creates with one key cannot both be right: neither is planned, and each names the other. */
function refuseDuplicates(candidates: readonly Candidate[], steps: Map<string, PlannedStep>): void {
  const owners = new Map<string, PlannedStep[]>();
  for (const step of freshCreates(candidates, steps)) {
    for (const key of step.targetKeys) owners.set(key, [...(owners.get(key) ?? []), step]);
  }
  for (const [key, sharing] of owners) {
    if (sharing.length < 2) continue;
    for (const step of sharing) {
      const others = sharing.filter((other) => other !== step).map((other) => other.id);
      const reason = `Another item of this plan would be ${describeKey(key)} as well (step ${others.join(', ')}); decide by hand which one it is.`;
      steps.set(step.itemId, withdraw(step, 'duplicate_target_key', reason));
    }
  }
}

const phases: Readonly<Record<TargetContract, number>> = {
  upstream_saml_provider: 0,
  federation_routing_rule: 1,
  tenant_group: 2,
  tenant_oidc_application: 3,
  tenant_app_assignment: 4,
  auth_policy: 5,
  verified_domain: 6,
  none: 7,
};

/**
 * Providers, rules, groups, applications, assignments; rules in the incumbent's order, everything else in that of the
 * inventory. It depends on the items alone, so that a step keeps its place when the plan is built again.
 */
function inOrder(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort(
    (a, b) =>
      phases[a.targetContract] - phases[b.targetContract] ||
      priorityOf(a) - priorityOf(b) ||
      (a.item.ordinal < b.item.ordinal ? -1 : 1),
  );
}
