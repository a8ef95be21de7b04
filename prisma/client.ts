import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from './generated/client.ts';

export { Prisma };

/** A connection pool on which a transaction can be opened. */
export type Database = PrismaClient;

/** A pool or a transaction on it: what a store function reads with. */
export type Executor = Prisma.TransactionClient;

/** Inside `inTransaction`: what a store function writes with. */
export type Transaction = Prisma.TransactionClient & { readonly [inside]: true };
declare const inside: unique symbol;

export interface DatabaseOptions {
  url: string;
  /** Most connections at a time. */
  connections?: number;
  /** Milliseconds to wait for a lock before giving up; without it, as long as it takes. */
  lockTimeoutMs?: number;
  /** Told of connections that broke while idle; the pool replaces them. */
  onIdleError?: (error: Error) => void;
}

/**
 * Opens a pool. A connection that cannot be had in five seconds is an error, and a transaction that falls idle
 * for five (a worker that hangs) is ended by the server, so that it cannot hold its locks.
 */
export function openDatabase({
  url,
  connections = 10,
  lockTimeoutMs = 0,
  onIdleError,
}: DatabaseOptions): Database {
  const adapter = new PrismaPg(
    {
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: 5_000,
      idle_in_transaction_session_timeout: 5_000,
      lock_timeout: lockTimeoutMs,
    },
    { onPoolError: onIdleError ?? (() => undefined), onConnectionError: onIdleError ?? (() => undefined) },
  );
  return new PrismaClient({ adapter, errorFormat: 'minimal' });
}

/** Runs `work` in one transaction (read committed); what it throws rolls back. */
export function inTransaction<Result>(
  database: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return database.$transaction((tx) => work(tx as Transaction), { maxWait: 10_000, timeout: 60_000 });
}

interface DriverCause {
  kind?: string;
  originalCode?: string;
  constraint?: { index?: string; fields?: string[] };
}

function driverCause(error: unknown): DriverCause | undefined {
  if (!(error instanceof Error)) return undefined;
  const meta = 'meta' in error ? (error.meta as { driverAdapterError?: { cause?: DriverCause } }) : undefined;
  return meta?.driverAdapterError?.cause ?? (error.cause as DriverCause | undefined);
}

/** The name of the unique constraint or index that an insert ran into; null for any other error. */
export function violatedConstraint(error: unknown): string | null {
  const cause = driverCause(error);
  return cause?.kind === 'UniqueConstraintViolation' ? (cause.constraint?.index ?? '') : null;
}

/** The name of the foreign key that leads to no row; null for any other error. */
export function violatedForeignKey(error: unknown): string | null {
  const cause = driverCause(error);
  return cause?.kind === 'ForeignKeyConstraintViolation' ? (cause.constraint?.index ?? '') : null;
}

/** The database itself cannot be used now; the same thing may work in a moment. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  if (['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037'].includes(code)) return true;
  const cause = driverCause(error);
  const kind = cause?.kind ?? '';
  // Class 57 is operator intervention (shutdown, starting up), 08 a broken connection, 53 too little of something.
  return (
    ['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'].includes(kind) ||
    /^(?:57P|08|53)/.test(cause?.originalCode ?? '') ||
    /ECONNREFUSED|ECONNRESET|Connection terminated|connection timeout/i.test(error.message)
  );
}
