import { v7 as uuidv7 } from 'uuid';
import { failsSnapshot } from '../../domain/collections/ledger.ts';
import { plannedClients, type Count, type ImpactDefinition } from '../../domain/impacts/definition.ts';
import { impactDefinitions } from '../../domain/impacts/definitions.ts';
import { tellImpact, type ReadObject, type Support, type ToldImpact } from '../../domain/impacts/tell.ts';
import type { ImpactEvidence } from '../../domain/impacts.ts';
import type { TenantId } from '../../domain/ids.ts';
import { Prisma, type Transaction } from '../client.ts';
import { bulkInsert, type BulkTable } from './bulk.ts';
import { readRefusals } from './chains.ts';
import { listObjects } from './items.ts';
import { layOutJudgedItems, selectedByAnySql, selectedSql } from './judgedItems.ts';

/** What is read once for all definitions. */
interface SnapshotSupport {
  objects: Readonly<Record<string, readonly ReadObject[]>>;
  unread: ReadonlySet<string>;
}

interface Telling {
  id: string;
  definition: ImpactDefinition;
  support: Support;
  told: ToldImpact;
}

interface ImpactInsert {
  id: string;
  tenant_id: string;
  assessment_id: string;
  impact_type: string;
  audience: string;
  severity: string;
  unavoidable: boolean;
  summary: string;
  item_count: number;
  evidence: readonly ImpactEvidence[];
}

const impactTable: BulkTable<ImpactInsert> = {
  name: 'migration_ocm_impacts',
  columns: {
    id: 'uuid',
    tenant_id: 'uuid',
    assessment_id: 'uuid',
    impact_type: 'text',
    audience: 'text',
    severity: 'text',
    unavoidable: 'boolean',
    summary: 'text',
    item_count: 'integer',
    evidence: 'jsonb',
  },
};

/**
 * Writes an assessment's impacts from its verdicts: a row for each definition that anything supports, with its items.
 * Once a transaction: what it lays out stays until that ends. Returns how many were written.
 */
export async function writeImpacts(tx: Transaction, tenant: TenantId, assessmentId: string): Promise<number> {
  const { snapshotId } = await tx.assessment.findUniqueOrThrow({
    where: { id: assessmentId },
    select: { snapshotId: true },
  });
  await layOutJudgedItems(tx, tenant, assessmentId);
  const snapshot = await readSupport(tx, tenant, snapshotId);
  const telling: Telling[] = [];
  for (const definition of impactDefinitions) {
    const support = await supportOf(tx, definition, snapshot);
    const told = tellImpact(definition, support);
    if (told) telling.push({ id: uuidv7(), definition, support, told });
  }
  await bulkInsert(
    tx,
    impactTable,
    telling.map(({ id, definition, support, told }) => ({
      id,
      tenant_id: tenant,
      assessment_id: assessmentId,
      impact_type: definition.type,
      audience: definition.audience,
      severity: told.severity,
      unavoidable: definition.unavoidable,
      summary: told.summary,
      item_count: support.items + (definition.beside ? besideCount(support) : 0),
      evidence: told.evidence,
    })),
  );
  for (const { id, definition } of telling) await writeItems(tx, tenant, id, definition);
  return telling.length;
}

const besideCount = ({ counts }: Support): number => counts.guarded ?? 0;

async function readSupport(tx: Transaction, tenant: TenantId, snapshotId: string): Promise<SnapshotSupport> {
  const kinds = [
    ...new Set(impactDefinitions.flatMap(({ objects = [] }) => objects.map((each) => each.kind))),
  ];
  const objects: Record<string, readonly ReadObject[]> = {};
  for (const kind of kinds) objects[kind] = await listObjects(tx, tenant, snapshotId, kind);
  const refusals = await readRefusals(tx, tenant, snapshotId);
  const unread = refusals.filter((refusal) => failsSnapshot(refusal.meaning));
  return { objects, unread: new Set(unread.map((refusal) => refusal.collection)) };
}

