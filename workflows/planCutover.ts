import { CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { RunInput } from '../domain/run.ts';
import { database, longDatabase } from './activities.ts';
import { endedFailed, failureOf } from './failure.ts';

/** Builds or rebuilds a plan from its assessment and the target as it is. */
export async function planCutover(input: RunInput): Promise<void> {
  const continuedFrom = workflowInfo().continuedFromExecutionRunId ?? null;
  const { resourceId: planId } = await database.claim({ ...input, continuedFrom });
  const scope = { tenantId: input.tenantId, planId };
  try {
    await longDatabase.buildPlan(scope);
  } catch (error) {
    const failure = failureOf(error, { code: 'plan_failed', message: 'The plan could not be built.' });
    await CancellationScope.nonCancellable(() => database.failPlan({ ...scope, failure }));
    throw isCancellation(error) ? error : endedFailed(failure);
  }
}
