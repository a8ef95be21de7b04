import { setImmediate } from 'node:timers/promises';
import type { TenantId } from '../../domain/ids.ts';
import type { NormalItem, StoredItem } from '../../domain/inventory/item.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { Database } from '../../prisma/client.ts';
import { partsOf, sameJson } from '../collect/compose.ts';
import { fingerprintOf, type ReadItem } from '../sources/readPage.ts';
import type { ChainSeed, SourceReader } from '../sources/source.ts';
import { vendors } from '../sources/vendors.ts';
import { ReadAgain, rereads } from './readAgain.ts';

/** By which an inventory knows an item. */
interface ItemKey {
  itemType: ItemType;
  externalId: string;
}

/** What is compared, and what is read for it. */
export interface Comparison {
  snapshot: { database: Database; tenant: TenantId; snapshotId: string };
  reader: SourceReader;
  /** The items that are looked for. */
  items: readonly ItemKey[];
  /** Says of a listing whether anything in it is looked for. */
  wanted: (seed: ChainSeed) => boolean;
}

/** Items composed in one go. */
const itemsAtATime = 1000;

/**
 * Items of an incumbent as it has them now, read and composed as an inventory does it, without storing anything: what
 * was read again is joined with what else was, and for the rest with what the snapshot holds.
 */
export class LiveItems {
  readonly #comparison: Comparison;
  readonly #again: ReadAgain;
  readonly #keys: ReadonlySet<string>;
  readonly #composed = new Map<string, StoredItem>();
  readonly #parts = new Map<ItemType, ReturnType<typeof partsOf>>();

  constructor(comparison: Comparison, signal: AbortSignal) {
    this.#comparison = comparison;
    this.#keys = new Set(comparison.items.map(keyOf));
    const { reader, wanted } = comparison;
    this.#again = new ReadAgain(reader, { wanted, signal, whileNextPage: (items) => this.#take(items) });
  }

  /** Reads a collection to its end, once; throws SourceFailure, or whatever the signal was aborted with. */
  read(collection: string): Promise<void> {
    return this.#again.read(collection);
  }

  /** An item whose collections have been read; null when the incumbent has it no more. */
  async find(items: readonly ItemKey[]): Promise<(item: ItemKey) => StoredItem | null> {
    const derived = this.#derive();
    const late = items.flatMap((item) => {
      const key = keyOf(item);
      return this.#composed.has(key) ? [] : (this.#again.items.get(key) ?? derived.get(key) ?? []);
    });
    await this.#compose(late);
    return (item) => this.#composed.get(keyOf(item)) ?? null;
  }

  /** Composes what a page held while the next one is awaited, unless what it is joined with is read again too. */
  async #take(items: readonly ReadItem[]): Promise<void> {
    const { sourceType } = this.#comparison.reader;
    const reread = rereads[sourceType].flatMap(({ collections }) => collections);
    const waits = vendors[sourceType].composers.filter(({ parts }) =>
      parts.some(({ listedIn }) => listedIn.some((collection) => reread.includes(collection))),
    );
    const early = items.filter(
      ({ item }) =>
        this.#keys.has(keyOf(item)) && !waits.some((composer) => composer.itemType === item.itemType),
    );
    await this.#compose(early);
  }

  async #compose(read: readonly ReadItem[]): Promise<void> {
    for (const itemType of new Set(read.map(({ item }) => item.itemType))) {
      const ofType = read.filter(({ item }) => item.itemType === itemType).map(unstored);
      for (let from = 0; from < ofType.length; from += itemsAtATime) {
        const items = ofType.slice(from, from + itemsAtATime);
        const normalizedOf = await this.#composing(itemType, items);
        for (const item of items) this.#composed.set(keyOf(item), composed(item, normalizedOf(item)));
        await setImmediate();
      }
    }
  }

  /** Joins items with what belongs to them: objects that were read again where they were, else those of the snapshot. */
  async #composing(
    itemType: ItemType,
    items: readonly StoredItem[],
  ): Promise<(item: StoredItem) => NormalItem['normalized']> {
    const { reader, snapshot } = this.#comparison;
    const composer = vendors[reader.sourceType].composers.find((each) => each.itemType === itemType);
    if (!composer) return (item) => item.normalized;
    const parts = this.#parts.get(itemType) ?? partsOf(snapshot, composer);
    this.#parts.set(itemType, parts);
    const foundFor = await (await parts)(items);
    return (item) =>
      composer.compose(item, (kind) => {
        const objects = this.#again.objects.get(kind);
        const part = composer.parts.find((each) => each.objectKind === kind);
        if (!objects || !part) return foundFor(item)(kind);
        const wants = part.wants(item);
        return objects.filter((object) =>
          'parent' in wants ? object.parent === wants.parent : wants.externalIds.includes(object.externalId),
        );
      }).normalized;
  }

  /** Items that the incumbent lists nowhere. */
  #derive(): Map<string, ReadItem> {
    const derived = vendors[this.#comparison.reader.sourceType].derivations.flatMap(
      ({ itemType, derive }) => {
        const found = [...this.#again.items.values()].filter(({ item }) => item.itemType === itemType);
        return derive(found.map(unstored), (kind) => this.#again.objects.get(kind) ?? []);
      },
    );
    return new Map(
      derived.map(({ item }) => [keyOf(item), { item, index: 0, fingerprint: fingerprintOf(item) }]),
    );
  }
}

const keyOf = ({ itemType, externalId }: ItemKey) => ReadAgain.keyOf(itemType, externalId);

/** Most items are as they were read, and so is their fingerprint. */
function composed(item: StoredItem, normalized: NormalItem['normalized']): StoredItem {
  if (sameJson(normalized, item.normalized)) return item;
  return { ...item, normalized, fingerprint: fingerprintOf({ ...item, normalized }) };
}

/** An item that was read and not stored, as those take it who work on stored ones. */
const unstored = ({ item, index, fingerprint }: ReadItem): StoredItem => ({
  ...item,
  id: '',
  ordinal: 0n,
  fingerprint,
  evidence: [{ id: '', index, role: 'object' }],
});
