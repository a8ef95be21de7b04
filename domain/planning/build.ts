import type { CompatibilityClass, TargetContract } from '../assessment.ts';
import type { StoredItem } from '../inventory/item.ts';
import type { MergeDecision } from '../merge/decision.ts';
import { avoidsCollision } from '../merge/resolve.ts';
import type { Binding, Disposition, ReasonCode, StepAction } from '../plan.ts';
import {
  describeKey,
  isPlannable,
  payloadSchemas,
  targetKeys,
  type PlannableContract,
  type TargetPayload,
} from '../target.ts';
import { applicationPayload, groupPayload, type ApplicationLimits } from './payload.ts';
import { throughRegistrations } from './registrations.ts';

/** An assessed item with what planning needs of it. */
export interface Candidate {
  stepId: string;
  item: Pick<StoredItem, 'id' | 'ordinal' | 'itemType' | 'name' | 'normalized'>;
  compatibilityClass: CompatibilityClass;
  targetContract: TargetContract;
  /** Why the item has its class, and what to do about it. */
  rationale: string;
  remedy: string;
  /** Items it cannot be without, by relation: an assignment's application and group. */
  needs: readonly { relation: string; itemId: string | null }[];
  /** What was decided about what it overlaps with; null when it overlaps with nothing. */
  decision: MergeDecision | null;
}

/** What the target holds now, by natural key; a key of nothing is not in it. */
export type LiveKeys = ReadonlyMap<string, readonly { resourceId: string }[]>;

export interface PlannedStep {
  id: string;
  itemId: string;
  sequence: number;
  targetContract: TargetContract;
  action: StepAction;
  disposition: Disposition;
  reasonCode: ReasonCode | null;
  reason: string | null;
  dependsOn: string[];
  targetPayload: TargetPayload | null;
  targetKeys: string[];
  binding: Binding | null;
  /** Version of the decision it was planned by. */
  decisionVersion: number | null;
}

export interface PlanInput {
  candidates: readonly Candidate[];
  /** Where the target is merged with, what is taken there is for a person to decide about, client ids too. */
  merging: boolean;
  live: LiveKeys;
  target: ApplicationLimits;
  /** A client id for a step whose own is taken; the same step always gets the same one. */
  newClientId(stepId: string): string;
}

/** Natural keys whose presence at the target decides how a plan is built. */
export function keysToLookUp(candidates: readonly Candidate[], target: ApplicationLimits): string[] {
  return candidates.filter(isMovable).flatMap((candidate) => {
    const payload = ownPayload(candidate, clientIdOf(candidate) ?? '', target);
    return payload ? keysOf(candidate.targetContract, payload) : [];
  });
}

/**
 * Builds a plan: one step an item, in the order in which steps may run. A step is planned only with full evidence, a
 * free key and every item it needs planned; every other says why it is not. The same input gives the same plan.
 */
export function buildPlan(input: PlanInput): PlannedStep[] {
  const steps = new Map<string, PlannedStep>();
  const candidates = [...input.candidates].sort((a, b) => (a.item.ordinal < b.item.ordinal ? -1 : 1));
  const independent = candidates.filter((candidate) => candidate.needs.length === 0);
  const dependent = candidates
    .filter((candidate) => candidate.needs.length > 0)
    .map(throughRegistrations(candidates));
  for (const candidate of independent) steps.set(candidate.item.id, planOne(candidate, input));
  refuseDuplicates(steps);
  for (const candidate of dependent) steps.set(candidate.item.id, planDependent(candidate, steps));
  refuseDuplicates(steps);
  return inOrder(candidates, steps);
}

const isMovable = ({ compatibilityClass }: Candidate): boolean =>
  compatibilityClass === 'native_import' || compatibilityClass === 'import_with_approximation';

function planOne(candidate: Candidate, input: PlanInput): PlannedStep {
  const settled = settledByClass(candidate) ?? settledByDecision(candidate);
  if (settled) return settled;
  const { payload, note } = payloadFor(candidate, input);
  if (!payload) {
    return notPlanned(
      candidate,
      'manual_follow_up',
      'contract_not_supported',
      `It is not created automatically. ${candidate.remedy}`,
    );
  }
  const keys = keysOf(candidate.targetContract, payload);
  const taken = keys.find((key) => input.live.has(key));
  if (taken !== undefined) {
    return notPlanned(
      candidate,
      'blocked',
      'target_collision',
      `The target already has ${describeKey(taken)}, and this migration did not make it.`,
    );
  }
  return { ...planned(candidate, payload, keys), reason: note };
}

