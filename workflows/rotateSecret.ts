import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { RunInput } from '../domain/run.ts';
import { database, effects } from './activities.ts';
import { endedFailed, failureOf } from './failure.ts';
import { stoppable } from './stop.ts';

/** Gives an application that a cutover created another client secret. */
export async function rotateSecret(input: RunInput): Promise<void> {
  const { resourceId: stepId } = await database.claim({ ...input, continuedFrom: null });
  const scope = { ...input, stepId };
  try {
    await stoppable(input.runId, () => effects.rotateSecret(scope));
  } catch (error) {
    const failure = failureOf(error, {
      code: 'internal_error',
      message: 'The secret could not be rotated.',
    });
    await CancellationScope.nonCancellable(() => database.failRotation({ ...scope, failure }));
    throw isCancellation(error) ? error : endedFailed(failure);
  }
}
