import type { TenantId } from '../../domain/ids.ts';
import type { Step, StepStatus } from '../../domain/plan.ts';
import type { LiveResource } from '../../domain/target.ts';
import type { Transaction } from '../../prisma/client.ts';
import type { HeldExecution } from '../../prisma/store/executionFence.ts';
import {
  markSkipped,
  migratedByOf,
  recordApplied,
  type StepEffect,
} from '../../prisma/store/stepOutcomes.ts';
import type { TransactionalTarget } from '../runtime/target.ts';
import { bindOutcome, readBound } from './bind.ts';
import { secretFor } from './clientSecret.ts';
import { resolveNeeds, resourceOf } from './resolve.ts';

/** Does a planned step that is held, on a target that shares our database: object and outcome commit together. */
export async function effectInside(
  tx: Transaction,
  runtime: TransactionalTarget,
  tenant: TenantId,
  held: HeldExecution,
  step: Step,
  at: Date,
): Promise<StepStatus> {
  const { resources, missing } = await resolveNeeds(tx, tenant, step);
  if (missing.length > 0) {
    await markSkipped(tx, tenant, held, step, missing, at);
    return 'skipped';
  }
  if (step.action === 'bind') {
    const bound = boundEffect(await readBound(runtime, tx, tenant, step));
    await recordApplied(tx, tenant, held, step, bound, at);
    return 'applied';
  }
  const resource = resourceOf(step, resources);
  const { secret, kept } = await secretFor(resource, held.recipientJwk);
  const request = { ...resource, migratedBy: migratedByOf(held, step), secret, at };
  const made = await runtime.create(tx, tenant, request);
  const clientId = clientIdOf(resource);
  await recordApplied(tx, tenant, held, step, { outcome: 'created', ...made, clientId, secret: kept }, at);
  return 'applied';
}

/** What it is to have bound to a resource. */
export const boundEffect = (live: LiveResource): StepEffect => ({
  outcome: bindOutcome(live),
  resourceId: live.resourceId,
  fingerprint: live.fingerprint,
  clientId: clientIdOf(live),
  secret: { state: 'none', jwe: null },
});

/** The client id of an application; null for anything else. */
export const clientIdOf = ({ payload }: { payload: object }): string | null =>
  'client_id' in payload ? String(payload.client_id) : null;
