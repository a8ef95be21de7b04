import type { StoredItem } from '../inventory/item.ts';

/** What is looked at of an assessed item. */
interface Needing {
  item: Pick<StoredItem, 'id' | 'itemType' | 'normalized'>;
  needs: readonly { relation: string; itemId: string | null }[];
}

/**
 * Entra assigns people to the service principal of an application, and what is created is the application itself, from
 * its registration: what needs the one needs the other, where the plan has it. Every other need stays as it is.
 */
export function throughRegistrations<Each extends Needing>(
  candidates: readonly Each[],
): (candidate: Each) => Each {
  const registrations = new Map<string, string>();
  const principals = new Map<string, string>();
  for (const { item } of candidates) {
    const entra =
      item.itemType === 'application' ? (item as StoredItem<'application'>).normalized.entra : null;
    const appId = entra?.app_id?.toLowerCase();
    if (!entra || appId === undefined) continue;
    if (entra.kind === 'registration') registrations.set(appId, item.id);
    else principals.set(item.id, appId);
  }
  const standIn = (itemId: string | null) => {
    const appId = principals.get(itemId ?? '');
    return (appId === undefined ? undefined : registrations.get(appId)) ?? itemId;
  };
  return (candidate) => ({
    ...candidate,
    needs: candidate.needs.map(({ relation, itemId }) => ({ relation, itemId: standIn(itemId) })),
  });
}
