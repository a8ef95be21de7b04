import { randomBytes } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { v7 as uuidv7 } from 'uuid';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ReasonCode, SecretState, StepFailure, StepStatus } from '../../domain/plan.ts';
import {
  isCreatable,
  needsSecret,
  type TargetPayload,
  type TargetReference,
  type TenantOidcApplication,
} from '../../domain/target.ts';
import { sha256 } from '../../platform/digest.ts';
import { sealForRecipient } from '../../platform/oneTimeSecret.ts';
import { violatedConstraint, type Transaction } from '../../prisma/client.ts';
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
    const secret = randomBytes(32).toString('base64url');
    try {
      return await inTransaction(deps.database, (tx) => effect(tx, deps, act, input, secret, attempt));
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) {
        await closeAttempt(deps.database, attempt, deps.now(), {
          status: 'failed',
          failure: unexpected(deps.now()),
        });
        throw error;
      }
      return settleFailed(deps, act, input, refusal, attempt);
    }
  };
}

/** A collision that another writer won inside its own transaction is the same refusal. */
function refusalOf(error: unknown): TargetRefusal | null {
  if (error instanceof TargetRefusal) return error;
  const constraint = violatedConstraint(error);
  if (constraint?.startsWith('runtime_')) {
    return new TargetRefusal(
      'collision',
      'The target got the same resource from somewhere else; nothing was overwritten.',
    );
  }
  return null;
}

async function effect(
  tx: Transaction,
  deps: ActivityDependencies,
  act: Acting,
  input: StepInput,
  secret: string,
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
  const { contract, payload } = references;
  const sealed = await sealSecret(held, contract, payload, secret);
  const migratedBy = {
    source_id: held.plan.sourceId,
    external_id: step.externalId,
    plan_id: held.plan.id,
    step_id: step.id,
    execution_id: held.execution.id,
  };
  const secretHash = sealed.state === 'none' ? null : sha256(secret);
  const made = await deps.runtime.create(tx, tenant, { contract, payload, migratedBy, secretHash, at });
  const clientId = 'client_id' in payload ? payload.client_id : null;
  await saveTargetLink(tx, tenant, {
    ...migratedBy,
    targetContract: contract,
    ...made,
    origin: 'created',
    clientId,
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

interface Resolved {
  contract: 'tenant_group' | 'tenant_oidc_application' | 'tenant_app_assignment';
  payload: TargetPayload;
}

/** Puts the resources that earlier steps made in the place of their steps; says which of them made none. */
async function resolveReferences(tx: Transaction, step: Step): Promise<Resolved | { missing: string[] }> {
  const { targetContract: contract, targetPayload: payload } = step;
  if (!payload || !isCreatable(contract))
    throw new DomainError('plan_check_failed', 'A planned step has nothing to write.');
  const needed = await tx.step.findMany({
    where: { id: { in: step.dependsOn } },
    select: { id: true, status: true, targetResourceId: true },
  });
  const made = new Map(needed.map((row) => [row.id, row.status === 'applied' ? row.targetResourceId : null]));
  const missing = step.dependsOn.filter((id) => !made.get(id));
  if (missing.length > 0) return { missing };
  const resolve = (reference: TargetReference): TargetReference =>
    'step_id' in reference ? { resource_id: made.get(reference.step_id) ?? '' } : reference;
  if ('application' in payload) {
    return {
      contract,
      payload: { application: resolve(payload.application), group: resolve(payload.group) },
    };
  }
  return { contract, payload };
}

/** A secret is sealed to the caller's key before the target hears of it; without a key it is lost, and is said to be. */
async function sealSecret(
  held: HeldExecution,
  contract: string,
  payload: TargetPayload,
  secret: string,
): Promise<{ state: SecretState; jwe: string | null }> {
  const confidential =
    contract === 'tenant_oidc_application' && needsSecret(payload as TenantOidcApplication);
  if (!confidential) return { state: 'none', jwe: null };
  if (!held.recipientJwk) return { state: 'lost', jwe: null };
  return { state: 'pending', jwe: await sealForRecipient(held.recipientJwk, secret) };
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
