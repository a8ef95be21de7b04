import { z } from 'zod';
import { collectionsOf } from '../../domain/collections/definitions.ts';
import { DomainError } from '../../domain/errors.ts';
import { SnapshotId, type TenantId } from '../../domain/ids.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { changeKinds } from '../../domain/snapshotDiff.ts';
import { readLedger } from '../../prisma/store/chains.ts';
import { inTransaction } from '../../prisma/store/constraints.ts';
import { listEvidence, readBodies, type EvidencePosition } from '../../prisma/store/evidence.ts';
import { listItems } from '../../prisma/store/items.ts';
import { readProgress } from '../../prisma/store/progress.ts';
import { requestStop } from '../../prisma/store/runs.ts';
import { countChanges, listChanges, type ItemChange } from '../../prisma/store/snapshotDiff.ts';
import { createSnapshot, findSnapshot, listSnapshots } from '../../prisma/store/snapshots.ts';
import { defaultLimit, pageOf, pageQuery, PageQuery, SearchText, startOf } from '../http/list.ts';
import { notFound } from '../http/resolve.ts';
import { route } from '../http/route.ts';
import { rawPayloads } from '../rawPayload.ts';
import { accepted, requireTemporal, runRefusal, signalStop, startRun, waitForRun } from '../runs.ts';
import type { Services } from '../services.ts';
import { listOf } from '../views/common.ts';
import {
  EvidenceView,
  ItemView,
  SnapshotDiffView,
  SnapshotSummaryView,
  SnapshotView,
  viewEvidence,
  viewItem,
  viewItemChange,
  viewSnapshot,
} from '../views/snapshot.ts';

const S = '/workspaces/:workspace_id/sources/:source_id';
const N = `${S}/snapshots/:snapshot_id` as const;

const ItemsQuery = z.object({
  ...pageQuery,
  item_type: z.enum(itemTypes).optional(),
  search: SearchText.optional(),
  include: z.literal('raw_payload').optional(),
});
type ItemsQuery = z.infer<typeof ItemsQuery>;

const DiffQuery = z.object({
  ...pageQuery,
  against: SnapshotId,
  change: z.enum(changeKinds).optional(),
  item_type: z.enum(itemTypes).optional(),
});
type DiffQuery = z.infer<typeof DiffQuery>;

/** The other snapshot of a comparison: one of the same source, and both complete, because a part differs anyhow. */
async function requireComparable(
  services: Services,
  tenant: TenantId,
  snapshot: Snapshot,
  against: string,
): Promise<void> {
  const { sourceId } = snapshot;
  const other = await findSnapshot(services.database, tenant, against, { sourceId });
  if (!other) {
    throw new DomainError('unknown_reference', 'The snapshot to compare with is not one of this source.', {
      errors: [{ pointer: '/query/against', message: 'There is no such snapshot of this source.' }],
    });
  }
  const unfinished = [snapshot, other].find(({ status }) => status !== 'completed');
  if (unfinished) {
    throw new DomainError('snapshot_not_completed', 'Only completed snapshots can be compared.', {
      members: { snapshot_id: unfinished.id },
    });
  }
}

async function diffPage(
  services: Services,
  tenant: TenantId,
  snapshot: Snapshot,
  path: string,
  query: DiffQuery,
) {
  const { database } = services;
  const { against, change, item_type: itemType } = query;
  const list = { path, filters: { against, change, itemType } };
  const limit = query.limit ?? defaultLimit;
  const start = startOf(services, list, query);
  const after = start === null ? null : String(start[0]);
  const compared = { snapshot: snapshot.id, against };
  const [rows, summary] = await Promise.all([
    listChanges(database, tenant, compared, { after, limit: limit + 1, change, itemType }),
    after === null ? countChanges(database, tenant, compared) : null,
  ]);
  const position = ({ is, was }: ItemChange) => [is?.id ?? was?.id ?? ''];
  const page = pageOf(services, list, limit, rows, position, viewItemChange);
  return { snapshot_id: snapshot.id, against, summary, ...page };
}

