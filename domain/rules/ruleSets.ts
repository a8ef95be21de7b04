import { canonicalJson } from '../canonical.ts';
import { itemTypes, type ItemType } from '../inventory/itemTypes.ts';
import { sourceTypes, type SourceType } from '../source.ts';
import { all } from './condition.ts';
import { oktaApplicationRules } from './okta/application/index.ts';
import { oktaAssignmentRules } from './okta/assignment.ts';
import { oktaDomainRules } from './okta/domain.ts';
import { oktaGroupRules } from './okta/group.ts';
import { oktaPolicyRules } from './okta/policy.ts';
import { oktaProviderRules } from './okta/provider.ts';
import { oktaRoutingRuleRules } from './okta/routingRule.ts';
import type { Rule, RuleSet } from './rule.ts';
import { baseSubject } from './subject.ts';
import type { TargetProfile } from './targetProfile.ts';
import { uriTraitsRevision } from './uris.ts';

/** Item types whose rules are not written yet are rebuilt by hand: nothing unjudged is ever imported. */
const notYetJudged = (source: SourceType, itemType: ItemType): RuleSet => ({
  source,
  itemType,
  pointers: {},
  facts: {},
  factsRevision: 1,
  reads: {},
  subject: baseSubject,
  contract: () => 'none',
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
    provider: oktaProviderRules,
    routing_rule: oktaRoutingRuleRules,
    policy: oktaPolicyRules,
    group: oktaGroupRules,
    assignment: oktaAssignmentRules,
    domain: oktaDomainRules,
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

/** Ids of the rules that settle a verdict before any other. */
export const scopeRuleIds: readonly string[] = sourceTypes.flatMap((source) =>
  itemTypes.flatMap((itemType) =>
    ruleSets[source][itemType].rules.filter((rule) => rule.scope).map((rule) => rule.id),
  ),
);

/**
 * What decides a verdict, as text: everything of every rule but its words, how facts are derived, and the target.
 * Its hash is the classifier version; words may change without changing it.
 */
export function classifierText(profile: TargetProfile): string {
  const sets = sourceTypes.flatMap((source) =>
    itemTypes.map((itemType) => {
      const { rules, factsRevision } = ruleSets[source][itemType];
      return { source, itemType, factsRevision, rules: rules.map(withoutWords) };
    }),
  );
  return canonicalJson({ sets, uris: uriTraitsRevision, profile });
}

const withoutWords = ({ text: _, remedy: __, document: ___, asOf: ____, ...deciding }: Rule) => deciding;
