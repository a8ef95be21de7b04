import type { PageFault } from '../answer.ts';
import { bendLink, type Cursors } from '../paging.ts';
import { objectsOf, type EntraObject } from './collections.ts';
import type { Asked, Endpoint, ListEndpoint } from './endpoints.ts';
import { GraphFault, unsupported } from './errors.ts';
import { parseFilter } from './filter.ts';
import { cutPage, nextLink, readTop } from './paging.ts';
import { mayRead } from './permissions.ts';

/** A request that passed every check but those of its query. */
export interface ServeRequest extends Asked {
  endpoint: Endpoint;
  url: URL;
  /** The permissions of the token it came with. */
  granted: readonly string[];
  /** Whether it may be answered from an index that lags behind. */
  eventual: boolean;
  cursors: Cursors;
  oddPages: boolean;
  /** Values of keys come with single objects only. */
  keysOnlySingly: boolean;
  fault: PageFault | undefined;
}

/** What is to be shown of an object. */
interface Selection {
  names: readonly string[] | undefined;
  expanded: readonly string[];
}

/** The body of a successful answer. @throws {GraphFault} for bad parameters and objects that are not there */
export function serve(request: ServeRequest): EntraObject {
  const { endpoint, url } = request;
  assertParameters(endpoint, url.searchParams);
  const selection = {
    names: readNames(url.searchParams.get('$select')),
    expanded: readExpand(endpoint, url.searchParams),
  };
  const context = `${url.origin}/v1.0/$metadata#${contextOf(endpoint, request.ids, selection)}`;
  if ('object' in endpoint) {
    return { '@odata.context': context, ...shown(endpoint.object(request), selection, request) };
  }
  return { '@odata.context': context, ...serveList(endpoint, selection, request) };
}

function serveList(endpoint: ListEndpoint, selection: Selection, request: ServeRequest): EntraObject {
  const { url, lookup, cursors, oddPages, fault } = request;
  const query = url.searchParams;
  const filter = query.get('$filter');
  const everything = endpoint.items(request);
  const list = filter === null ? everything : everything.filter(parseFilter(filter));
  const count = readCount(request) && !query.has('$skiptoken') ? { '@odata.count': list.length } : {};
  const show = (item: EntraObject): EntraObject =>
    shown(endpoint.row?.(item, request) ?? item, selection, request);
  if (!endpoint.paged) return { ...count, value: list.map(show) };
  const page = cutPage(list, {
    path: url.pathname,
    top: readTop(query),
    skipToken: query.get('$skiptoken'),
    cursors,
    ordinal: (object) => lookup.ordinal(object),
    oddPages,
    emptyPagesBehind: endpoint.emptyPagesBehind === true,
    fault,
  });
  const ordinary = page.next && nextLink(url, cursors.issue(url.pathname, page.next));
  const next = bendLink(ordinary, url.href, fault);
  return { ...count, ...(next && { '@odata.nextLink': next }), value: page.items.map(show) };
}

/** @throws {GraphFault} for an OData parameter that the endpoint does not take */
function assertParameters(endpoint: Endpoint, query: URLSearchParams): void {
  const taken = parametersOf(endpoint);
  for (const name of query.keys()) {
    if (!name.startsWith('$') || taken.includes(name)) continue;
    throw unsupported(`The query parameter '${name}' is not supported here.`);
  }
}

function parametersOf(endpoint: Endpoint): string[] {
  const expand = endpoint.expand === undefined ? [] : ['$expand'];
  if ('object' in endpoint) return ['$select', ...expand];
  if (endpoint.bare) return [];
  const filter = endpoint.filter ? ['$filter', '$count'] : [];
  return ['$select', '$top', ...expand, ...filter, ...(endpoint.paged ? ['$skiptoken'] : [])];
}

/** `$count` is an advanced query. Source: https://learn.microsoft.com/graph/aad-advanced-queries */
function readCount({ url, eventual }: ServeRequest): boolean {
  if (url.searchParams.get('$count') !== 'true') return false;
  if (!eventual) throw new GraphFault('Request_BadRequest', '$count is not currently supported.');
  return true;
}

function readNames(text: string | null): readonly string[] | undefined {
  if (text === null) return undefined;
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw unsupported("Parsing OData Select failed: '$select' names nothing.");
  return names;
}

function readExpand({ expand = {} }: Endpoint, query: URLSearchParams): readonly string[] {
  const names = readNames(query.get('$expand')) ?? [];
  const unknown = names.find((name) => !Object.hasOwn(expand, name));
  if (unknown !== undefined) throw unsupported(`Expand is not allowed for property '${unknown}'.`);
  return names;
}

/** `servicePrincipals('…')/appRoleAssignedTo`, `applications(id,appId)`, `groups/$entity` and so on. */
function contextOf(endpoint: Endpoint, ids: readonly string[], { names }: Selection): string {
  const remaining = [...ids];
  const select = names === undefined ? '' : `(${names.join(',')})`;
  const path = 'object' in endpoint ? endpoint.path.replace(/\/:\w+$/, '') : endpoint.path;
  const set = path.slice(1).replace(/\/:\w+/g, () => `('${remaining.shift() ?? ''}')`);
  return `${set}${select}${'object' in endpoint ? '/$entity' : ''}`;
}

function shown(object: EntraObject, { names, expanded }: Selection, request: ServeRequest): EntraObject {
  const { endpoint } = request;
  const expand: Endpoint['expand'] = endpoint.expand ?? {};
  const wanted = (name: string): boolean =>
    name.startsWith('@odata.') || (names?.includes(name) ?? !endpoint.onlyOnSelect?.includes(name));
  const members = Object.entries(object).filter(([name]) => !Object.hasOwn(expand, name) && wanted(name));
  const added = expanded.map((name): [string, unknown] => [name, expand[name]?.(object, request)]);
  const whole = withoutKeys(Object.fromEntries([...members, ...added]), names, request);
  return isBasic(request) ? basicsOf(whole, endpoint.basics?.members ?? []) : whole;
}

/**
 * The certificate itself comes only to who asks for keyCredentials by name.
 * Source: https://learn.microsoft.com/graph/api/application-list#optional-query-parameters; the page of the
 * keyCredential type says that only a single object gives it: `keysOnlySingly`
 */
function withoutKeys(
  object: EntraObject,
  names: readonly string[] | undefined,
  { endpoint, keysOnlySingly }: ServeRequest,
): EntraObject {
  const asked = names?.includes('keyCredentials') && (!keysOnlySingly || 'object' in endpoint);
  if (asked || !Array.isArray(object.keyCredentials)) return object;
  const keyCredentials = objectsOf(object.keyCredentials).map((key) =>
    'key' in key ? { ...key, key: null } : key,
  );
  return { ...object, keyCredentials };
}

function isBasic({ endpoint, granted }: ServeRequest): boolean {
  return endpoint.basics !== undefined && !mayRead(granted, endpoint.permissions);
}

function basicsOf(object: EntraObject, members: readonly string[]): EntraObject {
  const entries = Object.entries(object).map(([name, value]) => [
    name,
    members.includes(name) ? value : null,
  ]);
  return Object.fromEntries(entries) as EntraObject;
}
