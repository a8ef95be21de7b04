import { createHash } from 'node:crypto';
import { OktaFault, invalid } from './errors.ts';
import type { OktaObject } from './members.ts';

/** How many objects a page of an endpoint holds. */
export interface PageLimits {
  default: number;
  max: number;
}

/** Where a page starts: behind the object with this ordinal, as the so many-th page of its listing. */
interface Position {
  ordinal: number;
  page: number;
}

/** Makes and reads the opaque `after` parameters. */
export interface Cursors {
  issue(path: string, position: Position): string;
  /** @throws {OktaFault} E0000029 when it was not issued for this path, was tampered with or has expired */
  read(path: string, text: string): Position;
  /** Every cursor issued so far is dead from now on. */
  expire(): void;
}

/** Cursors last until `expire()` and, like Okta's, survive a restart of the server. */
export function createCursors(): Cursors {
  let generation = 0;
  const seal = (path: string, payload: string): string =>
    createHash('sha256').update(`${path} ${payload}`).digest('base64url').slice(0, 8);
  return {
    issue(path, { ordinal, page }) {
      const payload = Buffer.from(`${generation}.${ordinal}.${page}`).toString('base64url');
      return `${payload}${seal(path, payload)}`;
    },
    read(path, text) {
      const payload = text.slice(0, -8);
      const [issued, ordinal, page] = Buffer.from(payload, 'base64url').toString().split('.').map(Number);
      const genuine = text.length > 8 && text === `${payload}${seal(path, payload)}`;
      if (!genuine || issued !== generation || ordinal === undefined || page === undefined) {
        throw new OktaFault('E0000029', undefined, ['Invalid cursor.']);
      }
      return { ordinal, page };
    },
    expire() {
      generation += 1;
    },
  };
}

/** What decides the size of a page and what stands behind it. */
export interface PageRequest {
  path: string;
  limit: number;
  after: string | null;
  cursors: Cursors;
  ordinal: (object: OktaObject) => number;
  /** Every fourth page is shorter than asked for although more follow. */
  shortPages: boolean;
  /** A next link stands on the last page too; behind it is an empty one. */
  emptyPageBehind: boolean;
}

/** One page of a list and the cursor of the next, if Okta would give one. */
export interface Page {
  items: readonly OktaObject[];
  next: string | undefined;
}

/** Cuts the page that starts behind the cursor. The list must be in the order of its ordinals. */
export function cutPage(list: readonly OktaObject[], request: PageRequest): Page {
  const { path, after, cursors, ordinal } = request;
  const position = after === null ? { ordinal: 0, page: 0 } : cursors.read(path, after);
  const start = firstBehind(list, ordinal, position.ordinal);
  const short = request.shortPages && position.page % 4 === 1;
  const size = short ? Math.ceil(request.limit * 0.6) : request.limit;
  const items = list.slice(start, start + size);
  const last = items.at(-1);
  const more = start + items.length < list.length || request.emptyPageBehind;
  if (last === undefined || !more) return { items, next: undefined };
  return { items, next: cursors.issue(path, { ordinal: ordinal(last), page: position.page + 1 }) };
}

function firstBehind(
  list: readonly OktaObject[],
  ordinal: (object: OktaObject) => number,
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

/** The page size a request asks for. @throws {OktaFault} E0000001 outside what the endpoint documents */
export function readLimit(query: URLSearchParams, limits: PageLimits): number {
  const text = query.get('limit');
  if (text === null) return limits.default;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > limits.max) {
    throw invalid('limit', `limit: Must be a whole number from 1 to ${limits.max}.`);
  }
  return limit;
}

/** The Link lines of a list: `self` and, in a line of its own as Okta sends it, `next`. */
export function linkLines(
  url: string,
  parameters: { limit: number | undefined; kept: readonly [string, string][] },
  next: string | undefined,
): string[] {
  const line = (rel: string, after: string | undefined): string => {
    const query = new URLSearchParams();
    if (after !== undefined) query.set('after', after);
    if (parameters.limit !== undefined) query.set('limit', String(parameters.limit));
    for (const [name, value] of parameters.kept) query.set(name, value);
    const text = query.toString();
    return `<${url}${text === '' ? '' : `?${text}`}>; rel="${rel}"`;
  };
  return next === undefined ? [line('self', undefined)] : [line('self', undefined), line('next', next)];
}
