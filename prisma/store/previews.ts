import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan, PreviewState, TargetChange } from '../../domain/plan.ts';
import type { PreviewWarning } from '../../domain/previewWarnings.ts';
import type { Run, RunFailure } from '../../domain/run.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import type { Prisma } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { json, jsonOrNull } from './json.ts';
import { lock } from './locks.ts';
import { findPlan, lockPlan, refuseEndedPlan } from './plans.ts';
import { assertHolds, createRun, endRun, findRun, toRun } from './runs.ts';

export interface Preview {
  id: string;
  planId: string;
  revision: number;
  state: PreviewState;
  changes: TargetChange[] | null;
  warnings: PreviewWarning[];
  mintedBy: Actor | null;
  mintedAt: Date | null;
  expiresAt: Date | null;
  finishedAt: Date | null;
  createdAt: Date;
  run: Run;
}

// What it covers is large and is wanted by nobody but whoever compares it.
const shape = {
  include: { run: true },
  omit: { covers: true, planFindings: true, sourceFindings: true },
} as const;
export type PreviewRow = Prisma.PreviewGetPayload<typeof shape>;

export const toPreview = (row: PreviewRow): Preview => ({
  id: row.id,
  planId: row.planId,
  revision: row.revision,
  state: row.state as PreviewState,
  changes: row.changes as unknown as TargetChange[] | null,
  warnings: (row.warnings as unknown as PreviewWarning[] | null) ?? [],
  mintedBy: row.mintedBy as Actor | null,
  mintedAt: row.mintedAt,
  expiresAt: row.expiresAt,
  finishedAt: row.finishedAt,
  createdAt: row.createdAt,
  run: toRun(row.run),
});

/** A result may be minted again for this long, so that a call that outlived its wait can fetch its token. */
const reusableMs = 60_000;

/**
 * Begins a preview of a plan, or returns the one that is running or that has just been finished for this revision.
 * `plan_not_built`, `apply_in_progress`, `plan_already_applied`, `retry_or_rebuild`, `handoff_not_ready`.
 */
export async function beginPreview(
  database: Database,
  tenant: TenantId,
  plan: Plan,
  command: Command,
): Promise<Preview> {
  return inTransaction(database, async (tx) => {
    const locked = await lockPlan(tx, tenant, plan, 'write');
    refuseEndedPlan(locked);
    if (!locked.builtAt || !locked.buildRun.endedAt) {
      throw new DomainError('plan_not_built', 'The plan is not built; wait for it, or build it again.');
    }
    const joined = await findJoinable(tx, locked, command.at);
    if (joined) return joined;
    const id = uuidv7();
    const run = await createRun(tx, tenant, {
      kind: 'preview',
      key: plan.id,
      resourceId: id,
      startedBy: command.actor,
      at: command.at,
    });
    const row = await tx.preview.create({
      data: {
        id,
        tenantId: tenant,
        planId: plan.id,
        runId: run.id,
        revision: locked.revision,
        state: 'running',
        createdAt: command.at,
      },
      ...shape,
    });
    return toPreview(row);
  });
}

async function findJoinable(tx: Transaction, plan: Plan, at: Date): Promise<Preview | null> {
  const row = await tx.preview.findFirst({
    where: {
      planId: plan.id,
      revision: plan.revision,
      OR: [
        { state: 'running' },
        { state: { in: ['ready', 'minted'] }, finishedAt: { gt: new Date(at.getTime() - reusableMs) } },
      ],
    },
    orderBy: { id: 'desc' },
    ...shape,
  });
  return row && toPreview(row);
}

export async function findPreview(db: Executor, tenant: TenantId, id: string): Promise<Preview | null> {
  const row = await db.preview.findFirst({ where: { tenantId: tenant, id }, ...shape });
  return row && toPreview(row);
}

/** The newest preview of a plan's revision. */
export async function latestPreview(
  db: Executor,
  tenant: TenantId,
  plan: Pick<Plan, 'id'>,
): Promise<Preview | null> {
  const row = await db.preview.findFirst({
    where: { tenantId: tenant, planId: plan.id },
    orderBy: { id: 'desc' },
    ...shape,
  });
  return row && toPreview(row);
}

