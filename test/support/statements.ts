import { PrismaPg } from '@prisma/adapter-pg';
import type { Database } from '../../prisma/client.ts';
import { PrismaClient } from '../../prisma/generated/client.ts';

export interface WatchedDatabase {
  database: Database;
  /** The statements sent while `work` ran, without their values. */
  during(work: () => Promise<unknown>): Promise<string[]>;
}

/** A pool that tells what it sends. Who closes the service it is given to must close it too. */
export function watchDatabase(url: string): WatchedDatabase {
  const sent: string[] = [];
  const database = new PrismaClient({
    adapter: new PrismaPg({ connectionString: url, max: 5 }),
    log: [{ emit: 'event', level: 'query' }],
    errorFormat: 'minimal',
  });
  database.$on('query', (event) => sent.push(event.query));
  return {
    database,
    async during(work) {
      const before = sent.length;
      await work();
      return sent.slice(before);
    },
  };
}
