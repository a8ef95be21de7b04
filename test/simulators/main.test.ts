import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../simulators/main.ts', import.meta.url));
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

  for (const [what, flags, message] of [
    ['no vendor', [], /Say which vendor to simulate: npm run simulate -- okta/],
    ['an unknown vendor', ['ping'], /Say which vendor to simulate/],
    ['entra', ['entra'], /not available yet/],
    ['--fail', ['okta', '--fail', 'apps=500'], /--fail is not available yet/],
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
