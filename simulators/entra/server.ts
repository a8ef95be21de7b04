import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Intercept, PageFault, SimulatedRequest } from '../answer.ts';
import { createAuthority, type Authority } from '../certificates.ts';
import { listenOnLoopback, type ListeningSimulator, type Served } from '../listen.ts';
import { watchTenant } from '../lookup.ts';
import { textMember } from '../members.ts';
import { createCursors } from '../paging.ts';
import { createHandler } from '../requests.ts';
import { createAnswers } from './answers.ts';
import { COLLECTIONS, COLLECTION_NAMES, objectsOf } from './collections.ts';
import { INVENTED_TENANT, loadEntraTenant, type EntraTenantData } from './data.ts';
import { graphError } from './errors.ts';
import { createLogin, isLoginPath } from './login.ts';
import { READ_PERMISSIONS } from './permissions.ts';
import { createThrottle } from './throttle.ts';
import { createTokens } from './tokens.ts';

/** The application whose credentials the simulator takes when no other is given. */
export const SIMULATED_ENTRA_CLIENT_ID = '5c1e7ab2-9d40-4f0e-8b6a-2f7d3c9e1a54';
export const SIMULATED_ENTRA_CLIENT_SECRET = 'simulated-entra-client-secret';
/** The id of a tenant whose data holds no organization. */
export const SIMULATED_ENTRA_TENANT_ID = '7d0a4c3e-52b1-4e8f-9a6d-1b8e5f2c7093';

/** Requests for tokens are small; what is longer is none. */
const LONGEST_FORM = 65_536;

export interface EntraSimulatorOptions {
  /** What is served; left out: the invented tenant. The arrays are copied, the objects are not. */
  data?: EntraTenantData;
  clientId?: string;
  clientSecret?: string;
  /** Application permissions granted to the client; left out: those that read everything there is. */
  permissions?: readonly string[];
  /** Seconds a token is valid. */
  tokenLifetime?: number;
  /** Resource units per ten seconds; left out: 5,000, as for a tenant of 50 to 500 people. */
  rateLimit?: number;
  /** Every limit times this; Infinity lifts them. */
  limitScale?: number;
  /** Milliseconds before each answer. */
  latency?: number;
  /** Empty and short pages before long ones. On unless `false`. */
  oddPages?: boolean;
  /** Values of keys come with single objects only, not with lists: what one of two pages of Microsoft's says. */
  keysOnlySingly?: boolean;
  /** Milliseconds during which requests that name an object put into `data` are answered 404. */
  replicationDelay?: number;
  intercept?: Intercept;
  /** Who signs the server's certificate; left out: an authority of its own. */
  authority?: Authority;
  /** The clock, in milliseconds since the epoch. Certificates go by the real one. */
  now?: () => number;
}

/** A tenant that is being served. */
export interface ListeningEntraSimulator extends ListeningSimulator {
  /** The base of Microsoft Graph, without the version. */
  url: string;
  /** The base of the login host. */
  loginUrl: string;
  /** The certificate authority to trust, as PEM and as a file that is gone after `close`. */
  ca: string;
  caFile: string;
}

export interface EntraSimulator {
  /** The tenant as it is served now. Changes are seen by the next request. */
  readonly data: EntraTenantData;
  /** Every request so far, to both hosts, in the order of arrival, without its credentials. */
  readonly requests: readonly SimulatedRequest[];
  readonly tenantId: string;
  readonly clientId: string;
  /** May be changed: a secret that was rotated. Tokens already issued stay valid. */
  clientSecret: string;
  /** May be changed: a consent that was given or taken. Tokens already issued keep what they have. */
  permissions: readonly string[];
  /** Replaces the hook; `undefined` takes it away. */
  intercept: Intercept | undefined;
  /** Makes every skip token issued so far invalid, as age does. */
  readonly expireCursors: () => void;
  /** Makes every access token issued so far invalid, as age does. */
  readonly expireTokens: () => void;
  /** Starts serving https on the loopback interface; port 0 or none picks a free one. */
  readonly listen: (port?: number) => Promise<ListeningEntraSimulator>;
}

