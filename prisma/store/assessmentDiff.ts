import type { Assessment, CompatibilityClass, TargetContract } from '../../domain/assessment.ts';
import { causeBeside, type ChangeCause, type ComparedVerdict } from '../../domain/assessmentDiff.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { ChangeKind } from '../../domain/snapshotDiff.ts';
import { Prisma, type Executor } from '../client.ts';

type Side = Pick<Assessment, 'id' | 'snapshotId' | 'classifierVersion'>;

/** Two completed assessments of one source: how the verdicts of `assessment` differ from those of `against`. */
export interface ComparedAssessments {
  assessment: Side;
  against: Side;
}

/** An item that only one of the assessments judged, or that they judged differently. */
export interface VerdictChange {
  change: ChangeKind;
  itemType: ItemType;
  externalId: string;
  name: string;
  vendorKind: string;
  /** The item in the snapshot of the assessment; null for one that was removed. */
  itemId: string | null;
  /** The item in the snapshot of the other; null for one that was added. */
  againstItemId: string | null;
  before: ComparedVerdict | null;
  after: ComparedVerdict | null;
  /** Null for an item that was added or removed. */
  because: ChangeCause | null;
}

interface ChangedRow {
  item_type: ItemType;
  external_id: string;
  name: string;
  vendor_kind: string;
  is_id: string | null;
  was_id: string | null;
  same_item: boolean | null;
  is_class: CompatibilityClass | null;
  is_contract: TargetContract | null;
  is_rules: string[] | null;
  was_class: CompatibilityClass | null;
  was_contract: TargetContract | null;
  was_rules: string[] | null;
}

/** That two verdicts, of rows called a and b, differ. */
const differs = Prisma.sql`(a."compatibility_class" <> b."compatibility_class"
  OR a."target_contract" <> b."target_contract"
  OR NOT (a."rule_ids" @> b."rule_ids" AND a."rule_ids" <@ b."rule_ids"))`;

/**
 * Every item of an assessment's snapshot, called by the name i, w, … with its verdict a, b, … A completed assessment
 * has judged each item once.
 */
const judged = (side: Side, item: string, verdict: string): Prisma.Sql => {
  const i = Prisma.raw(item);
  const v = Prisma.raw(verdict);
  return Prisma.sql`"migration_inventory_items" ${i} JOIN "migration_item_assessments" ${v}
    ON ${v}."assessment_id" = ${side.id}::uuid AND ${v}."ordinal" = ${i}."ordinal"`;
};

/**
 * Changes in the order of item type and external id, from behind the item `after` of either snapshot. Both sides are
 * read in the order of an index, so that a page costs what it passes by.
 */
export async function listVerdictChanges(
  db: Executor,
  tenant: TenantId,
  compared: ComparedAssessments,
  page: {
    after: string | null;
    limit: number;
    change?: ChangeKind | undefined;
    itemType?: ItemType | undefined;
    because?: ChangeCause | undefined;
  },
): Promise<VerdictChange[]> {
  const { assessment, against } = compared;
  const { after, limit, change, itemType, because } = page;
  const start =
    after === null ? null : await positionOf(db, tenant, [assessment.snapshotId, against.snapshotId], after);
  const within = ({ snapshotId }: Side) => {
    const behind = start
      ? Prisma.sql`AND (i."item_type", i."external_id") > (${start.itemType}, ${start.externalId})`
      : Prisma.empty;
    const typed = itemType ? Prisma.sql`AND i."item_type" = ${itemType}` : Prisma.empty;
    return Prisma.sql`i."tenant_id" = ${tenant}::uuid AND i."snapshot_id" = ${snapshotId}::uuid ${behind} ${typed}`;
  };
  const wanted = (kind: ChangeKind) =>
    (change === undefined || change === kind) && (because === undefined || kind === 'changed');
  const branches = [
    wanted('changed') ? changed(compared, within(assessment), because, limit) : null,
    wanted('added') ? lacking(assessment, against, within(assessment), 'is', limit) : null,
    wanted('removed') ? lacking(against, assessment, within(against), 'was', limit) : null,
  ].filter((branch) => branch !== null);
  if (branches.length === 0) return [];
  const rows = await db.$queryRaw<ChangedRow[]>`
    SELECT * FROM (${Prisma.join(branches, ' UNION ALL ')}) AS changes
     ORDER BY "item_type", "external_id" LIMIT ${limit}`;
  return rows.map((row) => toChange(row, compared));
}

/** What both judged, and differently. */
function changed(
  { assessment, against }: ComparedAssessments,
  within: Prisma.Sql,
  because: ChangeCause | undefined,
  limit: number,
): Prisma.Sql {
  const cause = causeBeside(assessment, against);
  const asked =
    because === undefined
      ? Prisma.empty
      : because === 'item'
        ? Prisma.sql`AND i."fingerprint" <> w."fingerprint"`
        : because === cause
          ? Prisma.sql`AND i."fingerprint" = w."fingerprint"`
          : Prisma.sql`AND false`;
  return Prisma.sql`(
    SELECT i."item_type", i."external_id", i."name", i."vendor_kind",
           i."fingerprint" = w."fingerprint" AS "same_item",
           i."id" AS "is_id", a."compatibility_class" AS "is_class", a."target_contract" AS "is_contract",
           a."rule_ids" AS "is_rules",
           w."id" AS "was_id", b."compatibility_class" AS "was_class", b."target_contract" AS "was_contract",
           b."rule_ids" AS "was_rules"
      FROM ${judged(assessment, 'i', 'a')}
      JOIN "migration_inventory_items" w
        ON w."snapshot_id" = ${against.snapshotId}::uuid AND w."item_type" = i."item_type"
           AND w."external_id" = i."external_id"
      JOIN "migration_item_assessments" b ON b."assessment_id" = ${against.id}::uuid AND b."ordinal" = w."ordinal"
     WHERE ${within} AND ${differs} ${asked}
     ORDER BY i."item_type", i."external_id" LIMIT ${limit})`;
}

