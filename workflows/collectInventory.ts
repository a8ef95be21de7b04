import {
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunInput } from '../domain/run.ts';
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

async function readAll(scope: Scope, collections: readonly PlannedCollection[]): Promise<boolean> {
  const done = new Set<string>();
  let busy = 0;
  const tell = () => setCurrentDetails(progress(collections, done));
  const readOne = async ({ name, after }: PlannedCollection) => {
    const hops = () => workflowInfo().continueAsNewSuggested;
    const ready = () => busy < lanes && after.every((each) => done.has(each));
    while (!ready() && !hops()) await condition(() => ready() || hops());
    busy += 1;
    try {
      while (!hops() && !done.has(name)) {
        if ((await readShare(scope, name)).done) done.add(name);
      }
      tell();
    } finally {
      busy -= 1;
    }
  };
  tell();
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

/** What an operator sees in the Temporal UI. */
function progress(collections: readonly PlannedCollection[], done: ReadonlySet<string>): string {
  const rows = collections.map(({ name }) => `| ${name} | ${done.has(name) ? 'read' : 'to be read'} |`);
  return ['| collection | |', '|---|---|', ...rows].join('\n');
}
