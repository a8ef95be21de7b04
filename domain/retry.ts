import { isRetryable, type Step } from './plan.ts';

/** A step as far as a retry needs to know it. */
export type RetryStep = Pick<Step, 'id' | 'status' | 'reasonCode' | 'dependsOn'>;

/** What a retry comes to, by ids of steps. */
export interface RetryChoice {
  run: string[];
  /** Asked for, or in the plan where nothing was asked for, and applied already. */
  done: string[];
  /** Asked for, and never to be retried: another plan has to be built for them. */
  refused: string[];
}

/**
 * Which of a plan's steps a retry takes up: those that failed or that a run skipped, all of them or the `wanted` ones
 * and with these whatever waited for them.
 */
export function chooseRetry(steps: readonly RetryStep[], wanted: readonly string[] | null): RetryChoice {
  const asked = wanted && new Set(wanted);
  const named = steps.filter(
    (step) => asked?.has(step.id) ?? (step.status === 'applied' || isRetryable(step)),
  );
  const run = new Set(named.filter(isRetryable).map((step) => step.id));
  const done = named.filter((step) => step.status === 'applied').map((step) => step.id);
  const refused = named.filter((step) => step.status !== 'applied' && !isRetryable(step)).map(({ id }) => id);
  const waiting = steps.filter((step) => step.reasonCode === 'dependency_failed' && isRetryable(step));
  for (let before = -1; before !== run.size;) {
    before = run.size;
    for (const step of waiting) if (step.dependsOn.some((id) => run.has(id))) run.add(step.id);
  }
  return { run: steps.filter((step) => run.has(step.id)).map(({ id }) => id), done, refused };
}
