/** How slots reach those that all workers share. */
export interface SharedSlots {
  /** Asks for so many; returns how many this worker has now. */
  hold(wanted: number): Promise<number>;
}

/** Looked at again this often while requests are under way, so that a worker that comes later gets its part. */
const renewEveryMs = 2_000;
/** Asked for again this often while requests wait. */
const askEveryMs = 200;

interface Waiting {
  start: () => void;
  fail: (error: unknown) => void;
  since: number;
}

/**
 * This worker's part of the requests that may be under way at once in an org. Slots are leased in the number that is
 * needed and kept while they are; who waits longer than `patienceMs` is told so.
 */
export class Slots {
  readonly #shared: SharedSlots;
  readonly #patienceMs: number;
  readonly #tooLong: () => Error;
  readonly #clock: () => number;
  readonly #waiting: Waiting[] = [];
  #slots = 0;
  #underWay = 0;
  #timer: NodeJS.Timeout | null = null;
  #asking: Promise<void> | null = null;

  constructor(shared: SharedSlots, patienceMs: number, tooLong: () => Error, clock: () => number) {
    this.#shared = shared;
    this.#patienceMs = patienceMs;
    this.#tooLong = tooLong;
    this.#clock = clock;
  }

  async enter(): Promise<void> {
    if (this.#waiting.length === 0 && this.#underWay < this.#slots) {
      this.#underWay += 1;
      return;
    }
    const entered = new Promise<void>((start, fail) => {
      this.#waiting.push({ start, fail, since: this.#clock() });
    });
    void this.#ask();
    await entered;
  }

  leave(): void {
    this.#underWay -= 1;
    this.#admit();
  }

  /** Gives all slots back; called when nothing is under way. */
  async close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#asking;
    if (this.#underWay > 0 || this.#waiting.length > 0) return;
    this.#slots = 0;
    await this.#shared.hold(0);
  }

  #admit(): void {
    while (this.#underWay < this.#slots) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#underWay += 1;
      next.start();
    }
  }

  /** One question at a time; the next is set by a timer while there is something to ask for. */
  #ask(): Promise<void> {
    this.#asking ??= this.#renew().finally(() => {
      this.#asking = null;
      this.#plan();
    });
    return this.#asking;
  }

  async #renew(): Promise<void> {
    try {
      this.#slots = await this.#shared.hold(Math.max(1, this.#underWay + this.#waiting.length));
      this.#admit();
      while (this.#waiting[0] && this.#clock() - this.#waiting[0].since > this.#patienceMs) {
        this.#waiting.shift()?.fail(this.#tooLong());
      }
    } catch (error) {
      for (const each of this.#waiting.splice(0)) each.fail(error);
    }
  }

  #plan(): void {
    if (this.#underWay === 0 && this.#waiting.length === 0) return;
    const wantsMore = this.#waiting.length > 0;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), wantsMore ? askEveryMs : renewEveryMs);
    this.#timer.unref();
  }
}
