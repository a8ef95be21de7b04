import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Step } from '../../domain/plan.ts';
import type { LiveResource } from '../../domain/target.ts';
import { isPlannable } from '../../domain/target.ts';
import type { Executor } from '../../prisma/client.ts';
import type { TargetRuntime } from '../runtime/target.ts';
import { StepRefusal } from './refusal.ts';

/** Reads what a step binds to; refuses unless it is there and as it was previewed. Nothing of it is written. */
export async function readBound(
  runtime: TargetRuntime,
  db: Executor,
  tenant: TenantId,
  { targetContract: contract, binding }: Pick<Step, 'targetContract' | 'binding'>,
): Promise<LiveResource> {
  if (!binding || !isPlannable(contract)) {
    throw new DomainError('plan_check_failed', 'A step that binds has nothing to bind to.');
  }
  const [live] = await runtime.read(db, tenant, contract, [binding.resource_id]);
  if (!live) {
    throw new StepRefusal(
      'bound_resource_gone',
      'What it was to be bound to is no longer at the target; build the plan again.',
    );
  }
  if (live.fingerprint !== binding.fingerprint) {
    throw new StepRefusal(
      'bound_resource_changed',
      `\u201c${live.name}\u201d was changed at the target after the preview; build the plan again.`,
    );
  }
  return live;
}

/** An assignment that is there already stays as it is; anything else is bound. */
export const bindOutcome = ({ contract }: Pick<LiveResource, 'contract'>): 'bound' | 'unchanged' =>
  contract === 'tenant_app_assignment' ? 'unchanged' : 'bound';
