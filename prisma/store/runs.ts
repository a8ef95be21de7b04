import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../domain/access.ts';
import { DomainError, type ErrorCode } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import { workflowIdOf, type Run, type RunFailure, type RunKind } from '../../domain/run.ts';
import { violatedConstraint, type Executor, type Transaction } from '../client.ts';
import { json, jsonOrNull } from './json.ts';
import { lock } from './locks.ts';
import type { Run as RunRow } from '../generated/client.ts';

export function toRun(row: RunRow): Run {
  return {
    id: row.id,
    kind: row.kind as RunKind,
    resourceId: row.resourceId,
    workflowId: row.workflowId,
    runIds: row.runIds,
    startedBy: row.startedBy as Actor,
    startedAt: row.startedAt,
    claimedAt: row.claimedAt,
    stopRequestedAt: row.stopRequestedAt,
    endedAt: row.endedAt,
    failure: row.failure as RunFailure | null,
    mirroredAt: row.mirroredAt,
  };
}

/** What whoever loses a race for the same work is told: what whoever came later is told. */
const openRefusals: Readonly<Record<RunKind, [ErrorCode, string]>> = {
  collect: ['collection_in_progress', 'A collection of this source is running; wait for it or cancel it.'],
  verify: ['run_in_progress', 'The source is being verified; wait for it.'],
  assess: ['assessment_in_progress', 'An assessment of this snapshot is running; wait for it.'],
  refresh: ['run_in_progress', 'The overlaps are being looked at; wait for it.'],
  plan: ['run_in_progress', 'The plan is being built; wait for it.'],
  preview: ['run_in_progress', 'A preview of this plan is running; wait for it.'],
  apply: ['apply_in_progress', 'An execution of this plan is running; wait for it to end.'],
  rotate: ['run_in_progress', 'The secret is being rotated; wait for it.'],
};

/** Inserts the row that authorises a run; refuses, and the transaction fails, while the same work has an open one. */
export async function createRun(
  tx: Transaction,
  tenant: TenantId,
  run: { kind: RunKind; key: string; resourceId: string; startedBy: Actor; at: Date },
): Promise<Run> {
  try {
    const row = await tx.run.create({
      data: {
        id: uuidv7(),
        tenantId: tenant,
        kind: run.kind,
        resourceId: run.resourceId,
        workflowId: workflowIdOf(run.kind, run.key),
        startedBy: json(run.startedBy),
        startedAt: run.at,
      },
    });
    return toRun(row);
  } catch (error) {
    if (violatedConstraint(error) !== 'migration_runs_one_open_key') throw error;
    throw new DomainError(...openRefusals[run.kind], { cause: error });
  }
}

export async function findRun(db: Executor, tenant: TenantId, id: string): Promise<Run | null> {
  const row = await db.run.findFirst({ where: { tenantId: tenant, id } });
  return row && toRun(row);
}

/** The Temporal run that wants to act. */
export interface Claimant {
  workflowId: string;
  temporalRunId: string;
  /** The run that this one continues as new, if any. */
  continuedFrom: string | null;
}

/**
 * Claims a run's row for a Temporal run, before any effect. The first claimant of a fresh row gets it; after that
 * only the successor of the last claimant does. Anything else (a workflow started by hand, a row that has ended)
 * is `not_authorised`. Claiming again with the same run id changes nothing.
 */
export async function claimRun(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  claimant: Claimant,
  at: Date,
): Promise<Run> {
  await lock(tx, tenant, 'run', id, 'write');
  const run = await findRun(tx, tenant, id);
  if (!run || run.endedAt || run.workflowId !== claimant.workflowId) throw notAuthorised(claimant);
  const last = run.runIds.at(-1) ?? null;
  if (last === claimant.temporalRunId) return run;
  if (last !== claimant.continuedFrom) throw notAuthorised(claimant);
  const runIds = [...run.runIds, claimant.temporalRunId];
  await tx.run.update({ where: { id }, data: { runIds, claimedAt: run.claimedAt ?? at } });
  return { ...run, runIds, claimedAt: run.claimedAt ?? at };
}

