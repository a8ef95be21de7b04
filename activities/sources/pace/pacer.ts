import { randomUUID } from 'node:crypto';
import { allowanceOf, simultaneousRequests } from '../../../domain/pace/budgets.ts';
import type { Charge, VendorPace } from '../../../domain/pace/vendor.ts';
import type { Database } from '../../../prisma/client.ts';
import { closeBudget, holdSlots, lowerSlots, takeUnits } from '../../../prisma/store/budgets.ts';
import { SourceFailure } from '../failure.ts';
import type { Answer, Transport } from '../transport.ts';
import { Bucket, LimitReached, type Reading, type SharedBudget } from './bucket.ts';
import { Slots } from './slots.ts';

/** An org as its limits count: whoever reads it shares them. */
export interface PacedOrg {
  /** The org's host, or the directory at Microsoft Graph. */
  host: string;
  pace: VendorPace;
  /** What an answer says of the budgets that its request was charged to. */
  read: (answer: Answer) => Reading;
}

export interface Pacer {
  /** The same transport at the pace of the org's limits; a limit that is used up is a SourceFailure `rate_limited`. */
  paced(transport: Transport, org: PacedOrg): Transport;
}

export interface PacerOptions {
  database: Database;
  /** Share of the vendors' limits to use, above 0 and at most 1. */
  share: number;
  now: () => Date;
}

/** A worker that dies has its slots for this long. */
const leaseMs = 60_000;
/** How long a request waits for a slot before it gives way. */
const patienceMs = 2_000;
/** How long fewer requests are sent at once after the org refused that many. */
const lowerForMs = 60_000;

/**
 * Asks incumbents no faster than their limits allow: every worker takes its units and slots from what the workers,
 * sources and tenants that read one org share (`migration_source_budgets`). One pacer a worker.
 */
export function createPacer(options: PacerOptions): Pacer {
  const orgs = new Map<string, Org>();
  const holder = randomUUID();
  return {
    paced(transport, { host, pace, read }) {
      let org = orgs.get(host);
      if (!org) orgs.set(host, (org = new Org(host, pace, options, holder)));
      return org.pacing(transport, read);
    },
  };
}

class Org {
  readonly #host: string;
  readonly #pace: VendorPace;
  readonly #options: PacerOptions;
  readonly #buckets = new Map<string, Bucket>();
  readonly #slots: Slots | null;
  #users = 0;

  constructor(host: string, pace: VendorPace, options: PacerOptions, holder: string) {
    this.#host = host;
    this.#pace = pace;
    this.#options = options;
    const most = this.#mostSimultaneous();
    const place = { host, bucket: simultaneousRequests, holder, leaseMs };
    const hold = (wanted: number) => holdSlots(options.database, { ...place, wanted, most: most ?? 0 });
    const tooLong = () => new LimitReached(simultaneousRequests, 1_000);
    this.#slots = most === null ? null : new Slots({ hold }, patienceMs, tooLong, () => performance.now());
  }

  pacing(transport: Transport, read: (answer: Answer) => Reading): Transport {
    this.#users += 1;
    let open = true;
    return {
      send: async (request) => {
        const { pathname, search } = new URL(request.url);
        const charges = this.#pace.chargesFor(`${pathname}${search}`);
        await this.#enter(charges, pathname);
        let reading: Reading | null = null;
        try {
          const answer = await transport.send(request);
          reading = read(answer);
          return answer;
        } finally {
          this.#slots?.leave();
          await this.#learn(charges, reading);
        }
      },
      close: async () => {
        if (!open) return;
        open = false;
        this.#users -= 1;
        await transport.close();
        // Slots that cannot be given back now fall back by themselves.
        if (this.#users === 0) await this.#slots?.close().catch(() => undefined);
      },
    };
  }

  /** Takes what the request needs, or nothing. */
  async #enter(charges: readonly Charge[], endpoint: string): Promise<void> {
    const taken: Charge[] = [];
    try {
      for (const charge of charges) {
        await this.#bucket(charge).take(charge.units);
        taken.push(charge);
      }
      await this.#slots?.enter();
    } catch (error) {
      for (const charge of taken) this.#bucket(charge).giveBack(charge.units);
      if (!(error instanceof LimitReached)) throw error;
      const retryAt = new Date(this.#options.now().getTime() + Math.max(1, error.waitMs));
      const { limit } = error;
      throw new SourceFailure('rate_limited', error.message, { endpoint, retryAt, limit, cause: error });
    }
  }

  async #learn(charges: readonly Charge[], reading: Reading | null): Promise<void> {
    // What headers say is about the first budget; a refusal may be for any of them.
    const rest: Reading | null = reading?.refused ? { refused: reading.refused } : null;
    await Promise.all(
      charges.map((charge, index) => this.#bucket(charge).learn(charge.units, index === 0 ? reading : rest)),
    );
    const most = this.#mostSimultaneous();
    if (reading?.refused?.by === 'simultaneous' && most !== null) {
      await lowerSlots(this.#options.database, this.#host, simultaneousRequests, most, lowerForMs);
    }
  }

  #mostSimultaneous(): number | null {
    const { simultaneous } = this.#pace;
    return simultaneous === null ? null : allowanceOf(simultaneous, this.#options.share);
  }

  #bucket({ budget }: Charge): Bucket {
    const { database, share } = this.#options;
    const { name, units: assumed, windowMs, announced } = budget;
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      const place = { host: this.#host, bucket: name, assumed, windowMs, announced, share };
      const shared: SharedBudget = {
        take: (wanted) => takeUnits(database, { ...place, ...wanted }),
        close: (forMs) => closeBudget(database, this.#host, name, forMs),
      };
      this.#buckets.set(name, (bucket = new Bucket(budget, shared, share, () => performance.now())));
    }
    return bucket;
  }
}
