import { absent, all, any, empty, is, some } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { routingRuleSubject } from './facts/routingRule.ts';

const { native, approximation, manual, blocked, finding } = rowsOf({
  prefix: 'entra.routing_rule',
  document: documents.domains,
  asOf,
});

const rules: Rule[] = [
  native(
    'plain',
    all(
      is('provider_class', 'native_import'),
      some('domains'),
      empty('odd_domains'),
      empty('related_rules'),
      empty('unknown_values'),
      empty('unparsable'),
    ),
    {
      text: 'It sends the people of its domains to a provider that moves as it is.',
      remedy: 'Switch it on when the partner knows the target.',
      user: 'medium',
    },
  ),
  approximation('approximated_provider', is('provider_class', 'import_with_approximation'), {
    text: 'Its provider {provider_name} moves with differences.',
    remedy: 'See there.',
  }),
  approximation('related_rules', some('related_rules'), {
    text: 'Another federated domain is the same, above or below one of its own: {related_rules}. At the target the order of the rules may decide.',
    remedy: 'Check that the rule of the longer domain comes first.',
  }),
  manual('manual_provider', is('provider_class', 'manual_rebuild_required'), {
    text: 'Its provider {provider_name} must be rebuilt by hand.',
    remedy: 'Make the rule when the provider is there.',
  }),
  manual('no_domain', any(empty('domains'), some('odd_domains')), {
    text: 'What it routes by is no plain domain: {odd_domains}.',
    remedy: 'Look at the domain in Entra, and make the rule by hand.',
  }),
  blocked('missing_provider', absent('provider_class'), {
    text: 'Its provider is not in the snapshot.',
    remedy: 'Collect again; the credential may not see it.',
  }),
  blocked('blocked_provider', is('provider_class', 'blocked'), {
    text: 'Its provider {provider_name} cannot move.',
    remedy: 'See there.',
  }),
  finding('managed_subdomains', some('entra.managed_subdomains'), {
    text: 'Domains under it whose people sign in at Entra itself are left out: {entra.managed_subdomains}.',
    remedy: 'See to it that the target does not send their people to the partner.',
  }),
];

/** Routing rules are derived: a federated domain sends its people to its provider. */
export const entraRoutingRules: RuleSet<'routing_rule'> = {
  source: 'entra',
  itemType: 'routing_rule',
  rules: [...unknownWords('routing_rule', documents.domains), ...rules],
  pointers: {},
  facts: {
    provider_class: 'the verdict on its provider',
    provider_name: 'the name of its provider',
    domains:
      'the federated root domain and the verified federated domains under it without a federation of their own',
    odd_domains: 'those of them that are no plain domain',
    related_rules: 'other rules with the same domain, one above or one below',
    'entra.managed_subdomains': 'verified managed domains under the root',
  },
  factsRevision: 1,
  reads: { verdicts: ['provider'] },
  subject: routingRuleSubject,
  contract: () => 'federation_routing_rule',
};
