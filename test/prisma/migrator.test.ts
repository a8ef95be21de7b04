import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  assertMigrated,
  migrate,
  MigrationMismatch,
  readMigrations,
  type Migration,
} from '../../prisma/migrator.ts';
import { emptyDatabases, query } from './support.ts';

const migration = (name: string, sql: string): Migration => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
});

const first = migration(
  '20260101_first',
  'CREATE TABLE "a" ("id" int PRIMARY KEY); INSERT INTO "a" VALUES (1);',
);
const second = migration('20260102_second', 'ALTER TABLE "a" ADD COLUMN "b" int; UPDATE "a" SET "b" = 2;');
const third = migration('20260103_third', 'CREATE TABLE "c" ("id" int);');

const tablesOf = async (url: string) => {
  const rows = await query<{ name: string }>(
    url,
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY 1`,
  );
  return rows.map((row) => row.name);
};

const ledgerOf = (url: string) =>
  query<{ name: string; checksum: string; finished: boolean; steps: number }>(
    url,
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished, applied_steps_count AS steps
       FROM _prisma_migrations ORDER BY 1`,
  );

const mismatch = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof MigrationMismatch, String(error));
  assert.match(error.message, pattern);
  return true;
};

describe('the migration runner', () => {
  const newDatabase = emptyDatabases();

  it('applies what is pending, in order, once', async () => {
    const url = await newDatabase();
    assert.deepEqual(await migrate(url, [first]), ['20260101_first']);
    assert.deepEqual(await migrate(url, [first, second, third]), ['20260102_second', '20260103_third']);
    assert.deepEqual(await migrate(url, [first, second, third]), []);
    assert.deepEqual(await query(url, 'SELECT * FROM a'), [{ id: 1, b: 2 }]);
    assert.deepEqual(await tablesOf(url), ['a', 'c']);
  });

  it('keeps the ledger that Prisma’s own command keeps', async () => {
    const url = await newDatabase();
    await migrate(url, [first]);
    assert.deepEqual(await ledgerOf(url), [
      { name: first.name, checksum: first.checksum, finished: true, steps: 1 },
    ]);
  });

  it('runs each file in one transaction: a failing statement leaves nothing of its file, and the files before it', async () => {
    const url = await newDatabase();
    const failing = migration(
      '20260102_failing',
      'CREATE TABLE "b" ("id" int); INSERT INTO "nowhere" VALUES (1);',
    );
    await assert.rejects(
      migrate(url, [first, failing, third]),
      /20260102_failing failed and was rolled back: .*nowhere/,
    );
    assert.deepEqual(await tablesOf(url), ['a']);
    assert.deepEqual(
      (await ledgerOf(url)).map((row) => row.name),
      [first.name],
    );
    // Mended, it goes on from there: a file that never counted may be changed.
    const mended = migration(failing.name, 'CREATE TABLE "b" ("id" int);');
    assert.deepEqual(await migrate(url, [first, mended, third]), [mended.name, third.name]);
  });

  it('does not cut a function at its semicolons', async () => {
    const url = await newDatabase();
    const body = migration(
      '20260101_function',
      `CREATE FUNCTION double(n int) RETURNS int LANGUAGE plpgsql AS $body$
       DECLARE twice int;
       BEGIN
         twice := n * 2; -- ; in a comment
         RETURN twice;
       END;
       $body$;
       CREATE TABLE "x;y" ("z" text DEFAULT ';');`,
    );
    await migrate(url, [body]);
    assert.deepEqual(await query(url, 'SELECT double(21) AS n'), [{ n: 42 }]);
    assert.deepEqual(await tablesOf(url), ['x;y']);
  });

  it('refuses a file that was changed after it had been applied', async () => {
    const url = await newDatabase();
    await migrate(url, [first]);
    const changed = migration(first.name, `${first.sql} -- reworded`);
    for (const attempt of [() => migrate(url, [changed, second]), () => assertMigrated(url, [changed])]) {
      await assert.rejects(attempt(), mismatch(/20260101_first was changed after it had been applied/));
    }
    assert.deepEqual(await tablesOf(url), ['a']);
  });

  it('refuses a database of which a file is missing here', async () => {
    const url = await newDatabase();
    await migrate(url, [first, second]);
    for (const attempt of [() => migrate(url, [first, third]), () => assertMigrated(url, [first])]) {
      await assert.rejects(
        attempt(),
        mismatch(/20260102_second, which this version does not know: it is newer/),
      );
    }
  });

  it('refuses a database in which a migration was begun and never finished', async () => {
    const url = await newDatabase();
    await migrate(url, [first]);
    await query(url, 'UPDATE _prisma_migrations SET finished_at = NULL');
    await assert.rejects(migrate(url, [first, second]), mismatch(/begun and never finished/));
  });

  it('takes no notice of an attempt that Prisma has marked as rolled back', async () => {
    const url = await newDatabase();
    await migrate(url, [first]);
    await query(
      url,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, rolled_back_at) VALUES ('x', 'y', '${second.name}', now())`,
    );
    assert.deepEqual(await migrate(url, [first, second]), [second.name]);
  });

  it('applies each file once when two runners begin at the same time', async () => {
    const url = await newDatabase();
    const slow = migration('20260101_slow', `SELECT pg_sleep(0.3); ${first.sql}`);
    const applied = await Promise.all([
      migrate(url, [slow, second]),
      migrate(url, [slow, second]),
      migrate(url, [slow, second]),
    ]);
    assert.deepEqual(applied.flat().sort(), [slow.name, second.name]);
    assert.equal((await ledgerOf(url)).length, 2);
    assert.deepEqual(await query(url, 'SELECT * FROM a'), [{ id: 1, b: 2 }]);
  });

  it('tells the API and the worker whether the schema is theirs', async () => {
    const url = await newDatabase();
    await assert.rejects(
      assertMigrated(url, [first, second]),
      mismatch(/lacks 2 migrations \(next: 20260101_first\); run "npm run migrate"/),
    );
    await migrate(url, [first]);
    await assert.rejects(
      assertMigrated(url, [first, second]),
      mismatch(/lacks 1 migration \(next: 20260102_second\)/),
    );
    await migrate(url, [first, second]);
    await assertMigrated(url, [first, second]);
    // Looking changes nothing: an empty database stays empty.
    const empty = await newDatabase();
    await assert.rejects(assertMigrated(empty, [first]), MigrationMismatch);
    assert.deepEqual(await query(empty, "SELECT to_regclass('_prisma_migrations') AS ledger"), [
      { ledger: null },
    ]);
  });

  it('brings an empty database to the schema of this version', async () => {
    const url = await newDatabase();
    const names = readMigrations().map((each) => each.name);
    assert.ok(names.length > 0);
    assert.deepEqual(await migrate(url), names);
    await assertMigrated(url);
    assert.ok((await tablesOf(url)).includes('migration_workspaces'));
  });
});

describe('reading migrations', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'identity-migration-migrations-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, sql?: string) => {
    mkdirSync(join(folder, name));
    if (sql !== undefined) writeFileSync(join(folder, name, 'migration.sql'), sql);
  };

  it('gives them in the order of their names, each with the digest of its text', () => {
    write('20260102_b', 'B');
    write('20260101_a', 'A');
    writeFileSync(join(folder, 'migration_lock.toml'), '');
    assert.deepEqual(readMigrations(folder), [migration('20260101_a', 'A'), migration('20260102_b', 'B')]);
  });

  it('refuses a folder without its file, and knows none where there is no folder', () => {
    write('20260101_a');
    assert.throws(() => readMigrations(folder), /migration\.sql/);
    assert.deepEqual(readMigrations(join(folder, 'absent')), []);
  });
});
