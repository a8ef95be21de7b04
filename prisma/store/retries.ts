import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Execution, Plan, ReasonCode, StepStatus, TargetChange } from '../../domain/plan.ts';
import { chooseRetry, type RetryChoice } from '../../domain/retry.ts';
import type { Database, Transaction } from '../client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { insertExecution } from './executions.ts';
import { lock } from './locks.ts';
import { decisionChanges } from './mergeDecisions.ts';
import { findPlan } from './plans.ts';
import { lockSource } from './sources.ts';
import { lockWorkspace } from './workspaces.ts';

/**
 * Creates an execution that takes up failed and skipped steps of the plan's last one, all of them when `stepIds` is
 * null. It needs no token: each step holds to what was previewed. `workspace_archived`, `source_archived`,
 * `apply_in_progress`, `plan_already_applied`, `step_not_retryable` with the `steps`, `retry_stale` with `changes` when
 * the plan is no longer what was applied, and `unknown_reference` for an id that is none of its steps.
 */
export async function createRetry(
  database: Database,
  tenant: TenantId,
  former: Pick<Execution, 'id' | 'planId'>,
  input: { stepIds: readonly string[] | null; recipientJwk: object | null },
  command: Command,
): Promise<Execution> {
  return inTransaction(database, async (tx) => {
    const { plan, last } = await lockForRetry(tx, tenant, former);
    const { run, done, refused } = await chooseSteps(tx, tenant, plan.id, input.stepIds);
    const others = input.stepIds ? [...done, ...refused] : [];
    if (others.length > 0) throw notRetryable('Some of the steps cannot be retried.', others);
    const { recipientJwk } = input;
    const retry = { trigger: 'retry' as const, previewId: last.previewId, retryOf: last.id, recipientJwk };
    const execution = await insertExecution(tx, tenant, plan, retry, command);
    await reserveSteps(tx, tenant, execution.id, run);
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.cutover_execution.retried',
      targets: { workspace_id: plan.workspaceId, plan_id: plan.id, execution_id: execution.id },
      facts: { retry_of: last.id, revision: plan.revision, steps: run.length },
    });
    await keepKey(tx, tenant, command, { resourceId: execution.id, runId: execution.run.id });
    return execution;
  });
}

/** What `createRetry` would do; it refuses alike but for steps that cannot be retried, which it names. */
export async function rehearseRetry(
  database: Database,
  tenant: TenantId,
  former: Pick<Execution, 'id' | 'planId'>,
  stepIds: readonly string[] | null,
): Promise<RetryChoice> {
  return inTransaction(database, async (tx) => {
    const { plan } = await lockForRetry(tx, tenant, former);
    return chooseSteps(tx, tenant, plan.id, stepIds);
  });
}

/** Locks a plan and what it relies on; a newer assessment of its source does not matter any more. */
async function lockForRetry(
  tx: Transaction,
  tenant: TenantId,
  former: Pick<Execution, 'id' | 'planId'>,
): Promise<{ plan: Plan; last: Pick<Execution, 'id' | 'previewId' | 'revision'> }> {
  const plan = await lockFailedPlan(tx, tenant, former.planId);
  if (plan.activeExecutionId !== null) {
    throw new DomainError('apply_in_progress', 'An execution of this plan is running; wait for it to end.');
  }
  if (plan.status === 'applied' || plan.status === 'applied_with_follow_up') {
    throw new DomainError('plan_already_applied', 'The plan has been applied.');
  }
  const last = await tx.execution.findFirst({
    where: { tenantId: tenant, id: former.id },
    select: { id: true, previewId: true, revision: true },
  });
  if (last?.id !== plan.latestExecutionId) {
    throw stale('Another execution came after this one; retry the latest.', {
      latest_execution_id: plan.latestExecutionId,
    });
  }
  await requireAsApplied(tx, tenant, plan, last.revision);
  if (plan.status !== 'failed') throw notRetryable('No step of the plan has failed.', []);
  return { plan, last };
}

