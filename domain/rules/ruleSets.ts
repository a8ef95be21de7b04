import { canonicalJson } from '../canonical.ts';
import { itemTypes, type ItemType } from '../inventory/itemTypes.ts';
import { sourceTypes, type SourceType } from '../source.ts';
import { all } from './condition.ts';
import { factRevisions } from './facts.ts';
import { oktaApplicationRules } from './okta/application.ts';
import { oktaAssignmentRules } from './okta/assignment.ts';
import { oktaGroupRules } from './okta/group.ts';
import type { RuleSet } from './rule.ts';
import type { TargetProfile } from './targetProfile.ts';

/** Item types whose rules are not written yet are rebuilt by hand: nothing unjudged is ever imported. */
const notYetJudged = (source: SourceType, itemType: ItemType): RuleSet => ({
  source,
  itemType,
  pointers: {},
  rules: [
    {
      id: 'not_yet_judged',
      when: all(),
      class: 'manual_rebuild_required',
      operator: 'medium',
      user: 'none',
      text: 'Items of this type are not judged yet.',
      remedy: 'Rebuild it by hand.',
      document: '',
      asOf: '2026-11-23',
    },
  ],
});

/** The rules of every item type of every vendor; complete by type. */
export const ruleSets: Readonly<Record<SourceType, Readonly<Record<ItemType, RuleSet>>>> = {
  okta: {
    application: oktaApplicationRules,
    provider: notYetJudged('okta', 'provider'),
    routing_rule: notYetJudged('okta', 'routing_rule'),
    policy: notYetJudged('okta', 'policy'),
    group: oktaGroupRules,
    assignment: oktaAssignmentRules,
    domain: notYetJudged('okta', 'domain'),
  },
  entra: {
    application: notYetJudged('entra', 'application'),
    provider: notYetJudged('entra', 'provider'),
    routing_rule: notYetJudged('entra', 'routing_rule'),
    policy: notYetJudged('entra', 'policy'),
    group: notYetJudged('entra', 'group'),
    assignment: notYetJudged('entra', 'assignment'),
    domain: notYetJudged('entra', 'domain'),
  },
};

/**
 * What decides a verdict, as text: conditions, classes and scope of every rule, how facts are derived, and the
 * target. Its hash is the classifier version; words may change without changing it.
 */
export function classifierText(profile: TargetProfile): string {
  const rules = sourceTypes.flatMap((source) =>
    itemTypes.map((itemType) => ({
      source,
      itemType,
      rules: ruleSets[source][itemType].rules.map(({ id, when, class: outcome, scope }) => ({
        id,
        when,
        outcome,
        scope,
      })),
    })),
  );
  return canonicalJson({ rules, facts: factRevisions, profile });
}