/** What a run is told that no row speaks for. */
export const notAuthorised = (claimant: Claimant) =>
  new DomainError(
    'not_authorised',
    `Nothing authorises run ${claimant.temporalRunId} of ${claimant.workflowId}; long work is started through the API.`,
  );

/** Throws unless this Temporal run holds the row, the row is open and nobody asked for a stop. */
export function assertHolds(
  run: Run | null,
  temporalRunId: string,
  superseded: 'collection_superseded' | 'execution_superseded',
): asserts run is Run {
  if (!run || run.endedAt || run.runIds.at(-1) !== temporalRunId) {
    throw new DomainError(
      superseded,
      'Another run has taken over, or this one has ended; nothing was written.',
    );
  }
  if (run.stopRequestedAt) throw new DomainError('run_stopped', 'The run was asked to stop.');
}

/** Asks a run to stop: this row is the stop, whatever Temporal does. Returns whether it was still open. */
export async function requestStop(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  stop: { actor: Actor; at: Date },
): Promise<boolean> {
  await lock(tx, tenant, 'run', id, 'write');
  const changed = await tx.run.updateMany({
    where: { tenantId: tenant, id, endedAt: null, stopRequestedAt: null },
    data: { stopRequestedAt: stop.at, stopRequestedBy: json(stop.actor) },
  });
  if (changed.count > 0) return true;
  return (await tx.run.count({ where: { tenantId: tenant, id, endedAt: null } })) > 0;
}

/** Ends a run's row; its resource's status changes in the same transaction. */
export async function endRun(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  end: { failure: RunFailure | null; at: Date },
): Promise<void> {
  await tx.run.updateMany({
    where: { tenantId: tenant, id, endedAt: null },
    data: { endedAt: end.at, failure: jsonOrNull(end.failure) },
  });
}

/** Adds to a run's failure who ended it, where it was ended without knowing that. */
export async function noteIdentity(db: Executor, id: string, identity: string): Promise<void> {
  await db.$executeRaw`
    UPDATE "migration_runs" SET "failure" = jsonb_set("failure", '{identity}', to_jsonb(${identity}::text))
     WHERE "id" = ${id}::uuid AND "failure"->>'code' = 'run_stopped' AND "failure"->>'identity' IS NULL`;
}

/** Ids of the open runs that work on anything under a workspace or a source. */
export async function openRunsUnder(
  tx: Transaction,
  tenant: TenantId,
  parent: { workspaceId: string } | { sourceId: string },
): Promise<string[]> {
  const under = { tenantId: tenant, ...parent };
  const verified = 'sourceId' in parent ? { tenantId: tenant, id: parent.sourceId } : under;
  const refreshing = await tx.run.findMany({
    where: { tenantId: tenant, kind: 'refresh', endedAt: null },
    select: { resourceId: true },
  });
  const assessed = await tx.assessment.findMany({
    where: { ...under, id: { in: refreshing.map((row) => row.resourceId) } },
    select: { id: true },
  });
  const rotating = await tx.run.findMany({
    where: { tenantId: tenant, kind: 'rotate', endedAt: null },
    select: { resourceId: true },
  });
  const applied = await tx.step.findMany({
    where: { tenantId: tenant, plan: under, id: { in: rotating.map((row) => row.resourceId) } },
    select: { id: true },
  });
  const rows = await tx.run.findMany({
    where: {
      tenantId: tenant,
      endedAt: null,
      OR: [
        { verifiedSource: verified },
        { snapshot: under },
        { assessment: under },
        { planBuild: under },
        { preview: { plan: under } },
        { execution: { plan: under } },
        // A refresh works on an assessment that a run of its own has made.
        { kind: 'refresh', resourceId: { in: assessed.map((row) => row.id) } },
        { kind: 'rotate', resourceId: { in: applied.map((row) => row.id) } },
      ],
    },
    select: { id: true },
  });
  return rows.map((row) => row.id);
}
