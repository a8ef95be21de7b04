import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import { taskQueues } from '../domain/run.ts';
import type { DatabaseActivities, MirrorActivities, SourceActivities } from '../activities/index.ts';

/** Short transactions on our database: tried again until it is back. */
export const database = proxyActivities<DatabaseActivities>({
  taskQueue: taskQueues.database,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '30 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
});

/** Work on our database that may take minutes; it heartbeats. */
export const longDatabase = proxyActivities<DatabaseActivities>({
  taskQueue: taskQueues.database,
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
});

/** One mutation of the target each: short, tried again while the database is away, then given up and settled. */
export const effects = proxyActivities<DatabaseActivities>({
  taskQueue: taskQueues.database,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '10 minutes',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
});

/**
 * Reads of an incumbent. Attempts are not counted here: waits for the vendor's limit and worker shutdowns consume
 * them too. The activity counts real failures itself and ends a listing that keeps failing.
 */
export const sourceReads = proxyActivities<SourceActivities>({
  taskQueue: taskQueues.sourceReads,
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '1 day',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

/** Checks of a credential: somebody waits for the answer, so the vendor's limits are waited for a while only. */
export const checks = proxyActivities<SourceActivities>({
  taskQueue: taskQueues.sourceReads,
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '15 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

/** A look at the incumbent that may fail: somebody waits, and what it would have found is then said to be unknown. */
export const briefReads = proxyActivities<SourceActivities>({
  taskQueue: taskQueues.sourceReads,
  startToCloseTimeout: '15 seconds',
  scheduleToCloseTimeout: '20 seconds',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 2 },
});

/** The mirror's endless activity. */
export const mirror = proxyActivities<MirrorActivities>({
  taskQueue: taskQueues.mirror,
  startToCloseTimeout: '1 day',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '5 seconds' },
});
