import { Context } from '@temporalio/activity';
import { v7 as uuidv7 } from 'uuid';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ReasonCode, SecretState, StepFailure, StepStatus } from '../../domain/plan.ts';
import { isPlannable, needsSecret, type Resource, type TargetReference } from '../../domain/target.ts';
import { newClientSecret, sealForRecipient } from '../../platform/oneTimeSecret.ts';
import type { Transaction } from '../../prisma/client.ts';
import { inTransaction } from '../../prisma/store/constraints.ts';
import { jsonOrNull } from '../../prisma/store/json.ts';
import { holdExecution, recordStepSettled, type HeldExecution } from '../../prisma/store/executions.ts';
import { lock } from '../../prisma/store/locks.ts';
import { findStep } from '../../prisma/store/steps.ts';
import { saveTargetLink } from '../../prisma/store/targetLinks.ts';
import { closeAttempt, openAttempt } from '../../prisma/store/stepAttempts.ts';
import type { Step } from '../../domain/plan.ts';
import { acting, type Acting } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { TargetRefusal } from '../runtime/target.ts';

export interface StepInput {
  tenantId: string;
  executionId: string;
  stepId: string;
}

/** The true status of the step after the attempt, which is what the workflow branches on. */
export interface StepResult {
  status: StepStatus;
}

/**
 * Does one step, once. Its object at the target, its outcome, the link from the old id to the new, the audit record
 * and the sealed secret commit together or not at all; an outcome that is there already is answered, not repeated.
 * A refusal of the target's is the step's failure and no error of the activity.
 */
export function applyStep(deps: ActivityDependencies) {
  return async (input: StepInput): Promise<StepResult> => {
    const act = acting(input);
    const attempt = await openAttempt(deps.database, act.tenant, {
      id: uuidv7(),
      stepId: input.stepId,
      executionId: input.executionId,
      runId: act.temporalRunId,
      number: Context.current().info.attempt,
      worker: deps.workerName,
      at: deps.now(),
    });
    try {
      return await inTransaction(deps.database, (tx) => effect(tx, deps, act, input, attempt));
    } catch (error) {
      if (!(error instanceof TargetRefusal)) {
        await closeAttempt(deps.database, attempt, deps.now(), {
          status: 'failed',
          failure: unexpected(deps.now()),
        });
        throw error;
      }
      return settleFailed(deps, act, input, error, attempt);
    }
  };
}

async function effect(
  tx: Transaction,
  deps: ActivityDependencies,
  act: Acting,
  input: StepInput,
  attempt: string,
): Promise<StepResult> {
  const { tenant, temporalRunId } = act;
  const held = await holdExecution(tx, tenant, input.executionId, temporalRunId);
  const step = await holdStep(tx, tenant, held, input.stepId);
  const at = deps.now();
  if (step.status !== 'planned') {
    await closeAttempt(tx, attempt, at, { status: 'succeeded' });
    return { status: step.status };
  }
  const references = await resolveReferences(tx, step);
  if ('missing' in references) {
    await closeAttempt(tx, attempt, at, { status: 'succeeded' });
    return skipStep(tx, tenant, held, step, references.missing, at);
  }
  const { resource } = references;
  const { secretHash, ...sealed } = await makeSecret(held, resource);
  const migratedBy = {
    source_id: held.plan.sourceId,
    external_id: step.externalId,
    plan_id: held.plan.id,
    step_id: step.id,
    execution_id: held.execution.id,
  };
  const made = await deps.runtime.create(tx, tenant, { ...resource, migratedBy, secretHash, at });
  await saveTargetLink(tx, tenant, {
    ...migratedBy,
    targetContract: resource.contract,
    ...made,
    origin: 'created',
    clientId: resource.contract === 'tenant_oidc_application' ? resource.payload.client_id : null,
    at,
  });
  await tx.step.update({
    where: { id: step.id },
    data: {
      status: 'applied',
      outcome: 'created',
      targetResourceId: made.resourceId,
      secretState: sealed.state,
      sealedSecret: sealed.jwe,
    },
  });
  const settled = {
    ...step,
    status: 'applied' as const,
    outcome: 'created',
    failure: null,
    targetResourceId: made.resourceId,
  };
  await recordStepSettled(tx, tenant, held, settled, at);
  await closeAttempt(tx, attempt, at, { status: 'succeeded' });
  return { status: 'applied' };
}

