import { setTimeout as pause } from 'node:timers/promises';
import type { Budget } from '../../../domain/pace/vendor.ts';
import type { Seen, UnitsTaken, UnitsWanted } from '../../../prisma/store/budgets.ts';

/** What an answer's headers say, as far as the pace goes by it; a vendor's own file reads them. */
export interface Reading {
  /** Units in a window, units left of it for everybody, and milliseconds until it ends. */
  state?: { units: number; remaining: number; resetsInMs: number };
  /** Units that the request took, where that is said. */
  units?: number;
  /** The request was refused: for the budget's sake, or for too many at once; milliseconds to stay away. */
  refused?: { by: 'budget' | 'simultaneous'; forMs: number };
}

/** How a bucket reaches the budget that all workers share. */
export interface SharedBudget {
  take(wanted: Pick<UnitsWanted, 'units' | 'seen'>): Promise<UnitsTaken>;
  close(forMs: number): Promise<void>;
}

/** How long the first request to a limit may take before another is sent to find the limit out. */
const probePatienceMs = 5_000;

/** The limit is used up; nothing was taken. */
export class LimitReached extends Error {
  readonly limit: string;
  readonly waitMs: number;

  constructor(limit: string, waitMs: number) {
    super(`The limit on ${limit} is used up.`);
    this.limit = limit;
    this.waitMs = waitMs;
  }
}

/**
 * What this worker may still use of one budget of an org. It takes slices of what all workers share, so that most
 * requests cost no statement; `clock` counts milliseconds and never goes back.
 */
export class Bucket {
  readonly #budget: Budget;
  readonly #shared: SharedBudget;
  readonly #share: number;
  readonly #clock: () => number;
  #units = 0;
  /** When the units become void, and until when there are none. */
  #voidAt = 0;
  #closedUntil = 0;
  #known: boolean;
  #seen: (Omit<Seen, 'ageMs'> & { at: number }) | null = null;
  #taking: Promise<void> | null = null;
  /** The one request whose answer will say how many units there are. */
  #probe: { answered: Promise<void>; end: () => void } | null = null;

  constructor(budget: Budget, shared: SharedBudget, share: number, clock: () => number) {
    this.#budget = budget;
    this.#shared = shared;
    this.#share = share;
    this.#clock = clock;
    this.#known = !budget.announced;
  }

  /** Takes units for one request; throws LimitReached when there are none now. */
  async take(units: number): Promise<void> {
    for (;;) {
      const now = this.#clock();
      if (now < this.#closedUntil) throw new LimitReached(this.#budget.name, this.#closedUntil - now);
      if (now >= this.#voidAt) this.#units = 0;
      if (this.#units >= units) break;
      if (this.#probe) await this.#awaitProbe(this.#probe);
      else await (this.#taking ??= this.#refill(units).finally(() => (this.#taking = null)));
    }
    this.#units -= units;
    if (!this.#known) this.#probe = makeProbe();
  }

  /** Gives back units of a request that was not sent. */
  giveBack(units: number): void {
    this.#units += units;
    this.#endProbe();
  }

  /** Learns from the answer to a request that took units; `null` when there was none. */
  async learn(taken: number, reading: Reading | null): Promise<void> {
    const { state, units, refused } = reading ?? {};
    const first = !this.#known && state !== undefined;
    if (state) {
      this.#known = true;
      this.#seen = { ...state, at: this.#clock() };
      // Others may use the budget up meanwhile: what is left is shared with them as well.
      this.#units = Math.min(this.#units, Math.floor(state.remaining * this.#share));
    }
    if (units !== undefined) this.#units += taken - units;
    if (refused?.by === 'budget') {
      this.#units = 0;
      this.#closedUntil = Math.max(this.#closedUntil, this.#clock() + refused.forMs);
    }
    try {
      if (refused?.by === 'budget') await this.#shared.close(refused.forMs);
      // Before anybody asks for more: nobody else has to find out what the limit is.
      if (first) await this.#shared.take({ units: 0, seen: this.#tellSeen() });
    } finally {
      this.#endProbe();
    }
  }

  async #refill(units: number): Promise<void> {
    const found = await this.#shared.take({ units, seen: this.#tellSeen() });
    const now = this.#clock();
    this.#known ||= found.known;
    if (found.taken === 0) {
      // While the vendor's number is being found out, others look again soon.
      this.#closedUntil = now + (found.known ? found.waitMs : Math.min(found.waitMs, 1_000));
    } else {
      // A request may cost more than a whole window's allowance: it gets all of it.
      this.#units = Math.max(units, this.#units + found.taken);
      this.#voidAt = now + found.windowLeftMs;
    }
  }

  /** What was seen is told once; what was seen since the window ended is nothing. */
  #tellSeen(): Seen | null {
    const seen = this.#seen;
    this.#seen = null;
    if (!seen) return null;
    const ageMs = this.#clock() - seen.at;
    return {
      units: seen.units,
      remaining: seen.remaining,
      resetsInMs: seen.resetsInMs - ageMs,
      ageMs,
    };
  }

  /** A request without an answer holds nobody up for long: the next one finds out instead. */
  async #awaitProbe(probe: { answered: Promise<void> }): Promise<void> {
    const stop = new AbortController();
    const tooLong = pause(probePatienceMs, true, { signal: stop.signal, ref: false }).catch(() => true);
    const gaveUp = await Promise.race([probe.answered.then(() => false), tooLong]);
    stop.abort();
    if (gaveUp && this.#probe === probe) this.#endProbe();
  }

  #endProbe(): void {
    this.#probe?.end();
    this.#probe = null;
  }
}

function makeProbe(): { answered: Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const answered = new Promise<void>((resolve) => (end = resolve));
  return { answered, end: () => end() };
}
