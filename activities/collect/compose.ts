import type { StoredItem } from '../../domain/inventory/item.ts';
import type { TenantId } from '../../domain/ids.ts';
import { refusedKeys } from '../../prisma/store/chains.ts';
import {
  findObjects,
  listItems,
  listObjects,
  resolveRelations,
  saveComposed,
  saveDerived,
  type ComposedItem,
  type SourceObjectRow,
} from '../../prisma/store/items.ts';
import { findSnapshot } from '../../prisma/store/snapshots.ts';
import type { Database } from '../../prisma/client.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { fingerprintOf } from '../sources/readPage.ts';
import type { Composer, ComposerPart, Derivation } from '../sources/source.ts';
import { vendors } from '../sources/vendors.ts';
import type { SnapshotInput } from './settle.ts';

/** Items composed in one transaction. */
const batchSize = 200;

/** What the work on one snapshot's items needs. */
interface Work {
  database: Database;
  tenant: TenantId;
  temporalRunId: string;
  snapshotId: string;
  signal: AbortSignal;
}

/**
 * When every page is read: joins items with what other pages hold of them (a provider with its certificates, a
 * policy with its rules), makes the items that several pages say together, and resolves references inside the
 * snapshot. Repeatable: the result is the same.
 */
export function composeInventory(deps: ActivityDependencies) {
  return async (input: SnapshotInput): Promise<void> =>
    heartbeating(async (signal) => {
      const { tenant, temporalRunId } = acting(input);
      const { database } = deps;
      const { snapshotId } = input;
      const snapshot = await findSnapshot(database, tenant, snapshotId);
      if (!snapshot) return;
      const work: Work = { database, tenant, temporalRunId, snapshotId, signal };
      const { composers, derivations } = vendors[snapshot.sourceType];
      for (const composer of composers) await composeAll(work, composer);
      for (const derivation of derivations) await deriveAll(work, derivation);
      await resolveRelations(database, tenant, snapshotId, temporalRunId);
    });
}

/** Reads items of one type batch by batch. */
async function* batches(work: Work, itemType: StoredItem['itemType']): AsyncGenerator<StoredItem[]> {
  let after: bigint | null = null;
  for (;;) {
    work.signal.throwIfAborted();
    const page: { after: bigint | null; limit: number } = { after, limit: batchSize };
    const items = await listItems(work.database, work.tenant, work.snapshotId, { ...page, itemType });
    if (items.length === 0) return;
    yield items;
    after = items.at(-1)?.ordinal ?? null;
  }
}

async function composeAll(work: Work, composer: Composer): Promise<void> {
  const { database, tenant, snapshotId, temporalRunId } = work;
  const findFor = await partsOf(work, composer);
  for await (const items of batches(work, composer.itemType)) {
    const foundFor = await findFor(items);
    const composed = items.flatMap((item): ComposedItem[] => {
      const { normalized, evidence } = composer.compose(item, foundFor(item));
      // The first pointer is the object's own; the rest is what an earlier composition added.
      const pointers = [...item.evidence.slice(0, 1), ...evidence];
      if (sameJson(normalized, item.normalized) && sameJson(pointers, item.evidence)) return [];
      const fingerprint = fingerprintOf({ ...item, normalized });
      return [{ id: item.id, normalized, fingerprint, evidence: pointers }];
    });
    if (composed.length > 0) await saveComposed(database, tenant, snapshotId, temporalRunId, composed);
  }
}

type Snapshotted = Pick<Work, 'database' | 'tenant' | 'snapshotId'>;

/** What a snapshot holds of a composer's parts, for batches of items: by item, what `compose` asks for. */
export async function partsOf(
  snapshot: Snapshotted,
  composer: Composer,
): Promise<
  (items: readonly StoredItem[]) => Promise<(item: StoredItem) => Parameters<Composer['compose']>[1]>
> {
  const parts = await Promise.all(
    composer.parts.map(async (part) => ({ part, isUnread: await unreadOf(snapshot, part) })),
  );
  return async (items) => {
    const found = await Promise.all(parts.map((each) => findPart(snapshot, each.part, items)));
    return (item) => (objectKind) => {
      const index = parts.findIndex(({ part }) => part.objectKind === objectKind);
      return parts[index]?.isUnread(item) ? null : (found[index]?.(item) ?? null);
    };
  };
}

/** Whether two values are the same JSON, members in the same order. */
export const sameJson = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Says of an item whether what a part would add to it was refused. */
async function unreadOf(
  { database, tenant, snapshotId }: Snapshotted,
  { listedIn, listedByItem }: ComposerPart,
): Promise<(item: StoredItem) => boolean> {
  const refused = await Promise.all(
    listedIn.map((collection) => refusedKeys(database, tenant, snapshotId, collection)),
  );
  if (listedByItem) return (item) => refused.some((keys) => keys.has(item.externalId));
  const any = refused.some((keys) => keys.size > 0);
  return () => any;
}

/** Reads what a part adds to a batch of items; the answer tells it for one of them. */
async function findPart(
  { database, tenant, snapshotId }: Snapshotted,
  part: ComposerPart,
  items: readonly StoredItem[],
): Promise<(item: StoredItem) => SourceObjectRow[]> {
  const wants = items.map((item) => part.wants(item));
  const parents = wants.flatMap((want) => ('parent' in want ? [want.parent] : []));
  const externalIds = wants.flatMap((want) => ('externalIds' in want ? want.externalIds : []));
  const by = parents.length > 0 ? { parents } : { externalIds };
  const objects = await findObjects(database, tenant, snapshotId, part.objectKind, by);
  const byKey = new Map<string, SourceObjectRow[]>();
  for (const object of objects) {
    const key = parents.length > 0 ? object.parent : object.externalId;
    byKey.set(key, [...(byKey.get(key) ?? []), object]);
  }
  return (item) => {
    const want = part.wants(item);
    const keys = 'parent' in want ? [want.parent] : want.externalIds;
    return [...new Set(keys)].flatMap((each) => byKey.get(each) ?? []);
  };
}

/** Derived items are few: a tenant has at most some thousands of domains. */
async function deriveAll(work: Work, { itemType, objectKinds, derive }: Derivation): Promise<void> {
  const { database, tenant, snapshotId, temporalRunId } = work;
  const items: StoredItem[] = [];
  for await (const batch of batches(work, itemType)) items.push(...batch);
  const objects = new Map<string, SourceObjectRow[]>();
  for (const kind of objectKinds) objects.set(kind, await listObjects(database, tenant, snapshotId, kind));
  const derived = derive(items, (kind) => objects.get(kind) ?? []).map(({ item, evidence }) => ({
    item,
    fingerprint: fingerprintOf(item),
    evidence,
  }));
  await saveDerived(database, tenant, snapshotId, temporalRunId, derived);
}
