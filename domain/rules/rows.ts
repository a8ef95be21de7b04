import type { CompatibilityClass, ImpactLevel } from '../assessment.ts';
import type { Condition } from './condition.ts';
import type { Rule } from './rule.ts';

/** What a row says beside its id, condition and class. */
export type Words = Pick<Rule, 'text' | 'remedy'> &
  Partial<Pick<Rule, 'document' | 'operator' | 'user' | 'impacts'>>;

type MakeRow = (id: string, when: Condition, words: Words) => Rule;

/** A maker of rows for each class; how much work and disturbance a class usually means is the default. */
export function rowsOf(common: {
  prefix: string;
  document: string;
  asOf: string;
}): Record<'native' | 'approximation' | 'listed' | 'scope' | 'manual' | 'blocked' | 'finding', MakeRow> {
  const maker =
    (outcome: CompatibilityClass | null, operator: ImpactLevel, user: ImpactLevel, scope?: true): MakeRow =>
    (id, when, words) => ({
      id: `${common.prefix}.${id}`,
      when,
      class: outcome,
      ...(scope && { scope }),
      operator,
      user,
      document: common.document,
      asOf: common.asOf,
      ...words,
    });
  return {
    native: maker('native_import', 'low', 'low'),
    approximation: maker('import_with_approximation', 'medium', 'low'),
    listed: maker('visibility_only', 'low', 'none'),
    scope: maker('visibility_only', 'none', 'none', true),
    manual: maker('manual_rebuild_required', 'high', 'medium'),
    blocked: maker('blocked', 'high', 'medium'),
    finding: maker(null, 'low', 'none'),
  };
}
