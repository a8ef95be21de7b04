import { setImmediate } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.ts';
import { judgeItem } from '../../domain/rules/judge.ts';
import { ruleSets, wordsOfSource } from '../../domain/rules/ruleSets.ts';
import { classifierVersion } from '../../platform/classifier.ts';
import { findAssessment } from '../../prisma/store/assessments.ts';
import { walkItems } from '../../prisma/store/items.ts';
import { findSnapshot } from '../../prisma/store/snapshots.ts';
import { lastJudged, saveJudgements, saveRuleWords } from '../../prisma/store/verdicts.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { readFacts } from './facts.ts';
import { Neighbourhood } from './neighbourhood.ts';

export interface ClassifyInput {
  tenantId: string;
  assessmentId: string;
  /** Types whose verdicts depend on those of others are judged last. */
  phase: 'first' | 'last';
}

/** Judges a phase from where the stored verdicts end. Interrupted anywhere, the next attempt goes on there. */
export function classify(deps: ActivityDependencies) {
  return async (input: ClassifyInput): Promise<void> =>
    heartbeating(async (signal) => {
      const { tenant, temporalRunId } = acting(input);
      const { database } = deps;
      const { assessmentId, phase } = input;
      const assessment = await findAssessment(database, tenant, assessmentId);
      const snapshot = assessment && (await findSnapshot(database, tenant, assessment.snapshotId));
      if (!snapshot) throw new DomainError('execution_superseded', 'The assessment is gone.');
      if (assessment.classifierVersion !== classifierVersion) {
        throw new DomainError(
          'assessment_failed',
          'The rules are not those that the assessment was asked for with: another version of the service runs by now. Assess the snapshot again.',
        );
      }
      const target = await deps.runtime.serviceProvider(tenant, assessmentId);
      const facts = await readFacts(database, tenant, snapshot, target);
      const neighbourhood = new Neighbourhood(database, tenant, assessment, facts);
      await saveRuleWords(database, tenant, assessmentId, temporalRunId, wordsOfSource(snapshot.sourceType));
      let after = await lastJudged(database, tenant, assessmentId, phase);
      for (;;) {
        signal.throwIfAborted();
        const items = await walkItems(database, tenant, snapshot.id, {
          after,
          limit: deps.pace.itemsAtOnce,
          phase,
        });
        if (items.length === 0) return;
        const around = await neighbourhood.of(items);
        const judged = items.map((item) => ({
          itemId: item.id,
          ordinal: item.ordinal,
          itemType: item.itemType,
          judgement: judgeItem(item, ruleSets[item.sourceType][item.itemType], around(item)),
        }));
        await saveJudgements(database, tenant, assessmentId, temporalRunId, judged);
        after = items.at(-1)?.ordinal ?? null;
        await setImmediate();
      }
    });
}
