import { v7 as uuidv7 } from 'uuid';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan, PlanStatus, PlanSummary, Rollback } from '../../domain/plan.ts';
import { dispositions, stepActions, stepStatuses } from '../../domain/plan.ts';
import type { PlannedStep } from '../../domain/planning/build.ts';
import type { RunFailure } from '../../domain/run.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import type { Prisma } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import { bulkInsert, type BulkTable } from './bulk.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { requireReady } from './handoff.ts';
import { json, jsonOrNull } from './json.ts';
import { lock, type LockStrength } from './locks.ts';
import { assertHolds, createRun, endRun, findRun, toRun } from './runs.ts';
import { lockSource } from './sources.ts';
import { lockWorkspace } from './workspaces.ts';

const withRun = { buildRun: true } as const;
type PlanRow = Prisma.PlanGetPayload<{ include: typeof withRun }>;

const toPlan = ({ buildRun, ...row }: PlanRow): Plan => ({
  id: row.id,
  tenantId: row.tenantId,
  workspaceId: row.workspaceId,
  sourceId: row.sourceId,
  snapshotId: row.snapshotId,
  assessmentId: row.assessmentId,
  name: row.name,
  status: row.status as PlanStatus,
  revision: row.revision,
  builtAt: row.builtAt,
  summary: row.summary as PlanSummary | null,
  activeExecutionId: row.activeExecutionId,
  latestExecutionId: row.latestExecutionId,
  rollback: row.rollback as Rollback | null,
  version: row.version,
  createdAt: row.createdAt,
  buildRun: toRun(buildRun),
});

/** A plan of the whole assessment; scopes narrower than that have keys of their own. */
export const wholeScope = 'all';

export interface NewPlan {
  assessment: { id: string; workspaceId: string; sourceId: string; snapshotId: string };
  name: string;
  rollback: Rollback | null;
}

/**
 * Creates a plan, or begins a rebuild of the one that the assessment has already, and the row that authorises its
 * building. The handoff is checked under the locks: `handoff_not_ready`, `workspace_archived`, `source_archived`;
 * for a rebuild also `plan_already_applied`, `apply_in_progress`, `retry_or_rebuild`, and `run_in_progress` when it
 * is being built.
 */
export async function createPlan(
  database: Database,
  tenant: TenantId,
  input: NewPlan,
  command: Command,
): Promise<{ plan: Plan; rebuilt: boolean }> {
  const { assessment } = input;
  return inTransaction(database, async (tx) => {
    const workspace = await lockWorkspace(tx, tenant, assessment.workspaceId, 'rely');
    await lockSource(tx, tenant, assessment.workspaceId, assessment.sourceId, 'rely');
    await lock(tx, tenant, 'assessment', assessment.id, 'rely');
    await requireReady(tx, tenant, workspace, assessment);
    const former = await tx.plan.findUnique({
      where: { assessmentId_scopeKey: { assessmentId: assessment.id, scopeKey: wholeScope } },
      select: { id: true },
    });
    const id = former?.id ?? uuidv7();
    if (former) await requireRebuildable(tx, tenant, id);
    const run = await createRun(tx, tenant, {
      kind: 'plan',
      key: id,
      resourceId: id,
      startedBy: command.actor,
      at: command.at,
    });
    const row = former
      ? await tx.plan.update({
          where: { id },
          data: { buildRunId: run.id, version: { increment: 1 } },
          include: withRun,
        })
      : await tx.plan.create({
          data: {
            id,
            tenantId: tenant,
            workspaceId: assessment.workspaceId,
            sourceId: assessment.sourceId,
            snapshotId: assessment.snapshotId,
            assessmentId: assessment.id,
            buildRunId: run.id,
            name: input.name,
            scope: { kind: 'all' },
            scopeKey: wholeScope,
            status: 'draft',
            rollback: jsonOrNull(input.rollback),
            createdBy: json(command.actor),
            createdAt: command.at,
          },
          include: withRun,
        });
    await recordAudit(tx, tenant, {
      ...command,
      action: former ? 'migration.cutover_plan.rebuilt' : 'migration.cutover_plan.created',
      targets: { workspace_id: assessment.workspaceId, plan_id: id, assessment_id: assessment.id },
      facts: { name: row.name, scope: 'all', revision: row.revision + 1 },
    });
    return { plan: toPlan(row), rebuilt: former !== null };
  });
}

