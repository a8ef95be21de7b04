import type { TenantId } from '../../domain/ids.ts';
import type { TargetChange } from '../../domain/plan.ts';
import type { PreviewWarning } from '../../domain/previewWarnings.ts';
import type { Database, Executor } from '../client.ts';
import { inTransaction } from './constraints.ts';
import { json } from './json.ts';
import { holdPreview } from './previews.ts';

/** What the incumbent says by now of what is planned. */
export interface SourceFindings {
  changes: readonly TargetChange[];
  warnings: readonly PreviewWarning[];
}

/** Keeps what was found at the source for the preview that runs; fenced. */
export async function saveSourceFindings(
  database: Database,
  tenant: TenantId,
  previewId: string,
  temporalRunId: string,
  findings: SourceFindings,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    await holdPreview(tx, tenant, previewId, temporalRunId);
    await tx.preview.update({ where: { id: previewId }, data: { sourceFindings: json(findings) } });
  });
}

/** What was found at the source; null while nobody could ask it. */
export async function findSourceFindings(
  db: Executor,
  tenant: TenantId,
  previewId: string,
): Promise<SourceFindings | null> {
  const row = await db.preview.findFirst({
    where: { tenantId: tenant, id: previewId },
    select: { sourceFindings: true },
  });
  return (row?.sourceFindings ?? null) as unknown as SourceFindings | null;
}
