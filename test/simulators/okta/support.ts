import { emptyTenant, type OktaTenantData } from '../../../simulators/okta/data.ts';
import type { OktaObject } from '../../../simulators/okta/members.ts';
import {
  createOktaSimulator,
  SIMULATED_OKTA_TOKEN,
  type OktaSimulator,
  type OktaSimulatorOptions,
} from '../../../simulators/okta/server.ts';

/** One answer, read to its end. */
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, or `undefined` when it is none. */
  body: unknown;
  next: string | undefined;
}

/** A simulator that is being served, and a client that knows its token. */
export interface Org extends OktaSimulator {
  url: string;
  get: (path: string, init?: RequestInit) => Promise<Reply>;
  /** Follows next links to the end; one array a page. */
  pages: (path: string) => Promise<OktaObject[][]>;
}

const AUTHORIZED = { authorization: `SSWS ${SIMULATED_OKTA_TOKEN}` };

/** Reads a path of the simulator or a whole URL with the default token. */
async function read(base: string, path: string, init: RequestInit = {}): Promise<Reply> {
  const url = path.startsWith('http') ? path : base + path;
  const response = await fetch(url, { redirect: 'manual', headers: AUTHORIZED, ...init });
  const text = await response.text();
  const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  return { status: response.status, headers: response.headers, text, body: json(text), next };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function walk(base: string, path: string): Promise<OktaObject[][]> {
  const pages: OktaObject[][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const reply: Reply = await read(base, next);
    if (reply.status !== 200) throw new Error(`${next} answered ${reply.status}: ${reply.text}`);
    pages.push(reply.body as OktaObject[]);
    next = reply.next;
  }
  return pages;
}

/** Serves an org for the time of `use` and stops it whatever happens. */
export async function withOrg(
  options: OktaSimulatorOptions,
  use: (org: Org) => Promise<void>,
): Promise<void> {
  const simulator = createOktaSimulator(options);
  const listening = await simulator.listen();
  const { url } = listening;
  const org = Object.assign(simulator, {
    url,
    get: (path: string, init?: RequestInit) => read(url, path, init),
    pages: (path: string) => walk(url, path),
  });
  try {
    await use(org);
  } finally {
    await listening.close();
  }
}

/** Objects `{id: "<prefix>0"}`, `{id: "<prefix>1"}`, … */
export function numbered(prefix: string, count: number): OktaObject[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}` }));
}

/** A tenant that holds just what a test is about. */
export function tenantOf(collections: Partial<OktaTenantData>): OktaTenantData {
  return { ...emptyTenant(), ...collections };
}

/** The ids of objects, in order. */
export function ids(objects: readonly OktaObject[]): unknown[] {
  return objects.map(({ id }) => id);
}
