import { Context } from '@temporalio/activity';
import type { RunInput, RunKind } from '../domain/run.ts';
import { claimExecution } from '../prisma/store/executionClaim.ts';
import { claimRun, findRun } from '../prisma/store/runs.ts';
import { inTransaction } from '../prisma/store/constraints.ts';
import { acting } from './context.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { findResetOrigin } from './resetOrigin.ts';

export interface ClaimInput extends RunInput {
  /** The run this one continues as new, from `workflowInfo().continuedFromExecutionRunId`. */
  continuedFrom: string | null;
  /** The first run of its chain, from `workflowInfo().firstExecutionRunId`; given by runs that may be reset. */
  firstRun?: string;
}

/** What a claimed row is about; the workflow learns it from here and from nothing else. */
export interface Claimed {
  /** The row that was claimed: the one that was asked for, or of a run that was reset one of its own. */
  runId: string;
  kind: RunKind;
  resourceId: string;
  /** There is nothing to do any more. */
  settled: boolean;
}

/** The first activity of every run: claims its row, before any effect, or ends `not_authorised`. */
export function claim(deps: ActivityDependencies) {
  return async (input: ClaimInput): Promise<Claimed> => {
    const { tenant, temporalRunId, workflowId } = acting(input);
    const claimant = { workflowId, temporalRunId, continuedFrom: input.continuedFrom };
    const at = deps.now();
    const { firstRun } = input;
    const descends = firstRun !== undefined && firstRun !== temporalRunId;
    const reset = descends
      ? await findResetOrigin(Context.current().client, workflowId, temporalRunId)
      : null;
    const { run, settled } = await inTransaction(deps.database, async (tx) => {
      const known = await findRun(tx, tenant, input.runId);
      if (known?.kind === 'apply' && firstRun !== undefined) {
        return claimExecution(tx, tenant, known, { ...claimant, firstRun, reset }, at);
      }
      return { run: await claimRun(tx, tenant, input.runId, claimant, at), settled: false };
    });
    Context.current().log.info('claimed', { kind: run.kind, resource: run.resourceId });
    return { runId: run.id, kind: run.kind, resourceId: run.resourceId, settled };
  };
}