async function holdStep(
  tx: Transaction,
  tenant: TenantId,
  held: HeldExecution,
  stepId: string,
): Promise<Step> {
  await lock(tx, tenant, 'step', stepId, 'write');
  const step = await findStep(tx, tenant, held.plan.id, stepId);
  if (!step) throw new DomainError('execution_superseded', 'The plan has no such step any more.');
  return step;
}

/** Puts the resources that earlier steps made in the place of their steps; says which of them made none. */
async function resolveReferences(
  tx: Transaction,
  step: Step,
): Promise<{ resource: Resource } | { missing: string[] }> {
  const { targetContract: contract, targetPayload: payload } = step;
  if (!payload || !isPlannable(contract))
    throw new DomainError('plan_check_failed', 'A planned step has nothing to write.');
  const needed = await tx.step.findMany({
    where: { id: { in: step.dependsOn } },
    select: { id: true, status: true, targetResourceId: true },
  });
  const made = new Map(needed.map((row) => [row.id, row.status === 'applied' ? row.targetResourceId : null]));
  const missing = step.dependsOn.filter((id) => !made.get(id));
  if (missing.length > 0) return { missing };
  const resolve = (reference: TargetReference) =>
    'step_id' in reference ? { resource_id: made.get(reference.step_id) ?? '' } : reference;
  if ('provider' in payload) {
    const provider = resolve(payload.provider);
    return { resource: { contract: 'federation_routing_rule', payload: { ...payload, provider } } };
  }
  if ('application' in payload) {
    const ends = { application: resolve(payload.application), group: resolve(payload.group) };
    return { resource: { contract: 'tenant_app_assignment', payload: ends } };
  }
  // That a step's payload is of its contract is the plan check's to see to.
  return { resource: { contract, payload } as Resource };
}

/** A secret is sealed to the caller's key before the target hears of it; without a key it is lost, and is said to be. */
async function makeSecret(
  held: HeldExecution,
  { contract, payload }: Resource,
): Promise<{ state: SecretState; jwe: string | null; secretHash: Uint8Array | null }> {
  if (contract !== 'tenant_oidc_application' || !needsSecret(payload))
    return { state: 'none', jwe: null, secretHash: null };
  const { secret, hash: secretHash } = newClientSecret();
  if (!held.recipientJwk) return { state: 'lost', jwe: null, secretHash };
  return { state: 'pending', jwe: await sealForRecipient(held.recipientJwk, secret), secretHash };
}

async function skipStep(
  tx: Transaction,
  tenant: TenantId,
  held: HeldExecution,
  step: Step,
  missing: readonly string[],
  at: Date,
): Promise<StepResult> {
  const reasonCode: ReasonCode = 'dependency_failed';
  const reason = `It needs step ${missing.join(' and ')}, which was not applied.`;
  await tx.step.update({ where: { id: step.id }, data: { status: 'skipped', reasonCode, reason } });
  const settled = {
    ...step,
    status: 'skipped' as const,
    reasonCode,
    outcome: null,
    failure: null,
    targetResourceId: null,
  };
  await recordStepSettled(tx, tenant, held, settled, at);
  return { status: 'skipped' };
}

async function settleFailed(
  deps: ActivityDependencies,
  act: Acting,
  input: StepInput,
  refusal: Pick<TargetRefusal, 'code' | 'message'> | StepFailure,
  attempt: string | null,
): Promise<StepResult> {
  const at = deps.now();
  const failure: StepFailure = { code: refusal.code, message: refusal.message, at: at.toISOString() };
  return inTransaction(deps.database, async (tx) => {
    const held = await holdExecution(tx, act.tenant, input.executionId, act.temporalRunId);
    const step = await holdStep(tx, act.tenant, held, input.stepId);
    if (attempt !== null) await closeAttempt(tx, attempt, at, { status: 'failed', failure });
    if (step.status !== 'planned') return { status: step.status };
    await tx.step.update({
      where: { id: step.id },
      data: { status: 'failed', failure: jsonOrNull(failure) },
    });
    const settled = { ...step, status: 'failed' as const, outcome: null, failure, targetResourceId: null };
    await recordStepSettled(tx, act.tenant, held, settled, at);
    return { status: 'failed' };
  });
}

const unexpected = (at: Date): StepFailure => ({
  code: 'internal',
  message: 'The attempt could not be finished.',
  at: at.toISOString(),
});

/**
 * When Temporal gave a step's activity up: records the failure, unless the effect had been committed after all, and
 * returns what is true.
 */
export function recordStepFailure(deps: ActivityDependencies) {
  return async (input: StepInput): Promise<StepResult> =>
    settleFailed(deps, acting(input), input, unexpected(deps.now()), null);
}
