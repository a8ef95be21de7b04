import { CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { RunInput } from '../domain/run.ts';
import { briefReads, database, longDatabase } from './activities.ts';
import { endedFailed, failureOf } from './failure.ts';

/** Compares a plan with the incumbent, as far as it answers, and with the live target; the API mints the token from the result. */
export async function previewCutover(input: RunInput): Promise<void> {
  const continuedFrom = workflowInfo().continuedFromExecutionRunId ?? null;
  const { resourceId: previewId } = await database.claim({ ...input, continuedFrom });
  const scope = { tenantId: input.tenantId, previewId };
  try {
    await Promise.all([
      briefReads.compareWithSource(scope).catch(unlessCancelled),
      longDatabase.comparePlan(scope),
    ]);
    await database.finishPreview(scope);
  } catch (error) {
    const failure = failureOf(error, { code: 'plan_failed', message: 'The preview could not be finished.' });
    await CancellationScope.nonCancellable(() => database.failPreview({ ...scope, failure }));
    throw isCancellation(error) ? error : endedFailed(failure);
  }
}

/** A source that cannot be read is a warning of the preview, never its failure. */
function unlessCancelled(error: unknown): void {
  if (isCancellation(error)) throw error;
}
