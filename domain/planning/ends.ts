import type { PlannableContract, TargetReference } from '../target.ts';
import type { Candidate, PlanInput } from './candidate.ts';
import type { PlannedStep } from './plannedStep.ts';
import { leave } from './step.ts';

/** What an item will be at the target when the steps it waits for are applied. */
export interface End {
  reference: TargetReference;
  dependsOn: string[];
}

/** Why nothing can refer to an item. */
export interface Missing {
  /** The item and its step, in words. */
  what: string;
  why: string;
  /** Whether it is missing because somebody decided so. */
  leftOut: boolean;
}

/** What an item refers to at the target, and what that is there. */
const contractAt = {
  provider: 'upstream_saml_provider',
  application: 'tenant_oidc_application',
  group: 'tenant_group',
} as const satisfies Record<string, PlannableContract>;
export type Relation = keyof typeof contractAt;

/** Tells what other items of the plan come to; only of those whose step has been planned. */
export class Ends {
  readonly #steps: ReadonlyMap<string, PlannedStep>;
  readonly #candidates: ReadonlyMap<string, Candidate>;
  readonly #resources: PlanInput['resources'];

  constructor(input: PlanInput, steps: ReadonlyMap<string, PlannedStep>) {
    this.#steps = steps;
    this.#candidates = new Map(input.candidates.map((candidate) => [candidate.item.id, candidate]));
    this.#resources = input.resources;
  }

  /** The other end of one of an item's relations. */
  of({ needs }: Pick<Candidate, 'needs'>, relation: Relation): End | { missing: Missing } {
    const itemId = needs.find((need) => need.relation === relation)?.itemId;
    const candidate = this.#candidates.get(itemId ?? '');
    const step = this.#steps.get(itemId ?? '');
    if (!candidate || !step)
      return {
        missing: { what: `its ${relation}`, why: 'which the assessment does not hold', leftOut: false },
      };
    return this.#endOf(candidate, step, contractAt[relation]);
  }

  nameOf({ needs }: Pick<Candidate, 'needs'>, relation: Relation): string {
    const itemId = needs.find((need) => need.relation === relation)?.itemId;
    return this.#candidates.get(itemId ?? '')?.item.name ?? '';
  }

  #endOf(candidate: Candidate, step: PlannedStep, contract: PlannableContract): End | { missing: Missing } {
    const missing = (why: string) => ({
      missing: {
        what: `\u201c${candidate.item.name}\u201d (step ${step.id})`,
        why,
        leftOut: step.reasonCode === 'decision_skip',
      },
    });
    if (step.targetContract !== contract) return missing('which becomes something else at the target');
    if (candidate.applied) {
      const { resourceId } = candidate.applied;
      if (!this.#resources.has(resourceId))
        return missing('which was applied, and is no longer at the target');
      return { reference: { resource_id: resourceId }, dependsOn: [step.id] };
    }
    if (step.binding) return { reference: { resource_id: step.binding.resource_id }, dependsOn: [step.id] };
    if (step.action === 'create') return { reference: { step_id: step.id }, dependsOn: [step.id] };
    if (step.reasonCode !== 'out_of_scope') {
      return missing(
        step.reasonCode === 'decision_skip' ? 'which is left out by decision' : 'which is not planned',
      );
    }
    const { link } = candidate;
    const live = link && this.#resources.get(link.resourceId);
    if (!live) return missing('which is outside the scope of this plan and has not been migrated yet');
    if (live.fingerprint !== link.fingerprint)
      return missing(
        'which is outside the scope of this plan and was changed at the target since it was migrated',
      );
    return { reference: { resource_id: live.resourceId }, dependsOn: [] };
  }
}

export const isMissing = (end: End | { missing: Missing }): end is { missing: Missing } => 'missing' in end;

/** The step of an item that cannot be planned for want of others. */
export function leaveForWantOf(candidate: Candidate, missing: readonly Missing[]): PlannedStep {
  const leftOut = missing.some((each) => each.leftOut);
  const reason = `It needs ${missing.map(({ what, why }) => `${what}, ${why}`).join(', and ')}.`;
  return leftOut
    ? leave(candidate, 'skipped', 'decision_skip', reason)
    : leave(candidate, 'manual_follow_up', 'dependency_not_planned', reason);
}
