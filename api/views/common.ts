import { z } from 'zod';
import { RunFailure, type Run } from '../../domain/run.ts';
import { Estimate } from '../../domain/verification.ts';
import type { Services } from '../services.ts';
import { RawJson } from '../http/rawJson.ts';

export const Time = z.iso.datetime();

export const time = (at: Date): string => at.toISOString();
export const timeOrNull = (at: Date | null): string | null => (at === null ? null : at.toISOString());

/** JSON of the vendor's, passed through as it stands. */
export const Raw = z
  .custom<RawJson | null>((value) => value === null || value instanceof RawJson, 'raw JSON')
  .meta({
    description: 'The object as the vendor returned it, with secret values replaced.',
  });

/** A page of a list: `next_cursor` gives the following page, null on the last. */
export const listOf = <Entry extends z.ZodType>(entry: Entry) =>
  z.strictObject({ data: z.array(entry), next_cursor: z.string().nullable() });

/** How far a run is, while it runs: `done` of `total`, what it waits for, and what is left of it. */
export const Progress = z.strictObject({
  done: z.int(),
  total: z.int().nullable(),
  waiting: z
    .strictObject({
      endpoint: z.string(),
      until: Time,
      text: z.string().meta({ examples: ["waiting for Okta's limit on /apps until 12:03:20 UTC"] }),
    })
    .nullable(),
  estimate: Estimate.nullable(),
});

/** What every resource that a run works on says of it. */
export const runShape = {
  workflow: z
    .strictObject({ workflow_id: z.string(), run_id: z.string(), ui_url: z.string().nullable() })
    .nullable(),
  mirrored_at: Time.nullable(),
  progress: Progress.nullable(),
  started_by: z.string(),
  started_at: Time,
  ended_at: Time.nullable(),
};

export const Failure = RunFailure.meta({ id: 'RunFailure' });

/** The common part of a run's resource. */
export function viewRun(run: Run, services: Pick<Services, 'temporalUiUrl' | 'temporal'>) {
  const runId = run.runIds.at(-1);
  const namespace = services.temporal.options.namespace;
  const uiUrl =
    services.temporalUiUrl === null || runId === undefined
      ? null
      : `${services.temporalUiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(run.workflowId)}/${runId}`;
  return {
    workflow: runId === undefined ? null : { workflow_id: run.workflowId, run_id: runId, ui_url: uiUrl },
    mirrored_at: timeOrNull(run.mirroredAt),
    progress: null,
    started_by: run.startedBy.id,
    started_at: time(run.startedAt),
    ended_at: timeOrNull(run.endedAt),
  };
}
