import { z } from 'zod';
import { LedgerRefusal, LedgerRow } from '../../domain/collections/ledger.ts';
import { EvidencePointer, type StoredItem } from '../../domain/inventory/item.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { snapshotStatuses, type Snapshot } from '../../domain/snapshot.ts';
import { sourceTypes } from '../../domain/source.ts';
import type { EvidencePage } from '../../prisma/store/evidence.ts';
import type { RawJson } from '../http/rawJson.ts';
import type { Services } from '../services.ts';
import { Failure, listOf, Raw, runShape, Time, time, viewRun } from './common.ts';

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

export const viewSnapshot = (snapshot: Snapshot, services: Services) => ({
  id: snapshot.id,
  tenant_id: snapshot.tenantId,
  workspace_id: snapshot.workspaceId,
  source_id: snapshot.sourceId,
  source_type: snapshot.sourceType,
  status: snapshot.status,
  item_count: snapshot.itemCount,
  summary: { ...zeros, ...snapshot.summary },
  ...viewRun(snapshot.run, services),
  failure: snapshot.run.failure && { ...snapshot.run.failure, refusals: snapshot.refusals },
});
