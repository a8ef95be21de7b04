import type { Handoff } from '../domain/handoff.ts';
import type { TenantId } from '../domain/ids.ts';
import { findSnapshot, listSnapshots } from '../prisma/store/snapshots.ts';
import type { Services } from './services.ts';

/** What to know of the snapshot that an assessment or a plan goes by: there is a newer one, or it is old. */
export async function snapshotWarnings(
  { database, maxSnapshotAgeHours, now }: Services,
  tenant: TenantId,
  { sourceId, snapshotId }: { sourceId: string; snapshotId: string },
): Promise<Handoff['warnings']> {
  const [newest, own] = await Promise.all([
    listSnapshots(database, tenant, sourceId, { before: null, limit: 1 }),
    findSnapshot(database, tenant, snapshotId),
  ]);
  const warnings: Handoff['warnings'] = [];
  if (newest[0] && newest[0].id !== snapshotId && newest[0].status === 'completed') {
    warnings.push({
      code: 'newer_snapshot',
      message: 'A newer snapshot of this source has been collected; assess it.',
    });
  }
  const ended = own?.run.endedAt;
  if (ended && now().getTime() - ended.getTime() > maxSnapshotAgeHours * 3_600_000) {
    warnings.push({
      code: 'snapshot_old',
      message: `The snapshot is older than ${maxSnapshotAgeHours} hours.`,
    });
  }
  return warnings;
}
