import type { ImpactMark } from '../impactMarks.ts';
import { itemTypes } from '../inventory/itemTypes.ts';
import { ruleSets } from '../rules/ruleSets.ts';
import { sourceTypes } from '../source.ts';

/** Every rule that carries a mark, with that mark. */
export const markedRules: readonly { ruleId: string; mark: ImpactMark }[] = sourceTypes.flatMap((source) =>
  itemTypes.flatMap((itemType) =>
    ruleSets[source][itemType].rules.flatMap(({ id, impacts = [] }) =>
      impacts.map((mark) => ({ ruleId: id, mark })),
    ),
  ),
);

/** Ids of the rules that carry one of the marks. */
export const rulesMarked = (marks: readonly ImpactMark[]): string[] => [
  ...new Set(markedRules.filter(({ mark }) => marks.includes(mark)).map(({ ruleId }) => ruleId)),
];
