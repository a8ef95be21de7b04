// The whole service on one machine: database, Temporal, schema, worker and API.
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { describeExit } from './child.ts';
import { cacheFolder, projectRoot } from './paths.ts';
import { createDatabase, databaseExists, startPostgres } from './postgres.ts';
import { makeFolder } from './private-file.ts';
import { both, type Ending, supervise, type Supervisor } from './processes.ts';
import { messageOf, Refusal } from './refusal.ts';
import { placeApi, prepareDevelopment } from './stack-environment.ts';
import { claimStack, removeStackFile, type StackFile, writeStackFile } from './stack-file.ts';
import { findTemporalCli } from './temporal/cli.ts';
import { registerSearchAttributes } from './temporal/search-attributes.ts';
import { startTemporalServer } from './temporal/server.ts';
import { loadTemporalSettings, type TemporalSettings } from './temporal/settings.ts';

const DATABASE = 'identity_migration';
const READY_LIMIT_MS = 90_000;

export interface StackOptions {
  /** Keeps databases and development keys. */
  dataDir: string;
  /** The variables of `npm start`; the API and the worker get all of them, and what they need besides. */
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
  /** Preferred ports instead of the usual ones; another free one when taken. 0: any. */
  ports?: { api?: number; postgres?: number; temporal?: number; temporalUi?: number };
  /** Where other commands find the stack; `stack.json` in `dataDir` by default. */
  stackFile?: string;
}

export interface Stack {
  apiUrl: string;
  /** `host:port` */
  temporalAddress: string;
  /** Undefined when the Temporal server is another's and `TEMPORAL_UI_URL` is not set. */
  temporalUiUrl: string | undefined;
  databaseUrl: string;
  /** The development issuer; null when `AUTH_ISSUER` names another. */
  issuer: StackFile['issuer'];
  operatorTenantId: string | null;
  stop(): Promise<Ending>;
  /** Resolves when everything has ended, by `stop`, a signal or the death of a part. */
  exited: Promise<Ending>;
}

/**
 * Brings everything up and resolves when the API says that it is ready.
 *
 * @throws {Refusal} when something of it does not come up; nothing is left running then
 */
