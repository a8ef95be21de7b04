import { z } from 'zod';
import { LedgerRefusal, LedgerRow } from '../../domain/collections/ledger.ts';
import { EvidencePointer, type StoredItem } from '../../domain/inventory/item.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { changeKinds } from '../../domain/snapshotDiff.ts';
import { snapshotStatuses, type Snapshot } from '../../domain/snapshot.ts';
import { sourceTypes } from '../../domain/source.ts';
import type { SnapshotProgress } from '../../prisma/store/progress.ts';
import type { EvidencePage } from '../../prisma/store/evidence.ts';
import type { ItemChange } from '../../prisma/store/snapshotDiff.ts';
import type { RawJson } from '../http/rawJson.ts';
import type { Services } from '../services.ts';
import { Failure, listOf, Progress, Raw, runShape, Time, time, viewRun } from './common.ts';

export const ItemView = z
  .strictObject({
    id: z.string(),
    ordinal: z.int(),
    item_type: z.enum(itemTypes),
    source_type: z.enum(sourceTypes),
    external_id: z.string(),
    name: z.string(),
    status: z.string().nullable(),
    vendor_kind: z.string(),
    normalized: z.record(z.string(), z.unknown()).meta({ description: 'The normal form of the item type.' }),
    fingerprint: z.string(),
    evidence: z.array(EvidencePointer),
    raw_payload: Raw.optional(),
  })
  .meta({ id: 'InventoryItem' });

/** `raw` is given where the raw payload was asked for. */
export const viewItem = (item: StoredItem, raw?: RawJson | null) => ({
  id: item.id,
  ordinal: Number(item.ordinal),
  item_type: item.itemType,
  source_type: item.sourceType,
  external_id: item.externalId,
  name: item.name,
  status: item.status,
  vendor_kind: item.vendorKind,
  normalized: item.normalized,
  fingerprint: item.fingerprint,
  evidence: item.evidence,
  ...(raw !== undefined && { raw_payload: raw }),
});

export const EvidenceView = z
  .strictObject({
    id: z.string(),
    collection: z.string(),
    endpoint: z.string(),
    query: z.string(),
    page: z.int(),
    items: z.int(),
    bytes: z.int(),
    sha256: z.string(),
    kept_sha256: z.string(),
    http_status: z.int(),
    vendor_request_id: z.string().nullable(),
    vendor_date: z.string().nullable(),
    fetched_at: Time,
    elapsed_ms: z.int(),
    attempt: z.int(),
    pass: z.int(),
    abandoned: z.boolean(),
    repaired: z.boolean(),
    redacted: z.array(z.string()),
  })
  .meta({ id: 'Evidence' });

export const viewEvidence = (page: EvidencePage) => ({
  id: page.id,
  collection: page.collection,
  endpoint: page.endpoint,
  query: page.query,
  page: page.page,
  items: page.objects,
  bytes: page.bytes,
  sha256: Buffer.from(page.sha256).toString('hex'),
  kept_sha256: Buffer.from(page.keptSha256).toString('hex'),
  http_status: page.httpStatus,
  vendor_request_id: page.vendorRequestId,
  vendor_date: page.vendorDate,
  fetched_at: time(page.fetchedAt),
  elapsed_ms: page.elapsedMs,
  attempt: page.attempt,
  pass: page.pass,
  abandoned: page.abandoned,
  repaired: page.repaired,
  redacted: page.redacted,
});

/** While it is collected. `done` and `total` count requests; `total` is null while nobody can tell. */
const SnapshotProgressView = Progress.extend({
  /** Collections read to their end, of all. */
  collections: z.strictObject({ done: z.int(), total: z.int() }),
  pages: z.int(),
  items: z.int(),
}).meta({ id: 'SnapshotProgress' });

const summaryShape = {
  id: z.string(),
  tenant_id: z.string(),
  workspace_id: z.string(),
  source_id: z.string(),
  source_type: z.enum(sourceTypes),
  status: z.enum(snapshotStatuses),
  item_count: z.int(),
  summary: z.record(z.enum(itemTypes), z.int()),
  ...runShape,
  progress: SnapshotProgressView.nullable(),
  failure: Failure.extend({ refusals: z.array(LedgerRefusal) }).nullable(),
};

export const SnapshotSummaryView = z.strictObject(summaryShape).meta({ id: 'SnapshotSummary' });

export const SnapshotView = z
  .strictObject({
    ...summaryShape,
    collections: z.array(LedgerRow),
    items: listOf(ItemView),
    evidence: listOf(EvidenceView),
  })
  .meta({ id: 'Snapshot' });

const zeros = Object.fromEntries(itemTypes.map((type) => [type, 0]));

const viewProgress = ({ done, total, collections, pages, items, waiting, estimate }: SnapshotProgress) => ({
  done,
  total,
  collections,
  pages,
  items,
  waiting: waiting && { ...waiting, until: time(waiting.until) },
  estimate,
});

/** `progress` of a snapshot that is being collected. */
export const viewSnapshot = (snapshot: Snapshot, services: Services, progress: SnapshotProgress | null) => ({
  id: snapshot.id,
  tenant_id: snapshot.tenantId,
  workspace_id: snapshot.workspaceId,
  source_id: snapshot.sourceId,
  source_type: snapshot.sourceType,
  status: snapshot.status,
  item_count: snapshot.itemCount,
  summary: { ...zeros, ...snapshot.summary },
  ...viewRun(snapshot.run, services),
  progress: progress && viewProgress(progress),
  failure: snapshot.run.failure && { ...snapshot.run.failure, refusals: snapshot.refusals },
});

export const ItemChangeView = z
  .strictObject({
    change: z.enum(changeKinds),
    item_type: z.enum(itemTypes),
    external_id: z.string(),
    name: z.string(),
    vendor_kind: z.string(),
    /** The item in the snapshot and in the one compared with; null where there is none. */
    item_id: z.string().nullable(),
    against_item_id: z.string().nullable(),
    changed_fields: z.array(
      z.strictObject({ pointer: z.string(), was: z.unknown(), is: z.unknown() }).meta({
        description: 'A member of the item that differs, by JSON pointer; null where it was or is absent.',
      }),
    ),
  })
  .meta({ id: 'ItemChange' });

export const viewItemChange = ({ change, is, was, changedFields }: ItemChange) => {
  const item = is ?? was;
  if (!item) throw new Error('A change is of an item.');
  return {
    change,
    item_type: item.itemType,
    external_id: item.externalId,
    name: item.name,
    vendor_kind: item.vendorKind,
    item_id: is?.id ?? null,
    against_item_id: was?.id ?? null,
    changed_fields: changedFields,
  };
};

const ChangeCounts = z.strictObject({
  added: z.int(),
  removed: z.int(),
  changed: z.int(),
  unchanged: z.int(),
});

/** A page of a comparison; the summary counts all of it and stands on the first page. */
export const SnapshotDiffView = listOf(ItemChangeView)
  .extend({
    snapshot_id: z.string(),
    against: z.string(),
    summary: z.record(z.enum(itemTypes), ChangeCounts).nullable(),
  })
  .meta({ id: 'SnapshotDiff' });
