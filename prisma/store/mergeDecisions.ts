import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import {
  mergeContractOf,
  type DecisionStatus,
  type FormerResolution,
  type MatchedResource,
  type MergeContract,
  type MergeDecision,
  type Resolution,
  type SimilarResource,
  type TargetOverrides,
} from '../../domain/merge/decision.ts';
import type { Overlap } from '../../domain/merge/overlap.ts';
import type { TargetChange } from '../../domain/plan.ts';
import { Prisma, type Executor, type Transaction } from '../client.ts';
import type { Prisma as PrismaTypes } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import { bulkInsert, type BulkTable } from './bulk.ts';
import type { Command } from './command.ts';
import { json } from './json.ts';

const withItem = {
  item: { select: { itemType: true, externalId: true, name: true, vendorKind: true } },
} as const;
type DecisionRow = PrismaTypes.MergeDecisionGetPayload<{ include: typeof withItem }>;

function toDecision(row: DecisionRow): MergeDecision {
  const itemType = row.item.itemType as ItemType;
  return {
    id: row.id,
    assessmentId: row.assessmentId,
    itemId: row.itemId,
    ordinal: row.ordinal,
    ...row.item,
    itemType,
    contract: contractOf(itemType),
    status: row.status as DecisionStatus,
    matchedResources: row.matchedResources as unknown as MatchedResource[],
    similar: row.similar as unknown as SimilarResource[],
    resolution: row.resolution as Resolution | null,
    matchedResourceId: row.matchedResourceId,
    targetOverrides: row.targetOverrides as unknown as TargetOverrides | null,
    allowShared: row.allowShared,
    note: row.note,
    resolved:
      row.resolvedBy && row.resolvedAt ? { by: (row.resolvedBy as Actor).id, at: row.resolvedAt } : null,
    staleReason: row.staleReason,
    carriedFrom: row.carriedFrom,
    history: row.history as unknown as FormerResolution[],
    version: row.version,
  };
}

function contractOf(itemType: ItemType): MergeContract {
  const contract = mergeContractOf(itemType);
  if (contract === null) throw new Error(`Nothing overlaps with a ${itemType}.`);
  return contract;
}

/** An overlap that was found, for the row that tells of it. */
export interface FoundOverlap extends Overlap {
  itemId: string;
  ordinal: bigint;
}

interface DecisionInsert {
  id: string;
  tenant_id: string;
  assessment_id: string;
  item_id: string;
  ordinal: string;
  status: string;
  matched_resources: readonly MatchedResource[];
  similar: readonly SimilarResource[];
}

const decisionTable: BulkTable<DecisionInsert> = {
  name: 'migration_merge_decisions',
  columns: {
    id: 'uuid',
    tenant_id: 'uuid',
    assessment_id: 'uuid',
    item_id: 'uuid',
    ordinal: 'bigint',
    status: 'text',
    matched_resources: 'jsonb',
    similar: 'jsonb',
  },
};

/** Writes a pending row for each overlap; an item that has one keeps it. The caller holds the assessment. */
export async function insertDecisions(
  tx: Transaction,
  tenant: TenantId,
  assessmentId: string,
  found: readonly FoundOverlap[],
): Promise<void> {
  const rows = found.map(({ itemId, ordinal, matched, similar }) => ({
    id: uuidv7(),
    tenant_id: tenant,
    assessment_id: assessmentId,
    item_id: itemId,
    ordinal: String(ordinal),
    status: 'pending',
    matched_resources: matched,
    similar,
  }));
  await bulkInsert(tx, decisionTable, rows, 'ON CONFLICT ("assessment_id", "item_id") DO NOTHING');
}

/** An assessment's decisions in the order of the inventory, from above `after`. A run that has not completed shows none. */
export async function listDecisions(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  page: { after: bigint | null; limit: number; status?: DecisionStatus | undefined },
): Promise<MergeDecision[]> {
  const rows = await db.mergeDecision.findMany({
    where: {
      tenantId: tenant,
      assessmentId,
      assessment: { status: 'completed' },
      ...(page.after === null ? {} : { ordinal: { gt: page.after } }),
      ...(page.status && { status: page.status }),
    },
    orderBy: { ordinal: 'asc' },
    take: page.limit,
    include: withItem,
  });
  return rows.map(toDecision);
}

