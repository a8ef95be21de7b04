import { v5 as uuidv5 } from 'uuid';
import { DomainError } from '../../domain/errors.ts';
import { completePlan, draftPlan } from '../../domain/planning/build.ts';
import { keysToLookUp } from '../../domain/planning/create.ts';
import { builtInTarget } from '../../domain/rules/targetProfile.ts';
import type { RunFailure } from '../../domain/run.ts';
import type { Transaction } from '../../prisma/client.ts';
import { failBuild, holdBuild, savePlan } from '../../prisma/store/planBuilding.ts';
import { findPlan } from '../../prisma/store/plans.ts';
import { findWorkspace } from '../../prisma/store/workspaces.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { readCandidates, readNamedResources, readServiceProviders } from './candidates.ts';
import { requireSound } from './check.ts';
import { requireFreshDecisions } from './decisions.ts';

export interface PlanInput {
  tenantId: string;
  planId: string;
}

/**
 * Builds a plan from its assessment and what the target holds now, has it checked independently, and stores it as the
 * next revision. The same assessment and target give the same plan; steps keep their ids, and what has been applied
 * stays as it is. `handoff_not_ready` when the target changed under a decision, which is pending again then.
 */
export function buildCutoverPlan(deps: ActivityDependencies) {
  return async (input: PlanInput): Promise<void> =>
    heartbeating(async (signal) => {
      const { tenant, temporalRunId } = acting(input);
      const { database, runtime } = deps;
      const plan = await findPlan(database, tenant, input.planId);
      if (!plan) throw new DomainError('execution_superseded', 'The plan is gone.');
      if (plan.buildRun.endedAt) return;
      const workspace = await findWorkspace(database, tenant, plan.workspaceId);
      const merging = workspace?.mode === 'merge_into_existing';
      if (merging) {
        const hold = async (tx: Transaction) =>
          (await holdBuild(tx, tenant, plan.id, temporalRunId)).buildRun;
        await requireFreshDecisions(deps, tenant, plan, hold, signal);
      }
      const candidates = await readCandidates(database, tenant, plan, signal);
      const draft = draftPlan({
        candidates,
        merging,
        live: await runtime.findByKeys(database, tenant, keysToLookUp(candidates, builtInTarget)),
        resources: await readNamedResources(database, tenant, runtime, candidates),
        serviceProviders: await readServiceProviders(tenant, runtime, candidates),
        target: builtInTarget,
        newClientId: (stepId) => `idm-${uuidv5('client', stepId)}`,
      });
      const steps = completePlan(draft, await runtime.findByKeys(database, tenant, draft.pairs));
      requireSound(steps, candidates);
      const itemTypes = new Map(candidates.map((candidate) => [candidate.item.id, candidate.item.itemType]));
      const typed = steps.map((step) => ({ ...step, itemType: itemTypes.get(step.itemId) ?? '' }));
      await savePlan(database, tenant, plan.id, temporalRunId, typed, deps.now());
    });
}

export function failPlanBuild(deps: ActivityDependencies) {
  return async (input: PlanInput & { failure: Omit<RunFailure, 'at'> }): Promise<void> => {
    const { tenant } = acting(input);
    await failBuild(deps.database, tenant, input.planId, { ...input.failure, at: deps.now().toISOString() });
  };
}
