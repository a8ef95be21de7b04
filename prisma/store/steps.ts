import type { TargetContract } from '../../domain/assessment.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type {
  Binding,
  Disposition,
  ReasonCode,
  SecretState,
  Step,
  StepAction,
  StepFailure,
  StepOutcome,
  StepRelation,
  StepStatus,
} from '../../domain/plan.ts';
import type { PlannedStep } from '../../domain/planning/plannedStep.ts';
import type { TargetPayload } from '../../domain/target.ts';
import type { Executor } from '../client.ts';
import type { Prisma } from '../generated/client.ts';

const withItem = { item: { select: { externalId: true, name: true, vendorKind: true } } } as const;
type StepRow = Prisma.StepGetPayload<{ include: typeof withItem }>;

const toStep = (row: StepRow): Step => ({
  id: row.id,
  planId: row.planId,
  itemId: row.itemId,
  revision: row.revision,
  sequence: row.sequence,
  itemType: row.itemType as ItemType,
  ...row.item,
  targetContract: row.targetContract as TargetContract,
  action: row.action as StepAction,
  disposition: row.disposition as Disposition,
  status: row.status as StepStatus,
  reasonCode: row.reasonCode as ReasonCode | null,
  reason: row.reason,
  dependsOn: row.dependsOn,
  targetPayload: row.targetPayload as unknown as TargetPayload | null,
  targetKeys: row.targetKeys,
  binding: row.binding as unknown as Binding | null,
  outcome: row.outcome as StepOutcome | null,
  targetResourceId: row.targetResourceId,
  failure: row.failure as unknown as StepFailure | null,
  secretState: row.secretState as SecretState,
});

export interface StepFilter {
  status?: StepStatus | undefined;
  disposition?: Disposition | undefined;
}

/** A plan's steps by sequence, from above `after`. */
export async function listSteps(
  db: Executor,
  tenant: TenantId,
  planId: string,
  page: { after: number | null; limit: number } & StepFilter,
): Promise<Step[]> {
  const rows = await db.step.findMany({
    where: {
      tenantId: tenant,
      planId,
      ...(page.after === null ? {} : { sequence: { gt: page.after } }),
      ...(page.status && { status: page.status }),
      ...(page.disposition && { disposition: page.disposition }),
    },
    orderBy: { sequence: 'asc' },
    take: page.limit,
    include: withItem,
  });
  return rows.map(toStep);
}

export async function findStep(
  db: Executor,
  tenant: TenantId,
  planId: string,
  id: string,
): Promise<Step | null> {
  const row = await db.step.findFirst({ where: { tenantId: tenant, planId, id }, include: withItem });
  return row && toStep(row);
}

/** What each of some steps came to at the target, by its id; null for one that is not applied. */
export async function resourcesOf(
  db: Executor,
  tenant: TenantId,
  stepIds: readonly string[],
): Promise<Map<string, string | null>> {
  const rows = await db.step.findMany({
    where: { tenantId: tenant, id: { in: [...stepIds] } },
    select: { id: true, status: true, targetResourceId: true },
  });
  return new Map(rows.map((row) => [row.id, row.status === 'applied' ? row.targetResourceId : null]));
}

/** Ids of the steps that a plan has already, by item: a step keeps its id over rebuilds. */
export async function stepIds(db: Executor, tenant: TenantId, planId: string): Promise<Map<string, string>> {
  const rows = await db.step.findMany({
    where: { tenantId: tenant, planId },
    select: { id: true, itemId: true },
  });
  return new Map(rows.map((row) => [row.itemId, row.id]));
}

/** Ids of a plan's steps in their order. */
export async function listStepIds(db: Executor, tenant: TenantId, planId: string): Promise<string[]> {
  const rows = await db.step.findMany({
    where: { tenantId: tenant, planId },
    orderBy: { sequence: 'asc' },
    select: { id: true },
  });
  return rows.map((row) => row.id);
}

export interface StepEdge {
  /** The step that waits. */
  from: string;
  /** The step it waits for. */
  to: string;
  relation: StepRelation;
}

/** By what is waited for. */
const relationsTo: Readonly<Record<TargetContract, StepRelation | null>> = {
  upstream_saml_provider: 'provider',
  federation_routing_rule: 'order',
  tenant_group: 'group',
  tenant_oidc_application: 'application',
  tenant_app_assignment: null,
  auth_policy: null,
  verified_domain: null,
  none: null,
};