/** Stores what a preview came to and ends its run; with changes it refuses, and the plan is a draft again. */
export async function endPreview(
  database: Database,
  tenant: TenantId,
  previewId: string,
  temporalRunId: string,
  result: { changes: readonly TargetChange[]; warnings: readonly PreviewWarning[] },
  at: Date,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    const preview = await holdPreview(tx, tenant, previewId, temporalRunId);
    const plan = await findPlan(tx, tenant, preview.planId);
    const refused = result.changes.length > 0;
    const superseded = plan?.revision !== preview.revision;
    await tx.preview.update({
      where: { id: previewId },
      data: {
        state: superseded ? 'superseded' : refused ? 'refused' : 'ready',
        changes: jsonOrNull(refused ? result.changes : null),
        warnings: json(result.warnings),
        finishedAt: at,
      },
    });
    // While an execution runs, the plan is what it was applied as.
    if (refused && plan?.status === 'previewed' && plan.activeExecutionId === null) {
      await tx.plan.update({ where: { id: plan.id }, data: { status: 'draft', version: { increment: 1 } } });
    }
    await endRun(tx, tenant, preview.run.id, { failure: null, at });
  });
}

/** The fence of every write of a preview: `execution_superseded`, `run_stopped`. */
export async function holdPreview(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  temporalRunId: string,
): Promise<Preview> {
  const known = await findPreview(tx, tenant, id);
  if (known) await lock(tx, tenant, 'plan', known.planId, 'write');
  const preview = await findPreview(tx, tenant, id);
  if (preview?.state !== 'running') {
    throw new DomainError('execution_superseded', 'The preview has ended; nothing was written.');
  }
  await lock(tx, tenant, 'run', preview.run.id, 'write');
  assertHolds(await findRun(tx, tenant, preview.run.id), temporalRunId, 'execution_superseded');
  return preview;
}

/** Ends a preview that could not be finished; one that has ended stays as it is. */
export async function failPreview(
  database: Database,
  tenant: TenantId,
  previewId: string,
  failure: RunFailure,
): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const known = await findPreview(tx, tenant, previewId);
    if (known) await lock(tx, tenant, 'plan', known.planId, 'write');
    const preview = await findPreview(tx, tenant, previewId);
    if (preview?.state !== 'running') {
      if (preview && !preview.run.endedAt) {
        await endRun(tx, tenant, preview.run.id, { failure, at: new Date(failure.at) });
      }
      return false;
    }
    const at = new Date(failure.at);
    await tx.preview.update({ where: { id: previewId }, data: { state: 'failed', finishedAt: at } });
    await endRun(tx, tenant, preview.run.id, { failure, at });
    return true;
  });
}

/**
 * Mints the token of a finished preview: the plan is `previewed` and any former token is dead. `plan_outdated` when
 * the preview refused or another revision was built meanwhile.
 */
export async function mintToken(
  database: Database,
  tenant: TenantId,
  plan: Plan,
  previewId: string,
  token: { hash: Uint8Array; expiresAt: Date },
  command: Command,
): Promise<Preview> {
  return inTransaction(database, async (tx) => {
    const locked = await lockPlan(tx, tenant, plan, 'write');
    refuseEndedPlan(locked);
    const preview = await findPreview(tx, tenant, previewId);
    if (
      !preview ||
      (preview.state !== 'ready' && preview.state !== 'minted') ||
      preview.revision !== locked.revision
    ) {
      throw new DomainError('plan_outdated', 'The target or the plan changed; build the plan again.', {
        members: { changes: preview?.changes ?? [] },
      });
    }
    await tx.preview.updateMany({
      where: { planId: plan.id, state: 'minted', id: { not: previewId } },
      data: { state: 'superseded' },
    });
    const row = await tx.preview.update({
      where: { id: previewId },
      data: {
        state: 'minted',
        tokenHash: new Uint8Array(token.hash),
        mintedBy: json(command.actor),
        mintedAt: command.at,
        expiresAt: token.expiresAt,
      },
      ...shape,
    });
    await tx.plan.update({
      where: { id: plan.id },
      data: { status: 'previewed', version: { increment: 1 } },
    });
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.cutover_plan.previewed',
      targets: { workspace_id: plan.workspaceId, plan_id: plan.id, preview_id: previewId },
      facts: { revision: locked.revision, expires_at: token.expiresAt.toISOString() },
    });
    return toPreview(row);
  });
}
