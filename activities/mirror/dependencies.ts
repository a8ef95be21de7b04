import type { Client } from '@temporalio/client';
import type { Logger } from '../../platform/log.ts';
import type { Database } from '../../prisma/client.ts';

/** What the mirror touches. */
export interface MirrorDependencies {
  /** A pool with a lock time-out, so that one stuck transaction delays nobody. */
  database: Database;
  client: Client;
  now: () => Date;
  log: Logger;
}
