import { all, is, isIn, not, some } from '../../condition.ts';
import type { Rule } from '../../rule.ts';
import { documents } from '../documents.ts';
import { inUse, knownModes, rows, samlModes, systemApplication } from './conditions.ts';

const { scope, manual, approximation, finding } = rows;
const microsoft365 = is('catalogue_name', 'office365');

/** Rows for an application whatever its protocol. */
export const anyProtocol: Rule[] = [
  scope('system', systemApplication, {
    text: 'It is an application of Okta\u2019s own.',
    remedy: 'Nothing to do: it ends with the Okta org.',
  }),
  scope('not_active', isIn('status', ['INACTIVE', 'DELETED']), {
    text: 'It is not active: nobody signs in to it.',
    remedy: 'Activate it in Okta and collect again if it is still needed.',
  }),
  manual(
    'unknown_sign_on_mode',
    all(
      not(systemApplication),
      not(isIn('vendor_kind', knownModes)),
      not(is('directory', true)),
      not(is('agent', true)),
    ),
    {
      text: 'It has no sign-on mode, or one that is not known here.',
      remedy: 'Find out from its owner how people use it, and rebuild that by hand.',
    },
  ),
  manual('directory', all(inUse, is('directory', true)), {
    text: 'It feeds people into Okta or checks their passwords for it ({catalogue_name}; {provisioning_features}); with Okta, that ends.',
    remedy: 'Connect this directory to the target, or decide who creates people there, before the cutover.',
    impacts: ['directory_source_lost'],
  }),
  manual('agent', all(inUse, is('agent', true)), {
    text: 'People sign in through an agent or an interface of Okta\u2019s ({catalogue_name}: LDAP, RADIUS or Windows), which ends with Okta.',
    remedy: 'Find out which servers and networks use it and give them another way to check people.',
    user: 'high',
    impacts: ['agent_sign_in_stops'],
  }),
  manual('microsoft_365', all(inUse, microsoft365, isIn('vendor_kind', samlModes)), {
    text: 'Microsoft 365 trusts Okta for its sign-in: its domains are federated with Okta.',
    remedy:
      'Plan with the administrators of Microsoft 365 to federate its domains with the target or to make them managed; test with one domain first.',
    user: 'high',
    impacts: ['microsoft_365_refederation'],
  }),
  manual('microsoft_365_unfederated', all(inUse, microsoft365, not(isIn('vendor_kind', samlModes))), {
    text: 'It is Microsoft 365, which does not trust Okta by this application ({vendor_kind}).',
    remedy:
      'Ask its administrators how people sign in to it, and whether its domains are federated elsewhere.',
    user: 'high',
  }),
  manual('org2org', is('catalogue_name', 'okta_org2org'), {
    text: 'Another Okta org trusts this one for its sign-in.',
    remedy: 'Find out who runs the other org and what people do there, and connect it to the target by hand.',
  }),
  approximation('provisioning', all(inUse, some('provisioning_features')), {
    text: 'Okta provisions accounts or groups into it or out of it ({provisioning_features}); that stops.',
    remedy: 'Arrange for another way to create and remove its accounts before the cutover.',
    impacts: ['provisioning_stops'],
  }),
  finding('entitlements_governed', all(inUse, isIn('entitlement_management', ['ENABLED', 'ENABLING'])), {
    text: 'Okta\u2019s governance keeps the entitlements that people have in it; requests and reviews of them stop.',
    remedy: 'Ask who reviews access to it and where that goes on.',
    impacts: ['governance_stops'],
  }),
  approximation('custom_user_name', is('user_name_template.type', 'CUSTOM'), {
    text: 'The user name it receives is composed by an expression that the target does not evaluate: {user_name_template.template}.',
    remedy: 'Ask the owner which user name it expects and map it at the target.',
  }),
  approximation('implicit_assignment', all(inUse, is('implicit_assignment', true)), {
    text: 'Everyone may enter it, whatever is assigned; at the target only those who are assigned may.',
    remedy: 'Decide who may enter it at the target and assign those groups.',
    user: 'medium',
    impacts: ['access_narrows'],
  }),
  approximation('guard_conditional', all(inUse, is('guard', 'conditional')), {
    text: 'An access policy of Okta guards it with conditions that do not move with it: {guard_policies} (rules: {guard_rules}).',
    remedy: 'Rebuild the guard at the target before people are let in.',
    document: documents.policies,
    impacts: ['access_widens'],
  }),
  approximation('guard_denies', all(inUse, is('guard', 'denies')), {
    text: 'An access policy of Okta keeps some people out of it, and does not move with it: {guard_policies} (rules: {guard_rules}).',
    remedy: 'Rebuild the guard at the target before people are assigned.',
    document: documents.policies,
    impacts: ['access_widens'],
  }),
  approximation('guard_unreadable', all(inUse, is('guard', 'unreadable')), {
    text: 'The access policy that guards it could not be read: {guard_policies}.',
    remedy: 'Let the token read policies and collect again.',
    document: documents.policies,
    impacts: ['access_widens'],
  }),
  finding('guard_not_readable', is('guard', 'none'), {
    text: 'It names no access policy (a Classic org decides by sign-on policies of the whole org).',
    remedy: 'Check the org\u2019s sign-on policies for what guards it.',
  }),
];
