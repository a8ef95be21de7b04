import { CancellationScope, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { RunInput } from '../domain/run.ts';
import { database, longDatabase } from './activities.ts';
import { endedFailed, failureOf } from './failure.ts';
import { stoppable } from './stop.ts';

/** Judges every item of a completed snapshot; assignments last. Verdicts are in the database, batch by batch. */
export async function assessSnapshot(input: RunInput): Promise<void> {
  const continuedFrom = workflowInfo().continuedFromExecutionRunId ?? null;
  const { resourceId: assessmentId } = await database.claim({ ...input, continuedFrom });
  const scope = { tenantId: input.tenantId, assessmentId };
  try {
    await stoppable(input.runId, async () => {
      setCurrentDetails('Judging everything but assignments.');
      await longDatabase.classify.executeWithOptions({ summary: 'items' }, [{ ...scope, phase: 'items' }]);
      setCurrentDetails('Judging assignments.');
      await longDatabase.classify.executeWithOptions({ summary: 'assignments' }, [
        { ...scope, phase: 'assignments' },
      ]);
      setCurrentDetails('Summing up.');
      await longDatabase.settleAssessment(scope);
    });
  } catch (error) {
    const failure = failureOf(error, {
      code: 'assessment_failed',
      message: 'The assessment could not be finished.',
    });
    await CancellationScope.nonCancellable(() => database.failAssessment({ ...scope, failure }));
    throw isCancellation(error) ? error : endedFailed(failure);
  }
}
