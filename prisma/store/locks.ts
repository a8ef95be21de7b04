import type { TenantId } from '../../domain/ids.ts';
import { Prisma, type Transaction } from '../client.ts';

/**
 * Row locks. One order everywhere: workspace, source, snapshot, assessment, plan, execution, step, and a run right
 * after the resource it works on. A lock is never upgraded: who will write a row takes `write` first. Writers take
 * FOR NO KEY UPDATE, because FOR UPDATE would block the inserts of children through their foreign keys.
 */
export type LockStrength = 'rely' | 'write';

const tables = {
  workspace: 'migration_workspaces',
  source: 'migration_sources',
  snapshot: 'migration_snapshots',
  assessment: 'migration_assessments',
  plan: 'migration_cutover_plans',
  execution: 'migration_cutover_executions',
  step: 'migration_cutover_steps',
  run: 'migration_runs',
} as const;
export type Lockable = keyof typeof tables;

/** Locks one row of the tenant until the transaction ends; false when there is no such row. */
export async function lock(
  tx: Transaction,
  tenant: TenantId,
  what: Lockable,
  id: string,
  strength: LockStrength,
): Promise<boolean> {
  const clause = Prisma.raw(strength === 'write' ? 'FOR NO KEY UPDATE' : 'FOR SHARE');
  const table = Prisma.raw(`"${tables[what]}"`);
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM ${table} WHERE "tenant_id" = ${tenant}::uuid AND "id" = ${id}::uuid ${clause}`;
  return rows.length > 0;
}
