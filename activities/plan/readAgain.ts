import type { NormalItem } from '../../domain/inventory/item.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { SourceType } from '../../domain/source.ts';
import { preparePage } from '../sources/keep.ts';
import type {
  ChainSeed,
  Collection,
  FoundObject,
  Page,
  PageContent,
  SourceReader,
} from '../sources/source.ts';

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

/** Reads listings of an incumbent without storing anything; a collection is read once, whoever asks for it. */
export class ReadAgain {
  readonly items = new Map<string, { item: NormalItem; index: number }>();
  readonly objects = new Map<string, FoundObject[]>();
  readonly #reading = new Map<string, Promise<void>>();
  readonly #below: ChainSeed[] = [];
  readonly #reader: SourceReader;
  readonly #wanted: (seed: ChainSeed) => boolean;
  readonly #signal: AbortSignal;

  /** `wanted` says of a listing whether anything in it is looked for. */
  constructor(reader: SourceReader, wanted: (seed: ChainSeed) => boolean, signal: AbortSignal) {
    this.#reader = reader;
    this.#wanted = wanted;
    this.#signal = signal;
  }

  static keyOf = (itemType: ItemType, externalId: string): string => `${itemType} ${externalId}`;

  /** Reads a collection to its end; throws SourceFailure, or whatever the signal was aborted with. */
  read(name: string): Promise<void> {
    const reading = this.#reading.get(name) ?? this.#readWhole(name);
    this.#reading.set(name, reading);
    return reading;
  }

  async #readWhole(name: string): Promise<void> {
    const collection = this.#reader.collections.find((each) => each.name === name);
    if (!collection) return;
    const below = this.#below.filter((seed) => seed.collection === name);
    const listings = [...collection.roots, ...below].filter(this.#wanted);
    const one = async () => {
      for (let seed = listings.shift(); seed; seed = listings.shift()) await this.#walk(collection, seed);
    };
    await Promise.all(Array.from({ length: Math.min(mostAtOnce, collection.concurrency) }, one));
  }

  /** Page n + 1 is asked for while page n is worked on. */
  async #walk(collection: Collection, seed: ChainSeed): Promise<void> {
    let request: Promise<Page> | null = this.#reader.fetchPage(seed.path, this.#signal);
    for (let path = seed.path; request !== null;) {
      const page = await request;
      this.#signal.throwIfAborted();
      const next = nextOf(page);
      request = next === null ? null : this.#reader.fetchPage(next, this.#signal);
      // Should this page be of no use, nobody waits for the next one any more.
      request?.catch(() => undefined);
      const chain = { ...seed, context: { ...seed.context }, ...atItsBeginning };
      this.#keep(await preparePage(collection, chain, path, page, 1));
      path = next ?? path;
    }
  }

  #keep({ items, objects, children }: PageContent): void {
    for (const { item, index } of items) {
      this.items.set(ReadAgain.keyOf(item.itemType, item.externalId), { item, index });
    }
    for (const { kind, index, ...object } of objects) {
      const found = { ...object, evidence: { id: '', index, role: 'object' as const } };
      const known = this.objects.get(kind);
      if (known) known.push(found);
      else this.objects.set(kind, [found]);
    }
    this.#below.push(...children);
  }
}

const atItsBeginning = { id: '', pass: 1, page: 1, cursor: null, failures: 0 };

/** What follows a page; of one that is not whole JSON nothing does, and whoever opens it says so. */
function nextOf(page: Page): string | null {
  let value: unknown;
  try {
    value = JSON.parse(page.body.toString('utf8'));
  } catch {
    return null;
  }
  return page.next(value);
}
