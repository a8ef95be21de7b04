import type {
  CollectionDefinition,
  NotItemReason,
  NotItems,
  RefusalMeaning,
} from '../../domain/collections/ledger.ts';
import type { EvidencePointer, NormalForms, NormalItem, StoredItem } from '../../domain/inventory/item.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { SourceType } from '../../domain/source.ts';
import type { ListingSeed, WriteRights } from '../../domain/verification.ts';
import type { SourceFailure } from './failure.ts';

/** One paged listing to be read. `key` is unique within its collection. */
export type ChainSeed = ListingSeed;

/** A page as received. */
export interface Page {
  body: Buffer;
  httpStatus: number;
  /**
   * Path and query of the following page, null on the last; throws SourceFailure for a link that must not be followed.
   * Okta says it in a header, Graph in the body, which is given parsed.
   */
  next(value: unknown): string | null;
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
  /** Listings walked side by side: 1 for a long one; for many small ones more than are asked for at once, since some
   * are being stored meanwhile. */
  concurrency: number;
  /** Listings that are known before anything is read. */
  roots: readonly ChainSeed[];
  /** JSON pointer to the array in a page; empty when the page is the array. */
  entriesAt: string;
  /** The answer is one object and no list; it is read as the only entry. */
  single?: true;
  /** Sorts a page's entries; throws SourceFailure `unusable` when one cannot be what it should be. */
  read(entries: readonly unknown[], chain: ChainSeed): PageContent;
}

export type Collection = CollectionDefinition & CollectionReading;

/** Joins an item with objects that other pages held. */
export interface Composer {
  itemType: ItemType;
  parts: readonly ComposerPart[];
  /** `found` holds a part's objects by its kind; null where they were not all read, so that nothing is known. */
  compose(
    item: StoredItem,
    found: (objectKind: string) => readonly FoundObject[] | null,
  ): { normalized: NormalForms[ItemType]; evidence: EvidencePointer[] };
}

/** One kind of object that an item is composed of. */
export interface ComposerPart {
  objectKind: string;
  /** The collections that hold the objects; refused, they make them unknown. */
  listedIn: readonly string[];
  /** Whether each item has a listing of its own, under its own id, so that a refusal concerns it alone. */
  listedByItem?: true;
  /** Which objects an item needs: those that belong to it, or those with these ids. */
  wants: (item: StoredItem) => { parent: string } | { externalIds: readonly string[] };
}

/** Makes items that the incumbent lists nowhere out of what its pages say together, when all of them are read. */
export interface Derivation {
  /** Items that it reads. */
  itemType: ItemType;
  /** Objects that it reads. */
  objectKinds: readonly string[];
  derive: (
    items: readonly StoredItem[],
    objects: (objectKind: string) => readonly FoundObject[],
  ) => readonly DerivedItem[];
}

/** Its first evidence is the page whose listing it counts among. */
export interface DerivedItem {
  item: NormalItem;
  evidence: readonly [EvidencePointer, ...EvidencePointer[]];
}

export interface FoundObject {
  parent: string;
  externalId: string;
  data: unknown;
  evidence: EvidencePointer;
}

/** A read-only client of one incumbent, opened for one activity and closed after it. */
export interface SourceReader {
  sourceType: SourceType;
  collections: readonly Collection[];
  /** Fetches a page; throws SourceFailure. */
  fetchPage(path: string, signal: AbortSignal): Promise<Page>;
  /** What it means for the result that a listing is refused or stays unreadable. */
  meaningOf(failure: SourceFailure, chain: ChainSeed): RefusalMeaning;
  /** What the credential may do besides reading; asked with reads alone. Throws SourceFailure when that fails. */
  writeRights(signal: AbortSignal): Promise<WriteRights>;
  close(): Promise<void>;
}
