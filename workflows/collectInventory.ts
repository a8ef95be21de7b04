import {
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { waitingSignalName, type RunInput, type Waiting } from '../domain/run.ts';
import type { CollectionRead } from '../activities/collect/readCollection.ts';
import type { PlannedCollection } from '../activities/collect/settle.ts';
import { database, longDatabase, sourceReads } from './activities.ts';
import { endedFailed, failureOf } from './failure.ts';
import { stoppable } from './stop.ts';

/** Collections read side by side. */
const lanes = 4;

/**
 * Reads a source into a snapshot: every collection to its end, then items are composed and the snapshot is settled.
 * What was read is in the database page by page; this workflow holds names and nothing else.
 */
export async function collectInventory(input: RunInput): Promise<void> {
  const continuedFrom = workflowInfo().continuedFromExecutionRunId ?? null;
  const { resourceId: snapshotId } = await database.claim({ ...input, continuedFrom });
  const scope = { tenantId: input.tenantId, snapshotId };
  try {
    const hop = await stoppable(input.runId, () => collect(scope));
    if (hop) await continueAsNew<typeof collectInventory>(input);
    const { status } = await database.settleCollection(scope);
    if (status === 'failed') {
      throw endedFailed(
        failureOf(null, { code: 'source_rejected', message: 'A collection could not be read.' }),
      );
    }
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const failure = failureOf(error, {
      code: 'source_unusable',
      message: 'The collection could not be finished.',
    });
    await CancellationScope.nonCancellable(() => database.failCollection({ ...scope, failure }));
    throw isCancellation(error) ? error : endedFailed(failure);
  }
}

/** What every activity of a collection is told. */
interface Scope {
  tenantId: string;
  snapshotId: string;
}

/** Returns true when the history is long enough to go on in a new run. */
async function collect(scope: Scope): Promise<boolean> {
  const collections = await database.beginCollection(scope);
  const hop = await readAll(scope, collections);
  if (hop) return true;
  await longDatabase.composeInventory(scope);
  return false;
}

/** A run goes on in a new one before its history is long; what is under way then still adds to it. */
const longHistory = 200;

const isLong = () => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > longHistory;

async function readAll(scope: Scope, collections: readonly PlannedCollection[]): Promise<boolean> {
  const done = new Set(collections.filter(({ read }) => read).map(({ name }) => name));
  const progress = new Progress(collections);
  let busy = 0;
  const readOne = async ({ name, after }: PlannedCollection) => {
    const ready = () => busy < lanes && after.every((each) => done.has(each));
    if (done.has(name)) return;
    while (!ready() && !isLong()) await condition(() => ready() || isLong());
    busy += 1;
    try {
      while (!isLong() && !done.has(name)) {
        const read = await readShare(scope, name);
        progress.read(name, read);
        if (read.done) done.add(name);
      }
    } finally {
      busy -= 1;
    }
  };
  setHandler(waiting, ({ collection, text }) => progress.wait(collection, text));
  await CancellationScope.cancellable(async () => {
    try {
      await Promise.all(collections.map(readOne));
    } catch (error) {
      // One refusal of the credential itself ends all lanes at once.
      CancellationScope.current().cancel();
      throw error;
    }
  });
  return done.size < collections.length;
}

const readShare = (scope: Scope, collection: string) =>
  sourceReads.readCollection.executeWithOptions({ summary: collection }, [{ ...scope, collection }]);

/** Told by a read that the vendor's limit holds up. */
const waiting = defineSignal<[Waiting]>(waitingSignalName);

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** What an operator sees in the Temporal UI: how far each collection is, what it waits for, and what is left. */
class Progress {
  readonly #states: Map<string, string>;
  #left = '';

  constructor(collections: readonly PlannedCollection[]) {
    this.#states = new Map(collections.map(({ name, read }) => [name, read ? 'read' : 'to be read']));
    this.#tell();
  }

  read(collection: string, { done, pages, items, estimate }: CollectionRead): void {
    const so = `${count(pages, 'page')}, ${count(items, 'item')}`;
    this.#states.set(collection, done ? `read: ${so}` : `so far ${so}`);
    if (estimate)
      this.#left = `About ${count(estimate.requests, 'request')} and ${count(estimate.minutes, 'minute')} are left.`;
    this.#tell();
  }

  wait(collection: string, text: string): void {
    if (!this.#states.has(collection)) return;
    this.#states.set(collection, text);
    this.#tell();
  }

  #tell(): void {
    const rows = [...this.#states].map(([name, state]) => `| ${name} | ${state} |`);
    setCurrentDetails([this.#left, '', '| collection | |', '|---|---|', ...rows].join('\n').trimStart());
  }
}
