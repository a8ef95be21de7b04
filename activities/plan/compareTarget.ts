import type { TenantId } from '../../domain/ids.ts';
import type { Plan, TargetChange } from '../../domain/plan.ts';
import type { LiveResource, ResourceContract, TargetReference } from '../../domain/target.ts';
import type { Database, Executor } from '../../prisma/client.ts';
import { listStepsToApply, type StepToApply } from '../../prisma/store/stepsToApply.ts';
import { findPreviewCover } from '../../prisma/store/previewTokens.ts';
import type { TargetRuntime } from '../runtime/target.ts';
import { findUnverifiedDomains } from './unverifiedDomains.ts';

/** What the target holds of what a plan's steps need and claim. */
export interface TargetSeen {
  steps: StepToApply[];
  changes: TargetChange[];
  /** Fingerprints of the resources that steps bind or refer to. */
  target: Record<string, string>;
  resources: ReadonlyMap<string, LiveResource>;
}

/**
 * Looks at the target for a run, before its first effect: what differs from what the steps need, and which of the
 * resources that they refer to is another than the preview saw.
 */
export async function compareWithPreview(
  db: Executor | Database,
  tenant: TenantId,
  execution: { planId: string; previewId: string },
  runtime: TargetRuntime,
): Promise<TargetChange[]> {
  const { changes, target } = await lookAtTarget(db, tenant, { id: execution.planId }, runtime);
  const was = (await findPreviewCover(db, tenant, execution.previewId))?.target ?? {};
  const told = new Set(changes.map((change) => (change.was as { resource_id?: string } | null)?.resource_id));
  const others = Object.entries(target).filter(
    ([id, fingerprint]) => was[id] !== undefined && was[id] !== fingerprint && !told.has(id),
  );
  return [
    ...changes,
    ...others.slice(0, mostChanges).map(([id, fingerprint]) => ({
      step_id: null,
      item_id: null,
      code: 'referenced_resource_changed',
      message: 'A resource that planned steps refer to was changed at the target.',
      was: { resource_id: id, fingerprint: was[id] },
      is: { resource_id: id, fingerprint },
    })),
  ];
}

/** Differences that are told; more of them tell nobody more. */
const mostChanges = 200;

/**
 * Compares what every planned step needs of the target with what is there now: a create needs its keys to be free
 * and its domains verified, a bind its resource as it was when the plan was built, and every resource that a payload
 * refers to must be there.
 */
export async function lookAtTarget(
  db: Executor | Database,
  tenant: TenantId,
  plan: Pick<Plan, 'id'>,
  runtime: TargetRuntime,
): Promise<TargetSeen> {
  const steps = await listStepsToApply(db, tenant, plan.id);
  const creates = steps.filter((step) => step.action === 'create');
  const live = await runtime.findByKeys(
    db,
    tenant,
    creates.flatMap((step) => step.targetKeys),
  );
  const unverifiedDomains = await findUnverifiedDomains(db, tenant, creates, runtime);
  const resources = await readNeeded(db, tenant, steps, runtime);
  const changes: TargetChange[] = [];
  const target: Record<string, string> = {};
  for (const step of steps) {
    if (step.action === 'create') changes.push(...collisions(step, live), ...unverifiedDomains(step));
    for (const { id, change } of needs(step, resources)) {
      const found = resources.get(id);
      if (found) target[id] = found.fingerprint;
      if (change) changes.push(change);
    }
  }
  return { steps, changes: changes.slice(0, mostChanges), target, resources };
}

const collisions = (step: StepToApply, live: ReadonlyMap<string, LiveResource[]>): TargetChange[] =>
  step.targetKeys.flatMap((key) =>
    (live.get(key) ?? []).map(({ resourceId, fingerprint }) => ({
      step_id: step.id,
      item_id: step.itemId,
      code: 'target_collision',
      message: `The target has ${key} by now.`,
      was: null,
      is: { resource_id: resourceId, fingerprint },
    })),
  );

/** What a step needs to be at the target, and what is wrong with it there. */
function* needs(step: StepToApply, resources: ReadonlyMap<string, LiveResource>) {
  const base = { step_id: step.id, item_id: step.itemId };
  if (step.binding) {
    const { resource_id: id, fingerprint } = step.binding;
    const found = resources.get(id);
    const was = { resource_id: id, fingerprint };
    const is = found ? { resource_id: id, fingerprint: found.fingerprint } : null;
    const code = found ? 'bound_resource_changed' : 'bound_resource_gone';
    const message = found
      ? `What \u201c${step.name}\u201d is bound to was changed at the target; build the plan again.`
      : `What \u201c${step.name}\u201d is bound to is no longer at the target; build the plan again.`;
    yield { id, change: found?.fingerprint === fingerprint ? null : { ...base, code, message, was, is } };
  }
  for (const { resource_id: id } of referencesOf(step)) {
    const message = `A resource that \u201c${step.name}\u201d needs is no longer at the target; build the plan again.`;
    const gone = {
      ...base,
      code: 'referenced_resource_gone',
      message,
      was: { resource_id: id },
      is: null,
    };
    yield { id, change: resources.has(id) ? null : gone };
  }
}

interface Referred {
  contract: ResourceContract;
  resource_id: string;
}

/** The resources that a payload refers to and no step makes. */
function referencesOf({ targetPayload: payload }: StepToApply): Referred[] {
  const to = (contract: ResourceContract, reference: TargetReference): Referred[] =>
    'resource_id' in reference ? [{ contract, resource_id: reference.resource_id }] : [];
  if (payload && 'provider' in payload) return to('upstream_saml_provider', payload.provider);
  if (!payload || !('application' in payload)) return [];
  return [...to('tenant_oidc_application', payload.application), ...to('tenant_group', payload.group)];
}

async function readNeeded(
  db: Executor | Database,
  tenant: TenantId,
  steps: readonly StepToApply[],
  runtime: TargetRuntime,
): Promise<Map<string, LiveResource>> {
  const ids = new Map<ResourceContract, Set<string>>();
  const need = ({ contract, resource_id }: Referred) =>
    ids.set(contract, (ids.get(contract) ?? new Set()).add(resource_id));
  for (const step of steps) {
    for (const reference of referencesOf(step)) need(reference);
    if (step.binding) {
      const contract = step.targetContract as ResourceContract;
      need({ contract, resource_id: step.binding.resource_id });
    }
  }
  const resources = new Map<string, LiveResource>();
  for (const [contract, wanted] of ids) {
    for (const found of await runtime.read(db, tenant, contract, [...wanted]))
      resources.set(found.resourceId, found);
  }
  return resources;
}
