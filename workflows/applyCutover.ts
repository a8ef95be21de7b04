import {
  CancellationScope,
  CancelledFailure,
  condition,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunInput } from '../domain/run.ts';
import type { OutstandingStep } from '../domain/plan.ts';
import { database, effects, longDatabase } from './activities.ts';
import { endedFailed, failureOf } from './failure.ts';
import { stoppable } from './stop.ts';

/** Steps that run side by side. */
const parallelSteps = 8;

/**
 * Does what a preview showed, step by step. Every hop begins with what the database says is still to be done, so a
 * successor, or a run that was reset to the first task of any hop, takes up exactly that. A run that was reset claims
 * a row of its own.
 */
export async function applyCutover(input: RunInput): Promise<void> {
  const { continuedFromExecutionRunId: continuedFrom = null, firstExecutionRunId: firstRun } = workflowInfo();
  const claimed = await database.claim({ ...input, continuedFrom, firstRun });
  const scope = { tenantId: input.tenantId, executionId: claimed.resourceId };
  try {
    const outcome = claimed.settled
      ? 'done'
      : await stoppable(claimed.runId, () => runHop(scope, continuedFrom === null));
    if (outcome === 'stale') {
      throw endedFailed(
        failureOf(null, { code: 'preview_stale', message: 'Nothing was written; the execution says why.' }),
      );
    }
    if (outcome === 'more') {
      // All that was running has finished by now; a run that was cancelled begins nothing more.
      if (CancellationScope.current().consideredCancelled)
        throw new CancelledFailure('The run was cancelled.');
      await continueAsNew<typeof applyCutover>({ ...input, runId: claimed.runId });
    }
    const { status } = await database.finishExecution({ ...scope, failure: null });
    if (status === 'failed') {
      throw endedFailed(failureOf(null, { code: 'steps_failed', message: 'A step failed; see the steps.' }));
    }
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const failure = failureOf(error, {
      code: 'internal_error',
      message: 'The execution could not be finished.',
    });
    const finish = () => database.finishExecution({ ...scope, failure });
    const { status } = await CancellationScope.nonCancellable(finish);
    // It had ended well before: this run came too late, and has changed nothing.
    if (status !== 'failed') return;
    throw isCancellation(error) ? error : endedFailed(failure);
  }
}

interface Scope {
  tenantId: string;
  executionId: string;
}

async function runHop(scope: Scope, first: boolean): Promise<'done' | 'more' | 'stale'> {
  if (first && (await longDatabase.beginExecution(scope)).stale) return 'stale';
  const { steps, more } = await database.loadOutstandingSteps(scope);
  await runSteps(scope, steps);
  return more ? 'more' : 'done';
}

/** Runs steps in dependency order, a few at a time. One that fails is settled by its activity and holds up nobody. */
async function runSteps(scope: Scope, steps: readonly OutstandingStep[]): Promise<void> {
  const settled = new Map<string, string>();
  let busy = 0;
  const runOne = async (step: OutstandingStep) => {
    const ready = () => busy < parallelSteps && step.after.every((id) => settled.has(id));
    while (!ready()) await condition(ready);
    busy += 1;
    try {
      settled.set(step.id, await runStep(scope, step));
      setCurrentDetails(progress(steps, settled));
    } finally {
      busy -= 1;
    }
  };
  // Steps that are running when the run is stopped finish; what they did is told by the database.
  const outcomes = await Promise.allSettled(steps.map(runOne));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

async function runStep(scope: Scope, step: OutstandingStep): Promise<string> {
  const input = { ...scope, stepId: step.id };
  try {
    const options = { activityId: `step-${step.id}`, summary: step.summary };
    return (await effects.applyStep.executeWithOptions(options, [input])).status;
  } catch (error) {
    if (isCancellation(error)) throw error;
    // The effect may have been committed after all: what is true is answered by the database.
    return (await database.recordStepFailure(input)).status;
  }
}

/** What an operator sees in the Temporal UI: at most eighty rows. */
function progress(steps: readonly OutstandingStep[], settled: ReadonlyMap<string, string>): string {
  const rows = steps.slice(0, 80).map((step) => `| ${step.summary} | ${settled.get(step.id) ?? 'waiting'} |`);
  return [`${settled.size} of ${steps.length} steps settled`, '', '| step | |', '|---|---|', ...rows].join(
    '\n',
  );
}
