// What the tests of scripts/ share: temporary folders, programs run to their end, and waiting for a condition.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cacheFolder, projectRoot } from '../../scripts/paths.ts';
import { processIdentity } from '../../scripts/setup/process-identity.mjs';
import { findTemporalCli } from '../../scripts/temporal/cli.ts';
import { loadTemporalSettings } from '../../scripts/temporal/settings.ts';

export const ignore = (): void => undefined;

/** A new folder, removed after the suite. */
export function temporaryFolder(): () => Promise<string> {
  const folders: string[] = [];
  after(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });
  return async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'identity-migration-scripts-')));
    folders.push(folder);
    return folder;
  };
}

/** Writes files, the folders that they lie in included. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content, { mode: 0o755 });
  }
}

/** A copy of the checkout's scripts with the installed packages, and programs of the test's own. */
export async function copyCheckout(folder: string, programs: Record<string, string>): Promise<void> {
  const copied = ['scripts', 'package.json', 'package-lock.json', 'temporal-dev.yaml', '.mocharc.json'];
  for (const name of copied) await cp(join(projectRoot, name), join(folder, name), { recursive: true });
  await rm(join(folder, 'scripts', 'migrate.ts'), { force: true });
  await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  await writeFiles(folder, programs);
}

export interface Running {
  child: ChildProcess;
  pid: number;
  stdout: () => string;
  stderr: () => string;
  /** Exit status, or the signal's name. */
  ended: Promise<number | string>;
}

export interface RunningOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** Starts Node on a file and collects what it writes. */
export function startNode(args: string[], { cwd, env }: RunningOptions = {}): Running {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  if (child.pid === undefined) throw new Error('Node could not be started');
  return { child, pid: child.pid, stdout: () => texts.stdout, stderr: () => texts.stderr, ended };
}

/** This process's environment without what an `npm test` around it adds. */
export function plainEnv(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ours =
    /^(npm_|TEST_|MOCHA_|AUTH_|SECRETS_|HOST$|PORT$|DATABASE_URL$|TEMPORAL_|NODE_ENV$|OPERATOR_|FORCE_COLOR$|CI$)/;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name))), ...more };
}

/** Waits until a condition holds. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not after ${limitMs / 1000} s: ${what}`);
    await pause(20);
  }
}

/** What a JSON file holds, as soon as it is there and whole. */
export async function jsonWhenThere<T>(path: string): Promise<T> {
  let found: { value: T } | undefined;
  await until(`${path} is written`, async () => {
    try {
      found = { value: JSON.parse(await readFile(path, 'utf8')) as T };
    } catch {
      found = undefined;
    }
    return found !== undefined;
  });
  if (found === undefined) throw new Error(`${path} is gone`);
  return found.value;
}

export function lives(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}

/** The Temporal CLI of an `npm test`, or of the checkout. */
export async function temporalCli(): Promise<string> {
  const settings = await loadTemporalSettings();
  return findTemporalCli({
    settings,
    env: process.env,
    cacheDir: join(cacheFolder, 'temporal'),
    log: ignore,
  });
}
