import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Logs a value in a process of its own, as the product's processes do, and returns what was written. */
async function logged(value: object, level = 'info'): Promise<string> {
  const program = `
    import { createLog } from './platform/log.ts';
    createLog('test', ${JSON.stringify(level)}).info(${JSON.stringify(value)}, 'said');`;
  const args = ['--import', 'tsx', '--input-type', 'module', '--eval', program];
  const { stdout } = await run(process.execPath, args, { cwd: root });
  return stdout;
}

const token = 'hunter2';

describe('the log', () => {
  it('holds no credential, wherever a logged object carries it', async () => {
    const value = {
      authorization: token,
      secret: token,
      api_token: token,
      client_secret: token,
      preview_token: token,
      headers: { authorization: token, 'user-agent': 'kept-agent' },
      req: { headers: { authorization: token, cookie: token, host: 'kept-host' } },
      body: { secret: { api_token: token }, api_token: token, client_secret: token, preview_token: token },
      answer: { generated_secrets: [{ client_id: 'kept-client', client_secret: token }] },
    };
    const text = await logged(value);
    assert.ok(!text.includes(token), text);
    for (const kept of ['kept-agent', 'kept-host', 'kept-client', 'said'])
      assert.ok(text.includes(kept), text);
  });

  it('says nothing below its level', async () => {
    assert.equal(await logged({ a: 1 }, 'warn'), '');
  });
});
