import { setImmediate } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.ts';
import { refreshDecision, type Refreshed } from '../../domain/merge/stale.ts';
import type { RunFailure } from '../../domain/run.ts';
import { findAssessment } from '../../prisma/store/assessments.ts';
import { decisionsOf } from '../../prisma/store/mergeDecisions.ts';
import {
  completeRefresh,
  failRefresh,
  saveRefreshed,
  walkMergeCandidates,
  type RefreshedBatch,
} from '../../prisma/store/overlaps.ts';
import type { AssessmentInput } from './settle.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { overlapBatch } from './findOverlaps.ts';
import { readMatched } from './matchedResources.ts';
import { OverlapFinder } from './overlapFinder.ts';

/**
 * Looks at the target once more: adds what an assessment's items collide with by now, and makes decisions pending again
 * whose resource has changed or gone. Every batch is true by itself, so an interrupted attempt is simply repeated.
 */
export function refreshOverlaps(deps: ActivityDependencies) {
  return async (input: AssessmentInput): Promise<void> =>
    heartbeating(async (signal) => {
      const { tenant, temporalRunId } = acting(input);
      const { database, runtime } = deps;
      const assessment = await findAssessment(database, tenant, input.assessmentId);
      if (!assessment) throw new DomainError('execution_superseded', 'The assessment is gone.');
      const place = { database, tenant, runtime, sourceId: assessment.sourceId };
      const finder = await OverlapFinder.open(place, assessment.snapshotId, signal);
      let after: bigint | null = null;
      for (;;) {
        signal.throwIfAborted();
        const page: { after: bigint | null; limit: number } = { after, limit: overlapBatch };
        const candidates = await walkMergeCandidates(database, tenant, assessment.id, page);
        if (candidates.length === 0) break;
        const overlaps = await finder.find(candidates);
        const decisions = await decisionsOf(database, tenant, assessment.id, [...overlaps.keys()]);
        const live = await readMatched(deps, tenant, decisions);
        const known = new Map(decisions.map((decision) => [decision.itemId, decision]));
        const changed = new Map<string, Refreshed>();
        const found: RefreshedBatch['found'][number][] = [];
        for (const { item } of candidates) {
          const overlap = overlaps.get(item.id);
          const decision = known.get(item.id);
          if (overlap && !decision) found.push({ itemId: item.id, ordinal: item.ordinal, ...overlap });
          if (overlap === undefined || !decision) continue;
          const change = refreshDecision(decision, overlap, live);
          if (change) changed.set(item.id, change);
        }
        await saveRefreshed(database, tenant, assessment.id, temporalRunId, { found, changed }, deps.now());
        after = candidates.at(-1)?.item.ordinal ?? null;
        await setImmediate();
      }
      await completeRefresh(database, tenant, assessment.id, temporalRunId, deps.now());
    });
}

/** Fails a refresh for a reason that the workflow met; one that has ended stays as it is. */
export function failRefreshRun(deps: ActivityDependencies) {
  return async ({
    assessmentId,
    runId,
    failure,
    ...input
  }: AssessmentInput & { runId: string; failure: Omit<RunFailure, 'at'> }): Promise<void> => {
    const { tenant } = acting(input);
    const at = deps.now().toISOString();
    await failRefresh(deps.database, tenant, assessmentId, runId, { ...failure, at });
  };
}