export async function findDecision(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  id: string,
): Promise<MergeDecision | null> {
  const row = await db.mergeDecision.findFirst({
    where: { tenantId: tenant, assessmentId, id, assessment: { status: 'completed' } },
    include: withItem,
  });
  return row && toDecision(row);
}

/** The decisions on given items of an assessment. */
export async function decisionsOf(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  itemIds: readonly string[],
): Promise<MergeDecision[]> {
  const rows = await db.mergeDecision.findMany({
    where: { tenantId: tenant, assessmentId, itemId: { in: [...itemIds] } },
    orderBy: { ordinal: 'asc' },
    include: withItem,
  });
  return rows.map(toDecision);
}

/** Decisions that wait for somebody: how many, and the first hundred in the order of the inventory. */
export async function pendingDecisions(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
): Promise<{ count: number; ids: string[] }> {
  const where = { tenantId: tenant, assessmentId, status: 'pending' };
  const [count, rows] = await Promise.all([
    db.mergeDecision.count({ where }),
    db.mergeDecision.findMany({ where, orderBy: { ordinal: 'asc' }, take: 100, select: { id: true } }),
  ]);
  return { count, ids: rows.map((row) => row.id) };
}

/** How many decisions an assessment asks people for, and how many of them are still owed. */
export async function countDecisions(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
): Promise<{ pending: number; total: number }> {
  const rows = await db.mergeDecision.groupBy({
    by: ['status'],
    where: { tenantId: tenant, assessmentId },
    _count: true,
  });
  const count = (wanted: (status: string) => boolean) =>
    rows.filter((row) => wanted(row.status)).reduce((sum, row) => sum + row._count, 0);
  return { pending: count((status) => status === 'pending'), total: count(() => true) };
}

/** Steps of a plan whose decision is another than the one they were planned by, or came or went since; the first hundred. */
export async function decisionChanges(
  db: Executor,
  tenant: TenantId,
  plan: { id: string; assessmentId: string },
): Promise<TargetChange[]> {
  const rows = await db.$queryRaw<
    {
      id: string;
      item_id: string;
      was: number | null;
      resolution: string | null;
      stale_reason: string | null;
    }[]
  >`
    SELECT s."id", s."item_id", s."decision_version" AS was, d."resolution", d."stale_reason"
      FROM "migration_cutover_steps" s
      LEFT JOIN "migration_merge_decisions" d
        ON d."assessment_id" = ${plan.assessmentId}::uuid AND d."item_id" = s."item_id"
     WHERE s."tenant_id" = ${tenant}::uuid AND s."plan_id" = ${plan.id}::uuid AND s."status" <> 'applied'
       AND s."decision_version" IS DISTINCT FROM d."version"
     ORDER BY s."sequence" LIMIT 100`;
  return rows.map((row) => ({
    step_id: row.id,
    item_id: row.item_id,
    code: 'decision_changed',
    message: row.stale_reason ?? 'Something else was decided about it since the plan was built.',
    was: { decision_version: row.was },
    is: { resolution: row.resolution },
  }));
}

/** A resolution of a row as it is remembered when it no longer holds; none of a row that was never resolved. */
export function formerResolution(decision: MergeDecision, staleReason: string | null): FormerResolution[] {
  const { resolution, resolved } = decision;
  if (!resolution || !resolved) return [];
  return [
    {
      resolution,
      matched_resource_id: decision.matchedResourceId,
      target_overrides: decision.targetOverrides,
      allow_shared: decision.allowShared,
      note: decision.note,
      resolved: { by: resolved.by, at: resolved.at.toISOString() },
      stale_reason: staleReason,
    },
  ];
}

/** What every record of a decision names. */
export const decisionTargets = (
  assessment: { id: string; workspaceId: string },
  decision: { id: string; itemId: string },
) => ({
  workspace_id: assessment.workspaceId,
  assessment_id: assessment.id,
  merge_decision_id: decision.id,
  item_id: decision.itemId,
});

