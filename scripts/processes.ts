// A small supervisor: what it started ends together, in reverse order, and leaves nothing behind.
import { type Child, type ChildOptions, describeExit, type Exit, startChild } from './child.ts';
import { endLeftovers } from './leftovers.ts';
import { processFolder } from './paths.ts';
import { messageOf } from './refusal.ts';

/** More than the worker's own time for letting activities finish (30 s). */
const GRACE_MS = 35_000;
/** A terminal's Ctrl-C comes from the terminal and again from npm: within this time it is the same one. */
const SAME_SIGNAL_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Why a supervisor's processes ended. */
export type Ending =
  { cause: 'stop' } | { cause: 'signal'; signal: NodeJS.Signals } | { cause: 'death'; message: string };

/** What is not a plain child: a database server, for one, that knows how it is stopped. */
export interface Resource {
  stop(): Promise<unknown>;
  /** Resolves when it has ended, whoever ended it. */
  exited: Promise<Exit>;
}

export interface SpawnOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Resolves when the child does its work; the signal ends the wait. */
  readyWhen?: (signal: AbortSignal) => Promise<void>;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The child writes to this process's own streams instead of the log. */
  output?: 'inherit';
}

export interface Supervisor {
  /** Aborted as soon as the end begins: pass it to whatever waits. */
  readonly signal: AbortSignal;
  /** Resolves, never rejects, when all has ended. */
  readonly exited: Promise<Ending>;
  /** Starts a child that has to live as long as the rest. Resolves when it is ready, rejects when the end began. */
  spawn(name: string, command: string, args: string[], options?: SpawnOptions): Promise<void>;
  /** Takes on something that runs already; when the end has begun it is stopped at once, and this rejects. */
  add(name: string, resource: Resource): Promise<void>;
  /** Runs a child that has its own end, and resolves to it. */
  run(name: string, command: string, args: string[], options?: RunOptions): Promise<Exit>;
  /** Ends everything, the youngest first. */
  stop(): Promise<Ending>;
}

export interface SuperviseOptions {
  log: (line: string) => void;
  /** Where running children are on record for the next start, should this process be killed. */
  records?: string;
  /** How long a child may take to end before it is killed. */
  graceMs?: number;
}

/**
 * Ends what a killed run of this checkout has left running, then supervises: SIGINT, SIGTERM, SIGHUP and the death of
 * any process end all of them; a second signal kills them.
 */
export async function supervise(options: SuperviseOptions): Promise<Supervisor> {
  await endLeftovers(options.records ?? processFolder, options.log);
  return new ProcessSupervisor(options);
}

/**
 * Waits for two things that come up side by side. The failure of one ends everything, the other's wait as well, and is
 * thrown only when that is over too: nothing comes up afterwards.
 */
export async function both<A, B>(supervisor: Supervisor, a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  try {
    return await Promise.all([a, b]);
  } catch (error) {
    void supervisor.stop();
    await Promise.allSettled([a, b]);
    throw error;
  }
}

class ProcessSupervisor implements Supervisor {
  readonly exited: Promise<Ending>;
  readonly #options: SuperviseOptions;
  readonly #resources: { name: string; resource: Resource }[] = [];
  readonly #end = new AbortController();
  #resolveExited: (ending: Ending) => void = () => undefined;
  #signalledAt: number | undefined;

  constructor(options: SuperviseOptions) {
    this.#options = options;
    this.exited = new Promise((resolve) => (this.#resolveExited = resolve));
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    // The log may go to a terminal that is closed: that is a signal, and not a crash on top of it.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  async spawn(name: string, command: string, args: string[], options: SpawnOptions = {}): Promise<void> {
    this.signal.throwIfAborted();
    const child = await this.#start(name, command, args, options);
    await this.add(name, this.#asResource(child));
    const { readyWhen } = options;
    if (readyWhen !== undefined) await Promise.race([readyWhen(this.signal), rejectOnAbort(this.signal)]);
  }

  async add(name: string, resource: Resource): Promise<void> {
    if (this.signal.aborted) {
      await resource.stop();
      this.signal.throwIfAborted();
    }
    this.#resources.push({ name, resource });
    void resource.exited.then((exit) => {
      this.#begin({ cause: 'death', message: `${name} ended unexpectedly (${describeExit(exit)})` });
    });
  }

  async run(name: string, command: string, args: string[], options: RunOptions = {}): Promise<Exit> {
    this.signal.throwIfAborted();
    const child = await this.#start(name, command, args, options);
    const end = (): void => void child.end(this.#graceMs);
    this.signal.addEventListener('abort', end, { once: true });
    if (this.signal.aborted) end();
    try {
      return await child.exited;
    } finally {
      this.signal.removeEventListener('abort', end);
      this.signal.throwIfAborted();
    }
  }

  stop(): Promise<Ending> {
    this.#begin({ cause: 'stop' });
    return this.exited;
  }

  get #graceMs(): number {
    return this.#options.graceMs ?? GRACE_MS;
  }

  #start(name: string, command: string, args: string[], { env, cwd, output }: RunOptions): Promise<Child> {
    const childOptions: ChildOptions = { env, cwd, records: this.#options.records };
    if (output === undefined) childOptions.onLine = (line) => this.#options.log(`[${name}] ${line}`);
    return startChild(name, command, args, childOptions);
  }

  #asResource(child: Child): Resource {
    return { stop: () => child.end(this.#graceMs), exited: child.exited };
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const now = Date.now();
    if (this.#signalledAt !== undefined && now - this.#signalledAt > SAME_SIGNAL_MS) {
      this.#options.log('Killing everything at once.');
      process.exit(130); // children that live are killed with this process (child.ts)
    }
    this.#signalledAt ??= now;
    this.#begin({ cause: 'signal', signal });
  };

  #begin(ending: Ending): void {
    if (this.signal.aborted) return;
    this.#end.abort(new Error('everything is being ended'));
    if (ending.cause === 'death') this.#options.log(`${ending.message}: ending the others.`);
    void this.#endAll().then(() => {
      for (const signal of SIGNALS) process.off(signal, this.#onSignal);
      this.#resolveExited(ending);
    });
  }

  async #endAll(): Promise<void> {
    for (const { name, resource } of this.#resources.reverse()) {
      try {
        await resource.stop();
      } catch (error) {
        this.#options.log(`${name} could not be stopped: ${messageOf(error)}`);
      }
    }
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
