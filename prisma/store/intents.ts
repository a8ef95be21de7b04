import type { TenantId } from '../../domain/ids.ts';
import type { SecretState, Step } from '../../domain/plan.ts';
import { Prisma, type Executor, type Transaction } from '../client.ts';
import { json } from './json.ts';
import { findStep } from './steps.ts';

/**
 * What a target that does not share our database was asked to make for a step, written before it was asked: whoever
 * finds no outcome later knows what to look for.
 */
export interface StoredIntent {
  resource_id: string;
  /** The last call; there were `calls` in all. */
  call_id: string;
  calls: number;
  /** The execution that made the last call, and the secret that it made for it, sealed to whoever asked. */
  execution_id: string;
  secret: { state: SecretState; jwe: string | null };
}

export async function findIntent(
  db: Executor,
  tenant: TenantId,
  stepId: string,
): Promise<StoredIntent | null> {
  const row = await db.step.findFirst({ where: { tenantId: tenant, id: stepId }, select: { intent: true } });
  return (row?.intent ?? null) as unknown as StoredIntent | null;
}

export async function saveIntent(
  tx: Transaction,
  tenant: TenantId,
  stepId: string,
  intent: StoredIntent,
): Promise<void> {
  await tx.step.updateMany({ where: { tenantId: tenant, id: stepId }, data: { intent: json(intent) } });
}

/** The steps of an execution for which something was asked of the target, and of which no effect is recorded. */
export async function doubtfulSteps(
  db: Executor,
  tenant: TenantId,
  planId: string,
  executionId: string,
): Promise<{ step: Step; intent: StoredIntent }[]> {
  const rows = await db.step.findMany({
    where: {
      tenantId: tenant,
      planId,
      status: { in: ['planned', 'failed'] },
      intent: { not: Prisma.DbNull },
      executionSteps: { some: { executionId } },
    },
    select: { id: true, intent: true },
    orderBy: { sequence: 'asc' },
  });
  const found: { step: Step; intent: StoredIntent }[] = [];
  for (const { id, intent } of rows) {
    const step = await findStep(db, tenant, planId, id);
    if (step) found.push({ step, intent: intent as unknown as StoredIntent });
  }
  return found;
}
