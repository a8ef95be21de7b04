// Makes a checkout ready to run: each step a few milliseconds when there is nothing to do.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependenciesMatch, installDependencies } from './dependencies.mjs';
import { lock } from './lock.mjs';
import { satisfies } from './node-version.mjs';
import { makePostgresLinks, missingPostgresLinks } from './postgres-links.mjs';
import { generatePrismaClient, stalePrismaClient } from './prisma-client.mjs';
import { SetupError } from './setup-error.mjs';

const LOCK_LIMIT_MS = 15 * 60_000;

/**
 * @param {string} root the checkout
 * @param {(line: string) => void} say told what is being done, only when something is
 * @throws {SetupError} with one sentence that says what to do
 */
export async function setUpCheckout(root, say) {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (!satisfies(process.versions.node, engines.node)) {
    throw new SetupError(
      `This needs Node.js ${engines.node} and runs on ${process.versions.node}: install a newer one and run the command again.`,
    );
  }
  // As npm has it: with NODE_ENV=production the packages of the development are not installed, nor asked for.
  const omitDev = process.env.NODE_ENV === 'production';
  const isReady = () =>
    dependenciesMatch(root, { omitDev }) &&
    missingPostgresLinks(root).length === 0 &&
    stalePrismaClient(root) === undefined;
  if (isReady()) return;

  const held = await lock(join(root, '.cache', 'setup.lock'), {
    timeoutMs: LOCK_LIMIT_MS,
    onBusy: (pid) => say(`Waiting for process ${pid}, which is setting up this checkout …`),
  });
  try {
    await takeSteps(root, { say, omitDev, onSpawn: held.alsoHeldBy });
  } finally {
    held.release();
  }
}

/** The order matters: each step works on what the former brought. */
async function takeSteps(root, { say, omitDev, onSpawn }) {
  if (!dependenciesMatch(root, { omitDev })) {
    say('Installing the packages of package-lock.json (npm ci) …');
    await installDependencies(root, { omitDev, onSpawn });
  }
  const links = missingPostgresLinks(root);
  if (links.length > 0) {
    say('Re-creating the library links of the embedded PostgreSQL …');
    makePostgresLinks(links);
  }
  const hash = stalePrismaClient(root);
  if (hash !== undefined) {
    say('Generating the Prisma client from prisma/schema.prisma …');
    await generatePrismaClient(root, hash, { onSpawn });
  }
}
