import type { Actor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { StoredItem } from '../../domain/inventory/item.ts';
import { mergeContracts, type MergeContract } from '../../domain/merge/decision.ts';
import type { Refreshed } from '../../domain/merge/stale.ts';
import type { Run, RunFailure } from '../../domain/run.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import { findAssessment, holdAssessment } from './assessments.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { requireCompleted } from './impacts.ts';
import { toItem } from './items.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import {
  appliedItems,
  decisionsOf,
  insertDecisions,
  refuseWhileApplied,
  reopenDecision,
  type FoundOverlap,
} from './mergeDecisions.ts';
import { requireMergeMode } from './mergeResolution.ts';
import { assertHolds, createRun, endRun, findRun, toRun } from './runs.ts';
import { lockSource } from './sources.ts';
import { lockWorkspace } from './workspaces.ts';

/** An item that would be created and may overlap with what is there. */
export interface MergeCandidate {
  item: StoredItem;
  contract: MergeContract;
}

/** Items of an assessment that can be planned and can overlap, by ordinal, from above `after`. */
export async function walkMergeCandidates(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  page: { after: bigint | null; limit: number },
): Promise<MergeCandidate[]> {
  const rows = await db.itemAssessment.findMany({
    where: {
      tenantId: tenant,
      assessmentId,
      compatibilityClass: { in: ['native_import', 'import_with_approximation'] },
      targetContract: { in: [...mergeContracts] },
      ...(page.after === null ? {} : { ordinal: { gt: page.after } }),
    },
    orderBy: { ordinal: 'asc' },
    take: page.limit,
    select: { targetContract: true, item: true },
  });
  return rows.map((row) => ({ item: toItem(row.item), contract: row.targetContract as MergeContract }));
}

/** Stores what a run of an assessment found, fenced; a second attempt doubles nothing. */
export async function saveOverlaps(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  temporalRunId: string,
  found: readonly FoundOverlap[],
): Promise<void> {
  await inTransaction(database, async (tx) => {
    await holdAssessment(tx, tenant, assessmentId, temporalRunId);
    await insertDecisions(tx, tenant, assessmentId, found);
  });
}

/** How far the looking for overlaps has come: the last ordinal with a row, or null. */
export async function lastOverlap(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
): Promise<bigint | null> {
  const last = await db.mergeDecision.aggregate({
    where: { tenantId: tenant, assessmentId },
    _max: { ordinal: true },
  });
  return last._max.ordinal;
}

/**
 * Begins another look at the target for an assessment's overlaps, or joins the one that runs. `merge_not_applicable`,
 * `workspace_archived`, `source_archived`, `handoff_not_ready` while the assessment is not completed,
 * `apply_in_progress`.
 */
export async function beginRefresh(
  database: Database,
  tenant: TenantId,
  assessment: { id: string; workspaceId: string; sourceId: string },
  command: Command,
): Promise<Run> {
  return inTransaction(database, async (tx) => {
    requireMergeMode(await lockWorkspace(tx, tenant, assessment.workspaceId, 'rely'));
    await lockSource(tx, tenant, assessment.workspaceId, assessment.sourceId, 'rely');
    await lock(tx, tenant, 'assessment', assessment.id, 'write');
    await requireCompleted(tx, assessment.id);
    await refuseWhileApplied(tx, tenant, assessment.id);
    const run =
      (await openRefresh(tx, tenant, assessment.id)) ??
      (await createRun(tx, tenant, {
        kind: 'refresh',
        key: assessment.id,
        resourceId: assessment.id,
        startedBy: command.actor,
        at: command.at,
      }));
    await keepKey(tx, tenant, command, { resourceId: assessment.id, runId: run.id });
    return run;
  });
}

async function openRefresh(db: Executor, tenant: TenantId, assessmentId: string): Promise<Run | null> {
  const row = await db.run.findFirst({
    where: { tenantId: tenant, kind: 'refresh', resourceId: assessmentId, endedAt: null },
  });
  return row && toRun(row);
}

