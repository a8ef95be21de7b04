import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/paths.ts';
import { lives, plainEnv, type Running, startNode, temporaryFolder, until, writeFiles } from './support.ts';

/** Stands in for npm: "installs" by linking the packages of this checkout, and notes every install. */
const FAKE_NPM = `
  const fs = require('node:fs');
  const [command, ...flags] = process.argv.slice(2);
  const offline = fs.existsSync('offline');
  if (command === 'ping') { if (offline) console.error('npm error code EAI_AGAIN'); process.exit(offline ? 1 : 0); }
  fs.appendFileSync('installs', command + (flags.includes('--offline') ? ' offline' : '') + '\\n');
  if (offline && !fs.existsSync('cached')) { console.error('npm error code ENOTCACHED'); process.exit(1); }
  setTimeout(() => {
    fs.mkdirSync('node_modules', { recursive: true });
    for (const name of ['tsx', 'esbuild', '@esbuild', 'get-tsconfig', 'resolve-pkg-maps']) {
      const from = ${JSON.stringify(join(projectRoot, 'node_modules'))} + '/' + name;
      if (fs.existsSync(from) && !fs.existsSync('node_modules/' + name)) fs.symlinkSync(from, 'node_modules/' + name);
    }
    fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
    console.log('added 5 packages');
  }, 300);
`;

