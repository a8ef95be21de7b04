import { setImmediate } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.ts';
import { findAssessment } from '../../prisma/store/assessments.ts';
import { lastOverlap, saveOverlaps, walkMergeCandidates } from '../../prisma/store/overlaps.ts';
import { findWorkspace } from '../../prisma/store/workspaces.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import type { AssessmentInput } from './settle.ts';
import { OverlapFinder } from './overlapFinder.ts';

/** Items compared with the target in one go, and written in one transaction. */
export const overlapBatch = 500;

/**
 * Looks for what the judged items collide with at the target, and keeps a pending decision for each. Nothing in a
 * workspace that does not merge. Interrupted anywhere, the next attempt goes on behind the last row.
 */
export function findOverlaps(deps: ActivityDependencies) {
  return async (input: AssessmentInput): Promise<void> =>
    heartbeating(async (signal) => {
      const { tenant, temporalRunId } = acting(input);
      const { database, runtime } = deps;
      const assessment = await findAssessment(database, tenant, input.assessmentId);
      const workspace = assessment && (await findWorkspace(database, tenant, assessment.workspaceId));
      if (!workspace) throw new DomainError('execution_superseded', 'The assessment is gone.');
      if (workspace.mode !== 'merge_into_existing') return;
      const place = { database, tenant, runtime, sourceId: assessment.sourceId };
      const finder = await OverlapFinder.open(place, assessment.snapshotId, signal);
      let after = await lastOverlap(database, tenant, assessment.id);
      for (;;) {
        signal.throwIfAborted();
        const page: { after: bigint | null; limit: number } = { after, limit: overlapBatch };
        const candidates = await walkMergeCandidates(database, tenant, assessment.id, page);
        if (candidates.length === 0) return;
        const overlaps = await finder.find(candidates);
        const found = candidates.flatMap(({ item }) => {
          const overlap = overlaps.get(item.id);
          return overlap ? [{ itemId: item.id, ordinal: item.ordinal, ...overlap }] : [];
        });
        if (found.length > 0) await saveOverlaps(database, tenant, assessment.id, temporalRunId, found);
        after = candidates.at(-1)?.item.ordinal ?? null;
        await setImmediate();
      }
    });
}
