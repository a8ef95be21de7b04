import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrate } from './migrator.ts';
import { schemaDiff } from './schemaSql.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export const schemaFile = here('./schema.prisma');
export const handwrittenFile = here('./handwritten.sql');

/** The whole schema as SQL: what Prisma's model says, then what it cannot say. */
export async function wantedSql(): Promise<string> {
  return `${await schemaDiff(null, readFileSync(schemaFile, 'utf8'))}\n${readFileSync(handwrittenFile, 'utf8')}`;
}

/**
 * Compares two scratch databases: one made from `schema.prisma` and `handwritten.sql`, one by all migrations.
 * Returns a line for each difference, none when they agree. Both databases must be empty; neither is live.
 */
export async function findDrift(scratch: { wanted: string; migrated: string }): Promise<string[]> {
  await runSql(scratch.wanted, await wantedSql());
  await migrate(scratch.migrated);
  const [wanted, migrated] = await Promise.all([readCatalog(scratch.wanted), readCatalog(scratch.migrated)]);
  const missing = [...wanted].filter((line) => !migrated.has(line)).map((line) => `migrations lack: ${line}`);
  const surplus = [...migrated]
    .filter((line) => !wanted.has(line))
    .map((line) => `only in migrations: ${line}`);
  return [...missing, ...surplus].sort();
}

async function runSql(databaseUrl: string, sql: string): Promise<void> {
  await withClient(databaseUrl, (client) => client.query(sql));
}

/** Everything in the public schema that is not a row, one line each; PostgreSQL's own words, so nothing is lost. */
const catalogQuery = `
  SELECT format('column %s.%s %s%s default %s identity %s generated %s', c.relname, a.attname,
           format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
           coalesce(pg_get_expr(d.adbin, d.adrelid), '-'), a.attidentity, a.attgenerated) AS line
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
   WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
  UNION ALL
  SELECT format('index %s', pg_get_indexdef(indexrelid))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT format('trigger %s', pg_get_triggerdef(t.oid))
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
   WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
  UNION ALL
  SELECT format('function %s', pg_get_functiondef(oid)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL
  SELECT format('sequence %s', relname)
    FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT format('type %s %s', t.typname, e.enumlabel)
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = 'public'::regnamespace`;

async function readCatalog(databaseUrl: string): Promise<Set<string>> {
  const result = await withClient(databaseUrl, (client) => client.query(catalogQuery));
  const lines = (result.rows as { line: string }[]).map((row) => row.line);
  return new Set(lines.filter((line) => !line.includes('_prisma_migrations')));
}

async function withClient<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
