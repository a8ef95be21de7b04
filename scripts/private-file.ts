// Files that nobody but their owner may read: keys, passwords, addresses with a password in them.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file with mode 0600, whole or not at all. */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  await makeFolder(dirname(path));
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, content, { mode: 0o600, flag: 'wx' });
  await rename(draft, path);
}

/** The file's content; one that is not there is made first, with what `make` answers. */
export async function keepPrivateFile(path: string, make: () => string | Promise<string>): Promise<string> {
  const kept = await readIfThere(path);
  if (kept !== undefined) return kept;
  const content = await make();
  await writePrivateFile(path, content);
  return content;
}

/** The file's text, undefined when there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Nobody else may enter a folder of ours; under root others may pass through it, because the database then runs as
 * another user and has to reach its own folder inside.
 */
export const FOLDER_MODE = process.getuid?.() === 0 ? 0o711 : 0o700;

/** Makes a folder, and those it lies in, unless they are there. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: FOLDER_MODE });
}
