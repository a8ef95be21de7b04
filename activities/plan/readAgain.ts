import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { SourceType } from '../../domain/source.ts';
import { openPage, readPage, type ReadItem } from '../sources/readPage.ts';
import type { ChainSeed, Collection, FoundObject, Page, SourceReader } from '../sources/source.ts';

/** Which collections hold items of some types, parents before what is listed below them. */
export interface Reread {
  itemTypes: readonly ItemType[];
  collections: readonly string[];
}

/**
 * What is read once more before a cutover, what breaks sign-in first. Policies are read for the routing rules alone, and
 * of assignments only those to applications that are planned.
 */
export const rereads: Readonly<Record<SourceType, readonly Reread[]>> = {
  okta: [
    { itemTypes: ['provider'], collections: ['identity_providers', 'identity_provider_keys'] },
    { itemTypes: ['routing_rule'], collections: ['policies', 'routing_rules'] },
    { itemTypes: ['application'], collections: ['applications'] },
    { itemTypes: ['group'], collections: ['groups'] },
    { itemTypes: ['assignment'], collections: ['applications', 'application_groups'] },
  ],
  entra: [
    {
      itemTypes: ['provider', 'routing_rule'],
      collections: ['domains', 'domain_federations', 'partner_federations'],
    },
    { itemTypes: ['application'], collections: ['applications'] },
    { itemTypes: ['group'], collections: ['groups'] },
    { itemTypes: ['assignment'], collections: ['service_principals', 'app_role_assignments'] },
  ],
};

/** Listings of a collection that are read side by side; the pace of the org bounds them too. */
const mostAtOnce = 8;

/** How listings are read again. */
interface Reading {
  /** Says of a listing whether anything in it is looked for. */
  wanted: (seed: ChainSeed) => boolean;
  signal: AbortSignal;
  /** Works on the items of a page that was read, while the next one is on its way. */
  whileNextPage?: (items: readonly ReadItem[]) => Promise<void>;
}

/** Reads listings of an incumbent without storing anything; a collection is read once, whoever asks for it. */
export class ReadAgain {
  readonly items = new Map<string, ReadItem>();
  readonly objects = new Map<string, FoundObject[]>();
  readonly #collections = new Map<string, Promise<void>>();
  readonly #below: ChainSeed[] = [];
  readonly #reader: SourceReader;
  readonly #reading: Reading;

  constructor(reader: SourceReader, reading: Reading) {
    this.#reader = reader;
    this.#reading = reading;
  }

  static keyOf = (itemType: ItemType, externalId: string): string => `${itemType} ${externalId}`;

  /** Reads a collection to its end; throws SourceFailure, or whatever the signal was aborted with. */
  read(name: string): Promise<void> {
    const whole = this.#collections.get(name) ?? this.#readWhole(name);
    this.#collections.set(name, whole);
    return whole;
  }

  async #readWhole(name: string): Promise<void> {
    const collection = this.#reader.collections.find((each) => each.name === name);
    if (!collection) return;
    const below = this.#below.filter((seed) => seed.collection === name);
    const listings = [...collection.roots, ...below].filter(this.#reading.wanted);
    const one = async () => {
      for (let seed = listings.shift(); seed; seed = listings.shift()) await this.#walk(collection, seed);
    };
    await Promise.all(Array.from({ length: Math.min(mostAtOnce, collection.concurrency) }, one));
  }

  /** Page n + 1 is asked for while page n is worked on. */
  async #walk(collection: Collection, seed: ChainSeed): Promise<void> {
    const { signal, whileNextPage } = this.#reading;
    let request: Promise<Page> | null = this.#reader.fetchPage(seed.path, signal);
    for (let path = seed.path; request !== null;) {
      const opened = openPage(path, await request);
      signal.throwIfAborted();
      const { next } = opened;
      request = next === null ? null : this.#reader.fetchPage(next, signal);
      // Should this page be of no use, nobody waits for the next one any more.
      request?.catch(() => undefined);
      const content = readPage(collection, seed, opened);
      this.#keep(content);
      await whileNextPage?.(content.items);
      path = next ?? path;
    }
  }

  #keep({ items, objects, children }: ReturnType<typeof readPage>): void {
    for (const read of items) this.items.set(ReadAgain.keyOf(read.item.itemType, read.item.externalId), read);
    for (const { kind, index, ...object } of objects) {
      const found = { ...object, evidence: { id: '', index, role: 'object' as const } };
      const known = this.objects.get(kind);
      if (known) known.push(found);
      else this.objects.set(kind, [found]);
    }
    this.#below.push(...children);
  }
}
