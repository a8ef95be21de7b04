// node_modules as package-lock.json says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runCommand } from './command.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * Whether what is installed is what the lock file asks for. npm writes a lock file of its own into node_modules as the
 * last act of an install, so an interrupted one leaves none and does not match.
 *
 * @param {string} root the checkout
 * @param {{omitDev?: boolean}} [options] `omitDev`: an installation without the development's packages will do
 * @returns {boolean}
 */
export function dependenciesMatch(root, { omitDev = false } = {}) {
  const wanted = packages(join(root, 'package-lock.json'));
  const installed = packages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined)
    throw new SetupError('package-lock.json is missing or broken: restore it from git.');
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const there = installed[path];
    return there === undefined ? mayBeMissing(entry, omitDev) : isSame(entry, there);
  });
}

/**
 * Installs from the lock file.
 *
 * @param {string} root the checkout
 * @param {{omitDev?: boolean, onSpawn?: (pid: number) => void}} [options]
 * @throws {SetupError} with one sentence that says what to do
 */
export async function installDependencies(root, { omitDev = false, onSpawn } = {}) {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  args.push(omitDev ? '--omit=dev' : '--include=dev');
  // Without a registry `npm ci` retries package by package for minutes, and what its cache holds it finds offline too.
  const unreachable = await whyUnreachable(root);
  if (unreachable !== undefined) args.push('--offline');
  const { ok, output } = await npm(args, { cwd: root, onSpawn });
  if (!ok) throw new SetupError(explain(output, unreachable));
}

/** The code of the network's failure when the registry cannot be reached; any answer of it will do. */
async function whyUnreachable(root) {
  const args = ['ping', '--loglevel=error', '--fetch-retries=0', '--fetch-timeout=10000'];
  const { ok, output } = await npm(args, { cwd: root });
  return ok ? undefined : networkFailure(output);
}

/** Under `npm run` the very npm that runs us, wherever it lies; PATH may hold another or none. */
function npm(args, options) {
  const running = process.env.npm_execpath ?? '';
  return /npm-cli\.[cm]?js$/.test(running)
    ? runCommand(process.execPath, [running, ...args], options)
    : runCommand('npm', args, options);
}

/** Packages for other machines are not installed; whether one of ours fits this C library only npm knows. */
function mayBeMissing(entry, omitDev) {
  if (omitDev && (entry.dev || entry.devOptional)) return true;
  if (!entry.optional) return false;
  const fits = (list, mine) =>
    list === undefined ||
    (!list.includes(`!${mine}`) && (list.includes(mine) || list.every((one) => one.startsWith('!'))));
  const forAnyMachine = entry.os === undefined && entry.cpu === undefined;
  return (
    forAnyMachine ||
    entry.libc !== undefined ||
    !fits(entry.os, process.platform) ||
    !fits(entry.cpu, process.arch)
  );
}

function isSame(wanted, installed) {
  if (wanted.version !== installed.version || wanted.link !== installed.link) return false;
  return !wanted.integrity || !installed.integrity || wanted.integrity === installed.integrity;
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function explain(output, unreachable) {
  const code = unreachable ?? networkFailure(output);
  if (code !== undefined) {
    return (
      `The packages could not be downloaded (${code}) and npm's cache does not hold them: connect this machine to the ` +
      'internet, or point npm at a registry that it reaches (npm config set registry <url>), and run the command again.'
    );
  }
  return `npm ci failed; its last words were:\n${lastLines(output, 15)}\nMend that and run the command again.`;
}

const NETWORK_FAILURE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT)\b/;

function networkFailure(output) {
  return NETWORK_FAILURE.exec(output)?.[1];
}
