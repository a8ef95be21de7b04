import { v7 as uuidv7 } from 'uuid';
import { systemActor, type Actor } from '../../domain/access.ts';
import type { AuditAction } from '../../domain/audit.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import {
  executionStatusAfter,
  planStatusAfter,
  stepStatuses,
  type Execution,
  type ExecutionStatus,
  type ExecutionTrigger,
  type OutstandingStep,
  type Plan,
  type ReasonCode,
  type StepStatus,
  type TargetChange,
} from '../../domain/plan.ts';
import type { StoredCover } from '../../domain/previewCover.ts';
import { runFailure, type RunFailure } from '../../domain/run.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import { Prisma } from '../client.ts';
import type { Prisma as PrismaTypes } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { json, jsonOrNull } from './json.ts';
import { lock } from './locks.ts';
import { findPlan, lockPlan, refuseEndedPlan, summarizeSteps } from './plans.ts';
import { redeemToken } from './previewTokens.ts';
import { assertHolds, createRun, endRun, findRun, requestStop, toRun } from './runs.ts';

const withRun = { run: true } as const;
type ExecutionRow = PrismaTypes.ExecutionGetPayload<{ include: typeof withRun }>;

const toExecution = (row: ExecutionRow): Execution => ({
  id: row.id,
  planId: row.planId,
  previewId: row.previewId,
  revision: row.revision,
  trigger: row.trigger as ExecutionTrigger,
  retryOf: row.retryOf,
  status: row.status as ExecutionStatus,
  summary: row.summary as Record<StepStatus, number> | null,
  changes: row.changes as unknown as TargetChange[] | null,
  createdAt: row.createdAt,
  run: toRun(row.run),
});

/**
 * Consumes a preview token and creates the execution that it authorises, in one transaction. The token must be the
 * latest of this plan, alive, and everything it covers unchanged: else `preview_stale` with `changes`, and nothing is
 * written. One execution a tenant: `apply_in_progress`.
 */
export async function createExecution(
  database: Database,
  tenant: TenantId,
  plan: Plan,
  input: {
    tokenHash: Uint8Array;
    recipientJwk: object | null;
    cover: (tx: Transaction, plan: Plan) => Promise<StoredCover>;
  },
  command: Command,
): Promise<Execution> {
  return inTransaction(database, async (tx) => {
    const locked = await lockPlan(tx, tenant, plan, 'write');
    refuseEndedPlan(locked);
    const preview = await redeemToken(tx, tenant, locked, input.tokenHash, input.cover, command.at);
    const running = await tx.execution.count({ where: { tenantId: tenant, status: 'started' } });
    if (running > 0) {
      throw new DomainError(
        'apply_in_progress',
        'An execution of this tenant is running; wait for it to end.',
      );
    }
    await tx.preview.update({ where: { id: preview.id }, data: { state: 'consumed' } });
    const id = uuidv7();
    const run = await createRun(tx, tenant, {
      kind: 'apply',
      key: plan.id,
      resourceId: id,
      startedBy: command.actor,
      at: command.at,
    });
    const row = await tx.execution.create({
      data: {
        id,
        tenantId: tenant,
        planId: plan.id,
        runId: run.id,
        previewId: preview.id,
        revision: locked.revision,
        trigger: 'apply',
        status: 'started',
        recipientJwk: jsonOrNull(input.recipientJwk),
        createdAt: command.at,
      },
      include: withRun,
    });
    await tx.plan.update({
      where: { id: plan.id },
      data: { activeExecutionId: id, latestExecutionId: id, version: { increment: 1 } },
    });
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.cutover_plan.apply_started',
      targets: { workspace_id: plan.workspaceId, plan_id: plan.id, execution_id: id },
      facts: { revision: locked.revision, trigger: 'apply' },
    });
    return toExecution(row);
  });
}

export async function findExecution(
  db: Executor,
  tenant: TenantId,
  id: string,
  parent: { planId?: string } = {},
): Promise<Execution | null> {
  const row = await db.execution.findFirst({ where: { tenantId: tenant, id, ...parent }, include: withRun });
  return row && toExecution(row);
}

/** A plan's executions, newest first, from below the id `before`. */
export async function listExecutions(
  db: Executor,
  tenant: TenantId,
  planId: string,
  page: { before: string | null; limit: number },
): Promise<Execution[]> {
  const rows = await db.execution.findMany({
    where: { tenantId: tenant, planId, ...(page.before === null ? {} : { id: { lt: page.before } }) },
    orderBy: { id: 'desc' },
    take: page.limit,
    include: withRun,
  });
  return rows.map(toExecution);
}

