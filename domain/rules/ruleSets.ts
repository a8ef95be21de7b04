import { canonicalJson } from '../canonical.ts';
import { itemTypes, type ItemType } from '../inventory/itemTypes.ts';
import { sourceTypes, type SourceType } from '../source.ts';
import { all } from './condition.ts';
import { entraApplicationRules } from './entra/application/index.ts';
import { entraAssignmentRules } from './entra/assignment.ts';
import { entraDomainRules } from './entra/domain.ts';
import { entraGroupRules } from './entra/group.ts';
import { entraPolicyRules } from './entra/policy.ts';
import { entraProviderRules } from './entra/provider.ts';
import { entraRoutingRules } from './entra/routingRule.ts';
import { oktaApplicationRules } from './okta/application.ts';
import { oktaAssignmentRules } from './okta/assignment.ts';
import { oktaGroupRules } from './okta/group.ts';
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
    provider: notYetJudged('okta', 'provider'),
    routing_rule: notYetJudged('okta', 'routing_rule'),
    policy: notYetJudged('okta', 'policy'),
    group: oktaGroupRules,
    assignment: oktaAssignmentRules,
    domain: notYetJudged('okta', 'domain'),
  },
  entra: {
    application: entraApplicationRules,
    provider: entraProviderRules,
    routing_rule: entraRoutingRules,
    policy: entraPolicyRules,
    group: entraGroupRules,
    assignment: entraAssignmentRules,
    domain: entraDomainRules,
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
