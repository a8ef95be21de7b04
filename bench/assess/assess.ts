import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { at, number, text, type Api, type Json } from '../../scripts/demo/api.ts';
import { Refusal } from '../../scripts/refusal.ts';
import { postgresCpuSeconds } from '../postgresCpu.ts';
import type { WorkerFigures } from '../worker.ts';
import { writeAlone } from './writes.ts';

/** What judging a snapshot took, and what writing its verdicts takes by itself. */
export interface AssessResult {
  items: number;
  seconds: number;
  worker: WorkerFigures;
  postgresCpuSeconds: number | null;
  writesSeconds: number;
}

/** Assesses a collected snapshot with the whole product. */
export async function runAssessment(
  stack: {
    api: Api;
    databaseUrl: string;
    measure: <T>(work: () => Promise<T>) => Promise<[T, WorkerFigures]>;
  },
  snapshot: Json,
): Promise<AssessResult> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    await client.query('CHECKPOINT');
    const before = await postgresCpuSeconds(client);
    const [{ assessment, seconds }, worker] = await stack.measure(() => assess(stack.api, snapshot));
    const after = await postgresCpuSeconds(client);
    return {
      items: number(at(assessment, 'summary'), 'total'),
      seconds,
      worker,
      postgresCpuSeconds: before === null || after === null ? null : after - before,
      writesSeconds: await writeAlone(stack.databaseUrl, text(assessment, 'id')),
    };
  } finally {
    await client.end();
  }
}

/** Assesses a snapshot; returns the assessment, and the seconds it took. */
export async function assess(api: Api, snapshot: Json): Promise<{ assessment: Json; seconds: number }> {
  const workspace = `/workspaces/${text(snapshot, 'workspace_id')}`;
  const begun = performance.now();
  const path = `${workspace}/snapshots/${text(snapshot, 'id')}/assessments`;
  const { body } = await api.post(path, {}, [202], { prefer: 'respond-async' });
  for (;;) {
    const assessment = await api.get(`${workspace}/assessments/${text(body, 'id')}`);
    const seconds = (performance.now() - begun) / 1000;
    if (text(assessment, 'status') === 'completed') return { assessment, seconds };
    if (text(assessment, 'status') === 'failed') {
      throw new Refusal(`The assessment failed: ${JSON.stringify(at(assessment, 'failure'))}`);
    }
    await pause(250);
  }
}
