import type { TenantId } from '../domain/ids.ts';
import type { StoredItem } from '../domain/inventory/item.ts';
import { sliceEntries } from '../platform/jsonText.ts';
import type { Database } from '../prisma/client.ts';
import { readBodies } from '../prisma/store/evidence.ts';
import { RawJson } from './http/rawJson.ts';

/**
 * The raw payloads of items, cut out of the pages they came on by offset: the vendor's own text, secrets replaced.
 * Each page is opened once.
 */
export async function rawPayloads(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  items: readonly StoredItem[],
): Promise<Map<string, RawJson>> {
  const wanted = new Map<string, Map<number, string[]>>();
  for (const item of items) {
    const [own] = item.evidence;
    if (!own) continue;
    const indexes = wanted.get(own.id) ?? new Map<number, string[]>();
    indexes.set(own.index, [...(indexes.get(own.index) ?? []), item.id]);
    wanted.set(own.id, indexes);
  }
  const bodies = await readBodies(database, tenant, snapshotId, [...wanted.keys()]);
  const found = new Map<string, RawJson>();
  for (const [page, { body, entriesAt }] of bodies) {
    const indexes = wanted.get(page) ?? new Map<number, string[]>();
    for (const [index, slice] of sliceEntries(body, new Set(indexes.keys()), entriesAt)) {
      for (const itemId of indexes.get(index) ?? []) found.set(itemId, new RawJson(slice.toString('utf8')));
    }
  }
  return found;
}
