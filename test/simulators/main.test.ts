import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { Agent, fetch } from 'undici';
import { FAULTS_HELP } from '../../simulators/faults.ts';

const MAIN = fileURLToPath(new URL('../../simulators/main.ts', import.meta.url));
const INVENTED = fileURLToPath(new URL('../../simulators/entra/tenants/ossenby-freight', import.meta.url));
const RUNNING = 30_000;

function run(...flags: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.stderr += data.toString()));
  return { child, output };
}

async function refused(...flags: string[]): Promise<string> {
  const { child, output } = run(...flags);
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 2);
  assert.equal(output.stdout, '');
  assert.equal(output.stderr.trim().split('\n').length, 1);
  return output.stderr;
}

describe('The simulate command', function () {
  this.timeout(RUNNING);

  it('prints one line with the address, serves the invented tenant and ends on SIGTERM', async () => {
    const { child, output } = run('okta', '--token', 'mine');
    await once(child.stdout, 'data');
    const [, url = ''] = /^simulating okta (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(output.stdout) ?? [];
    const response = await fetch(`${url}/api/v1/org`, { headers: { authorization: 'SSWS mine' } });
    assert.equal(((await response.json()) as { companyName: string }).companyName, 'Tarnhollow Instruments');
    child.kill('SIGTERM');
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 0);
    assert.equal(output.stderr, '');
  });

  it('prints the address and the authority of Graph, serves a folder with its flags and ends on SIGTERM', async () => {
    const { child, output } = run(
      ...['entra', '--data', INVENTED, '--client-id', 'me', '--client-secret', 'mine', '--rate-limit', '3'],
      ...['--fail', '/v1.0/domains status=503 times=1'],
    );
    await once(child.stdout, 'data');
    const line = /^simulating entra (https:\/\/127\.0\.0\.1:\d+) ca (\/.+\.pem)\n$/;
    const [, url = '', caFile = ''] = line.exec(output.stdout) ?? [];
    const dispatcher = new Agent({ connect: { ca: readFileSync(caFile, 'utf8') } });
    const login = await fetch(`${url}/ossenby-freight.example/oauth2/v2.0/token`, {
      dispatcher,
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'me',
        client_secret: 'mine',
        scope: 'https://graph.microsoft.com/.default',
      }),
    });
    const { access_token: token } = (await login.json()) as { access_token: string };
    const get = async (path: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${url}/v1.0${path}`, { dispatcher, headers });
      return { status: response.status, text: await response.text() };
    };
    assert.match((await get('/organization')).text, /"displayName":"Ossenby Freight"/);
    assert.equal((await get('/domains')).status, 503);
    assert.equal((await get('/domains')).status, 200);
    assert.equal((await get('/domains')).status, 429);
    await dispatcher.destroy();
    child.kill('SIGTERM');
    const [code] = (await once(child, 'close')) as [number];
    assert.deepEqual([code, output.stderr, existsSync(caFile)], [0, '', false]);
  });

  it('serves faults of Okta, after the latency and on the port asked for', async () => {
    const port = await getPort();
    const { child, output } = run(
      'okta',
      '--port',
      String(port),
      '--latency',
      '1',
      '--fail',
      '/api/v1/org html',
    );
    await once(child.stdout, 'data');
    assert.equal(output.stdout, `simulating okta http://127.0.0.1:${port}\n`);
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/org`);
    assert.match(await response.text(), /^<!doctype html>/);
    assert.match(
      await refused('okta', '--port', String(port)),
      /^Port \d+ cannot be used \(EADDRINUSE\): name another/,
    );
    child.kill('SIGTERM');
    await once(child, 'close');
  });

  it('says what it leaves out of a folder, and serves the rest', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'entra-folder-'));
    writeFileSync(join(folder, 'organization.json'), '[{"id":"a"},{"id":"b"}]');
    const { child, output } = run('entra', '--data', folder);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    await once(child, 'close');
    rmSync(folder, { recursive: true });
    assert.match(output.stderr, /^organization\.json: the organization at index 1 is served nowhere: .+\n$/);
    assert.match(output.stdout, /^simulating entra /);
  });

  it('explains itself, its flags and its faults on --help', async () => {
    const { child, output } = run('--help');
    const [code] = (await once(child, 'close')) as [number];
    assert.deepEqual([code, output.stderr], [0, '']);
    const flags = ['data', 'port', 'latency', 'rate-limit', 'fail', 'token', 'client-id', 'client-secret'];
    for (const flag of flags) assert.match(output.stdout, new RegExp(`^  --${flag} `, 'm'));
    assert.ok(output.stdout.includes(FAULTS_HELP));
  });

  for (const [what, flags, message] of [
    ['no vendor', [], /Say which vendor to simulate: npm run simulate -- okta/],
    ['an unknown vendor', ['ping'], /Say which vendor to simulate/],
    ['two vendors', ['okta', 'entra'], /Say which vendor to simulate/],
    [
      'faults that make no sense',
      ['entra', '--fail', '/v1.0/groups status=200'],
      /^--fail, at character 14: status=<n> takes a whole number from 400 to 599, not "200"\.$/m,
    ],
    ['a token for entra', ['entra', '--token', 'x'], /^--token is not for entra: leave it out\.$/m],
    ['a client for okta', ['okta', '--client-id', 'x'], /^--client-id is not for okta: leave it out\.$/m],
    ['an unknown flag', ['okta', '--bogus'], /Unknown option '--bogus'; use: npm run simulate/],
    ['a flag without its value', ['okta', '--latency'], /--latency.*argument missing; use: /],
    [
      'a port that is no number',
      ['okta', '--port', 'http'],
      /--port takes a whole number from 0 to 65535, not "http"/,
    ],
    ['a rate limit of nothing', ['okta', '--rate-limit', '0'], /--rate-limit takes a whole number from 1 /],
    ['a folder that is not there', ['okta', '--data', '/no/such'], /\/no\/such is not a folder/],
  ] as const) {
    it(`ends with status 2 and one sentence for ${what}`, async () => {
      assert.match(await refused(...flags), message);
    });
  }
});
