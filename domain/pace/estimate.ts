import type { SourceType } from '../source.ts';
import type { Estimate } from '../verification.ts';
import { allowanceOf, defaultRateShare, paceOf } from './budgets.ts';

/** How far one collection is, in requests: one for each page, and one for each listing that was refused. */
export interface CollectionProgress {
  collection: string;
  /** The endpoint as a template; it says which limit the requests fall under. */
  endpoint: string;
  /** Collections whose pages seed this one's listings. */
  after: readonly string[];
  /** Listings known so far, those of them that are not ended, and the requests that were answered for all. */
  chains: number;
  open: number;
  requests: number;
  /** Requests of the source's last completed snapshot; null when there is none. */
  former: number | null;
}

/** Without a limit in the way: half a second a request, four at a time. */
const secondsARequest = 0.5 / 4;

/**
 * What is left of an inventory, from what a former one read and from the pages read so far: listings that are open have
 * as many pages as the ended ones of their collection had, and pages not read yet seed as many listings as those read
 * did. Null when there is neither a former one nor a page. `allowances` are units a window by limit, where known.
 */
export function estimateOf(
  sourceType: SourceType,
  collections: readonly CollectionProgress[],
  allowances: ReadonlyMap<string, number>,
): Estimate | null {
  if (collections.every(({ requests, former }) => requests === 0 && former === null)) return null;
  const expected = new Map<string, number>();
  for (const each of collections)
    expected.set(each.collection, expectedRequests(each, collections, expected));
  const left = collections.map((each) => ({
    endpoint: each.endpoint,
    requests: (expected.get(each.collection) ?? each.requests) - each.requests,
  }));
  const requests = left.reduce((sum, each) => sum + each.requests, 0);
  const seconds = Math.max(requests * secondsARequest, secondsOfLimits(sourceType, left, allowances));
  return { requests, minutes: Math.ceil(seconds / 6) / 10 };
}

function expectedRequests(
  { after, chains, open, requests, former }: CollectionProgress,
  collections: readonly CollectionProgress[],
  expected: ReadonlyMap<string, number>,
): number {
  const seeds = collections.filter((each) => after.includes(each.collection));
  const seedsLeft = seeds.some(
    (each) => each.open > 0 || (expected.get(each.collection) ?? 0) > each.requests,
  );
  if (open === 0 && !seedsLeft) return requests;
  const ended = chains - open;
  const perChain = ended > 0 ? Math.max(1, requests / ended) : 1;
  const seedsRead = seeds.reduce((sum, each) => sum + each.requests, 0);
  const seedsExpected = seeds.reduce(
    (sum, each) => sum + (expected.get(each.collection) ?? each.requests),
    0,
  );
  const allChains = seedsRead > 0 ? (chains * seedsExpected) / seedsRead : chains;
  const more = Math.ceil((allChains - ended) * perChain);
  return Math.max(former ?? 0, requests + Math.max(open, more));
}

/** Windows that have to be waited for at each limit; the slowest of them holds the inventory up. */
function secondsOfLimits(
  sourceType: SourceType,
  left: readonly { endpoint: string; requests: number }[],
  allowances: ReadonlyMap<string, number>,
): number {
  const limits = new Map<string, { units: number; allowance: number; windowMs: number }>();
  for (const { endpoint, requests } of left) {
    for (const { budget, units } of paceOf[sourceType].chargesFor(endpoint)) {
      const allowance = allowances.get(budget.name) ?? allowanceOf(budget.units, defaultRateShare);
      const so = limits.get(budget.name) ?? { units: 0, allowance, windowMs: budget.windowMs };
      limits.set(budget.name, { ...so, units: so.units + requests * units });
    }
  }
  const waits = [...limits.values()].map(
    ({ units, allowance, windowMs }) => (Math.max(0, Math.ceil(units / allowance) - 1) * windowMs) / 1000,
  );
  return Math.max(0, ...waits);
}
