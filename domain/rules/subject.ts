import type { Dependency } from '../assessment.ts';
import type { StoredItem } from '../inventory/item.ts';
import type { Subject } from './condition.ts';

/** What every subject holds: the normal form, and what stands beside it in the row. */
export function baseSubject(item: StoredItem): Subject {
  return {
    ...item.normalized,
    name: item.name,
    status: item.status,
    vendor_kind: item.vendorKind,
    external_id: item.externalId,
  };
}

/** Says of each relation of an item whether the snapshot holds its other end. */
export function dependenciesOf(
  relations: readonly { relation: string; toExternalId: string; toItemId: string | null }[],
): Dependency[] {
  return relations.map(({ relation, toExternalId, toItemId }) => ({
    item_id: toItemId,
    relation,
    external_id: toExternalId,
    resolved: toItemId !== null,
  }));
}
