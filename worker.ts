import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WorkflowIdConflictPolicy, type Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type WorkflowBundle } from '@temporalio/worker';
import { defaultPace } from './activities/dependencies.ts';
import { builtInRuntime } from './activities/runtime/builtIn.ts';
import { readersOn } from './activities/sources/open.ts';
import { createPacer } from './activities/sources/pace/pacer.ts';
import { createWorkers } from './activities/workers.ts';
import { historyMirror, taskQueues } from './domain/run.ts';
import { readWorkerConfig, type WorkerConfig } from './platform/config.ts';
import { createLog, type Logger } from './platform/log.ts';
import { runProgram } from './platform/program.ts';
import { createTemporalClient, readTemporalPlace } from './platform/temporal.ts';
import { openDatabase } from './prisma/client.ts';
import { assertMigrated } from './prisma/migrator.ts';

/** Every worker sees to it, in this interval, that the mirror runs somewhere. */
const mirrorCheckMs = 5_000;

async function main(): Promise<void> {
  const config = readWorkerConfig(process.env);
  const log = createLog('worker', config.logLevel);
  const identity = `idm-worker@${hostname()}:${process.pid}`;
  await assertMigrated(config.databaseUrl);
  Runtime.install({ logger: temporalLogger(log) });
  const place = readTemporalPlace(process.env);
  const connection = await NativeConnection.connect({ ...place.connectionOptions });
  const client = createTemporalClient(place, identity);
  const onIdleError = (error: Error) => log.warn({ err: error }, 'a database connection broke');
  const database = openDatabase({ url: config.databaseUrl, connections: 20, onIdleError });
  const mirrorDatabase = openDatabase({
    url: config.databaseUrl,
    connections: 4,
    lockTimeoutMs: 2_000,
    onIdleError,
  });
  // Prisma loads its query compiler at the first query, for a quarter of a second in which nothing else is done.
  await database.run.findFirst({ select: { id: true } });
  const now = () => new Date();
  const pacer = createPacer({ database, share: config.sourceRateShare, now });
  const workers = await createWorkers({
    connection,
    namespace: place.namespace,
    workflowBundle: await loadBundle(config),
    identity,
    log,
    activities: {
      database,
      keyRing: config.keyRing,
      openReader: readersOn(
        { allowlist: config.sourceHosts, ca: config.sourceCa, globalCloud: config.entraCloud },
        pacer,
      ),
      runtime: builtInRuntime(config.runtimeBaseUrl),
      workerName: identity,
      now,
      log,
      pace: defaultPace,
    },
    mirror: { database: mirrorDatabase, client, now, log },
  });
  const ended = new AbortController();
  void keepMirrorRunning(client, log, ended.signal);
  log.info({ identity, queues: Object.values(taskQueues) }, 'worker ready');
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    ended.abort();
    await Promise.allSettled([
      connection.close(),
      client.connection.close(),
      database.$disconnect(),
      mirrorDatabase.$disconnect(),
    ]);
  }
}

async function loadBundle(config: WorkerConfig): Promise<WorkflowBundle> {
  if (config.workflowBundle !== null) return { code: await readFile(config.workflowBundle, 'utf8') };
  const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'identity-migration-bundle-'));
  const bundle = join(folder, 'workflows.js');
  const program = [path('./platform/bundleWorkflows.ts'), path('./workflows/index.ts'), bundle];
  try {
    await promisify(execFile)(process.execPath, [...process.execArgv, ...program]);
    return { code: await readFile(bundle, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function keepMirrorRunning(client: Client, log: Logger, signal: AbortSignal): Promise<void> {
  const start = () =>
    client.workflow.start(historyMirror.type, {
      workflowId: historyMirror.workflowId,
      taskQueue: taskQueues.database,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      staticSummary: 'Mirrors workflow histories into the database',
    });
  const attempt = () =>
    start().catch((error: unknown) => log.warn({ err: error }, 'the mirror could not be started'));
  await attempt();
  try {
    for await (const _ of setInterval(mirrorCheckMs, undefined, { signal })) await attempt();
  } catch {
    // aborted: the worker has ended
  }
}

/** A worker of activities alone is meant to be one. */
const expected = /^No (?:workflows|Nexus services) registered/;

function temporalLogger(log: Logger): DefaultLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const write = { TRACE: log.trace, DEBUG: log.debug, INFO: log.info, WARN: log.warn, ERROR: log.error };
    (expected.test(message) ? log.debug : write[level]).call(log, meta ?? {}, message);
  });
}

await runProgram(main);
