import type { LedgerRefusal } from './collections/ledger.ts';
import type { ItemType } from './inventory/itemTypes.ts';
import type { Run } from './run.ts';
import type { SourceType } from './source.ts';

export const snapshotStatuses = ['collecting', 'completed', 'failed'] as const;
export type SnapshotStatus = (typeof snapshotStatuses)[number];

/** Items of a completed snapshot by type, zeros included. */
export type SnapshotSummary = Record<ItemType, number>;

export interface Snapshot {
  id: string;
  tenantId: string;
  workspaceId: string;
  sourceId: string;
  sourceType: SourceType;
  status: SnapshotStatus;
  itemCount: number;
  summary: SnapshotSummary | null;
  /** What a failed snapshot was refused, all of it. */
  refusals: readonly LedgerRefusal[];
  createdAt: Date;
  run: Run;
}
