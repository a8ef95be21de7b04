// `npm run typecheck`: the types of the whole repository.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './paths.ts';

const { status } = spawnSync(
  process.execPath,
  [join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc'), '--noEmit'],
  {
    cwd: projectRoot,
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
