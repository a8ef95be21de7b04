import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  copyCheckout,
  jsonWhenThere,
  lives,
  plainEnv,
  type Running,
  startNode,
  temporalCli,
  temporaryFolder,
  writeFiles,
} from './support.ts';

const MIXED = `
  import assert from 'node:assert/strict';
  describe('mixed', () => {
    it('passes', () => undefined);
    it('fails', () => assert.equal(1, 2, 'one is not two'));
    it.skip('is skipped', () => undefined);
  });`;
const SLOW = `
  describe('slow', () => {
    it('takes its time', () => new Promise((resolve) => setTimeout(resolve, 110)));
  });`;
const USES_WHAT_IT_GETS = `
  import assert from 'node:assert/strict';
  import { existsSync, writeFileSync } from 'node:fs';
  import pg from 'pg';
  import { createDatabase } from '../../scripts/postgres.ts';
  it('has a database server, a migrated template and the Temporal CLI', async () => {
    const { TEST_POSTGRES_ADMIN_URL: admin, TEST_POSTGRES_TEMPLATE: template, TEMPORAL_CLI_PATH: cli } = process.env;
    await createDatabase(admin, 'mine', { template });
    const url = new URL(admin);
    url.pathname = '/mine';
    const client = new pg.Client(url.href);
    await client.connect();
    await client.query('SELECT * FROM migrated');
    const { rows } = await client.query("SELECT split_part(pg_read_file('postmaster.pid'), E'\\\\n', 1) AS pid");
    await client.end();
    writeFileSync('postgres.pid', rows[0].pid);
    assert.ok(existsSync(cli));
  });`;
const STARTS_SOMETHING = `
  import { writeFileSync } from 'node:fs';
  import { startChild } from '../../scripts/child.ts';
  it('hangs', async () => {
    const child = await startChild('forgotten', process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync('pids.json', JSON.stringify([process.pid, process.ppid, child.pid]));
    await child.exited;
  }).timeout(0);`;
const MIGRATE = `
  import pg from 'pg';
  const client = new pg.Client(process.env.DATABASE_URL);
  await client.connect();
  await client.query('CREATE TABLE migrated ()');
  await client.end();`;

describe('npm test', function () {
  this.timeout(30_000);
  const newFolder = temporaryFolder();
  const running: Running[] = [];
  let cli: string;

  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGTERM');
      await ended;
    }
  });
  before(async function () {
    this.timeout(120_000); // the CLI may have to be downloaded
    cli = await temporalCli();
  });

  async function newCheckout(files: Record<string, string>): Promise<string> {
    const root = await newFolder();
    await copyCheckout(root, { 'scripts/migrate.ts': MIGRATE, ...files });
    return root;
  }

  function launch(root: string, ...args: string[]): Running {
    const env = plainEnv({ TEMPORAL_CLI_PATH: cli });
    const run = startNode(['scripts/run.mjs', 'scripts/test.ts', ...args], { cwd: root, env });
    running.push(run);
    return run;
  }

  function lastLine({ stdout }: Running): string | undefined {
    return stdout().trimEnd().split('\n').at(-1);
  }

  it('runs the whole suite, shows failures in full and the slowest, and counts on the last line', async () => {
    const root = await newCheckout({
      'test/a/mixed.test.ts': MIXED,
      'test/b/slow.test.ts': SLOW,
      'test/b/broken.test.ts': `import './not-there.ts';`,
      'test/b/support.ts': 'throw new Error("no test file");',
    });
    const run = launch(root);
    assert.equal(await run.ended, 1, run.stderr());
    assert.equal(lastLine(run), '2 passed, 2 failed');
    const lines = run.stdout().split('\n');
    assert.ok(lines.includes('1 skipped'));
    assert.ok(lines.includes('✖ test/a/mixed.test.ts: 1 passed, 1 failed, 1 skipped'));
    assert.ok(lines.includes('✔ test/b/slow.test.ts: 1 passed'));
    assert.match(run.stdout(), /AssertionError.*one is not two/);
    assert.match(run.stdout(), /Cannot find module '\.\/not-there\.ts'/);
    assert.match(run.stdout(), /slowest:\n +1\d\d ms {2}slow takes its time\n/);
  });

  it('runs only what is named, on a database server of its own that is gone afterwards', async () => {
    const root = await newCheckout({
      'test/a/mixed.test.ts': MIXED,
      'test/b/uses.test.ts': USES_WHAT_IT_GETS,
    });
    const run = launch(root, 'test/b');
    assert.equal(await run.ended, 0, run.stdout() + run.stderr());
    assert.equal(lastLine(run), '1 passed, 0 failed');
    assert.equal(lives(Number(await readFile(join(root, 'postgres.pid'), 'utf8'))), false);
  });

  it('ends everything on Ctrl-C, what a test has started and not ended included', async () => {
    const root = await newCheckout({ 'test/a/hangs.test.ts': STARTS_SOMETHING });
    const run = launch(root);
    const pids = await jsonWhenThere<number[]>(join(root, 'pids.json'));
    run.child.kill('SIGINT');
    assert.equal(await run.ended, 1);
    assert.match(run.stderr(), /^The tests were interrupted\.$/m);
    assert.deepEqual(pids.filter(lives), []);
  });

  it('fails when no test ran', async () => {
    const root = await newCheckout({ 'test/slow.test.ts': SLOW });
    const run = launch(root, '--grep', 'nothing of the kind');
    assert.equal(await run.ended, 1);
    assert.match(run.stderr(), /^No test ran\.$/m);
    assert.equal(lastLine(run), '0 passed, 0 failed');
  });

  it('says why it could not start, and counts that as a failure', async () => {
    const root = await newCheckout({ 'test/slow.test.ts': SLOW });
    await writeFile(join(root, 'temporal-dev.yaml'), 'namespace: 5');
    const run = launch(root);
    assert.equal(await run.ended, 1);
    assert.match(run.stderr(), /temporal-dev\.yaml is not as it should be:/);
    assert.equal(lastLine(run), '0 passed, 1 failed');

    await writeFiles(root, { 'scripts/migrate.ts': 'process.exit(4);' });
    const flag = launch(root, '--bogus');
    assert.equal(await flag.ended, 1);
    assert.match(flag.stderr(), /^Unknown option '--bogus'.*npm test -- /);
    assert.equal(lastLine(flag), '0 passed, 1 failed');
  });

  it('does not run the tests when the database cannot be migrated', async () => {
    const root = await newCheckout({
      'test/slow.test.ts': SLOW,
      'scripts/migrate.ts': 'console.log("bad SQL"); process.exit(4);',
    });
    const run = launch(root);
    assert.equal(await run.ended, 1);
    assert.match(
      run.stderr(),
      /^\[migrate\] bad SQL\nThe test database could not be migrated \(exit status 4\)\.$/m,
    );
    assert.equal(lastLine(run), '0 passed, 1 failed');
  });
});
