import { CancellationScope, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { RunInput } from '../domain/run.ts';
import { checks, database } from './activities.ts';
import { endedFailed, failureOf } from './failure.ts';
import { stoppable } from './stop.ts';

/** Finds out what a source's credential may read, and whether it may do more. The result is in the database. */
export async function verifySource(input: RunInput): Promise<void> {
  const continuedFrom = workflowInfo().continuedFromExecutionRunId ?? null;
  const { resourceId: sourceId } = await database.claim({ ...input, continuedFrom });
  const scope = { tenantId: input.tenantId, sourceId };
  try {
    setCurrentDetails('Asking for the first page of every collection.');
    await stoppable(input.runId, () => checks.checkCredential(scope));
  } catch (error) {
    const failure = failureOf(error, {
      code: 'source_unusable',
      message: 'The credential could not be checked.',
    });
    const failed = { ...scope, runId: input.runId, failure };
    await CancellationScope.nonCancellable(() => database.failCheck(failed));
    throw isCancellation(error) ? error : endedFailed(failure);
  }
}
