import { failsSnapshot } from '../../domain/collections/ledger.ts';
import type { AskedListing, CheckOutcome, ListingSeed } from '../../domain/verification.ts';
import { SourceFailure } from '../sources/failure.ts';
import { openPage, readPage } from '../sources/readPage.ts';
import type { Collection, SourceReader } from '../sources/source.ts';

/** Makes a request, with whatever patience it needs; throws SourceFailure. */
export type Ask = <Result>(work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>;

/** What was asked for already, so that nothing is asked for twice, whoever goes on. */
export interface Asked {
  get(listing: string): AskedListing | undefined;
  keep(listing: string, answer: AskedListing): Promise<void>;
}

/** Listings of a collection that are tried where each belongs to another object: the first may be gone by now. */
const mostBelow = 3;

/**
 * Asks for the first page of a collection, exactly as an inventory would: each listing that is known from the start,
 * or one of those that pages of other collections named (`seeds`). A refusal that would leave an inventory incomplete
 * decides; else any page that came; else why there was none. Where there was nothing to ask for, nothing is missing.
 */
export async function askCollection(
  reader: SourceReader,
  collection: Collection,
  seeds: readonly ListingSeed[],
  ask: Ask,
  asked: Asked,
): Promise<AskedListing> {
  const below = seeds.filter((seed) => seed.collection === collection.name).slice(0, mostBelow);
  const children: ListingSeed[] = [];
  let read: CheckOutcome | null = null;
  let absent: CheckOutcome | null = null;
  for (const seed of [...collection.roots, ...below]) {
    if (read && below.includes(seed)) break;
    const { outcome, children: named } = await askOnce(reader, collection, seed, ask, asked);
    children.push(...named);
    if (outcome.found === 'readable') read = outcome;
    else if (outcome.found !== 'refused' || failsSnapshot(outcome.meaning)) return { outcome, children };
    else if (outcome.meaning !== 'gone') absent ??= outcome;
  }
  return { outcome: read ?? absent ?? { found: 'readable', status: null }, children };
}

async function askOnce(
  reader: SourceReader,
  collection: Collection,
  seed: ListingSeed,
  ask: Ask,
  asked: Asked,
): Promise<AskedListing> {
  const name = `${seed.collection} ${seed.path}`;
  const known = asked.get(name);
  if (known) return known;
  const answer = await askListing(reader, collection, seed, ask);
  await asked.keep(name, answer);
  return answer;
}

async function askListing(
  reader: SourceReader,
  collection: Collection,
  seed: ListingSeed,
  ask: Ask,
): Promise<AskedListing> {
  try {
    return await ask(async (signal) => {
      const page = await reader.fetchPage(seed.path, signal);
      const { children } = readPage(collection, seed, openPage(seed.path, page));
      return { outcome: { found: 'readable', status: page.httpStatus }, children: aFewOfEach(children) };
    });
  } catch (error) {
    if (!(error instanceof SourceFailure) || error.kind === 'credentials' || error.kind === 'rate_limited')
      throw error;
    const { httpStatus = null, vendorCode = null } = error.detail;
    const unread = error.kind === 'unusable' || error.kind === 'dead_cursor';
    const meaning = unread ? 'unreadable' : reader.meaningOf(error, seed);
    return { outcome: { found: 'refused', status: httpStatus, code: vendorCode, meaning }, children: [] };
  }
}

function aFewOfEach(seeds: readonly ListingSeed[]): ListingSeed[] {
  const taken = new Map<string, number>();
  return seeds.filter(({ collection }) => {
    const count = taken.get(collection) ?? 0;
    taken.set(collection, count + 1);
    return count < mostBelow;
  });
}
