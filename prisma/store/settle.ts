import type { Actor } from '../../domain/access.ts';
import { unreachable } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Run, RunFailure } from '../../domain/run.ts';
import type { Database } from '../client.ts';
import { failAssessment } from './assessments.ts';
import { settleExecution } from './settleExecution.ts';
import { failRefresh } from './overlaps.ts';
import { failBuild } from './planBuilding.ts';
import { failPreview } from './previews.ts';
import { failRotation } from './secretRotation.ts';
import { failSnapshot } from './snapshots.ts';
import { failVerification } from './verifications.ts';

/**
 * Fails whatever a run was working on, from outside the run: it was terminated, timed out, deleted or never started.
 * A committed outcome stays; one that has ended is left alone.
 */
export async function settleRunFailed(
  database: Database,
  tenant: TenantId,
  run: Pick<Run, 'id' | 'kind' | 'resourceId'>,
  failure: RunFailure,
  actor: Actor,
): Promise<void> {
  switch (run.kind) {
    case 'collect':
      await failSnapshot(database, tenant, run.resourceId, failure, { actor });
      return;
    case 'verify':
      await failVerification(database, tenant, run.resourceId, run.id, failure, actor);
      return;
    case 'assess':
      await failAssessment(database, tenant, run.resourceId, failure, actor);
      return;
    case 'refresh':
      await failRefresh(database, tenant, run.resourceId, run.id, failure);
      return;
    case 'plan':
      await failBuild(database, tenant, run.resourceId, failure);
      return;
    case 'preview':
      await failPreview(database, tenant, run.resourceId, failure);
      return;
    case 'apply':
      await settleExecution(database, tenant, run.resourceId, { failure, at: new Date(failure.at), actor });
      return;
    case 'rotate':
      await failRotation(database, tenant, { runId: run.id, stepId: run.resourceId }, failure);
      return;
    default:
      return unreachable(run.kind);
  }
}
