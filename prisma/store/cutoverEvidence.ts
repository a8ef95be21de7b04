import {
  followUpKey,
  noCompletion,
  patchEvidence,
  type Completion,
  type EvidencePatch,
  type FollowUp,
  type FollowUpReview,
  type Recorded,
} from '../../domain/cutoverEvidence.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan, Rollback } from '../../domain/plan.ts';
import { Prisma, type Database, type Executor, type Transaction } from '../client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { json, jsonOrNull } from './json.ts';
import { lock } from './locks.ts';
import { lockWorkspace } from './workspaces.ts';

/** What is recorded of a plan's cutover. */
export interface StoredEvidence {
  /** Of the plan, whose row holds it. */
  version: number;
  recorded: Recorded;
  /** The newest review of what an execution left over, and of which one. */
  review: (FollowUpReview & { executionId: string }) | null;
  outstanding: FollowUp[];
}

/** Reads what operators recorded of a cutover, and what it leaves over now. */
export async function readEvidence(db: Executor, tenant: TenantId, planId: string): Promise<StoredEvidence> {
  const [plan, reviewed, outstanding] = await Promise.all([
    db.plan.findFirstOrThrow({
      where: { tenantId: tenant, id: planId },
      select: { version: true, rollback: true, completion: true },
    }),
    db.execution.findFirst({
      where: { tenantId: tenant, planId, NOT: { followUpReview: { equals: Prisma.DbNull } } },
      orderBy: { id: 'desc' },
      select: { id: true, followUpReview: true },
    }),
    listFollowUps(db, tenant, planId),
  ]);
  const review = reviewed?.followUpReview as unknown as FollowUpReview | null;
  return {
    version: plan.version,
    recorded: {
      rollback: plan.rollback as unknown as Rollback | null,
      completion: (plan.completion ?? noCompletion) as unknown as Completion,
    },
    review: reviewed && review ? { ...review, executionId: reviewed.id } : null,
    outstanding,
  };
}

/** Every step of a plan that leaves something to people, in order. */
const listFollowUps = (db: Executor, tenant: TenantId, planId: string) => db.$queryRaw<FollowUp[]>`
  SELECT s."id" AS "stepId", i."name", s."status", s."reason_code" AS "reasonCode", s."reason",
         coalesce(s."binding"->'incomplete', '[]'::jsonb) AS "incomplete"
    FROM "migration_cutover_steps" s
    JOIN "migration_inventory_items" i ON i."id" = s."item_id"
   WHERE s."tenant_id" = ${tenant}::uuid AND s."plan_id" = ${planId}::uuid
     AND (s."status" <> 'applied' OR jsonb_array_length(coalesce(s."binding"->'incomplete', '[]'::jsonb)) > 0)
   ORDER BY s."sequence"`;

/**
 * Changes what is recorded of a cutover, if it is still what the caller read: `precondition_failed`. A review is kept
 * with the latest execution and with what was left over then: `plan_not_applied` before there is one,
 * `apply_in_progress` while it runs. `workspace_archived`; an archived source keeps nobody from recording.
 */
export async function updateEvidence(
  database: Database,
  tenant: TenantId,
  plan: Pick<Plan, 'id' | 'workspaceId'>,
  patch: EvidencePatch,
  ifMatch: { accepts(version: number): boolean },
  command: Command,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    await lockWorkspace(tx, tenant, plan.workspaceId, 'rely');
    await lock(tx, tenant, 'plan', plan.id, 'write');
    const { version, recorded, outstanding } = await readEvidence(tx, tenant, plan.id);
    if (!ifMatch.accepts(version)) {
      throw new DomainError(
        'precondition_failed',
        'The evidence, or its plan, has changed since you read it; read it again.',
      );
    }
    const reviewed = patch.completion === null ? null : patch.completion?.follow_up_reviewed;
    if (reviewed === true) await keepReview(tx, tenant, plan.id, outstanding, command);
    else if (reviewed !== undefined) await dropReviews(tx, tenant, plan.id);
    const next = patchEvidence(recorded, patch);
    await tx.plan.update({
      where: { id: plan.id },
      data: {
        rollback: jsonOrNull(next.rollback),
        completion: json(next.completion),
        version: { increment: 1 },
      },
    });
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.cutover_evidence.updated',
      targets: { workspace_id: plan.workspaceId, plan_id: plan.id },
      facts: {
        changed: changedMembers(recorded, next),
        communications_complete: next.completion.communications_complete,
        rollback_steps: next.rollback?.steps.length ?? 0,
        ...(reviewed !== undefined && {
          follow_up_reviewed: reviewed === true,
          left_over: outstanding.length,
        }),
      },
    });
  });
}

/** Names of the members that a change made another; what people wrote stays out of the records. */
function changedMembers(was: Recorded, is: Recorded): string[] {
  const members = ({ rollback, completion }: Recorded): Record<string, unknown> => ({
    'rollback.summary': rollback?.summary,
    'rollback.owner': rollback?.owner,
    'rollback.steps': rollback?.steps,
    ...Object.fromEntries(Object.entries(completion).map(([name, value]) => [`completion.${name}`, value])),
  });
  const [before, now] = [members(was), members(is)];
  return Object.keys(now).filter(
    (name) => canonicalJson(before[name] ?? null) !== canonicalJson(now[name] ?? null),
  );
}

async function keepReview(
  tx: Transaction,
  tenant: TenantId,
  planId: string,
  outstanding: readonly FollowUp[],
  { actor, at }: Command,
): Promise<void> {
  const latest = await tx.execution.findFirst({
    where: { tenantId: tenant, planId },
    orderBy: { id: 'desc' },
    select: { id: true, status: true },
  });
  if (!latest) {
    throw new DomainError(
      'plan_not_applied',
      'The plan has not been applied; there is nothing to review yet.',
    );
  }
  if (latest.status === 'started') {
    throw new DomainError(
      'apply_in_progress',
      'The plan is being applied; review what is left over when it has ended.',
    );
  }
  await lock(tx, tenant, 'execution', latest.id, 'write');
  const review: FollowUpReview = { by: actor.id, at: at.toISOString(), steps: outstanding.map(followUpKey) };
  await tx.execution.update({ where: { id: latest.id }, data: { followUpReview: json(review) } });
}

async function dropReviews(tx: Transaction, tenant: TenantId, planId: string): Promise<void> {
  await tx.execution.updateMany({
    where: { tenantId: tenant, planId, NOT: { followUpReview: { equals: Prisma.DbNull } } },
    data: { followUpReview: Prisma.DbNull },
  });
}
