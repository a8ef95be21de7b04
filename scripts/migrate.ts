// `npm run migrate`: applies pending migrations to DATABASE_URL. `-- --check` says whether schema and migrations agree,
// `-- --create <name>` writes the next migration. Neither of these two touches DATABASE_URL: they work on a database
// of their own that is gone afterwards.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findDrift, handwrittenFile, schemaFile } from '../prisma/drift.ts';
import { migrate, migrationsFolder, readMigrations } from '../prisma/migrator.ts';
import { schemaDiff } from '../prisma/schemaSql.ts';
import { createDatabase, startPostgres } from './postgres.ts';
import { Refusal } from './refusal.ts';

const log = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, create: { type: 'string' } } });
  if (values.create !== undefined) await create(values.create);
  else if (values.check === true) await check();
  else await apply();
}

async function apply(): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (url === undefined || url === '')
    throw new Refusal('DATABASE_URL is not set: name the database to migrate.');
  const applied = await migrate(url);
  console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
}

async function check(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'idm-drift-'));
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: 0, log: () => undefined });
  try {
    await createDatabase(postgres.adminUrl, 'wanted');
    await createDatabase(postgres.adminUrl, 'migrated');
    const drift = await findDrift({ wanted: postgres.url('wanted'), migrated: postgres.url('migrated') });
    if (drift.length > 0) throw new Refusal(`Schema and migrations differ:\n${drift.join('\n')}`);
    console.log('Schema and migrations agree.');
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The difference between the schema that the last migration was written for and the schema as it is. */
async function create(name: string): Promise<void> {
  if (!/^[a-z0-9_]+$/.test(name))
    throw new Refusal('Name the migration in lower case: letters, digits and _.');
  const former = readMigrations().at(-1);
  const formerSchema = former && join(migrationsFolder, former.name, 'schema.prisma');
  const before = formerSchema && existsSync(formerSchema) ? readFileSync(formerSchema, 'utf8') : null;
  const schema = readFileSync(schemaFile, 'utf8');
  const sql = await schemaDiff(before, schema);
  const whole = former ? sql : `${sql}\n${readFileSync(handwrittenFile, 'utf8')}`;
  const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const folder = join(migrationsFolder, `${stamp}_${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'migration.sql'), whole);
  writeFileSync(join(folder, 'schema.prisma'), schema);
  console.log(`Wrote ${folder}.`);
  log('Add what changed in handwritten.sql by hand, then run "npm run migrate -- --check".');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
