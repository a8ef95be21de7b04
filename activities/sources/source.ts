import type {
  CollectionDefinition,
  NotItemReason,
  NotItems,
  RefusalMeaning,
} from '../../domain/collections/ledger.ts';
import type { EvidencePointer, NormalForms, NormalItem, StoredItem } from '../../domain/inventory/item.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { SourceFailure } from './failure.ts';

/** One paged listing to be read. `key` is unique within its collection. */
export interface ChainSeed {
  collection: string;
  key: string;
  /** Path and query of the first page, beginning with a slash. */
  path: string;
  /** What reading its pages must know (the application whose assignments these are). */
  context: Readonly<Record<string, string>>;
}

/** A page as received. `next` is path and query of the following page, null on the last. */
export interface Page {
  body: Buffer;
  httpStatus: number;
  next: string | null;
  vendorRequestId: string | null;
  vendorDate: string | null;
  fetchedAt: Date;
  elapsedMs: number;
}

/** An object that is no item of its own and from which items are composed. */
export interface ReadObject {
  kind: string;
  /** The id of what it belongs to; empty when it stands by itself. */
  parent: string;
  externalId: string;
  data: unknown;
  index: number;
  reason: NotItemReason;
}

/** What a page's objects are, in the order in which they stand there. */
export interface PageContent {
  count: number;
  items: readonly { item: NormalItem; index: number }[];
  objects: readonly ReadObject[];
  /** Entries that are neither, by reason. */
  notItems: NotItems;
  children: readonly ChainSeed[];
}

/** How a collection's listings are read. */
export interface CollectionReading {
  /** Listings read side by side: 1 for a long one, more for many small ones. */
  concurrency: number;
  /** Listings that are known before anything is read. */
  roots: readonly ChainSeed[];
  /** JSON pointer to the array in a page; empty when the page is the array. */
  entriesAt: string;
  /** Sorts a page's entries; throws SourceFailure `unusable` when one cannot be what it should be. */
  read(entries: readonly unknown[], chain: ChainSeed): PageContent;
}

export type Collection = CollectionDefinition & CollectionReading;

/** Joins an item with objects that other pages held. */
export interface Composer {
  itemType: ItemType;
  objectKind: string;
  /** The collection of which a listing of the item's own holds the objects; refused, the item stays uncomposed. */
  listedIn?: string;
  /** Which objects an item needs. */
  wants(item: StoredItem): { parent: string } | { externalIds: readonly string[] };
  compose(
    item: StoredItem,
    objects: readonly FoundObject[],
  ): { normalized: NormalForms[ItemType]; evidence: EvidencePointer[] };
}

export interface FoundObject {
  externalId: string;
  data: unknown;
  evidence: EvidencePointer;
}

/** A read-only client of one incumbent, opened for one activity and closed after it. */
export interface SourceReader {
  collections: readonly Collection[];
  composers: readonly Composer[];
  /** Fetches a page; throws SourceFailure. */
  fetchPage(path: string, signal: AbortSignal): Promise<Page>;
  /** What it means for the result that a listing is refused or stays unreadable. */
  meaningOf(failure: SourceFailure, chain: ChainSeed): RefusalMeaning;
  close(): Promise<void>;
}
