import {
  absent,
  all,
  any,
  empty,
  everyIn,
  is,
  isIn,
  moreThan,
  not,
  present,
  some,
  someIn,
} from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { routingRuleSubject } from './facts/routingRule.ts';

const document = documents.policies;
const { native, approximation, listed, scope, manual, blocked } = rowsOf({
  prefix: 'okta.routing_rule',
  document,
  asOf,
});

const oktaOnly = all(some('provider_types'), everyIn('provider_types', ['OKTA']));
/** Everything that sends people away from Okta. */
const routing = not(oktaOnly);
const dynamic = is('selection', 'DYNAMIC');
const desktopTypes = ['IWA', 'AgentlessDSSO'];
const withoutProvider = any(empty('provider_types'), absent('provider_name'));

const rules: Rule[] = [
  scope('inactive', is('status', 'INACTIVE'), {
    text: 'It is not active: nobody is routed by it.',
    remedy: 'Activate it in Okta and collect again if it is still needed.',
  }),
  scope('system', is('system', true), {
    text: 'It is the default rule that every Okta org has.',
    remedy: 'Nothing to do: people whom no rule routes sign in at the target.',
  }),
  listed('okta_only', oktaOnly, {
    text: 'It leaves people with Okta itself; at the target they sign in without a rule.',
    remedy: 'Check that no other rule catches them at the target.',
  }),
  manual('status_unknown', not(isIn('status', ['ACTIVE', 'INACTIVE'])), {
    text: 'It does not say whether it is active.',
    remedy: 'Look at it in Okta, and rebuild it by hand if it is.',
  }),
  manual('dynamic', all(routing, dynamic), {
    text: 'It chooses the provider by an expression over what people type.',
    remedy: 'Write one rule for each provider whose name is a domain.',
  }),
  manual('everyone', all(routing, not(dynamic), is('shape', 'everyone')), {
    text: 'It routes everyone, whatever their domain.',
    remedy: 'Decide who should be sent to the provider, and write a rule for their domains.',
  }),
  manual('attribute', all(routing, is('shape', 'attribute')), {
    text: 'It routes by an attribute of people ({identifier_attribute}), not by the domain they type.',
    remedy: 'Find out which domains these people have, and write a rule for them.',
  }),
  manual('patterns', all(routing, is('shape', 'patterns'), empty('no_domains')), {
    text: 'It routes by something else than the end of what people type ({match_types}).',
    remedy: 'Find out which domains these people have, and write a rule for them.',
  }),
  manual('no_domain', all(routing, some('no_domains')), {
    text: 'What it routes by is no domain: {no_domains}.',
    remedy: 'Find out which domains are meant, and write a rule for them.',
  }),
  manual('conditions', all(routing, some('other_conditions')), {
    text: 'It holds under further conditions only, which the target does not look at: {other_conditions}.',
    remedy: 'Decide whether all people of the domain may be sent to the provider.',
  }),
  manual('public_domain', all(routing, some('public_domains')), {
    text: 'Anybody has an address there: {public_domains}.',
    remedy: 'Find out who is meant, and give them another way to the provider.',
  }),
  manual('several_providers', all(routing, moreThan('provider_types', 1)), {
    text: 'It offers several providers to choose from ({provider_types}); a rule of the target has one.',
    remedy: 'Decide which provider each domain belongs to.',
  }),
  manual(
    'no_provider',
    all(routing, not(dynamic), withoutProvider, not(someIn('provider_types', ...desktopTypes))),
    {
      text: 'It does not say which provider it routes to.',
      remedy: 'Complete it in Okta and collect again.',
    },
  ),
  blocked('desktop_sign_in', all(routing, someIn('provider_types', ...desktopTypes)), {
    text: 'It signs people in by their Windows session ({provider_types}), which the target does not do.',
    remedy: 'Tell these people that they will be asked to sign in.',
  }),
  blocked('provider_missing', is('provider_class', 'missing'), {
    text: 'Its provider ({provider_name}) is not in the snapshot.',
    remedy: 'Collect again; the token may not see identity providers (okta.idps.read).',
  }),
  blocked('provider_inactive', is('provider_inactive', true), {
    text: 'Its provider {provider_name} is not active.',
    remedy: 'Activate the provider in Okta, or remove the rule.',
  }),
  blocked('provider_blocked', is('provider_class', 'blocked'), {
    text: 'Its provider {provider_name} cannot move.',
    remedy: 'See there.',
  }),
  manual('provider_manual', is('provider_class', 'manual_rebuild_required'), {
    text: 'Its provider {provider_name} must be rebuilt by hand.',
    remedy: 'Write the rule when the provider is there.',
  }),
  manual('provider_stays', all(is('provider_class', 'visibility_only'), is('provider_inactive', false)), {
    text: 'Its provider {provider_name} is not moved.',
    remedy: 'Decide who signs these people in at the target.',
  }),
  approximation('provider_approximated', is('provider_class', 'import_with_approximation'), {
    text: 'Its provider {provider_name} moves with differences.',
    remedy: 'See there.',
  }),
  manual('later_rule', all(routing, some('same_before')), {
    text: 'An earlier rule routes the same domain: {same_before}. The target has one rule for a domain.',
    remedy: 'Decide which of them should hold.',
  }),
  approximation('order', all(routing, some('not_simple_before')), {
    text: 'Rules before it route by more than a domain, so that not everyone of its domain comes to it: {not_simple_before}.',
    remedy: 'Ask whom these rules take away, and whether they may come to the provider.',
  }),
  approximation('related_domain', all(routing, some('related_others')), {
    text: 'Other rules route the same domain or one above or below it, so that their order matters: {related_others}.',
    remedy: 'Check that the target asks the most particular domain first.',
  }),
  native(
    'plain',
    all(
      is('status', 'ACTIVE'),
      is('system', false),
      is('shape', 'domains'),
      isIn('selection', [null, 'SPECIFIC']),
      not(moreThan('provider_types', 1)),
      present('provider_name'),
      is('provider_class', 'native_import'),
      present('priority'),
      empty('unknown_values'),
      empty('unparsable'),
    ),
    {
      text: 'It sends people of {domains} to {provider_name}.',
      remedy: 'Verify these domains at the target first.',
    },
  ),
  approximation('no_priority', absent('priority'), {
    text: 'Its place among the rules is not known.',
    remedy: 'Check in Okta which rules come before it.',
  }),
];

