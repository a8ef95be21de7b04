import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, startPostgres } from '../../scripts/postgres.ts';
import { migrate } from '../../prisma/migrator.ts';
import type { TenantSize } from '../../simulators/tenant.ts';
import { runBaseline } from './baseline.ts';
import { runFloor } from './floor.ts';
import { objectsOf, shareOf, startOrg, type Org } from './org.ts';
import { assessTable } from '../assess/table.ts';
import { runPipeline, type PipelineResult } from './pipeline.ts';

export interface CollectOptions {
  size: TenantSize;
  latencyMs: number;
  /** How much of the org the baseline reads, as a share; it needs most of the time. */
  baselineShare: number;
}

/** Measures pipeline, baseline and floor against the same simulator; returns the lines of the tables. */
export async function benchCollect(options: CollectOptions, say: (line: string) => void): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'identity-migration-bench-'));
  try {
    const org = await startOrg(options.size, options.latencyMs);
    let pipeline: Awaited<ReturnType<typeof runPipeline>>;
    let floor: Timed;
    try {
      say('pipeline: collect, assess …');
      pipeline = await runPipeline(org, folder);
      say(`  ${pipeline.collected.seconds.toFixed(1)} s, ${pipeline.assessed.seconds.toFixed(1)} s`);
      say('floor …');
      floor = await withDatabase(folder, 'floor', (url) => timed(() => runFloor(org, url)));
      say(`  ${floor.seconds.toFixed(1)} s`);
    } finally {
      await org.close();
    }
    say('baseline …');
    const baseline = await onOrg(shareOf(options.size, options.baselineShare), options.latencyMs, (small) =>
      withDatabase(folder, 'baseline', (url) => timed(() => runBaseline(small, url))),
    );
    say(`  ${baseline.seconds.toFixed(1)} s`);
    return [...table(options, pipeline.collected, floor, baseline), '', ...assessTable(pipeline.assessed)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Timed {
  objects: number;
  seconds: number;
}

async function timed(work: () => Promise<number>): Promise<Timed> {
  const begun = performance.now();
  const objects = await work();
  return { objects, seconds: (performance.now() - begun) / 1000 };
}

async function onOrg<Result>(
  size: TenantSize,
  latencyMs: number,
  use: (org: Org) => Promise<Result>,
): Promise<Result> {
  const org = await startOrg(size, latencyMs);
  try {
    return await use(org);
  } finally {
    await org.close();
  }
}

/** A PostgreSQL server of its own, with the product's schema, for as long as `use` takes. */
async function withDatabase<Result>(
  folder: string,
  name: string,
  use: (url: string) => Promise<Result>,
): Promise<Result> {
  const postgres = await startPostgres({ dataDir: join(folder, name), port: 0, log: () => undefined });
  try {
    await createDatabase(postgres.adminUrl, name);
    const url = postgres.url(name);
    await migrate(url);
    return await use(url);
  } finally {
    await postgres.stop();
  }
}

function table(
  { size, latencyMs, baselineShare }: CollectOptions,
  pipeline: PipelineResult,
  floor: Timed,
  baseline: Timed,
): string[] {
  const rate = ({ objects, seconds }: Timed) => objects / seconds;
  const row = (name: string, timing: Timed) =>
    [name.padEnd(34), timing.objects, timing.seconds.toFixed(1), Math.round(rate(timing))]
      .map((cell, index) => (index === 0 ? String(cell) : String(cell).padStart(12)))
      .join('');
  const faster = rate(pipeline) / rate(baseline);
  const above = rate(floor) / rate(pipeline);
  const { worker } = pipeline;
  const meets = (met: boolean) => (met ? 'met' : 'NOT MET');
  return [
    `Collecting an Okta org of ${objectsOf(size)} objects (${size.applications} applications, ${size.groups} groups, ` +
      `${size.groupAssignments + size.userAssignments} assignments) at ${latencyMs} ms latency`,
    `${''.padEnd(34)}${['objects', 'seconds', 'objects/s'].map((head) => head.padStart(12)).join('')}`,
    row('floor: fetch, parse, COPY', floor),
    row('this product, end to end', pipeline),
    row(
      baselineShare === 1 ? 'hand-written: SDK, createMany' : `hand-written, on ${baselineShare} of the org`,
      baseline,
    ),
    '',
    `${faster.toFixed(1)} times the hand-written script (aim: at least 8): ${meets(faster >= 8)}`,
    `${above.toFixed(2)} times the floor (aim: at most 2.5): ${meets(above <= 2.5)}`,
    `${pipeline.pages} pages, ${pipeline.items} items; worker: ${worker.cpuSeconds.toFixed(1)} s of CPU`,
    `memory of the worker ${Math.round(worker.maxRssMb)} MB at most (limit 500): ${meets(worker.maxRssMb < 500)}`,
    `event loop of the worker stood still ${Math.round(worker.maxStallMs)} ms at most (limit 200): ${meets(worker.maxStallMs <= 200)}`,
    `longest of ${pipeline.runs} histories: ${pipeline.events} events (limit 300): ${meets(pipeline.events < 300)}`,
  ];
}
