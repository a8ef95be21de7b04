import type { NativeConnection, WorkflowBundle } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { taskQueues } from '../domain/run.ts';
import type { Logger } from '../platform/log.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { FailureInterceptor } from './failure.ts';
import { createDatabaseActivities, createMirrorActivities, createSourceActivities } from './index.ts';
import type { MirrorDependencies } from './mirror/dependencies.ts';

export interface Hosting {
  connection: NativeConnection;
  namespace: string;
  /** The workflows, bundled. */
  workflowBundle: WorkflowBundle;
  /** What Temporal shows as the worker's identity. */
  identity: string;
  activities: ActivityDependencies;
  mirror: MirrorDependencies;
  log: Logger;
}

/** Activities at a time of each queue. */
const slots = { database: 20, sourceReads: 10, mirror: 1 } as const;

/** How long activities may go on when the worker is to end. What gives way at any point is asked to at once. */
const grace = { database: '30 seconds', sourceReads: '2 seconds', mirror: 0 } as const;

/**
 * Creates the workers of one process: one for each task queue, with slots of its own, so that nothing urgent waits
 * behind source reads. Workflows run with the database activities.
 */
export async function createWorkers(hosting: Hosting): Promise<Worker[]> {
  const { connection, namespace, identity, log } = hosting;
  const common = {
    connection,
    namespace,
    identity,
    shutdownForceTime: '45 seconds' as const,
    // Heartbeats carry cancellations back; the default would let them arrive late.
    maxHeartbeatThrottleInterval: '1 second' as const,
    defaultHeartbeatThrottleInterval: '1 second' as const,
    interceptors: { activity: [() => ({ inbound: new FailureInterceptor(log) })] },
  };
  return Promise.all([
    Worker.create({
      ...common,
      taskQueue: taskQueues.database,
      workflowBundle: hosting.workflowBundle,
      activities: createDatabaseActivities(hosting.activities),
      maxConcurrentActivityTaskExecutions: slots.database,
      shutdownGraceTime: grace.database,
    }),
    Worker.create({
      ...common,
      taskQueue: taskQueues.sourceReads,
      activities: createSourceActivities(hosting.activities),
      maxConcurrentActivityTaskExecutions: slots.sourceReads,
      shutdownGraceTime: grace.sourceReads,
    }),
    Worker.create({
      ...common,
      taskQueue: taskQueues.mirror,
      activities: createMirrorActivities(hosting.mirror),
      maxConcurrentActivityTaskExecutions: slots.mirror,
      shutdownGraceTime: grace.mirror,
    }),
  ]);
}
