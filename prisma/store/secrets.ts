import type { TenantId } from '../../domain/ids.ts';
import { retryableSkips } from '../../domain/plan.ts';
import type { TenantOidcApplication } from '../../domain/target.ts';
import type { Database, Executor } from '../client.ts';
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

/** Takes the pending secrets of an execution out of the database; each is given once and is gone then. */
export async function deliverSecrets(
  database: Database,
  tenant: TenantId,
  executionId: string,
  command: Command,
): Promise<SealedSecret[]> {
  return inTransaction(database, async (tx) => {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      SELECT s."id" FROM "migration_cutover_steps" s
        JOIN "migration_execution_steps" e ON e."step_id" = s."id"
       WHERE e."execution_id" = ${executionId}::uuid AND s."tenant_id" = ${tenant}::uuid
         AND s."secret_state" = 'pending' ORDER BY s."sequence" FOR NO KEY UPDATE OF s`;
    const steps = await tx.step.findMany({
      where: { id: { in: rows.map((row) => row.id) } },
      orderBy: { sequence: 'asc' },
      select: { id: true, planId: true, sealedSecret: true, targetResourceId: true, targetPayload: true },
    });
    await tx.step.updateMany({
      where: { id: { in: steps.map((step) => step.id) } },
      data: { secretState: 'delivered', sealedSecret: null },
    });
    await recordAudit(
      tx,
      tenant,
      ...steps.map((step) => ({
        ...command,
        action: 'migration.cutover_step.secret_delivered' as const,
        targets: { plan_id: step.planId, execution_id: executionId, step_id: step.id },
        facts: { client_id: (step.targetPayload as unknown as TenantOidcApplication).client_id },
      })),
    );
    return steps.map((step) => ({
      stepId: step.id,
      applicationId: step.targetResourceId ?? '',
      clientId: (step.targetPayload as unknown as TenantOidcApplication).client_id,
      jwe: step.sealedSecret ?? '',
    }));
  });
}
