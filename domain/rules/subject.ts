import type { Dependency } from '../assessment.ts';
import type { StoredItem } from '../inventory/item.ts';
import type { Subject } from './condition.ts';

/**
 * The subject that rules judge of an item: its normal form, what stands beside that in the row, and what is worked out
 * from it and around it. Assigned and not spread, which takes ten times as long with what was parsed of JSON, and this
 * is done for every item of a snapshot.
 */
export const subjectOf = (item: StoredItem, facts: Subject): Subject =>
  Object.assign(
    {},
    item.normalized,
    { name: item.name, status: item.status, vendor_kind: item.vendorKind, external_id: item.externalId },
    facts,
  );

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
