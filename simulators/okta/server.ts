import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { overlay, send, type Intercept, type SimulatedRequest } from '../answer.ts';
import { listenOnLoopback, type ListeningSimulator } from '../listen.ts';
import { createAnswers } from './answers.ts';
import { INVENTED_TENANT, loadOktaTenant, type OktaTenantData } from './data.ts';
import type { EndpointName } from './endpoints.ts';
import { oktaError } from './errors.ts';
import { watchTenant } from './lookup.ts';
import { createCursors } from './paging.ts';

/** The token the simulator takes when no other is given. */
export const SIMULATED_OKTA_TOKEN = 'simulated-okta-token';

export interface OktaSimulatorOptions {
  /** What is served; left out: the invented tenant. The arrays are copied, the objects are not. */
  data?: OktaTenantData;
  token?: string;
  /** Endpoints the token's administrator role may not read: 403 E0000006. */
  deny?: readonly EndpointName[];
  /** Features the org does not have: 401 E0000015. `policies:TYPE` for policies of one type. */
  absent?: readonly (EndpointName | `policies:${string}`)[];
  /** Requests a minute, in every bucket; left out: Okta's usual limit of each. */
  rateLimit?: number;
  /** Milliseconds before each answer. */
  latency?: number;
  /** Short pages before long ones, and next links with nothing behind them. On unless `false`. */
  oddPages?: boolean;
  intercept?: Intercept;
  /** The clock, in milliseconds since the epoch. */
  now?: () => number;
}

export interface OktaSimulator {
  /** The org as it is served now. Changes are seen by the next request. */
  readonly data: OktaTenantData;
  /** Every request so far, in the order of arrival, without its credentials. */
  readonly requests: readonly SimulatedRequest[];
  /** Replaces the hook; `undefined` takes it away. */
  intercept: Intercept | undefined;
  /** Makes every paging cursor issued so far invalid, as age does at Okta. */
  readonly expireCursors: () => void;
  /** Starts serving on the loopback interface; port 0 or none picks a free one. */
  readonly listen: (port?: number) => Promise<ListeningSimulator>;
}

/**
 * An Okta org that can only be read. It refuses what Okta refuses: other methods, missing tokens, pages above
 * the documented limit, cursors it did not issue, more requests than a bucket holds.
 *
 * @throws {TenantDataError} when no data is given and the invented tenant cannot be read
 */
export function createOktaSimulator(options: OktaSimulatorOptions = {}): OktaSimulator {
  const now = options.now ?? Date.now;
  const { data, lookup } = watchTenant(options.data ?? loadOktaTenant(INVENTED_TENANT));
  const { requests, log } = createLog(now);
  const cursors = createCursors();
  const settings = {
    token: options.token ?? SIMULATED_OKTA_TOKEN,
    deny: options.deny ?? [],
    absent: options.absent ?? [],
    rateLimit: options.rateLimit,
    oddPages: options.oddPages ?? true,
    now,
  };
  const answer = createAnswers(settings, lookup, cursors);

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // Links repeat the host the client asked for, so that 127.0.0.1 and localhost both see their own.
    const url = new URL(`http://${incoming.headers.host ?? 'localhost'}${incoming.url ?? '/'}`);
    const request = log(incoming.method ?? 'GET', url);
    if (options.latency) await sleep(options.latency);
    const injected = await simulator.intercept?.(request);
    const ordinary = answer(incoming, url);
    await send(incoming, response, injected ? overlay(ordinary, injected) : ordinary, injected);
  }

  const simulator: OktaSimulator = {
    data,
    requests,
    intercept: options.intercept,
    expireCursors: () => cursors.expire(),
    listen: (port = 0) => listenOnLoopback(handle, failed, port),
  };
  return simulator;
}

/** Numbers and keeps requests. Of the headers it keeps none: one of them is the token. */
function createLog(now: () => number) {
  const requests: SimulatedRequest[] = [];
  const asked = new Map<string, number>();
  const log = (method: string, { pathname: path, searchParams }: URL): SimulatedRequest => {
    const nth = (asked.get(`${method} ${path}`) ?? 0) + 1;
    asked.set(`${method} ${path}`, nth);
    const request = { method, path, query: Object.fromEntries(searchParams), time: new Date(now()), nth };
    requests.push(request);
    return request;
  };
  return { requests, log };
}

function failed(response: ServerResponse, message: string): void {
  const { status, body } = oktaError('E0000009', message);
  if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
