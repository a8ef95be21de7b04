// `npm run rules`: writes docs/rules.md and docs/impacts.md from what decides; with `--check` it only says whether they
// are current.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describeImpacts } from '../domain/impacts/describe.ts';
import { describeRules } from '../domain/rules/describe.ts';
import { projectRoot } from './paths.ts';

const documents = { 'rules.md': describeRules(), 'impacts.md': describeImpacts() };
const args = process.argv.slice(2);
const check = args.join(' ') === '--check';
if (args.length > 0 && !check) {
  console.error('usage: npm run rules [-- --check]');
  process.exitCode = 1;
} else {
  for (const [name, text] of Object.entries(documents)) await settle(name, text);
}

async function settle(name: string, text: string): Promise<void> {
  const file = join(projectRoot, 'docs', name);
  const written = await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
  if (!check) {
    await writeFile(file, written);
    console.log(`Wrote docs/${name}.`);
  } else if (written === (await readFile(file, 'utf8').catch(() => ''))) {
    console.log(`docs/${name} is current.`);
  } else {
    console.error(`docs/${name} is not what the code says: run "npm run rules".`);
    process.exitCode = 1;
  }
}
