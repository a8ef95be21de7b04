// node scripts/run.mjs <file.ts> [args…]: makes sure that the checkout is set up, then becomes that program.
//
// The program runs in this very process, as `node --import tsx <file.ts>` would run it: signals, standard streams and
// the exit status are its own. A process in between would hear a terminal's Ctrl-C besides its child and could only
// pass it on a second time, and a kill -9 of it would leave the child behind.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setUpCheckout } from './setup/checkout.mjs';
import { endWithNpm } from './setup/parent-watch.mjs';
import { SetupError } from './setup/setup-error.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [node, , file, ...args] = process.argv;

endWithNpm();
try {
  if (file === undefined) throw new SetupError('usage: node scripts/run.mjs <file.ts> [arguments]');
  if (!existsSync(resolve(root, file))) throw new SetupError(`There is no ${file} in this checkout.`);
  // Standard output belongs to the program: `npm run token` prints a token and nothing else.
  await setUpCheckout(root, (line) => process.stderr.write(`${line}\n`));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

const program = resolve(root, file);
process.argv = [node, program, ...args];
process.execArgv.push('--import', import.meta.resolve('tsx')); // for those that fork this program's kind
await import('tsx');
await import(pathToFileURL(program).href);
