// Small snapshots that are composed instead of collected: items with verdicts as a test wants them, in the database.
import { randomUUID } from 'node:crypto';
import type { CompatibilityClass, TargetContract } from '../../../domain/assessment.ts';
import type { ImpactMark } from '../../../domain/impactMarks.ts';
import { rulesMarked } from '../../../domain/impacts/marks.ts';
import type { Relation } from '../../../domain/inventory/common.ts';
import type { ItemType } from '../../../domain/inventory/itemTypes.ts';
import { classifierVersion } from '../../../platform/classifier.ts';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { completeAssessment, createAssessment } from '../../../prisma/store/assessments.ts';
import { saveJudgements, type JudgedItem } from '../../../prisma/store/verdicts.ts';
import { claim, commandOf, startCollecting, type Place } from './support.ts';

export interface ComposedItem {
  /** Its external id. */
  id: string;
  type: ItemType;
  class?: CompatibilityClass;
  contract?: TargetContract;
  vendorKind?: string;
  status?: string;
  /** A rule that carries each of these fires. */
  marks?: readonly ImpactMark[];
  rules?: readonly string[];
  normalized?: Prisma.InputJsonObject;
  /** External ids of other items, by relation. */
  refers?: Partial<Record<Relation, string>>;
}

export interface Composed {
  items?: readonly ComposedItem[];
  objects?: readonly { kind: string; id: string; data: Prisma.InputJsonObject }[];
  /** Collections that the credential was not permitted to read. */
  refused?: readonly string[];
}

/** The rule that carries a mark. */
export function ruleMarked(mark: ImpactMark): string {
  const [rule] = rulesMarked([mark]);
  if (rule === undefined) throw new Error(`no rule carries the mark ${mark}`);
  return rule;
}

const noEvidence = (): Prisma.InputJsonObject => ({ id: randomUUID(), index: 0, role: 'object' });

/** A completed snapshot that holds just this. */
export async function composeSnapshot(place: Place, composed: Composed) {
  const { database, tenant } = place;
  const { items = [], objects = [], refused = [] } = composed;
  const at = await startCollecting(place);
  const { id: snapshotId, run } = at.snapshot;
  const ids = new Map(items.map((item) => [`${item.type} ${item.id}`, randomUUID()]));
  const idOf = (external: string) =>
    [...ids].find(([key]) => key.slice(key.indexOf(' ') + 1) === external)?.[1] ?? null;
  const common = { tenantId: tenant, snapshotId, chainId: randomUUID(), pass: 1 };
  await database.inventoryItem.createMany({
    data: items.map((item) => ({
      ...common,
      id: ids.get(`${item.type} ${item.id}`) ?? '',
      itemType: item.type,
      sourceType: 'okta',
      externalId: item.id,
      name: `The ${item.type} ${item.id}`,
      status: item.status ?? null,
      vendorKind: item.vendorKind ?? 'KIND',
      normalized: item.normalized ?? {},
      fingerprint: '',
      evidence: [],
    })),
  });
  await database.itemRelation.createMany({
    data: items.flatMap((item) =>
      Object.entries(item.refers ?? {}).map(([relation, external]) => ({
        tenantId: tenant,
        snapshotId,
        fromItemId: ids.get(`${item.type} ${item.id}`) ?? '',
        relation,
        toExternalId: external,
        toItemId: idOf(external),
      })),
    ),
  });
  await database.sourceObject.createMany({
    data: objects.map(({ kind, id, data }) => ({
      ...common,
      id: randomUUID(),
      kind,
      parent: '',
      externalId: id,
      data,
      evidence: noEvidence(),
    })),
  });
  await database.collectionChain.createMany({
    data: refused.map((collection) => ({
      id: randomUUID(),
      tenantId: tenant,
      snapshotId,
      collection,
      key: '',
      path: '/',
      context: {},
      status: 'refused',
      refusal: {
        endpoint: '/',
        status: 403,
        code: null,
        meaning: 'not_permitted',
        message: 'No.',
        remedy: 'Permit it.',
        vendor_request_id: null,
      },
      updatedAt: new Date(),
    })),
  });
  await database.run.update({ where: { id: run.id }, data: { endedAt: new Date() } });
  const snapshot = await database.snapshot.update({
    where: { id: snapshotId },
    data: { status: 'completed', itemCount: items.length, summary: {} },
  });
  return { ...place, snapshot };
}

/** Assesses a composed snapshot with the verdicts that its items were composed with. */
export async function judgeComposed(
  at: Awaited<ReturnType<typeof composeSnapshot>>,
  composed: Composed,
): Promise<{ assessmentId: string }> {
  const { database, tenant, snapshot } = at;
  const assessment = await createAssessment(database, tenant, snapshot, classifierVersion, commandOf());
  const temporalRunId = await claim(at, assessment.run);
  const stored = await database.inventoryItem.findMany({
    where: { snapshotId: snapshot.id },
    select: { id: true, ordinal: true, itemType: true, externalId: true },
  });
  const judged = (composed.items ?? []).map((item): JudgedItem => {
    const row = stored.find((each) => each.itemType === item.type && each.externalId === item.id);
    if (!row) throw new Error(`no item ${item.id}`);
    const rules = [...(item.rules ?? []), ...(item.marks ?? []).map(ruleMarked)];
    return {
      itemId: row.id,
      ordinal: row.ordinal,
      itemType: item.type,
      judgement: {
        compatibility_class: item.class ?? 'native_import',
        target_contract: item.contract ?? 'none',
        operator_impact: 'none',
        user_impact: 'none',
        rule_ids: rules,
        evidence: {},
        lifts_to: null,
      },
    };
  });
  await saveJudgements(database, tenant, assessment.id, temporalRunId, judged);
  await completeAssessment(database, tenant, assessment.id, temporalRunId, new Date());
  return { assessmentId: assessment.id };
}