/** What one judged and the other's snapshot does not hold. */
function lacking(has: Side, lacks: Side, within: Prisma.Sql, side: 'is' | 'was', limit: number): Prisma.Sql {
  const columns = (name: 'is' | 'was') => {
    const named = (column: string) => Prisma.raw(`"${name}_${column}"`);
    return name === side
      ? Prisma.sql`i."id" AS ${named('id')}, a."compatibility_class" AS ${named('class')},
          a."target_contract" AS ${named('contract')}, a."rule_ids" AS ${named('rules')}`
      : Prisma.sql`NULL::uuid AS ${named('id')}, NULL::text AS ${named('class')},
          NULL::text AS ${named('contract')}, NULL::text[] AS ${named('rules')}`;
  };
  return Prisma.sql`(
    SELECT i."item_type", i."external_id", i."name", i."vendor_kind", NULL::boolean AS "same_item",
           ${columns('is')}, ${columns('was')}
      FROM ${judged(has, 'i', 'a')}
     WHERE ${within} AND NOT EXISTS (
       SELECT FROM "migration_inventory_items" n
        WHERE n."snapshot_id" = ${lacks.snapshotId}::uuid AND n."item_type" = i."item_type"
          AND n."external_id" = i."external_id")
     ORDER BY i."item_type", i."external_id" LIMIT ${limit})`;
}

async function positionOf(db: Executor, tenant: TenantId, snapshots: string[], id: string) {
  return db.inventoryItem.findFirst({
    where: { tenantId: tenant, id, snapshotId: { in: snapshots } },
    select: { itemType: true, externalId: true },
  });
}

function toChange(row: ChangedRow, { assessment, against }: ComparedAssessments): VerdictChange {
  const verdict = (
    compatibility: CompatibilityClass | null,
    contract: TargetContract | null,
    rules: string[] | null,
  ): ComparedVerdict | null =>
    compatibility && contract
      ? { compatibility_class: compatibility, rule_ids: rules ?? [], target_contract: contract }
      : null;
  return {
    change: row.was_id === null ? 'added' : row.is_id === null ? 'removed' : 'changed',
    itemType: row.item_type,
    externalId: row.external_id,
    name: row.name,
    vendorKind: row.vendor_kind,
    itemId: row.is_id,
    againstItemId: row.was_id,
    before: verdict(row.was_class, row.was_contract, row.was_rules),
    after: verdict(row.is_class, row.is_contract, row.is_rules),
    because: row.same_item === null ? null : row.same_item ? causeBeside(assessment, against) : 'item',
  };
}

/** How many items of both assessments became what; the causes add up to `changed`. */
export type VerdictChangeCounts = Record<ChangeKind | 'unchanged' | `because_${ChangeCause}`, number>;

/** Counts every item of both assessments once. */
export async function countVerdictChanges(
  db: Executor,
  tenant: TenantId,
  { assessment, against }: ComparedAssessments,
): Promise<VerdictChangeCounts> {
  const side = (of: Side) => Prisma.sql`(
    SELECT i."item_type", i."external_id", i."fingerprint", v."compatibility_class", v."target_contract", v."rule_ids"
      FROM ${judged(of, 'i', 'v')}
     WHERE i."tenant_id" = ${tenant}::uuid AND i."snapshot_id" = ${of.snapshotId}::uuid)`;
  const [row] = await db.$queryRaw<Record<'added' | 'removed' | 'item' | 'beside' | 'unchanged', bigint>[]>`
    SELECT count(*) FILTER (WHERE b."fingerprint" IS NULL) AS added,
           count(*) FILTER (WHERE a."fingerprint" IS NULL) AS removed,
           count(*) FILTER (WHERE ${differs} AND a."fingerprint" <> b."fingerprint") AS item,
           count(*) FILTER (WHERE ${differs} AND a."fingerprint" = b."fingerprint") AS beside,
           count(*) FILTER (WHERE NOT ${differs}) AS unchanged
      FROM ${side(assessment)} AS a FULL JOIN ${side(against)} AS b USING ("item_type", "external_id")`;
  const { added, removed, item, beside, unchanged } = row ?? {};
  const cause = causeBeside(assessment, against);
  const because = (each: Exclude<ChangeCause, 'item'>) => (each === cause ? Number(beside ?? 0) : 0);
  return {
    added: Number(added ?? 0),
    removed: Number(removed ?? 0),
    changed: Number(item ?? 0) + Number(beside ?? 0),
    unchanged: Number(unchanged ?? 0),
    because_item: Number(item ?? 0),
    because_rules: because('rules'),
    because_dependency: because('dependency'),
    because_time: because('time'),
  };
}
