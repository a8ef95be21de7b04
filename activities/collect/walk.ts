import type { ChainRefusal } from '../../domain/collections/ledger.ts';
import { remedyFor } from '../../domain/collections/permissions.ts';
import { limitOn, waitingText } from '../../domain/pace/budgets.ts';
import type { Chain } from '../../prisma/store/chains.ts';
import type { PageCommit } from '../../prisma/store/pages.ts';
import { SourceFailure } from '../sources/failure.ts';
import { endpointOf } from '../sources/pages.ts';
import type { Collection, Page, SourceReader } from '../sources/source.ts';

/** What walking a listing needs of the world; the activity provides it. */
export interface Walk {
  reader: SourceReader;
  collection: Collection;
  signal: AbortSignal;
  /** True when this activity has done its share and another may go on. */
  isOver(): boolean;
  /** Asks the incumbent for a page; throws a SourceFailure. */
  fetchPage(path: string): Promise<Page>;
  prepare(chain: Chain, path: string, page: Page): Promise<PageCommit>;
  commit(page: PageCommit): Promise<void>;
  refuse(chain: Chain, refusal: ChainRefusal): Promise<void>;
  restart(chain: Chain): Promise<void>;
  /** Paths and queries of the pages that this pass of the listing has read. */
  pathsRead(chain: Chain): Promise<string[]>;
  /** Counts a real failure; returns how many there were in a row. */
  countFailure(chain: Chain): Promise<number>;
  /** Notes that the vendor's limit holds the listing up; returns the milliseconds to wait. */
  noteWait(chain: Chain, until: Date): Promise<number>;
  /** Milliseconds to wait after the n-th failure in a row. */
  backoffMs(failures: number): number;
}

/** The listing cannot go on now; the activity gives way for `delayMs` and is tried again. */
export class RetryLater extends Error {
  readonly failure: SourceFailure;
  readonly delayMs: number;

  constructor(failure: SourceFailure, delayMs: number, message = failure.message) {
    super(message, { cause: failure });
    this.failure = failure;
    this.delayMs = delayMs;
  }
}

/** A listing is read at most this many times from its first page, should its cursors keep dying. */
const maxPasses = 5;

/** Failures in a row after which a listing counts as unreadable. */
const maxFailures = { unavailable: 8, unusable: 2, absent: 3 } as const;

/**
 * Reads a listing from where it stands, page by page, until it is closed, refused or the walk is over. Page n+1 is
 * asked for while page n is being stored. Throws RetryLater, or the SourceFailure `credentials` that ends the run.
 */
export async function walkChain(walk: Walk, start: Chain): Promise<void> {
  let chain = start;
  let request = fetchNext(walk, chain);
  // Also what former attempts read: a circle must be met again by the next one, not begun anew.
  const asked = new Set(await walk.pathsRead(chain));
  for (;;) {
    asked.add(pathOf(chain));
    const outcome = await request;
    if (outcome instanceof SourceFailure) return settleFailure(walk, chain, outcome);
    const commit = await prepareOrFail(walk, chain, outcome, asked);
    if (commit instanceof SourceFailure) return settleFailure(walk, chain, commit);
    const next = { ...chain, page: chain.page + 1, cursor: commit.next };
    const goesOn = commit.next !== null && !walk.isOver();
    if (goesOn) request = fetchNext(walk, next);
    await walk.commit(commit);
    if (!goesOn) return;
    chain = next;
  }
}

const pathOf = (chain: Chain) => chain.cursor ?? chain.path;

/** Never rejects, so that a page asked for ahead cannot fail unobserved. */
async function fetchNext(walk: Walk, chain: Chain): Promise<Page | SourceFailure> {
  try {
    return await walk.fetchPage(pathOf(chain));
  } catch (error) {
    if (error instanceof SourceFailure) return error;
    return new SourceFailure('unavailable', 'The request could not be made.', {
      endpoint: endpointOf(chain.path),
      cause: error,
    });
  }
}

async function prepareOrFail(
  walk: Walk,
  chain: Chain,
  page: Page,
  asked: ReadonlySet<string>,
): Promise<PageCommit | SourceFailure> {
  try {
    const commit = await walk.prepare(chain, pathOf(chain), page);
    if (commit.next === null || !asked.has(commit.next)) return commit;
    const endpoint = endpointOf(chain.path);
    throw new SourceFailure('unusable', `The pages of ${endpoint} lead back to one that was read.`, {
      endpoint,
    });
  } catch (error) {
    if (error instanceof SourceFailure) return error;
    throw error;
  }
}

async function settleFailure(walk: Walk, chain: Chain, failure: SourceFailure): Promise<void> {
  walk.signal.throwIfAborted();
  switch (failure.kind) {
    case 'rate_limited':
      throw await untilLimitOpens(walk, chain, failure);
    case 'credentials':
      throw failure;
    case 'refused':
      return walk.refuse(chain, refusalOf(walk, chain, failure));
    case 'dead_cursor':
      if (chain.cursor !== null && chain.pass < maxPasses) return walk.restart(chain);
      return walk.refuse(chain, refusalOf(walk, chain, failure));
    case 'unavailable':
    case 'absent':
    case 'unusable': {
      const failures = await walk.countFailure(chain);
      if (failures < maxFailures[failure.kind]) {
        const asked = (failure.detail.retryAt?.getTime() ?? 0) - Date.now();
        throw new RetryLater(failure, Math.max(walk.backoffMs(failures), asked));
      }
      return walk.refuse(chain, refusalOf(walk, chain, failure));
    }
  }
}

/** Says which limit holds the listing up and until when. */
async function untilLimitOpens(walk: Walk, chain: Chain, failure: SourceFailure): Promise<RetryLater> {
  const { sourceType } = walk.reader;
  const until = failure.detail.retryAt ?? new Date();
  const limit = failure.detail.limit ?? limitOn(sourceType, chain.path);
  const delayMs = await walk.noteWait(chain, until);
  return new RetryLater(failure, delayMs, waitingText(sourceType, limit, until));
}

function refusalOf(walk: Walk, chain: Chain, failure: SourceFailure): ChainRefusal {
  // A status that stays after several attempts (501: not supported) may still say that the org lacks the thing.
  const says = failure.kind !== 'unusable' && failure.kind !== 'dead_cursor';
  const meaning = says ? walk.reader.meaningOf(failure, chain) : 'unreadable';
  return {
    endpoint: failure.detail.endpoint,
    status: failure.detail.httpStatus ?? null,
    code: failure.detail.vendorCode ?? null,
    meaning,
    message: failure.message,
    remedy: remedyFor(walk.reader.sourceType, walk.collection.name, meaning),
    vendor_request_id: failure.detail.vendorRequestId ?? null,
  };
}
