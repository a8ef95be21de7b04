import { WorkflowNotFoundError } from '@temporalio/client';
import { systemActor } from '../../domain/access.ts';
import { runFailure, runMemoKey } from '../../domain/run.ts';
import type { UnmirroredRun } from '../../prisma/store/mirror.ts';
import { settleRunFailed } from '../../prisma/store/settle.ts';
import type { MirrorDependencies } from './dependencies.ts';
import { tailRun } from './tail.ts';

/** A fresh row is left to its starter for a moment, and one without any run for a minute. */
const graceMs = 1_000;
const startedWithinMs = 60_000;

/**
 * Looks after a row that no run has claimed. An open run that names it is only waiting for a worker; one that closed
 * before it claimed settles the row; after a minute without any, the row failed to start. It is never started late.
 */
export async function sweepUnclaimed(deps: MirrorDependencies, row: UnmirroredRun): Promise<void> {
  const age = deps.now().getTime() - row.run.startedAt.getTime();
  if (age < graceMs) return;
  const found = await describe(deps, row.run.workflowId);
  if (found?.rowId === row.run.id) {
    if (found.open) return;
    await tailRun(
      deps,
      { ...row, run: { ...row.run, runIds: [found.runId] } },
      found.runId,
      new AbortController().signal,
    );
    await failNotStarted(deps, row, 'The run ended in Temporal before it began.');
    return;
  }
  if (age >= startedWithinMs) await failNotStarted(deps, row, 'The run was never started.');
}

async function describe(deps: MirrorDependencies, workflowId: string) {
  try {
    const description = await deps.client.workflow.getHandle(workflowId).describe();
    return {
      runId: description.runId,
      open: description.status.name === 'RUNNING',
      rowId: description.memo?.[runMemoKey],
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function failNotStarted(deps: MirrorDependencies, row: UnmirroredRun, message: string): Promise<void> {
  const failure = runFailure(deps.now(), { code: 'not_started', message });
  await settleRunFailed(deps.database, row.tenant, row.run, failure, systemActor('history-mirror'));
}
