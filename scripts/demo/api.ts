// The demo's client: plain HTTP, as anybody would call it.
import { Refusal } from '../refusal.ts';

/** JSON of an answer, read member by member. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };

export interface Reply {
  status: number;
  location: string | null;
  body: Json;
}

export interface Api {
  get(path: string): Promise<Json>;
  /** Throws a Refusal unless the answer has one of the expected statuses. */
  post(
    path: string,
    body: object,
    expected: readonly number[],
    headers?: Record<string, string>,
  ): Promise<Reply>;
}

/** Calls the API of one tenant; paths begin below the tenant's migrations. */
export function connectApi(apiUrl: string, tenant: string, token: string): Api {
  const base = `/api/v1/tenants/${tenant}/migrations`;
  const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const target = path.startsWith('/api/') ? path : `${base}${path}`;
    const response = await fetch(`${apiUrl}${target}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const reply = { status: response.status, location: response.headers.get('location') };
    return { ...reply, body: (await response.json()) as Json };
  };
  return {
    async get(path) {
      const reply = await call('GET', path);
      if (reply.status !== 200) throw unexpected('GET', path, reply);
      return reply.body;
    },
    async post(path, body, expected, headers) {
      const reply = await call('POST', path, body, headers);
      if (!expected.includes(reply.status)) throw unexpected('POST', path, reply);
      return reply;
    },
  };
}

const unexpected = (method: string, path: string, { status, body }: Reply) =>
  new Refusal(`${method} ${path} answered ${status}: ${text(body, 'detail')} (${text(body, 'code')})`);

/** A member of an answer, by its path; null when there is none. */
export function at(value: Json, ...path: (string | number)[]): Json {
  let found: Json | undefined = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return null;
    found = Array.isArray(found) ? found[Number(key)] : found[key];
  }
  return found ?? null;
}

export const text = (value: Json, ...path: (string | number)[]): string => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
};

export const number = (value: Json, ...path: (string | number)[]): number => {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
};

export const list = (value: Json, ...path: (string | number)[]): Json[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

/** Every entry of a list, page after page. */
export async function everything(api: Api, path: string): Promise<Json[]> {
  const found: Json[] = [];
  let cursor = '';
  do {
    const separator = path.includes('?') ? '&' : '?';
    const page = await api.get(`${path}${separator}limit=200${cursor && `&cursor=${cursor}`}`);
    found.push(...list(page, 'data'));
    cursor = text(page, 'next_cursor');
  } while (cursor !== '');
  return found;
}
