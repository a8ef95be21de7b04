import type { StepFailure } from '../../domain/plan.ts';
import { TargetRefusal } from '../runtime/target.ts';

/** Why a step cannot be done, in words a person can act on: the step fails, and the activity does not. */
export class StepRefusal extends Error {
  readonly code: StepFailure['code'];
  constructor(code: StepFailure['code'], message: string) {
    super(message);
    this.name = 'StepRefusal';
    this.code = code;
  }
}

const codes = {
  collision: 'collision',
  gone: 'dependency_missing',
  quota: 'quota_exceeded',
  denied: 'target_denied',
} as const satisfies Record<TargetRefusal['code'], StepFailure['code']>;

/** What an error says against the step itself; null for one that says nothing of it. */
export function stepFailureOf(error: unknown, at: Date): StepFailure | null {
  if (error instanceof StepRefusal) return { code: error.code, message: error.message, at: at.toISOString() };
  if (error instanceof TargetRefusal) {
    return { code: codes[error.code], message: error.message, at: at.toISOString() };
  }
  return null;
}

/** Of an attempt that ended without anybody knowing why. */
export const unexpectedFailure = (at: Date): StepFailure => ({
  code: 'internal',
  message: 'The attempt could not be finished.',
  at: at.toISOString(),
});
