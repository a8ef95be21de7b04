import { DomainError } from '../../domain/errors.ts';
import type { RunFailure } from '../../domain/run.ts';
import type { Executor } from '../../prisma/client.ts';
import { inTransaction } from '../../prisma/store/constraints.ts';
import { failRotation, holdRotation, recordRotation } from '../../prisma/store/secretRotation.ts';
import { newSealedSecret } from '../apply/clientSecret.ts';
import { acting } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { TargetRefusal } from '../runtime/target.ts';

export interface RotationInput {
  tenantId: string;
  /** The row that authorises it. */
  runId: string;
  stepId: string;
}

/**
 * Gives the application that a step created another client secret, sealed before the target hears of it. At a target
 * elsewhere the call stands outside of any transaction; asked twice, the last secret is the application's.
 */
export function rotateSecret(deps: ActivityDependencies) {
  return async (input: RotationInput): Promise<void> => {
    const { tenant, temporalRunId } = acting(input);
    const { database, runtime, now } = deps;
    const scope = { runId: input.runId, stepId: input.stepId, temporalRunId };
    const held = await inTransaction(database, (tx) => holdRotation(tx, tenant, scope));
    if (!held) return;
    const { secret, kept } = await newSealedSecret(held.recipientJwk);
    const replace = (db: Executor) =>
      runtime.replaceSecret(db, tenant, held.step.applicationId, secret).catch(refused);
    if (!runtime.transactional) await replace(database);
    await inTransaction(database, async (tx) => {
      const again = await holdRotation(tx, tenant, scope);
      if (!again) return;
      if (runtime.transactional) await replace(tx);
      await recordRotation(tx, tenant, again, kept, now());
    });
  };
}

function refused(error: unknown): never {
  if (error instanceof TargetRefusal) throw new DomainError('secret_not_rotatable', error.message);
  throw error;
}

export function failRotationRun(deps: ActivityDependencies) {
  return async (input: RotationInput & { failure: Omit<RunFailure, 'at'> }): Promise<void> => {
    const { tenant } = acting(input);
    const failure = { ...input.failure, at: deps.now().toISOString() };
    await failRotation(deps.database, tenant, input, failure);
  };
}
