// The generated Prisma client as prisma/schema.prisma says.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runCommand } from './command.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * What the client must be generated from: schema, configuration and generator, as one hash.
 *
 * @param {string} root the checkout
 * @returns {string | undefined} undefined when there is nothing to generate, or it is up to date
 */
export function stalePrismaClient(root) {
  if (!existsSync(join(root, 'prisma', 'schema.prisma'))) return undefined;
  const hash = createHash('sha256');
  for (const file of [
    'prisma/schema.prisma',
    'prisma.config.ts',
    'node_modules/@prisma/client/package.json',
  ]) {
    hash.update(`${file}\0${read(join(root, file)) ?? ''}\0`);
  }
  const wanted = hash.digest('hex');
  return read(stamp(root)) === wanted ? undefined : wanted;
}

/**
 * @param {string} root the checkout
 * @param {string} hash what `stalePrismaClient` answered; written last, so that an interrupted run is done again
 * @param {{onSpawn?: (pid: number) => void}} [options]
 * @throws {SetupError}
 */
export async function generatePrismaClient(root, hash, { onSpawn } = {}) {
  const cli = join(root, 'node_modules', 'prisma', 'build', 'index.js');
  if (!existsSync(cli)) {
    throw new SetupError(
      'The Prisma client has to be generated, which needs the development packages: run npm ci.',
    );
  }
  rmSync(stamp(root), { force: true });
  const { ok, output } = await runCommand(process.execPath, [cli, 'generate'], {
    cwd: root,
    onSpawn,
    env: {
      ...process.env,
      // Every command of Prisma's first wants to download its schema engine, which `generate` never runs: any
      // executable in its place keeps it from trying.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  if (!ok) throw new SetupError(`Generating the Prisma client failed:\n${lastLines(output, 15)}`);
  mkdirSync(join(root, 'prisma', 'generated'), { recursive: true });
  writeFileSync(stamp(root), hash);
}

function stamp(root) {
  return join(root, 'prisma', 'generated', '.made-from.sha256');
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
