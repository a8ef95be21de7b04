import type { IncomingMessage } from 'node:http';
import type { Answer, AnswerHeaders, PageFault } from '../answer.ts';
import type { Cursors } from '../paging.ts';
import type { EntraObject } from './collections.ts';
import type { Lookup } from './endpoints.ts';
import { GraphFault, graphError, notFound, requestIds, type RequestIds } from './errors.ts';
import { mayRead, mayWrite } from './permissions.ts';
import { routeOf, type Route } from './routes.ts';
import { serve } from './serve.ts';
import { resourceUnits, type Charge, type Throttled } from './throttle.ts';
import type { Tokens } from './tokens.ts';

/** How the tenant is served. */
export interface AnswerSettings {
  oddPages: boolean;
  keysOnlySingly: boolean;
  /** Milliseconds during which a new object is not there for requests that name it. */
  replicationDelay: number;
  now: () => number;
}

/** What answers are made from. */
export interface AnswerSources {
  lookup: Lookup;
  cursors: Cursors;
  tokens: Tokens;
  charge: (charge: Charge) => Throttled;
}

/** Makes an answer of Graph; a fault of paging bends the page that is served. */
export type Answers = (incoming: IncomingMessage, url: URL, fault: PageFault | undefined) => Answer;

/** Makes the function that answers one request to Graph the way Microsoft documents it. */
export function createAnswers(settings: AnswerSettings, sources: AnswerSources): Answers {
  const { now, replicationDelay } = settings;
  const { lookup, cursors, tokens } = sources;
  const unreplicated = (object: EntraObject): boolean =>
    now() - (lookup.born(object) ?? -Infinity) < replicationDelay;

  function success(
    incoming: IncomingMessage,
    url: URL,
    route: Route,
    granted: readonly string[],
    fault?: PageFault,
  ) {
    const eventual = headerOf(incoming, 'consistencylevel')?.toLowerCase() === 'eventual';
    const { endpoint, ids } = route;
    return serve({
      endpoint,
      url,
      lookup,
      ids,
      granted,
      unreplicated,
      eventual,
      cursors,
      fault,
      ...settings,
    });
  }

  return (incoming, url, fault) => {
    const ids = requestIds(headerOf(incoming, 'client-request-id'));
    const headers = headersOf(ids, now());
    try {
      const granted = tokens.read(incoming.headers.authorization);
      const route = routeOf(url.pathname);
      const { exceeded, ...charged } = chargeFor(route, url, sources);
      Object.assign(headers, charged.headers);
      if (exceeded) throw new GraphFault('TooManyRequests');
      const body = success(incoming, url, admit(incoming, url, route, granted), granted, fault);
      return { status: 200, headers: { ...headers, ...SUCCESS }, body: JSON.stringify(body) };
    } catch (error) {
      if (!(error instanceof GraphFault)) throw error;
      const { status, body } = graphError(error.code, { message: error.message, time: now(), ids });
      return { status: error.status ?? status, headers, body: JSON.stringify(body) };
    }
  };
}

/** Counts a request against its limits; a path that is unknown costs like any other. */
function chargeFor(route: Route | undefined, url: URL, { charge }: AnswerSources): Throttled {
  const query = url.searchParams;
  const service = route?.endpoint.service ?? 'directory';
  const selectsKeys = /\bkeyCredentials\b/.test(query.get('$select') ?? '');
  return charge({ service, cost: resourceUnits(route?.endpoint.cost ?? 1, query), selectsKeys });
}

/** The checks of path, method and permissions. @throws {GraphFault} for the first that a request does not pass */
function admit(
  { method }: IncomingMessage,
  { pathname }: URL,
  route: Route | undefined,
  granted: readonly string[],
): Route {
  if (route === undefined) {
    const [segment = ''] = pathname.split('/').slice(-1);
    throw pathname.startsWith('/v1.0/')
      ? new GraphFault('Request_ResourceNotFound', `Resource not found for the segment '${segment}'.`)
      : notFound(pathname);
  }
  const { permissions, basics } = route.endpoint;
  if (method !== 'GET') throw refusedMethod(method, granted, permissions);
  if (!mayRead(granted, [...permissions, ...(basics?.permissions ?? [])])) {
    throw new GraphFault('Authorization_RequestDenied');
  }
  return route;
}

/** A token that may not write is told that; the simulator itself takes no writes from any other either. */
function refusedMethod(
  method: string | undefined,
  granted: readonly string[],
  permissions: readonly string[],
): GraphFault {
  const writes = method !== undefined && ['POST', 'PATCH', 'DELETE'].includes(method);
  if (writes && !mayWrite(granted, permissions)) return new GraphFault('Authorization_RequestDenied');
  const message = 'Specified HTTP method is not allowed for the request target.';
  return new GraphFault('Request_BadRequest', message, 405);
}

const SUCCESS = {
  'content-type':
    'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
  'odata-version': '4.0',
};

const DIAGNOSTIC = {
  ServerInfo: {
    DataCenter: 'Simulated',
    Slice: 'E',
    Ring: '5',
    ScaleUnit: '001',
    RoleInstance: 'SIMULATED0001',
  },
};

function headersOf({ requestId, clientRequestId }: RequestIds, time: number): AnswerHeaders {
  return {
    date: new Date(time).toUTCString(),
    'content-type': 'application/json',
    'cache-control': 'no-cache',
    'request-id': requestId,
    'client-request-id': clientRequestId,
    'x-ms-ags-diagnostic': JSON.stringify(DIAGNOSTIC),
  };
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
