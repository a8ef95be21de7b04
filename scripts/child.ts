// One child process: its lines, its end, and no trace of it afterwards.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { forgetChild, recordChild, signalGroup } from './leftovers.ts';
import { processFolder } from './paths.ts';

/** How a process ended: one of the two is set. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Told each line the child writes; without it, what the child writes goes where `output` says. */
  onLine?: (line: string) => void;
  /** Where both output streams go when there is no `onLine`: this process's own, or an open file. */
  output?: 'inherit' | number;
  /** What asks the child to end. */
  endSignal?: 'SIGTERM' | 'SIGINT';
  /** Whom to run as; only root may ask for another. */
  user?: { uid: number; gid: number };
  /** Where running children are on record. */
  records?: string;
}

export interface Child {
  readonly pid: number;
  /** Resolves, never rejects, when the process has ended and its lines are read. */
  readonly exited: Promise<Exit>;
  /** Asks it to end, kills it when it has not after `graceMs`, and resolves when it is gone. */
  end(graceMs: number): Promise<Exit>;
}

/** Children of this process that live; killed with it when it exits without having ended them. */
const living = new Set<number>();
process.on('exit', () => {
  for (const pid of living) signalGroup(pid, 'SIGKILL');
});

/**
 * Starts a program as the leader of a process group of its own, so that a terminal's Ctrl-C reaches it through its
 * owner, in the owner's order, and so that what it starts can be ended with it.
 *
 * @throws when the program cannot be started
 */
export async function startChild(
  name: string,
  command: string,
  args: string[],
  options: ChildOptions = {},
): Promise<Child> {
  const { onLine, endSignal = 'SIGTERM', records = processFolder } = options;
  const output = onLine === undefined ? (options.output ?? 'inherit') : 'pipe';
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', output, output],
    ...options.user,
  });
  const exited = exitOf(child, onLine);
  const { pid } = child;
  if (pid === undefined) {
    await once(child, 'spawn'); // rejects with the reason
    throw new Error(`${name} has no process`);
  }
  living.add(pid);
  recordChild(records, name, pid, endSignal);
  child.once('exit', () => {
    living.delete(pid);
    signalGroup(pid, 'SIGKILL'); // what it started and left behind
    forgetChild(records, pid);
  });
  return { pid, exited, end: (graceMs) => endChild(pid, exited, endSignal, graceMs) };
}

/** "exit status 3" or "signal SIGKILL". */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit status ${code ?? 'unknown'}` : `signal ${signal}`;
}

async function endChild(
  pid: number,
  exited: Promise<Exit>,
  endSignal: NodeJS.Signals,
  graceMs: number,
): Promise<Exit> {
  if (!living.has(pid)) return exited; // the number may be another's by now
  signalGroup(pid, endSignal);
  const kill = setTimeout(() => living.has(pid) && signalGroup(pid, 'SIGKILL'), graceMs);
  try {
    return await exited;
  } finally {
    clearTimeout(kill);
  }
}

function exitOf(child: ChildProcess, onLine: ChildOptions['onLine']): Promise<Exit> {
  const lines = onLine === undefined ? [] : [child.stdout, child.stderr].map((s) => readLines(s, onLine));
  return new Promise((resolve) => {
    child.on('error', () => {
      // It could not be started, which startChild reports, or a signal not be delivered, which changes nothing.
    });
    child.once('exit', (code, signal) => {
      // A process that left the group may hold the streams open for ever.
      void Promise.race([Promise.all(lines), pause(1_000)]).then(() => resolve({ code, signal }));
    });
  });
}

async function readLines(stream: Readable | null, onLine: (line: string) => void): Promise<void> {
  if (stream === null) return;
  const reader = createInterface({ input: stream, crlfDelay: Infinity });
  reader.on('line', onLine);
  await once(reader, 'close');
}
