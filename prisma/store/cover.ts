import type { TenantId } from '../../domain/ids.ts';
import type { Plan, TargetChange } from '../../domain/plan.ts';
import {
  coverDifferences,
  type CoverDifference,
  type CoveredDecision,
  type StoredCover,
} from '../../domain/previewCover.ts';
import { classifierVersion } from '../../platform/classifier.ts';
import type { Executor } from '../client.ts';

/** Reads what a preview token vouches for, as far as the database alone can tell. */
export async function readCover(
  db: Executor,
  tenant: TenantId,
  plan: Pick<Plan, 'id' | 'revision' | 'assessmentId'>,
): Promise<StoredCover> {
  const [acknowledged, decisions, steps] = await Promise.all([
    db.impact.findMany({
      where: { tenantId: tenant, assessmentId: plan.assessmentId, acknowledgedAt: { not: null } },
      orderBy: { id: 'asc' },
      select: { id: true },
    }),
    db.$queryRaw<{ covered: Record<string, CoveredDecision> | null }[]>`
      SELECT jsonb_object_agg("item_id", jsonb_build_object(
               'resolution', "resolution", 'matched_resource_id', "matched_resource_id", 'version', "version")) AS covered
        FROM "migration_merge_decisions"
       WHERE "tenant_id" = ${tenant}::uuid AND "assessment_id" = ${plan.assessmentId}::uuid`,
    db.$queryRaw<{ covered: Record<string, string> | null }[]>`
      SELECT jsonb_object_agg("id", "action" || ' ' || "disposition" || ' ' || left(encode(sha256(convert_to(
               jsonb_build_array("target_contract", "target_payload", "target_keys", "binding", "depends_on")::text,
               'UTF8')), 'base64'), 22)) AS covered
        FROM "migration_cutover_steps"
       WHERE "tenant_id" = ${tenant}::uuid AND "plan_id" = ${plan.id}::uuid`,
  ]);
  return {
    revision: plan.revision,
    assessment_id: plan.assessmentId,
    classifier_version: classifierVersion,
    acknowledgements: acknowledged.map(({ id }) => id),
    decisions: decisions[0]?.covered ?? {},
    steps: steps[0]?.covered ?? {},
  };
}

/** Changes that a refusal lists; more of them tell nobody more. */
const mostChanges = 100;

/** What a preview vouched for and is no longer so, item by item with what was and what is; the first hundred. */
export async function coverChanges(
  db: Executor,
  tenant: TenantId,
  plan: Pick<Plan, 'id'>,
  was: StoredCover,
  is: StoredCover,
): Promise<TargetChange[]> {
  const differences = coverDifferences(was, is).slice(0, mostChanges);
  if (differences.length === 0) return [];
  const ids = (of: CoverDifference['of']) =>
    differences.flatMap((each) => (each.of === of && each.id !== null ? [each.id] : []));
  const [steps, impacts] = await Promise.all([
    db.step.findMany({
      where: {
        tenantId: tenant,
        planId: plan.id,
        OR: [{ id: { in: ids('step') } }, { itemId: { in: ids('decision') } }],
      },
      select: { id: true, itemId: true, item: { select: { name: true } } },
    }),
    db.impact.findMany({
      where: { tenantId: tenant, id: { in: ids('acknowledgement') } },
      select: { id: true, summary: true },
    }),
  ]);
  const summaries = new Map(impacts.map(({ id, summary }) => [id, summary]));
  return differences.map((difference) => {
    const { of, id, was: before, is: now } = difference;
    const step = steps.find((each) => each.id === id || each.itemId === id);
    const name = step?.item.name ?? summaries.get(id ?? '') ?? '';
    return {
      step_id: step?.id ?? null,
      item_id: step?.itemId ?? null,
      code: `${of}_changed`,
      message: sentences[of](name, difference),
      was: of === 'acknowledgement' ? { impact_id: id, acknowledged: before !== null } : before,
      is: of === 'acknowledgement' ? { impact_id: id, acknowledged: now !== null } : now,
    };
  });
}

const resolutionOf = (decision: unknown): string =>
  (decision as CoveredDecision | null)?.resolution ?? 'undecided';

const actionOf = (step: unknown): string => {
  const { action, disposition } = (step ?? { action: 'none', disposition: 'gone' }) as Record<string, string>;
  return action === 'none' ? String(disposition) : String(action);
};

const sentences: Readonly<
  Record<CoverDifference['of'], (name: string, difference: CoverDifference) => string>
> = {
  revision: () => 'The plan was built again after the preview.',
  assessment_id: () => 'The plan goes by another assessment than the preview did.',
  classifier_version: (_, { was, is }) =>
    `The rules are others than those that the preview went by: ${String(was)} then, ${String(is)} now.`,
  acknowledgement: (name, { is }) =>
    `The impact \u201c${name}\u201d was ${is === null ? 'no longer acknowledged' : 'acknowledged'} after the preview.`,
  decision: (name, { was, is }) =>
    `It was decided otherwise about \u201c${name}\u201d after the preview: ${resolutionOf(was)} then, ${resolutionOf(is)} now.`,
  step: (name, { was, is }) =>
    actionOf(was) === actionOf(is)
      ? `What ${actionOf(is)} writes of \u201c${name}\u201d is no longer what was previewed.`
      : `What becomes of \u201c${name}\u201d is no longer what was previewed: ${actionOf(was)} then, ${actionOf(is)} now.`,
};
