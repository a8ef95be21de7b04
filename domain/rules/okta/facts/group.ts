import type { StoredItem } from '../../../inventory/item.ts';
import type { Subject } from '../../condition.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';

/** The subject that the rules of a group judge. */
export function groupSubject(item: StoredItem<'group'>, { naming, snapshot }: Surroundings): Subject {
  const rules = snapshot.okta?.groupRules ?? null;
  return subjectOf(item, {
    referenced: naming.some(({ items }) => items > 0),
    referenced_by: naming
      .filter(({ items }) => items > 0)
      .map(({ itemType, items }) => `${items} ${itemType}`),
    fed_by_rule: rules === null ? null : rules.has(item.externalId),
    feeding_rules: rules?.get(item.externalId) ?? [],
  });
}
