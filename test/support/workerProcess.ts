import { join } from 'node:path';
import { devNull } from 'node:os';
import { startChild, type Exit } from '../../scripts/child.ts';
import { projectRoot } from '../../scripts/paths.ts';
import { workflowBundle } from './environment.ts';
import type { Service } from './service.ts';
import { until } from './until.ts';

export interface WorkerProcess {
  pid: number;
  /** What Temporal calls it. */
  identity: string;
  /** What it has logged. */
  log(): string;
  exited: Promise<Exit>;
  /** Ends it without a chance to do anything more. */
  kill(): Promise<void>;
  /** Lets it neither work nor end. */
  freeze(): void;
  stop(): Promise<Exit>;
}

/** Settings of a worker process that works for the service. */
export const workerEnvironment = (service: Service): Record<string, string> => ({
  DATABASE_URL: service.databaseUrl,
  TEMPORAL_ADDRESS: service.temporalAddress,
  TEMPORAL_NAMESPACE: service.temporal.options.namespace,
  TEMPORAL_CONFIG_FILE: devNull,
  SECRETS_KEYS: service.keyRingJson,
  SOURCE_HOST_ALLOWLIST: '127.0.0.1',
  WORKFLOW_BUNDLE: workflowBundle(),
});

/** This process's environment without any setting of the product. */
export function plainEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const ours =
    /^(?:npm_|TEST_|MOCHA_|AUTH_|SECRETS_|SOURCE_|ENTRA_|TEMPORAL_|DATABASE_URL$|HOST$|PORT$|LOG_LEVEL$)/;
  const others = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(others), ...more };
}

/** `npm run worker` for the service, ready to work. */
export async function startWorkerProcess(
  service: Service,
  more: Record<string, string> = {},
): Promise<WorkerProcess> {
  const lines: string[] = [];
  const args = ['--import', 'tsx', join(projectRoot, 'worker.ts')];
  const child = await startChild('worker', process.execPath, args, {
    cwd: projectRoot,
    env: plainEnvironment({ ...workerEnvironment(service), ...more }),
    onLine: (line) => lines.push(line),
  });
  let ended = false;
  void child.exited.then(() => (ended = true));
  const ready = await until(
    'the worker is ready',
    () => {
      if (ended) throw new Error(`the worker ended:\n${lines.join('\n')}`);
      return lines.find((line) => line.includes('"worker ready"'));
    },
    30_000,
  );
  return {
    pid: child.pid,
    identity: (JSON.parse(ready) as { identity: string }).identity,
    log: () => lines.join('\n'),
    exited: child.exited,
    async kill() {
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
    },
    freeze: () => process.kill(child.pid, 'SIGSTOP'),
    stop: () => child.end(20_000),
  };
}
