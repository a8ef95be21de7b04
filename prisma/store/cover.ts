import { canonicalJson } from '../../domain/canonical.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan, TargetChange } from '../../domain/plan.ts';
import { classifierVersion } from '../../platform/classifier.ts';
import type { Executor } from '../client.ts';
import { listImpacts } from './impacts.ts';
import { digestDecisions } from './mergeDecisions.ts';
import { createHash } from 'node:crypto';
import { walkSteps } from './steps.ts';

/** Digests of everything that a preview token vouches for, by name; any that differs later makes it stale. */
export interface PreviewCover {
  revision: number;
  assessment_id: string;
  classifier_version: string;
  acknowledgements: string;
  decisions: string;
  payloads: string;
  /** What the target held under each key that a step claims. */
  target: string;
}

/** The part of a preview's cover that the database alone can tell. */
export type StoredCover = Omit<PreviewCover, 'target'>;

/** Digests what a preview token vouches for, as far as the database alone can tell. */
export async function readCover(db: Executor, tenant: TenantId, plan: Plan): Promise<StoredCover> {
  const impacts = await listImpacts(db, tenant, plan.assessmentId);
  const acknowledged = impacts
    .filter((impact) => impact.acknowledged)
    .map((impact) => impact.id)
    .sort();
  const payloads = createHash('sha256');
  for await (const steps of walkSteps(db, tenant, plan.id)) {
    for (const { id, action, disposition, targetPayload, dependsOn } of steps) {
      payloads.update(canonicalJson({ id, action, disposition, targetPayload, dependsOn }));
    }
  }
  return {
    revision: plan.revision,
    assessment_id: plan.assessmentId,
    classifier_version: classifierVersion,
    acknowledgements: createHash('sha256').update(canonicalJson(acknowledged)).digest('hex'),
    decisions: await digestDecisions(db, tenant, plan.assessmentId),
    payloads: payloads.digest('hex'),
  };
}

/** What a preview vouched for and is no longer so. */
export function coverChanges(was: PreviewCover, is: StoredCover): TargetChange[] {
  return (Object.keys(is) as (keyof StoredCover)[])
    .filter((name) => was[name] !== is[name])
    .map((name) => ({
      step_id: null,
      item_id: null,
      code: `${name}_changed`,
      message: `${name.replaceAll('_', ' ')} changed since the preview.`,
      was: was[name],
      is: is[name],
    }));
}
