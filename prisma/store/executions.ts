import { v7 as uuidv7 } from 'uuid';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type {
  Execution,
  ExecutionStatus,
  ExecutionTrigger,
  Plan,
  StepStatus,
  TargetChange,
} from '../../domain/plan.ts';
import type { StoredCover } from '../../domain/previewCover.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import type { Prisma } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { jsonOrNull } from './json.ts';
import { lockPlan, refuseEndedPlan } from './plans.ts';
import { redeemToken } from './previewTokens.ts';
import { createRun, requestStop, toRun } from './runs.ts';

export const withRun = { run: true } as const;
type ExecutionRow = Prisma.ExecutionGetPayload<{ include: typeof withRun }>;

export const toExecution = (row: ExecutionRow): Execution => ({
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
    await tx.preview.update({ where: { id: preview.id }, data: { state: 'consumed' } });
    const execution = await insertExecution(
      tx,
      tenant,
      locked,
      { trigger: 'apply', previewId: preview.id, retryOf: null, recipientJwk: input.recipientJwk },
      command,
    );
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.cutover_plan.apply_started',
      targets: { workspace_id: plan.workspaceId, plan_id: plan.id, execution_id: execution.id },
      facts: { revision: locked.revision, trigger: 'apply' },
    });
    await keepKey(tx, tenant, command, { resourceId: execution.id, runId: execution.run.id });
    return execution;
  });
}

/**
 * Inserts an execution of a locked plan with the row that authorises its run, and makes it the plan's active one. One
 * execution a tenant: `apply_in_progress`.
 */
export async function insertExecution(
  tx: Transaction,
  tenant: TenantId,
  plan: Pick<Plan, 'id' | 'revision'>,
  execution: {
    trigger: ExecutionTrigger;
    previewId: string;
    retryOf: string | null;
    recipientJwk: object | null;
  },
  { actor, at }: Pick<Command, 'actor' | 'at'>,
): Promise<Execution> {
  const running = await tx.execution.count({ where: { tenantId: tenant, status: 'started' } });
  if (running > 0) {
    throw new DomainError('apply_in_progress', 'An execution of this tenant is running; wait for it to end.');
  }
  const id = uuidv7();
  const run = await createRun(tx, tenant, {
    kind: 'apply',
    key: plan.id,
    resourceId: id,
    startedBy: actor,
    at,
  });
  const row = await tx.execution.create({
    data: {
      id,
      tenantId: tenant,
      planId: plan.id,
      runId: run.id,
      revision: plan.revision,
      status: 'started',
      createdAt: at,
      ...execution,
      recipientJwk: jsonOrNull(execution.recipientJwk),
    },
    include: withRun,
  });
  await tx.plan.update({
    where: { id: plan.id },
    data: { activeExecutionId: id, latestExecutionId: id, version: { increment: 1 } },
  });
  return toExecution(row);
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