async function itemsPage(
  services: Services,
  tenant: TenantId,
  snapshotId: string,
  path: string,
  query: ItemsQuery,
) {
  const { item_type: itemType, search, include } = query;
  // With or without raw payloads it is the same list: the cursor of a detail's first page goes on in either.
  const list = { path, filters: { itemType, search } };
  const limit = query.limit ?? defaultLimit;
  const start = startOf(services, list, query);
  const after = start === null ? null : BigInt(String(start[0]));
  const rows = await listItems(services.database, tenant, snapshotId, {
    after,
    limit: limit + 1,
    itemType,
    search,
  });
  const raw = include ? await rawPayloads(services.database, tenant, snapshotId, rows.slice(0, limit)) : null;
  return pageOf(
    services,
    list,
    limit,
    rows,
    (row) => [String(row.ordinal)],
    (row) => viewItem(row, raw === null ? undefined : (raw.get(row.id) ?? null)),
  );
}

async function evidencePage(
  services: Services,
  tenant: TenantId,
  snapshotId: string,
  path: string,
  query: PageQuery,
) {
  const limit = query.limit ?? defaultLimit;
  const start = startOf(services, { path }, query);
  const after: EvidencePosition | null = start && {
    collection: String(start[0]),
    chainId: String(start[1]),
    pass: Number(start[2]),
    page: Number(start[3]),
  };
  const rows = await listEvidence(services.database, tenant, snapshotId, { after, limit: limit + 1 });
  return pageOf(
    services,
    { path },
    limit,
    rows,
    (row) => [row.collection, row.chainId, row.pass, row.page],
    viewEvidence,
  );
}

/** The snapshot without its contents, with its progress while it is being collected. */
async function summary(services: Services, tenant: TenantId, snapshot: Snapshot) {
  const collecting = snapshot.status === 'collecting';
  const progress = collecting ? await readProgress(services.database, tenant, snapshot) : null;
  return viewSnapshot(snapshot, services, progress);
}

/** The snapshot with its ledger and the first pages of its items (raw payloads included) and its evidence. */
async function detail(services: Services, tenant: TenantId, snapshot: Snapshot, base: string) {
  const { database } = services;
  const path = `${base}/workspaces/${snapshot.workspaceId}/sources/${snapshot.sourceId}/snapshots/${snapshot.id}`;
  const [collections, items, evidence] = await Promise.all([
    readLedger(database, tenant, snapshot.id, collectionsOf[snapshot.sourceType]),
    itemsPage(services, tenant, snapshot.id, `${path}/items`, { include: 'raw_payload' }),
    evidencePage(services, tenant, snapshot.id, `${path}/evidence`, {}),
  ]);
  return { ...(await summary(services, tenant, snapshot)), collections, items, evidence };
}

