import type { NotItemReason, NotItems } from '../../domain/collections/ledger.ts';
import type { NormalItem } from '../../domain/inventory/item.ts';
import { SourceFailure } from './failure.ts';
import { endpointOf } from './pages.ts';
import type { ChainSeed, PageContent, ReadObject } from './source.ts';

/** One entry of a page, sorted into what it is. */
export type Sorted =
  | { item: NormalItem; children?: ChainSeed[] }
  | { object: Omit<ReadObject, 'index'>; children?: ChainSeed[] }
  | { nothing: NotItemReason; children?: ChainSeed[] };

/**
 * Sorts a page's entries, each of which must have an id; throws SourceFailure `unusable` when one has none. `idMember`
 * is the vendor's name for the id.
 */
export function sortEntries(
  entries: readonly unknown[],
  chain: ChainSeed,
  idMember: string,
  sort: (entry: Record<string, unknown>) => Sorted,
): PageContent {
  const items: { item: NormalItem; index: number }[] = [];
  const objects: ReadObject[] = [];
  const children: ChainSeed[] = [];
  const notItems: NotItems = {};
  entries.forEach((entry, index) => {
    const sorted = sort(requireId(entry, index, idMember, chain));
    if ('children' in sorted && sorted.children) children.push(...sorted.children);
    if ('item' in sorted) items.push({ item: sorted.item, index });
    else if ('object' in sorted) objects.push({ ...sorted.object, index });
    else notItems[sorted.nothing] = (notItems[sorted.nothing] ?? 0) + 1;
  });
  return { count: entries.length, items, objects, notItems, children };
}

/** An entry without an id cannot be told from another, so the page cannot be used. */
function requireId(entry: unknown, index: number, member: string, chain: ChainSeed): Record<string, unknown> {
  const object = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : {};
  const id = object[member];
  if (typeof id === 'string' && id !== '') return object;
  const endpoint = endpointOf(chain.path);
  throw new SourceFailure('unusable', `Entry ${index} of a page of ${endpoint} has no ${member}.`, {
    endpoint,
  });
}

/** The one listing of a collection that has no other. */
export const listing = (collection: string, path: string): ChainSeed[] => [
  { collection, key: '', path, context: {} },
];
