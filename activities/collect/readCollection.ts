import { setTimeout } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Estimate } from '../../domain/verification.ts';
import {
  ChainMoved,
  countFailure,
  noteWait,
  openChainsOf,
  refuseChain,
  restartChain,
  type Chain,
} from '../../prisma/store/chains.ts';
import { pathsRead } from '../../prisma/store/evidence.ts';
import { commitPages } from '../../prisma/store/pages.ts';
import { readProgress } from '../../prisma/store/progress.ts';
import { findSnapshot } from '../../prisma/store/snapshots.ts';
import { acting, heartbeating, type Acting } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { SourceFailure } from '../sources/failure.ts';
import { preparePage } from '../sources/keep.ts';
import { openSource, type OpenedSource } from '../sources/openSource.ts';
import type { Collection, SourceReader } from '../sources/source.ts';
import { CommitQueue } from './commitQueue.ts';
import { tellWaiting } from './tellWaiting.ts';
import { RetryLater, walkChain, type Walk } from './walk.ts';

export interface ReadCollectionInput {
  tenantId: string;
  snapshotId: string;
  collection: string;
}

/** How far a collection and the whole inventory are, as the Temporal UI shows it. */
export interface CollectionRead {
  done: boolean;
  pages: number;
  items: number;
  /** What is left of the inventory; null while nobody can tell. */
  estimate: Estimate | null;
}

/** Listings taken from the database at a time. */
const batchSize = 200;

/**
 * Reads a collection from where the database says it stands, for a fair share of time. `done` when no listing of it
 * is open any more. Every page is committed with its place, so that whoever goes on neither repeats nor misses one.
 */
export function readCollection(deps: ActivityDependencies) {
  return async (input: ReadCollectionInput): Promise<CollectionRead> =>
    heartbeating(async (signal) => {
      const act = acting(input);
      const opened = await openSourceOf(deps, act.tenant, input.snapshotId);
      try {
        const done = await readShare(deps, act, input, opened.reader, signal);
        return { done, ...(await soFar(deps, act.tenant, input)) };
      } catch (error) {
        await tellWaiting(input.collection, error);
        throw explain(await excused(error, opened));
      } finally {
        await opened.reader.close();
      }
    });
}

async function soFar(
  { database }: ActivityDependencies,
  tenant: TenantId,
  { snapshotId, collection }: ReadCollectionInput,
): Promise<Omit<CollectionRead, 'done'>> {
  const snapshot = await findSnapshot(database, tenant, snapshotId);
  const progress = snapshot && (await readProgress(database, tenant, snapshot));
  const { pages = 0, items = 0 } = progress?.byCollection.get(collection) ?? {};
  return { pages, items, estimate: progress?.estimate ?? null };
}

async function openSourceOf(
  deps: ActivityDependencies,
  tenant: TenantId,
  snapshotId: string,
): Promise<OpenedSource> {
  const snapshot = await findSnapshot(deps.database, tenant, snapshotId);
  if (!snapshot) throw new DomainError('collection_superseded', 'The snapshot is gone.');
  if (snapshot.run.stopRequestedAt) throw new DomainError('run_stopped', 'The collection was asked to stop.');
  return openSource(deps, tenant, snapshot.sourceId);
}

/** A credential that was replaced meanwhile may be refused: the next attempt opens the new one. */
const excused = async (error: unknown, opened: OpenedSource): Promise<unknown> =>
  error instanceof SourceFailure && error.kind === 'credentials' && (await opened.isOutdated())
    ? new RetryLater(error, 0)
    : error;

async function readShare(
  deps: ActivityDependencies,
  act: Acting,
  input: ReadCollectionInput,
  reader: SourceReader,
  signal: AbortSignal,
): Promise<boolean> {
  const collection = reader.collections.find((each) => each.name === input.collection);
  if (!collection) throw new Error(`There is no collection ${input.collection}.`);
  const over = performance.now() + deps.pace.shareMs;
  let asked = false;
  const walk = makeWalk(deps, act, input.snapshotId, reader, collection, {
    signal,
    // Never before an answer of the incumbent: however slow the way to it, every share gets on.
    isOver: () => asked && performance.now() > over,
    fetchPage: async (path) => {
      try {
        return await reader.fetchPage(path, signal);
      } finally {
        asked = true;
      }
    },
  });
  for (;;) {
    const chains = await openChainsOf(
      deps.database,
      act.tenant,
      input.snapshotId,
      collection.name,
      batchSize,
    );
    if (chains.length === 0) return true;
    if (walk.isOver()) return false;
    await walkAll(walk, chains, collection.concurrency, deps.pace.shortWaitMs);
  }
}

