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
import { findFindings, savePlanFindings, type Findings } from '../../prisma/store/previewFindings.ts';
import { endPreview, failPreview, findPreview, holdPreview } from '../../prisma/store/previews.ts';
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
 * Compares a built plan with what has been decided since, with today's rules and with the target as it is now, has it
 * checked, and keeps what was found and what the token will vouch for. Runs beside the reading of the source, which is
 * mostly waiting.
 */
export function comparePlan(deps: ActivityDependencies) {
  return async (input: PreviewInput): Promise<void> =>
    heartbeating(async (signal) => {
      const { tenant, temporalRunId } = acting(input);
      const { database, runtime, now } = deps;
      const preview = await findPreview(database, tenant, input.previewId);
      const plan = preview && (await findPlan(database, tenant, preview.planId));
      if (!plan) throw new DomainError('execution_superseded', 'The preview is gone.');
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
      const fault = await faultOfStoredPlan(database, tenant, plan, signal);
      const findings = {
        changes: [...decided, ...seen.changes, ...judged.changes],
        warnings: [...(await warningsOf(database, tenant, plan, seen, now())), ...judged.warnings],
        fault: fault?.message ?? null,
      };
      const covers = { ...cover, target: seen.target };
      await savePlanFindings(database, tenant, preview.id, temporalRunId, covers, findings);
    });
}

/** Ends a preview by what was found; `plan_check_failed` when no change explains what the check has against the plan. */
export function finishPreview(deps: ActivityDependencies) {
  return async (input: PreviewInput): Promise<void> => {
    const { tenant, temporalRunId } = acting(input);
    const { database, now } = deps;
    const preview = await findPreview(database, tenant, input.previewId);
    if (!preview) throw new DomainError('execution_superseded', 'The preview is gone.');
    if (preview.run.endedAt) return;
    const { plan, source = unasked } = await findFindings(database, tenant, preview.id);
    const changes = [...plan.changes, ...source.changes];
    if (changes.length === 0 && plan.fault !== null) throw new DomainError('plan_check_failed', plan.fault);
    const warnings = boundWarnings([...plan.warnings, ...source.warnings]);
    await endPreview(database, tenant, preview.id, temporalRunId, { changes, warnings }, now());
  };
}

const unasked: Findings = {
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
