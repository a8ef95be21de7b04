// What a process is, beyond a number that the system gives out again. Plain JavaScript: the set-up needs it before
// anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * What tells the process `pid` from any other that has had or will have this number: its start time.
 *
 * @param {number} pid
 * @returns {string | undefined} undefined when there is no such process; one that has ended and only waits for its
 *   parent to notice (a zombie) counts as none, or a kill followed by a wait would never return in a container
 *   whose first process reaps nothing.
 */
export function processIdentity(pid) {
  if (process.platform === 'linux') return linuxProcess(pid)?.identity;
  if (process.platform === 'win32') return answersSignals(pid) ? 'running' : undefined;
  const listed = ps(pid, 'stat=,lstart=');
  return listed === undefined || listed.startsWith('Z') ? undefined : listed.replace(/^\S+\s+/, '');
}

/**
 * The command line of a process, its parts joined by blanks; empty when it is not known.
 *
 * @param {number} pid
 * @returns {string}
 */
export function processCommand(pid) {
  if (process.platform !== 'linux') return ps(pid, 'command=') ?? '';
  return (readProc(pid, 'cmdline') ?? '').split('\0').join(' ').trim();
}

/**
 * The pid of a process's parent; undefined when it is not known.
 *
 * @param {number} pid
 * @returns {number | undefined}
 */
export function parentOf(pid) {
  if (process.platform === 'linux') return linuxProcess(pid)?.parent;
  const listed = process.platform === 'win32' ? undefined : ps(pid, 'ppid=');
  return listed === undefined ? undefined : Number(listed);
}

/** @param {number} pid */
function linuxProcess(pid) {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  // The command's name stands in parentheses and may hold blanks and parentheses itself: count from the last one.
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  // Start times count from the boot, so a pid file that outlived a reboot could match by chance without the boot's id.
  return { parent: Number(parent), identity: `${bootId()} ${rest[17]}` };
}

let knownBootId;
function bootId() {
  knownBootId ??= (readProc('sys', 'kernel/random/boot_id') ?? '').trim();
  return knownBootId;
}

function readProc(of, name) {
  try {
    return readFileSync(`/proc/${of}/${name}`, 'latin1');
  } catch {
    return undefined;
  }
}

/** @param {number} pid @param {string} columns */
function ps(pid, columns) {
  const { status, stdout } = spawnSync('ps', ['-ww', '-o', columns, '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/** @param {number} pid */
function answersSignals(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
