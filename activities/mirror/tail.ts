import { isGrpcServiceError } from '@temporalio/client';
import { systemActor, temporalActor } from '../../domain/access.ts';
import { runFailure, type Run, type RunFailure } from '../../domain/run.ts';
import { markMirrored, saveMirrored, type UnmirroredRun } from '../../prisma/store/mirror.ts';
import { findRun, noteIdentity } from '../../prisma/store/runs.ts';
import { settleRunFailed } from '../../prisma/store/settle.ts';
import { addEvents, emptyHistory, type MirroredClose, type MirroredHistory } from './history.ts';
import type { MirrorDependencies } from './dependencies.ts';

/** A caught-up poll answers after twenty seconds; this leaves it time. */
const pollDeadlineMs = 70_000;

/** https://grpc.io/docs/guides/status-codes/ */
const grpcNotFound = 5;

/**
 * Follows one run's history to its end and stores it as it grows. When the run has closed and its row has not ended,
 * the row is settled with the reason: the run was terminated, timed out, or failed before it could settle itself.
 */
export async function tailRun(
  deps: MirrorDependencies,
  row: UnmirroredRun,
  temporalRunId: string,
  signal: AbortSignal,
): Promise<void> {
  const history = await readToEnd(deps, row, temporalRunId, signal);
  if (history === 'deleted') {
    // Of a former hop nothing but its history is lost.
    const run = await findRun(deps.database, row.tenant, row.run.id);
    if ((run?.runIds.at(-1) ?? temporalRunId) === temporalRunId) await settleDeleted(deps, row);
  } else if (history.close) await settleClosed(deps, row, temporalRunId, history, history.close, signal);
}

async function readToEnd(
  deps: MirrorDependencies,
  row: UnmirroredRun,
  temporalRunId: string,
  signal: AbortSignal,
): Promise<MirroredHistory | 'deleted'> {
  const history = emptyHistory();
  let token: Uint8Array | undefined;
  while (!signal.aborted && !history.close) {
    const page = await readPage(deps, row, temporalRunId, token, signal);
    if (page === 'aborted') break;
    if (page === 'deleted') return page;
    const changed = addEvents(history, page.events);
    if (page.events.length > 0) await store(deps, row, temporalRunId, history, changed);
    // The token is empty when the run has closed; a page without a close and a token is read again from its start.
    token = page.token.length > 0 ? page.token : undefined;
  }
  return history;
}

async function readPage(
  deps: MirrorDependencies,
  row: UnmirroredRun,
  runId: string,
  token: Uint8Array | undefined,
  signal: AbortSignal,
) {
  const { client } = deps;
  const request = {
    namespace: client.options.namespace,
    execution: { workflowId: row.run.workflowId, runId },
    waitNewEvent: true,
    nextPageToken: token ?? new Uint8Array(),
  };
  try {
    const response = await client.connection.withAbortSignal(signal, () =>
      client.connection.withDeadline(Date.now() + pollDeadlineMs, () =>
        client.workflowService.getWorkflowExecutionHistory(request),
      ),
    );
    return { events: response.history?.events ?? [], token: response.nextPageToken };
  } catch (error) {
    if (signal.aborted) return 'aborted' as const;
    if (isGrpcServiceError(error) && (error.code as number) === grpcNotFound) return 'deleted' as const;
    throw error;
  }
}

async function store(
  deps: MirrorDependencies,
  row: UnmirroredRun,
  temporalRunId: string,
  history: MirroredHistory,
  changed: ReturnType<typeof addEvents>,
): Promise<void> {
  const { close } = history;
  const mirrored = {
    temporalRunId,
    workflowId: row.run.workflowId,
    workflowType: history.workflowType ?? '',
    run: row,
    status: close?.status ?? 'running',
    startedAt: history.startedAt,
    closedAt: close?.at ?? null,
    failure: close?.failure ?? null,
    closedBy:
      close && (close.reason ?? close.identity) ? { reason: close.reason, identity: close.identity } : null,
    lastEventId: history.lastEventId,
  };
  await saveMirrored(deps.database, mirrored, changed, deps.now());
}

async function settleClosed(
  deps: MirrorDependencies,
  row: UnmirroredRun,
  temporalRunId: string,
  history: MirroredHistory,
  close: MirroredClose,
  signal: AbortSignal,
): Promise<void> {
  const run = await findRun(deps.database, row.tenant, row.run.id);
  // A successor that has claimed the row is followed for itself.
  if (!run || (run.runIds.at(-1) ?? temporalRunId) !== temporalRunId) return;
  if (close.status !== 'continued_as_new') return settleRow(deps, row, run, history, close);
  if (close.successor === null || run.endedAt) return;
  const successor = await readToEnd(deps, row, close.successor, signal);
  if (successor === 'deleted') return settleDeleted(deps, row);
  const latest = await findRun(deps.database, row.tenant, row.run.id);
  const unclaimed = latest?.runIds.at(-1) === temporalRunId;
  if (latest && unclaimed && successor.close) await settleRow(deps, row, latest, successor, successor.close);
}

/** Settles a row by how its last run closed, unless it settled itself. */
async function settleRow(
  { database, now }: MirrorDependencies,
  row: UnmirroredRun,
  run: Run,
  history: MirroredHistory,
  close: MirroredClose,
): Promise<void> {
  const identity = close.identity ?? history.cancelRequestedBy;
  if (!run.endedAt) {
    const actor = identity === null ? systemActor('history-mirror') : temporalActor(identity);
    await settleRunFailed(database, row.tenant, run, closeFailure(close, identity), actor);
  } else if (close.status === 'cancelled' && identity !== null) {
    // A run that is cancelled settles its row itself and is not told by whom.
    await noteIdentity(database, run.id, identity);
  }
  await markMirrored(database, run.id, now());
}

/** Why a run that closed without settling its row has failed. */
function closeFailure(close: MirroredClose, identity: string | null): RunFailure {
  const messages: Record<MirroredClose['status'], string> = {
    completed: 'The run ended without recording a result.',
    failed: 'The run failed before it could record why.',
    timed_out: 'The run exceeded its time limit.',
    terminated: 'The run was terminated in Temporal.',
    cancelled: 'The run was cancelled in Temporal.',
    continued_as_new: 'The run was continued, and nothing came of it.',
  };
  return runFailure(close.at, {
    code: close.status === 'terminated' || close.status === 'cancelled' ? 'run_stopped' : 'internal_error',
    message: messages[close.status],
    reason: close.reason ?? close.failure?.message ?? close.status,
    identity,
  });
}

async function settleDeleted(deps: MirrorDependencies, row: UnmirroredRun): Promise<void> {
  const failure = runFailure(deps.now(), {
    code: 'run_stopped',
    message: 'The run was deleted in Temporal.',
    reason: 'deleted',
  });
  await settleRunFailed(deps.database, row.tenant, row.run, failure, systemActor('history-mirror'));
  await markMirrored(deps.database, row.run.id, deps.now());
}
