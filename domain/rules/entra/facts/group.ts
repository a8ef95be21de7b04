import type { StoredItem } from '../../../inventory/item.ts';
import type { Subject } from '../../condition.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';

/** The subject that the rules of a group judge. */
export function groupSubject(item: StoredItem<'group'>, around: Surroundings): Subject {
  const inUse = around.naming.filter(({ itemType }) => itemType === 'assignment' || itemType === 'policy');
  return subjectOf(item, { used: inUse.some(({ active }) => active > 0) });
}
