import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { ResetOrigin } from '../prisma/store/executionClaim.ts';

const { WorkflowTaskFailedCause } = proto.temporal.api.enums.v1;

/** Characters of a reason that are kept. */
const longest = 500;

/**
 * Of which run a run is the reset, and why; null when it is none. Temporal says so in the history of the new run alone,
 * where a workflow task fails with that cause; its CLI puts the name of the machine's user before the reason. A run
 * that was reset again begins with the events of the former resets as well, which name other runs.
 */
export async function findResetOrigin(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<ResetOrigin | null> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const own = (events ?? [])
    .map((event) => event.workflowTaskFailedEventAttributes)
    .find(
      (failed) =>
        failed?.newRunId === runId &&
        failed.cause === WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
    );
  return own ? { formerRunId: own.baseRunId ?? '', reason: inOneLine(own.failure?.message ?? '') } : null;
}

/** Somebody's free text as a line that is bounded and sound. */
function inOneLine(text: string): string | null {
  const line = text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, longest)
    .toWellFormed();
  return line === '' ? null : line;
}
