import type { PageFault } from '../answer.ts';
import { FIRST_PAGE, bendPage, firstBehind, type Cursors, type Page, type Position } from '../paging.ts';
import type { EntraObject } from './collections.ts';
import { GraphFault, unsupported } from './errors.ts';

/**
 * Objects of a page where `$top` is left out, and at most.
 * Source: https://learn.microsoft.com/graph/api/application-list#optional-query-parameters
 */
const PAGE = { default: 100, max: 999 } as const;

/** What decides the size of a page and what stands behind it. */
export interface PageRequest {
  path: string;
  top: number;
  skipToken: string | null;
  cursors: Cursors;
  ordinal: (object: EntraObject) => number;
  /** The second page of every four is empty, the third shorter than asked for. */
  oddPages: boolean;
  emptyPagesBehind: boolean;
  fault: PageFault | undefined;
}

/**
 * Cuts the page that starts behind the skip token. The list must be in the order of its ordinals.
 *
 * @throws {GraphFault} for a token that has expired or was not issued for this path
 */
export function cutPage(list: readonly EntraObject[], request: PageRequest): Page {
  const position = positionOf(request);
  return bendPage(ordinaryPage(list, position, request), position, request.fault);
}

function positionOf({ skipToken, cursors, path }: PageRequest): Position {
  if (skipToken === null) return FIRST_PAGE;
  const position = cursors.read(path, skipToken);
  if (position === 'expired') throw new GraphFault('Directory_ExpiredPageToken');
  if (position === 'unknown') throw unsupported('Invalid page token.');
  return position;
}

function ordinaryPage(list: readonly EntraObject[], position: Position, request: PageRequest): Page {
  const { top, ordinal, oddPages, emptyPagesBehind } = request;
  const next = { ordinal: position.ordinal, page: position.page + 1 };
  if (oddPages && position.page % 4 === 1) return { items: [], next };
  const start = firstBehind(list, ordinal, position.ordinal);
  const short = oddPages && position.page % 4 === 2;
  const items = list.slice(start, start + (short ? Math.ceil(top * 0.6) : top));
  const last = items.at(-1);
  const more = start + items.length < list.length || (oddPages && emptyPagesBehind && position.page === 0);
  return { items, next: last === undefined || !more ? undefined : { ...next, ordinal: ordinal(last) } };
}

/** The page size a request asks for. @throws {GraphFault} Request_UnsupportedQuery outside 1 to 999 */
export function readTop(query: URLSearchParams): number {
  const text = query.get('$top');
  if (text === null) return PAGE.default;
  const top = /^\d+$/.test(text) ? Number(text) : 0;
  if (top >= 1 && top <= PAGE.max) return top;
  throw unsupported(`Invalid page size specified: '${text}'. Must be between 1 and ${PAGE.max} inclusive.`);
}

/**
 * The address of the next page: that of this one with its own skip token, other parameters as they were sent. `$count`
 * is among them, so that who asked for it must send its header again.
 */
export function nextLink({ origin, pathname, search }: URL, skipToken: string): string {
  const kept = search
    .slice(1)
    .split('&')
    .filter((parameter) => parameter !== '' && !/^(\$|%24)skiptoken=/i.test(parameter));
  return `${origin}${pathname}?${[...kept, `$skiptoken=${skipToken}`].join('&')}`;
}