/** The fence of every write of a refresh: `execution_superseded`, `run_stopped`, `apply_in_progress`. */
async function holdRefresh(
  tx: Transaction,
  tenant: TenantId,
  assessmentId: string,
  temporalRunId: string,
): Promise<Run> {
  await lock(tx, tenant, 'assessment', assessmentId, 'write');
  const open = await openRefresh(tx, tenant, assessmentId);
  if (!open) throw new DomainError('execution_superseded', 'The refresh has ended; nothing was written.');
  await lock(tx, tenant, 'run', open.id, 'write');
  assertHolds(await findRun(tx, tenant, open.id), temporalRunId, 'execution_superseded');
  await refuseWhileApplied(tx, tenant, assessmentId);
  return open;
}

/** What another look made of the rows of some items: overlaps that are new, and by item what has changed. */
export interface RefreshedBatch {
  found: readonly FoundOverlap[];
  changed: ReadonlyMap<string, Refreshed>;
}

/**
 * Stores what a refresh found, fenced. What has been applied stays as it was decided. A second attempt finds the rows as
 * the first one left them, and writes nothing of them again.
 */
export async function saveRefreshed(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  temporalRunId: string,
  batch: RefreshedBatch,
  at: Date,
): Promise<void> {
  if (batch.found.length === 0 && batch.changed.size === 0) return;
  await inTransaction(database, async (tx) => {
    const run = await holdRefresh(tx, tenant, assessmentId, temporalRunId);
    await insertDecisions(tx, tenant, assessmentId, batch.found);
    await writeChanged(tx, tenant, assessmentId, batch.changed, {
      actor: run.startedBy,
      at,
      requestId: null,
    });
  });
}

/**
 * Stores what a build or a preview found out about decisions: those that no longer hold are pending again. `hold` fences
 * the write by the run that looked and says in whose name it did; `apply_in_progress` while a plan of the assessment is
 * applied.
 */
export async function saveStale(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  hold: (tx: Transaction) => Promise<{ startedBy: Actor }>,
  changed: RefreshedBatch['changed'],
  at: Date,
): Promise<void> {
  if (changed.size === 0) return;
  await inTransaction(database, async (tx) => {
    await lock(tx, tenant, 'assessment', assessmentId, 'write');
    const { startedBy: actor } = await hold(tx);
    await refuseWhileApplied(tx, tenant, assessmentId);
    await writeChanged(tx, tenant, assessmentId, changed, { actor, at, requestId: null });
  });
}

async function writeChanged(
  tx: Transaction,
  tenant: TenantId,
  assessmentId: string,
  changed: RefreshedBatch['changed'],
  command: Command,
): Promise<void> {
  const assessment = await findAssessment(tx, tenant, assessmentId);
  if (!assessment) return;
  const items = [...changed.keys()];
  const applied = await appliedItems(tx, tenant, assessmentId, items);
  for (const decision of await decisionsOf(tx, tenant, assessmentId, items)) {
    const change = changed.get(decision.itemId);
    if (!change || applied.has(decision.itemId)) continue;
    // Somebody may have decided since it was compared: what was decided then is decided of what was there then.
    if (change.staleReason !== null && decision.status === 'resolved')
      await reopenDecision(tx, tenant, assessment, decision, change.staleReason, command);
    await tx.mergeDecision.update({
      where: { id: decision.id },
      data: {
        matchedResources: json(change.matched),
        similar: json(change.similar),
        version: { increment: 1 },
      },
    });
  }
}

/** Ends a refresh that looked at everything. */
export async function completeRefresh(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  temporalRunId: string,
  at: Date,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    const run = await holdRefresh(tx, tenant, assessmentId, temporalRunId);
    await endRun(tx, tenant, run.id, { failure: null, at });
  });
}

/** Ends a refresh that could not be finished; what it has written so far is true and stays. */
export async function failRefresh(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  runId: string,
  failure: RunFailure,
): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    await lock(tx, tenant, 'assessment', assessmentId, 'write');
    await lock(tx, tenant, 'run', runId, 'write');
    const run = await findRun(tx, tenant, runId);
    if (!run || run.endedAt) return false;
    await endRun(tx, tenant, runId, { failure, at: new Date(failure.at) });
    return true;
  });
}