/** Locks a plan for another execution of it, and everything above it that must be alive, in order. */
export async function lockFailedPlan(tx: Transaction, tenant: TenantId, planId: string): Promise<Plan> {
  const known = await findPlan(tx, tenant, planId);
  if (!known) throw new DomainError('not_found', 'There is no such plan.');
  await lockWorkspace(tx, tenant, known.workspaceId, 'rely');
  await lockSource(tx, tenant, known.workspaceId, known.sourceId, 'rely');
  await lock(tx, tenant, 'assessment', known.assessmentId, 'rely');
  await lock(tx, tenant, 'plan', planId, 'write');
  return (await findPlan(tx, tenant, planId)) ?? known;
}

/** Refuses with `retry_stale` unless the plan is still the revision that was applied and by the same decisions. */
export async function requireAsApplied(
  tx: Transaction,
  tenant: TenantId,
  plan: Plan,
  revision: number,
): Promise<void> {
  if (plan.revision !== revision) {
    throw stale('The plan was built again since; preview it and apply it.', {
      changes: [revisionChange(revision, plan.revision)],
    });
  }
  const changes = await decisionChanges(tx, tenant, plan);
  if (changes.length > 0) {
    throw stale('Something else was decided since; build the plan again.', { changes });
  }
}

const revisionChange = (was: number, is: number): TargetChange => ({
  step_id: null,
  item_id: null,
  code: 'revision_changed',
  message: 'The plan was built again.',
  was,
  is,
});

const stale = (message: string, members: Record<string, unknown>) =>
  new DomainError('retry_stale', message, { members });

const notRetryable = (message: string, steps: readonly string[]) =>
  new DomainError('step_not_retryable', message, { members: { steps } });

async function chooseSteps(
  tx: Transaction,
  tenant: TenantId,
  planId: string,
  stepIds: readonly string[] | null,
): Promise<RetryChoice> {
  const steps = await tx.step.findMany({
    where: { tenantId: tenant, planId },
    orderBy: { sequence: 'asc' },
    select: { id: true, status: true, reasonCode: true, dependsOn: true },
  });
  const known = new Set(steps.map((step) => step.id));
  const errors = (stepIds ?? []).flatMap((id, index) =>
    known.has(id) ? [] : [{ pointer: `/step_ids/${index}`, message: 'There is no such step in this plan.' }],
  );
  if (errors.length > 0) {
    throw new DomainError('unknown_reference', 'Some of the steps are none of this plan.', { errors });
  }
  const typed = steps.map((step) => ({
    ...step,
    status: step.status as StepStatus,
    reasonCode: step.reasonCode as ReasonCode | null,
  }));
  return chooseRetry(typed, stepIds);
}

/** Says which steps an execution will take up. They stay what they are until its run claims it. */
export async function reserveSteps(
  tx: Transaction,
  tenant: TenantId,
  executionId: string,
  stepIds: readonly string[],
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "migration_execution_steps" ("execution_id", "step_id", "tenant_id", "status")
    SELECT ${executionId}::uuid, s."id", s."tenant_id", 'planned'
      FROM "migration_cutover_steps" s
     WHERE s."tenant_id" = ${tenant}::uuid AND s."id" = ANY(${[...stepIds]}::uuid[])`;
}

/** Makes the steps of an execution planned again, each for the reason for which it was planned before. */
export async function reopenSteps(tx: Transaction, tenant: TenantId, executionId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE "migration_cutover_steps" s
       SET "status" = 'planned', "failure" = NULL,
           "reason_code" = CASE WHEN s."status" = 'skipped' THEN s."planned_reason"->>'code' ELSE s."reason_code" END,
           "reason" = CASE WHEN s."status" = 'skipped' THEN s."planned_reason"->>'text' ELSE s."reason" END,
           "planned_reason" = NULL
      FROM "migration_execution_steps" e
     WHERE e."tenant_id" = ${tenant}::uuid AND e."execution_id" = ${executionId}::uuid AND s."id" = e."step_id"
       AND s."status" IN ('failed', 'skipped')`;
}

/** All steps of a plan that may be taken up again. */
export const retryableSteps = async (tx: Transaction, tenant: TenantId, planId: string): Promise<string[]> =>
  (await chooseSteps(tx, tenant, planId, null)).run;