/** Which steps of a plan wait for which, both in their order. */
export async function listEdges(db: Executor, tenant: TenantId, planId: string): Promise<StepEdge[]> {
  const rows = await db.$queryRaw<{ from: string; to: string; contract: TargetContract }[]>`
    SELECT s."id" AS "from", t."id" AS "to", t."target_contract" AS "contract"
      FROM "migration_cutover_steps" s
     CROSS JOIN LATERAL unnest(s."depends_on") AS needed("id")
      JOIN "migration_cutover_steps" t ON t."id" = needed."id" AND t."plan_id" = s."plan_id"
     WHERE s."tenant_id" = ${tenant}::uuid AND s."plan_id" = ${planId}::uuid
     ORDER BY s."sequence", t."sequence"`;
  return rows.flatMap(({ contract, ...edge }) => {
    const relation = relationsTo[contract];
    return relation ? [{ ...edge, relation }] : [];
  });
}

/** The steps of a plan that are applied, with what they came to. */
export async function appliedSteps(
  db: Executor,
  tenant: TenantId,
  planId: string,
): Promise<(PlannedStep & { targetResourceId: string })[]> {
  const rows = await db.step.findMany({
    where: { tenantId: tenant, planId, status: 'applied' },
    include: withItem,
  });
  return rows.map((row) => ({
    ...toStep(row),
    decisionVersion: row.decisionVersion,
    // A constraint gives every applied step its resource.
    targetResourceId: row.targetResourceId ?? '',
  }));
}

/** All steps of a plan as they were planned, in order: one query, because a plan is checked as a whole. */
export function listPlannedSteps(db: Executor, tenant: TenantId, planId: string): Promise<PlannedStep[]> {
  return db.$queryRaw<PlannedStep[]>`
    SELECT "id", "item_id" AS "itemId", "sequence", "target_contract" AS "targetContract", "action", "disposition",
           "reason_code" AS "reasonCode", "reason", "depends_on" AS "dependsOn", "target_payload" AS "targetPayload",
           "target_keys" AS "targetKeys", "binding", "decision_version" AS "decisionVersion"
      FROM "migration_cutover_steps"
     WHERE "tenant_id" = ${tenant}::uuid AND "plan_id" = ${planId}::uuid
     ORDER BY "sequence"`;
}

/** What one execution saw of a step. */
export interface ExecutionStep {
  stepId: string;
  sequence: number;
  itemType: ItemType;
  externalId: string;
  name: string;
  targetContract: TargetContract;
  action: StepAction;
  status: StepStatus;
  reasonCode: ReasonCode | null;
  outcome: StepOutcome | null;
  failure: StepFailure | null;
  targetResourceId: string | null;
  secretState: SecretState;
  settledAt: Date | null;
  attempts: StepAttempt[];
}

export interface StepAttempt {
  number: number;
  runId: string;
  worker: string;
  status: 'running' | 'succeeded' | 'failed' | 'timed_out' | 'lost';
  startedAt: Date;
  endedAt: Date | null;
  failure: StepFailure | null;
}

/** The steps of one execution by sequence, from above `after`, each with its attempts. */
export async function listExecutionSteps(
  db: Executor,
  tenant: TenantId,
  executionId: string,
  page: { after: number | null; limit: number },
): Promise<ExecutionStep[]> {
  const rows = await db.executionStep.findMany({
    where: {
      tenantId: tenant,
      executionId,
      ...(page.after === null ? {} : { step: { sequence: { gt: page.after } } }),
    },
    orderBy: { step: { sequence: 'asc' } },
    take: page.limit,
    include: {
      step: { include: { ...withItem, attempts: { where: { executionId }, orderBy: { startedAt: 'asc' } } } },
    },
  });
  return rows.map(({ step, ...row }) => ({
    stepId: row.stepId,
    sequence: step.sequence,
    itemType: step.itemType as ItemType,
    externalId: step.item.externalId,
    name: step.item.name,
    targetContract: step.targetContract as TargetContract,
    action: step.action as StepAction,
    status: row.status as StepStatus,
    reasonCode: row.reasonCode as ReasonCode | null,
    outcome: row.outcome as StepOutcome | null,
    failure: row.failure as unknown as StepFailure | null,
    targetResourceId: step.targetResourceId,
    secretState: step.secretState as SecretState,
    settledAt: row.settledAt,
    attempts: step.attempts.map((attempt) => ({
      number: attempt.number,
      runId: attempt.runId,
      worker: attempt.worker,
      status: attempt.status as StepAttempt['status'],
      startedAt: attempt.startedAt,
      endedAt: attempt.endedAt,
      failure: attempt.failure as unknown as StepFailure | null,
    })),
  }));
}
