import { Context } from '@temporalio/activity';
import { v7 as uuidv7 } from 'uuid';
import type { StepFailure, StepStatus } from '../../domain/plan.ts';
import { inTransaction } from '../../prisma/store/constraints.ts';
import { closeAttempt, openAttempt } from '../../prisma/store/stepAttempts.ts';
import { markFailed } from '../../prisma/store/stepOutcomes.ts';
import { acting } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { effectInside } from './effectInside.ts';
import { effectOutside } from './effectOutside.ts';
import { holdStep, type StepScope } from './hold.ts';
import { stepFailureOf, unexpectedFailure } from './refusal.ts';

export interface StepInput {
  tenantId: string;
  executionId: string;
  stepId: string;
}

/** The true status of the step after the attempt, which is what the workflow branches on. */
export interface StepResult {
  status: StepStatus;
}

const scopeOf = (input: StepInput): StepScope => {
  const { tenant, temporalRunId } = acting(input);
  return { tenant, temporalRunId, executionId: input.executionId, stepId: input.stepId };
};

/**
 * Does one step, once. Its outcome, the link from the old id to the new, the audit record and the sealed secret commit
 * together, at a target that shares our database with the object itself; an outcome that is there already is answered,
 * not repeated. A refusal of the step is its failure and no error of the activity.
 */
export function applyStep(deps: ActivityDependencies) {
  return async (input: StepInput): Promise<StepResult> => {
    const scope = scopeOf(input);
    const attempt = await openAttempt(deps.database, scope.tenant, {
      id: uuidv7(),
      stepId: scope.stepId,
      executionId: scope.executionId,
      runId: scope.temporalRunId,
      number: Context.current().info.attempt,
      worker: deps.workerName,
      at: deps.now(),
    });
    try {
      return { status: await attemptStep(deps, scope, attempt) };
    } catch (error) {
      const at = deps.now();
      const failure = stepFailureOf(error, at);
      if (failure) return settleFailed(deps, scope, failure, attempt);
      const end = { status: 'failed', failure: unexpectedFailure(at) } as const;
      await closeAttempt(deps.database, attempt, at, end);
      throw error;
    }
  };
}

async function attemptStep(
  { database, runtime, now }: ActivityDependencies,
  scope: StepScope,
  attempt: string,
): Promise<StepStatus> {
  if (!runtime.transactional) {
    const status = await effectOutside(database, runtime, scope, now);
    await closeAttempt(database, attempt, now(), { status: 'succeeded' });
    return status;
  }
  return inTransaction(database, async (tx) => {
    const { held, step } = await holdStep(tx, scope);
    const at = now();
    const open = step.status === 'planned';
    const status = open ? await effectInside(tx, runtime, scope.tenant, held, step, at) : step.status;
    await closeAttempt(tx, attempt, at, { status: 'succeeded' });
    return status;
  });
}

async function settleFailed(
  deps: ActivityDependencies,
  scope: StepScope,
  failure: StepFailure,
  attempt: string | null,
): Promise<StepResult> {
  return inTransaction(deps.database, async (tx) => {
    const { held, step } = await holdStep(tx, scope);
    const at = deps.now();
    if (attempt !== null) await closeAttempt(tx, attempt, at, { status: 'failed', failure });
    if (step.status !== 'planned') return { status: step.status };
    await markFailed(tx, scope.tenant, held, step, failure, at);
    return { status: 'failed' };
  });
}

/**
 * When Temporal gave a step's activity up: records the failure, unless the effect had been committed after all, and
 * returns what is true.
 */
export function recordStepFailure(deps: ActivityDependencies) {
  return async (input: StepInput): Promise<StepResult> =>
    settleFailed(deps, scopeOf(input), unexpectedFailure(deps.now()), null);
}
