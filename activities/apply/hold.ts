import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Step } from '../../domain/plan.ts';
import type { Transaction } from '../../prisma/client.ts';
import { holdExecution, type HeldExecution } from '../../prisma/store/executionFence.ts';
import { lock } from '../../prisma/store/locks.ts';
import { findStep } from '../../prisma/store/steps.ts';

/** A step, and the run that wants to do it. */
export interface StepScope {
  tenant: TenantId;
  temporalRunId: string;
  executionId: string;
  stepId: string;
}

/** Holds an execution and one of its steps for the transaction, or throws as `holdExecution` does. */
export async function holdStep(
  tx: Transaction,
  { tenant, temporalRunId, executionId, stepId }: StepScope,
): Promise<{ held: HeldExecution; step: Step }> {
  const held = await holdExecution(tx, tenant, executionId, temporalRunId);
  await lock(tx, tenant, 'step', stepId, 'write');
  const step = await findStep(tx, tenant, held.plan.id, stepId);
  if (!step) throw new DomainError('execution_superseded', 'The plan has no such step any more.');
  return { held, step };
}
