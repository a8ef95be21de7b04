import { setTimeout } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import {
  followedToEnd,
  markMirrored,
  unmirroredRuns,
  type UnmirroredRun,
} from '../../prisma/store/mirror.ts';
import { forgetKeys } from '../../prisma/store/idempotencyKeys.ts';
import { expireSecrets } from '../../prisma/store/secrets.ts';
import { heartbeating } from '../context.ts';
import type { MirrorDependencies } from './dependencies.ts';
import { sweepUnclaimed } from './sweep.ts';
import { tailRun } from './tail.ts';

/** Rows looked at in one round, and histories followed at the same time. */
const mostRows = 200;
const mostTails = 50;

/** Milliseconds between rounds, and hours after which the workflow begins anew. */
const roundMs = 500;
const shiftMs = 12 * 3_600_000;

/** Milliseconds for which a client secret waits to be fetched. */
const secretLifeMs = 24 * 3_600_000;

/** Milliseconds between looks for what is kept for a time only. */
const expiryLookMs = 60_000;

/**
 * Follows the history of every run of ours and stores it; settles rows whose run ended without doing so. Works until
 * it is cancelled or its shift is over. Everything it does may be done twice.
 */
export function mirrorHistories(deps: MirrorDependencies) {
  return async (): Promise<void> =>
    heartbeating(async (signal) => {
      const tails = new Map<string, Promise<void>>();
      const over = performance.now() + shiftMs;
      let look = 0;
      try {
        while (!signal.aborted && performance.now() < over) {
          await round(deps, tails, signal);
          if (performance.now() >= look) {
            await sweepSecrets(deps);
            await sweepKeys(deps);
            look = performance.now() + expiryLookMs;
          }
          await setTimeout(roundMs, undefined, { signal }).catch(() => undefined);
        }
      } finally {
        await Promise.all(tails.values());
      }
      if (signal.aborted) await Context.current().cancelled;
    });
}

async function round(
  deps: MirrorDependencies,
  tails: Map<string, Promise<void>>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const row of await unmirroredRuns(deps.database, mostRows)) {
      if (tails.size >= mostTails) return;
      if (row.run.runIds.length === 0) await lookAtUnclaimed(deps, row);
      else follow(deps, tails, row, signal);
    }
  } catch (error) {
    deps.log.warn({ err: error }, 'the mirror could not look; it will look again');
  }
}

/** Deletes client secrets that nobody has fetched in time. */
export async function sweepSecrets({ database, now, log }: MirrorDependencies): Promise<void> {
  try {
    const at = now();
    const expired = await expireSecrets(database, new Date(at.getTime() - secretLifeMs), at);
    if (expired > 0) log.info({ expired }, 'client secrets that nobody fetched were deleted');
  } catch (error) {
    log.warn({ err: error }, 'the mirror could not look for secrets; it will look again');
  }
}

/** Deletes the idempotency keys whose time is over. */
export async function sweepKeys({ database, now, log }: MirrorDependencies): Promise<void> {
  try {
    await forgetKeys(database, now());
  } catch (error) {
    log.warn({ err: error }, 'the mirror could not look for idempotency keys; it will look again');
  }
}

async function lookAtUnclaimed(deps: MirrorDependencies, row: UnmirroredRun): Promise<void> {
  // Ended and never claimed: there is no history of it.
  if (row.run.endedAt) await markMirrored(deps.database, row.run.id, deps.now());
  else await sweepUnclaimed(deps, row);
}

function follow(
  deps: MirrorDependencies,
  tails: Map<string, Promise<void>>,
  row: UnmirroredRun,
  signal: AbortSignal,
): void {
  const runId = row.run.runIds.at(-1);
  if (runId === undefined || tails.has(runId)) return;
  const tail = followRow(deps, row, signal)
    .catch((error: unknown) => deps.log.warn({ err: error, run: runId }, 'a history could not be followed'))
    .finally(() => tails.delete(runId));
  tails.set(runId, tail);
}

/** Follows a row's runs in their order: also those that continued as new while no mirror was looking. */
async function followRow(deps: MirrorDependencies, row: UnmirroredRun, signal: AbortSignal): Promise<void> {
  const former = row.run.runIds.slice(0, -1);
  const followed = await followedToEnd(deps.database, former);
  for (const runId of [...former.filter((each) => !followed.has(each)), ...row.run.runIds.slice(-1)]) {
    await tailRun(deps, row, runId, signal);
  }
}
