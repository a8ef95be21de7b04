import { v7 as uuidv7 } from 'uuid';
import { systemActor, type Actor } from '../../domain/access.ts';
import {
  compatibilityClasses,
  type Assessment,
  type AssessmentStatus,
  type AssessmentSummary,
  type CompatibilityClass,
  type Dependency,
  type Finding,
  type ImpactLevel,
  type TargetContract,
  type Verdict,
} from '../../domain/assessment.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import { itemTypes, type ItemType } from '../../domain/inventory/itemTypes.ts';
import type { RunFailure } from '../../domain/run.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import type { Prisma } from '../generated/client.ts';
import type { JudgedEnd } from '../../domain/rules/surroundings.ts';
import { recordAudit } from './audit.ts';
import { bulkInsert, type BulkTable } from './bulk.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { carryAcknowledgements } from './impacts.ts';
import { writeImpacts } from './impactWriting.ts';
import { typesOfPhase } from './items.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import { carryDecisions } from './mergeDecisions.ts';
import { assertHolds, createRun, endRun, findRun, toRun } from './runs.ts';
import { likeContains } from './search.ts';
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

export interface JudgedItem {
  itemId: string;
  ordinal: bigint;
  itemType: ItemType;
  verdict: Verdict;
}

interface VerdictInsert {
  id: string;
  tenant_id: string;
  assessment_id: string;
  item_id: string;
  ordinal: string;
  item_type: string;
  compatibility_class: string;
  target_contract: string;
  rationale: string;
  approximation_notes: readonly string[];
  blocked_reason: string | null;
  operator_impact: string;
  user_impact: string;
  findings: readonly Finding[];
  rule_ids: readonly string[];
  lifts_to: string | null;
  depends_on: readonly Dependency[];
}

const verdictTable: BulkTable<VerdictInsert> = {
  name: 'migration_item_assessments',
  columns: {
    id: 'uuid',
    tenant_id: 'uuid',
    assessment_id: 'uuid',
    item_id: 'uuid',
    ordinal: 'bigint',
    item_type: 'text',
    compatibility_class: 'text',
    target_contract: 'text',
    rationale: 'text',
    approximation_notes: 'jsonb',
    blocked_reason: 'text',
    operator_impact: 'text',
    user_impact: 'text',
    findings: 'jsonb',
    rule_ids: 'text[]',
    lifts_to: 'text',
    depends_on: 'jsonb',
  },
};

/** Stores verdicts, fenced; one that is there already stays, so that a second attempt doubles nothing. */
export async function saveVerdicts(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  temporalRunId: string,
  judged: readonly JudgedItem[],
): Promise<void> {
  const rows = judged.map(({ itemId, ordinal, itemType, verdict }) => ({
    id: uuidv7(),
    tenant_id: tenant,
    assessment_id: assessmentId,
    item_id: itemId,
    ordinal: String(ordinal),
    item_type: itemType,
    ...verdict,
    rule_ids: verdict.findings.map((finding) => finding.rule_id),
  }));
  await inTransaction(database, async (tx) => {
    await holdAssessment(tx, tenant, assessmentId, temporalRunId);
    await bulkInsert(tx, verdictTable, rows, 'ON CONFLICT ("assessment_id", "item_id") DO NOTHING');
  });
}

/** How far a run has come in a phase: the last ordinal judged, or null. */
export async function lastJudged(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  phase: 'first' | 'last',
): Promise<bigint | null> {
  const last = await db.itemAssessment.aggregate({
    where: {
      tenantId: tenant,
      assessmentId,
      itemType: { in: typesOfPhase(phase) },
    },
    _max: { ordinal: true },
  });
  return last._max.ordinal;
}

