import type { AuditAction } from '../../domain/audit.ts';
import type { TenantId } from '../../domain/ids.ts';
import type {
  OutstandingStep,
  ReasonCode,
  SecretState,
  Step,
  StepFailure,
  StepOutcome,
  StepStatus,
} from '../../domain/plan.ts';
import { Prisma, type Executor, type Transaction } from '../client.ts';
import { recordAudit } from './audit.ts';
import type { HeldExecution } from './executionFence.ts';
import { jsonOrNull } from './json.ts';
import type { MigratedBy } from './runtime.ts';
import { isLinkedTo, saveTargetLink } from './targetLinks.ts';

/** The reason of a step `s` as it was planned, to be kept while another stands in its place. */
const plannedReason = Prisma.sql`CASE WHEN s."reason_code" IS NOT NULL
  THEN jsonb_build_object('code', s."reason_code", 'text', s."reason") END`;

const stepActionAudit: Readonly<Record<Exclude<StepStatus, 'planned'>, AuditAction>> = {
  applied: 'migration.cutover_step.applied',
  blocked: 'migration.cutover_step.blocked',
  failed: 'migration.cutover_step.failed',
  manual_follow_up: 'migration.cutover_step.manual_follow_up',
  skipped: 'migration.cutover_step.skipped',
};

/** An execution at work on its plan. */
export type AtWork = Pick<HeldExecution, 'execution' | 'plan'>;

type OpenStep = Pick<Step, 'id' | 'itemId' | 'externalId' | 'targetContract' | 'reasonCode'>;

/** What a step came to at the target. */
export interface StepEffect {
  outcome: StepOutcome;
  resourceId: string;
  fingerprint: string;
  /** Of an application. */
  clientId: string | null;
  secret: { state: SecretState; jwe: string | null };
}

/** Which migration a resource is marked with that a step makes. */
export const migratedByOf = (
  { execution, plan }: AtWork,
  step: Pick<Step, 'id' | 'externalId'>,
): MigratedBy => ({
  source_id: plan.sourceId,
  external_id: step.externalId,
  plan_id: plan.id,
  step_id: step.id,
  execution_id: execution.id,
});

/**
 * Records that a step was applied, whatever was recorded of it before, and which resource its item became. A bind to
 * what the item had become already keeps the link of whoever made it.
 */
export async function recordApplied(
  tx: Transaction,
  tenant: TenantId,
  at: AtWork,
  step: OpenStep,
  effect: StepEffect,
  now: Date,
): Promise<void> {
  const { outcome, resourceId, secret } = effect;
  const { targetContract, externalId } = step;
  const object = { sourceId: at.plan.sourceId, targetContract, externalId };
  if (outcome === 'created' || !(await isLinkedTo(tx, tenant, object, resourceId))) {
    const { fingerprint, clientId } = effect;
    const origin = outcome === 'created' ? ('created' as const) : ('bound' as const);
    const link = { ...migratedByOf(at, step), targetContract, resourceId, fingerprint, clientId };
    await saveTargetLink(tx, tenant, { ...link, origin, at: now });
  }
  await tx.step.update({
    where: { id: step.id },
    data: {
      status: 'applied',
      outcome,
      targetResourceId: resourceId,
      failure: Prisma.DbNull,
      secretState: secret.state,
      sealedSecret: secret.jwe,
      sealedAt: secret.jwe === null ? null : now,
      intent: Prisma.DbNull,
    },
  });
  const settled = { ...step, status: 'applied' as const, outcome, targetResourceId: resourceId };
  await recordStepSettled(tx, tenant, at, settled, now);
}

export async function markFailed(
  tx: Transaction,
  tenant: TenantId,
  at: AtWork,
  step: OpenStep,
  failure: StepFailure,
  now: Date,
): Promise<void> {
  await tx.step.update({ where: { id: step.id }, data: { status: 'failed', failure: jsonOrNull(failure) } });
  await recordStepSettled(tx, tenant, at, { ...step, status: 'failed', failure }, now);
}

/** Records that a step was skipped because of steps that it needs and that made nothing. */
export async function markSkipped(
  tx: Transaction,
  tenant: TenantId,
  at: AtWork,
  step: OpenStep,
  missing: readonly string[],
  now: Date,
): Promise<void> {
  const reasonCode: ReasonCode = 'dependency_failed';
  const reason = `It needs step ${missing.join(' and ')}, which was not applied.`;
  await tx.$executeRaw`
    UPDATE "migration_cutover_steps" s
       SET "status" = 'skipped', "reason_code" = ${reasonCode}, "reason" = ${reason}, "planned_reason" = ${plannedReason}
     WHERE s."tenant_id" = ${tenant}::uuid AND s."id" = ${step.id}::uuid`;
  await recordStepSettled(tx, tenant, at, { ...step, status: 'skipped', reasonCode }, now);
}