export const snapshotRoutes = [
  route({
    method: 'POST',
    path: `${S}/snapshots`,
    permission: 'portal.migrations.manage',
    summary: 'Collect an inventory snapshot',
    begins: { reads: N },
    replies: { 201: SnapshotView, 202: SnapshotSummaryView },
    async handle({ services, tenant, scope, command, prefer, base, locationOf }) {
      const { workspace, source } = scope;
      await requireTemporal(services);
      const parent = { workspaceId: workspace.id, sourceId: source.id };
      const created = await createSnapshot(services.database, tenant, parent, command);
      const location = locationOf(created.id);
      await startRun(services, tenant, created.run, { summary: `Collect ${source.name}`, ...parent });
      const ended = await waitForRun(services, tenant, created.run.id, prefer);
      const snapshot = await findSnapshot(services.database, tenant, created.id);
      if (!snapshot) throw notFound();
      if (!ended) return accepted(location, await summary(services, tenant, snapshot));
      if (snapshot.status !== 'completed') {
        throw runRefusal(snapshot.run, 'source_unusable', { snapshot_id: snapshot.id });
      }
      return {
        status: 201,
        headers: { Location: location },
        body: await detail(services, tenant, snapshot, base),
      };
    },
  }),
  route({
    method: 'GET',
    path: `${S}/snapshots`,
    permission: 'portal.migrations.view',
    summary: 'List a source\u2019s snapshots, newest first',
    query: PageQuery,
    replies: { 200: listOf(SnapshotSummaryView) },
    async handle({ services, tenant, scope, query, path }) {
      const limit = query.limit ?? defaultLimit;
      const [before = null] = (startOf(services, { path }, query) ?? []) as string[];
      const rows = await listSnapshots(services.database, tenant, scope.source.id, {
        before,
        limit: limit + 1,
      });
      const views = await Promise.all(rows.map((row) => summary(services, tenant, row)));
      return {
        status: 200,
        body: pageOf(
          services,
          { path },
          limit,
          views,
          (row) => [row.id],
          (row) => row,
        ),
      };
    },
  }),
  route({
    method: 'GET',
    path: `${S}/snapshots/latest`,
    permission: 'portal.migrations.view',
    summary: 'Read the newest snapshot, whatever its status',
    replies: { 200: SnapshotView },
    async handle({ services, tenant, scope, base }) {
      const [newest] = await listSnapshots(services.database, tenant, scope.source.id, {
        before: null,
        limit: 1,
      });
      if (!newest) throw notFound();
      return { status: 200, body: await detail(services, tenant, newest, base) };
    },
  }),
  route({
    method: 'GET',
    path: N,
    permission: 'portal.migrations.view',
    summary: 'Read a snapshot with its completeness ledger',
    replies: { 200: SnapshotView },
    async handle({ services, tenant, scope, base }) {
      return { status: 200, body: await detail(services, tenant, scope.snapshot, base) };
    },
  }),
  route({
    method: 'POST',
    path: `${N}/cancel`,
    permission: 'portal.migrations.manage',
    summary: 'Stop a collection',
    replies: { 202: SnapshotSummaryView },
    async handle({ services, tenant, scope, command, path }) {
      const { snapshot } = scope;
      const open = await inTransaction(services.database, (tx) =>
        requestStop(tx, tenant, snapshot.run.id, command),
      );
      if (!open) throw new DomainError('run_ended', 'The collection has ended.');
      await signalStop(services, snapshot.run);
      return accepted(path.replace(/\/cancel$/, ''), await summary(services, tenant, snapshot));
    },
  }),
  route({
    method: 'GET',
    path: `${N}/items`,
    permission: 'portal.migrations.view',
    summary: 'List a snapshot\u2019s items',
    query: ItemsQuery,
    replies: { 200: listOf(ItemView) },
    async handle({ services, tenant, scope, query, path }) {
      return { status: 200, body: await itemsPage(services, tenant, scope.snapshot.id, path, query) };
    },
  }),
  route({
    method: 'GET',
    path: `${N}/items/:item_id`,
    permission: 'portal.migrations.view',
    summary: 'Read an item with its raw payload',
    replies: { 200: ItemView },
    async handle({ services, tenant, scope }) {
      const { item, snapshot } = scope;
      const raw = await rawPayloads(services.database, tenant, snapshot.id, [item]);
      return { status: 200, body: viewItem(item, raw.get(item.id) ?? null) };
    },
  }),
  route({
    method: 'GET',
    path: `${N}/diff`,
    permission: 'portal.migrations.view',
    summary:
      'Compare a snapshot with another of its source: what was added, removed and changed since that one',
    query: DiffQuery,
    replies: { 200: SnapshotDiffView },
    async handle({ services, tenant, scope, query, path }) {
      await requireComparable(services, tenant, scope.snapshot, query.against);
      return { status: 200, body: await diffPage(services, tenant, scope.snapshot, path, query) };
    },
  }),
  route({
    method: 'GET',
    path: `${N}/evidence`,
    permission: 'portal.migrations.view',
    summary: 'List the pages that were read',
    query: PageQuery,
    replies: { 200: listOf(EvidenceView) },
    async handle({ services, tenant, scope, query, path }) {
      return { status: 200, body: await evidencePage(services, tenant, scope.snapshot.id, path, query) };
    },
  }),
  route({
    method: 'GET',
    path: `${N}/evidence/:evidence_id/raw`,
    permission: 'portal.migrations.view',
    summary: 'Download a page as it was received, secret values replaced',
    replies: {},
    async handle({ services, tenant, scope }) {
      const { evidence, snapshot } = scope;
      const bodies = await readBodies(services.database, tenant, snapshot.id, [evidence.id]);
      const content = bodies.get(evidence.id)?.body;
      if (!content) throw notFound();
      return {
        status: 200,
        headers: {
          'Content-Disposition': `attachment; filename="${evidence.collection}-${evidence.page}.json"`,
          'X-Content-Type-Options': 'nosniff',
        },
        bytes: { content, type: 'application/octet-stream' },
      };
    },
  }),
];
