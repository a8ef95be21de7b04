import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import type { CompatibilityClass } from '../../domain/assessment.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import { buildPlan, keysToLookUp, type Candidate } from '../../domain/planning/build.ts';
import { checkPlan } from '../../domain/planning/check.ts';
import { builtInTarget } from '../../domain/rules/targetProfile.ts';
import type { RunFailure } from '../../domain/run.ts';
import type { Database } from '../../prisma/client.ts';
import { listAssessedItems, type AssessedItem } from '../../prisma/store/verdicts.ts';
import { findItems } from '../../prisma/store/items.ts';
import { decisionsOf } from '../../prisma/store/mergeDecisions.ts';
import { failBuild, findPlan, savePlan } from '../../prisma/store/plans.ts';
import { stepIds } from '../../prisma/store/steps.ts';
import { findWorkspace } from '../../prisma/store/workspaces.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';

export interface PlanInput {
  tenantId: string;
  planId: string;
}

/**
 * Builds a plan from its assessment and what the target holds now, has it checked independently, and stores it as the
 * next revision. The same assessment and target give the same plan; steps keep their ids.
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
      const candidates = await readCandidates(database, tenant, plan.id, plan.assessmentId, signal);
      const live = await runtime.findByKeys(database, tenant, keysToLookUp(candidates, builtInTarget));
      const steps = buildPlan({
        candidates,
        merging: workspace?.mode === 'merge_into_existing',
        live,
        target: builtInTarget,
        newClientId: (stepId) => `idm-${uuidv5('client', stepId)}`,
      });
      requireSound(steps, candidates);
      const itemTypes = new Map(candidates.map((candidate) => [candidate.item.id, candidate.item.itemType]));
      const typed = steps.map((step) => ({ ...step, itemType: itemTypes.get(step.itemId) ?? '' }));
      await savePlan(database, tenant, plan.id, temporalRunId, typed, deps.now());
    });
}

const readBatch = 500;

async function readCandidates(
  database: Database,
  tenant: TenantId,
  planId: string,
  assessmentId: string,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const known = await stepIds(database, tenant, planId);
  const candidates: Candidate[] = [];
  let after: bigint | null = null;
  for (;;) {
    signal.throwIfAborted();
    const page: { after: bigint | null; limit: number } = { after, limit: readBatch };
    const assessed = await listAssessedItems(database, tenant, assessmentId, page);
    if (assessed.length === 0) return candidates;
    const items = await findItems(
      database,
      tenant,
      assessed.map((each) => each.itemId),
    );
    const byId = new Map(items.map((item) => [item.id, item]));
    const decided = await decisionsOf(database, tenant, assessmentId, [...byId.keys()]);
    const decisions = new Map(decided.map((decision) => [decision.itemId, decision]));
    for (const each of assessed) {
      const item = byId.get(each.itemId);
      if (!item) continue;
      const decision = decisions.get(item.id) ?? null;
      candidates.push(toCandidate(each, item, known.get(item.id) ?? uuidv7(), decision));
    }
    after = assessed.at(-1)?.ordinal ?? null;
  }
}

function toCandidate(
  assessed: AssessedItem,
  item: Candidate['item'],
  stepId: string,
  decision: Candidate['decision'],
): Candidate {
  const { verdict } = assessed;
  const deciding = verdict.findings.filter((finding) => finding.outcome === verdict.compatibility_class);
  return {
    stepId,
    item,
    compatibilityClass: verdict.compatibility_class,
    targetContract: verdict.target_contract,
    rationale: verdict.rationale,
    remedy: [...new Set(deciding.map((finding) => finding.remedy))].join(' '),
    needs:
      item.itemType === 'assignment'
        ? verdict.depends_on.map(({ relation, item_id }) => ({ relation, itemId: item_id }))
        : [],
    decision,
  };
}

function requireSound(steps: ReturnType<typeof buildPlan>, candidates: readonly Candidate[]): void {
  const classes = new Map<string, CompatibilityClass>(
    candidates.map((candidate) => [candidate.item.id, candidate.compatibilityClass]),
  );
  const faults = checkPlan(steps, classes);
  if (faults.length > 0) {
    throw new DomainError('plan_check_failed', `The plan breaks its own rules: ${faults[0]?.message ?? ''}`, {
      members: { faults: faults.slice(0, 20) },
    });
  }
}

export function failPlanBuild(deps: ActivityDependencies) {
  return async (input: PlanInput & { failure: Omit<RunFailure, 'at'> }): Promise<void> => {
    const { tenant } = acting(input);
    await failBuild(deps.database, tenant, input.planId, { ...input.failure, at: deps.now().toISOString() });
  };
}
