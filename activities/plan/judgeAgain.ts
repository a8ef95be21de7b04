import { setImmediate } from 'node:timers/promises';
import { compatibilityClasses } from '../../domain/assessment.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { Plan, TargetChange } from '../../domain/plan.ts';
import type { PreviewWarning } from '../../domain/previewWarnings.ts';
import { judgeItem } from '../../domain/rules/judge.ts';
import { tellVerdict, wordsOf } from '../../domain/rules/tell.ts';
import { ruleSets } from '../../domain/rules/ruleSets.ts';
import type { SourceType } from '../../domain/source.ts';
import { classifierVersion } from '../../platform/classifier.ts';
import { findAssessment } from '../../prisma/store/assessments.ts';
import { findItems } from '../../prisma/store/items.ts';
import type { StepToApply } from '../../prisma/store/stepsToApply.ts';
import { findSnapshot } from '../../prisma/store/snapshots.ts';
import { judgedEnds } from '../../prisma/store/verdicts.ts';
import { readFacts } from '../assess/facts.ts';
import { Neighbourhood } from '../assess/neighbourhood.ts';
import type { ActivityDependencies } from '../dependencies.ts';

/** Items whose verdict changes with the date alone, because a certificate of theirs begins or ends. */
const judgedByDate: Readonly<Record<SourceType, readonly ItemType[]>> = {
  okta: ['provider'],
  entra: ['provider', 'application'],
};

/**
 * Judges what is planned once more, by today's rules and date: a verdict that is worse than the assessment's refuses
 * the preview. While the rules are those of the assessment, only what a date decides can come out otherwise.
 */
export async function judgeAgain(
  deps: ActivityDependencies,
  tenant: TenantId,
  plan: Pick<Plan, 'assessmentId'>,
  steps: readonly StepToApply[],
  signal: AbortSignal,
): Promise<{ changes: TargetChange[]; warnings: PreviewWarning[] }> {
  const { database } = deps;
  const assessment = await findAssessment(database, tenant, plan.assessmentId);
  const snapshot = assessment && (await findSnapshot(database, tenant, assessment.snapshotId));
  if (!snapshot) throw new DomainError('execution_superseded', 'The assessment is gone.');
  const newer = assessment.classifierVersion !== classifierVersion;
  const dated = judgedByDate[snapshot.sourceType];
  const asked = newer ? steps : steps.filter((step) => dated.includes(step.itemType));
  const changes: TargetChange[] = [];
  if (asked.length > 0) {
    const target = await deps.runtime.serviceProvider(tenant, assessment.id);
    const facts = await readFacts(database, tenant, snapshot, target);
    const today = { ...assessment, asOf: deps.now() };
    const neighbourhood = new Neighbourhood(database, tenant, today, facts);
    for (let from = 0; from < asked.length; from += deps.pace.itemsAtOnce) {
      signal.throwIfAborted();
      const batch = asked.slice(from, from + deps.pace.itemsAtOnce);
      const stepOf = new Map(batch.map((step) => [step.itemId, step]));
      const items = await findItems(database, tenant, [...stepOf.keys()]);
      const was = await judgedEnds(database, tenant, assessment.id, [...stepOf.keys()]);
      const around = await neighbourhood.of(items);
      for (const item of items) {
        const before = was.get(item.id)?.compatibilityClass;
        const rules = ruleSets[item.sourceType][item.itemType];
        const judgement = judgeItem(item, rules, around(item));
        const now = judgement.compatibility_class;
        if (!before || compatibilityClasses.indexOf(now) <= compatibilityClasses.indexOf(before)) continue;
        const words = new Map(wordsOf(rules).map((each) => [each.rule_id, each]));
        changes.push({
          step_id: stepOf.get(item.id)?.id ?? null,
          item_id: item.id,
          code: 'verdict_worsened',
          message: `\u201c${item.name}\u201d was judged ${before} and is ${now} today: ${tellVerdict(judgement, words, []).rationale} Assess the snapshot again.`,
          was: before,
          is: now,
        });
      }
      await setImmediate();
    }
  }
  return { changes, warnings: newer ? [classifierNewer(assessment.classifierVersion)] : [] };
}

const classifierNewer = (version: string): PreviewWarning => ({
  code: 'classifier_newer',
  message: `The rules have changed since the assessment (${version} then, ${classifierVersion} now). Assess the snapshot again to see what they make of everything.`,
  step_id: null,
});