/** Records that an execution settled a step: what it saw of it, and one audit record for the step and outcome. */
export async function recordStepSettled(
  tx: Transaction,
  tenant: TenantId,
  { execution, plan }: AtWork,
  step: Omit<OpenStep, 'externalId'> & {
    status: Exclude<StepStatus, 'planned'>;
    outcome?: StepOutcome;
    failure?: StepFailure;
    targetResourceId?: string;
  },
  at: Date,
): Promise<void> {
  const outcome = step.outcome ?? null;
  const settled = {
    status: step.status,
    reasonCode: step.reasonCode,
    outcome,
    failure: jsonOrNull(step.failure ?? null),
    settledAt: at,
  };
  const key = { executionId: execution.id, stepId: step.id };
  await tx.executionStep.upsert({
    where: { executionId_stepId: key },
    create: { ...key, tenantId: tenant, ...settled },
    update: settled,
  });
  const action = stepActionAudit[step.status];
  await recordAudit(tx, tenant, {
    action,
    actor: execution.run.startedBy,
    targets: { plan_id: plan.id, execution_id: execution.id, step_id: step.id, item_id: step.itemId },
    facts: {
      target_contract: step.targetContract,
      outcome,
      reason_code: step.reasonCode,
      target_resource_id: step.targetResourceId ?? null,
    },
    at,
    uniqueKey: `${execution.id}/${step.id}/${action}`,
  });
}

/**
 * Takes into the execution all steps of the plan but those that a former one has applied: those that mutate nothing
 * are settled at once, each with its record; the planned ones wait. Repeatable.
 */
export async function takeSteps(tx: Transaction, tenant: TenantId, at: AtWork, now: Date): Promise<void> {
  const { execution, plan } = at;
  await tx.$executeRaw`
    INSERT INTO "migration_execution_steps"
      ("execution_id", "step_id", "tenant_id", "status", "reason_code", "outcome", "settled_at")
    SELECT ${execution.id}::uuid, s."id", s."tenant_id", s."status", s."reason_code", s."outcome",
           CASE WHEN s."status" = 'planned' THEN NULL ELSE ${now}::timestamptz END
      FROM "migration_cutover_steps" s
     WHERE s."tenant_id" = ${tenant}::uuid AND s."plan_id" = ${plan.id}::uuid AND s."status" <> 'applied'
    ON CONFLICT DO NOTHING`;
  await recordUnmutated(tx, tenant, at, now);
}

/** Skips, each with its record, what an execution that ends has not reached. */
export async function skipUnreached(tx: Transaction, tenant: TenantId, at: AtWork, now: Date): Promise<void> {
  const reasonCode: ReasonCode = 'run_stopped';
  const reason = 'The run ended before this step was reached.';
  await tx.$executeRaw`
    WITH unreached AS (
      UPDATE "migration_cutover_steps" s
         SET "status" = 'skipped', "reason_code" = ${reasonCode}, "reason" = ${reason}, "planned_reason" = ${plannedReason}
        FROM "migration_execution_steps" e
       WHERE e."execution_id" = ${at.execution.id}::uuid AND e."tenant_id" = ${tenant}::uuid
         AND s."id" = e."step_id" AND s."status" = 'planned'
      RETURNING s."id"
    )
    UPDATE "migration_execution_steps" e
       SET "status" = 'skipped', "reason_code" = ${reasonCode}, "settled_at" = ${now}::timestamptz
      FROM unreached WHERE e."execution_id" = ${at.execution.id}::uuid AND e."step_id" = unreached."id"`;
  await recordUnmutated(tx, tenant, at, now);
}

/** Writes the record of every step that the execution settled without touching the target, where it has none yet. */
async function recordUnmutated(
  tx: Transaction,
  tenant: TenantId,
  { execution }: AtWork,
  now: Date,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "migration_audit_records"
      ("id", "tenant_id", "action", "actor", "targets", "facts", "unique_key", "occurred_at")
    SELECT gen_random_uuid(), e."tenant_id", 'migration.cutover_step.' || e."status",
           ${JSON.stringify(execution.run.startedBy)}::jsonb,
           jsonb_build_object('plan_id', s."plan_id", 'execution_id', e."execution_id", 'step_id', s."id", 'item_id', s."item_id"),
           jsonb_build_object('target_contract', s."target_contract", 'reason_code', e."reason_code", 'outcome', NULL, 'target_resource_id', NULL),
           e."execution_id" || '/' || s."id" || '/migration.cutover_step.' || e."status", ${now}::timestamptz
      FROM "migration_execution_steps" e
      JOIN "migration_cutover_steps" s ON s."id" = e."step_id"
     WHERE e."tenant_id" = ${tenant}::uuid AND e."execution_id" = ${execution.id}::uuid
       AND e."status" IN ('blocked', 'manual_follow_up', 'skipped')
     ORDER BY s."sequence"
    ON CONFLICT DO NOTHING`;
}

/** Up to `limit` steps that an execution has still to do, in the order in which they may run. */
export async function outstandingSteps(
  db: Executor,
  tenant: TenantId,
  executionId: string,
  limit: number,
): Promise<OutstandingStep[]> {
  const rows = await db.step.findMany({
    where: { tenantId: tenant, status: 'planned', executionSteps: { some: { executionId } } },
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
