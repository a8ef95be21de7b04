// A Temporal development server of our own: `temporal server start-dev` with what temporal-dev.yaml lists.
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import getPort from 'get-port';
import { describeExit, type Exit, startChild } from '../child.ts';
import { FOLDER_MODE } from '../private-file.ts';
import { Refusal } from '../refusal.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import type { TemporalSettings } from './settings.ts';

const HOST = '127.0.0.1';
const READY_LIMIT_MS = 30_000;
const LOCKED_LIMIT_MS = 20_000;
const PORT_ATTEMPTS = 5;
/** Its own way of ending takes up to five seconds; SQLite keeps what is committed however the process ends. */
const END_GRACE_MS = 2_000;
/** Enough for a trace of Go, whose first line tells the cause. */
const KEPT_LINES = 60;
/** Ports are looked up before they are bound, by us and by the server for its inner ones: a neighbour may be faster. */
const LOST_A_PORT = /address already in use|failed to assign a free port/i;

export interface TemporalServerOptions {
  /** The CLI's executable (`findTemporalCli`). */
  cli: string;
  settings: TemporalSettings;
  /** Keeps histories there; without it they end with the server. */
  dbFilename?: string;
  /** Preferred port of the frontend, the settings' one by default; another free one if it is taken. 0: any. */
  port?: number;
  /** The same for the web UI. */
  uiPort?: number;
  /** No web UI. */
  headless?: boolean;
  /** Gets what the server says. */
  logFile?: string;
  log: (line: string) => void;
  signal?: AbortSignal;
}

export interface TemporalServer {
  /** `host:port` of the frontend. */
  address: string;
  /** Base of the web UI; undefined when headless. */
  uiUrl: string | undefined;
  pid: number;
  exited: Promise<Exit>;
  stop(): Promise<void>;
}

/**
 * Starts a server and resolves when it serves, with the settings' namespace and search attributes.
 *
 * @throws {Refusal} with the server's last words when it ends, or does not serve in time
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const lockedUntil = Date.now() + LOCKED_LIMIT_MS;
  for (let attempt = 1, toldLocked = false; ;) {
    options.signal?.throwIfAborted();
    const outcome = await attemptStart(options);
    if ('server' in outcome) return outcome.server;
    const said = outcome.lastWords;
    if (/database is locked/i.test(said) && Date.now() < lockedUntil) {
      if (!toldLocked) options.log('Waiting for a former Temporal server to let go of its database …');
      toldLocked = true;
      await pause(250, undefined, { signal: options.signal });
    } else if (!LOST_A_PORT.test(said) || attempt++ >= PORT_ATTEMPTS) {
      throw new Refusal(
        `The Temporal server did not start (${describeExit(outcome.exit)}): ${said || 'it said nothing'}`,
      );
    }
  }
}

type Outcome = { server: TemporalServer } | { exit: Exit; lastWords: string };

async function attemptStart(options: TemporalServerOptions): Promise<Outcome> {
  const { settings, signal } = options;
  const port = await getPort({ port: options.port ?? settings.ports.frontend, host: HOST });
  const uiPort = options.headless ? undefined : await pickUiPort(options, port);
  const address = `${HOST}:${port}`;
  const uiUrl = uiPort === undefined ? undefined : `http://${HOST}:${uiPort}`;

  const { onLine, lastWords, close } = keepLines(options.logFile);
  const args = serverArguments(options, port, uiPort);
  const child = await startChild('temporal', options.cli, args, { onLine, env: withoutClientSettings() });
  void child.exited.then(close);
  const givenUp = AbortSignal.timeout(READY_LIMIT_MS);
  const settled = new AbortController();
  const stopped = AbortSignal.any([givenUp, settled.signal, ...(signal ? [signal] : [])]);
  try {
    const ended = await Promise.race([child.exited, waitUntilServing(settings, address, uiUrl, stopped)]);
    if (ended !== undefined) return { exit: ended, lastWords: lastWords() };
  } catch (error) {
    await child.end(END_GRACE_MS);
    if (!givenUp.aborted) throw error;
    throw new Refusal(`The Temporal server does not serve after ${READY_LIMIT_MS / 1000} s: ${lastWords()}`);
  } finally {
    settled.abort();
  }
  const stop = async (): Promise<void> => {
    // What is kept in memory alone needs no second of shutting down.
    await child.end(options.dbFilename === undefined ? 0 : END_GRACE_MS);
  };
  return { server: { address, uiUrl, pid: child.pid, exited: child.exited, stop } };
}

/** The CLI is a client as well, and what is set for clients of another server is not meant for this one. */
function withoutClientSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function pickUiPort({ uiPort, settings }: TemporalServerOptions, port: number): Promise<number> {
  return getPort({ port: uiPort ?? settings.ports.ui, host: HOST, exclude: [port] });
}

function serverArguments(options: TemporalServerOptions, port: number, uiPort?: number): string[] {
  const { settings, dbFilename } = options;
  const args = ['server', 'start-dev', '--ip', HOST, '--port', String(port)];
  args.push('--namespace', settings.namespace);
  args.push(...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]));
  if (dbFilename !== undefined) {
    mkdirSync(dirname(dbFilename), { recursive: true, mode: FOLDER_MODE });
    args.push('--db-filename', dbFilename);
  }
  for (const [key, value] of Object.entries(settings.dynamicConfig)) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  return args;
}

/** Resolves when frontend, namespace and UI answer and the search attributes are registered. */
async function waitUntilServing(
  settings: TemporalSettings,
  address: string,
  uiUrl: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  // gRPC waits a second after a refused connection, twice what the server takes to come up: it is not to meet one.
  await retry(() => canConnect(address), signal);
  const channelArgs = { 'grpc.enable_http_proxy': 0 }; // a proxy of the environment does not know this machine
  const connection = await retry(
    () => Connection.connect({ address, connectTimeout: '1s', channelArgs }),
    signal,
  );
  try {
    const { namespace } = settings;
    await retry(() => connection.workflowService.describeNamespace({ namespace }), signal);
    await retry(() => registerSearchAttributes(connection, namespace, settings.searchAttributes), signal);
  } finally {
    await connection.close();
  }
  if (uiUrl !== undefined) await retry(() => fetch(uiUrl, { signal }), signal);
}

async function canConnect(address: string): Promise<void> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

/** Tries until it succeeds, is refused, or the signal ends it. */
async function retry<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      await pause(25, undefined, { signal });
    }
  }
}

function keepLines(logFile: string | undefined): {
  onLine: (line: string) => void;
  lastWords: () => string;
  close: () => void;
} {
  if (logFile !== undefined) mkdirSync(dirname(logFile), { recursive: true, mode: FOLDER_MODE });
  const file = logFile === undefined ? undefined : createWriteStream(logFile, { mode: 0o600 });
  const kept: string[] = [];
  return {
    onLine: (line) => {
      file?.write(`${line}\n`);
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
    },
    lastWords: () => kept.join('\n').trim(),
    close: () => file?.end(),
  };
}
