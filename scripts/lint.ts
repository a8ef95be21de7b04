// `npm run lint`: rules of the code, directions of its imports, form of its text.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './paths.ts';

const checks: [string, string[]][] = [
  ['eslint/bin/eslint.js', ['.']],
  [
    'dependency-cruiser/bin/dependency-cruise.mjs',
    [
      '--config',
      '.dependency-cruiser.cjs',
      'domain',
      'platform',
      'prisma',
      'activities',
      'workflows',
      'api',
      'simulators',
      'scripts',
      'bench',
      'test',
      'worker.ts',
    ],
  ],
  ['prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']],
];

for (const [program, args] of checks) {
  const { status } = spawnSync(process.execPath, [join(projectRoot, 'node_modules', program), ...args], {
    cwd: projectRoot,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
