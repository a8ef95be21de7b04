import type { TenantId } from '../../domain/ids.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan.ts';
import type { PlannedStep } from '../../domain/planning/plannedStep.ts';
import type { RunFailure } from '../../domain/run.ts';
import type { Database, Transaction } from '../client.ts';
import { bulkInsert, type BulkTable } from './bulk.ts';
import { inTransaction } from './constraints.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import { findPlan, summarizeSteps } from './plans.ts';
import { assertHolds, endRun, findRun } from './runs.ts';

/** The fence of a build: holds the plan and its run, or throws `execution_superseded` | `run_stopped`. */
export async function holdBuild(
  tx: Transaction,
  tenant: TenantId,
  planId: string,
  temporalRunId: string,
): Promise<Plan> {
  await lock(tx, tenant, 'plan', planId, 'write');
  const plan = await findPlan(tx, tenant, planId);
  if (!plan) throw new DomainError('execution_superseded', 'The plan is gone.');
  await lock(tx, tenant, 'run', plan.buildRun.id, 'write');
  assertHolds(await findRun(tx, tenant, plan.buildRun.id), temporalRunId, 'execution_superseded');
  return plan;
}

interface StepInsert {
  id: string;
  tenant_id: string;
  plan_id: string;
  item_id: string;
  revision: number;
  sequence: number;
  item_type: string;
  target_contract: string;
  action: string;
  disposition: string;
  status: string;
  reason_code: string | null;
  reason: string | null;
  depends_on: readonly string[];
  target_payload: object | null;
  target_keys: readonly string[];
  binding: object | null;
  secret_state: string;
  decision_version: number | null;
}

const stepTable: BulkTable<StepInsert> = {
  name: 'migration_cutover_steps',
  columns: {
    id: 'uuid',
    tenant_id: 'uuid',
    plan_id: 'uuid',
    item_id: 'uuid',
    revision: 'integer',
    sequence: 'integer',
    item_type: 'text',
    target_contract: 'text',
    action: 'text',
    disposition: 'text',
    status: 'text',
    reason_code: 'text',
    reason: 'text',
    depends_on: 'uuid[]',
    target_payload: 'jsonb',
    target_keys: 'text[]',
    binding: 'jsonb',
    secret_state: 'text',
    decision_version: 'integer',
  },
};

/** What a run left on a step that is planned anew. */
const leftByRuns = [
  'outcome',
  'target_resource_id',
  'failure',
  'sealed_secret',
  'sealed_at',
  'planned_reason',
];

/** What was asked of a target elsewhere stays looked for while it is still what is wanted, and is nothing of ours else. */
const keepIntent = `"intent" = CASE
  WHEN "migration_cutover_steps"."target_payload" IS NOT DISTINCT FROM EXCLUDED."target_payload"
  THEN "migration_cutover_steps"."intent" END`;

// A step keeps its id over rebuilds: it is found again by its item. What has been applied is not touched.
const replaceStep = `ON CONFLICT ("plan_id", "item_id") DO UPDATE SET ${[
  ...Object.keys(stepTable.columns)
    .filter((column) => !['id', 'tenant_id', 'plan_id', 'item_id'].includes(column))
    .map((column) => `"${column}" = EXCLUDED."${column}"`),
  ...leftByRuns.map((column) => `"${column}" = NULL`),
  keepIntent,
].join(', ')} WHERE "migration_cutover_steps"."status" <> 'applied'`;

const insertBatch = 1000;

/**
 * Writes a built plan as its next revision and ends the building run; former previews die with the former one. Steps
 * that are applied stay as they are, whatever is given of them. `apply_in_progress` when the former revision has begun
 * to be applied meanwhile: nothing is written then.
 */
export async function savePlan(
  database: Database,
  tenant: TenantId,
  planId: string,
  temporalRunId: string,
  steps: readonly (PlannedStep & { itemType: string })[],
  at: Date,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    const plan = await holdBuild(tx, tenant, planId, temporalRunId);
    if (plan.activeExecutionId !== null) {
      throw new DomainError(
        'apply_in_progress',
        'The plan has begun to be applied while it was built; wait for that to end.',
      );
    }
    const revision = plan.revision + 1;
    for (let from = 0; from < steps.length; from += insertBatch) {
      const rows = steps.slice(from, from + insertBatch).map((step) => ({
        id: step.id,
        tenant_id: tenant,
        plan_id: planId,
        item_id: step.itemId,
        revision,
        sequence: step.sequence,
        item_type: step.itemType,
        target_contract: step.targetContract,
        action: step.action,
        disposition: step.disposition,
        status: step.disposition,
        reason_code: step.reasonCode,
        reason: step.reason,
        depends_on: step.dependsOn,
        target_payload: step.targetPayload,
        target_keys: step.targetKeys,
        binding: step.binding,
        secret_state: 'none',
        decision_version: step.decisionVersion,
      }));
      await bulkInsert(tx, stepTable, rows, replaceStep);
    }
    // What was previewed was another revision.
    await tx.preview.updateMany({
      where: { planId, state: { in: ['running', 'ready', 'minted'] } },
      data: { state: 'superseded' },
    });
    await tx.plan.update({
      where: { id: planId },
      data: {
        revision,
        status: 'draft',
        builtAt: at,
        summary: json(await summarizeSteps(tx, planId)),
        version: { increment: 1 },
      },
    });
    await endRun(tx, tenant, plan.buildRun.id, { failure: null, at });
  });
}

/** Ends a build that failed; the plan keeps its former revision, if it has one. */
export async function failBuild(
  database: Database,
  tenant: TenantId,
  planId: string,
  failure: RunFailure,
): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    await lock(tx, tenant, 'plan', planId, 'write');
    const plan = await findPlan(tx, tenant, planId);
    if (!plan || plan.buildRun.endedAt) return false;
    await endRun(tx, tenant, plan.buildRun.id, { failure, at: new Date(failure.at) });
    return true;
  });
}
