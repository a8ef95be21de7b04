import { v7 as uuidv7 } from 'uuid';
import { systemActor, type Actor } from '../../domain/access.ts';
import {
  compatibilityClasses,
  type Assessment,
  type AssessmentStatus,
  type AssessmentSummary,
  type CompatibilityClass,
} from '../../domain/assessment.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import type { RunFailure } from '../../domain/run.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import type { Prisma } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { carryAcknowledgements } from './impacts.ts';
import { writeImpacts } from './impactWriting.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import { carryDecisions } from './mergeDecisions.ts';
import { assertHolds, createRun, endRun, findRun, toRun } from './runs.ts';
import { lockSource } from './sources.ts';
import { lockWorkspace } from './workspaces.ts';

const withRun = { run: true } as const;
type AssessmentRow = Prisma.AssessmentGetPayload<{ include: typeof withRun }>;

const toAssessment = (row: AssessmentRow): Assessment => ({
  ...row,
  status: row.status as AssessmentStatus,
  summary: row.summary as AssessmentSummary | null,
  run: toRun(row.run),
});

/**
 * Creates an assessment of a completed snapshot and the row that authorises its run; `carryOver` takes over what people
 * did about the source's former one, where nothing has changed; `snapshot_not_completed`,
 * `assessment_in_progress`, `workspace_archived` or `source_archived`.
 */
export async function createAssessment(
  database: Database,
  tenant: TenantId,
  snapshot: { id: string; workspaceId: string; sourceId: string },
  classifierVersion: string,
  command: Command,
  carryOver = false,
): Promise<Assessment> {
  return inTransaction(database, async (tx) => {
    await lockWorkspace(tx, tenant, snapshot.workspaceId, 'rely');
    await lockSource(tx, tenant, snapshot.workspaceId, snapshot.sourceId, 'rely');
    await lock(tx, tenant, 'snapshot', snapshot.id, 'rely');
    const { status } = await tx.snapshot.findUniqueOrThrow({
      where: { id: snapshot.id },
      select: { status: true },
    });
    if (status !== 'completed') {
      throw new DomainError(
        'snapshot_not_completed',
        `Only a completed snapshot can be assessed; this one is ${status}.`,
      );
    }
    const running = await tx.assessment.count({ where: { snapshotId: snapshot.id, status: 'assessing' } });
    if (running > 0) {
      throw new DomainError(
        'assessment_in_progress',
        'An assessment of this snapshot is running; wait for it.',
      );
    }
    const id = uuidv7();
    const run = await createRun(tx, tenant, {
      kind: 'assess',
      key: snapshot.id,
      resourceId: id,
      startedBy: command.actor,
      at: command.at,
    });
    const row = await tx.assessment.create({
      data: {
        id,
        tenantId: tenant,
        workspaceId: snapshot.workspaceId,
        sourceId: snapshot.sourceId,
        snapshotId: snapshot.id,
        runId: run.id,
        status: 'assessing',
        classifierVersion,
        asOf: command.at,
        carryOver,
        createdAt: command.at,
      },
      include: withRun,
    });
    await keepKey(tx, tenant, command, { resourceId: id, runId: run.id });
    return toAssessment(row);
  });
}

export async function findAssessment(
  db: Executor,
  tenant: TenantId,
  id: string,
  parent: { workspaceId?: string } = {},
): Promise<Assessment | null> {
  const row = await db.assessment.findFirst({ where: { tenantId: tenant, id, ...parent }, include: withRun });
  return row && toAssessment(row);
}

/** Assessments of a workspace or of one snapshot, newest first, from below the id `before`. */
export async function listAssessments(
  db: Executor,
  tenant: TenantId,
  parent: { workspaceId: string; snapshotId?: string },
  page: { before: string | null; limit: number },
): Promise<Assessment[]> {
  const rows = await db.assessment.findMany({
    where: { tenantId: tenant, ...parent, ...(page.before === null ? {} : { id: { lt: page.before } }) },
    orderBy: { id: 'desc' },
    take: page.limit,
    include: withRun,
  });
  return rows.map(toAssessment);
}

/** The newest completed assessment of a source: the one that its plans are gated by. */
export async function latestCompletedAssessment(
  db: Executor,
  tenant: TenantId,
  sourceId: string,
): Promise<Assessment | null> {
  const row = await db.assessment.findFirst({
    where: { tenantId: tenant, sourceId, status: 'completed' },
    orderBy: { id: 'desc' },
    include: withRun,
  });
  return row && toAssessment(row);
}

