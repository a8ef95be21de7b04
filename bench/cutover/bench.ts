import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from '../../prisma/client.ts';
import { at, everything, number, text, type Api, type Json } from '../../scripts/demo/api.ts';
import { signIn } from '../../scripts/demo/signIn.ts';
import { Refusal } from '../../scripts/refusal.ts';
import { bringUpStack, type Stack } from '../../scripts/stack.ts';
import { assess } from '../assess/assess.ts';
import { startOrg, type Org } from '../collect/org.ts';
import { collect, untilWorkerPolls } from '../collect/pipeline.ts';
import { createAlone } from './alone.ts';

export interface CutoverOptions {
  /** Groups of the org whose plan is previewed, and of the one whose plan is applied. */
  previewed: number;
  applied: number;
  latencyMs: number;
}

/** What a cutover took; a step is one group that is created. */
interface CutoverResult {
  previewSteps: number;
  /** With the incumbent answering, and with it away. */
  previewSeconds: number;
  previewAwaySeconds: number;
  applySteps: number;
  applySeconds: number;
  aloneSeconds: number;
}

/** Most that a preview may take, and a step of an apply. */
const previewLimitSeconds = 3;
const stepLimitMs = 40;

/**
 * Measures preview and apply with the whole product, each of an org of groups alone, because groups need nothing of
 * each other; and a loop that makes the same objects, links and records without Temporal. Returns the table's lines.
 */
