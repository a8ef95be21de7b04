import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** What a running stack keeps: databases, keys, who runs. */
export const dataFolder = join(projectRoot, '.data');

/** What can be fetched again. */
export const cacheFolder = join(projectRoot, '.cache');

/** One file for every process that a program of this checkout has started and not yet ended (`leftovers.ts`). */
export const processFolder = join(dataFolder, 'processes');

/** Where other commands find the running stack of `npm start` and that of `npm run demo`. */
export const stackFile = join(dataFolder, 'stack.json');
export const demoStackFile = join(dataFolder, 'demo', 'stack.json');
