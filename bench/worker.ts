import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** What the worker of a benchmark's stack held and used while something was measured; see `eventLoop.mjs`. */
export interface WorkerFigures {
  maxStallMs: number;
  maxRssMb: number;
  cpuSeconds: number;
}

/** Runs `work` and tells what the worker needed for it. */
export async function measuringWorker<Result>(
  file: string,
  work: () => Promise<Result>,
): Promise<[Result, WorkerFigures]> {
  const { pid } = JSON.parse(await readFile(file, 'utf8')) as { pid: number };
  process.kill(pid, 'SIGHUP');
  const result = await work();
  await pause(1_000); // the figures are written a few times a second; the mirror follows
  return [result, JSON.parse(await readFile(file, 'utf8')) as WorkerFigures];
}
