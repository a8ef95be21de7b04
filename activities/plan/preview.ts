import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plan.ts';
import {
  boundWarnings,
  stepWarnings,
  type PreviewWarning,
  type WarnedStep,
} from '../../domain/previewWarnings.ts';
import type { RunFailure } from '../../domain/run.ts';
import { readCertificate } from '../../platform/certificates.ts';
import type { Database, Transaction } from '../../prisma/client.ts';
import { readCover } from '../../prisma/store/cover.ts';
import { decisionChanges } from '../../prisma/store/mergeDecisions.ts';
import { findGuards } from '../../prisma/store/stepsToApply.ts';
import { findPlan } from '../../prisma/store/plans.ts';
import { findSourceFindings, type SourceFindings } from '../../prisma/store/previewFindings.ts';
import { failPreview, findPreview, finishPreview, holdPreview } from '../../prisma/store/previews.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { faultOfStoredPlan } from './check.ts';
import { lookAtTarget, type TargetSeen } from './compareTarget.ts';
import { judgeAgain } from './judgeAgain.ts';
import { reopenStaleDecisions } from './decisions.ts';

export interface PreviewInput {
  tenantId: string;
  previewId: string;
}

/**
 * Has the stored plan checked; what is found is told when nothing has changed that would explain it. Beside the reading
 * of the source, which is mostly waiting.
 */
export function checkStoredPlan(deps: ActivityDependencies) {
  return async (input: PreviewInput): Promise<{ fault: string | null }> =>
    heartbeating(async (signal) => {
      const { tenant } = acting(input);
      const { database } = deps;
      const preview = await findPreview(database, tenant, input.previewId);
      const plan = preview && (await findPlan(database, tenant, preview.planId));
      if (!plan) throw new DomainError('execution_superseded', 'The preview is gone.');
      const fault = await faultOfStoredPlan(database, tenant, plan, signal);
      return { fault: fault?.message ?? null };
    });
}

/**
 * Compares a built plan with what has been decided since, with today's rules and with the target as it is now; adds
 * what was found at the source, and stores what the token will vouch for.
 */
export function previewPlan(deps: ActivityDependencies) {
  return async (input: PreviewInput & { fault: string | null }): Promise<void> =>
    heartbeating(async (signal) => {
      const { tenant, temporalRunId } = acting(input);
      const { database, runtime, now } = deps;
      const preview = await findPreview(database, tenant, input.previewId);
      if (!preview) throw new DomainError('execution_superseded', 'The preview is gone.');
      if (preview.run.endedAt) return;
      const plan = await findPlan(database, tenant, preview.planId);
      if (!plan) throw new DomainError('execution_superseded', 'The plan is gone.');
      const hold = async (tx: Transaction) => {
        await holdPreview(tx, tenant, preview.id, temporalRunId);
        return preview.run;
      };
      await reopenStaleDecisions(deps, tenant, plan, hold, signal);
      // What the token covers is read first: whatever changes while the rest is compared makes the token stale.
      const cover = await readCover(database, tenant, plan);
      const decided = await decisionChanges(database, tenant, plan);
      const seen = await lookAtTarget(database, tenant, plan, runtime);
      const judged = await judgeAgain(deps, tenant, plan, seen.steps, signal);
      const source = (await findSourceFindings(database, tenant, preview.id)) ?? unasked;
      const covers = { ...cover, target: seen.target };
      const changes = [...decided, ...seen.changes, ...judged.changes, ...source.changes];
      if (changes.length === 0 && input.fault !== null)
        throw new DomainError('plan_check_failed', input.fault);
      const warnings = [
        ...(await warningsOf(database, tenant, plan, seen, now())),
        ...judged.warnings,
        ...source.warnings,
      ];
      const result = { covers, changes, warnings: boundWarnings(warnings) };
      await finishPreview(database, tenant, preview.id, temporalRunId, result, now());
    });
}

const unasked: SourceFindings = {
  changes: [],
  warnings: [
    {
      code: 'source_unread',
      message: 'The source was not asked whether anything has changed there since the snapshot.',
      step_id: null,
    },
  ],
};

async function warningsOf(
  database: Database,
  tenant: TenantId,
  plan: Pick<Plan, 'id'>,
  { steps, resources }: TargetSeen,
  now: Date,
): Promise<PreviewWarning[]> {
  const applications = steps.filter((step) => step.targetContract === 'tenant_oidc_application');
  const guards = await findGuards(
    database,
    tenant,
    plan.id,
    applications.map((step) => step.itemId),
  );
  const unmadeGuards = new Map<string, string[]>();
  for (const { applicationId, policy, disposition } of guards) {
    if (disposition !== 'manual_follow_up' && disposition !== 'blocked') continue;
    unmadeGuards.set(applicationId, [...(unmadeGuards.get(applicationId) ?? []), policy]);
  }
  const warned = steps.map(({ binding, ...step }): WarnedStep => {
    const bound = binding ? (resources.get(binding.resource_id) ?? null) : null;
    return { ...step, bound };
  });
  return stepWarnings({
    steps: warned,
    referred: resources,
    unmadeGuards,
    certificate: readCertificate,
    now,
  });
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
