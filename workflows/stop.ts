import { CancellationScope, defineSignal, setHandler } from '@temporalio/workflow';
import { stopSignalName } from '../domain/run.ts';

/** Carries the id of the row that was asked to stop; a stop that names another row is ignored. */
export const stop = defineSignal<[string]>(stopSignalName);

/** Runs `work` so that a stop of this row cancels it. The row itself is the stop; the signal only makes it quick. */
export async function stoppable<Result>(runId: string, work: () => Promise<Result>): Promise<Result> {
  const scope = new CancellationScope();
  setHandler(stop, (rowId) => {
    if (rowId === runId) scope.cancel();
  });
  return scope.run(work);
}