/** A client keeps its id where that is free; where it is taken, the application still moves, with a new one. */
function payloadFor(
  candidate: Candidate,
  input: PlanInput,
): { payload: TargetPayload | null; note: string | null } {
  const own = clientIdOf(candidate);
  const taken = own === null || input.live.has(`tenant_oidc_application:${own}`);
  if (candidate.targetContract !== 'tenant_oidc_application' || !taken || (input.merging && own !== null)) {
    return { payload: ownPayload(candidate, own ?? '', input.target), note: null };
  }
  const clientId = input.newClientId(candidate.stepId);
  return {
    payload: ownPayload(candidate, clientId, input.target),
    note: `Its client id ${own ?? ''} is taken at the target; it gets ${clientId}.`,
  };
}

/** What would be written for an item by itself; null when that is nothing, or its evidence is not enough for it. */
function ownPayload(candidate: Candidate, clientId: string, target: ApplicationLimits): TargetPayload | null {
  const payload = evidencedPayload(candidate, clientId, target);
  return payload && { ...payload, ...candidate.decision?.targetOverrides };
}

function evidencedPayload(
  candidate: Candidate,
  clientId: string,
  target: ApplicationLimits,
): TargetPayload | null {
  switch (candidate.targetContract) {
    case 'tenant_group':
      return whole('tenant_group', groupPayload(candidate.item as StoredItem<'group'>));
    case 'tenant_oidc_application':
      return whole(
        'tenant_oidc_application',
        applicationPayload(candidate.item as StoredItem<'application'>, clientId, target),
      );
    case 'tenant_app_assignment':
    case 'upstream_saml_provider':
    case 'federation_routing_rule':
    case 'auth_policy':
    case 'verified_domain':
    case 'none':
      return null;
  }
}

const whole = (contract: PlannableContract, payload: TargetPayload | null): TargetPayload | null =>
  payloadSchemas[contract].safeParse(payload).success ? payload : null;

const clientIdOf = (candidate: Candidate): string | null =>
  candidate.decision?.targetOverrides?.client_id ?? evidencedClientId(candidate);

const evidencedClientId = (candidate: Candidate): string | null =>
  candidate.item.itemType === 'application'
    ? ((candidate.item as StoredItem<'application'>).normalized.oidc?.client_id ?? null)
    : null;

function keysOf(contract: TargetContract, payload: TargetPayload): string[] {
  if (!isPlannable(contract)) return [];
  const keys = targetKeys[contract] as (payload: TargetPayload) => string[];
  return keys(payload);
}

/** Two creates with one key cannot both be right: neither is planned, and each names the other. */
function refuseDuplicates(steps: Map<string, PlannedStep>): void {
  const owners = new Map<string, PlannedStep[]>();
  for (const step of steps.values()) {
    for (const key of step.targetKeys) owners.set(key, [...(owners.get(key) ?? []), step]);
  }
  for (const [key, sharing] of owners) {
    if (sharing.length < 2) continue;
    for (const step of sharing) {
      const others = sharing.filter((other) => other !== step).map((other) => other.id);
      steps.set(step.itemId, {
        ...step,
        ...blankAction,
        disposition: 'manual_follow_up',
        reasonCode: 'duplicate_target_key',
        reason: `Another item of this plan would be ${describeKey(key)} as well (step ${others.join(', ')}); decide by hand which one it is.`,
      });
    }
  }
}

