import { DomainError } from '../../domain/errors.ts';
import type { OutstandingStep } from '../../domain/plan.ts';
import { runFailure, type RunFailure } from '../../domain/run.ts';
import { inTransaction } from '../../prisma/store/constraints.ts';
import { holdExecution } from '../../prisma/store/executionFence.ts';
import { findExecution } from '../../prisma/store/executions.ts';
import { findPlan } from '../../prisma/store/plans.ts';
import { settleExecution } from '../../prisma/store/settleExecution.ts';
import { outstandingSteps, takeSteps } from '../../prisma/store/stepOutcomes.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { faultOfStoredPlan } from '../plan/check.ts';
import { compareWithPreview } from '../plan/compareTarget.ts';
import { findEffects } from './effectOutside.ts';

export interface ExecutionInput {
  tenantId: string;
  executionId: string;
}

/**
 * Before the first effect: reads the target for every step. A difference from what was previewed ends the execution
 * with nothing touched, and so does a plan that breaks its own rules; otherwise every step that mutates nothing is
 * settled here, in one activity. A retry took its steps when it was claimed, and each of them repeats its own
 * precondition.
 */
export function beginExecution(deps: ActivityDependencies) {
  return async (input: ExecutionInput): Promise<{ stale: boolean }> =>
    heartbeating(async (signal) => {
      const { tenant, temporalRunId } = acting(input);
      const { database, runtime, now } = deps;
      const execution = await findExecution(database, tenant, input.executionId);
      const plan = execution && (await findPlan(database, tenant, execution.planId));
      if (!plan) throw new DomainError('execution_superseded', 'The execution is gone.');
      if (execution.trigger !== 'apply') return { stale: false };
      const changes = await compareWithPreview(database, tenant, execution, runtime);
      const unusable =
        changes.length > 0
          ? {
              code: 'preview_stale',
              message: 'The target changed after the preview; nothing was written. Preview the plan again.',
            }
          : await faultOfStoredPlan(database, tenant, plan, signal);
      if (unusable) {
        const { code, message } = unusable;
        const failure = runFailure(now(), { code, message });
        const end = { failure, at: now(), untouched: { changes }, temporalRunId };
        await settleExecution(database, tenant, input.executionId, end);
        return { stale: true };
      }
      await inTransaction(database, async (tx) => {
        const held = await holdExecution(tx, tenant, input.executionId, temporalRunId);
        await takeSteps(tx, tenant, held, now());
      });
      return { stale: false };
    });
}

/** What is still to be done, from the database: after a reset or a new hop just as at the beginning. */
export function loadOutstandingSteps(deps: ActivityDependencies) {
  return async (input: ExecutionInput): Promise<{ steps: OutstandingStep[]; more: boolean }> => {
    const { tenant, temporalRunId } = acting(input);
    return inTransaction(deps.database, async (tx) => {
      await holdExecution(tx, tenant, input.executionId, temporalRunId);
      const { hopSteps } = deps.pace;
      const steps = await outstandingSteps(tx, tenant, input.executionId, hopSteps + 1);
      return { steps: steps.slice(0, hopSteps), more: steps.length > hopSteps };
    });
  };
}

export interface FinishInput extends ExecutionInput {
  failure: Omit<RunFailure, 'at'> | null;
}

/** Settles the execution and its plan, after a last look at what nobody is sure of; repeatable. */
export function finishExecution(deps: ActivityDependencies) {
  return async (input: FinishInput): Promise<{ status: string }> => {
    const { tenant, temporalRunId } = acting(input);
    const at = deps.now();
    const failure = input.failure && { ...input.failure, at: at.toISOString() };
    const { database, runtime } = deps;
    const execution = await findExecution(database, tenant, input.executionId);
    const open = execution?.status === 'started' && !runtime.transactional;
    const found = open ? await findEffects(database, runtime, tenant, execution) : [];
    const end = { failure, found, at, temporalRunId };
    const status = await settleExecution(database, tenant, input.executionId, end);
    return { status };
  };
}
