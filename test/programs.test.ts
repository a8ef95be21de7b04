import assert from 'node:assert/strict';
import { join } from 'node:path';
import { startChild, type Exit } from '../scripts/child.ts';
import { projectRoot } from '../scripts/paths.ts';
import { openTestDatabase } from './support/database.ts';
import { plainEnvironment } from './support/workerProcess.ts';

const secret = 'c2VjcmV0LXRoYXQtbXVzdC1ub3QtYmUtcHJpbnRlZA';

/** Runs one of the programs to its end. */
async function run(program: string, env: Record<string, string>): Promise<{ exit: Exit; lines: string[] }> {
  const lines: string[] = [];
  const child = await startChild(program, process.execPath, ['--import', 'tsx', join(projectRoot, program)], {
    cwd: projectRoot,
    env: plainEnvironment(env),
    onLine: (line) => lines.push(line),
  });
  return { exit: await child.exited, lines };
}

describe('The programs worker.ts and api/main.ts', () => {
  const wrong = {
    DATABASE_URL: `mysql://root:${secret}@127.0.0.1/idm`,
    TEMPORAL_ADDRESS: 'nowhere',
    SECRETS_KEYS: `{"one":"${secret}"}`,
    LOG_LEVEL: 'loud',
    SYNC_WAIT_SECONDS: 'soon',
  };
  const faults = {
    'worker.ts': ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'SECRETS_KEYS', 'LOG_LEVEL'],
    'api/main.ts': [
      ...['DATABASE_URL', 'TEMPORAL_ADDRESS', 'SECRETS_KEYS', 'LOG_LEVEL', 'SYNC_WAIT_SECONDS'],
      ...['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URI'],
    ],
  };
  for (const [program, variables] of Object.entries(faults)) {
    it(`tell every fault of the configuration at once and no value: ${program}`, async () => {
      const { exit, lines } = await run(program, wrong);
      assert.equal(exit.code, 1);
      assert.equal(lines[0], 'Wrong configuration:');
      const named = lines.slice(1).map((line) => line.trim().split(' ')[0]);
      assert.deepEqual(named.sort(), [...variables].sort());
      assert.ok(!lines.join('\n').includes(secret));
    });
  }

  it('do not start on a database whose migrations are not the code\u2019s', async () => {
    const opened = await openTestDatabase();
    try {
      await opened.database.$executeRaw`DELETE FROM "_prisma_migrations"`;
      const ring = JSON.stringify({ one: Buffer.alloc(32, 7).toString('base64url') });
      const { exit, lines } = await run('worker.ts', { DATABASE_URL: opened.url, SECRETS_KEYS: ring });
      assert.equal(exit.code, 1);
      assert.match(lines.join('\n'), /npm run migrate/);
      assert.doesNotMatch(lines.join('\n'), /\n\s+at /);
    } finally {
      await opened.close();
    }
  });
});
