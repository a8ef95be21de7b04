import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** A file of `prisma/migrations`, identified as Prisma itself does: folder name and SHA-256 of the SQL. */
export interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

export const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));

/** Reads the migrations in the order of their names. A folder without `migration.sql` is an error. */
export function readMigrations(folder = migrationsFolder): Migration[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/** Says in one sentence why a database and this version's migrations do not go together. */
export class MigrationMismatch extends Error {
  override readonly name = 'MigrationMismatch';
}

interface Applied {
  name: string;
  checksum: string;
  finished: boolean;
}

// The table that `prisma migrate` keeps, so that its own `deploy` stays usable where its engine can be downloaded.
const createLedger = `
  CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL,
    "logs" TEXT,
    "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0
  )`;

/** Prisma's own advisory lock number, so that its engine and this runner never migrate at the same time. */
const advisoryLock = 72707369;

/**
 * Applies what is pending, each file as one simple query in one transaction, under an advisory lock. Returns the
 * names applied. Refuses (MigrationMismatch) when an applied file was changed or is missing here.
 */
export async function migrate(
  databaseUrl: string,
  migrations: readonly Migration[] = readMigrations(),
): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
    await client.query(createLedger);
    const pending = pendingOf(migrations, await readLedger(client));
    for (const migration of pending) await applyOne(client, migration);
    return pending.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name", "applied_steps_count")
       VALUES (gen_random_uuid()::text, $1, now(), $2, 1)`,
      [migration.checksum, migration.name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`Migration ${migration.name} failed and was rolled back: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * Throws a MigrationMismatch unless the database holds exactly these migrations: the API and the worker refuse a
 * schema older or newer than theirs.
 */
export async function assertMigrated(
  databaseUrl: string,
  migrations: readonly Migration[] = readMigrations(),
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const exists = await client.query(`SELECT to_regclass('"_prisma_migrations"') AS ledger`);
    const [row] = exists.rows as { ledger: string | null }[];
    const applied = row?.ledger ? await readLedger(client) : [];
    const pending = pendingOf(migrations, applied);
    if (pending.length > 0) {
      throw new MigrationMismatch(
        `The database lacks ${count(pending.length, 'migration')} (next: ${pending[0]?.name ?? ''}); run "npm run migrate".`,
      );
    }
  } finally {
    await client.end();
  }
}

async function readLedger(client: pg.Client): Promise<Applied[]> {
  const result = await client.query(
    `SELECT "migration_name" AS name, "checksum", "finished_at" IS NOT NULL AS finished
       FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL ORDER BY "migration_name"`,
  );
  return result.rows as Applied[];
}

function pendingOf(migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of applied) {
    const file = known.get(row.name);
    if (!file) {
      throw new MigrationMismatch(
        `The database has migration ${row.name}, which this version does not know: it is newer, or a file was removed.`,
      );
    }
    if (file.checksum !== row.checksum) {
      throw new MigrationMismatch(
        `Migration ${row.name} was changed after it had been applied; restore the file and write a new migration.`,
      );
    }
    if (!row.finished) {
      throw new MigrationMismatch(
        `Migration ${row.name} was begun and never finished; repair the database first.`,
      );
    }
  }
  const done = new Set(applied.map((row) => row.name));
  return migrations.filter((migration) => !done.has(migration.name));
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
