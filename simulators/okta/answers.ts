import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Answer, PageFault } from '../answer.ts';
import type { Cursors } from '../paging.ts';
import { createRateLimits, type RateState } from '../rate-limits.ts';
import type { EndpointName, Lookup } from './endpoints.ts';
import { OktaFault, notFound } from './errors.ts';
import type { AdminRole } from './roles.ts';
import { routeOf, type Route } from './routes.ts';
import { serve } from './serve.ts';

/** Makes an answer; a fault of paging bends the page that is served. */
export type Answers = (incoming: IncomingMessage, url: URL, fault: PageFault | undefined) => Answer;

/** Requests a minute to paths that Okta does not have. */
const UNKNOWN_PATHS_PER_MINUTE = 600;

/** Okta counts requests per bucket in windows of a minute. Source: https://developer.okta.com/docs/reference/rl-best-practices/ */
const WINDOW_MS = 60_000;

/** What the org has, who may read it and how often. */
export interface AnswerSettings {
  token: string;
  deny: readonly EndpointName[];
  absent: readonly (EndpointName | `policies:${string}`)[];
  roles: readonly AdminRole[];
  rateLimit: number | undefined;
  oddPages: boolean;
  now: () => number;
}

/** Makes the function that answers one request the way Okta documents it. */
export function createAnswers(
  { token, deny, absent, roles, rateLimit, oddPages, now }: AnswerSettings,
  lookup: Lookup,
  cursors: Cursors,
): Answers {
  const count = createRateLimits(now);
  const authorized = createAuthorization(token);
  const lacks = (feature: string): boolean => absent.some((name) => name === feature);

  /** The checks every request passes. @throws {OktaFault} for the first that it does not */
  function admit(incoming: IncomingMessage, path: string, route: Route | undefined, rate: RateState): Route {
    if (route?.endpoint.anonymous !== true && !authorized(incoming)) throw new OktaFault('E0000011');
    if (rate.exceeded) throw new OktaFault('E0000047');
    if (route === undefined) throw notFound(path, 'Path');
    if (incoming.method !== 'GET') throw new OktaFault('E0000022');
    if (deny.includes(route.name)) throw new OktaFault('E0000006');
    if (lacks(route.name)) throw new OktaFault('E0000015');
    return route;
  }

  return (incoming, url, fault) => {
    const route = routeOf(url.pathname);
    const limit = rateLimit ?? route?.endpoint.perMinute ?? UNKNOWN_PATHS_PER_MINUTE;
    const rate = count({ bucket: route?.name ?? 'unknown', limit, windowMs: WINDOW_MS });
    const headers = headersOf(rate, now());
    try {
      const { endpoint, ids } = admit(incoming, url.pathname, route, rate);
      const policyTypeAbsent = (type: string): boolean => lacks(`policies:${type}`);
      const asked = { lookup, ids, query: url.searchParams, policyTypeAbsent, roles };
      const { body, link } = serve(endpoint, asked, {
        origin: url.origin,
        path: url.pathname,
        href: url.href,
        cursors,
        oddPages,
        fault,
      });
      return { status: 200, headers: { ...headers, link }, body: JSON.stringify(body) };
    } catch (error) {
      if (!(error instanceof OktaFault)) throw error;
      const { status, body } = error.answer();
      return { status, headers, body: JSON.stringify(body) };
    }
  };
}

function headersOf(rate: RateState, time: number): Record<string, string> {
  return {
    date: new Date(time).toUTCString(),
    'content-type': 'application/json',
    'x-okta-request-id': randomBytes(16).toString('hex'),
    'x-rate-limit-limit': String(rate.limit),
    'x-rate-limit-remaining': String(Math.max(0, rate.limit - rate.used)),
    // Rounded up: a client that waits until this second must find the new window open.
    'x-rate-limit-reset': String(Math.ceil(rate.ends / 1000)),
  };
}

/** Compares digests: the time it takes tells nothing about the token. */
function createAuthorization(token: string): (incoming: IncomingMessage) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(`SSWS ${token}`);
  return ({ headers }) => timingSafeEqual(digest(headers.authorization ?? ''), expected);
}
