import { v7 as uuidv7 } from 'uuid';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan, PlanScope, PlanStatus, PlanSummary, Rollback } from '../../domain/plan.ts';
import { dispositions, stepActions, stepStatuses } from '../../domain/plan.ts';
import { sha256Hex } from '../../platform/digest.ts';
import type { Database, Executor, Transaction } from '../client.ts';
import type { Prisma } from '../generated/client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { requireReady } from './handoff.ts';
import { json, jsonOrNull } from './json.ts';
import { lock, type LockStrength } from './locks.ts';
import { itemsOfWave, unknownItems } from './planning.ts';
import { createRun, toRun } from './runs.ts';
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
  scope: row.scope as unknown as PlanScope,
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

/** Tells the scopes of an assessment's plans apart: one plan each. */
function scopeKeyOf(scope: PlanScope): string {
  switch (scope.kind) {
    case 'all':
      return 'all';
    case 'items':
      return `items:${sha256Hex(scope.item_ids.join('\n'))}`;
    case 'wave':
      return `wave:${scope.wave}`;
  }
}

export interface NewPlan {
  assessment: { id: string; workspaceId: string; sourceId: string; snapshotId: string };
  name: string;
  rollback: Rollback | null;
  /** The whole assessment where it is not said. */
  scope?: PlanScope;
}

/**
 * Creates a plan, or begins a rebuild of the one that the assessment has for the scope already, and the row that
 * authorises its building. The handoff is checked under the locks: `handoff_not_ready`, `workspace_archived`,
 * `source_archived`; `unknown_reference` for a scope that names no items of the assessment; for a rebuild also
 * `plan_already_applied`, `apply_in_progress`, and `run_in_progress` when it is being built.
 */
export async function createPlan(
  database: Database,
  tenant: TenantId,
  input: NewPlan,
  command: Command,
): Promise<{ plan: Plan; rebuilt: boolean }> {
  const { assessment, scope = { kind: 'all' } } = input;
  const scopeKey = scopeKeyOf(scope);
  return inTransaction(database, async (tx) => {
    // What the request gets wrong is told before what the state forbids.
    await requireItems(tx, tenant, assessment, scope);
    const workspace = await lockWorkspace(tx, tenant, assessment.workspaceId, 'rely');
    await lockSource(tx, tenant, assessment.workspaceId, assessment.sourceId, 'rely');
    await lock(tx, tenant, 'assessment', assessment.id, 'rely');
    await requireReady(tx, tenant, workspace, assessment);
    const former = await tx.plan.findUnique({
      where: { assessmentId_scopeKey: { assessmentId: assessment.id, scopeKey } },
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
            scope: json(scope),
            scopeKey,
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
      facts: { name: row.name, scope: scopeKey, revision: row.revision + 1 },
    });
    const httpStatus = former ? 200 : 201;
    await keepKey(tx, tenant, command, { resourceId: id, runId: run.id, httpStatus });
    return { plan: toPlan(row), rebuilt: former !== null };
  });
}

/** Unknown ids that a refusal names; a caller who gets hundreds wrong has mistaken the list. */
const mostNamed = 100;

async function requireItems(
  tx: Transaction,
  tenant: TenantId,
  assessment: NewPlan['assessment'],
  scope: PlanScope,
): Promise<void> {
  switch (scope.kind) {
    case 'all':
      return;
    case 'items': {
      const unknown = await unknownItems(tx, tenant, assessment.id, scope.item_ids);
      if (unknown.length === 0) return;
      throw new DomainError('unknown_reference', 'Some items of the scope are not in the assessment.', {
        errors: unknown.slice(0, mostNamed).map((id) => ({
          pointer: '/scope/item_ids',
          message: `The assessment has no item ${id}.`,
        })),
      });
    }
    case 'wave': {
      const items = await itemsOfWave(tx, tenant, assessment, scope.wave);
      if (items.size > 0) return;
      throw new DomainError('unknown_reference', 'Nothing of the assessment is in the wave.', {
        errors: [
          {
            pointer: '/scope/wave',
            message: 'No item of the assessment is noted for this wave; note some with PUT …/item-notes.',
          },
        ],
      });
    }
  }
}

async function requireRebuildable(tx: Transaction, tenant: TenantId, planId: string): Promise<void> {
  await lock(tx, tenant, 'plan', planId, 'write');
  const plan = await findPlan(tx, tenant, planId);
  if (plan) refuseAppliedPlan(plan);
  if (plan && !plan.buildRun.endedAt) {
    throw new DomainError('run_in_progress', 'The plan is being built; wait for it.');
  }
}

/** Refuses what a plan's state forbids to preview and apply. */
export function refuseEndedPlan(plan: Plan): void {
  refuseAppliedPlan(plan);
  if (plan.status === 'failed') {
    throw new DomainError('retry_or_rebuild', 'The plan has failed steps; retry them or rebuild the plan.');
  }
}

/** Refuses what cannot be done to a plan while it is applied, or afterwards; one that failed is no such plan. */
function refuseAppliedPlan(plan: Plan): void {
  if (plan.activeExecutionId !== null) {
    throw new DomainError('apply_in_progress', 'An execution of this plan is running; wait for it to end.');
  }
  if (plan.status === 'applied' || plan.status === 'applied_with_follow_up') {
    throw new DomainError('plan_already_applied', 'The plan has been applied.');
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