export async function benchCutover(options: CutoverOptions, say: (line: string) => void): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'identity-migration-bench-'));
  const stack = await bringUpStack({
    dataDir: join(folder, 'stack'),
    env: { ...process.env, LOG_LEVEL: 'warn', SOURCE_HOST_ALLOWLIST: '127.0.0.1' },
    ports: { api: 0, postgres: 0, temporal: 0, temporalUi: 0 },
    log: say,
  });
  try {
    await untilWorkerPolls(stack.temporalAddress);
    const previewed = await onGroups(options.previewed, options.latencyMs, async (org) => {
      say(`plan of ${options.previewed} …`);
      const plan = await planOf(stack, org);
      say('preview …');
      return { plan, ...(await preview(plan)) };
    });
    say(`  ${previewed.seconds.toFixed(2)} s; with the incumbent away …`);
    await forgetPreviews(stack.databaseUrl);
    const away = await preview(previewed.plan);
    say(`  ${away.seconds.toFixed(2)} s`);
    const applied = await onGroups(options.applied, options.latencyMs, async (org) => {
      say(`plan of ${options.applied} …`);
      const plan = await planOf(stack, org);
      const { token } = await preview(plan);
      say('apply …');
      return { plan, seconds: await apply(plan, token) };
    });
    say(`  ${applied.seconds.toFixed(1)} s; the same without Temporal …`);
    const steps = await everything(applied.plan.api, `${applied.plan.path}/steps?status=applied`);
    const aloneSeconds = await createAlone(stack.databaseUrl, steps);
    say(`  ${aloneSeconds.toFixed(1)} s`);
    return cutoverTable({
      previewSteps: previewed.plan.planned,
      previewSeconds: previewed.seconds,
      previewAwaySeconds: away.seconds,
      applySteps: steps.length,
      applySeconds: applied.seconds,
      aloneSeconds,
    });
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function onGroups<Result>(
  groups: number,
  latencyMs: number,
  use: (org: Org) => Promise<Result>,
): Promise<Result> {
  const size = { applications: 0, groups, groupAssignments: 0, userAssignments: 0, seed: 1 };
  const org = await startOrg(size, latencyMs);
  try {
    return await use(org);
  } finally {
    await org.close();
  }
}

interface PlannedOrg {
  api: Api;
  /** Of the plan, below the tenant. */
  path: string;
  planned: number;
}

/** Takes an org to a plan, in a tenant of its own. */
async function planOf(stack: Stack, org: Org): Promise<PlannedOrg> {
  const { api } = await signIn(stack, 'bench');
  const { snapshot } = await collect(api, org);
  const { assessment } = await assess(api, snapshot);
  const workspace = `/workspaces/${text(snapshot, 'workspace_id')}`;
  const impacts = `${workspace}/assessments/${text(assessment, 'id')}/ocm-impacts`;
  const ids = (await everything(api, impacts)).map((impact) => text(impact, 'id'));
  await api.post(`${impacts}/acknowledge`, { impact_ids: ids }, [200]);
  const plans = `${workspace}/cutover-plans`;
  const { body } = await api.post(plans, { assessment_id: text(assessment, 'id') }, [201, 202]);
  const path = `${plans}/${text(body, 'id')}`;
  const built = await until(api, path, (plan) => text(plan, 'built_at') !== '');
  return { api, path, planned: number(built, 'summary', 'by_status', 'planned') };
}

/** Previews, however often the answer is that it still runs; returns the token and the seconds until it came. */
async function preview({ api, path }: PlannedOrg): Promise<{ token: string; seconds: number }> {
  const begun = performance.now();
  for (;;) {
    const { body, status } = await api.post(`${path}/preview`, {}, [200, 202]);
    const seconds = (performance.now() - begun) / 1000;
    if (status === 200) return { token: text(body, 'preview_token'), seconds };
  }
}

/** A fresh result would be given again; the next preview looks anew. */
async function forgetPreviews(databaseUrl: string): Promise<void> {
  const database = openDatabase({ url: databaseUrl, connections: 1 });
  await database.$executeRaw`UPDATE "migration_cutover_previews" SET "finished_at" = "finished_at" - interval '1 hour'`;
  await database.$disconnect();
}

/** Applies and returns the seconds until the execution had ended. */
async function apply({ api, path }: PlannedOrg, token: string): Promise<number> {
  const begun = performance.now();
  const { body } = await api.post(`${path}/apply`, { preview_token: token }, [202], {
    prefer: 'respond-async',
  });
  const execution = `${path}/executions/${text(body, 'id')}`;
  const ended = await until(api, execution, (each) => text(each, 'status') !== 'started');
  if (text(ended, 'status') === 'failed') {
    throw new Refusal(`The execution failed: ${JSON.stringify(at(ended, 'failure'))}`);
  }
  return (performance.now() - begun) / 1000;
}

async function until(api: Api, path: string, done: (resource: Json) => boolean): Promise<Json> {
  for (;;) {
    const resource = await api.get(path);
    if (done(resource)) return resource;
    await pause(100);
  }
}

function cutoverTable(result: CutoverResult): string[] {
  const { previewSteps, applySteps, applySeconds, aloneSeconds } = result;
  const row = (name: string, steps: number, seconds: number) =>
    name.padEnd(40) +
    [String(steps), seconds.toFixed(2), ((1000 * seconds) / steps).toFixed(2)]
      .map((cell) => cell.padStart(12))
      .join('');
  const meets = (met: boolean) => (met ? 'met' : 'NOT MET');
  const slowest = Math.max(result.previewSeconds, result.previewAwaySeconds);
  const stepMs = (1000 * applySeconds) / applySteps;
  return [
    'A cutover of groups, none of which needs another',
    `${''.padEnd(40)}${['steps', 'seconds', 'ms/step'].map((head) => head.padStart(12)).join('')}`,
    row('preview, the incumbent read again', previewSteps, result.previewSeconds),
    row('preview, the incumbent away', previewSteps, result.previewAwaySeconds),
    row('the same creates in a loop', applySteps, aloneSeconds),
    row('apply, end to end', applySteps, applySeconds),
    '',
    `preview takes ${slowest.toFixed(2)} s (limit ${previewLimitSeconds}): ${meets(slowest <= previewLimitSeconds)}`,
    `a step takes ${stepMs.toFixed(1)} ms (limit ${stepLimitMs}): ${meets(stepMs <= stepLimitMs)}; ` +
      `${(applySeconds / aloneSeconds).toFixed(1)} times the loop`,
  ];
}
