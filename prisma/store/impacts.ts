import type { Actor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { HandoffBlocker } from '../../domain/handoff.ts';
import type { Audience, Impact, ImpactEvidence, Severity } from '../../domain/impacts.ts';
import type { TenantId } from '../../domain/ids.ts';
import { Prisma, type Database, type Executor, type Transaction } from '../client.ts';
import type { Impact as WholeRow } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import { lockWorkspace } from './workspaces.ts';

/** An impact's items are read by their own page. */
const withoutItems = { itemOrdinals: true } as const;
type ImpactRow = Omit<WholeRow, keyof typeof withoutItems>;

const toImpact = (row: ImpactRow): Impact => ({
  id: row.id,
  impactType: row.impactType,
  audience: row.audience as Audience,
  severity: row.severity as Severity,
  unavoidable: row.unavoidable,
  summary: row.summary,
  itemCount: row.itemCount,
  evidence: row.evidence as unknown as ImpactEvidence[],
  acknowledged:
    row.acknowledgedAt && row.acknowledgedBy
      ? { by: (row.acknowledgedBy as Actor).id, at: row.acknowledgedAt, note: row.note }
      : null,
});

/**
 * Takes over the acknowledgements of the source's former assessment, for impacts of the same type, audience and severity
 * whose items, and objects beside them, are the same at the incumbent. The caller holds the assessment, which is being completed.
 */
export async function carryAcknowledgements(
  tx: Transaction,
  tenant: TenantId,
  assessment: { id: string; workspaceId: string },
  formerId: string,
  command: Command,
): Promise<number> {
  const items = (impact: Prisma.Sql) => Prisma.sql`
    SELECT i."item_type", i."external_id" FROM "migration_assessments" a
     CROSS JOIN LATERAL unnest(${impact}."item_ordinals") AS o("ordinal")
     CROSS JOIN LATERAL (
       SELECT "item_type", "external_id" FROM "migration_inventory_items"
        WHERE "snapshot_id" = a."snapshot_id" AND "ordinal" = o."ordinal" OFFSET 0) i
     WHERE a."id" = ${impact}."assessment_id"`;
  const objects = (evidence: Prisma.Sql) => Prisma.sql`
    SELECT e->>'kind', e->>'external_id' FROM jsonb_array_elements(${evidence}) AS e WHERE e ? 'kind'`;
  const same = (one: Prisma.Sql, other: Prisma.Sql) =>
    Prisma.sql`NOT EXISTS ((${one} EXCEPT ${other}) UNION ALL (${other} EXCEPT ${one}))`;
  const [n, f] = [Prisma.sql`n`, Prisma.sql`f`];
  const rows = await tx.$queryRaw<
    { id: string; impact_type: string; audience: string; carried_from: string }[]
  >`
    UPDATE "migration_ocm_impacts" n
       SET "acknowledged_by" = f."acknowledged_by", "acknowledged_at" = f."acknowledged_at", "note" = f."note",
           "carried_from" = f."id"
      FROM "migration_ocm_impacts" f
     WHERE n."tenant_id" = ${tenant}::uuid AND n."assessment_id" = ${assessment.id}::uuid
       AND n."acknowledged_at" IS NULL
       AND f."tenant_id" = ${tenant}::uuid AND f."assessment_id" = ${formerId}::uuid
       AND f."acknowledged_at" IS NOT NULL
       AND f."impact_type" = n."impact_type" AND f."audience" = n."audience" AND f."severity" = n."severity"
       AND f."item_count" = n."item_count" AND ${same(items(n), items(f))}
       AND ${same(objects(Prisma.sql`n."evidence"`), objects(Prisma.sql`f."evidence"`))}
    RETURNING n."id", n."impact_type", n."audience", n."carried_from"`;
  if (rows.length > 0) {
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.ocm_impacts.acknowledged',
      targets: { workspace_id: assessment.workspaceId, assessment_id: assessment.id },
      facts: { impacts: rows.map(({ id, ...row }) => ({ impact_id: id, ...row })), carried_from: formerId },
    });
  }
  return rows.length;
}

/** All impacts of an assessment, gravest first. */
export async function listImpacts(db: Executor, tenant: TenantId, assessmentId: string): Promise<Impact[]> {
  const rows = await db.impact.findMany({
    where: { tenantId: tenant, assessmentId },
    omit: withoutItems,
    orderBy: { id: 'asc' },
  });
  const order: readonly Severity[] = ['critical', 'high', 'medium', 'low'];
  const rank = (row: ImpactRow) => order.indexOf(row.severity as Severity);
  return rows.sort((a, b) => rank(a) - rank(b)).map(toImpact);
}

export async function findImpact(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  id: string,
): Promise<Impact | null> {
  const row = await db.impact.findFirst({
    where: { tenantId: tenant, assessmentId, id },
    omit: withoutItems,
  });
  return row && toImpact(row);
}

