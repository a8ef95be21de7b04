import type { RuleWords } from '../assessment.ts';
import { canonicalJson } from '../canonical.ts';
import { itemTypes, type ItemType } from '../inventory/itemTypes.ts';
import { sourceTypes, type SourceType } from '../source.ts';
import { entraApplicationRules } from './entra/application/index.ts';
import { entraAssignmentRules } from './entra/assignment.ts';
import { entraDomainRules } from './entra/domain.ts';
import { entraGroupRules } from './entra/group.ts';
import { entraPolicyRules } from './entra/policy.ts';
import { entraProviderRules } from './entra/provider.ts';
import { entraRoutingRules } from './entra/routingRule.ts';
import { oktaApplicationRules } from './okta/application/index.ts';
import { oktaAssignmentRules } from './okta/assignment.ts';
import { oktaDomainRules } from './okta/domain.ts';
import { oktaGroupRules } from './okta/group.ts';
import { oktaPolicyRules } from './okta/policy.ts';
import { oktaProviderRules } from './okta/provider.ts';
import { oktaRoutingRuleRules } from './okta/routingRule.ts';
import type { Rule, RuleSet } from './rule.ts';
import { wordsOf } from './tell.ts';
import type { TargetProfile } from './targetProfile.ts';
import { uriTraitsRevision } from './uris.ts';

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
    application: entraApplicationRules,
    provider: entraProviderRules,
    routing_rule: entraRoutingRules,
    policy: entraPolicyRules,
    group: entraGroupRules,
    assignment: entraAssignmentRules,
    domain: entraDomainRules,
  },
};

/** The words of every rule of a vendor, each once. */
export const wordsOfSource = (source: SourceType): RuleWords[] => [
  ...new Map(
    itemTypes
      .flatMap((itemType) => wordsOf(ruleSets[source][itemType]))
      .map((words) => [words.rule_id, words]),
  ).values(),
];

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
