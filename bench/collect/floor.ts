import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Agent, request, type Dispatcher } from 'undici';
import { SIMULATED_OKTA_TOKEN } from '../../simulators/okta/server.ts';
import type { Org } from './org.ts';

/** As many requests at a time as the pipeline has for the lists below applications. */
const lanes = 16;
/** Pages are copied by as many connections. */
const writers = 4;

/**
 * What no collector can do without: fetch the same pages, parse them, and COPY their text into one bare table. No
 * cursor, no evidence, no resume, no relation. Returns how many objects were copied.
 */
export async function runFloor(org: Org, databaseUrl: string): Promise<number> {
  const agent = new Agent({ connections: lanes * 2, pipelining: 1 });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: writers });
  // The server may be stopped before the last connection is quite closed.
  pool.on('error', () => undefined);
  try {
    await pool.query('CREATE TABLE bench_floor (page text NOT NULL)');
    const sink = (page: string) => copyPage(pool, page);
    const list = (path: string) => readList(agent, org, path, sink);
    const [apps, groups] = await Promise.all([
      list('/api/v1/apps?limit=200'),
      list('/api/v1/groups?limit=200'),
    ]);
    const below = apps.flatMap((id) => [
      `/api/v1/apps/${id}/groups?limit=200`,
      `/api/v1/apps/${id}/users?limit=500`,
    ]);
    let assigned = 0;
    const lane = async () => {
      for (let path = below.pop(); path !== undefined; path = below.pop()) {
        const ids = await list(path);
        assigned += ids.length;
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return apps.length + groups.length + assigned;
  } finally {
    await pool.end();
    await agent.close();
  }
}

/** Ids of a list's objects; page n is copied while page n+1 is fetched. */
async function readList(
  agent: Agent,
  org: Org,
  path: string,
  sink: (page: string) => Promise<void>,
): Promise<string[]> {
  const ids: string[] = [];
  const copies: Promise<void>[] = [];
  for (let next: string | null = `${org.url}${path}`; next !== null;) {
    const headers = { authorization: `SSWS ${SIMULATED_OKTA_TOKEN}`, accept: 'application/json' };
    const answer: Dispatcher.ResponseData = await request(next, { dispatcher: agent, headers });
    const page = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${next} answered ${answer.statusCode}: ${page}`);
    for (const { id } of JSON.parse(page) as { id: string }[]) ids.push(id);
    if (page !== '[]') copies.push(sink(page));
    const link: string = [answer.headers.link ?? []].flat().join(', ');
    next = /<([^>]+)>; rel="next"/.exec(link)?.[1] ?? null;
  }
  await Promise.all(copies);
  return ids;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

async function copyPage(pool: pg.Pool, page: string): Promise<void> {
  const client = await pool.connect();
  try {
    const stream = client.query(copyFrom('COPY bench_floor (page) FROM STDIN'));
    stream.end(`${page.replace(/[\\\n\r\t]/g, (character) => escapes[character] ?? character)}\n`);
    await finished(stream);
  } finally {
    client.release();
  }
}
