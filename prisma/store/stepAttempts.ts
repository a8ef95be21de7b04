import type { TenantId } from '../../domain/ids.ts';
import type { StepFailure } from '../../domain/plan.ts';
import type { Executor } from '../client.ts';
import { jsonOrNull } from './json.ts';

/** Temporal keeps an activity's last attempt only, so each one says here when it begins and how it ended. */
export async function openAttempt(
  db: Executor,
  tenant: TenantId,
  attempt: {
    id: string;
    stepId: string;
    executionId: string;
    runId: string;
    number: number;
    worker: string;
    at: Date;
  },
): Promise<string> {
  const { at, stepId, executionId, runId, number, ...data } = attempt;
  const row = await db.stepAttempt.upsert({
    where: { stepId_executionId_runId_number: { stepId, executionId, runId, number } },
    create: {
      ...data,
      stepId,
      executionId,
      runId,
      number,
      tenantId: tenant,
      status: 'running',
      startedAt: at,
    },
    update: { status: 'running', startedAt: at, endedAt: null, worker: attempt.worker },
    select: { id: true },
  });
  return row.id;
}

export async function closeAttempt(
  db: Executor,
  id: string,
  at: Date,
  end: { status: 'succeeded' | 'failed'; failure?: StepFailure },
): Promise<void> {
  await db.stepAttempt.updateMany({
    where: { id, status: 'running' },
    data: { status: end.status, endedAt: at, failure: jsonOrNull(end.failure ?? null) },
  });
}
