import { systemActor, type Actor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Run, RunFailure } from '../../domain/run.ts';
import type {
  AskedListing,
  CheckedCollection,
  Estimate,
  VerificationWarning,
} from '../../domain/verification.ts';
import type { Database, Transaction } from '../client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import { assertHolds, createRun, endRun, findRun } from './runs.ts';
import { lockSource, toSource, type Source, type StoredVerification } from './sources.ts';
import { lockWorkspace } from './workspaces.ts';

/**
 * Begins a check of a source's credential, or joins the one that runs. `workspace_archived`, `source_archived`.
 */
export async function beginVerification(
  database: Database,
  tenant: TenantId,
  parent: { workspaceId: string; sourceId: string },
  command: Command,
): Promise<Run> {
  return inTransaction(database, async (tx) => {
    await lockWorkspace(tx, tenant, parent.workspaceId, 'rely');
    const source = await lockSource(tx, tenant, parent.workspaceId, parent.sourceId, 'write');
    const former = source.verificationRunId && (await findRun(tx, tenant, source.verificationRunId));
    if (former && !former.endedAt) {
      await keepKey(tx, tenant, command, { resourceId: source.id, runId: former.id });
      return former;
    }
    const run = await createRun(tx, tenant, {
      kind: 'verify',
      key: source.id,
      resourceId: source.id,
      startedBy: command.actor,
      at: command.at,
    });
    const begun: StoredVerification = {
      status: 'running',
      checked_at: null,
      collections: [],
      warnings: [],
      estimate: null,
      failure: null,
      source_version: source.version,
      asked: {},
    };
    await tx.source.update({
      where: { id: source.id },
      data: { verification: json(begun), verificationRunId: run.id },
    });
    await keepKey(tx, tenant, command, { resourceId: source.id, runId: run.id });
    return run;
  });
}

/** The credential was replaced while it was checked; what was found is of the former one. */
export class CredentialReplaced extends Error {
  constructor() {
    super('The credential was replaced while it was checked.');
  }
}

interface Held {
  source: Source;
  verification: StoredVerification;
  run: Run;
}

/**
 * The fence of every write of a check: holds the source and the run, and throws `collection_superseded` or
 * `run_stopped` unless this Temporal run may still write.
 */
async function hold(
  tx: Transaction,
  tenant: TenantId,
  sourceId: string,
  temporalRunId: string,
): Promise<Held> {
  await lock(tx, tenant, 'source', sourceId, 'write');
  const row = await tx.source.findFirst({
    where: { tenantId: tenant, id: sourceId },
    omit: { sealedSecret: true },
  });
  const source = row && toSource(row);
  const { verification, verificationRunId } = source ?? {};
  if (!source || !verification || !verificationRunId) throw superseded();
  await lock(tx, tenant, 'run', verificationRunId, 'write');
  const run = await findRun(tx, tenant, verificationRunId);
  assertHolds(run, temporalRunId, 'collection_superseded');
  return { source, verification, run };
}

const superseded = () =>
  new DomainError('collection_superseded', 'The source is no longer being verified; nothing was written.');

/**
 * Says what was found of the credential so far and which version of the source it belongs to; found things of a
 * former credential are forgotten first.
 */
export async function resumeVerification(
  database: Database,
  tenant: TenantId,
  sourceId: string,
  temporalRunId: string,
): Promise<StoredVerification> {
  return inTransaction(database, async (tx) => {
    const { source, verification } = await hold(tx, tenant, sourceId, temporalRunId);
    if (verification.source_version === source.version) return verification;
    const anew = { ...verification, collections: [], source_version: source.version, asked: {} };
    await tx.source.update({ where: { id: sourceId }, data: { verification: json(anew) } });
    return anew;
  });
}

/** What a check has found out since it was last kept. */
export interface CheckProgress {
  collections?: readonly CheckedCollection[];
  asked?: Readonly<Record<string, AskedListing>>;
}

/** Keeps what was found out. Throws CredentialReplaced when the source has another credential by now. */
export async function recordProgress(
  database: Database,
  tenant: TenantId,
  sourceId: string,
  temporalRunId: string,
  version: number,
  found: CheckProgress,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    const { source, verification } = await hold(tx, tenant, sourceId, temporalRunId);
    if (source.version !== version) throw new CredentialReplaced();
    const collections = [...verification.collections, ...(found.collections ?? [])];
    const asked = { ...verification.asked, ...found.asked };
    await tx.source.update({
      where: { id: sourceId },
      data: { verification: json({ ...verification, collections, asked }) },
    });
  });
}

/** Ends a check that went through. Throws CredentialReplaced as `recordProgress` does. */
export async function completeVerification(
  database: Database,
  tenant: TenantId,
  sourceId: string,
  temporalRunId: string,
  version: number,
  result: { warnings: readonly VerificationWarning[]; estimate: Estimate | null },
  at: Date,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    const { source, verification, run } = await hold(tx, tenant, sourceId, temporalRunId);
    if (source.version !== version) throw new CredentialReplaced();
    const ended: StoredVerification = {
      ...verification,
      status: 'completed',
      checked_at: at.toISOString(),
      warnings: [...result.warnings],
      estimate: result.estimate,
      asked: {},
    };
    await tx.source.update({ where: { id: sourceId }, data: { verification: json(ended) } });
    await endRun(tx, tenant, run.id, { failure: null, at });
    const unreadable = ended.collections.filter(({ readable }) => !readable);
    await recordAudit(tx, tenant, {
      action: 'migration.source.verified',
      actor: run.startedBy,
      targets: { workspace_id: source.workspaceId, source_id: sourceId },
      facts: {
        status: 'completed',
        unreadable: unreadable.map(({ collection }) => collection),
        warnings: ended.warnings.map(({ code }) => code),
      },
      at,
    });
  });
}

/** Ends a check that could not be finished; one that has ended, or another run's, stays as it is. */
export async function failVerification(
  database: Database,
  tenant: TenantId,
  sourceId: string,
  runId: string,
  failure: RunFailure,
  actor: Actor = systemActor('worker'),
): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    await lock(tx, tenant, 'source', sourceId, 'write');
    const row = await tx.source.findFirst({
      where: { tenantId: tenant, id: sourceId, verificationRunId: runId },
      omit: { sealedSecret: true },
    });
    const source = row && toSource(row);
    if (source?.verification?.status !== 'running') return false;
    const at = new Date(failure.at);
    const ended: StoredVerification = {
      ...source.verification,
      status: 'failed',
      checked_at: failure.at,
      failure,
      asked: {},
    };
    await tx.source.update({ where: { id: sourceId }, data: { verification: json(ended) } });
    await endRun(tx, tenant, runId, { failure, at });
    await recordAudit(tx, tenant, {
      action: 'migration.source.verified',
      actor,
      targets: { workspace_id: source.workspaceId, source_id: sourceId },
      facts: { status: 'failed', code: failure.code, message: failure.message },
      at,
    });
    return true;
  });
}
