import { createHash } from 'node:crypto';
import type { PageFault } from './answer.ts';
import type { ApiObject } from './members.ts';

/** Where a page starts: behind the object with this ordinal, as the so many-th page of its listing. */
export interface Position {
  ordinal: number;
  page: number;
}

export const FIRST_PAGE: Position = { ordinal: 0, page: 0 };

/** Makes and reads the opaque texts that a next link carries. */
export interface Cursors {
  issue(path: string, position: Position): string;
  /** Where it leads; otherwise whether it was not issued for this path or has expired. */
  read(path: string, text: string): Position | 'unknown' | 'expired';
  /** Every cursor issued so far is dead from now on. */
  expire(): void;
}

const SEAL_LENGTH = 8;

/** Cursors last until `expire()` and, like those of the vendors, survive a restart of the server. */
export function createCursors(): Cursors {
  let generation = 0;
  const seal = (path: string, payload: string): string =>
    createHash('sha256').update(`${path} ${payload}`).digest('base64url').slice(0, SEAL_LENGTH);
  return {
    issue(path, { ordinal, page }) {
      const payload = Buffer.from(`${generation}.${ordinal}.${page}`).toString('base64url');
      return `${payload}${seal(path, payload)}`;
    },
    read(path, text) {
      const payload = text.slice(0, -SEAL_LENGTH);
      const [issued, ordinal, page] = decode(payload);
      const genuine = payload !== '' && text === `${payload}${seal(path, payload)}`;
      if (!genuine || ordinal === undefined || page === undefined) return 'unknown';
      return issued === generation ? { ordinal, page } : 'expired';
    },
    expire() {
      generation += 1;
    },
  };
}

function decode(payload: string): number[] {
  return Buffer.from(payload, 'base64url').toString().split('.').map(Number);
}

/** The number of the page that a cursor leads to, counted from 1; the first page has no cursor. */
export function pageNumber(cursor: string | undefined): number {
  const page = cursor === undefined ? 0 : decode(cursor.slice(0, -SEAL_LENGTH))[2];
  return page === undefined || Number.isNaN(page) ? 1 : page + 1;
}

/** One page of a list and where the next one starts, if there is a next link. */
export interface Page {
  items: readonly ApiObject[];
  next: Position | undefined;
}

/** A page that comes up empty or twice: what follows starts where this page did, so that nothing is lost. */
export function bendPage(page: Page, position: Position, fault: PageFault | undefined): Page {
  if (fault !== 'empty' && fault !== 'repeat') return page;
  const next = { ordinal: position.ordinal, page: position.page + 1 };
  return { items: fault === 'empty' ? [] : page.items, next };
}

/** A next link that leads back to the request it answers, or to another host. */
export function bendLink(
  next: string | undefined,
  request: string,
  fault: PageFault | undefined,
): string | undefined {
  if (fault === 'loop') return request;
  if (typeof fault !== 'object') return next;
  return (next ?? request).replace(/^https?:\/\/[^/]+/, fault.foreign);
}

/** The place in a list, which must be in the order of its ordinals, of the first object behind an ordinal. */
export function firstBehind(
  list: readonly ApiObject[],
  ordinal: (object: ApiObject) => number,
  after: number,
): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const object = list[middle];
    if (object !== undefined && ordinal(object) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
