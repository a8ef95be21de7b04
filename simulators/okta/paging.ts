import type { PageFault } from '../answer.ts';
import { FIRST_PAGE, bendPage, firstBehind, type Cursors, type Page } from '../paging.ts';
import { OktaFault, invalid } from './errors.ts';
import type { OktaObject } from './members.ts';

/** How many objects a page of an endpoint holds. */
export interface PageLimits {
  default: number;
  max: number;
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
  fault: PageFault | undefined;
}

/**
 * Cuts the page that starts behind the cursor. The list must be in the order of its ordinals.
 *
 * @throws {OktaFault} E0000029 for a cursor that was not issued for this path, was tampered with or has expired
 */
export function cutPage(list: readonly OktaObject[], request: PageRequest): Page {
  const { path, after, cursors, ordinal } = request;
  const position = after === null ? FIRST_PAGE : cursors.read(path, after);
  if (typeof position === 'string') throw new OktaFault('E0000029', undefined, ['Invalid cursor.']);
  const start = firstBehind(list, ordinal, position.ordinal);
  const short = request.shortPages && position.page % 4 === 1;
  const size = short ? Math.ceil(request.limit * 0.6) : request.limit;
  const items = list.slice(start, start + size);
  const last = items.at(-1);
  const more = start + items.length < list.length || request.emptyPageBehind;
  const next = last === undefined || !more ? undefined : { ordinal: ordinal(last), page: position.page + 1 };
  return bendPage({ items, next }, position, request.fault);
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

/** A page of a list with the parameters that Okta repeats; without a cursor it is the list's own address. */
export function pageUrl(
  url: string,
  parameters: { limit: number | undefined; kept: readonly [string, string][] },
  after: string | undefined,
): string {
  const query = new URLSearchParams();
  if (after !== undefined) query.set('after', after);
  if (parameters.limit !== undefined) query.set('limit', String(parameters.limit));
  for (const [name, value] of parameters.kept) query.set(name, value);
  const text = query.toString();
  return `${url}${text === '' ? '' : `?${text}`}`;
}

/** The Link lines of a list: `self` and, in a line of its own as Okta sends it, `next`. */
export function linkLines(self: string, next: string | undefined): string[] {
  const line = (rel: string, url: string): string => `<${url}>; rel="${rel}"`;
  return next === undefined ? [line('self', self)] : [line('self', self), line('next', next)];
}
