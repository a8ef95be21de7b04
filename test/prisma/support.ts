// What the tests of prisma/ share: databases without a schema, and PostgreSQL asked directly.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createDatabase, dropDatabase } from '../../scripts/postgres.ts';
import { postgresAdminUrl } from '../support/environment.ts';

/** Empty databases, dropped after the suite. Returns the URL of a new one. */
export function emptyDatabases(): () => Promise<string> {
  const names: string[] = [];
  after(async function () {
    this.timeout(60_000);
    for (const name of names) await dropDatabase(postgresAdminUrl(), name);
  });
  return async () => {
    const name = `empty_${randomUUID().replaceAll('-', '')}`;
    await createDatabase(postgresAdminUrl(), name);
    names.push(name);
    const url = new URL(postgresAdminUrl());
    url.pathname = `/${name}`;
    return url.href;
  };
}

/** Runs statements on a connection of their own and returns the rows of the last. */
export async function query<Row>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result: unknown = await client.query(text, values.length > 0 ? values : undefined);
    const last = (Array.isArray(result) ? result.at(-1) : result) as { rows: Row[] };
    return last.rows;
  } finally {
    await client.end();
  }
}
