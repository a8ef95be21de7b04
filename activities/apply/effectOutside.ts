import { v7 as uuidv7 } from 'uuid';
import type { TenantId } from '../../domain/ids.ts';
import type { Step, StepStatus } from '../../domain/plan.ts';
import { describeKey, isPlannable, naturalKeys, type Resource } from '../../domain/target.ts';
import type { Database } from '../../prisma/client.ts';
import { inTransaction } from '../../prisma/store/constraints.ts';
import type { HeldExecution } from '../../prisma/store/executionFence.ts';
import { doubtfulSteps, findIntent, saveIntent, type StoredIntent } from '../../prisma/store/intents.ts';
import type { FoundEffect } from '../../prisma/store/settleExecution.ts';
import {
  markSkipped,
  migratedByOf,
  recordApplied,
  type StepEffect,
} from '../../prisma/store/stepOutcomes.ts';
import { TargetRefusal, type OutsideTarget } from '../runtime/target.ts';
import { readBound } from './bind.ts';
import { secretFor } from './clientSecret.ts';
import { boundEffect, clientIdOf } from './effectInside.ts';
import { holdStep, type StepScope } from './hold.ts';
import { StepRefusal } from './refusal.ts';
import { resolveNeeds, resourceOf } from './resolve.ts';

interface Work {
  held: HeldExecution;
  step: Step;
  /** What to make; null for a step that binds. */
  resource: Resource | null;
  /** What an earlier attempt has asked for already. */
  former: StoredIntent | null;
}

/**
 * Does a step on a target elsewhere. What will be asked for is written down first; the call stands outside of any
 * transaction; and what it came to is read, whatever was answered. Every transaction is fenced anew.
 */
export async function effectOutside(
  database: Database,
  runtime: OutsideTarget,
  scope: StepScope,
  now: () => Date,
): Promise<StepStatus> {
  const work = await beginWork(database, scope, now());
  if (typeof work === 'string') return work;
  const effect = await reachEffect(database, runtime, scope, work, now());
  return inTransaction(database, async (tx) => {
    const { held, step } = await holdStep(tx, scope);
    if (step.status !== 'planned') return step.status;
    await recordApplied(tx, scope.tenant, held, step, effect, now());
    return 'applied';
  });
}

const beginWork = (database: Database, scope: StepScope, at: Date): Promise<Work | StepStatus> =>
  inTransaction(database, async (tx) => {
    const { tenant } = scope;
    const { held, step } = await holdStep(tx, scope);
    if (step.status !== 'planned') return step.status;
    const { resources, missing } = await resolveNeeds(tx, tenant, step);
    if (missing.length > 0) {
      await markSkipped(tx, tenant, held, step, missing, at);
      return 'skipped';
    }
    const resource = step.action === 'bind' ? null : resourceOf(step, resources);
    return { held, step, resource, former: await findIntent(tx, tenant, step.id) };
  });

async function reachEffect(
  database: Database,
  runtime: OutsideTarget,
  scope: StepScope,
  work: Work,
  at: Date,
): Promise<StepEffect> {
  const { tenant } = scope;
  const { held, step, resource, former } = work;
  if (!resource) return boundEffect(await readBound(runtime, database, tenant, step));
  const before = former && (await findEffect(runtime, tenant, step, former, held.execution.id));
  if (before) return before;
  await requireFree(database, runtime, tenant, resource);
  const { secret, kept } = await secretFor(resource, held.recipientJwk);
  const intent: StoredIntent = {
    resource_id: former?.resource_id ?? uuidv7(),
    call_id: uuidv7(),
    calls: (former?.calls ?? 0) + 1,
    execution_id: held.execution.id,
    secret: kept,
  };
  await inTransaction(database, async (tx) => {
    await holdStep(tx, scope);
    await saveIntent(tx, tenant, step.id, intent);
  });
  const request = { ...resource, migratedBy: migratedByOf(held, step), secret, at };
  const error = await runtime.create(tenant, request, toCall(step, intent)).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  const made = await findEffect(runtime, tenant, step, intent, held.execution.id);
  if (made) return made;
  if (error instanceof TargetRefusal && error.code !== 'collision') throw error;
  await requireFree(database, runtime, tenant, resource);
  throw error instanceof Error ? error : new Error('The target has not made what it was asked for.');
}

const toCall = (step: Step, { resource_id: resourceId, call_id: callId }: StoredIntent) => ({
  resourceId,
  callId,
  stepId: step.id,
});

/** A key that is taken is somebody else's: what we made has been looked for before. */
async function requireFree(
  database: Database,
  runtime: OutsideTarget,
  tenant: TenantId,
  resource: Resource,
): Promise<void> {
  const taken = await runtime.findByKeys(database, tenant, naturalKeys(resource));
  if (taken.size === 0) return;
  const keys = [...taken.keys()].map(describeKey).join(', or ');
  throw new StepRefusal('collision', `The target already has ${keys}; nothing was overwritten.`);
}

/**
 * What the calls for a step came to; null while they came to nothing. The secret that is sealed is the resource's only
 * when the last call made it, for the execution that looks now; otherwise nobody has it.
 */
async function findEffect(
  runtime: OutsideTarget,
  tenant: TenantId,
  step: Step,
  intent: StoredIntent,
  executionId: string,
): Promise<StepEffect | null> {
  if (!isPlannable(step.targetContract)) return null;
  const found = await runtime.findMade(tenant, step.targetContract, toCall(step, intent));
  if (!found) return null;
  const { callId, resourceId, fingerprint } = found;
  const byLastCall = callId === null ? intent.calls === 1 : callId === intent.call_id;
  const known = intent.secret.state === 'none' || (byLastCall && intent.execution_id === executionId);
  return {
    outcome: 'created',
    resourceId,
    fingerprint,
    clientId: clientIdOf({ payload: step.targetPayload ?? {} }),
    secret: known ? intent.secret : { state: 'lost', jwe: null },
  };
}

/** Reads once more, before an execution settles, what its doubtful calls came to. */
export async function findEffects(
  database: Database,
  runtime: OutsideTarget,
  tenant: TenantId,
  { planId, id }: { planId: string; id: string },
): Promise<FoundEffect[]> {
  const found: FoundEffect[] = [];
  for (const { step, intent } of await doubtfulSteps(database, tenant, planId, id)) {
    const effect = await findEffect(runtime, tenant, step, intent, id);
    if (effect) found.push({ stepId: step.id, effect });
  }
  return found;
}
