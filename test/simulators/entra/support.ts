import { Agent, fetch, type Dispatcher, type Headers, type RequestInit } from 'undici';
import { emptyTenant, type EntraTenantData } from '../../../simulators/entra/data.ts';
import type { EntraObject } from '../../../simulators/entra/collections.ts';
import {
  createEntraSimulator,
  type EntraSimulator,
  type EntraSimulatorOptions,
  type ListeningEntraSimulator,
} from '../../../simulators/entra/server.ts';

/** One answer, read to its end. */
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, or an empty object when it is none. */
  body: EntraObject;
  /** The `value` of a collection. */
  value: EntraObject[];
  next: string | undefined;
}

/** What a request may have other than a token of the simulator's own and GET. */
export interface Init {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/** A simulator that is being served, and a client that trusts it. */
export interface Served extends EntraSimulator, Pick<ListeningEntraSimulator, 'url' | 'ca' | 'caFile'> {
  /** Asks for a token of the default client, with these members of the form in place of the usual ones. */
  login: (form?: Record<string, string | undefined>, tenant?: string) => Promise<Reply>;
  /** Reads a path below /v1.0 or a whole URL, with a token that is fetched once. */
  get: (path: string, init?: Init) => Promise<Reply>;
  /** Follows next links to the end; one array a page. */
  pages: (path: string) => Promise<EntraObject[][]>;
}

/** Requests to a simulator whose authority is trusted. */
async function read(dispatcher: Dispatcher, url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, { redirect: 'manual', ...init, dispatcher });
  const text = await response.text();
  const body = json(text);
  const next = body['@odata.nextLink'];
  return {
    status: response.status,
    headers: response.headers,
    text,
    body,
    value: Array.isArray(body.value) ? (body.value as EntraObject[]) : [],
    next: typeof next === 'string' ? next : undefined,
  };
}

function json(text: string): EntraObject {
  try {
    return JSON.parse(text) as EntraObject;
  } catch {
    return {};
  }
}

function form(entries: Record<string, string | undefined>): URLSearchParams {
  const given = Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given);
}

function client(simulator: EntraSimulator, { url, ca }: ListeningEntraSimulator) {
  const dispatcher = new Agent({ connect: { ca } });
  let token: string | undefined;

  const login: Served['login'] = (entries = {}, tenant = simulator.tenantId) => {
    const usual = {
      grant_type: 'client_credentials',
      client_id: simulator.clientId,
      client_secret: simulator.clientSecret,
      scope: 'https://graph.microsoft.com/.default',
    };
    const body = form({ ...usual, ...entries });
    return read(dispatcher, `${url}/${tenant}/oauth2/v2.0/token`, { method: 'POST', body });
  };

  const get: Served['get'] = async (path, init = {}) => {
    const address = path.startsWith('https://') ? path : `${url}/v1.0${path}`;
    if (init.headers?.authorization !== undefined) return read(dispatcher, address, init);
    token ??= String((await login()).body.access_token);
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    return read(dispatcher, address, { ...init, headers });
  };

  const pages: Served['pages'] = async (path) => {
    const found: EntraObject[][] = [];
    for (let next: string | undefined = path; next !== undefined;) {
      const reply: Reply = await get(next);
      if (reply.status !== 200) throw new Error(`${next} answered ${reply.status}: ${reply.text}`);
      found.push(reply.value);
      next = reply.next;
    }
    return found;
  };

  return { login, get, pages, close: () => dispatcher.destroy() };
}

/** Serves a tenant for the time of `use` and stops it whatever happens. */
export async function withTenant(
  options: EntraSimulatorOptions,
  use: (served: Served) => Promise<void>,
): Promise<void> {
  const simulator = createEntraSimulator(options);
  const listening = await simulator.listen();
  const { close, ...methods } = client(simulator, listening);
  const { url, ca, caFile } = listening;
  try {
    await use(Object.assign(simulator, { url, ca, caFile, ...methods }));
  } finally {
    await close();
    await listening.close();
  }
}

/** Objects `{id: "<prefix>0"}`, `{id: "<prefix>1"}`, … */
export function numbered(prefix: string, count: number): EntraObject[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}` }));
}

/** A tenant that holds just what a test is about. */
export function tenantOf(collections: Partial<EntraTenantData>): EntraTenantData {
  return { ...emptyTenant(), ...collections };
}

/** The ids of objects, in order. */
export function ids(objects: readonly EntraObject[]): unknown[] {
  return objects.map(({ id }) => id);
}

/** Code and message of one of Graph's errors. */
export function errorOf({ body }: Reply): { code: string; message: string } {
  const { code, message } = body.error as { code: string; message: string };
  return { code, message };
}
