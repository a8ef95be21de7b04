import type { TenantId } from '../../domain/ids.ts';
import type { Executor } from '../client.ts';

/** How many decisions an assessment asks people for, and how many of them are still owed. */
export async function countDecisions(
  db: Executor,
  tenant: TenantId,
  assessmentId: string,
): Promise<{ pending: number; total: number }> {
  const rows = await db.mergeDecision.groupBy({
    by: ['status'],
    where: { tenantId: tenant, assessmentId },
    _count: true,
  });
  const count = (wanted: (status: string) => boolean) =>
    rows.filter((row) => wanted(row.status)).reduce((sum, row) => sum + row._count, 0);
  return { pending: count((status) => status === 'pending'), total: count(() => true) };
}
