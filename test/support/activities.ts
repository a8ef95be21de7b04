import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import { defaultPace, type ActivityDependencies } from '../../activities/dependencies.ts';
import { builtInRuntime } from '../../activities/runtime/builtIn.ts';
import { readersOn } from '../../activities/sources/open.ts';
import { createPacer } from '../../activities/sources/pace/pacer.ts';
import { defaultRateShare } from '../../domain/pace/budgets.ts';
import { createLog } from '../../platform/log.ts';
import { simulatedCloud } from './entraSimulator.ts';
import type { Service } from './service.ts';

/** What activities touch when a test runs them outside of a worker: the service's own database, loopback sources. */
export function activityDependencies({
  database,
  keyRing,
}: Pick<Service, 'database' | 'keyRing'>): ActivityDependencies {
  const pacer = createPacer({ database, share: defaultRateShare, now: () => new Date() });
  const allowlist = { allows: (url: URL) => url.hostname === '127.0.0.1' };
  return {
    database,
    keyRing,
    openReader: (source, secret) =>
      readersOn({ allowlist, ...simulatedCloud(source) }, pacer)(source, secret),
    runtime: builtInRuntime('https://target.example'),
    workerName: 'test',
    now: () => new Date(),
    log: createLog('test', 'silent'),
    pace: { ...defaultPace, backoffMs: 20 },
  };
}

/** An attempt of an activity of a workflow run, as a worker would make it. */
export function runActivity<Input, Result>(
  activity: (input: Input) => Promise<Result>,
  input: Input,
  workflowExecution: { workflowId: string; runId: string },
  attempt = 1,
): Promise<Result> {
  const logger = new DefaultLogger('ERROR');
  const environment = new MockActivityEnvironment({ workflowExecution, attempt }, { logger });
  return environment.run(activity, input);
}