describe('node scripts/run.mjs', () => {
  const newFolder = temporaryFolder();

  async function newCheckout(program: string): Promise<string> {
    const root = await newFolder();
    const { engines } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as {
      engines: unknown;
    };
    await writeFiles(root, {
      'package.json': JSON.stringify({ type: 'module', engines }),
      'package-lock.json': JSON.stringify({ packages: { '': {}, 'node_modules/tsx': { version: '4.0.0' } } }),
      'fake/npm-cli.cjs': FAKE_NPM,
      'program.ts': program,
    });
    await mkdir(join(root, 'scripts'));
    for (const name of ['run.mjs', 'setup']) {
      await cp(join(projectRoot, 'scripts', name), join(root, 'scripts', name), { recursive: true });
    }
    return root;
  }

  function run(root: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Running {
    return startNode(['scripts/run.mjs', 'program.ts', ...args], {
      cwd: root,
      env: plainEnv({ npm_execpath: join(root, 'fake', 'npm-cli.cjs'), ...env }),
    });
  }

  const PRINT = 'const args: string[] = process.argv.slice(2); console.log(args.join("+"));';

  it('installs what is missing, says so on standard error only, and then is silent', async () => {
    const root = await newCheckout(PRINT);
    const first = run(root, ['--a', 'b']);
    assert.equal(await first.ended, 0, first.stderr());
    assert.equal(first.stdout(), '--a+b\n');
    assert.equal(first.stderr(), 'Installing the packages of package-lock.json (npm ci) …\n');

    const second = run(root);
    assert.equal(await second.ended, 0);
    assert.equal(second.stderr(), '');
    assert.equal(await readFile(join(root, 'installs'), 'utf8'), 'ci\n');
  });

  it('installs once when two commands start at once', async () => {
    const root = await newCheckout(PRINT);
    const both = [run(root, ['one']), run(root, ['two'])] as const;
    assert.deepEqual(await Promise.all(both.map(({ ended }) => ended)), [0, 0]);
    assert.equal(await readFile(join(root, 'installs'), 'utf8'), 'ci\n');
    assert.match(
      both[0].stderr() + both[1].stderr(),
      /Waiting for process \d+, which is setting up this checkout/,
    );
    assert.equal(existsSync(join(root, '.cache', 'setup.lock')), false);
  });

  it('waits for the install of a command that was killed in the middle of it', async () => {
    const root = await newCheckout(PRINT);
    const killed = run(root);
    await until('npm runs', () => existsSync(join(root, 'installs')));
    killed.child.kill('SIGKILL');
    const next = run(root);
    assert.equal(await next.ended, 0);
    assert.match(next.stderr(), /^Waiting for process \d+/);
    assert.equal(await readFile(join(root, 'installs'), 'utf8'), 'ci\n');
  });

  it('generates the Prisma client when the schema has changed, without its engine', async () => {
    const root = await newCheckout(PRINT);
    await writeFiles(root, {
      'prisma/schema.prisma': 'one',
      'node_modules/prisma/build/index.js': `
        const fs = require('node:fs');
        const [command] = process.argv.slice(2);
        const engine = process.env.PRISMA_SCHEMA_ENGINE_BINARY === process.execPath;
        fs.appendFileSync('generated', command + ' ' + engine + ' ' + fs.readFileSync('prisma/schema.prisma') + '\\n');`,
    });
    const said: string[] = [];
    for (const schema of ['one', 'one', 'two', 'two']) {
      await writeFiles(root, { 'prisma/schema.prisma': schema });
      const { ended, stderr } = run(root);
      assert.equal(await ended, 0, stderr());
      said.push(stderr().trimEnd().split('\n').at(-1) ?? '');
    }
    const generating = 'Generating the Prisma client from prisma/schema.prisma …';
    assert.deepEqual(said, [generating, '', generating, '']);
    assert.equal(await readFile(join(root, 'generated'), 'utf8'), 'generate true one\ngenerate true two\n');
  });

  it('says in one sentence what to do when nothing can be downloaded, and runs nothing', async () => {
    const root = await newCheckout(PRINT);
    await writeFiles(root, { offline: '' });
    const { ended, stdout, stderr } = run(root);
    assert.equal(await ended, 1);
    assert.equal(stdout(), '');
    const [, sentence, ...more] = stderr().split('\n');
    assert.match(sentence ?? '', /^The packages could not be downloaded \(EAI_AGAIN\).*connect this machine/);
    assert.deepEqual(more, ['']);
  });

  it("installs from npm's cache when there is no network", async () => {
    const root = await newCheckout(PRINT);
    await writeFiles(root, { offline: '', cached: '' });
    const { ended, stderr } = run(root);
    assert.equal(await ended, 0, stderr());
    assert.equal(await readFile(join(root, 'installs'), 'utf8'), 'ci offline\n');
  });

  it('refuses a Node that is too old in one sentence', async () => {
    const root = await newCheckout(PRINT);
    await writeFiles(root, { 'package.json': JSON.stringify({ type: 'module', engines: { node: '>=99' } }) });
    const { ended, stderr } = run(root);
    assert.equal(await ended, 1);
    assert.match(stderr(), /^This needs Node\.js >=99 and runs on \S+: install a newer one.*\n$/);
  });

  it('gives the program its signals, once each, and passes on its exit status', async () => {
    const root = await newCheckout(`
      let signals = 0;
      process.on('SIGINT', () => { signals += 1; setTimeout(() => process.exit(40 + signals), 200); });
      setInterval(() => {}, 1000);
      console.log('up');`);
    const { child, ended, stdout } = run(root);
    await until('the program runs', () => stdout().includes('up'));
    child.kill('SIGINT');
    assert.equal(await ended, 41);
  });

  it('dies of the signal that the program dies of', async () => {
    const root = await newCheckout('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000);');
    assert.equal(await run(root).ended, 'SIGTERM');
  });

  it('shows the error that the program ends with', async () => {
    const root = await newCheckout('throw new Error("of the program");');
    const { ended, stderr } = run(root);
    assert.equal(await ended, 1);
    assert.match(stderr(), /Error: of the program/);
  });

  it('ends with the npm that runs it, even when only npm is killed', async () => {
    const root = await newCheckout('console.log(process.pid); setInterval(() => {}, 1000);');
    // As npm does: a shell in between, which stays because something follows.
    const command = `"${process.execPath}" scripts/run.mjs program.ts; true`;
    const npm = spawn(
      process.execPath,
      ['-e', `require('child_process').spawn('sh', ['-c', process.argv[1]], { stdio: 'inherit' })`, command],
      {
        cwd: root,
        env: plainEnv({ npm_execpath: join(root, 'fake', 'npm-cli.cjs'), npm_lifecycle_event: 'start' }),
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const [line] = (await once(npm.stdout, 'data')) as [Buffer];
    const program = Number(line.toString());
    assert.equal(lives(program), true);
    npm.kill('SIGKILL');
    await until('the program is gone', () => !lives(program));
  });
});