export const oktaRoutingRuleRules: RuleSet<'routing_rule'> = {
  source: 'okta',
  itemType: 'routing_rule',
  rules: [...unknownWords('routing_rule', document), ...rules],
  pointers: {
    status: '/status',
    system: '/system',
    priority: '/priority',
    identifier_attribute: '/conditions/userIdentifier/attribute',
    other_conditions: '/conditions',
    selection: '/actions/idp/idpSelectionType',
    provider_types: '/actions/idp/providers',
    no_domains: '/conditions/userIdentifier/patterns',
  },
  facts: {
    shape: 'what it selects by: domains, everyone, attribute, patterns or conditions',
    match_types: 'how its patterns are compared, each once',
    domains: 'the domains of its patterns, in their one spelling',
    public_domains: 'those of them at which anybody gets an address',
    provider_name: 'its provider\u2019s name, or its id where the snapshot does not hold it',
    provider_class: 'the verdict on its provider, or missing; absent where it names none or several',
    provider_inactive: 'whether its provider is not active',
    not_simple_before: 'active rules before it that are more than domains and one provider',
    same_before: 'active rules before it that route one of its domains',
    related_others: 'active rules that route one of its domains, or one above or below it',
  },
  factsRevision: 1,
  reads: { verdicts: ['provider'] },
  subject: routingRuleSubject,
  contract: () => 'federation_routing_rule',
};
