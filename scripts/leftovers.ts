// Processes that outlive the one that started them. Nothing can be done in a process that is killed with SIGKILL, so
// every child is on record while it lives, and the next program of this checkout ends those whose owner is gone.
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { FOLDER_MODE } from './private-file.ts';
import { processIdentity } from './setup/process-identity.mjs';

const Process = z.object({ pid: z.int().positive(), identity: z.string() });
const ChildRecord = z.object({
  name: z.string(),
  child: Process,
  owner: Process,
  startedAt: z.number(),
  endSignal: z.enum(['SIGTERM', 'SIGINT']),
});
type ChildRecord = z.infer<typeof ChildRecord>;

/**
 * Puts a child of this process, the leader of its own process group, on record.
 *
 * @param folder where the records lie, one file a child
 * @param endSignal what asks it to end
 */
export function recordChild(
  folder: string,
  name: string,
  pid: number,
  endSignal: ChildRecord['endSignal'],
): void {
  const identity = processIdentity(pid);
  if (identity === undefined) return;
  const owner = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
  const record: ChildRecord = { name, child: { pid, identity }, owner, startedAt: Date.now(), endSignal };
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const draft = join(folder, `.${pid}`);
  writeFileSync(draft, JSON.stringify(record), { mode: 0o600 });
  renameSync(draft, recordFile(folder, pid));
}

/** Takes a child that has ended off the record. */
export function forgetChild(folder: string, pid: number): void {
  rmSync(recordFile(folder, pid), { force: true });
}

/**
 * Ends the recorded children of owners that are gone, the youngest first. A process that merely has such a child's
 * number is not touched: its start time is another.
 *
 * @param graceMs how long each may take after it was asked, before it is killed
 */
export async function endLeftovers(
  folder: string,
  log: (line: string) => void,
  graceMs = 5_000,
): Promise<void> {
  const records = readRecords(folder).filter(({ owner }) => processIdentity(owner.pid) !== owner.identity);
  for (const { name, child, endSignal } of records.sort((a, b) => b.startedAt - a.startedAt)) {
    const lives = (): boolean => processIdentity(child.pid) === child.identity;
    if (lives()) {
      log(`Ending ${name} (process ${child.pid}), left over from a run that was killed …`);
      signalGroup(child.pid, endSignal);
      const deadline = Date.now() + graceMs;
      while (lives() && Date.now() < deadline) await pause(50);
      if (lives()) signalGroup(child.pid, 'SIGKILL');
      while (lives()) await pause(50);
    }
    forgetChild(folder, child.pid);
  }
}

/** Sends a signal to a process group; one that is gone already is as good. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') process.kill(leader, signal);
    else process.kill(-leader, signal);
  } catch {
    // ESRCH: nobody left. EPERM: macOS answers that for a group of zombies.
  }
}

function readRecords(folder: string): ChildRecord[] {
  const names = listed(folder).filter((name) => name.endsWith('.json'));
  return names.flatMap((name) => {
    try {
      return [ChildRecord.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')))];
    } catch {
      return []; // Its owner has just removed it, or it is none of ours.
    }
  });
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function recordFile(folder: string, pid: number): string {
  return join(folder, `${pid}.json`);
}
