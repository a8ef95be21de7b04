import { lacksOf } from '../merge/incomplete.ts';
import type { MatchedResource, MergeDecision } from '../merge/decision.ts';
import { avoidsCollision, incompatibilities, ruleFaults } from '../merge/resolve.ts';
import { sourceSideOf } from '../merge/source.ts';
import type { LiveResource } from '../target.ts';
import type { Candidate, PlanInput } from './candidate.ts';
import type { PlannedStep } from './plannedStep.ts';
import { bind, leave } from './step.ts';

/** What a rule's provider is at the target, as far as that is known; null for everything but a rule. */
export interface BoundProvider {
  name: string;
  resourceId: string | null;
  dependsOn: string[];
}

/**
 * Binds what an earlier cutover brought to the target, as long as it is as it was then; null when it brought nothing,
 * or nothing of it is left and it has to be made again.
 */
export function bindLinked(
  candidate: Candidate,
  input: PlanInput,
  dependsOn: string[] = [],
): PlannedStep | null {
  const { link } = candidate;
  const live = link && input.resources.get(link.resourceId);
  if (!live) return null;
  if (live.fingerprint !== link.fingerprint) {
    return leave(
      candidate,
      'manual_follow_up',
      'linked_resource_changed',
      `An earlier cutover made it \u201c${live.name}\u201d at the target, which has been changed there since. Compare the two by hand; nothing of it is written.`,
    );
  }
  const reason = `An earlier cutover brought it to the target, as \u201c${live.name}\u201d.`;
  return bind(candidate, 'already_migrated', reason, bindingTo(candidate, live), dependsOn);
}

const bindingTo = ({ item }: Candidate, live: LiveResource) => ({
  resource_id: live.resourceId,
  fingerprint: live.fingerprint,
  incomplete: lacksOf(item, live),
});

/** What was decided about an item that overlaps; null when it is to be created beside what is there, and can be. */
export function settledByDecision(
  candidate: Candidate,
  input: PlanInput,
  provider: BoundProvider | null = null,
): PlannedStep | null {
  const { decision } = candidate;
  if (!decision) return null;
  switch (decision.resolution) {
    case null:
      return byHand(
        candidate,
        'The target has what it overlaps with, and nobody has decided what becomes of it.',
      );
    case 'skip':
      return leave(candidate, 'skipped', 'decision_skip', 'It was decided to leave it out.');
    case 'map_to_existing':
      return bindDecided(candidate, decision, input, provider);
    case 'create_new':
      if (avoidsCollision(decision)) return null;
      return leave(
        candidate,
        'manual_follow_up',
        'create_new_collides',
        'It was decided to create it beside what the target has, without saying what would keep the two apart. Decide again with target_overrides, or create it by hand.',
      );
  }
}

const byHand = (candidate: Candidate, reason: string): PlannedStep =>
  leave(candidate, 'manual_follow_up', 'merge_decision', reason);

/** Binds to the resource that was decided, if that is what it was and may be bound still. */
function bindDecided(
  candidate: Candidate,
  decision: MergeDecision,
  input: PlanInput,
  provider: BoundProvider | null,
): PlannedStep {
  const captured = decision.matchedResources.find((each) => each.resource_id === decision.matchedResourceId);
  const live = captured && input.resources.get(captured.resource_id);
  const name = `\u201c${captured?.name ?? ''}\u201d`;
  if (!captured || live?.fingerprint !== captured.fingerprint) {
    return byHand(
      candidate,
      `It was decided that it is ${name} at the target, which was changed or removed since. Refresh the merge decisions, and decide again.`,
    );
  }
  const faults = faultsOf(candidate, { ...captured, payload: live.payload, group: live.group }, provider);
  if (faults.length > 0) {
    return byHand(
      candidate,
      `It was decided that it is ${name} at the target, and cannot be: ${faults.join(' ')} Decide again, or bind it by hand.`,
    );
  }
  return bind(
    candidate,
    'merge_decision',
    `It was decided that it is ${name} at the target.`,
    bindingTo(candidate, live),
    provider?.dependsOn ?? [],
  );
}

function faultsOf({ item }: Candidate, resource: MatchedResource, provider: BoundProvider | null): string[] {
  const source = sourceSideOf(item);
  if (!source) return ['its evidence no longer says what it would be.'];
  const led = provider && { name: provider.name, boundTo: provider.resourceId, pending: false };
  return [...incompatibilities(source, resource), ...ruleFaults(source, resource, led)];
}
