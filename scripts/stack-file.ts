// What tells other commands of this checkout where its stack runs.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { readIfThere, writePrivateFile } from './private-file.ts';
import { Refusal } from './refusal.ts';
import { tryLock } from './setup/lock.mjs';
import { processIdentity } from './setup/process-identity.mjs';

const StackFile = z.object({
  pid: z.int(),
  /** Tells the process from another with its pid. */
  process_identity: z.string(),
  api_url: z.string(),
  temporal_address: z.string(),
  temporal_ui_url: z.string().nullable(),
  database_url: z.string(),
  /** The development issuer; null when the stack trusts another one. */
  issuer: z.object({ issuer: z.string(), audience: z.string(), keys_file: z.string() }).nullable(),
  operator_tenant_id: z.string().nullable(),
});
export type StackFile = z.infer<typeof StackFile>;

/** How long a running stack gets to notice that the npm that ran it is gone, before a second one is refused. */
const NOTICE_MS = 1_000;
const TRANSITION_LIMIT_MS = 90_000;

/** The stack that the file names; undefined when there is none or its process is gone. */
export async function readRunningStack(path: string): Promise<StackFile | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const stack = StackFile.parse(JSON.parse(text));
  return processIdentity(stack.pid) === stack.process_identity ? stack : undefined;
}

/** Writes the file for this process. */
export async function writeStackFile(
  path: string,
  stack: Omit<StackFile, 'pid' | 'process_identity'>,
): Promise<void> {
  const self = { pid: process.pid, process_identity: processIdentity(process.pid) ?? '' };
  await writePrivateFile(path, `${JSON.stringify({ ...self, ...stack }, null, 2)}\n`);
}

export function removeStackFile(path: string): void {
  rmSync(path, { force: true });
}

/**
 * Claims the place of the one stack beside the file, after waiting for one that is just ending.
 *
 * @throws {Refusal} when one runs
 */
export async function claimStack(path: string, log: (line: string) => void): Promise<{ release(): void }> {
  const since = Date.now();
  for (let told = false; ;) {
    const taken = tryLock(join(dirname(path), 'stack.lock'));
    if (!('holder' in taken)) return taken;
    const waited = Date.now() - since;
    const running = await readRunningStack(path);
    if (running !== undefined && waited > NOTICE_MS) {
      throw new Refusal(
        `A stack of this checkout runs already, at ${running.api_url} (process ${running.pid}): use it or end it first.`,
      );
    }
    if (waited > TRANSITION_LIMIT_MS) {
      throw new Refusal(
        `Process ${taken.holder} holds this checkout's stack and does not get on: end it first.`,
      );
    }
    if (running === undefined && !told) {
      log(`Waiting for process ${taken.holder}, which is starting or ending this checkout's stack …`);
      told = true;
    }
    await pause(100);
  }
}
