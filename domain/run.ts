import { z } from 'zod';
import type { Actor } from './access.ts';

/**
 * Long work (everything that reads a source or the target) is a Temporal workflow authorised by a row that the
 * API created. The workflow's input names that row and is never authority by itself.
 */
export const runKinds = [
  'collect',
  'verify',
  'assess',
  'refresh',
  'plan',
  'preview',
  'apply',
  'rotate',
] as const;
export type RunKind = (typeof runKinds)[number];

/** Workflow type and id prefix of each kind; the id is prefix + the resource that only one run may work on. */
export const runWorkflows = {
  collect: { type: 'collectInventory', prefix: 'inventory/' },
  verify: { type: 'verifySource', prefix: 'verify/' },
  assess: { type: 'assessSnapshot', prefix: 'assessment/' },
  refresh: { type: 'refreshDecisions', prefix: 'decisions/' },
  plan: { type: 'planCutover', prefix: 'plan/' },
  preview: { type: 'previewCutover', prefix: 'preview/' },
  apply: { type: 'applyCutover', prefix: 'cutover/' },
  rotate: { type: 'rotateSecret', prefix: 'secret/' },
} as const satisfies Record<RunKind, { type: string; prefix: string }>;

/** `key` is the resource that only one run may work on: source, snapshot, assessment, plan or step. */
export function workflowIdOf(kind: RunKind, key: string): string {
  return `${runWorkflows[kind].prefix}${key}`;
}

export const historyMirror = { type: 'mirrorHistory', workflowId: 'history-mirror' } as const;

/** Activities wait in three queues with slots of their own, so that nothing urgent waits behind source reads. */
export const taskQueues = {
  database: 'idm-database',
  sourceReads: 'idm-source-reads',
  mirror: 'idm-mirror',
} as const;

/** The signal that tells a workflow to look at its row's `stop_requested_at`; its argument is the row's id. */
export const stopSignalName = 'stop';

/** The signal by which a read tells its workflow that the vendor's limit holds it up; see `Waiting`. */
export const waitingSignalName = 'waiting';

/** A collection, and what it waits for. */
export interface Waiting {
  collection: string;
  text: string;
}

/** The memo entry by which a run names the row that authorises it. */
export const runMemoKey = 'migration_run';

/** What a workflow of ours is started with; everything else is read from the database. */
export const RunInput = z.strictObject({ tenantId: z.uuid(), runId: z.uuid() });
export type RunInput = z.infer<typeof RunInput>;

/** Why a run failed, in words and in the vendor's own numbers. Times are RFC 3339 UTC. */
export const RunFailure = z.strictObject({
  code: z.string(),
  message: z.string(),
  reason: z.string().nullable(),
  endpoint: z.string().nullable(),
  http_status: z.int().nullable(),
  vendor_code: z.string().nullable(),
  vendor_request_id: z.string().nullable(),
  /** Who ended it, where Temporal recorded that (a termination, a cancellation). */
  identity: z.string().nullable(),
  at: z.iso.datetime(),
});
export type RunFailure = z.infer<typeof RunFailure>;

export function runFailure(
  at: Date,
  failure: Pick<RunFailure, 'code' | 'message'> & Partial<Omit<RunFailure, 'at'>>,
): RunFailure {
  return {
    reason: null,
    endpoint: null,
    http_status: null,
    vendor_code: null,
    vendor_request_id: null,
    identity: null,
    ...failure,
    at: at.toISOString(),
  };
}

/** The row that authorises a run, as the store reads it. */
export interface Run {
  id: string;
  kind: RunKind;
  resourceId: string;
  workflowId: string;
  /** Temporal run ids in the order in which they claimed the row; the last one may act. */
  runIds: readonly string[];
  startedBy: Actor;
  startedAt: Date;
  claimedAt: Date | null;
  stopRequestedAt: Date | null;
  endedAt: Date | null;
  failure: RunFailure | null;
  mirroredAt: Date | null;
}
