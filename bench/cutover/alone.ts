import { v7 as uuidv7 } from 'uuid';
import { systemActor } from '../../domain/access.ts';
import { TenantId } from '../../domain/ids.ts';
import type { TenantGroup } from '../../domain/target.ts';
import { at, text, type Json } from '../../scripts/demo/api.ts';
import { inTransaction, openDatabase } from '../../prisma/client.ts';
import { recordAudit } from '../../prisma/store/audit.ts';
import { createResource } from '../../prisma/store/runtime.ts';
import { saveTargetLink } from '../../prisma/store/targetLinks.ts';

/**
 * Seconds that a loop takes for what the applied steps of groups wrote: each object with its link and its record in a
 * transaction, one after the other, in a tenant that has nothing else.
 */
export async function createAlone(databaseUrl: string, steps: readonly Json[]): Promise<number> {
  const database = openDatabase({ url: databaseUrl, connections: 2 });
  const tenant = TenantId.parse(uuidv7());
  const [sourceId, planId, executionId] = [uuidv7(), uuidv7(), uuidv7()];
  try {
    const begun = performance.now();
    for (const step of steps) {
      const payload = at(step, 'target_payload') as unknown as TenantGroup;
      const stepId = text(step, 'id');
      const now = new Date();
      const migratedBy = {
        source_id: sourceId,
        external_id: text(step, 'item', 'external_id'),
        plan_id: planId,
        step_id: stepId,
        execution_id: executionId,
      };
      await inTransaction(database, async (tx) => {
        const resource = { contract: 'tenant_group' as const, payload };
        const made = await createResource(tx, tenant, resource, { migratedBy, secretHash: null, at: now });
        await saveTargetLink(tx, tenant, {
          ...migratedBy,
          ...made,
          targetContract: resource.contract,
          origin: 'created',
          clientId: null,
          at: now,
        });
        await recordAudit(tx, tenant, {
          action: 'migration.cutover_step.applied',
          actor: systemActor('bench'),
          targets: { plan_id: planId, execution_id: executionId, step_id: stepId },
          at: now,
        });
      });
    }
    return (performance.now() - begun) / 1000;
  } finally {
    await database.$disconnect();
  }
}
