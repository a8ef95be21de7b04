import pg from 'pg';
import { until } from './until.ts';

/** A table that nobody gets at until a test lets go of it: what needs it stands still there. */
export interface HeldTable {
  /** Resolves when something waits for the table. */
  reached(): Promise<void>;
  release(): Promise<void>;
}

/** Runs `work` while a whole table is locked, reads included; lets go of it whatever happens. */
export async function whileHeld<Result>(
  databaseUrl: string,
  table: string,
  work: (held: HeldTable) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query(`LOCK TABLE "${table}" IN ACCESS EXCLUSIVE MODE`);
  const waiting = async () => {
    const { rows } = await client.query<{ waiting: number }>(
      'SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted AND relation = $1::regclass',
      [table],
    );
    return (rows[0]?.waiting ?? 0) > 0;
  };
  let held = true;
  const release = async () => {
    if (held) await client.end();
    held = false;
  };
  try {
    return await work({
      reached: async () => {
        await until(`something waits for ${table}`, waiting);
      },
      release,
    });
  } finally {
    await release();
  }
}
