import { CancellationScope, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { RunInput } from '../domain/run.ts';
import { database, longDatabase } from './activities.ts';
import { endedFailed, failureOf } from './failure.ts';
import { stoppable } from './stop.ts';

/** Compares an assessment's overlaps with the target as it is now. What it finds is in the database, batch by batch. */
export async function refreshDecisions(input: RunInput): Promise<void> {
  const continuedFrom = workflowInfo().continuedFromExecutionRunId ?? null;
  const { resourceId: assessmentId } = await database.claim({ ...input, continuedFrom });
  const scope = { tenantId: input.tenantId, assessmentId };
  try {
    setCurrentDetails('Looking at the target.');
    await stoppable(input.runId, () => longDatabase.refreshOverlaps(scope));
  } catch (error) {
    const failure = failureOf(error, {
      code: 'refresh_failed',
      message: 'The target could not be compared with the assessment.',
    });
    const failed = { ...scope, runId: input.runId, failure };
    await CancellationScope.nonCancellable(() => database.failRefresh(failed));
    throw isCancellation(error) ? error : endedFailed(failure);
  }
}
