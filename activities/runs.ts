import { Context } from '@temporalio/activity';
import type { RunInput, RunKind } from '../domain/run.ts';
import { claimRun } from '../prisma/store/runs.ts';
import { inTransaction } from '../prisma/store/constraints.ts';
import { acting } from './context.ts';
import type { ActivityDependencies } from './dependencies.ts';

export interface ClaimInput extends RunInput {
  /** The run this one continues as new, from `workflowInfo().continuedFromExecutionRunId`. */
  continuedFrom: string | null;
}

/** What a claimed row is about; the workflow learns it from here and from nothing else. */
export interface Claimed {
  kind: RunKind;
  resourceId: string;
}

/** The first activity of every run: claims its row, before any effect, or ends `not_authorised`. */
export function claim(deps: ActivityDependencies) {
  return async (input: ClaimInput): Promise<Claimed> => {
    const { tenant, temporalRunId, workflowId } = acting(input);
    const claimant = { workflowId, temporalRunId, continuedFrom: input.continuedFrom };
    const run = await inTransaction(deps.database, (tx) =>
      claimRun(tx, tenant, input.runId, claimant, deps.now()),
    );
    Context.current().log.info('claimed', { kind: run.kind, resource: run.resourceId });
    return { kind: run.kind, resourceId: run.resourceId };
  };
}
