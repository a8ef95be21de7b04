import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { TenantId } from '../../domain/ids.ts';
import type { Executor } from '../client.ts';
import type { EvidencePage as EvidenceRow } from '../generated/client.ts';

const decompress = promisify(brotliDecompress);

/** A page's row without its body. */
export type EvidencePage = Omit<EvidenceRow, 'body' | 'redacted'> & { redacted: string[] };

const withoutBody = { body: true } as const;

/** Position in the order of evidence lists: collection, then chain, pass and page. */
export interface EvidencePosition {
  collection: string;
  chainId: string;
  pass: number;
  page: number;
}

/** A snapshot's pages in the order of collection and page, from after `after`. */
export async function listEvidence(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  page: { after: EvidencePosition | null; limit: number },
): Promise<EvidencePage[]> {
  const { after } = page;
  const rows = await db.evidencePage.findMany({
    where: {
      tenantId: tenant,
      snapshotId,
      ...(after && {
        OR: [
          { collection: { gt: after.collection } },
          { collection: after.collection, chainId: { gt: after.chainId } },
          { collection: after.collection, chainId: after.chainId, pass: { gt: after.pass } },
          {
            collection: after.collection,
            chainId: after.chainId,
            pass: after.pass,
            page: { gt: after.page },
          },
        ],
      }),
    },
    orderBy: [{ collection: 'asc' }, { chainId: 'asc' }, { pass: 'asc' }, { page: 'asc' }],
    take: page.limit,
    omit: withoutBody,
  });
  return rows.map(toEvidence);
}

const toEvidence = (row: Omit<EvidenceRow, 'body'>): EvidencePage => ({
  ...row,
  redacted: row.redacted as string[],
});

export async function findEvidence(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  id: string,
): Promise<EvidencePage | null> {
  const row = await db.evidencePage.findFirst({
    where: { tenantId: tenant, snapshotId, id },
    omit: withoutBody,
  });
  return row && toEvidence(row);
}

/** Path and query of every page that one pass of a listing has read. */
export async function pathsRead(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  { id: chainId, pass }: { id: string; pass: number },
): Promise<string[]> {
  const rows = await db.evidencePage.findMany({
    where: { tenantId: tenant, snapshotId, chainId, pass },
    select: { endpoint: true, query: true },
  });
  return rows.map(({ endpoint, query }) => (query === '' ? endpoint : `${endpoint}?${query}`));
}

/** The kept bytes of pages of one snapshot, by evidence id. */
export async function readBodies(
  db: Executor,
  tenant: TenantId,
  snapshotId: string,
  ids: readonly string[],
): Promise<Map<string, { body: Buffer; entriesAt: string }>> {
  const rows = await db.evidencePage.findMany({
    where: { tenantId: tenant, snapshotId, id: { in: [...ids] } },
    select: { id: true, body: true, entriesAt: true },
  });
  const opened = await Promise.all(
    rows.map(
      async (row) => [row.id, { body: await decompress(row.body), entriesAt: row.entriesAt }] as const,
    ),
  );
  return new Map(opened);
}
