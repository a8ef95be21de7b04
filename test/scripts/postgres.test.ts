import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import {
  createDatabase,
  databaseExists,
  dropDatabase,
  type Postgres,
  startPostgres,
} from '../../scripts/postgres.ts';
import { projectRoot } from '../../scripts/paths.ts';
import { ignore, lives, startNode, temporaryFolder, until } from './support.ts';

describe('the embedded PostgreSQL', () => {
  const newFolder = temporaryFolder();
  const started: Postgres[] = [];

  after(() => Promise.all(started.map((postgres) => postgres.stop())));

  async function start(dataDir?: string, log: (line: string) => void = ignore): Promise<Postgres> {
    const postgres = await startPostgres({ dataDir, port: 0, log });
    started.push(postgres);
    return postgres;
  }

  async function query(url: string, sql: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', ignore); // a server that is killed takes its clients with it
    await client.connect();
    try {
      return (await client.query(sql)).rows as unknown[];
    } finally {
      await client.end();
    }
  }

  it('listens on the loopback interface alone, behind a password that only its owner can read', async () => {
    const dataDir = join(await newFolder(), 'postgres');
    const postgres = await start(dataDir);
    assert.deepEqual(await query(postgres.adminUrl, 'SHOW listen_addresses'), [
      { listen_addresses: '127.0.0.1' },
    ]);
    assert.equal((await stat(join(dataDir, 'password'))).mode & 0o777, 0o600);
    const wrong = postgres.adminUrl.replace(/:[^:@]+@/, ':wrong@');
    await assert.rejects(query(wrong, 'SELECT 1'), /password authentication failed/);
  });

  it('keeps its data and its password over a restart', async () => {
    const dataDir = join(await newFolder(), 'postgres');
    const first = await start(dataDir);
    await createDatabase(first.adminUrl, 'kept');
    await query(first.url('kept'), 'CREATE TABLE t AS SELECT 1 AS one');
    await first.stop();
    const second = await start(dataDir);
    assert.deepEqual(await query(second.url('kept'), 'SELECT * FROM t'), [{ one: 1 }]);
    assert.equal(new URL(first.adminUrl).password, new URL(second.adminUrl).password);
  });

  it('leaves nothing of a temporary server', async () => {
    const postgres = await start();
    const [row] = (await query(postgres.adminUrl, 'SHOW data_directory')) as [{ data_directory: string }];
    await postgres.stop();
    assert.equal(existsSync(row.data_directory), false);
    assert.equal(lives(postgres.pid), false);
  });

  it('starts again after its server was killed, whose pid file is left', async () => {
    const dataDir = join(await newFolder(), 'postgres');
    const killed = await start(dataDir);
    await createDatabase(killed.adminUrl, 'survivor');
    process.kill(killed.pid, 'SIGKILL');
    assert.deepEqual(await killed.exited, { code: null, signal: 'SIGKILL' });
    assert.equal(existsSync(join(dataDir, 'cluster', 'postmaster.pid')), true);
    const next = await start(dataDir);
    assert.equal(await databaseExists(next.adminUrl, 'survivor'), true);
  });

  it('takes down the server that a killed run has left on the same data', async () => {
    const folder = await newFolder();
    const dataDir = join(folder, 'postgres');
    const program = `
      import { startPostgres } from ${JSON.stringify(new URL('../../scripts/postgres.ts', import.meta.url).href)};
      void startPostgres({ dataDir: ${JSON.stringify(dataDir)}, port: 0, log: () => {} }).then(({ pid }) => {
        console.log('server ' + pid);
        process.kill(process.pid, 'SIGKILL');
      });`;
    await writeFile(join(folder, 'run.mts'), program);
    const run = startNode(['--import', 'tsx', join(folder, 'run.mts')], { cwd: projectRoot });
    assert.equal(await run.ended, 'SIGKILL', run.stderr());
    const left = Number(/server (\d+)/.exec(run.stdout())?.[1]);
    assert.equal(lives(left), true);

    const said: string[] = [];
    const next = await start(dataDir, (line) => said.push(line));
    assert.equal(lives(left), false);
    assert.equal(lives(next.pid), true);
    assert.deepEqual(said, [
      `Shutting down the database server (process ${left}) that a former run has left …`,
    ]);
  });

  it('does not take a stranger with the pid of a former server for one', async () => {
    const dataDir = join(await newFolder(), 'postgres');
    await (await start(dataDir)).stop();
    const stranger = startNode(['-e', 'setInterval(() => {}, 1000)']);
    try {
      const cluster = join(dataDir, 'cluster');
      const pidFile = [stranger.pid, cluster, 0, 5432, '', '127.0.0.1', '', 'ready', ''].join('\n');
      await writeFile(join(cluster, 'postmaster.pid'), pidFile);
      await start(dataDir);
      assert.equal(lives(stranger.pid), true);
    } finally {
      stranger.child.kill('SIGKILL');
      await stranger.ended;
    }
  });

  it('refuses the data of another major version in one sentence, and leaves them alone', async () => {
    const dataDir = join(await newFolder(), 'postgres');
    await mkdir(join(dataDir, 'cluster'), { recursive: true });
    await writeFile(join(dataDir, 'cluster', 'PG_VERSION'), '9\n');
    await assert.rejects(
      start(dataDir),
      /^Error: \S+ was made by PostgreSQL 9 and this is PostgreSQL \d+: move/,
    );
    assert.equal(await readFile(join(dataDir, 'cluster', 'PG_VERSION'), 'utf8'), '9\n');
  });

  it('copies a template, any name, and drops a database that is in use', async () => {
    const postgres = await start();
    const { adminUrl } = postgres;
    await createDatabase(adminUrl, 'template "one"');
    await query(postgres.url('template "one"'), 'CREATE TABLE t AS SELECT 1 AS one');
    await createDatabase(adminUrl, 'copy', { template: 'template "one"' });
    assert.deepEqual(await query(postgres.url('copy'), 'SELECT * FROM t'), [{ one: 1 }]);

    const client = new pg.Client({ connectionString: postgres.url('copy') });
    let closed = false;
    client.on('error', ignore).on('end', () => (closed = true));
    await client.connect();
    await dropDatabase(adminUrl, 'copy');
    await dropDatabase(adminUrl, 'copy');
    assert.equal(await databaseExists(adminUrl, 'copy'), false);
    await until('the client is disconnected', () => closed);
  });
});