/** Asks an execution to stop, by one record however often it is asked; returns whether it was still open. */
export async function stopExecution(
  database: Database,
  tenant: TenantId,
  plan: Pick<Plan, 'id' | 'workspaceId'>,
  execution: Execution,
  command: Command,
): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    if (!(await requestStop(tx, tenant, execution.run.id, command))) return false;
    const action = 'migration.cutover_execution.stopped';
    await recordAudit(tx, tenant, {
      ...command,
      action,
      targets: { workspace_id: plan.workspaceId, plan_id: plan.id, execution_id: execution.id },
      uniqueKey: `${execution.id}/${action}`,
    });
    return true;
  });
}

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

const stepActionAudit: Readonly<Record<Exclude<StepStatus, 'planned'>, AuditAction>> = {
  applied: 'migration.cutover_step.applied',
  blocked: 'migration.cutover_step.blocked',
  failed: 'migration.cutover_step.failed',
  manual_follow_up: 'migration.cutover_step.manual_follow_up',
  skipped: 'migration.cutover_step.skipped',
};

/** Records that an execution settled a step: its row, and one audit record for the step and outcome. */
export async function recordStepSettled(
  tx: Transaction,
  tenant: TenantId,
  held: { execution: Execution; plan: Plan },
  step: {
    id: string;
    itemId: string;
    status: Exclude<StepStatus, 'planned'>;
    reasonCode: ReasonCode | null;
    outcome: string | null;
    failure: object | null;
    targetContract: string;
    targetResourceId: string | null;
  },
  at: Date,
): Promise<void> {
  const settled = {
    status: step.status,
    reasonCode: step.reasonCode,
    outcome: step.outcome,
    failure: jsonOrNull(step.failure),
    settledAt: at,
  };
  const key = { executionId: held.execution.id, stepId: step.id };
  await tx.executionStep.upsert({
    where: { executionId_stepId: key },
    create: { ...key, tenantId: tenant, ...settled },
    update: settled,
  });
  const action = stepActionAudit[step.status];
  await recordAudit(tx, tenant, {
    action,
    actor: held.execution.run.startedBy,
    targets: {
      plan_id: held.plan.id,
      execution_id: held.execution.id,
      step_id: step.id,
      item_id: step.itemId,
    },
    facts: {
      target_contract: step.targetContract,
      outcome: step.outcome,
      reason_code: step.reasonCode,
      target_resource_id: step.targetResourceId,
    },
    at,
    uniqueKey: `${held.execution.id}/${step.id}/${action}`,
  });
}

/**
 * Takes all steps of the plan into the execution: those that mutate nothing are settled at once, each with its
 * record; the planned ones wait. Repeatable.
 */
export async function takeSteps(
  tx: Transaction,
  tenant: TenantId,
  held: HeldExecution,
  at: Date,
): Promise<void> {
  const { execution, plan } = held;
  await tx.$executeRaw`
    INSERT INTO "migration_execution_steps"
      ("execution_id", "step_id", "tenant_id", "status", "reason_code", "outcome", "settled_at")
    SELECT ${execution.id}::uuid, s."id", s."tenant_id", s."status", s."reason_code", s."outcome",
           CASE WHEN s."status" = 'planned' THEN NULL ELSE ${at}::timestamptz END
      FROM "migration_cutover_steps" s
     WHERE s."tenant_id" = ${tenant}::uuid AND s."plan_id" = ${plan.id}::uuid
    ON CONFLICT DO NOTHING`;
  await tx.$executeRaw`
    INSERT INTO "migration_audit_records"
      ("id", "tenant_id", "action", "actor", "targets", "facts", "unique_key", "occurred_at")
    SELECT gen_random_uuid(), s."tenant_id", 'migration.cutover_step.' || s."status",
           ${JSON.stringify(execution.run.startedBy)}::jsonb,
           jsonb_build_object('plan_id', s."plan_id", 'execution_id', ${execution.id}::text, 'step_id', s."id", 'item_id', s."item_id"),
           jsonb_build_object('target_contract', s."target_contract", 'reason_code', s."reason_code", 'outcome', NULL, 'target_resource_id', NULL),
           ${execution.id}::text || '/' || s."id" || '/migration.cutover_step.' || s."status", ${at}::timestamptz
      FROM "migration_cutover_steps" s
     WHERE s."tenant_id" = ${tenant}::uuid AND s."plan_id" = ${plan.id}::uuid
       AND s."status" IN ('blocked', 'manual_follow_up', 'skipped')
     ORDER BY s."sequence"
    ON CONFLICT DO NOTHING`;
}

