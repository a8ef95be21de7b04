// A lock between processes that outlives none of them: a folder that holds one file a process, with its identity.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { processIdentity } from './process-identity.mjs';

/**
 * Takes the lock at `path` for this process, over from owners that are dead.
 *
 * The lock comes into being by renaming a folder that already holds its owner's file: renaming onto a folder that is
 * not empty fails, so of two processes that find the same dead owner exactly one gets it.
 *
 * @param {string} path
 * @returns {{release: () => void, alsoHeldBy: (pid: number) => void} | {holder: number}} `alsoHeldBy` keeps the lock
 *   taken while that process lives as well; `holder` is the pid of a living owner, nothing was taken.
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${ownerName(process.pid)}`;
  mkdirSync(draft);
  const owned = [writeOwner(draft, process.pid)];
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      renameSync(draft, path);
      return {
        release: () => removeOwners(path, owned),
        alsoHeldBy: (pid) => owned.push(writeOwner(path, pid)),
      };
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) throw error;
    }
    const { living, dead } = owners(path);
    if (living.length > 0) {
      rmSync(draft, { recursive: true });
      return { holder: living[0] };
    }
    removeOwners(path, dead);
  }
  rmSync(draft, { recursive: true });
  throw new Error(`The lock ${path} cannot be taken: remove that folder.`);
}

/**
 * Waits until the lock is free and takes it.
 *
 * @param {string} path
 * @param {{onBusy: (holder: number) => void, timeoutMs: number}} options `onBusy` is called once, before the wait.
 * @returns {Promise<{release: () => void, alsoHeldBy: (pid: number) => void}>}
 */
export async function lock(path, { onBusy, timeoutMs }) {
  const deadline = Date.now() + timeoutMs;
  for (let told = false; ; told = true) {
    const taken = tryLock(path);
    if (!('holder' in taken)) return taken;
    if (!told) onBusy(taken.holder);
    if (Date.now() > deadline) {
      throw new Error(
        `Process ${taken.holder} has kept ${path} for ${timeoutMs / 1000} s: end it and try again.`,
      );
    }
    await pause(100);
  }
}

/** @param {number} pid */
function ownerName(pid) {
  return `${pid}-${randomBytes(4).toString('hex')}`;
}

/** @param {string} folder @param {number} pid */
function writeOwner(folder, pid) {
  const name = ownerName(pid);
  writeFileSync(join(folder, name), processIdentity(pid) ?? '');
  return name;
}

/** @param {string} path */
function owners(path) {
  const found = { living: [], dead: [] };
  for (const name of attempt(() => readdirSync(path)) ?? []) {
    const pid = Number.parseInt(name, 10);
    const identity = attempt(() => readFileSync(join(path, name), 'utf8'));
    if (identity && identity === processIdentity(pid)) found.living.push(pid);
    else found.dead.push(name);
  }
  return found;
}

/** @param {string} path @param {string[]} names */
function removeOwners(path, names) {
  for (const name of names) rmSync(join(path, basename(name)), { force: true });
  // Fails when somebody else has taken the lock meanwhile, which is as it should be.
  attempt(() => rmdirSync(path));
}

function attempt(act) {
  try {
    return act();
  } catch {
    return undefined;
  }
}
