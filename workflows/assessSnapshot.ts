import { CancellationScope, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { RunInput } from '../domain/run.ts';
import { database, longDatabase } from './activities.ts';
import { endedFailed, failureOf } from './failure.ts';
import { stoppable } from './stop.ts';

/** Judges every item of a completed snapshot, those that depend on others last. Verdicts are stored batch by batch. */
export async function assessSnapshot(input: RunInput): Promise<void> {
  const continuedFrom = workflowInfo().continuedFromExecutionRunId ?? null;
  const { resourceId: assessmentId } = await database.claim({ ...input, continuedFrom });
  const scope = { tenantId: input.tenantId, assessmentId };
  try {
    await stoppable(input.runId, async () => {
      setCurrentDetails('Judging what stands for itself.');
      await longDatabase.classify.executeWithOptions({ summary: 'what stands for itself' }, [
        { ...scope, phase: 'first' },
      ]);
      setCurrentDetails('Judging what depends on others.');
      await longDatabase.classify.executeWithOptions({ summary: 'what depends on others' }, [
        { ...scope, phase: 'last' },
      ]);
      setCurrentDetails('Looking for what the target has already.');
      await longDatabase.findOverlaps(scope);
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
