import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/paths.ts';
import type { Service } from './service.ts';
import { operate } from './temporal.ts';

const folder = join(projectRoot, 'test', 'histories');

/** A finished run of a workflow as Temporal keeps it, in JSON; payloads are base64. */
export interface History {
  events: Record<string, unknown>[];
}

export const historyFiles = async (): Promise<string[]> => (await readdir(folder)).sort();

export const readHistory = async (file: string): Promise<History> =>
  JSON.parse(await readFile(join(folder, file), 'utf8')) as History;

/** Takes all kept histories away, to make room for new ones. */
export async function clearHistories(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
}

/** Keeps a run's history. Stack traces, which name the folders of a machine, stay out: replay does not look at them. */
export async function keepHistory(
  service: Pick<Service, 'temporal' | 'temporalAddress'>,
  name: string,
  run: { workflowId: string; temporalRunId: string },
): Promise<void> {
  const { workflowId, temporalRunId } = run;
  const shown = await operate(
    service,
    ...['workflow', 'show', '--workflow-id', workflowId, '--run-id', temporalRunId, '--output', 'json'],
  );
  const json = JSON.stringify(JSON.parse(shown), (key, value: unknown) =>
    key === 'stackTrace' ? undefined : value,
  );
  if (json.includes(projectRoot)) throw new Error(`The history ${name} names ${projectRoot}.`);
  await writeFile(join(folder, `${name}.json`), `${json}\n`);
}
