import { collectionsOf } from '../../domain/collections/definitions.ts';
import { failsSnapshot, type CollectionDefinition } from '../../domain/collections/ledger.ts';
import { runFailure, type RunFailure } from '../../domain/run.ts';
import { openChains, openCollections, readRefusals } from '../../prisma/store/chains.ts';
import { inTransaction } from '../../prisma/store/constraints.ts';
import {
  completeSnapshot,
  failSnapshot,
  findSnapshot,
  holdCollection,
} from '../../prisma/store/snapshots.ts';
import { acting } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { vendors } from '../sources/vendors.ts';

export interface SnapshotInput {
  tenantId: string;
  snapshotId: string;
}

/** A collection as the workflow needs to know it: what it is called and what must be read before. */
export interface PlannedCollection {
  name: string;
  after: string[];
  /** A former run of the workflow read it to its end. */
  read: boolean;
}

/** Opens the listings that are known from the start and says which collections are to be read, in which order. */
export function beginCollection(deps: ActivityDependencies) {
  return async (input: SnapshotInput): Promise<PlannedCollection[]> => {
    const { tenant, temporalRunId } = acting(input);
    return inTransaction(deps.database, async (tx) => {
      const snapshot = await holdCollection(tx, tenant, input.snapshotId, temporalRunId);
      const { collections } = vendors[snapshot.sourceType];
      const roots = collections.flatMap((collection) => collection.roots);
      await openChains(tx, tenant, input.snapshotId, roots, deps.now());
      const open = new Set(await openCollections(tx, tenant, input.snapshotId));
      return planned(collectionsOf[snapshot.sourceType], open);
    });
  };
}

/** What is neither open nor seeded by what is to be read has been read. Parents stand before what they seed. */
function planned(
  definitions: readonly CollectionDefinition[],
  open: ReadonlySet<string>,
): PlannedCollection[] {
  const unread = new Set<string>();
  return definitions.map(({ name, after }) => {
    const read = !open.has(name) && !after.some((each) => unread.has(each));
    if (!read) unread.add(name);
    return { name, after: [...after], read };
  });
}

/**
 * Ends a collection whose listings were all read as far as they could be: completed, or failed with every refusal
 * of a collection that the guide names. Throws nothing that a second call would not throw.
 */
export function settleCollection(deps: ActivityDependencies) {
  return async (input: SnapshotInput): Promise<{ status: 'completed' | 'failed' }> => {
    const { tenant, temporalRunId } = acting(input);
    const { database, now } = deps;
    const snapshot = await findSnapshot(database, tenant, input.snapshotId);
    if (snapshot?.status === 'completed') return { status: 'completed' };
    const refusals = await readRefusals(database, tenant, input.snapshotId);
    const definitions = snapshot ? collectionsOf[snapshot.sourceType] : [];
    const fatal = refusals.filter((refusal) => isFatal(refusal, definitions));
    if (fatal.length === 0) {
      await completeSnapshot(database, tenant, input.snapshotId, temporalRunId, now());
      return { status: 'completed' };
    }
    const failure = refusedFailure(fatal, now());
    const listed = refusals.map(({ collection: _collection, ...refusal }) => refusal);
    await failSnapshot(database, tenant, input.snapshotId, failure, { refusals: listed });
    return { status: 'failed' };
  };
}

type Refusal = Awaited<ReturnType<typeof readRefusals>>[number];

function isFatal(refusal: Refusal, definitions: readonly CollectionDefinition[]): boolean {
  const definition = definitions.find((each) => each.name === refusal.collection);
  return definition?.required !== false && failsSnapshot(refusal.meaning);
}

/** Says first what a person can mend: a missing permission before an answer that could not be used. */
function refusedFailure(fatal: readonly Refusal[], at: Date): RunFailure {
  const first = fatal.find((refusal) => refusal.meaning === 'not_permitted') ?? fatal[0];
  const rejected = first?.meaning === 'not_permitted';
  const others = fatal.length > 1 ? ` ${fatal.length} endpoints were refused in all.` : '';
  return runFailure(at, {
    code: rejected ? 'source_rejected' : 'source_unusable',
    message: `${first?.endpoint ?? ''} could not be read. ${first?.remedy ?? ''}${others}`,
    reason: first?.meaning ?? null,
    endpoint: first?.endpoint ?? null,
    http_status: first?.status ?? null,
    vendor_code: first?.code ?? null,
  });
}

export interface FailCollectionInput extends SnapshotInput {
  failure: Omit<RunFailure, 'at'>;
}

/** Fails a snapshot for a reason that the workflow met; one that has ended stays as it is. */
export function failCollection(deps: ActivityDependencies) {
  return async (input: FailCollectionInput): Promise<void> => {
    const { tenant } = acting(input);
    const { database, now } = deps;
    const refusals = await readRefusals(database, tenant, input.snapshotId);
    const listed = refusals.map(({ collection: _collection, ...refusal }) => refusal);
    await failSnapshot(
      database,
      tenant,
      input.snapshotId,
      { ...input.failure, at: now().toISOString() },
      { refusals: listed },
    );
  };
}
