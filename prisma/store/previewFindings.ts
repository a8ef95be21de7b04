import type { TenantId } from '../../domain/ids.ts';
import type { TargetChange } from '../../domain/plan.ts';
import type { PreviewCover } from '../../domain/previewCover.ts';
import type { PreviewWarning } from '../../domain/previewWarnings.ts';
import type { Database, Executor } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { inTransaction } from './constraints.ts';
import { json } from './json.ts';
import { holdPreview } from './previews.ts';

/** What one look at the present says of what is planned. */
export interface Findings {
  changes: readonly TargetChange[];
  warnings: readonly PreviewWarning[];
}

/** What a plan's own comparison came to, and what the check has against it. */
export interface PlanFindings extends Findings {
  fault: string | null;
}

/** Keeps what a plan's own comparison came to for the preview that runs, and what its token will cover; fenced. */
export const savePlanFindings = (
  database: Database,
  tenant: TenantId,
  previewId: string,
  temporalRunId: string,
  covers: PreviewCover,
  findings: PlanFindings,
): Promise<void> =>
  save(database, tenant, previewId, temporalRunId, { covers: json(covers), planFindings: json(findings) });

/** Keeps what was found at the source for the preview that runs; fenced. */
export const saveSourceFindings = (
  database: Database,
  tenant: TenantId,
  previewId: string,
  temporalRunId: string,
  findings: Findings,
): Promise<void> => save(database, tenant, previewId, temporalRunId, { sourceFindings: json(findings) });

const save = (
  database: Database,
  tenant: TenantId,
  previewId: string,
  temporalRunId: string,
  data: Prisma.PreviewUpdateInput,
): Promise<void> =>
  inTransaction(database, async (tx) => {
    await holdPreview(tx, tenant, previewId, temporalRunId);
    await tx.preview.update({ where: { id: previewId }, data, select: { id: true } });
  });

/** What was found of the plan itself, and at the source unless nobody could ask it. */
export async function findFindings(
  db: Executor,
  tenant: TenantId,
  previewId: string,
): Promise<{ plan: PlanFindings; source?: Findings }> {
  const { planFindings, sourceFindings } = await db.preview.findFirstOrThrow({
    where: { tenantId: tenant, id: previewId, planFindings: { not: Prisma.AnyNull } },
    select: { planFindings: true, sourceFindings: true },
  });
  return {
    plan: planFindings as unknown as PlanFindings,
    ...(sourceFindings !== null && { source: sourceFindings as unknown as Findings }),
  };
}