/** Makes a resolved decision pending again, and remembers what it was. The caller holds the assessment. */
export async function reopenDecision(
  tx: Transaction,
  tenant: TenantId,
  assessment: { id: string; workspaceId: string },
  decision: MergeDecision,
  staleReason: string,
  command: Command,
): Promise<void> {
  await tx.mergeDecision.update({
    where: { id: decision.id },
    data: {
      status: 'pending',
      resolution: null,
      matchedResourceId: null,
      targetOverrides: Prisma.DbNull,
      allowShared: false,
      note: null,
      resolvedBy: Prisma.DbNull,
      resolvedAt: null,
      carriedFrom: null,
      staleReason,
      history: json([...decision.history, ...formerResolution(decision, staleReason)]),
      version: { increment: 1 },
    },
  });
  await recordAudit(tx, tenant, {
    ...command,
    action: 'migration.merge_decision.reopened',
    targets: decisionTargets(assessment, decision),
    facts: { resolution: decision.resolution, stale_reason: staleReason },
  });
}

/**
 * Refuses while an execution runs on a plan of the assessment: what it was previewed with must stay until it has ended.
 * The caller holds the assessment, which whoever starts an execution relies on.
 */
export async function refuseWhileApplied(
  tx: Transaction,
  tenant: TenantId,
  assessmentId: string,
): Promise<void> {
  const active = await tx.plan.count({
    where: { tenantId: tenant, assessmentId, activeExecutionId: { not: null } },
  });
  if (active === 0) return;
  throw new DomainError(
    'apply_in_progress',
    'A plan of this assessment is being applied; wait for it to end.',
  );
}

/** Which of the items have been applied by a plan of the assessment: what was decided of them is final. */
export async function appliedItems(
  tx: Executor,
  tenant: TenantId,
  assessmentId: string,
  itemIds: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.step.findMany({
    where: { tenantId: tenant, itemId: { in: [...itemIds] }, status: 'applied', plan: { assessmentId } },
    select: { itemId: true },
  });
  return new Set(rows.map((row) => row.itemId));
}

interface CarriedRow {
  id: string;
  item_id: string;
  resolution: string;
  carried_from: string;
}

/**
 * Takes over what was decided in the source's former assessment, for items that are as they were and collide with what
 * they collided with, as that was. The caller holds the assessment, which is being completed.
 */
export async function carryDecisions(
  tx: Transaction,
  tenant: TenantId,
  assessment: { id: string; workspaceId: string },
  formerId: string,
  command: Command,
): Promise<number> {
  // A resource's number of members changes by itself, so the sets are compared by what they are made of.
  const same = ['$[*].resource_id', '$[*].fingerprint', '$[*].match_keys'].map(
    (path) => Prisma.sql`
      AND jsonb_path_query_array(d."matched_resources", ${path}::jsonpath)
        = jsonb_path_query_array(f."matched_resources", ${path}::jsonpath)`,
  );
  const rows = await tx.$queryRaw<CarriedRow[]>`
    UPDATE "migration_merge_decisions" d
       SET "status" = 'resolved', "resolution" = f."resolution", "matched_resource_id" = f."matched_resource_id",
           "target_overrides" = f."target_overrides", "allow_shared" = f."allow_shared", "note" = f."note",
           "resolved_by" = f."resolved_by", "resolved_at" = f."resolved_at", "carried_from" = f."id",
           "version" = d."version" + 1
      FROM "migration_inventory_items" i, "migration_merge_decisions" f, "migration_inventory_items" j
     WHERE d."tenant_id" = ${tenant}::uuid AND d."assessment_id" = ${assessment.id}::uuid AND d."status" = 'pending'
       AND i."id" = d."item_id"
       AND f."tenant_id" = ${tenant}::uuid AND f."assessment_id" = ${formerId}::uuid AND f."status" = 'resolved'
       AND j."id" = f."item_id" AND j."item_type" = i."item_type" AND j."external_id" = i."external_id"
       AND j."fingerprint" = i."fingerprint"
       ${Prisma.join(same, '')}
       AND jsonb_path_query_array(d."similar", '$[*].resource_id') = jsonb_path_query_array(f."similar", '$[*].resource_id')
    RETURNING d."id", d."item_id", d."resolution", d."carried_from"`;
  for (let from = 0; from < rows.length; from += 1000) {
    await recordAudit(
      tx,
      tenant,
      ...rows.slice(from, from + 1000).map((row) => ({
        ...command,
        action: 'migration.merge_decision.carried_over' as const,
        targets: decisionTargets(assessment, { id: row.id, itemId: row.item_id }),
        facts: { resolution: row.resolution, carried_from: row.carried_from },
      })),
    );
  }
  return rows.length;
}