/** Up to `limit` planned steps of the execution in the order in which they may run. */
export async function outstandingSteps(
  db: Executor,
  tenant: TenantId,
  planId: string,
  limit: number,
): Promise<OutstandingStep[]> {
  const rows = await db.step.findMany({
    where: { tenantId: tenant, planId, status: 'planned' },
    orderBy: { sequence: 'asc' },
    take: limit,
    select: {
      id: true,
      action: true,
      targetContract: true,
      dependsOn: true,
      item: { select: { name: true } },
    },
  });
  const listed = new Set(rows.map((row) => row.id));
  return rows.map((row) => ({
    id: row.id,
    summary: `${row.action} ${row.targetContract} ${row.item.name}`.slice(0, 180),
    after: row.dependsOn.filter((id) => listed.has(id)),
  }));
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
    else await skipUnreached(tx, tenant, { plan, execution }, end.at);
    const status = touched ? await settleStatuses(tx, plan, execution) : 'failed';
    const failure =
      end.failure ??
      (status === 'failed'
        ? runFailure(end.at, { code: 'steps_failed', message: 'A step failed; see the steps.' })
        : null);
    await endRun(tx, tenant, execution.run.id, { failure, at: end.at });
    await recordEnd(
      tx,
      tenant,
      { plan, execution },
      status,
      failure,
      end.actor ?? execution.run.startedBy,
      end.at,
    );
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

/** No run ever claimed it: the plan stays as it was previewed, but for the token, which is used up. */
async function leaveUnbegun(tx: Transaction, plan: Plan, execution: Execution): Promise<void> {
  await tx.execution.update({ where: { id: execution.id }, data: { status: 'failed' } });
  await tx.plan.update({
    where: { id: plan.id },
    data: { activeExecutionId: null, version: { increment: 1 } },
  });
}

async function skipUnreached(
  tx: Transaction,
  tenant: TenantId,
  held: { plan: Plan; execution: Execution },
  at: Date,
): Promise<void> {
  const reason = 'The run ended before this step was reached.';
  const rows = await tx.step.updateManyAndReturn({
    where: { tenantId: tenant, planId: held.plan.id, status: 'planned' },
    data: { status: 'skipped', reasonCode: 'run_stopped', reason },
    select: { id: true, itemId: true, targetContract: true },
  });
  for (const row of rows) {
    await recordStepSettled(
      tx,
      tenant,
      held,
      {
        ...row,
        status: 'skipped',
        reasonCode: 'run_stopped',
        outcome: null,
        failure: null,
        targetResourceId: null,
      },
      at,
    );
  }
  await tx.stepAttempt.updateMany({
    where: { tenantId: tenant, executionId: held.execution.id, status: 'running' },
    data: { status: 'lost', endedAt: at },
  });
}

async function settleStatuses(
  tx: Transaction,
  plan: Plan,
  execution: Execution,
): Promise<Exclude<ExecutionStatus, 'started'>> {
  const taken = await statesOf(
    tx,
    Prisma.sql`"migration_execution_steps" WHERE "execution_id" = ${execution.id}::uuid`,
  );
  const all = await statesOf(tx, Prisma.sql`"migration_cutover_steps" WHERE "plan_id" = ${plan.id}::uuid`);
  const status = executionStatusAfter(taken);
  const counts = Object.fromEntries(stepStatuses.map((each) => [each, 0])) as Record<StepStatus, number>;
  for (const state of taken) counts[state.status] += Number(state.count);
  await tx.execution.update({ where: { id: execution.id }, data: { status, summary: json(counts) } });
  await tx.plan.update({
    where: { id: plan.id },
    data: {
      status: planStatusAfter(all),
      activeExecutionId: null,
      summary: json(await summarizeSteps(tx, plan.id)),
      version: { increment: 1 },
    },
  });
  return status;
}

interface CountedState {
  status: StepStatus;
  reasonCode: ReasonCode | null;
  count: bigint;
}

const statesOf = (tx: Transaction, from: Prisma.Sql) => tx.$queryRaw<CountedState[]>`
  SELECT "status", "reason_code" AS "reasonCode", count(*) AS count FROM ${from} GROUP BY 1, 2`;

async function recordEnd(
  tx: Transaction,
  tenant: TenantId,
  { plan, execution }: { plan: Plan; execution: Execution },
  status: ExecutionStatus,
  failure: RunFailure | null,
  actor: Actor,
  at: Date,
): Promise<void> {
  const failed = status === 'failed';
  await recordAudit(tx, tenant, {
    action: failed ? 'migration.cutover_plan.apply_failed' : 'migration.cutover_plan.applied',
    actor: failed && actor === execution.run.startedBy ? systemActor('worker') : actor,
    targets: { workspace_id: plan.workspaceId, plan_id: plan.id, execution_id: execution.id },
    facts: { status, code: failure?.code ?? null, message: failure?.message ?? null },
    at,
  });
}