export async function bringUpStack(given: StackOptions): Promise<Stack> {
  const options = { ...given, env: withoutEmpty(given.env) };
  const { dataDir, log, stackFile = join(dataDir, 'stack.json') } = options;
  await makeFolder(dataDir);
  const claim = await claimStack(stackFile, log);
  try {
    const supervisor = await supervise({ log });
    supervisor.signal.addEventListener('abort', () => removeStackFile(stackFile), { once: true });
    try {
      const parts = await bringUpParts(supervisor, options);
      const exited = supervisor.exited.finally(() => claim.release());
      await writeStackFile(stackFile, {
        api_url: parts.apiUrl,
        temporal_address: parts.temporalAddress,
        temporal_ui_url: parts.temporalUiUrl ?? null,
        database_url: parts.databaseUrl,
        issuer: parts.issuer,
        operator_tenant_id: parts.operatorTenantId,
      });
      if (supervisor.signal.aborted) removeStackFile(stackFile); // the end began while it was written
      return { ...parts, exited, stop: () => supervisor.stop().then(() => exited) };
    } catch (error) {
      throw explain(error, await supervisor.stop());
    }
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** A variable that is set to nothing is not set. */
function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

/** What made the supervisor end everything says more than the wait that this cut short. */
function explain(error: unknown, ending: Ending): unknown {
  switch (ending.cause) {
    case 'death':
      return new Refusal(`${ending.message} before the service was ready.`, { cause: error });
    case 'signal':
      return new Refusal(`Ended by ${ending.signal} before the service was ready.`, { cause: error });
    case 'stop':
      return error;
  }
}

type Parts = Omit<Stack, 'stop' | 'exited'>;

async function bringUpParts(supervisor: Supervisor, options: StackOptions): Promise<Parts> {
  const { env, dataDir, ports = {} } = options;
  const settings = await loadTemporalSettings();
  const api = await placeApi(env, ports.api);
  const development = await prepareDevelopment(env, dataDir, api.url);
  const [databaseUrl, temporal] = await both(
    supervisor,
    bringUpDatabase(supervisor, options),
    bringUpTemporal(supervisor, options, settings),
  );
  const childEnv: NodeJS.ProcessEnv = {
    ...temporal.env,
    ...development.variables,
    DATABASE_URL: databaseUrl,
    HOST: api.host,
    PORT: String(api.port),
  };
  await migrate(supervisor, childEnv);
  await spawnProgram(supervisor, 'worker', 'worker.ts', { ...WORKER_ENV, ...childEnv });
  await spawnProgram(supervisor, 'api', join('api', 'main.ts'), childEnv, (signal) =>
    untilOk(`${api.url}/readyz`, signal),
  );
  const { issuer, operatorTenantId } = development;
  const { address: temporalAddress, uiUrl: temporalUiUrl } = temporal;
  return { apiUrl: api.url, temporalAddress, temporalUiUrl, databaseUrl, issuer, operatorTenantId };
}

async function bringUpDatabase(supervisor: Supervisor, options: StackOptions): Promise<string> {
  const { env, dataDir, log, ports } = options;
  if (env.DATABASE_URL !== undefined) return env.DATABASE_URL;
  const { signal } = supervisor;
  const dataFolder = join(dataDir, 'postgres');
  const postgres = await startPostgres({ dataDir: dataFolder, port: ports?.postgres, log, signal });
  await supervisor.add('postgres', postgres);
  if (!(await databaseExists(postgres.adminUrl, DATABASE))) await createDatabase(postgres.adminUrl, DATABASE);
  return postgres.url(DATABASE);
}

interface Temporal {
  address: string;
  uiUrl: string | undefined;
  /** The environment with the variables that lead clients to it. */
  env: NodeJS.ProcessEnv;
}

async function bringUpTemporal(
  supervisor: Supervisor,
  { env, dataDir, log, ports }: StackOptions,
  settings: TemporalSettings,
): Promise<Temporal> {
  if (env.TEMPORAL_ADDRESS !== undefined) {
    await registerAtGivenServer(env, settings, log);
    return { address: env.TEMPORAL_ADDRESS, uiUrl: env.TEMPORAL_UI_URL, env };
  }
  const { signal } = supervisor;
  const cli = await findTemporalCli({ settings, env, cacheDir: join(cacheFolder, 'temporal'), log, signal });
  const server = await startTemporalServer({
    cli,
    settings,
    dbFilename: join(dataDir, 'temporal.db'),
    logFile: join(dataDir, 'temporal.log'),
    port: ports?.temporal,
    uiPort: ports?.temporalUi,
    log,
    signal,
  });
  await supervisor.add('temporal', server);
  const { address, uiUrl } = server;
  return { address, uiUrl, env: leadTo(server.address, server.uiUrl, settings, env) };
}

/** A key or a TLS setting for another server, in a variable or in a profile, would keep clients from ours. */
function leadTo(
  address: string,
  uiUrl: string | undefined,
  { namespace }: TemporalSettings,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(others),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_UI_URL: uiUrl,
    TEMPORAL_CONFIG_FILE: devNull,
  };
}

/** On a server of somebody else's we may not be allowed to; it then has them by other means, or starts are refused. */
async function registerAtGivenServer(
  env: NodeJS.ProcessEnv,
  settings: TemporalSettings,
  log: (line: string) => void,
): Promise<void> {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars });
  try {
    const { address, tls, apiKey, metadata } = connectionOptions;
    const connection = await Connection.connect({ address, tls, apiKey, metadata });
    try {
      await registerSearchAttributes(connection, namespace ?? settings.namespace, settings.searchAttributes);
    } finally {
      await connection.close();
    }
  } catch (error) {
    log(
      `The search attributes could not be registered at ${env.TEMPORAL_ADDRESS ?? ''}: ${messageOf(error)}`,
    );
  }
}

async function migrate(supervisor: Supervisor, env: NodeJS.ProcessEnv): Promise<void> {
  const exit = await supervisor.run('migrate', process.execPath, programArguments('scripts/migrate.ts'), {
    cwd: projectRoot,
    env,
  });
  if (exit.code !== 0) throw new Refusal(`The database could not be migrated (${describeExit(exit)}).`);
}

function spawnProgram(
  supervisor: Supervisor,
  name: string,
  file: string,
  env: NodeJS.ProcessEnv,
  readyWhen?: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  return supervisor.spawn(name, process.execPath, programArguments(file), {
    cwd: projectRoot,
    env,
    readyWhen,
  });
}

/**
 * On a large machine V8 lets garbage grow to gigabytes before it looks; a worker needs a third of this (`npm run worker`
 * says the same).
 */
const WORKER_FLAGS = ['--max-old-space-size=400'];

/** The C library keeps a pool of memory for every thread, and Temporal's core has many. */
const WORKER_ENV = { MALLOC_ARENA_MAX: '2' };

function programArguments(file: string): string[] {
  return [...(file === 'worker.ts' ? WORKER_FLAGS : []), '--import', 'tsx', join(projectRoot, file)];
}

/** Polls an address until it answers 200. */
async function untilOk(url: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_LIMIT_MS;
  for (;;) {
    const answer = await ask(url, signal);
    if (answer === 'ok') return;
    if (Date.now() > deadline)
      throw new Refusal(`${url} is not ready after ${READY_LIMIT_MS / 1000} s: ${answer}`);
    await pause(100, undefined, { signal });
  }
}

/** `ok`, or what is wrong. Not by `fetch`, which refuses a list of ports that an API may well listen on. */
async function ask(url: string, signal: AbortSignal): Promise<string> {
  try {
    const request = get(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const body = await text(response);
    return response.statusCode === 200
      ? 'ok'
      : `it answers ${response.statusCode ?? 0}: ${body.slice(0, 500)}`;
  } catch (error) {
    return messageOf(error);
  }
}
