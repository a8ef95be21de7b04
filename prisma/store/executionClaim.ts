import { temporalActor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Execution } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import type { Transaction } from '../client.ts';
import { recordAudit } from './audit.ts';
import { findExecution, insertExecution } from './executions.ts';
import { lock } from './locks.ts';
import { findPlan } from './plans.ts';
import { lockFailedPlan, reopenSteps, requireAsApplied, reserveSteps, retryableSteps } from './retries.ts';
import { claimRun, findRun, notAuthorised, toRun, type Claimant } from './runs.ts';

/** What Temporal knows of a reset: the run that was reset, and what whoever did it gave as the reason. */
export interface ResetOrigin {
  formerRunId: string;
  reason: string | null;
}

/** A Temporal run that wants to work on an execution. */
export interface ExecutionClaimant extends Claimant {
  /** The very first run of its chain; a run that was reset keeps it, and one started by hand cannot have it. */
  firstRun: string;
  /** Null unless the run was reset. */
  reset: ResetOrigin | null;
}

/** `settled`: there is nothing to do any more, and what was done stands in the records. */
export interface ClaimedExecution {
  run: Run;
  settled: boolean;
}

/**
 * Claims an execution for a Temporal run. Of a retry, the steps that it takes up become planned with that. A run that
 * an operator has reset after its execution ended is a retry of all that failed, with an execution of its own.
 */
export async function claimExecution(
  tx: Transaction,
  tenant: TenantId,
  run: Run,
  claimant: ExecutionClaimant,
  at: Date,
): Promise<ClaimedExecution> {
  const execution = await findExecution(tx, tenant, run.resourceId);
  if (!execution || run.workflowId !== claimant.workflowId) throw notAuthorised(claimant);
  if (run.endedAt) return claimAgain(tx, tenant, execution, claimant, at);
  await lock(tx, tenant, 'plan', execution.planId, 'write');
  await lock(tx, tenant, 'execution', execution.id, 'write');
  await lock(tx, tenant, 'run', run.id, 'write');
  const locked = (await findRun(tx, tenant, run.id)) ?? run;
  const last = locked.runIds.at(-1) ?? null;
  if (last !== null && last !== claimant.temporalRunId && last !== claimant.continuedFrom) {
    if (await isOfChain(tx, tenant, claimant)) throw unsettled();
    throw notAuthorised(claimant);
  }
  const claimed = await claimRun(tx, tenant, run.id, claimant, at);
  if (last === null && execution.trigger !== 'apply') await reopenSteps(tx, tenant, execution.id);
  return { run: claimed, settled: false };
}

/** The row has ended: this run was reset, and has either claimed another row already or asks for one. */
async function claimAgain(
  tx: Transaction,
  tenant: TenantId,
  execution: Execution,
  claimant: ExecutionClaimant,
  at: Date,
): Promise<ClaimedExecution> {
  const { workflowId, temporalRunId } = claimant;
  const own = await tx.run.findFirst({
    where: { tenantId: tenant, workflowId, runIds: { has: temporalRunId } },
  });
  if (own) return { run: toRun(own), settled: own.endedAt !== null };
  if (!(await isOfChain(tx, tenant, claimant))) throw notAuthorised(claimant);
  const known = await findPlan(tx, tenant, execution.planId);
  if (known?.status === 'applied' || known?.status === 'applied_with_follow_up') {
    return { run: execution.run, settled: true };
  }
  return { run: await createReset(tx, tenant, execution, claimant, at), settled: false };
}

async function createReset(
  tx: Transaction,
  tenant: TenantId,
  former: Execution,
  claimant: ExecutionClaimant,
  at: Date,
): Promise<Run> {
  const plan = await lockFailedPlan(tx, tenant, former.planId);
  const running = await tx.execution.count({ where: { tenantId: tenant, status: 'started' } });
  if (running > 0) throw unsettled();
  await requireAsApplied(tx, tenant, plan, former.revision);
  if (plan.status !== 'failed') {
    throw new DomainError('retry_stale', 'The plan has no failed steps; preview it and apply it.');
  }
  // Temporal does not say by whom a run was reset; the reason may, and nobody has vouched for it.
  const actor = temporalActor('unknown');
  const retryOf = plan.latestExecutionId ?? former.id;
  const reset = { trigger: 'temporal_reset' as const, previewId: former.previewId, retryOf };
  const execution = await insertExecution(tx, tenant, plan, { ...reset, recipientJwk: null }, { actor, at });
  await reserveSteps(tx, tenant, execution.id, await retryableSteps(tx, tenant, plan.id));
  const run = await claimRun(tx, tenant, execution.run.id, { ...claimant, continuedFrom: null }, at);
  await reopenSteps(tx, tenant, execution.id);
  await recordAudit(tx, tenant, {
    action: 'migration.cutover_execution.reset',
    actor,
    targets: { workspace_id: plan.workspaceId, plan_id: plan.id, execution_id: execution.id },
    facts: {
      retry_of: retryOf,
      revision: plan.revision,
      temporal_run_id: claimant.temporalRunId,
      former_temporal_run_id: claimant.reset?.formerRunId ?? null,
      reason: claimant.reset?.reason ?? null,
    },
    at,
  });
  return run;
}

/** Whether a run descends from one that the API has started: a run that was reset does. */
async function isOfChain(
  tx: Transaction,
  tenant: TenantId,
  { workflowId, firstRun }: ExecutionClaimant,
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM "migration_runs"
     WHERE "tenant_id" = ${tenant}::uuid AND "workflow_id" = ${workflowId} AND "run_ids"[1] = ${firstRun} LIMIT 1`;
  return rows.length > 0;
}

const unsettled = () =>
  new DomainError(
    'previous_run_unsettled',
    'Another execution of this tenant has not been settled yet; this run waits for it.',
  );
