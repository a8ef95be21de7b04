import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import {
  workspaceStatusFor,
  type CreateWorkspace,
  type WorkspaceMode,
  type WorkspaceStatus,
} from '../../domain/workspace.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import type { Workspace as WorkspaceRow } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { json } from './json.ts';
import { lock, type LockStrength } from './locks.ts';
import { openRunsUnder } from './runs.ts';

export interface Workspace {
  id: string;
  tenantId: string;
  name: string;
  mode: WorkspaceMode;
  description: string | null;
  status: WorkspaceStatus;
  version: number;
  createdBy: Actor;
  createdAt: Date;
  archivedAt: Date | null;
}

export const toWorkspace = (row: WorkspaceRow): Workspace => ({
  ...row,
  mode: row.mode as WorkspaceMode,
  status: row.status as WorkspaceStatus,
  createdBy: row.createdBy as Actor,
});

/** Creates the tenant's workspace; `workspace_exists` when it has one that is not archived. */
export async function createWorkspace(
  database: Database,
  tenant: TenantId,
  input: CreateWorkspace,
  command: Command,
): Promise<Workspace> {
  return inTransaction(database, async (tx) => {
    const row = await tx.workspace.create({
      data: {
        id: uuidv7(),
        tenantId: tenant,
        name: input.name,
        mode: input.mode,
        description: input.description ?? null,
        status: workspaceStatusFor(0),
        createdBy: json(command.actor),
        createdAt: command.at,
      },
    });
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.workspace.created',
      targets: { workspace_id: row.id },
      facts: { name: row.name, mode: row.mode },
    });
    await keepKey(tx, tenant, command, { resourceId: row.id, runId: null });
    return toWorkspace(row);
  });
}

export async function findWorkspace(db: Executor, tenant: TenantId, id: string): Promise<Workspace | null> {
  const row = await db.workspace.findFirst({ where: { tenantId: tenant, id } });
  return row && toWorkspace(row);
}

/** A tenant's workspaces, newest first, from below the id `before`. */
export async function listWorkspaces(
  db: Executor,
  tenant: TenantId,
  page: { before: string | null; limit: number },
): Promise<Workspace[]> {
  const rows = await db.workspace.findMany({
    where: { tenantId: tenant, ...(page.before === null ? {} : { id: { lt: page.before } }) },
    orderBy: { id: 'desc' },
    take: page.limit,
  });
  return rows.map(toWorkspace);
}

/** Locks a workspace that must be alive; `workspace_archived` otherwise. */
export async function lockWorkspace(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  strength: LockStrength,
): Promise<Workspace> {
  await lock(tx, tenant, 'workspace', id, strength);
  const workspace = await findWorkspace(tx, tenant, id);
  if (!workspace) throw new DomainError('not_found', 'There is no such workspace.');
  if (workspace.status === 'archived') {
    throw new DomainError('workspace_archived', 'The workspace is archived; it can be read, not changed.');
  }
  return workspace;
}

/** Sets the status that follows from the sources, after one was added or archived; the caller holds the lock. */
export async function refreshWorkspaceStatus(
  tx: Transaction,
  tenant: TenantId,
  workspaceId: string,
): Promise<void> {
  const configured = await tx.source.count({
    where: { tenantId: tenant, workspaceId, status: 'configured' },
  });
  await tx.workspace.updateMany({
    where: { tenantId: tenant, id: workspaceId },
    data: { status: workspaceStatusFor(configured), version: { increment: 1 } },
  });
}

/** Archives a workspace for good; `run_in_progress` while anything under it runs. */
export async function archiveWorkspace(
  database: Database,
  tenant: TenantId,
  id: string,
  command: Command,
): Promise<Workspace> {
  return inTransaction(database, async (tx) => {
    const workspace = await lockWorkspace(tx, tenant, id, 'write');
    await refuseWhileRunning(tx, tenant, { workspaceId: id });
    const row = await tx.workspace.update({
      where: { id },
      data: { status: 'archived', archivedAt: command.at, version: { increment: 1 } },
    });
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.workspace.archived',
      targets: { workspace_id: id },
      facts: { name: workspace.name },
    });
    return toWorkspace(row);
  });
}

export async function refuseWhileRunning(
  tx: Transaction,
  tenant: TenantId,
  parent: { workspaceId: string } | { sourceId: string },
): Promise<void> {
  const open = await openRunsUnder(tx, tenant, parent);
  if (open.length > 0) {
    throw new DomainError(
      'run_in_progress',
      'A run is open; cancel it or wait for it to end, then archive.',
      {
        members: { run_ids: open },
      },
    );
  }
}
