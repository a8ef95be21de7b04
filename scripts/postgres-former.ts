// A PostgreSQL server that a killed run has left running, or only its pid file.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { forgetChild } from './leftovers.ts';
import { processFolder } from './paths.ts';
import { readIfThere } from './private-file.ts';
import { Refusal } from './refusal.ts';
import { processCommand, processIdentity } from './setup/process-identity.mjs';

const FAST_LIMIT_MS = 20_000;
const IMMEDIATE_LIMIT_MS = 10_000;

export interface PostmasterFile {
  pid: number;
  /** `starting`, `ready`, `stopping`; empty in the first moments. */
  status: string;
}

/** The pid file that a server keeps in its data while it runs; undefined when there is none. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const lines = (await readIfThere(join(cluster, 'postmaster.pid')))?.split('\n');
  if (lines === undefined) return undefined;
  return { pid: Number(lines[0]), status: lines[7]?.trim() ?? '' };
}

/**
 * Makes way for a new server: shuts down the one that still runs on these data, and removes a pid file whose process
 * is dead or a stranger with its number, which PostgreSQL itself would take for a running server.
 *
 * @param postgres path of the server's executable
 */
export async function endFormerPostmaster(
  cluster: string,
  postgres: string,
  log: (line: string) => void,
): Promise<void> {
  const file = await readPostmasterFile(cluster);
  if (file === undefined) return;
  const identity = Number.isInteger(file.pid) ? processIdentity(file.pid) : undefined;
  if (identity !== undefined && isServerOf(cluster, postgres, file.pid)) {
    log(`Shutting down the database server (process ${file.pid}) that a former run has left …`);
    const gone = (): boolean => processIdentity(file.pid) !== identity;
    await endServer(file.pid, gone);
    forgetChild(processFolder, file.pid);
  }
  await rm(join(cluster, 'postmaster.pid'), { force: true });
}

function isServerOf(cluster: string, postgres: string, pid: number): boolean {
  const command = processCommand(pid);
  return command.includes(postgres) && command.includes(`-D ${cluster} `);
}

async function endServer(pid: number, gone: () => boolean): Promise<void> {
  const steps = [
    ['SIGINT', FAST_LIMIT_MS],
    ['SIGQUIT', IMMEDIATE_LIMIT_MS],
  ] as const;
  for (const [signal, limitMs] of steps) {
    if (!gone()) process.kill(pid, signal);
    const deadline = Date.now() + limitMs;
    while (!gone() && Date.now() < deadline) await pause(50);
    if (gone()) return;
  }
  throw new Refusal(`The database server of a former run (process ${pid}) does not end: end it by hand.`);
}
