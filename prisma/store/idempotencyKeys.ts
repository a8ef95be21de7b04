import type { TenantId } from '../../domain/ids.ts';
import type { Executor, Transaction } from '../client.ts';
import type { Command, RequestKey } from './command.ts';
import { toRun } from './runs.ts';

/** Milliseconds for which a request may be repeated by its key. */
const keyLifeMs = 24 * 3_600_000;

const bornBefore = (at: Date) => new Date(at.getTime() - keyLifeMs);

/** What is known of a request that has been made with a key. */
export interface KeptKey {
  requestId: string | null;
  bodyHmac: Uint8Array;
  httpStatus: number;
  location: string;
  resourceId: string;
  /** Whether a run still works on what was begun. */
  open: boolean;
}

/** A run that was refused before it did anything: what it was asked for may be asked for again with the same key. */
const neverBegan = { claimedAt: null, failure: { path: ['code'], equals: 'not_started' } };

/**
 * Keeps a request's key with what the request has made, in the transaction that makes it; a request without a key keeps
 * nothing. Fails with `idempotency_key_in_use` (`constraints.ts`) where the same request was quicker.
 */
export async function keepKey(
  tx: Transaction,
  tenant: TenantId,
  { actor, at, requestId, reservation }: Command,
  made: {
    resourceId: string;
    /** The run that works on it, if any: while it is open, a repetition is told to wait. */
    runId: string | null;
    /** Where it is another than the reservation foresees. */
    httpStatus?: number;
  },
): Promise<void> {
  if (!reservation) return;
  const { locationOf, bodyHmac, ...request } = reservation;
  const { method, path, key } = request;
  const identity = { tenantId: tenant, actorId: actor.id, method, path, key };
  const free = [{ createdAt: { lte: bornBefore(at) } }, { run: { is: neverBegan } }];
  await tx.idempotencyKey.deleteMany({ where: { ...identity, OR: free } });
  await tx.idempotencyKey.create({
    data: {
      ...identity,
      requestId,
      bodyHmac,
      httpStatus: made.httpStatus ?? request.httpStatus,
      location: locationOf(made.resourceId),
      resourceId: made.resourceId,
      runId: made.runId,
      createdAt: at,
    },
  });
}

/** What an actor's request with this key has begun in the last 24 hours; null when it has begun nothing. */
export async function findKey(
  db: Executor,
  tenant: TenantId,
  { actor, at }: Pick<Command, 'actor' | 'at'>,
  { method, path, key }: RequestKey,
): Promise<KeptKey | null> {
  const row = await db.idempotencyKey.findFirst({
    where: { tenantId: tenant, actorId: actor.id, method, path, key, createdAt: { gt: bornBefore(at) } },
    include: { run: true },
  });
  if (!row) return null;
  const run = row.run && toRun(row.run);
  if (run?.claimedAt === null && run.failure?.code === 'not_started') return null;
  return { ...row, open: run !== null && run.endedAt === null };
}

/** Deletes the keys of all tenants that are older than a key gets; returns how many. */
export async function forgetKeys(db: Executor, at: Date): Promise<number> {
  const { count } = await db.idempotencyKey.deleteMany({ where: { createdAt: { lte: bornBefore(at) } } });
  return count;
}
