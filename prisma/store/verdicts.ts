import type {
  Assessment,
  CompatibilityClass,
  Dependency,
  ImpactLevel,
  Judgement,
  RuleWords,
  TargetContract,
  Verdict,
} from '../../domain/assessment.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import { dependenciesOf } from '../../domain/rules/subject.ts';
import type { JudgedEnd } from '../../domain/rules/surroundings.ts';
import { tellVerdict } from '../../domain/rules/tell.ts';
import type { Database, Executor } from '../client.ts';
import type { Prisma } from '../generated/client.ts';
import { holdAssessment } from './assessments.ts';
import { bulkInsert, type BulkTable } from './bulk.ts';
import { inTransaction } from './constraints.ts';
import { findRelations, typesOfPhase } from './items.ts';
import { likeContains } from './search.ts';

const wordsTable: BulkTable<RuleWords> = {
  name: 'migration_assessment_rules',
  columns: {
    rule_id: 'text',
    outcome: 'text',
    text: 'text',
    remedy: 'text',
    document: 'text',
    fields: 'jsonb',
  },
};

/** Stores the words of the rules that a run judges by, fenced; what it has already stored stays. */
export async function saveRuleWords(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  temporalRunId: string,
  words: readonly RuleWords[],
): Promise<void> {
  await inTransaction(database, async (tx) => {
    await holdAssessment(tx, tenant, assessmentId, temporalRunId);
    await bulkInsert(tx, wordsTable, words, 'ON CONFLICT DO NOTHING', {
      tenant_id: tenant,
      assessment_id: assessmentId,
    });
  });
}

export interface JudgedItem {
  itemId: string;
  ordinal: bigint;
  itemType: ItemType;
  judgement: Judgement;
}

interface JudgementInsert extends Omit<Judgement, 'rule_ids'> {
  item_id: string;
  ordinal: string;
  item_type: string;
  rule_ids: readonly string[];
}

const judgementTable: BulkTable<JudgementInsert> = {
  name: 'migration_item_assessments',
  columns: {
    item_id: 'uuid',
    ordinal: 'bigint',
    item_type: 'text',
    compatibility_class: 'text',
    target_contract: 'text',
    operator_impact: 'text',
    user_impact: 'text',
    rule_ids: 'text[]',
    evidence: 'jsonb',
    lifts_to: 'text',
  },
};