/** Verdicts of this run on given items, for those that depend on them. */
export async function verdictsOf(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  itemIds: readonly string[],
): Promise<Map<string, JudgedEnd>> {
  const rows = await db.itemAssessment.findMany({
    where: { tenantId: tenant, assessmentId, itemId: { in: [...itemIds] } },
    select: {
      itemId: true,
      compatibilityClass: true,
      ruleIds: true,
      item: { select: { name: true, vendorKind: true } },
    },
  });
  return new Map(
    rows.map(({ itemId, compatibilityClass, ruleIds, item }) => [
      itemId,
      { ...item, compatibilityClass: compatibilityClass as CompatibilityClass, ruleIds },
    ]),
  );
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

/** A judged item as it is read back. */
export interface AssessedItem {
  id: string;
  itemId: string;
  ordinal: bigint;
  itemType: ItemType;
  externalId: string;
  name: string;
  vendorKind: string;
  verdict: Verdict;
}

const withItem = { item: { select: { externalId: true, name: true, vendorKind: true } } } as const;
type VerdictRow = Prisma.ItemAssessmentGetPayload<{ include: typeof withItem }>;

export const toAssessedItem = (row: VerdictRow): AssessedItem => ({
  id: row.id,
  itemId: row.itemId,
  ordinal: row.ordinal,
  itemType: row.itemType as ItemType,
  ...row.item,
  verdict: {
    compatibility_class: row.compatibilityClass as CompatibilityClass,
    target_contract: row.targetContract as TargetContract,
    rationale: row.rationale,
    approximation_notes: row.approximationNotes as string[],
    blocked_reason: row.blockedReason,
    operator_impact: row.operatorImpact as ImpactLevel,
    user_impact: row.userImpact as ImpactLevel,
    findings: row.findings as unknown as Finding[],
    lifts_to: row.liftsTo as CompatibilityClass | null,
    depends_on: row.dependsOn as unknown as Dependency[],
  },
});

export interface AssessedItemFilter {
  compatibilityClass?: CompatibilityClass | undefined;
  itemType?: ItemType | undefined;
  ruleId?: string | undefined;
  search?: string | undefined;
}

/** An assessment's items by ordinal, from above `after`. A run that has not completed shows none. */
export async function listAssessedItems(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  page: { after: bigint | null; limit: number } & AssessedItemFilter,
): Promise<AssessedItem[]> {
  const where: Prisma.ItemAssessmentWhereInput = {
    tenantId: tenant,
    assessmentId,
    assessment: { status: 'completed' },
  };
  if (page.after !== null) where.ordinal = { gt: page.after };
  if (page.compatibilityClass) where.compatibilityClass = page.compatibilityClass;
  if (page.itemType) where.itemType = page.itemType;
  if (page.ruleId) where.ruleIds = { has: page.ruleId };
  if (page.search) {
    where.item = { OR: [{ name: likeContains(page.search) }, { externalId: likeContains(page.search) }] };
  }
  const rows = await db.itemAssessment.findMany({
    where,
    orderBy: { ordinal: 'asc' },
    take: page.limit,
    include: withItem,
  });
  return rows.map(toAssessedItem);
}

/** One judged item, by the inventory item's id. */
export async function findAssessedItem(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  itemId: string,
): Promise<AssessedItem | null> {
  const row = await db.itemAssessment.findFirst({
    where: { tenantId: tenant, assessmentId, itemId, assessment: { status: 'completed' } },
    include: withItem,
  });
  return row && toAssessedItem(row);
}

/** The judged items of a completed assessment that are these of its source, in no order. */
export async function findAssessedItems(
  db: Executor,
  tenant: TenantId,
  assessment: Pick<Assessment, 'id' | 'snapshotId'>,
  items: readonly { itemType: ItemType; externalId: string }[],
): Promise<AssessedItem[]> {
  const types = [...new Set(items.map((item) => item.itemType))];
  if (types.length === 0) return [];
  const found = await db.inventoryItem.findMany({
    where: {
      tenantId: tenant,
      snapshotId: assessment.snapshotId,
      OR: types.map((itemType) => ({
        itemType,
        externalId: { in: items.filter((item) => item.itemType === itemType).map((item) => item.externalId) },
      })),
    },
    select: { id: true },
  });
  const rows = await db.itemAssessment.findMany({
    where: {
      tenantId: tenant,
      assessmentId: assessment.id,
      itemId: { in: found.map((item) => item.id) },
      assessment: { status: 'completed' },
    },
    include: withItem,
  });
  return rows.map(toAssessedItem);
}
