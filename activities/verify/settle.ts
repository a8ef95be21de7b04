import type { RunFailure } from '../../domain/run.ts';
import { failVerification } from '../../prisma/store/verifications.ts';
import { acting } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import type { VerificationInput } from './checkCredential.ts';

export interface FailCheckInput extends VerificationInput {
  /** The row that authorised the check. */
  runId: string;
  failure: Omit<RunFailure, 'at'>;
}

/** Fails a check for a reason that the workflow met; one that has ended stays as it is. */
export function failCheck(deps: ActivityDependencies) {
  return async ({ sourceId, runId, failure, ...input }: FailCheckInput): Promise<void> => {
    const { tenant } = acting(input);
    const at = deps.now().toISOString();
    await failVerification(deps.database, tenant, sourceId, runId, { ...failure, at });
  };
}
