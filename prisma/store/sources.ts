import type { Actor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { SourceConfig, SourceStatus, SourceType } from '../../domain/source.ts';
import type { AskedListing, Verification } from '../../domain/verification.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import { Prisma, type Source as SourceRow } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { json } from './json.ts';
import { lock, type LockStrength } from './locks.ts';
import { lockWorkspace, refreshWorkspaceStatus, refuseWhileRunning } from './workspaces.ts';

/** A source connection. Its sealed secret is read by `sealedSecretOf` alone. */
export interface Source {
  id: string;
  tenantId: string;
  workspaceId: string;
  name: string;
  sourceType: SourceType;
  connectionMode: string;
  config: SourceConfig;
  status: SourceStatus;
  lastInventoryAt: Date | null;
  verification: StoredVerification | null;
  verificationRunId: string | null;
  version: number;
  createdBy: Actor;
  createdAt: Date;
  archivedAt: Date | null;
}

/** A check of the credential, with the version of the source whose credential it is. */
export interface StoredVerification extends Verification {
  source_version: number;
  /** While it runs: what was asked for already, by collection and path. */
  asked: Record<string, AskedListing>;
}

const withoutSecret = { sealedSecret: true } as const;

export const toSource = (row: Omit<SourceRow, 'sealedSecret'>): Source => ({
  ...row,
  sourceType: row.sourceType as SourceType,
  config: row.config as unknown as SourceConfig,
  status: row.status as SourceStatus,
  verification: row.verification as unknown as StoredVerification | null,
  createdBy: row.createdBy as Actor,
});

export interface NewSource {
  id: string;
  name: string;
  sourceType: SourceType;
  connectionMode: string;
  config: SourceConfig;
  sealedSecret: string;
}

/** Adds a source; `workspace_archived`, or `source_name_taken` in the workspace (case-insensitive). */
export async function createSource(
  database: Database,
  tenant: TenantId,
  workspaceId: string,
  source: NewSource,
  command: Command,
): Promise<Source> {
  return inTransaction(database, async (tx) => {
    await lockWorkspace(tx, tenant, workspaceId, 'write');
    const row = await tx.source.create({
      data: {
        ...source,
        tenantId: tenant,
        workspaceId,
        config: json(source.config),
        status: 'configured',
        createdBy: json(command.actor),
        createdAt: command.at,
      },
      omit: withoutSecret,
    });
    await refreshWorkspaceStatus(tx, tenant, workspaceId);
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.source.created',
      targets: { workspace_id: workspaceId, source_id: row.id },
      facts: {
        name: row.name,
        source_type: row.sourceType,
        connection_mode: row.connectionMode,
        config: row.config,
      },
    });
    await keepKey(tx, tenant, command, { resourceId: row.id, runId: null });
    return toSource(row);
  });
}

export async function findSource(
  db: Executor,
  tenant: TenantId,
  workspaceId: string,
  id: string,
): Promise<Source | null> {
  const row = await db.source.findFirst({
    where: { tenantId: tenant, workspaceId, id },
    omit: withoutSecret,
  });
  return row && toSource(row);
}

/** A workspace's sources, newest first, from below the id `before`. */
export async function listSources(
  db: Executor,
  tenant: TenantId,
  workspaceId: string,
  page: { before: string | null; limit: number },
): Promise<Source[]> {
  const rows = await db.source.findMany({
    where: { tenantId: tenant, workspaceId, ...(page.before === null ? {} : { id: { lt: page.before } }) },
    orderBy: { id: 'desc' },
    take: page.limit,
    omit: withoutSecret,
  });
  return rows.map(toSource);
}

/** Locks a source that must be configured; `source_archived` otherwise. */
export async function lockSource(
  tx: Transaction,
  tenant: TenantId,
  workspaceId: string,
  id: string,
  strength: LockStrength,
): Promise<Source> {
  await lock(tx, tenant, 'source', id, strength);
  const source = await findSource(tx, tenant, workspaceId, id);
  if (!source) throw new DomainError('not_found', 'There is no such source.');
  if (source.status === 'archived') {
    throw new DomainError(
      'source_archived',
      'The source is archived; what it gave can be read, nothing new started.',
    );
  }
  return source;
}

/** Archives a source for good and deletes its credential; `run_in_progress` while anything of it runs. */
export async function archiveSource(
  database: Database,
  tenant: TenantId,
  workspaceId: string,
  id: string,
  command: Command,
): Promise<Source> {
  return inTransaction(database, async (tx) => {
    await lockWorkspace(tx, tenant, workspaceId, 'write');
    await lockSource(tx, tenant, workspaceId, id, 'write');
    await refuseWhileRunning(tx, tenant, { sourceId: id });
    const row = await tx.source.update({
      where: { id },
      data: { status: 'archived', archivedAt: command.at, sealedSecret: null, version: { increment: 1 } },
      omit: withoutSecret,
    });
    await refreshWorkspaceStatus(tx, tenant, workspaceId);
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.source.archived',
      targets: { workspace_id: workspaceId, source_id: id },
      facts: { name: row.name },
    });
    return toSource(row);
  });
}

/**
 * Replaces the credential; `source_archived`. What is under way opens the new one with its next activity. What was
 * found of the former credential says nothing of this one; a check that runs begins anew by itself.
 */
export async function replaceSecret(
  database: Database,
  tenant: TenantId,
  workspaceId: string,
  id: string,
  sealedSecret: string,
  command: Command,
): Promise<Source> {
  return inTransaction(database, async (tx) => {
    await lockWorkspace(tx, tenant, workspaceId, 'rely');
    const source = await lockSource(tx, tenant, workspaceId, id, 'write');
    const outdated = source.verification?.status !== 'running';
    const row = await tx.source.update({
      where: { id },
      data: {
        sealedSecret,
        version: { increment: 1 },
        ...(outdated && { verification: Prisma.DbNull, verificationRunId: null }),
      },
      omit: withoutSecret,
    });
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.source.secret_rotated',
      targets: { workspace_id: workspaceId, source_id: id },
    });
    return toSource(row);
  });
}

/** The version of a source, which is another as soon as its credential is; null when there is no such source. */
export async function findSourceVersion(db: Executor, tenant: TenantId, id: string): Promise<number | null> {
  const row = await db.source.findFirst({ where: { tenantId: tenant, id }, select: { version: true } });
  return row?.version ?? null;
}

/** The sealed credential of a configured source, for the activity that opens it; null when there is none. */
export async function sealedSecretOf(
  db: Executor,
  tenant: TenantId,
  id: string,
): Promise<{ source: Source; sealed: string } | null> {
  const row = await db.source.findFirst({ where: { tenantId: tenant, id, status: 'configured' } });
  return row?.sealedSecret ? { source: toSource(row), sealed: row.sealedSecret } : null;
}