/** Walks several listings side by side. The first that cannot go on stops the others after their page. */
async function walkAll(
  walk: Walk,
  chains: readonly Chain[],
  concurrency: number,
  shortWaitMs: number,
): Promise<void> {
  const waiting = [...chains];
  let stopped: Error | undefined;
  const one = async () => {
    for (let chain = waiting.shift(); chain && !stopped && !walk.isOver(); chain = waiting.shift()) {
      try {
        await walkChain({ ...walk, isOver: () => stopped !== undefined || walk.isOver() }, chain);
      } catch (error) {
        stopped ??= error instanceof Error ? error : new Error(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  if (stopped === undefined) return;
  if (
    stopped instanceof RetryLater &&
    stopped.delayMs <= shortWaitMs &&
    stopped.failure.kind === 'rate_limited'
  ) {
    await setTimeout(stopped.delayMs, undefined, { signal: walk.signal });
    return;
  }
  throw stopped;
}

function makeWalk(
  deps: ActivityDependencies,
  { tenant, temporalRunId }: Acting,
  snapshotId: string,
  reader: SourceReader,
  collection: Collection,
  share: Pick<Walk, 'signal' | 'isOver' | 'fetchPage'>,
): Walk {
  const { database, now, pace } = deps;
  const { attempt } = Context.current().info;
  const queue = new CommitQueue((pages) =>
    commitPages(database, tenant, snapshotId, temporalRunId, pages, now()),
  );
  const assertMoved = (moved: boolean) => {
    if (!moved) throw new ChainMoved();
  };
  return {
    reader,
    collection,
    ...share,
    prepare: (chain, path, page) => preparePage(collection, chain, path, page, attempt),
    commit: (page) => queue.add(page),
    refuse: async (chain, refusal) =>
      assertMoved(await refuseChain(database, tenant, snapshotId, temporalRunId, chain, refusal, now())),
    restart: async (chain) =>
      assertMoved(await restartChain(database, tenant, snapshotId, temporalRunId, chain, now())),
    pathsRead: (chain) =>
      chain.page === 1 ? Promise.resolve([]) : pathsRead(database, tenant, snapshotId, chain),
    countFailure: (chain) => countFailure(database, chain.id, now()),
    noteWait: async (chain, until) => {
      await noteWait(database, chain.id, until);
      return Math.max(0, until.getTime() - now().getTime());
    },
    backoffMs: (failures) => Math.min(60_000, pace.backoffMs * 2 ** (failures - 1)),
  };
}

/** After losing a listing to another attempt: time for that one to be noticed as dead, or to read on. */
const movedDelayMs = 1_000;

/** Tells Temporal what to make of a read that stopped: when to try again, or that it never will work. */
export function explain(error: unknown): unknown {
  // Told to an attempt that Temporal has given up, this goes nowhere; told to the present one, it must not end the run.
  if (error instanceof ChainMoved) {
    return ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nextRetryDelay: movedDelayMs,
      category: ApplicationFailureCategory.BENIGN,
    });
  }
  if (error instanceof RetryLater) {
    const waits = error.failure.kind === 'rate_limited';
    return ApplicationFailure.create({
      message: error.message,
      type: error.failure.kind,
      nextRetryDelay: Math.max(1, Math.ceil(error.delayMs)),
      // Waiting for a limit is no error worth an alarm.
      ...(waits && { category: ApplicationFailureCategory.BENIGN }),
    });
  }
  if (error instanceof SourceFailure) {
    return ApplicationFailure.create({
      message: error.message,
      type: 'source_rejected',
      nonRetryable: true,
      details: [
        {
          endpoint: error.detail.endpoint,
          http_status: error.detail.httpStatus ?? null,
          vendor_code: error.detail.vendorCode ?? null,
          vendor_request_id: error.detail.vendorRequestId ?? null,
        },
      ],
    });
  }
  return error;
}
