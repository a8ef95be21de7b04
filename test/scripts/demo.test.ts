import assert from 'node:assert/strict';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/paths.ts';
import { plainEnv, startNode } from './support.ts';

describe('npm run demo -- --exit', () => {
  it('walks the tenant, says what came of it, and ends with status 0', async () => {
    const demo = startNode(['--import', 'tsx', join(projectRoot, 'scripts', 'demo.ts'), '--exit'], {
      cwd: projectRoot,
      env: plainEnv({ TEMPORAL_CLI_PATH: process.env.TEMPORAL_CLI_PATH ?? '' }),
    });
    const status = await demo.ended;
    assert.equal(status, 0, `${demo.stdout()}\n${demo.stderr()}`);
    assert.match(demo.stdout(), /Created at the target: \d+/);
    assert.match(demo.stdout(), /Not created: \d+, each with its reason/);
    assert.doesNotMatch(demo.stdout(), /NOT AS IT SHOULD BE/);
  }).timeout(120_000);
});
