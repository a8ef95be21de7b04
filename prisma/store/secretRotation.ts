import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan, SecretState, Step } from '../../domain/plan.ts';
import { needsSecret } from '../../domain/target.ts';
import type { Run, RunFailure } from '../../domain/run.ts';
import type { Database, Transaction } from '../client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { json } from './json.ts';
import { lock } from './locks.ts';
import { assertHolds, createRun, endRun, findRun } from './runs.ts';
import { lockSource } from './sources.ts';
import { findStep } from './steps.ts';
import { lockWorkspace } from './workspaces.ts';

/**
 * Creates the row that authorises a run to give an application another client secret, sealed to the key that is given.
 * `secret_not_rotatable` unless the step created a confidential application, `apply_in_progress` while an execution of
 * its plan runs, `run_in_progress` while another one rotates it, `workspace_archived`, `source_archived`.
 */
export async function createRotation(
  database: Database,
  tenant: TenantId,
  plan: Pick<Plan, 'id' | 'workspaceId' | 'sourceId'>,
  stepId: string,
  recipientJwk: object,
  command: Command,
): Promise<Run> {
  return inTransaction(database, async (tx) => {
    await lockWorkspace(tx, tenant, plan.workspaceId, 'rely');
    await lockSource(tx, tenant, plan.workspaceId, plan.sourceId, 'rely');
    await lock(tx, tenant, 'plan', plan.id, 'rely');
    const running = await tx.plan.count({
      where: { tenantId: tenant, id: plan.id, activeExecutionId: { not: null } },
    });
    if (running > 0) {
      throw new DomainError('apply_in_progress', 'An execution of this plan is running; wait for it to end.');
    }
    await lock(tx, tenant, 'step', stepId, 'rely');
    const step = await findStep(tx, tenant, plan.id, stepId);
    if (!step || !isRotatable(step)) {
      throw new DomainError(
        'secret_not_rotatable',
        'This step has not created an application with a client secret.',
      );
    }
    const { actor: startedBy, at } = command;
    const run = await createRun(tx, tenant, {
      kind: 'rotate',
      key: stepId,
      resourceId: stepId,
      startedBy,
      at,
    });
    await tx.run.update({ where: { id: run.id }, data: { recipientJwk: json(recipientJwk) } });
    await keepKey(tx, tenant, command, { resourceId: stepId, runId: run.id });
    return run;
  });
}

function isRotatable({ status, outcome, targetContract, targetPayload }: Step): boolean {
  const created =
    status === 'applied' && outcome === 'created' && targetContract === 'tenant_oidc_application';
  return created && targetPayload !== null && 'client_type' in targetPayload && needsSecret(targetPayload);
}

/** A rotation that may act now. */
export interface HeldRotation {
  run: Run;
  recipientJwk: object | null;
  step: { id: string; planId: string; applicationId: string; clientId: string };
}

/**
 * The fence of a rotation: holds its step and its run, or throws `execution_superseded` | `run_stopped`. Null when this
 * very run has ended it already.
 */
export async function holdRotation(
  tx: Transaction,
  tenant: TenantId,
  { runId, stepId, temporalRunId }: { runId: string; stepId: string; temporalRunId: string },
): Promise<HeldRotation | null> {
  await lock(tx, tenant, 'step', stepId, 'write');
  await lock(tx, tenant, 'run', runId, 'write');
  const run = await findRun(tx, tenant, runId);
  if (run?.endedAt && run.runIds.at(-1) === temporalRunId) return null;
  assertHolds(run, temporalRunId, 'execution_superseded');
  const { recipientJwk } = await tx.run.findUniqueOrThrow({
    where: { id: runId },
    select: { recipientJwk: true },
  });
  const row = await tx.step.findFirst({
    where: { tenantId: tenant, id: stepId },
    select: { planId: true, targetResourceId: true, targetPayload: true },
  });
  if (!row?.targetResourceId) throw new DomainError('execution_superseded', 'The step is gone.');
  const { client_id: clientId } = row.targetPayload as { client_id: string };
  const step = { id: stepId, planId: row.planId, applicationId: row.targetResourceId, clientId };
  return { run, recipientJwk: recipientJwk as object | null, step };
}

/** Puts the sealed new secret in the place of the former one, records it, and ends the run. */
export async function recordRotation(
  tx: Transaction,
  tenant: TenantId,
  { run, step }: HeldRotation,
  kept: { state: SecretState; jwe: string | null },
  at: Date,
): Promise<void> {
  await tx.step.update({
    where: { id: step.id },
    data: {
      secretState: kept.state,
      sealedSecret: kept.jwe,
      sealedAt: kept.jwe === null ? null : at,
    },
  });
  await recordAudit(tx, tenant, {
    action: 'migration.cutover_step.secret_rotated',
    actor: run.startedBy,
    targets: { plan_id: step.planId, step_id: step.id, resource_id: step.applicationId },
    facts: { client_id: step.clientId },
    at,
  });
  await endRun(tx, tenant, run.id, { failure: null, at });
}

/** Ends a rotation that came to nothing; one that has ended stays as it is. */
export async function failRotation(
  database: Database,
  tenant: TenantId,
  { runId, stepId }: { runId: string; stepId: string },
  failure: RunFailure,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    await lock(tx, tenant, 'step', stepId, 'write');
    await lock(tx, tenant, 'run', runId, 'write');
    await endRun(tx, tenant, runId, { failure, at: new Date(failure.at) });
  });
}
