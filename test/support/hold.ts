import { randomInt } from 'node:crypto';
import pg from 'pg';
import type { Service } from './service.ts';
import { until } from './until.ts';

export interface Held {
  /** Resolves when that many transactions wait. */
  waiting(count: number): Promise<void>;
  /** Lets all of them go on, and whoever comes later pass. */
  release(): Promise<void>;
}

export interface HoldOptions {
  table: string;
  /** SQL over NEW that says which written rows wait; all of them by default. */
  when?: string;
  /** The rows that are updated instead of those that are inserted. */
  updates?: boolean;
  /** Wait while the row is being written, or when its transaction commits. */
  at?: 'insert' | 'commit';
}

/**
 * Makes the database hold up transactions that insert, or update, certain rows, until a test releases them: a place between two
 * statements of ours where a worker can be killed. What waits is a backend of PostgreSQL, whatever its client does.
 */
export async function holdInserts(
  { databaseUrl }: Pick<Service, 'databaseUrl'>,
  { table, when = 'true', at = 'insert', updates = false }: HoldOptions,
): Promise<Held> {
  const key = randomInt(1, 2 ** 31 - 1);
  const name = `test_hold_${key}`;
  const holder = new pg.Client({ connectionString: databaseUrl });
  // Where the server itself is stopped, its locks go with it.
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock($1)', [key]);
  await holder.query(`
    CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF ${when} THEN PERFORM pg_advisory_xact_lock_shared(${key}); END IF;
      RETURN NEW;
    END;
    $$`);
  const event = updates ? 'UPDATE' : 'INSERT';
  await holder.query(
    at === 'commit'
      ? `CREATE CONSTRAINT TRIGGER ${name} AFTER ${event} ON "${table}" DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION ${name}()`
      : `CREATE TRIGGER ${name} BEFORE ${event} ON "${table}" FOR EACH ROW EXECUTE FUNCTION ${name}()`,
  );
  const waiters = async () => {
    const { rows } = await holder.query<{ count: string }>(
      `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted`,
      [key],
    );
    return Number(rows[0]?.count);
  };
  return {
    waiting: async (count) => {
      await until(`${count} transactions wait at ${table}`, async () => (await waiters()) >= count);
    },
    // Ending the session lets go of its lock.
    release: () => holder.end(),
  };
}
