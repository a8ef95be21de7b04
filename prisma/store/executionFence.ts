import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Execution, Plan } from '../../domain/plan.ts';
import type { Transaction } from '../client.ts';
import { findExecution, toExecution, withRun } from './executions.ts';
import { lock } from './locks.ts';
import { findPlan } from './plans.ts';
import { assertHolds, findRun } from './runs.ts';

export interface HeldExecution {
  execution: Execution;
  plan: Plan;
  recipientJwk: Record<string, unknown> | null;
}

/**
 * The fence of every effect: holds plan, execution and run for the transaction and throws `execution_superseded` or
 * `run_stopped` unless this Temporal run may still act on this revision.
 */
export async function holdExecution(
  tx: Transaction,
  tenant: TenantId,
  executionId: string,
  temporalRunId: string,
): Promise<HeldExecution> {
  const known = await findExecution(tx, tenant, executionId);
  if (known) await lock(tx, tenant, 'plan', known.planId, 'rely');
  await lock(tx, tenant, 'execution', executionId, 'rely');
  const row = await tx.execution.findFirst({
    where: { tenantId: tenant, id: executionId },
    include: withRun,
  });
  const plan = row && (await findPlan(tx, tenant, row.planId));
  if (
    !plan ||
    row.status !== 'started' ||
    plan.activeExecutionId !== executionId ||
    plan.revision !== row.revision
  ) {
    throw new DomainError(
      'execution_superseded',
      'The execution has ended or another took over; nothing was written.',
    );
  }
  await lock(tx, tenant, 'run', row.runId, 'rely');
  assertHolds(await findRun(tx, tenant, row.runId), temporalRunId, 'execution_superseded');
  return {
    execution: toExecution(row),
    plan,
    recipientJwk: row.recipientJwk as Record<string, unknown> | null,
  };
}
