import type { PageCommit } from '../../prisma/store/pages.ts';

/**
 * Groups the pages that are ready into one transaction while the former one is being written: a listing of many
 * small pages costs a transaction a batch instead of one each, and a long one is never held back.
 */
export class CommitQueue {
  readonly #write: (pages: readonly PageCommit[]) => Promise<void>;
  readonly #largest: number;
  #waiting: { page: PageCommit; done: () => void; failed: (error: unknown) => void }[] = [];
  #writing = false;

  constructor(write: (pages: readonly PageCommit[]) => Promise<void>, largest = 50) {
    this.#write = write;
    this.#largest = largest;
  }

  /** Resolves when the page is committed. Pages of one listing must be added one after another. */
  add(page: PageCommit): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ page, done, failed });
      if (!this.#writing) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#largest);
      try {
        await this.#write(batch.map(({ page }) => page));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#writing = false;
  }
}
