import type { AssessResult } from './assess.ts';

/** The lines that tell what judging took. */
export function assessTable(result: AssessResult): string[] {
  const { items, seconds, worker, writesSeconds } = result;
  const database = result.postgresCpuSeconds;
  const cpu = worker.cpuSeconds + (database ?? 0);
  const per = (total: number) => Math.round(items / total);
  const limit = (15 * items) / 100_000;
  const row = (name: string, total: number) =>
    `${name.padEnd(34)}${String(items).padStart(12)}${total.toFixed(1).padStart(12)}${String(per(total)).padStart(12)}`;
  return [
    `Assessing a snapshot of ${items} items`,
    `${''.padEnd(34)}${['items', 'seconds', 'items/s'].map((head) => head.padStart(12)).join('')}`,
    row('writing the verdicts alone', writesSeconds),
    row('this product, end to end', seconds),
    '',
    `CPU: worker ${worker.cpuSeconds.toFixed(1)} s, PostgreSQL ${database === null ? 'unknown' : `${database.toFixed(1)} s`} ` +
      `(limit of both ${limit.toFixed(1)} s): ${cpu <= limit ? 'met' : 'NOT MET'}`,
    `memory of the worker ${Math.round(worker.maxRssMb)} MB at most; its event loop stood still ${Math.round(worker.maxStallMs)} ms at most`,
  ];
}
