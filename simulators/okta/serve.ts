import type { PageFault } from '../answer.ts';
import { bendLink, type Cursors } from '../paging.ts';
import type { Asked, Endpoint, ListEndpoint } from './endpoints.ts';
import { invalid } from './errors.ts';
import { parseFilter, parseSearch } from './filter.ts';
import { isObject, relinked, textMember, type OktaObject } from './members.ts';
import { cutPage, linkLines, pageUrl, readLimit } from './paging.ts';

/** What paging needs to know besides the request. */
export interface ServeSettings {
  /** `http://host:port`, as the client wrote it. */
  origin: string;
  path: string;
  /** The whole address that was asked for. */
  href: string;
  cursors: Cursors;
  oddPages: boolean;
  fault: PageFault | undefined;
}

/** The body of a successful answer and its Link lines. */
export interface Served {
  body: unknown;
  link: string[] | undefined;
}

/** Answers a request that passed every check. @throws {OktaFault} for bad parameters and missing parents */
export function serve(endpoint: Endpoint, asked: Asked, settings: ServeSettings): Served {
  if ('object' in endpoint) {
    return { body: relinked(withoutExpansions(endpoint.object(asked)), settings.origin), link: undefined };
  }
  const expansions = readExpand(endpoint, asked.query);
  const { items, link } = readPage(endpoint, asked, settings);
  const body = items.map((item) => relinked(embed(endpoint, item, expansions, asked), settings.origin));
  if (endpoint.wrap !== undefined) return { body: { [endpoint.wrap]: body }, link: undefined };
  return { body, link };
}

function readPage(
  endpoint: ListEndpoint,
  asked: Asked,
  { origin, path, href, cursors, oddPages, fault }: ServeSettings,
): { items: readonly OktaObject[]; link: string[] } {
  const list = select(endpoint, asked);
  const kept = (endpoint.linkKeeps ?? []).flatMap((name): [string, string][] => {
    const value = asked.query.get(name);
    return value === null ? [] : [[name, value]];
  });
  if (endpoint.page === undefined) {
    return {
      items: list,
      link: linkLines(pageUrl(origin + path, { limit: undefined, kept }, undefined), undefined),
    };
  }
  const limit = readLimit(asked.query, endpoint.page);
  const page = cutPage(list, {
    path,
    limit,
    cursors,
    after: asked.query.get('after'),
    ordinal: (object) => asked.lookup.ordinal(object),
    shortPages: oddPages,
    emptyPageBehind: oddPages && endpoint.emptyPageBehind === true,
    fault,
  });
  const shown = { limit: Number.isFinite(limit) ? limit : undefined, kept };
  const cursor = page.next && cursors.issue(path, page.next);
  const next = cursor && pageUrl(origin + path, shown, cursor);
  const self = pageUrl(origin + path, shown, undefined);
  return { items: page.items, link: linkLines(self, bendLink(next, href, fault)) };
}

function select(endpoint: ListEndpoint, asked: Asked): readonly OktaObject[] {
  let list = endpoint.items(asked);
  const filter = asked.query.get('filter');
  if (filter !== null && endpoint.filter !== undefined)
    list = list.filter(parseFilter(filter, endpoint.filter));
  const search = asked.query.get('search');
  if (search !== null && endpoint.search) list = list.filter(parseSearch(search));
  const q = asked.query.get('q')?.toLowerCase();
  if (q === undefined || endpoint.q === undefined) return list;
  const paths = endpoint.q;
  return list.filter((object) => paths.some((path) => textMember(object, path)?.toLowerCase().startsWith(q)));
}

/** The names in `expand`; `user/{id}` counts as `user`. @throws {OktaFault} E0000001 for a name it does not take */
function readExpand({ expand }: ListEndpoint, query: URLSearchParams): readonly string[] {
  const text = query.get('expand');
  if (text === null || expand === undefined) return [];
  const names = text.split(',').map((name) => name.split('/')[0]?.trim() ?? '');
  const unknown = names.find((name) => !Object.hasOwn(expand, name));
  if (unknown !== undefined) throw invalid('expand', `expand: '${unknown}' is not a valid value.`);
  return names;
}

function embed(
  { expand }: ListEndpoint,
  object: OktaObject,
  names: readonly string[],
  asked: Asked,
): OktaObject {
  const bare = withoutExpansions(object);
  const added = names.flatMap((name): [string, unknown][] => {
    const value = expand?.[name]?.(object, asked);
    return value === undefined ? [] : [[name, value]];
  });
  if (added.length === 0) return bare;
  const embedded = isObject(bare._embedded) ? bare._embedded : {};
  return { ...bare, _embedded: { ...embedded, ...Object.fromEntries(added) } };
}

/**
 * A data set keeps the statistics of a group where `expand=stats` shows them; unless asked for they are left
 * out, as Okta does. Other embedded members (a policy's resourceType) are always shown.
 */
function withoutExpansions(object: OktaObject): OktaObject {
  const embedded = object._embedded;
  if (!isObject(embedded) || !('stats' in embedded)) return object;
  const { stats: _stats, ...others } = embedded;
  const { _embedded, ...bare } = object;
  return Object.keys(others).length === 0 ? bare : { ...bare, _embedded: others };
}
