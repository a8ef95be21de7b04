import type { StoredItem } from '../../domain/inventory/item.ts';
import { refusedKeys } from '../../prisma/store/chains.ts';
import { findObjects, listItems, resolveRelations, saveComposed } from '../../prisma/store/items.ts';
import type { Database } from '../../prisma/client.ts';
import { acting, heartbeating, type Acting } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { fingerprintOf } from '../sources/keep.ts';
import { oktaComposers } from '../sources/okta/compose.ts';
import type { Composer } from '../sources/source.ts';
import type { SnapshotInput } from './settle.ts';

/** Items composed in one transaction. */
const batchSize = 200;

/**
 * When every page is read: joins items with what other pages hold of them (a provider with its certificates, a
 * policy with its rules) and resolves references inside the snapshot. Repeatable: the result is the same.
 */
export function composeInventory(deps: ActivityDependencies) {
  return async (input: SnapshotInput): Promise<void> =>
    heartbeating(async (signal) => {
      const act = acting(input);
      for (const composer of oktaComposers)
        await composeAll(deps.database, act, input.snapshotId, composer, signal);
      await resolveRelations(deps.database, act.tenant, input.snapshotId, act.temporalRunId);
    });
}

async function composeAll(
  database: Database,
  { tenant, temporalRunId }: Acting,
  snapshotId: string,
  composer: Composer,
  signal: AbortSignal,
): Promise<void> {
  const { listedIn } = composer;
  const unread = listedIn ? await refusedKeys(database, tenant, snapshotId, listedIn) : new Set<string>();
  let after: bigint | null = null;
  for (;;) {
    signal.throwIfAborted();
    const page: { after: bigint | null; limit: number } = { after, limit: batchSize };
    const items = await listItems(database, tenant, snapshotId, { ...page, itemType: composer.itemType });
    if (items.length === 0) return;
    const readWhole = items.filter((item) => !unread.has(item.externalId));
    const composed = await composeBatch(database, tenant, snapshotId, composer, readWhole);
    await saveComposed(database, tenant, snapshotId, temporalRunId, composed);
    after = items.at(-1)?.ordinal ?? null;
  }
}

async function composeBatch(
  database: Database,
  tenant: Acting['tenant'],
  snapshotId: string,
  composer: Composer,
  items: readonly StoredItem[],
) {
  const wants = items.map((item) => composer.wants(item));
  const parents = wants.flatMap((want) => ('parent' in want ? [want.parent] : []));
  const externalIds = wants.flatMap((want) => ('externalIds' in want ? want.externalIds : []));
  const by = parents.length > 0 ? { parents } : { externalIds };
  const objects = await findObjects(database, tenant, snapshotId, composer.objectKind, by);
  return items.map((item, position) => {
    const want = wants[position];
    const own = objects.filter((object) =>
      want && 'parent' in want
        ? object.parent === want.parent
        : want?.externalIds.includes(object.externalId),
    );
    const { normalized, evidence } = composer.compose(item, own);
    // The first pointer is the object's own; the rest is what an earlier composition added.
    return {
      id: item.id,
      normalized,
      fingerprint: fingerprintOf({ ...item, normalized }),
      evidence: [...item.evidence.slice(0, 1), ...evidence],
    };
  });
}
