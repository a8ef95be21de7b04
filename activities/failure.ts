import { Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { DomainError } from '../domain/errors.ts';
import type { Logger } from '../platform/log.ts';
import { isDatabaseUnavailable } from '../prisma/client.ts';

/** Attempts after which an error that nobody expected ends the activity. */
const mostAttempts = 5;

/**
 * Turns what an activity throws into what a history may hold. A refusal of the product's keeps its code and is not
 * retried. Anything of the database's is told without its text, which may quote rows, and is retried; the log has it.
 */
export function toTemporalFailure(error: unknown, attempt: number, log: Logger): Error {
  if (error instanceof TemporalFailure) return error;
  if (error instanceof DomainError) {
    return ApplicationFailure.create({
      message: error.message,
      type: error.code,
      // What waits for another run to be settled is done when it is.
      nonRetryable: error.code !== 'previous_run_unsettled',
      details: [error.members],
    });
  }
  if (error instanceof Error && error.name === 'AbortError')
    return new CancelledFailure('Activity cancelled');
  log.error({ err: error }, 'activity failed');
  if (isDatabaseUnavailable(error)) {
    return ApplicationFailure.create({
      message: 'The database could not be reached.',
      type: 'database_unavailable',
    });
  }
  // Anything else is a fault of ours. A few attempts outlast a passing one; more would only hide it.
  const nonRetryable = attempt >= mostAttempts;
  const name = error instanceof Error ? error.name : 'Error';
  const quotesRows = name.startsWith('PrismaClient') || name === 'DriverAdapterError';
  const message =
    quotesRows || !(error instanceof Error) ? `${name}; the worker's log says more.` : error.message;
  return ApplicationFailure.create({ message, type: name, nonRetryable });
}

/** Applies `toTemporalFailure` to every activity of a worker. */
export class FailureInterceptor implements ActivityInboundCallsInterceptor {
  readonly #log: Logger;
  constructor(log: Logger) {
    this.#log = log;
  }

  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      throw toTemporalFailure(error, Context.current().info.attempt, this.#log);
    }
  }
}
