import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import pg from 'pg';
import { taskQueues } from '../../domain/run.ts';
import { at, number, text, type Api, type Json } from '../../scripts/demo/api.ts';
import { signIn } from '../../scripts/demo/signIn.ts';
import { projectRoot } from '../../scripts/paths.ts';
import { Refusal } from '../../scripts/refusal.ts';
import { bringUpStack } from '../../scripts/stack.ts';
import { SIMULATED_OKTA_TOKEN } from '../../simulators/okta/server.ts';
import { runAssessment, type AssessResult } from '../assess/assess.ts';
import { measuringWorker, type WorkerFigures } from '../worker.ts';
import type { Org } from './org.ts';

const taskQueueType = proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW;

/** What collecting an org took, and what the worker and Temporal held of it. */
export interface PipelineResult {
  objects: number;
  items: number;
  pages: number;
  seconds: number;
  worker: WorkerFigures;
  runs: number;
  /** Events of the longest history. */
  events: number;
}

/** Collects and assesses an org with the whole product: API, Temporal, a worker process, PostgreSQL. */
export async function runPipeline(
  org: Org,
  folder: string,
): Promise<{ collected: PipelineResult; assessed: AssessResult }> {
  const workerFile = join(folder, 'worker.json');
  const preload = pathToFileURL(join(projectRoot, 'bench', 'eventLoop.mjs')).href;
  const stack = await bringUpStack({
    dataDir: join(folder, 'stack'),
    env: {
      ...process.env,
      LOG_LEVEL: 'warn',
      SOURCE_HOST_ALLOWLIST: new URL(org.url).host,
      BENCH_WORKER_FILE: workerFile,
      NODE_OPTIONS: `--import ${preload}`,
    },
    ports: { api: 0, postgres: 0, temporal: 0, temporalUi: 0 },
    log: (line) => console.error(line),
  });
  try {
    await untilWorkerPolls(stack.temporalAddress);
    const { api } = await signIn(stack, 'bench');
    const measure = <T>(work: () => Promise<T>) => measuringWorker(workerFile, work);
    const [{ snapshot, seconds }, worker] = await measure(() => collect(api, org));
    const histories = await readHistories(stack.databaseUrl);
    const assessed = await runAssessment({ api, databaseUrl: stack.databaseUrl, measure }, snapshot);
    return { collected: { ...sums(snapshot), seconds, worker, ...histories }, assessed };
  } finally {
    await stack.stop();
  }
}

/** The worker bundles its workflows first; that is not what is measured. */
export async function untilWorkerPolls(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  const queue = { namespace: 'default', taskQueue: { name: taskQueues.database }, taskQueueType };
  try {
    while ((await connection.workflowService.describeTaskQueue(queue)).pollers.length === 0) await pause(100);
  } finally {
    await connection.close();
  }
}

/** Collects an org into a new workspace of the tenant; returns the snapshot, and the seconds it took. */
export async function collect(api: Api, org: Org): Promise<{ snapshot: Json; seconds: number }> {
  const { body: workspace } = await api.post(
    '/workspaces',
    { name: 'Bench', mode: 'first_run_adoption' },
    [201],
  );
  const sources = `/workspaces/${text(workspace, 'id')}/sources`;
  const { body: source } = await api.post(
    sources,
    {
      name: 'Okta',
      source_type: 'okta',
      connection_mode: 'api_token',
      config: { org_url: org.url },
      secret: { api_token: SIMULATED_OKTA_TOKEN },
    },
    [201],
  );
  const path = `${sources}/${text(source, 'id')}/snapshots`;
  const begun = performance.now();
  const { body } = await api.post(path, {}, [202], { prefer: 'respond-async' });
  for (;;) {
    const snapshot = await api.get(`${path}/${text(body, 'id')}?limit=1`);
    const seconds = (performance.now() - begun) / 1000;
    if (text(snapshot, 'status') === 'completed') return { snapshot, seconds };
    if (text(snapshot, 'status') === 'failed') {
      throw new Refusal(`The collection failed: ${JSON.stringify(at(snapshot, 'failure'))}`);
    }
    await pause(250);
  }
}

function sums(snapshot: Json): Pick<PipelineResult, 'objects' | 'items' | 'pages'> {
  const rows = at(snapshot, 'collections') as Json[];
  const counted = new Set(['applications', 'groups', 'application_groups', 'application_users']);
  const objects = rows.filter((row) => counted.has(text(row, 'collection')));
  return {
    objects: objects.reduce((sum: number, row) => sum + number(row, 'objects'), 0),
    items: number(snapshot, 'item_count'),
    pages: rows.reduce((sum: number, row) => sum + number(row, 'pages'), 0),
  };
}

async function readHistories(databaseUrl: string): Promise<{ runs: number; events: number }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ runs: number; events: number }>(
      `SELECT count(*)::int AS runs, max(last_event_id)::int AS events
         FROM migration_workflow_runs WHERE workflow_type = 'collectInventory'`,
    );
    return rows[0] ?? { runs: 0, events: 0 };
  } finally {
    await client.end();
  }
}