function planDependent(candidate: Candidate, steps: ReadonlyMap<string, PlannedStep>): PlannedStep {
  const settled = settledByClass(candidate);
  if (settled) return settled;
  const need = (relation: string) => {
    const itemId = candidate.needs.find((each) => each.relation === relation)?.itemId;
    return itemId ? steps.get(itemId) : undefined;
  };
  const application = need('application');
  const group = need('group');
  if (candidate.targetContract !== 'tenant_app_assignment' || !application || !group) {
    return notPlanned(
      candidate,
      'manual_follow_up',
      'contract_not_supported',
      `It is not created automatically. ${candidate.remedy}`,
    );
  }
  const leftOut = [application, group].filter((step) => step.reasonCode === 'decision_skip');
  if (leftOut.length > 0) {
    return notPlanned(
      candidate,
      'skipped',
      'decision_skip',
      `It needs step ${leftOut.map((step) => step.id).join(' and ')}, which is left out by decision.`,
    );
  }
  const missing = [application, group]
    .filter((step) => step.disposition !== 'planned')
    .map((step) => step.id);
  if (missing.length > 0) {
    return notPlanned(
      candidate,
      'manual_follow_up',
      'dependency_not_planned',
      `It needs step ${missing.join(' and ')}, which is not planned.`,
    );
  }
  const payload = { application: { step_id: application.id }, group: { step_id: group.id } };
  return {
    ...planned(candidate, payload, keysOf('tenant_app_assignment', payload)),
    dependsOn: [application.id, group.id],
  };
}

/** What an item's class alone decides. */
function settledByClass(candidate: Candidate): PlannedStep | null {
  switch (candidate.compatibilityClass) {
    case 'visibility_only':
      return notPlanned(candidate, 'skipped', 'visibility_only', candidate.rationale);
    case 'blocked':
      return notPlanned(candidate, 'blocked', 'blocked', candidate.rationale);
    case 'manual_rebuild_required':
      return notPlanned(
        candidate,
        'manual_follow_up',
        'manual_rebuild_required',
        `${candidate.rationale} ${candidate.remedy}`,
      );
    case 'native_import':
    case 'import_with_approximation':
      return null;
  }
}

/** What was decided about an item that overlaps; null when it is to be created beside what is there, and can be. */
function settledByDecision(candidate: Candidate): PlannedStep | null {
  const { decision } = candidate;
  if (!decision) return null;
  const byHand = (reason: string) => notPlanned(candidate, 'manual_follow_up', 'merge_decision', reason);
  switch (decision.resolution) {
    case null:
      return byHand('The target has what it overlaps with, and nobody has decided what becomes of it.');
    case 'skip':
      return notPlanned(candidate, 'skipped', 'decision_skip', 'It was decided to leave it out.');
    case 'map_to_existing': {
      const existing = decision.matchedResources.find(
        (each) => each.resource_id === decision.matchedResourceId,
      );
      return byHand(
        `It was decided that it is \u201c${existing?.name ?? ''}\u201d at the target; bind it by hand.`,
      );
    }
    case 'create_new':
      if (avoidsCollision(decision)) return null;
      return byHand(
        'It was decided to create it beside what the target has, without saying what would keep the two apart.',
      );
  }
}

const blankAction = {
  action: 'none' as const,
  targetPayload: null,
  targetKeys: [] as string[],
  binding: null,
  dependsOn: [] as string[],
};

function notPlanned(
  candidate: Candidate,
  disposition: Disposition,
  reasonCode: ReasonCode,
  reason: string,
): PlannedStep {
  const { stepId, item, targetContract } = candidate;
  const decisionVersion = candidate.decision?.version ?? null;
  const base = { id: stepId, itemId: item.id, sequence: 0, targetContract, decisionVersion };
  return { ...base, ...blankAction, disposition, reasonCode, reason: reason.trim() };
}

function planned(candidate: Candidate, targetPayload: TargetPayload, keys: string[]): PlannedStep {
  const { stepId, item, targetContract } = candidate;
  return {
    id: stepId,
    itemId: item.id,
    sequence: 0,
    targetContract,
    action: 'create',
    disposition: 'planned',
    reasonCode: null,
    reason: null,
    dependsOn: [],
    targetPayload,
    targetKeys: keys,
    binding: null,
    decisionVersion: candidate.decision?.version ?? null,
  };
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

/** Providers, rules, groups, applications, assignments; inside each, the order of the inventory. */
function inOrder(candidates: readonly Candidate[], steps: ReadonlyMap<string, PlannedStep>): PlannedStep[] {
  const sorted = [...candidates].sort((a, b) => phases[a.targetContract] - phases[b.targetContract]);
  return sorted.flatMap((candidate, position) => {
    const step = steps.get(candidate.item.id);
    return step ? [{ ...step, sequence: position + 1 }] : [];
  });
}
