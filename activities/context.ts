import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';
import { TenantId } from '../domain/ids.ts';

/** Who this activity acts for: the tenant it was told, and the workflow run that must hold the row. */
export interface Acting {
  tenant: TenantId;
  temporalRunId: string;
  workflowId: string;
}

export function acting(input: { tenantId: string }): Acting {
  const { workflowExecution } = Context.current().info;
  if (!workflowExecution) throw new Error('This activity only runs in a workflow.');
  return {
    tenant: TenantId.parse(input.tenantId),
    temporalRunId: workflowExecution.runId,
    workflowId: workflowExecution.workflowId,
  };
}

/** Heartbeats once a second while `work` runs, so that a dead worker is noticed and a cancellation arrives. */
export async function heartbeating<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  // Many requests at a time listen to the one signal.
  setMaxListeners(0, context.cancellationSignal);
  context.heartbeat();
  const timer = setInterval(() => context.heartbeat(), 1_000);
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    // A cancelled activity ends as cancelled, whatever its last request made of the abort.
    if (context.cancellationSignal.aborted) await context.cancelled;
    throw error;
  } finally {
    clearInterval(timer);
  }
}
