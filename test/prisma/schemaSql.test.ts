import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { schemaFile, wantedSql } from '../../prisma/drift.ts';
import { schemaDiff } from '../../prisma/schemaSql.ts';

const small = (fields: string) => `
  datasource db {
    provider = "postgresql"
  }
  model Thing {
    id String @id @db.Uuid
    ${fields}
  }`;

describe('the SQL of the schema', function () {
  this.timeout(30_000);
  let server: Server;
  let connections = 0;
  const former = process.env.DATABASE_URL;

  // Wherever a connection could be looked for, it leads here.
  before(async () => {
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.env.DATABASE_URL = `postgresql://x:y@127.0.0.1:${(server.address() as AddressInfo).port}/live`;
  });
  after(async () => {
    if (former === undefined) delete process.env.DATABASE_URL;
    else process.env.DATABASE_URL = former;
    server.close();
    await once(server, 'close');
    assert.equal(connections, 0, 'something reached for the database');
  });

  it('makes every table of the schema', async () => {
    const sql = await schemaDiff(null, readFileSync(schemaFile, 'utf8'));
    const tables = [...readFileSync(schemaFile, 'utf8').matchAll(/@@map\("(\w+)"\)/g)].map(
      ([, name]) => name,
    );
    assert.ok(tables.length > 20);
    for (const table of tables) assert.ok(sql.includes(`CREATE TABLE "${table}"`), table);
  });

  it('is followed by what the schema cannot say', async () => {
    const sql = await wantedSql();
    assert.ok(sql.indexOf('CREATE TABLE "migration_runs"') < sql.indexOf('migration_runs_one_open_key'));
    assert.match(sql, /append-only/);
  });

  it('is the difference alone when there was a schema before', async () => {
    const sql = await schemaDiff(small('name String'), small('name String\n colour String?'));
    assert.match(sql, /ALTER TABLE "Thing" ADD COLUMN\s+"colour" TEXT/);
    assert.ok(!sql.includes('CREATE TABLE'));
    assert.ok(!/ALTER|CREATE|DROP/.test(await schemaDiff(small('name String'), small('name String'))));
  });

  it('is not written for a schema that has a fault', async () => {
    await assert.rejects(schemaDiff(null, small('name Strin')));
  });
});
