import { systemActor, type Actor } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import {
  executionStatusAfter,
  planStatusAfter,
  stepStatuses,
  type Execution,
  type ExecutionStatus,
  type Plan,
  type PlanStatus,
  type ReasonCode,
  type StepStatus,
  type TargetChange,
} from '../../domain/plan.ts';
import { runFailure, type RunFailure } from '../../domain/run.ts';
import { Prisma, type Database, type Transaction } from '../client.ts';
import { recordAudit } from './audit.ts';
import { inTransaction } from './constraints.ts';
import { findExecution } from './executions.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import { findPlan, summarizeSteps } from './plans.ts';
import { endRun, findRun } from './runs.ts';
import { recordApplied, skipUnreached, takeSteps, type AtWork, type StepEffect } from './stepOutcomes.ts';
import { findStep } from './steps.ts';

/** An effect of a step that was found at the target, and whose outcome nobody had recorded. */
export interface FoundEffect {
  stepId: string;
  effect: StepEffect;
}

/**
 * Settles an execution: what was never reached is skipped (`run_stopped`), the statuses of execution and plan follow
 * from their steps, and the plan is free again. An applied outcome is never overwritten. Does nothing when the
 * execution has ended. `failure` says why the run ended early, if it did; `untouched` that it ended before any effect.
 */
export async function settleExecution(
  database: Database,
  tenant: TenantId,
  executionId: string,
  end: {
    failure: RunFailure | null;
    at: Date;
    actor?: Actor;
    untouched?: { changes: readonly TargetChange[] };
    /** What the target turned out to hold of steps that nobody was sure of. */
    found?: readonly FoundEffect[];
    temporalRunId?: string;
  },
): Promise<ExecutionStatus> {
  return inTransaction(database, async (tx) => {
    const known = await findExecution(tx, tenant, executionId);
    if (!known) throw new DomainError('execution_superseded', 'There is no such execution.');
    await lock(tx, tenant, 'plan', known.planId, 'write');
    await lock(tx, tenant, 'execution', executionId, 'write');
    const execution = await findExecution(tx, tenant, executionId);
    const plan = await findPlan(tx, tenant, known.planId);
    if (!execution || !plan || execution.status !== 'started') return execution?.status ?? 'failed';
    await lock(tx, tenant, 'run', execution.run.id, 'write');
    if (end.temporalRunId !== undefined) {
      const run = await findRun(tx, tenant, execution.run.id);
      if (run?.runIds.at(-1) !== end.temporalRunId) {
        throw new DomainError('execution_superseded', 'Another run has taken over.');
      }
    }
    const touched = !end.untouched && execution.run.runIds.length > 0;
    if (end.untouched) await leaveUntouched(tx, plan, execution, end.untouched.changes);
    else if (!touched) await leaveUnbegun(tx, plan, execution);
    else await settleSteps(tx, tenant, { plan, execution }, end);
    const { status, planStatus } = touched
      ? await settleStatuses(tx, plan, execution)
      : { status: 'failed' as const, planStatus: 'failed' as const };
    const failure =
      end.failure ??
      (status === 'failed'
        ? runFailure(end.at, { code: 'steps_failed', message: 'A step failed; see the steps.' })
        : null);
    await endRun(tx, tenant, execution.run.id, { failure, at: end.at });
    const actor = end.actor ?? execution.run.startedBy;
    await recordEnd(tx, tenant, { plan, execution }, { status, planStatus, failure, actor, at: end.at });
    return status;
  });
}

/** The target differed before the first effect: the plan is a draft again and must be previewed anew. */
async function leaveUntouched(
  tx: Transaction,
  plan: Plan,
  execution: Execution,
  changes: readonly TargetChange[],
): Promise<void> {
  await tx.preview.update({ where: { id: execution.previewId }, data: { state: 'stale' } });
  await tx.execution.update({
    where: { id: execution.id },
    data: { status: 'failed', changes: json([...changes]) },
  });
  await tx.plan.update({
    where: { id: plan.id },
    data: { status: 'draft', activeExecutionId: null, version: { increment: 1 } },
  });
}

/**
 * No run ever claimed it. A plan that was to be applied stays as it was previewed, but for the token, which is used
 * up; one that was to be retried stays failed.
 */
