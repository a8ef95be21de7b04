import type { Source } from '../prisma/store/sources.ts';
import type { SourceSecret } from '../domain/source.ts';
import type { KeyRing } from '../platform/sealing.ts';
import type { Database } from '../prisma/client.ts';
import type { Logger } from '../platform/log.ts';
import type { TargetRuntime } from './runtime/target.ts';
import type { SourceReader } from './sources/source.ts';

/** Everything an activity touches, given to it once by the worker. */
export interface ActivityDependencies {
  database: Database;
  keyRing: KeyRing;
  /** Opens a read-only reader of a source with its credential. */
  openReader(source: Source, secret: SourceSecret): SourceReader;
  /** What a cutover writes to. */
  runtime: TargetRuntime;
  /** The worker's name, as Temporal and the attempts show it. */
  workerName: string;
  now: () => Date;
  log: Logger;
  pace: Pace;
}

/** How long activities work and wait, in milliseconds, and how much they take on at a time. */
export interface Pace {
  /** A read activity gives way to others after this time. */
  shareMs: number;
  /** A wait up to this long is spent in place; a longer one leaves the worker free. */
  shortWaitMs: number;
  /** The wait after the first failure in a row; it doubles with each up to a minute. */
  backoffMs: number;
  /** Mutations of one run of a cutover; a longer plan goes on in a new run with a short history. */
  hopSteps: number;
  /** Items that are judged and stored in one transaction. */
  itemsAtOnce: number;
  /** A preview reads the incumbent for this long; somebody waits for it. */
  previewReadMs: number;
}

export const defaultPace: Pace = {
  shareMs: 30_000,
  shortWaitMs: 2_000,
  backoffMs: 500,
  hopSteps: 300,
  itemsAtOnce: 1000,
  previewReadMs: 10_000,
};