/** Stores judgements, fenced; one that is there already stays, so that a second attempt doubles nothing. */
export async function saveJudgements(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  temporalRunId: string,
  judged: readonly JudgedItem[],
): Promise<void> {
  const rows = judged.map(({ itemId, ordinal, itemType, judgement }) => ({
    item_id: itemId,
    ordinal: String(ordinal),
    item_type: itemType,
    ...judgement,
  }));
  await inTransaction(database, async (tx) => {
    await holdAssessment(tx, tenant, assessmentId, temporalRunId);
    await bulkInsert(tx, judgementTable, rows, 'ON CONFLICT ("assessment_id", "ordinal") DO NOTHING', {
      tenant_id: tenant,
      assessment_id: assessmentId,
    });
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

/** What this run judged of given items, for those that depend on them. */
export async function judgedEnds(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  itemIds: readonly string[],
): Promise<Map<string, JudgedEnd>> {
  if (itemIds.length === 0) return new Map();
  const rows = await db.$queryRaw<(JudgedEnd & { itemId: string })[]>`
    SELECT a."item_id" AS "itemId", a."compatibility_class" AS "compatibilityClass", a."rule_ids" AS "ruleIds",
           i."name", i."vendor_kind" AS "vendorKind"
      FROM unnest(${[...itemIds]}::uuid[]) AS wanted("id")
     CROSS JOIN LATERAL (
       SELECT "ordinal", "name", "vendor_kind" FROM "migration_inventory_items"
        WHERE "id" = wanted."id" AND "tenant_id" = ${tenant}::uuid OFFSET 0) i
     CROSS JOIN LATERAL (
       SELECT "item_id", "compatibility_class", "rule_ids" FROM "migration_item_assessments"
        WHERE "assessment_id" = ${assessmentId}::uuid AND "ordinal" = i."ordinal" OFFSET 0) a`;
  return new Map(rows.map(({ itemId, ...end }) => [itemId, end]));
}

/** A judged item as it is read back. */
export interface AssessedItem {
  itemId: string;
  ordinal: bigint;
  itemType: ItemType;
  externalId: string;
  name: string;
  vendorKind: string;
  verdict: Verdict;
}

const withItem = { item: { select: { externalId: true, name: true, vendorKind: true } } } as const;
type JudgementRow = Prisma.ItemAssessmentGetPayload<{ include: typeof withItem }>;

/** Tells what is stored of these items in the words of their assessment's rules. */
async function toAssessedItems(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  rows: readonly JudgementRow[],
): Promise<AssessedItem[]> {
  if (rows.length === 0) return [];
  const [words, relations] = await Promise.all([
    findWords(db, tenant, assessmentId, [...new Set(rows.flatMap((row) => row.ruleIds))]),
    findRelations(
      db,
      tenant,
      rows.map((row) => row.itemId),
    ),
  ]);
  const dependencies = new Map<string, Dependency[]>();
  for (const relation of relations) {
    const known = dependencies.get(relation.fromItemId) ?? [];
    dependencies.set(relation.fromItemId, [...known, ...dependenciesOf([relation])]);
  }
  return rows.map((row) => ({
    itemId: row.itemId,
    ordinal: row.ordinal,
    itemType: row.itemType as ItemType,
    ...row.item,
    verdict: tellVerdict(toJudgement(row), words, dependencies.get(row.itemId) ?? []),
  }));
}

const toJudgement = (row: JudgementRow): Judgement => ({
  compatibility_class: row.compatibilityClass as CompatibilityClass,
  target_contract: row.targetContract as TargetContract,
  operator_impact: row.operatorImpact as ImpactLevel,
  user_impact: row.userImpact as ImpactLevel,
  rule_ids: row.ruleIds,
  evidence: row.evidence as Record<string, unknown>,
  lifts_to: row.liftsTo as CompatibilityClass | null,
});

async function findWords(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  ruleIds: string[],
): Promise<Map<string, RuleWords>> {
  const rows = await db.assessmentRule.findMany({
    where: { tenantId: tenant, assessmentId, ruleId: { in: ruleIds } },
  });
  return new Map(
    rows.map(({ ruleId, outcome, text, remedy, document, fields }) => [
      ruleId,
      {
        rule_id: ruleId,
        outcome: outcome as CompatibilityClass | null,
        text,
        remedy,
        document,
        fields: fields as unknown as RuleWords['fields'],
      },
    ]),
  );
}

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
  return toAssessedItems(db, tenant, assessmentId, rows);
}

/** One judged item, by the inventory item's id. */
export async function findAssessedItem(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
  itemId: string,
): Promise<AssessedItem | null> {
  const item = await db.inventoryItem.findFirst({
    where: {
      tenantId: tenant,
      id: itemId,
      snapshot: { assessments: { some: { id: assessmentId, status: 'completed' } } },
    },
    select: { ordinal: true },
  });
  const row =
    item &&
    (await db.itemAssessment.findFirst({
      where: { tenantId: tenant, assessmentId, ordinal: item.ordinal },
      include: withItem,
    }));
  const [found = null] = await toAssessedItems(db, tenant, assessmentId, row ? [row] : []);
  return found;
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
    select: { ordinal: true },
  });
  const rows = await db.itemAssessment.findMany({
    where: {
      tenantId: tenant,
      assessmentId: assessment.id,
      ordinal: { in: found.map((item) => item.ordinal) },
      assessment: { status: 'completed' },
    },
    include: withItem,
  });
  return toAssessedItems(db, tenant, assessment.id, rows);
}