/**
 * An Entra tenant that can only be read, and the login host that gives tokens for it. It refuses what Microsoft
 * refuses: other methods, missing permissions, pages above the documented size, skip tokens it did not issue, queries
 * it does not document, more requests than a service takes.
 *
 * @throws {TenantDataError} when no data is given and the invented tenant cannot be read
 */
export function createEntraSimulator(options: EntraSimulatorOptions = {}): EntraSimulator {
  const now = options.now ?? Date.now;
  const source = options.data ?? loadEntraTenant(INVENTED_TENANT);
  const { data, lookup } = watchTenant(source, { names: COLLECTION_NAMES, shapes: COLLECTIONS, now });
  const tenantId = textMember(source.organization[0], 'id') ?? SIMULATED_ENTRA_TENANT_ID;
  const clientId = options.clientId ?? SIMULATED_ENTRA_CLIENT_ID;
  const cursors = createCursors();
  const tokens = createTokens({ lifetime: options.tokenLifetime ?? 3599, now });
  const scope = `Tenant_Application/ReadWrite/${clientId}/${tenantId}`;
  const {
    rateLimit,
    limitScale = 1,
    oddPages = true,
    keysOnlySingly = false,
    replicationDelay = 0,
  } = options;
  const charge = createThrottle({ rateLimit, limitScale, scope, now });
  const graph = createAnswers(
    { oddPages, keysOnlySingly, replicationDelay, now },
    { lookup, cursors, tokens, charge },
  );
  const login = createLogin({
    tenantNames: () => [tenantId, ...domainsOf(data)],
    tenantId,
    clientId,
    clientSecret: () => simulator.clientSecret,
    permissions: () => simulator.permissions,
    tokens,
    now,
  });

  async function answer(incoming: IncomingMessage, url: URL, fault: PageFault | undefined): Promise<Answer> {
    if (!isLoginPath(url.pathname)) return graph(incoming, url, fault);
    return login({ method: incoming.method ?? 'GET', url, form: await readForm(incoming) });
  }

  const { requests, handle } = createHandler({
    scheme: 'https',
    latency: options.latency ?? 0,
    now,
    intercept: () => simulator.intercept,
    answer,
  });

  const simulator: EntraSimulator = {
    data,
    requests,
    tenantId,
    clientId,
    clientSecret: options.clientSecret ?? SIMULATED_ENTRA_CLIENT_SECRET,
    permissions: options.permissions ?? READ_PERMISSIONS,
    intercept: options.intercept,
    expireCursors: () => cursors.expire(),
    expireTokens: () => tokens.expire(),
    listen: (port = 0) => listen({ handle, fail: failed }, port, options.authority ?? createAuthority()),
  };
  return simulator;
}

/** Serves with a certificate for the loopback interface and keeps its authority in a file meanwhile. */
async function listen(served: Served, port: number, authority: Authority): Promise<ListeningEntraSimulator> {
  const { ca } = authority;
  const identity = authority.issue(['localhost', '127.0.0.1']);
  const listening = await listenOnLoopback({ ...served, identity }, port);
  const folder = await mkdtemp(join(tmpdir(), 'simulated-entra-'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, ca);
  const { url } = listening;
  const close = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await listening.close();
  };
  return { url, loginUrl: url, ca, caFile, close };
}

/** The verified domains of a tenant, each of which names it at the login host. */
function domainsOf({ domains, organization }: EntraTenantData): string[] {
  const ids = domains.filter(({ isVerified }) => isVerified === true).map(({ id }) => id);
  const names = objectsOf(organization[0]?.verifiedDomains).map(({ name }) => name);
  return [...ids, ...names].map((name) => String(name).toLowerCase());
}

async function readForm(incoming: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8') as AsyncIterable<string>) {
    if (text.length <= LONGEST_FORM) text += chunk;
  }
  return new URLSearchParams(text.length <= LONGEST_FORM ? text : '');
}

function failed(response: ServerResponse, message: string): void {
  const { status, body } = graphError('internalServerError', { message });
  if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
