// `npm run rules`: writes docs/rules.md from the rules; with `--check` it only says whether the file is current.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describeRules } from '../domain/rules/describe.ts';
import { projectRoot } from './paths.ts';

const file = join(projectRoot, 'docs', 'rules.md');
const written = await format(describeRules(), { ...(await resolveConfig(file)), parser: 'markdown' });
const args = process.argv.slice(2);
if (args.length === 0) {
  await writeFile(file, written);
  console.log('Wrote docs/rules.md.');
} else if (args.join(' ') !== '--check') {
  console.error('usage: npm run rules [-- --check]');
  process.exitCode = 1;
} else if (written === (await readFile(file, 'utf8').catch(() => ''))) {
  console.log('docs/rules.md is current.');
} else {
  console.error('docs/rules.md is not what the rules say: run "npm run rules".');
  process.exitCode = 1;
}
