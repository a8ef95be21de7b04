import { setTimeout } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import { systemActor } from '../domain/access.ts';
import { DomainError, errorCodes, type ErrorCode } from '../domain/errors.ts';
import type { TenantId } from '../domain/ids.ts';
import { runFailure, runMemoKey, runWorkflows, stopSignalName, taskQueues, type Run } from '../domain/run.ts';
import { findRun } from '../prisma/store/runs.ts';
import { settleRunFailed } from '../prisma/store/settle.ts';
import type { Preference, Reply } from './http/route.ts';
import type { Services } from './services.ts';

/** What a run is about, so that an operator finds it in the Temporal UI. */
export interface RunAttributes {
  summary: string;
  workspaceId: string;
  sourceId: string;
  planId?: string;
}

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

/** Throws `temporal_unavailable` when Temporal does not answer, before anything is written that needs it. */
export async function requireTemporal({ temporal }: Services): Promise<void> {
  try {
    await temporal.connection.withDeadline(Date.now() + 3_000, () => temporal.connection.ensureConnected());
    await temporal.connection.withDeadline(Date.now() + 3_000, () =>
      temporal.workflowService.getSystemInfo({}),
    );
  } catch (error) {
    throw new DomainError('temporal_unavailable', 'Temporal cannot be reached now; nothing was started.', {
      cause: error,
    });
  }
}

/** How long a start waits for the former run of the same id to finish closing, in milliseconds. */
const closingMs = 10_000;

/**
 * Starts the workflow that a committed row authorises. A former run that is just closing is waited for. Refused for
 * good, the row fails with `not_started`; when the answer is unknown the row waits for whoever may have heard.
 */
export async function startRun(
  services: Services,
  tenant: TenantId,
  run: Run,
  attributes: RunAttributes,
): Promise<'started' | 'unknown'> {
  const giveUp = Date.now() + closingMs;
  for (;;) {
    try {
      await startOnce(services, tenant, run, attributes);
      return 'started';
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
        services.log.warn({ err: error, run: run.id }, 'it is not known whether the run was started');
        return 'unknown';
      }
      if (await isUnderWay(services, run)) return 'started';
      if (Date.now() > giveUp) return refuse(services, tenant, run);
      await setTimeout(200);
    }
  }
}

async function startOnce(
  services: Services,
  tenant: TenantId,
  run: Run,
  attributes: RunAttributes,
): Promise<void> {
  const { temporal } = services;
  const pairs: SearchAttributePair[] = [
    { key: keyword('IdmTenantId'), value: tenant },
    { key: keyword('IdmWorkspaceId'), value: attributes.workspaceId },
    { key: keyword('IdmSourceId'), value: attributes.sourceId },
    { key: keyword('IdmPhase'), value: run.kind },
    ...(attributes.planId === undefined ? [] : [{ key: keyword('IdmPlanId'), value: attributes.planId }]),
  ];
  await temporal.connection.withDeadline(Date.now() + 5_000, () =>
    temporal.workflow.start(runWorkflows[run.kind].type, {
      workflowId: run.workflowId,
      taskQueue: taskQueues.database,
      args: [{ tenantId: tenant, runId: run.id }],
      memo: { [runMemoKey]: run.id },
      typedSearchAttributes: pairs,
      staticSummary: attributes.summary,
    }),
  );
}

/** Whether the open run is the one that this row authorises: two callers joined it, and the other was quicker. */
async function isUnderWay({ temporal }: Services, run: Run): Promise<boolean> {
  try {
    const open = await temporal.connection.withDeadline(Date.now() + 3_000, () =>
      temporal.workflow.getHandle(run.workflowId).describe(),
    );
    return open.status.name === 'RUNNING' && open.memo?.[runMemoKey] === run.id;
  } catch {
    return false;
  }
}

async function refuse(services: Services, tenant: TenantId, run: Run): Promise<never> {
  const message = 'Another run of the same work is still open in Temporal; try again when it has ended.';
  const failure = runFailure(services.now(), { code: 'not_started', message });
  await settleRunFailed(services.database, tenant, run, failure, systemActor('api'));
  throw new DomainError('not_started', message);
}

/** Asks a run's workflow to look at its row, which has been asked to stop. Temporal being away changes nothing. */
export async function signalStop({ temporal, log }: Services, run: Run): Promise<void> {
  try {
    await temporal.connection.withDeadline(Date.now() + 3_000, () =>
      temporal.workflow.getHandle(run.workflowId).signal(stopSignalName, run.id),
    );
  } catch (error) {
    log.info({ err: error, run: run.id }, 'the stop was recorded; the run will see it at its next step');
  }
}

/**
 * Waits until a run's row has ended, as long as the caller prefers; false when it is still open then. The database is
 * asked, never the workflow's result.
 */
export async function waitForRun(
  services: Services,
  tenant: TenantId,
  runId: string,
  prefer: Pick<Preference, 'respondAsync' | 'waitSeconds'>,
): Promise<boolean> {
  const until = Date.now() + (prefer.respondAsync ? 0 : prefer.waitSeconds * 1000);
  for (let pause = 15; ; pause = Math.min(pause * 1.3, 100)) {
    const run = await findRun(services.database, tenant, runId);
    if (run?.endedAt) return true;
    const left = until - Date.now();
    if (left <= 0) return false;
    await setTimeout(Math.min(pause, left));
  }
}

/** 202: the resource in its in-flight status, where to look, and when. */
export const accepted = (location: string, body: unknown): Reply => ({
  status: 202,
  headers: { Location: location, 'Retry-After': '2' },
  body,
});

/** What a synchronous caller is told of a run that failed; `members` name the resource it can read more at. */
export function runRefusal(
  run: Pick<Run, 'failure'>,
  fallback: ErrorCode,
  members: Record<string, unknown>,
): DomainError {
  const { failure } = run;
  const known = errorCodes.find((code) => code === failure?.code);
  const passed: readonly ErrorCode[] = [
    'run_stopped',
    'not_started',
    'source_rejected',
    'source_unusable',
    'preview_stale',
    'apply_in_progress',
    'secret_not_rotatable',
  ];
  const code = known && passed.includes(known) ? known : fallback;
  return new DomainError(code, failure?.message ?? 'The run failed.', { members: { ...members, failure } });
}
