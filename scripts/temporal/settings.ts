// temporal-dev.yaml, read and checked.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../paths.ts';
import { Refusal } from '../refusal.ts';

const Port = z.int().min(0).max(65_535);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a search attribute may hold; the names are Temporal's own. */
export const SearchAttributeKind = z.enum([
  'Text',
  'Keyword',
  'Int',
  'Double',
  'Bool',
  'Datetime',
  'KeywordList',
]);

const TemporalSettings = z.strictObject({
  cli: z.strictObject({
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    archive: z.string(),
    wheel: z.string(),
    platforms: z.record(
      z.string(),
      z.strictObject({ executable: Sha256, wheel: Sha256, wheelTag: z.string() }),
    ),
  }),
  namespace: z.string().min(1),
  ports: z.strictObject({ frontend: Port, ui: Port }),
  searchAttributes: z.record(z.string(), SearchAttributeKind),
  dynamicConfig: z.record(z.string(), z.json()),
});
export type TemporalSettings = z.infer<typeof TemporalSettings>;
export type SearchAttributes = TemporalSettings['searchAttributes'];

/**
 * The Temporal settings of a developer's machine.
 *
 * @throws {Refusal} naming what the file has wrong
 */
export async function loadTemporalSettings(
  path = join(projectRoot, 'temporal-dev.yaml'),
): Promise<TemporalSettings> {
  const read = TemporalSettings.safeParse(parse(await readFile(path, 'utf8')));
  if (read.success) return read.data;
  throw new Refusal(`${path} is not as it should be:\n${z.prettifyError(read.error)}`);
}

/** The settings with timers of a second's fraction that fire when they are due, and not up to a second later. */
export const quickTimers = (settings: TemporalSettings): TemporalSettings => ({
  ...settings,
  dynamicConfig: { 'history.timerProcessorMaxTimeShift': '10ms', ...settings.dynamicConfig },
});
