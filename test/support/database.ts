import { randomUUID } from 'node:crypto';
import { createDatabase, dropDatabase } from '../../scripts/postgres.ts';
import { openDatabase, type Database } from '../../prisma/client.ts';
import { postgresAdminUrl, templateDatabase } from './environment.ts';

export interface TestDatabase {
  url: string;
  database: Database;
  close(): Promise<void>;
}

/** A database of its own, copied from the migrated template. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(postgresAdminUrl(), name, { template: templateDatabase() });
  const url = new URL(postgresAdminUrl());
  url.pathname = `/${name}`;
  const database = openDatabase({ url: url.href });
  return {
    url: url.href,
    database,
    async close() {
      await database.$disconnect();
      await dropDatabase(postgresAdminUrl(), name);
    },
  };
}

/** For a whole suite: a database before it, gone after it. */
export function useDatabase(): () => TestDatabase {
  let opened: TestDatabase | undefined;
  before(async () => {
    opened = await openTestDatabase();
  });
  after(async () => opened?.close());
  return () => {
    if (!opened) throw new Error('The database is there inside tests only.');
    return opened;
  };
}
