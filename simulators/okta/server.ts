import type { ServerResponse } from 'node:http';
import type { Intercept, SimulatedRequest } from '../answer.ts';
import { listenOnLoopback, type ListeningSimulator } from '../listen.ts';
import { watchTenant } from '../lookup.ts';
import { createCursors } from '../paging.ts';
import { createHandler } from '../requests.ts';
import { createAnswers } from './answers.ts';
import { COLLECTIONS, COLLECTION_NAMES } from './collections.ts';
import { INVENTED_TENANT, loadOktaTenant, type OktaTenantData } from './data.ts';
import type { EndpointName } from './endpoints.ts';
import { oktaError } from './errors.ts';
import { READ_ONLY_ADMIN, type AdminRole } from './roles.ts';

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
  /** Roles of the administrator who made the token; left out: one that only reads. They keep nothing from it. */
  roles?: readonly AdminRole[];
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
  const source = options.data ?? loadOktaTenant(INVENTED_TENANT);
  const { data, lookup } = watchTenant(source, { names: COLLECTION_NAMES, shapes: COLLECTIONS, now });
  const cursors = createCursors();
  const settings = {
    token: options.token ?? SIMULATED_OKTA_TOKEN,
    deny: options.deny ?? [],
    absent: options.absent ?? [],
    roles: options.roles ?? [READ_ONLY_ADMIN],
    rateLimit: options.rateLimit,
    oddPages: options.oddPages ?? true,
    now,
  };
  const { requests, handle } = createHandler({
    scheme: 'http',
    latency: options.latency ?? 0,
    now,
    intercept: () => simulator.intercept,
    answer: createAnswers(settings, lookup, cursors),
  });

  const simulator: OktaSimulator = {
    data,
    requests,
    intercept: options.intercept,
    expireCursors: () => cursors.expire(),
    listen: (port = 0) => listenOnLoopback({ handle, fail: failed }, port),
  };
  return simulator;
}

function failed(response: ServerResponse, message: string): void {
  const { status, body } = oktaError('E0000009', message);
  if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
