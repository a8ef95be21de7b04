import { Context } from '@temporalio/activity';
import { waitingSignalName, type Waiting } from '../../domain/run.ts';
import { RetryLater } from './walk.ts';

/**
 * Tells the workflow of a read that gives way to the vendor's limit, so that the Temporal UI shows it: the activity
 * itself only ends when it has read on. Best effort; the wait stands in the database as well.
 */
export async function tellWaiting(collection: string, error: unknown): Promise<void> {
  if (!(error instanceof RetryLater) || error.failure.kind !== 'rate_limited') return;
  const { info } = Context.current();
  if (!info.workflowExecution) return;
  const { workflowId, runId } = info.workflowExecution;
  const waiting: Waiting = { collection, text: error.message };
  try {
    await Context.current().client.workflow.getHandle(workflowId, runId).signal(waitingSignalName, waiting);
  } catch (cause) {
    Context.current().log.debug('the wait could not be told', { cause: String(cause) });
  }
}
