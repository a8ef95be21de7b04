import type { RunFailure } from '../../domain/run.ts';
import { completeAssessment, failAssessment, findAssessment } from '../../prisma/store/assessments.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';

export interface AssessmentInput {
  tenantId: string;
  assessmentId: string;
}

/** Writes impacts and counts and completes the assessment; a second call finds it completed. */
export function settleAssessment(deps: ActivityDependencies) {
  return async (input: AssessmentInput): Promise<void> =>
    heartbeating(async () => {
      const { tenant, temporalRunId } = acting(input);
      const assessment = await findAssessment(deps.database, tenant, input.assessmentId);
      if (assessment?.status === 'completed') return;
      await completeAssessment(deps.database, tenant, input.assessmentId, temporalRunId, deps.now());
    });
}

/** Fails an assessment for a reason that the workflow met; one that has ended stays as it is. */
export function failAssessmentRun(deps: ActivityDependencies) {
  return async (input: AssessmentInput & { failure: Omit<RunFailure, 'at'> }): Promise<void> => {
    const { tenant } = acting(input);
    const failure = { ...input.failure, at: deps.now().toISOString() };
    await failAssessment(deps.database, tenant, input.assessmentId, failure);
  };
}