async function requireRebuildable(tx: Transaction, tenant: TenantId, planId: string): Promise<void> {
  await lock(tx, tenant, 'plan', planId, 'write');
  const plan = await findPlan(tx, tenant, planId);
  if (plan) refuseEndedPlan(plan);
  if (plan && !plan.buildRun.endedAt) {
    throw new DomainError('run_in_progress', 'The plan is being built; wait for it.');
  }
}

/** Refuses what a plan's state forbids to rebuild, preview and apply alike. */
export function refuseEndedPlan(plan: Plan): void {
  if (plan.activeExecutionId !== null) {
    throw new DomainError('apply_in_progress', 'An execution of this plan is running; wait for it to end.');
  }
  if (plan.status === 'applied' || plan.status === 'applied_with_follow_up') {
    throw new DomainError('plan_already_applied', 'The plan has been applied.');
  }
  if (plan.status === 'failed') {
    throw new DomainError('retry_or_rebuild', 'The plan has failed steps; retry them or rebuild the plan.');
  }
}

export async function findPlan(
  db: Executor,
  tenant: TenantId,
  id: string,
  parent: { workspaceId?: string } = {},
): Promise<Plan | null> {
  const row = await db.plan.findFirst({ where: { tenantId: tenant, id, ...parent }, include: withRun });
  return row && toPlan(row);
}

/** A workspace's plans, newest first, from below the id `before`. */
export async function listPlans(
  db: Executor,
  tenant: TenantId,
  workspaceId: string,
  page: { before: string | null; limit: number },
): Promise<Plan[]> {
  const rows = await db.plan.findMany({
    where: { tenantId: tenant, workspaceId, ...(page.before === null ? {} : { id: { lt: page.before } }) },
    orderBy: { id: 'desc' },
    take: page.limit,
    include: withRun,
  });
  return rows.map(toPlan);
}

/** Locks a plan and everything above it that a cutover relies on, in order, and checks that they are alive. */
export async function lockPlan(
  tx: Transaction,
  tenant: TenantId,
  plan: Pick<Plan, 'id' | 'workspaceId' | 'sourceId' | 'assessmentId'>,
  strength: LockStrength,
): Promise<Plan> {
  const workspace = await lockWorkspace(tx, tenant, plan.workspaceId, 'rely');
  await lockSource(tx, tenant, plan.workspaceId, plan.sourceId, 'rely');
  await lock(tx, tenant, 'assessment', plan.assessmentId, 'rely');
  await lock(tx, tenant, 'plan', plan.id, strength);
  const locked = await findPlan(tx, tenant, plan.id);
  if (!locked) throw new DomainError('not_found', 'There is no such plan.');
  await requireReady(tx, tenant, workspace, { id: plan.assessmentId, sourceId: plan.sourceId });
  return locked;
}

/** The fence of a build: holds the plan and its run, or throws `execution_superseded` | `run_stopped`. */
async function holdBuild(
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

// A step keeps its id over rebuilds: it is found again by its item.
const replaceStep = `ON CONFLICT ("plan_id", "item_id") DO UPDATE SET ${Object.keys(stepTable.columns)
  .filter((column) => !['id', 'tenant_id', 'plan_id', 'item_id'].includes(column))
  .map((column) => `"${column}" = EXCLUDED."${column}"`)
  .join(', ')}`;

const insertBatch = 1000;

/** Writes a built plan as its next revision and ends the building run; former previews die with the former one. */
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

/** Counts a plan's steps by disposition, status and action, zeros included. */
export async function summarizeSteps(tx: Transaction, planId: string): Promise<PlanSummary> {
  const groups = await tx.step.groupBy({
    by: ['disposition', 'status', 'action'],
    where: { planId },
    _count: true,
  });
  const zeros = <Key extends string>(keys: readonly Key[]) =>
    Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
  const summary: PlanSummary = {
    total: 0,
    by_disposition: zeros(dispositions),
    by_status: zeros(stepStatuses),
    by_action: zeros(stepActions),
  };
  for (const group of groups) {
    summary.total += group._count;
    summary.by_disposition[group.disposition as keyof PlanSummary['by_disposition']] += group._count;
    summary.by_status[group.status as keyof PlanSummary['by_status']] += group._count;
    summary.by_action[group.action as keyof PlanSummary['by_action']] += group._count;
  }
  return summary;
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