async function leaveUnbegun(tx: Transaction, plan: Plan, execution: Execution): Promise<void> {
  await tx.executionStep.deleteMany({ where: { executionId: execution.id } });
  await tx.execution.update({ where: { id: execution.id }, data: { status: 'failed' } });
  await tx.plan.update({
    where: { id: plan.id },
    data: { activeExecutionId: null, version: { increment: 1 } },
  });
}

/** Accounts for every step that the execution took. */
async function settleSteps(
  tx: Transaction,
  tenant: TenantId,
  at: AtWork,
  end: { at: Date; found?: readonly FoundEffect[] },
): Promise<void> {
  // It may have been stopped before it took any.
  if (at.execution.trigger === 'apply') await takeSteps(tx, tenant, at, end.at);
  for (const { stepId, effect } of end.found ?? []) {
    await lock(tx, tenant, 'step', stepId, 'write');
    const step = await findStep(tx, tenant, at.plan.id, stepId);
    if (step && step.status !== 'applied') await recordApplied(tx, tenant, at, step, effect, end.at);
  }
  await skipUnreached(tx, tenant, at, end.at);
  await tx.stepAttempt.updateMany({
    where: { tenantId: tenant, executionId: at.execution.id, status: 'running' },
    data: { status: 'lost', endedAt: end.at },
  });
}

/** What the steps of an execution came to, and with them it and its plan. */
async function settleStatuses(
  tx: Transaction,
  plan: Plan,
  execution: Execution,
): Promise<{ status: Exclude<ExecutionStatus, 'started'>; planStatus: PlanStatus }> {
  const taken = await tx.$queryRaw<CountedState[]>`
    SELECT e."status", e."reason_code" AS "reasonCode", ${incomplete} AS incomplete, count(*) AS count
      FROM "migration_execution_steps" e JOIN "migration_cutover_steps" s ON s."id" = e."step_id"
     WHERE e."execution_id" = ${execution.id}::uuid GROUP BY 1, 2, 3`;
  const all = await tx.$queryRaw<CountedState[]>`
    SELECT s."status", s."reason_code" AS "reasonCode", ${incomplete} AS incomplete, count(*) AS count
      FROM "migration_cutover_steps" s WHERE s."plan_id" = ${plan.id}::uuid GROUP BY 1, 2, 3`;
  const status = executionStatusAfter(taken);
  const planStatus = planStatusAfter(all);
  const counts = Object.fromEntries(stepStatuses.map((each) => [each, 0])) as Record<StepStatus, number>;
  for (const state of taken) counts[state.status] += Number(state.count);
  await tx.execution.update({ where: { id: execution.id }, data: { status, summary: json(counts) } });
  await tx.plan.update({
    where: { id: plan.id },
    data: {
      status: planStatus,
      activeExecutionId: null,
      summary: json(await summarizeSteps(tx, plan.id)),
      version: { increment: 1 },
    },
  });
  return { status, planStatus };
}

interface CountedState {
  status: StepStatus;
  reasonCode: ReasonCode | null;
  incomplete: boolean;
  count: bigint;
}

/** Whether a step `s` was bound to something that lacks a part of its item. */
const incomplete = Prisma.sql`coalesce(jsonb_array_length(s."binding"->'incomplete') > 0, false)`;

/** A plan has been applied when nothing of it is left to do, whatever this execution took of it. */
async function recordEnd(
  tx: Transaction,
  tenant: TenantId,
  { plan, execution }: AtWork,
  end: {
    status: ExecutionStatus;
    planStatus: PlanStatus;
    failure: RunFailure | null;
    actor: Actor;
    at: Date;
  },
): Promise<void> {
  const { status, planStatus, failure, actor, at } = end;
  const failed = planStatus === 'failed';
  await recordAudit(tx, tenant, {
    action: failed ? 'migration.cutover_plan.apply_failed' : 'migration.cutover_plan.applied',
    actor: failed && actor === execution.run.startedBy ? systemActor('worker') : actor,
    targets: { workspace_id: plan.workspaceId, plan_id: plan.id, execution_id: execution.id },
    facts: {
      status,
      plan_status: planStatus,
      trigger: execution.trigger,
      code: failure?.code ?? null,
      message: failure?.message ?? null,
    },
    at,
  });
}
