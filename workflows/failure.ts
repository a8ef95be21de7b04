import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { isCancellation } from '@temporalio/workflow';
import { errorCodes } from '../domain/errors.ts';
import type { RunFailure } from '../domain/run.ts';

/** Why a run failed, without the time, which the activity that records it adds. */
export type TimelessFailure = Omit<RunFailure, 'at'>;

/** Reads a failure that reached a workflow: the deepest cause that says something, in the product's words. */
export function failureOf(error: unknown, fallback: { code: string; message: string }): TimelessFailure {
  if (isCancellation(error)) {
    return { ...blank, code: 'run_stopped', message: 'The run was cancelled.', reason: 'cancelled' };
  }
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  if (cause instanceof ApplicationFailure) {
    const [detail] = (cause.details ?? []) as Partial<TimelessFailure>[];
    const known = errorCodes.find((code) => code === cause.type);
    if (!known) return { ...blank, ...fallback, reason: cause.message };
    return {
      ...blank,
      code: known,
      message: cause.message,
      endpoint: detail?.endpoint ?? null,
      http_status: detail?.http_status ?? null,
      vendor_code: detail?.vendor_code ?? null,
      vendor_request_id: detail?.vendor_request_id ?? null,
    };
  }
  if (cause instanceof TimeoutFailure) {
    return { ...blank, ...fallback, reason: `timed out: ${cause.timeoutType}` };
  }
  return { ...blank, ...fallback, reason: error instanceof Error ? error.message : null };
}

const blank = {
  reason: null,
  endpoint: null,
  http_status: null,
  vendor_code: null,
  vendor_request_id: null,
  identity: null,
} as const;

/** Ends a workflow red in Temporal's list after its failure has been recorded. */
export const endedFailed = (failure: TimelessFailure): ApplicationFailure =>
  ApplicationFailure.create({ message: failure.message, type: failure.code, nonRetryable: true });
