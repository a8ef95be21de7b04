import type { TenantId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { Database, Executor } from '../client.ts';
import { jsonOrNull } from './json.ts';
import { toRun } from './runs.ts';

/** A run's row with its tenant, for the one reader that looks across tenants. */
export interface UnmirroredRun {
  tenant: TenantId;
  run: Run;
}

/** Rows whose run is open, or ended without the mirror having seen its end; oldest first. */
export async function unmirroredRuns(db: Executor, limit: number): Promise<UnmirroredRun[]> {
  const rows = await db.run.findMany({
    where: { OR: [{ endedAt: null }, { mirroredAt: null }] },
    orderBy: { startedAt: 'asc' },
    take: limit,
  });
  return rows.map((row) => ({ tenant: row.tenantId as TenantId, run: toRun(row) }));
}

export interface MirroredRunRow {
  temporalRunId: string;
  workflowId: string;
  workflowType: string;
  run: UnmirroredRun;
  status: string;
  startedAt: Date | null;
  closedAt: Date | null;
  failure: object | null;
  closedBy: object | null;
  lastEventId: bigint;
}

export interface MirroredActivityRow {
  scheduledEventId: bigint;
  activityId: string;
  activityType: string;
  taskQueue: string;
  summary: string | null;
  status: string;
  attempt: number | null;
  worker: string | null;
  scheduledAt: Date;
  startedAt: Date | null;
  closedAt: Date | null;
  closedEventId: bigint | null;
  failure: object | null;
}

/** Stores what was read of a run's history. Keyed by run and event, so that reading it again changes nothing. */
export async function saveMirrored(
  database: Database,
  mirrored: MirroredRunRow,
  activities: readonly MirroredActivityRow[],
  at: Date,
): Promise<void> {
  const { temporalRunId, run, ...row } = mirrored;
  const data = {
    workflowId: row.workflowId,
    workflowType: row.workflowType,
    runId: run.run.id,
    tenantId: run.tenant,
    status: row.status,
    startedAt: row.startedAt,
    closedAt: row.closedAt,
    failure: jsonOrNull(row.failure),
    closedBy: jsonOrNull(row.closedBy),
    lastEventId: row.lastEventId,
    mirroredAt: at,
  };
  const writes = activities.map(({ scheduledEventId, failure, ...activity }) => {
    const fields = { ...activity, failure: jsonOrNull(failure) };
    return database.workflowActivity.upsert({
      where: { temporalRunId_scheduledEventId: { temporalRunId, scheduledEventId } },
      create: { temporalRunId, scheduledEventId, ...fields },
      update: fields,
    });
  });
  await database.$transaction([
    database.workflowRun.upsert({
      where: { temporalRunId },
      create: { temporalRunId, ...data },
      update: data,
    }),
    ...writes,
  ]);
}

/** Which of the Temporal runs the mirror has followed to their end. */
export async function followedToEnd(db: Executor, temporalRunIds: readonly string[]): Promise<Set<string>> {
  const rows = await db.workflowRun.findMany({
    where: { temporalRunId: { in: [...temporalRunIds] }, closedAt: { not: null } },
    select: { temporalRunId: true },
  });
  return new Set(rows.map((row) => row.temporalRunId));
}

/** Says that the mirror has seen a row's run to its end, or, while it is open, how far it has looked. */
export async function markMirrored(db: Executor, runId: string, at: Date): Promise<void> {
  await db.run.updateMany({ where: { id: runId }, data: { mirroredAt: at } });
}

export interface RunActivity extends MirroredActivityRow {
  temporalRunId: string;
}

/** What the mirror knows of the activities of a run's row, oldest first. */
export async function listMirroredActivities(
  db: Executor,
  tenant: TenantId,
  runId: string,
  limit: number,
): Promise<RunActivity[]> {
  const rows = await db.workflowActivity.findMany({
    where: { run: { runId, tenantId: tenant } },
    orderBy: [{ scheduledAt: 'asc' }, { scheduledEventId: 'asc' }],
    take: limit,
  });
  return rows.map((row) => ({ ...row, failure: row.failure as object | null }));
}
