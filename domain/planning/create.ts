import { describeKey, isPlannable, payloadSchemas, type ServiceProvider } from '../target.ts';
import type { TargetPayload, TargetReference } from '../target.ts';
import { isMovable, isOf, type Candidate, type PlanInput } from './candidate.ts';
import { keysOf } from './keys.ts';
import { applicationPayload, groupPayload, providerPayload, routingRulePayload } from './payload.ts';
import type { ApplicationLimits } from './payload.ts';
import type { PlannedStep } from './plannedStep.ts';
import { create, leave } from './step.ts';

/** What an item's evidence does not say of the resource that is made of it. */
interface Given {
  clientId: string;
  ours: ServiceProvider;
  provider: TargetReference;
  ruleEnabled: boolean;
}

/** Stands for the target's own side where only the keys of a payload matter. */
const anyAddress: ServiceProvider = {
  entity_id: 'urn:none',
  acs_url: 'https://none.invalid',
  metadata_url: 'https://none.invalid',
  requests_signed: false,
  request_signing_certificate: null,
};

/** The natural keys whose presence at the target decides how a plan is built. */
export const keysToLookUp = (candidates: readonly Candidate[], target: ApplicationLimits): string[] =>
  candidates
    .filter((candidate) => isMovable(candidate) && candidate.inScope && !candidate.applied)
    .flatMap((candidate) => claimedKeys(candidate, target, candidate.decision?.targetOverrides ?? {}));

/** The keys that an item would claim with these members changed. */
function claimedKeys(candidate: Candidate, target: ApplicationLimits, overrides: object): string[] {
  const { targetContract: contract, stepId } = candidate;
  const clientId = 'client_id' in overrides ? String(overrides.client_id) : evidencedClientId(candidate);
  const given = {
    clientId: clientId ?? '',
    ours: anyAddress,
    provider: { step_id: stepId },
    ruleEnabled: true,
  };
  const payload = payloadOf(candidate, target, given, overrides);
  return payload && isPlannable(contract) ? keysOf(contract, payload) : [];
}

/** What would be written for an item; null when that is nothing, or its evidence is not enough for it. */
function payloadOf(
  candidate: Candidate,
  target: ApplicationLimits,
  given: Given,
  overrides: object = candidate.decision?.targetOverrides ?? {},
): TargetPayload | null {
  const { item, targetContract: contract } = candidate;
  if (!isPlannable(contract)) return null;
  const evidenced = evidencedPayload(item, target, given);
  const payload = evidenced && { ...evidenced, ...overrides };
  return payloadSchemas[contract].safeParse(payload).success ? payload : null;
}

function evidencedPayload(
  item: Candidate['item'],
  target: ApplicationLimits,
  { clientId, ours, provider, ruleEnabled }: Given,
): TargetPayload | null {
  if (isOf(item, 'provider')) return providerPayload(item, ours);
  if (isOf(item, 'routing_rule')) return routingRulePayload(item, provider, ruleEnabled);
  if (isOf(item, 'group')) return groupPayload(item);
  return isOf(item, 'application') ? applicationPayload(item, clientId, target) : null;
}

const evidencedClientId = ({ item }: Candidate): string | null =>
  isOf(item, 'application') ? (item.normalized.oidc?.client_id ?? null) : null;

/**
 * Plans to make a resource of an item that stands for itself, or of a rule that leads to `provider`. What is taken at
 * the target, or cannot be written whole, is left, with the reason.
 */
export function planCreate(
  candidate: Candidate,
  input: PlanInput,
  provider: { reference: TargetReference; dependsOn: string[] } | null = null,
): PlannedStep {
  const { targetContract: contract, stepId } = candidate;
  const ours = input.serviceProviders.get(stepId) ?? null;
  const client = clientIdFor(candidate, input);
  const payload = payloadOf(candidate, input.target, {
    clientId: client.id,
    ours: ours ?? anyAddress,
    provider: provider?.reference ?? { step_id: stepId },
    ruleEnabled: !input.merging,
  });
  if (!payload || !isPlannable(contract)) return leaveToPeople(candidate);
  const taken = keysOf(contract, payload).find((key) => input.live.has(key));
  if (taken !== undefined) return collides(candidate, input, taken);
  if (contract === 'upstream_saml_provider' && !ours) {
    return leave(
      candidate,
      'manual_follow_up',
      'target_address_unknown',
      'Its partner has to be told where the target receives sign-ins, and nobody has said where that is. Set RUNTIME_BASE_URL for the worker, and build the plan again.',
    );
  }
  const switchedOff =
    contract === 'federation_routing_rule' && input.merging
      ? 'It is created switched off, because people of its domains may sign in at the target today. Switch it on there (enabled) when the partner has loaded the addresses of the target and a sign-in has been tried.'
      : null;
  return create(candidate, contract, payload, {
    dependsOn: provider?.dependsOn ?? [],
    note: client.note ?? switchedOff,
  });
}

/** A client keeps its id where that is free; where it is taken, the application still moves, with a new one. */
function clientIdFor(candidate: Candidate, input: PlanInput): { id: string; note: string | null } {
  const own = candidate.decision?.targetOverrides?.client_id ?? evidencedClientId(candidate);
  if (candidate.targetContract !== 'tenant_oidc_application') return { id: '', note: null };
  const taken = own === null || input.live.has(`tenant_oidc_application:${own}`);
  if (!taken || (input.merging && own !== null)) return { id: own, note: null };
  const id = input.newClientId(candidate.stepId);
  const note =
    own === null
      ? `The incumbent tells no client id of it; it gets ${id}.`
      : `Its client id ${own} is taken at the target; it gets ${id}.`;
  return { id, note };
}

function collides(candidate: Candidate, { merging, target }: PlanInput, key: string): PlannedStep {
  const what = describeKey(key);
  if (!merging) {
    const reason = `The target already has ${what}, and nothing is made over it. Rename or remove one of the two, and build the plan again.`;
    return leave(candidate, 'blocked', 'target_collision', reason);
  }
  if (!claimedKeys(candidate, target, {}).includes(key)) {
    const reason = `It was decided to create it beside what the target has, and the target already has ${what} too. Decide again, and build the plan again.`;
    return leave(candidate, 'blocked', 'target_collision', reason);
  }
  return leave(
    candidate,
    'blocked',
    'target_collision_undecided',
    `The target has ${what} since the assessment looked at it. Refresh the merge decisions, decide what becomes of the item, and build the plan again.`,
  );
}

/** What no plan makes, or not of this evidence: each for its own reason, with the remedy. */
export function leaveToPeople(candidate: Candidate): PlannedStep {
  const byHand = (reasonCode: Parameters<typeof leave>[2], why: string) =>
    leave(candidate, 'manual_follow_up', reasonCode, `${why} ${candidate.remedy}`);
  if (candidate.targetContract === 'auth_policy') {
    const why =
      'A policy is not created automatically: its rules do not fit into one policy of the target as they are.';
    return byHand('auth_policy_not_automated', why);
  }
  if (isServicePrincipal(candidate)) {
    const why =
      'It is not created automatically: nothing says whether it is a confidential or a public client.';
    return byHand('client_type_unknown', why);
  }
  return byHand('contract_not_supported', 'It is not created automatically.');
}

const isServicePrincipal = ({ item }: Candidate): boolean =>
  isOf(item, 'application') && item.normalized.entra?.kind === 'service_principal';
