import assert from 'node:assert/strict';
import { findDrift } from '../../prisma/drift.ts';
import { migrate } from '../../prisma/migrator.ts';
import { emptyDatabases, query } from './support.ts';

describe('the drift check', function () {
  this.timeout(60_000);
  const newDatabase = emptyDatabases();

  it('finds that schema and migrations agree', async () => {
    assert.deepEqual(await findDrift({ wanted: await newDatabase(), migrated: await newDatabase() }), []);
  });

  it('finds every kind of difference', async () => {
    const migrated = await newDatabase();
    await migrate(migrated);
    await query(
      migrated,
      `ALTER TABLE "migration_workspaces" ADD COLUMN "colour" text;
       ALTER TABLE "migration_workspaces" DROP CONSTRAINT "migration_workspaces_mode_check",
         ADD CONSTRAINT "migration_workspaces_mode_check" CHECK ("mode" IN ('first_run_adoption'));
       ALTER TABLE "migration_sources" ALTER COLUMN "version" SET DEFAULT 2;
       ALTER TABLE "migration_sources" ALTER COLUMN "name" DROP NOT NULL;
       ALTER TABLE "migration_cutover_plans" ALTER COLUMN "name" TYPE varchar(200);
       DROP TRIGGER "migration_audit_records_append_only" ON "migration_audit_records";
       CREATE OR REPLACE FUNCTION "migration_audit_records_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RETURN NULL; END; $$;
       DROP INDEX "migration_runs_one_open_key";
       CREATE UNIQUE INDEX "migration_runs_one_open_key" ON "migration_runs" ("workflow_id");
       ALTER TABLE "migration_item_relations" DROP CONSTRAINT "migration_item_relations_pkey";
       DROP TABLE "migration_source_budgets";
       CREATE TABLE "left_behind" ("id" int);
       CREATE VIEW "seen" AS SELECT 1 AS "one";
       CREATE TYPE "colour" AS ENUM ('red');`,
    );
    const drift = await findDrift({ wanted: await newDatabase(), migrated });
    const expected = [
      /^only in migrations: column migration_workspaces\.colour text/,
      /^only in migrations: constraint migration_workspaces\.migration_workspaces_mode_check .*first_run_adoption/,
      /^migrations lack: constraint migration_workspaces\.migration_workspaces_mode_check .*merge_into_existing/,
      /^migrations lack: column migration_sources\.version integer not null default 1/,
      /^migrations lack: column migration_sources\.name text not null/,
      /^only in migrations: column migration_cutover_plans\.name character varying\(200\)/,
      /^migrations lack: trigger CREATE TRIGGER migration_audit_records_append_only/,
      /^migrations lack: function .*append-only/s,
      /^migrations lack: index .*migration_runs_one_open_key.*WHERE/,
      /^migrations lack: constraint migration_item_relations\.migration_item_relations_pkey/,
      /^migrations lack: column migration_source_budgets\.host/,
      /^only in migrations: column left_behind\.id/,
      /^only in migrations: column seen\.one/,
      /^only in migrations: type colour red/,
    ];
    for (const pattern of expected) {
      assert.ok(
        drift.some((line) => pattern.test(line)),
        `${String(pattern)} in\n${drift.join('\n')}`,
      );
    }
  });

  it('refuses a database that is not empty in the place of the wanted one', async () => {
    const wanted = await newDatabase();
    await query(wanted, 'CREATE TABLE "migration_workspaces" ("id" int)');
    await assert.rejects(findDrift({ wanted, migrated: await newDatabase() }), /already exists/);
  });
});