async function supportOf(
  tx: Transaction,
  definition: ImpactDefinition,
  { objects, unread }: SnapshotSupport,
): Promise<Support> {
  const { items, rises, counts = {}, numbers = {} } = definition;
  const listed = selectedByAnySql(items);
  const columns = [
    Prisma.sql`count(*) FILTER (WHERE ${listed}) AS "items"`,
    Prisma.sql`count(*) FILTER (WHERE ${listed} AND ${rises ? selectedSql(rises.when) : Prisma.sql`false`}) AS "raising"`,
    ...Object.entries(counts).flatMap(([name, count]) =>
      count ? Prisma.sql`${countSql(count, definition, listed)} AS ${nameSql(name)}` : [],
    ),
    ...Object.entries(numbers).flatMap(([name, of]) =>
      of
        ? Prisma.sql`count(DISTINCT j."principal") FILTER (WHERE ${selectedSql(of)}) AS ${nameSql(name)}`
        : [],
    ),
  ];
  const [found = {}] = await tx.$queryRaw<Record<string, bigint | null>[]>`
    SELECT ${Prisma.join(columns, ', ')} FROM "judged_items" j`;
  const number = (column: string) => Number(found[column] ?? 0);
  const names = [...Object.keys(counts), ...Object.keys(numbers)];
  return {
    items: number('items'),
    raising: number('raising'),
    counts: Object.fromEntries(names.map((name) => [name, number(`count_${name}`)])),
    objects,
    unread: (definition.unread ?? []).some((collection) => unread.has(collection)),
  };
}

/** Names of counts are the definitions' own, never what somebody sent. */
const nameSql = (name: string): Prisma.Sql => Prisma.raw(`"count_${name}"`);

function countSql(count: Count, definition: ImpactDefinition, listed: Prisma.Sql): Prisma.Sql {
  if (typeof count === 'object')
    return Prisma.sql`count(*) FILTER (WHERE ${listed} AND ${selectedSql(count)})`;
  switch (count) {
    case 'people':
      return Prisma.sql`count(DISTINCT j."principal") FILTER (WHERE ${listed})`;
    case 'applications':
      return Prisma.sql`count(DISTINCT j."application") FILTER (WHERE ${listed})`;
    case 'members':
      return Prisma.sql`(sum(j."members") FILTER (WHERE ${listed}))::bigint`;
    case 'guarded':
      return Prisma.sql`(SELECT count(*) FROM (${guardedSql(definition)}) AS guarded)`;
  }
}

/**
 * Planned applications that the policies of a definition guard: those that name one of them as their access policy
 * (Okta), and those that a conditional access policy names or does not leave out of all (Entra).
 */
function guardedSql({ items }: ImpactDefinition): Prisma.Sql {
  return Prisma.sql`
    WITH policies AS MATERIALIZED (
      SELECT j."item_id", i."normalized"->'conditions'->'applications'->'includeApplications' AS "included",
             coalesce(i."normalized"->'conditions'->'applications'->'excludeApplications', '[]') AS "excluded"
        FROM "judged_items" j JOIN "migration_inventory_items" i ON i."id" = j."item_id"
       WHERE j."item_type" = 'policy' AND ${selectedByAnySql(items)}
    ), clients AS MATERIALIZED (
      SELECT j."item_id", j."ordinal", to_jsonb(i."normalized"->'entra'->>'app_id') AS "app_id"
        FROM "judged_items" j JOIN "migration_inventory_items" i ON i."id" = j."item_id"
       WHERE ${selectedSql(plannedClients)} AND EXISTS (SELECT 1 FROM policies)
    )
    SELECT c."item_id", c."ordinal" FROM clients c
      JOIN "migration_item_relations" r ON r."from_item_id" = c."item_id" AND r."relation" = 'access_policy'
      JOIN policies p ON p."item_id" = r."to_item_id"
    UNION
    SELECT c."item_id", c."ordinal" FROM clients c
      JOIN policies p ON (p."included" @> '["All"]' OR p."included" @> c."app_id")
                     AND NOT p."excluded" @> c."app_id"
     WHERE c."app_id" IS NOT NULL`;
}

async function writeItems(
  tx: Transaction,
  tenant: TenantId,
  impactId: string,
  definition: ImpactDefinition,
): Promise<void> {
  const own = Prisma.sql`SELECT j."ordinal" FROM "judged_items" j WHERE ${selectedByAnySql(definition.items)}`;
  const beside = definition.beside
    ? Prisma.sql`UNION ALL SELECT b."ordinal" FROM (${guardedSql(definition)}) AS b`
    : Prisma.empty;
  await tx.$executeRaw`
    UPDATE "migration_ocm_impacts" SET "item_ordinals" = array(${own} ${beside} ORDER BY "ordinal")
     WHERE "tenant_id" = ${tenant}::uuid AND "id" = ${impactId}::uuid`;
}
