import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { HandoffBlocker } from '../../domain/handoff.ts';
import {
  impactDefinitions,
  type Audience,
  type Impact,
  type ImpactDefinition,
  type ImpactSelection,
  type Severity,
} from '../../domain/impacts.ts';
import type { TenantId } from '../../domain/ids.ts';
import { Prisma, type Database, type Executor, type Transaction } from '../client.ts';
import type { Impact as ImpactRow } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import { lockWorkspace } from './workspaces.ts';

const toImpact = (row: ImpactRow): Impact => ({
  id: row.id,
  impactType: row.impactType,
  audience: row.audience as Audience,
  severity: row.severity as Severity,
  unavoidable: row.unavoidable,
  summary: row.summary,
  itemCount: row.itemCount,
  acknowledged:
    row.acknowledgedAt && row.acknowledgedBy
      ? { by: (row.acknowledgedBy as Actor).id, at: row.acknowledgedAt, note: row.note }
      : null,
});

/** Which judged items a selection names, as a condition on `migration_item_assessments` called a. */
function selectionSql(selection: ImpactSelection): Prisma.Sql {
  const parts: Prisma.Sql[] = [];
  if (selection.itemType) parts.push(Prisma.sql`a."item_type" = ${selection.itemType}`);
  if (selection.contract) parts.push(Prisma.sql`a."target_contract" = ${selection.contract}`);
  if (selection.classes)
    parts.push(Prisma.sql`a."compatibility_class" = ANY(${[...selection.classes]}::text[])`);
  if (selection.rules) parts.push(Prisma.sql`a."rule_ids" && ${[...selection.rules]}::text[]`);
  if (selection.relation) parts.push(relationSql(selection.relation));
  return parts.length === 0 ? Prisma.sql`true` : Prisma.join(parts, ' AND ');
}

/** Assignments that point at the item a, with their verdicts. */
const assignmentsOf = (relation: string, more: Prisma.Sql) => Prisma.sql`EXISTS (
  SELECT 1 FROM "migration_item_relations" r
    JOIN "migration_item_assessments" b ON b."item_id" = r."from_item_id" AND b."assessment_id" = a."assessment_id"
    JOIN "migration_inventory_items" i ON i."id" = b."item_id"
   WHERE r."to_item_id" = a."item_id" AND r."relation" = ${relation} AND b."item_type" = 'assignment' AND ${more})`;

const canBePlanned = Prisma.sql`b."compatibility_class" IN ('native_import', 'import_with_approximation')`;

function relationSql(relation: NonNullable<ImpactSelection['relation']>): Prisma.Sql {
  switch (relation) {
    case 'group_of_planned_assignment':
      return assignmentsOf('group', canBePlanned);
    case 'unreachable':
      return Prisma.sql`${assignmentsOf('application', Prisma.sql`coalesce(i."status", 'ACTIVE') IN ('ACTIVE', 'PROVISIONED')`)}
        AND NOT ${assignmentsOf('application', canBePlanned)}`;
  }
}

/** Writes an assessment's impacts from its verdicts: a row for each definition that any item supports. */
export async function writeImpacts(tx: Transaction, tenant: TenantId, assessmentId: string): Promise<number> {
  let written = 0;
  for (const definition of impactDefinitions) {
    const [found] = await tx.$queryRaw<{ items: bigint; critical: bigint }[]>`
      SELECT count(*) AS items,
             count(*) FILTER (WHERE ${definition.criticalWhen ? selectionSql(definition.criticalWhen) : Prisma.sql`false`})
               AS critical
        FROM "migration_item_assessments" a
       WHERE a."assessment_id" = ${assessmentId}::uuid AND ${selectionSql(definition.selection)}`;
    if (!found || found.items === 0n) continue;
    await writeImpact(tx, tenant, assessmentId, definition, Number(found.items), found.critical > 0n);
    written += 1;
  }
  return written;
}

async function writeImpact(
  tx: Transaction,
  tenant: TenantId,
  assessmentId: string,
  definition: ImpactDefinition,
  itemCount: number,
  critical: boolean,
): Promise<void> {
  const id = uuidv7();
  await tx.impact.create({
    data: {
      id,
      tenantId: tenant,
      assessmentId,
      impactType: definition.type,
      audience: definition.audience,
      severity: critical ? 'critical' : definition.severity,
      unavoidable: definition.unavoidable,
      summary: definition.summary(itemCount),
      itemCount,
    },
  });
  await tx.$executeRaw`
    INSERT INTO "migration_ocm_impact_items" ("impact_id", "item_id", "tenant_id", "ordinal")
    SELECT ${id}::uuid, a."item_id", a."tenant_id", a."ordinal" FROM "migration_item_assessments" a
     WHERE a."assessment_id" = ${assessmentId}::uuid AND ${selectionSql(definition.selection)}`;
}

/**
 * Takes over the acknowledgements of the source's former assessment, for impacts of the same type, audience and severity
 * whose items are the same at the incumbent. The caller holds the assessment, which is being completed.
 */
export async function carryAcknowledgements(
  tx: Transaction,
  tenant: TenantId,
  assessment: { id: string; workspaceId: string },
  formerId: string,
  command: Command,
): Promise<number> {
  const items = (impact: Prisma.Sql) => Prisma.sql`
    SELECT i."item_type", i."external_id" FROM "migration_ocm_impact_items" p
      JOIN "migration_inventory_items" i ON i."id" = p."item_id" WHERE p."impact_id" = ${impact}`;
  const [n, f] = [Prisma.sql`n."id"`, Prisma.sql`f."id"`];
  // As many items on both sides, and none that the other lacks.
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
       AND f."item_count" = n."item_count" AND NOT EXISTS (${items(n)} EXCEPT ${items(f)})
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
  const row = await db.impact.findFirst({ where: { tenantId: tenant, assessmentId, id } });
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
  const rows = await db.impactItem.findMany({
    where: { tenantId: tenant, impactId, ...(page.after === null ? {} : { ordinal: { gt: page.after } }) },
    orderBy: { ordinal: 'asc' },
    take: page.limit,
    include: { item: { select: { itemType: true, externalId: true, name: true, vendorKind: true } } },
  });
  return rows.map((row) => ({ itemId: row.itemId, ordinal: row.ordinal, ...row.item }));
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