/** The fence of every write of an assessment's run; `execution_superseded` or `run_stopped` otherwise. */
export async function holdAssessment(
  tx: Transaction,
  tenant: TenantId,
  assessmentId: string,
  temporalRunId: string,
  strength: 'rely' | 'write' = 'rely',
): Promise<Assessment> {
  await lock(tx, tenant, 'assessment', assessmentId, strength);
  const assessment = await findAssessment(tx, tenant, assessmentId);
  if (assessment?.status !== 'assessing') {
    throw new DomainError('execution_superseded', 'The assessment has ended; nothing was written.');
  }
  await lock(tx, tenant, 'run', assessment.run.id, strength);
  assertHolds(await findRun(tx, tenant, assessment.run.id), temporalRunId, 'execution_superseded');
  return assessment;
}

/**
 * Writes impacts and counts and turns the assessment `completed`, when every item of the snapshot was judged. One that
 * carries over takes what people did about the source's former assessment, where nothing has changed.
 */
export async function completeAssessment(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  temporalRunId: string,
  at: Date,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    const assessment = await holdAssessment(tx, tenant, assessmentId, temporalRunId, 'write');
    const summary = await summarize(tx, assessmentId);
    const items = await tx.snapshot.findUniqueOrThrow({
      where: { id: assessment.snapshotId },
      select: { itemCount: true },
    });
    if (summary.total !== items.itemCount) {
      throw new DomainError('assessment_failed', `${summary.total} of ${items.itemCount} items were judged.`);
    }
    const impacts = await writeImpacts(tx, tenant, assessmentId);
    const former = assessment.carryOver
      ? await latestCompletedAssessment(tx, tenant, assessment.sourceId)
      : null;
    if (former) {
      const command: Command = { actor: assessment.run.startedBy, at, requestId: null };
      await carryAcknowledgements(tx, tenant, assessment, former.id, command);
      await carryDecisions(tx, tenant, assessment, former.id, command);
    }
    await tx.assessment.update({
      where: { id: assessmentId },
      data: { status: 'completed', summary: json(summary) },
    });
    await endRun(tx, tenant, assessment.run.id, { failure: null, at });
    await recordAudit(tx, tenant, {
      action: 'migration.assessment.completed',
      actor: assessment.run.startedBy,
      targets: targetsOf(assessment),
      facts: { classifier_version: assessment.classifierVersion, by_class: summary.by_class, impacts },
      at,
    });
  });
}

async function summarize(tx: Transaction, assessmentId: string): Promise<AssessmentSummary> {
  const groups = await tx.itemAssessment.groupBy({
    by: ['itemType', 'compatibilityClass'],
    where: { assessmentId },
    _count: true,
  });
  const zeros = () =>
    Object.fromEntries(compatibilityClasses.map((each) => [each, 0])) as Record<CompatibilityClass, number>;
  const summary: AssessmentSummary = {
    total: 0,
    by_class: zeros(),
    by_item_type: Object.fromEntries(itemTypes.map((type) => [type, zeros()])),
  };
  for (const group of groups) {
    const outcome = group.compatibilityClass as CompatibilityClass;
    summary.total += group._count;
    summary.by_class[outcome] += group._count;
    const ofType = summary.by_item_type[group.itemType];
    if (ofType) ofType[outcome] += group._count;
  }
  return summary;
}

/** Turns an assessment `failed` unless it has ended: the row stays, its verdicts and overlaps go. */
export async function failAssessment(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  failure: RunFailure,
  actor: Actor = systemActor('worker'),
): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    await lock(tx, tenant, 'assessment', assessmentId, 'write');
    const assessment = await findAssessment(tx, tenant, assessmentId);
    if (assessment?.status !== 'assessing') return false;
    const at = new Date(failure.at);
    await tx.itemAssessment.deleteMany({ where: { assessmentId } });
    await tx.mergeDecision.deleteMany({ where: { assessmentId } });
    await tx.assessment.update({ where: { id: assessmentId }, data: { status: 'failed' } });
    await endRun(tx, tenant, assessment.run.id, { failure, at });
    await recordAudit(tx, tenant, {
      action: 'migration.assessment.failed',
      actor,
      targets: targetsOf(assessment),
      facts: { code: failure.code, message: failure.message },
      at,
    });
    return true;
  });
}

const targetsOf = (assessment: Assessment) => ({
  workspace_id: assessment.workspaceId,
  source_id: assessment.sourceId,
  snapshot_id: assessment.snapshotId,
  assessment_id: assessment.id,
});
