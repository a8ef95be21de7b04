import { systemActor } from '../../domain/access.ts';
import type { AuditAction } from '../../domain/audit.ts';
import type { TenantId } from '../../domain/ids.ts';
import { retryableSkips, type SecretState } from '../../domain/plan.ts';
import { Prisma, type Database, type Executor } from '../client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';

/**
 * Whether a plan, or some steps of it, have still to create an application that gets a client secret: a step that is
 * planned, or that a retry would take up.
 */
export async function willMakeSecrets(
  db: Executor,
  tenant: TenantId,
  { planId, stepIds }: { planId: string; stepIds: readonly string[] | null },
): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM "migration_cutover_steps"
     WHERE "tenant_id" = ${tenant}::uuid AND "plan_id" = ${planId}::uuid AND "action" = 'create'
       AND "target_contract" = 'tenant_oidc_application'
       AND "target_payload"->>'token_endpoint_auth_method' IN ('client_secret_basic', 'client_secret_post')
       AND ("status" IN ('planned', 'failed') OR "status" = 'skipped' AND "reason_code" = ANY(${[...retryableSkips]}::text[]))
       AND (${stepIds === null} OR "id" = ANY(${[...(stepIds ?? [])]}::uuid[]))
     LIMIT 1`;
  return rows.length > 0;
}

export interface SealedSecret {
  stepId: string;
  applicationId: string;
  clientId: string;
  jwe: string;
}

/** Which secrets: all of an execution's, or that of one step, which an execution made or a rotation after it. */
export type WhichSecrets = { executionId: string } | { stepId: string };

/** Takes pending secrets out of the database; each is given once and is gone then. */
export async function deliverSecrets(
  database: Database,
  tenant: TenantId,
  which: WhichSecrets,
  command: Command,
): Promise<SealedSecret[]> {
  const wanted =
    'stepId' in which
      ? Prisma.sql`s."id" = ${which.stepId}::uuid`
      : Prisma.sql`e."execution_id" = ${which.executionId}::uuid`;
  return inTransaction(database, async (tx) => {
    const rows = await tx.$queryRaw<TakenRow[]>`
      SELECT s."id" AS "stepId", s."plan_id" AS "planId", e."execution_id" AS "executionId",
             s."target_resource_id" AS "applicationId", s."target_payload"->>'client_id' AS "clientId", s."sealed_secret" AS jwe
        FROM "migration_cutover_steps" s
        JOIN "migration_execution_steps" e ON e."step_id" = s."id" AND e."status" = 'applied'
       WHERE ${wanted} AND s."tenant_id" = ${tenant}::uuid AND s."secret_state" = 'pending'
       ORDER BY s."sequence" FOR NO KEY UPDATE OF s`;
    await tx.step.updateMany({
      where: { id: { in: rows.map((row) => row.stepId) } },
      data: { secretState: 'delivered', sealedSecret: null, sealedAt: null },
    });
    await recordAudit(
      tx,
      tenant,
      ...rows.map((row) => ({
        ...command,
        action: 'migration.cutover_step.secret_delivered' as const,
        targets: { plan_id: row.planId, execution_id: row.executionId, step_id: row.stepId },
        facts: { client_id: row.clientId },
      })),
    );
    return rows.map(({ stepId, applicationId, clientId, jwe }) => ({ stepId, applicationId, clientId, jwe }));
  });
}

interface TakenRow extends SealedSecret {
  planId: string;
  executionId: string;
}

/** What has become of the secret of a step that an execution applied; null when it applied no such step. */
export async function secretStateOf(
  db: Executor,
  tenant: TenantId,
  executionId: string,
  stepId: string,
): Promise<SecretState | null> {
  const row = await db.executionStep.findFirst({
    where: { tenantId: tenant, executionId, stepId, status: 'applied' },
    select: { step: { select: { secretState: true } } },
  });
  return (row?.step.secretState ?? null) as SecretState | null;
}

/**
 * Deletes the secrets that were sealed before a time and that nobody has fetched, each with its record, whosever they
 * are; says how many there were.
 */
export async function expireSecrets(database: Database, sealedBefore: Date, at: Date): Promise<number> {
  const actor = JSON.stringify(systemActor('history-mirror'));
  const action: AuditAction = 'migration.cutover_step.secret_expired';
  return database.$executeRaw`
    WITH expired AS (
      UPDATE "migration_cutover_steps" SET "secret_state" = 'lost', "sealed_secret" = NULL, "sealed_at" = NULL
       WHERE "secret_state" = 'pending' AND "sealed_at" < ${sealedBefore}::timestamptz
      RETURNING "id", "tenant_id", "plan_id", "target_payload"->>'client_id' AS client_id
    )
    INSERT INTO "migration_audit_records" ("id", "tenant_id", "action", "actor", "targets", "facts", "occurred_at")
    SELECT gen_random_uuid(), "tenant_id", ${action}, ${actor}::jsonb,
           jsonb_build_object('plan_id', "plan_id", 'step_id', "id"), jsonb_build_object('client_id', client_id),
           ${at}::timestamptz
      FROM expired`;
}
