import { canonicalJson } from '../../domain/canonical.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan, TargetChange } from '../../domain/plan.ts';
import type { RunFailure } from '../../domain/run.ts';
import { sha256Hex } from '../../platform/digest.ts';
import type { Database, Executor } from '../../prisma/client.ts';
import { readCover } from '../../prisma/store/cover.ts';
import { decisionChanges } from '../../prisma/store/mergeDecisions.ts';
import { findPlan } from '../../prisma/store/plans.ts';
import { failPreview, findPreview, finishPreview } from '../../prisma/store/previews.ts';
import { walkSteps } from '../../prisma/store/steps.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import type { TargetRuntime } from '../runtime/target.ts';

export interface PreviewInput {
  tenantId: string;
  previewId: string;
}

/** Compares a built plan with what has been decided since and the target as it is now, and stores what the token will vouch for. */
export function previewPlan(deps: ActivityDependencies) {
  return async (input: PreviewInput): Promise<void> =>
    heartbeating(async () => {
      const { tenant, temporalRunId } = acting(input);
      const { database, runtime } = deps;
      const preview = await findPreview(database, tenant, input.previewId);
      if (!preview) throw new DomainError('execution_superseded', 'The preview is gone.');
      if (preview.run.endedAt) return;
      const plan = await findPlan(database, tenant, preview.planId);
      if (!plan) throw new DomainError('execution_superseded', 'The plan is gone.');
      const { changes, target } = await compareWithTarget(database, tenant, plan, runtime);
      const decided = await decisionChanges(database, tenant, plan);
      const covers = { ...(await readCover(database, tenant, plan)), target };
      await finishPreview(
        database,
        tenant,
        preview.id,
        temporalRunId,
        { covers, changes: [...decided, ...changes], warnings: [] },
        deps.now(),
      );
    });
}

/**
 * Looks up every key that a planned step claims. A create whose key is taken is a change; `target` digests what was
 * found, so that the run can tell whether anything differs before its first effect.
 */
export async function compareWithTarget(
  db: Executor | Database,
  tenant: TenantId,
  plan: Pick<Plan, 'id'>,
  runtime: TargetRuntime,
): Promise<{ changes: TargetChange[]; target: string }> {
  const changes: TargetChange[] = [];
  const seen: [string, string[]][] = [];
  for await (const steps of walkSteps(db, tenant, plan.id, { status: 'planned' })) {
    const live = await runtime.findByKeys(
      db,
      tenant,
      steps.flatMap((step) => step.targetKeys),
    );
    for (const step of steps) {
      for (const key of step.targetKeys) {
        const found = live.get(key) ?? [];
        seen.push([key, found.map((resource) => resource.fingerprint)]);
        for (const { resourceId, fingerprint } of found) {
          changes.push({
            step_id: step.id,
            item_id: step.itemId,
            code: 'target_collision',
            message: `The target has ${key} by now.`,
            was: null,
            is: { resource_id: resourceId, fingerprint },
          });
        }
      }
    }
  }
  return { changes, target: sha256Hex(canonicalJson(seen)) };
}

export function failPreviewRun(deps: ActivityDependencies) {
  return async (input: PreviewInput & { failure: Omit<RunFailure, 'at'> }): Promise<void> => {
    const { tenant } = acting(input);
    await failPreview(deps.database, tenant, input.previewId, {
      ...input.failure,
      at: deps.now().toISOString(),
    });
  };
}