export interface ImpactItemRow {
  itemId: string;
  ordinal: bigint;
  itemType: string;
  externalId: string;
  name: string;
  vendorKind: string;
}

/** The items of an impact by ordinal, from above `after`. */
export async function listImpactItems(
  db: Executor,
  tenant: TenantId,
  impactId: string,
  page: { after: bigint | null; limit: number },
): Promise<ImpactItemRow[]> {
  const wanted = await db.$queryRaw<{ snapshotId: string; ordinal: bigint }[]>`
    SELECT a."snapshot_id" AS "snapshotId", o."ordinal"
      FROM "migration_ocm_impacts" p
      JOIN "migration_assessments" a ON a."id" = p."assessment_id"
      CROSS JOIN LATERAL unnest(p."item_ordinals") AS o("ordinal")
     WHERE p."tenant_id" = ${tenant}::uuid AND p."id" = ${impactId}::uuid AND o."ordinal" > ${page.after ?? -1n}
     ORDER BY o."ordinal" LIMIT ${page.limit}`;
  const [first] = wanted;
  if (!first) return [];
  const rows = await db.inventoryItem.findMany({
    where: {
      tenantId: tenant,
      snapshotId: first.snapshotId,
      ordinal: { in: wanted.map((each) => each.ordinal) },
    },
    orderBy: { ordinal: 'asc' },
    select: { id: true, ordinal: true, itemType: true, externalId: true, name: true, vendorKind: true },
  });
  return rows.map(({ id, ...row }) => ({ itemId: id, ...row }));
}

/**
 * Acknowledges impacts. Without ids it is all that are not critical: a critical one needs its own id. One that was
 * acknowledged before keeps its first actor, time and note. `unknown_reference`, `workspace_archived`, or
 * `handoff_not_ready` while the assessment is not completed.
 */
export async function acknowledgeImpacts(
  database: Database,
  tenant: TenantId,
  assessment: { id: string; workspaceId: string },
  input: { impactIds: readonly string[] | null; note: string | null },
  command: Command,
): Promise<{ acknowledged: number }> {
  return inTransaction(database, async (tx) => {
    // What the request gets wrong is told before what the state forbids.
    if (input.impactIds) await requireImpacts(tx, tenant, assessment.id, input.impactIds);
    await lockWorkspace(tx, tenant, assessment.workspaceId, 'rely');
    await lock(tx, tenant, 'assessment', assessment.id, 'write');
    await requireCompleted(tx, assessment.id);
    const where = {
      tenantId: tenant,
      assessmentId: assessment.id,
      acknowledgedAt: null,
      ...(input.impactIds ? { id: { in: [...input.impactIds] } } : { severity: { not: 'critical' } }),
    };
    const rows = await tx.impact.updateManyAndReturn({
      where,
      data: { acknowledgedAt: command.at, acknowledgedBy: json(command.actor), note: input.note },
      select: { id: true, impactType: true, audience: true },
    });
    if (rows.length > 0) {
      await recordAudit(tx, tenant, {
        ...command,
        action: 'migration.ocm_impacts.acknowledged',
        targets: { workspace_id: assessment.workspaceId, assessment_id: assessment.id },
        facts: {
          impacts: rows.map((row) => ({
            impact_id: row.id,
            impact_type: row.impactType,
            audience: row.audience,
          })),
          note: input.note,
        },
      });
    }
    return { acknowledged: rows.length };
  });
}

/** `handoff_not_ready` unless an assessment is completed: nobody reviews what is not all there. */
export async function requireCompleted(tx: Transaction, id: string): Promise<void> {
  const { status } = await tx.assessment.findUniqueOrThrow({ where: { id }, select: { status: true } });
  if (status === 'completed') return;
  const blockers: HandoffBlocker[] = [{ code: 'assessment_not_completed', count: 1, ids: [id] }];
  throw new DomainError('handoff_not_ready', 'Only a completed assessment can be reviewed.', {
    members: { blockers },
  });
}

async function requireImpacts(
  tx: Transaction,
  tenant: TenantId,
  assessmentId: string,
  ids: readonly string[],
): Promise<void> {
  const found = await tx.impact.findMany({
    where: { tenantId: tenant, assessmentId, id: { in: [...ids] } },
    select: { id: true },
  });
  const known = new Set(found.map((row) => row.id));
  const errors = ids.flatMap((id, index) =>
    known.has(id)
      ? []
      : [{ pointer: `/impact_ids/${index}`, message: 'This assessment has no such impact.' }],
  );
  if (errors.length > 0) throw new DomainError('unknown_reference', 'An impact id is unknown.', { errors });
}

/** Impacts that still need somebody's acknowledgement. */
export async function unacknowledgedImpacts(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
): Promise<string[]> {
  const rows = await db.impact.findMany({
    where: { tenantId: tenant, assessmentId, acknowledgedAt: null },
    select: { id: true },
    orderBy: { id: 'asc' },
  });
  return rows.map((row) => row.id);
}
