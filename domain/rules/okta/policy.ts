import { all, any, empty, is, isIn, not, present, some } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { policySubject } from './facts/policy.ts';

const document = documents.policies;
const { approximation, listed, scope, manual, finding } = rowsOf({ prefix: 'okta.policy', document, asOf });

const type = (name: string) => is('vendor_kind', name);
/** What the target's policy can be told at all. */
const authTypes = ['ACCESS_POLICY', 'OKTA_SIGN_ON', 'PASSWORD'];
/** https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/ (type) */
const otherTypes = [
  'POST_AUTH_SESSION',
  'CONTINUOUS_ACCESS',
  'ENTITY_RISK',
  'DEVICE_SIGNAL_COLLECTION',
  'SESSION_VIOLATION_DETECTION',
  'CLIENT_UPDATE',
  'IDENTITY_CLAIM_SOURCING',
  'RESOURCE_ACCESS',
];
const knownTypes = [...authTypes, ...otherTypes, 'MFA_ENROLL', 'PROFILE_ENROLLMENT'];

const inForce = is('in_force', true);
const withRules = is('rules_state', 'some');
const ownPasswords = isIn('auth_provider', [null, 'OKTA']);
/** What it decides stands in the policy itself, whatever its rules. */
const decidesByItself = any(type('MFA_ENROLL'), all(type('PASSWORD'), ownPasswords));
const protects = any(some('denying'), some('second_factors'));

const rules: Rule[] = [
  scope('inactive', is('status', 'INACTIVE'), {
    text: 'It is not active: it decides nothing.',
    remedy: 'Activate it in Okta and collect again if it is still needed.',
  }),
  scope('own_account', is('resource_type', 'END_USER_ACCOUNT_MANAGEMENT'), {
    text: 'It guards what people do with their own account in Okta, which ends with Okta.',
    remedy: 'Decide how people manage their account at the target.',
  }),
  listed('guards_nothing', all(type('ACCESS_POLICY'), is('linked', false)), {
    text: 'No application that people use is linked to it.',
    remedy: 'Nothing to do here.',
  }),
  manual('status_unknown', not(isIn('status', ['ACTIVE', 'INACTIVE'])), {
    text: 'It does not say whether it is active.',
    remedy: 'Look at it in Okta, and rebuild it by hand if it is.',
  }),
  manual('unknown_type', not(isIn('vendor_kind', knownTypes)), {
    text: 'It is a kind of policy that is not known here: {vendor_kind}.',
    remedy: 'Decide by hand what it is for, and report it, so that a rule can be written.',
  }),
  manual(
    'rules_unread',
    all(inForce, any(is('rules_state', 'unread'), all(type('ACCESS_POLICY'), is('rules_state', 'none')))),
    {
      text: 'Its rules could not be read.',
      remedy: 'Let the token read policies (okta.policies.read) and collect again.',
    },
  ),
  manual('rule_unparsable', all(inForce, some('unparsable_rules')), {
    text: 'Rules of it could not be read as what they should be: {unparsable_rules}.',
    remedy: 'Look at the raw payload and rebuild them by hand.',
  }),
  listed(
    'without_rules',
    all(inForce, is('rules_state', 'none'), not(type('ACCESS_POLICY')), not(decidesByItself)),
    {
      text: 'It has no active rule, so it decides nothing.',
      remedy: 'Nothing to do here.',
    },
  ),
  approximation(
    'plain',
    all(
      inForce,
      isIn('vendor_kind', authTypes),
      any(withRules, all(decidesByItself, is('rules_state', 'none'))),
      empty('rule_excess'),
      empty('denying'),
      empty('unparsable_rules'),
      any(not(type('PASSWORD')), ownPasswords),
    ),
    {
      text: 'The target has one policy for everybody, which comes close to what its rules ask for: {rule_notes}.',
      remedy: 'Compare its rules with the target\u2019s policy one by one, and set that by hand.',
      user: 'medium',
    },
  ),
  manual('beyond', all(inForce, isIn('vendor_kind', authTypes), some('rule_excess')), {
    text: 'Its rules look at more than the target\u2019s policy does: {rule_excess}.',
    remedy: 'Decide what protects people in its place, and build that by hand.',
  }),
  manual('denies', all(inForce, some('denying')), {
    text: 'It keeps people out, and the order of its rules matters for that: {denying}.',
    remedy: 'Keep the same people out by other means before anybody is let in.',
  }),
  manual('directory_passwords', all(inForce, type('PASSWORD'), not(ownPasswords), withRules), {
    text: 'Passwords that it rules over are kept and checked in a directory ({auth_provider}), through Okta.',
    remedy: 'Connect the directory to the target, or give its people passwords there.',
    user: 'high',
    impacts: ['directory_source_lost'],
  }),
  finding('passwords', all(inForce, type('PASSWORD'), ownPasswords), {
    text: 'The passwords that it rules over are kept by Okta and cannot be read.',
    remedy: 'Plan how people set a new password, and tell them the new rules for it.',
    user: 'high',
    impacts: ['password_not_carried', 'password_policy_changes'],
  }),
  manual('enrolment', all(inForce, type('MFA_ENROLL')), {
    text: 'It says which factors people may and must enrol; what they have enrolled stays in Okta.',
    remedy: 'Decide which factors the target asks for, and when people enrol them.',
  }),
  finding('enrolled_factors', all(inForce, type('MFA_ENROLL'), some('factors')), {
    text: 'People enrol factors beside their password, and must do so again: {factors}.',
    remedy: 'Plan the time and the help for it.',
    user: 'high',
    impacts: ['mfa_reenrollment'],
  }),
  manual('registration', all(inForce, type('PROFILE_ENROLLMENT'), withRules), {
    text: 'It says what people are asked for when they register or complete their profile.',
    remedy: 'Decide where people register and what they are asked for.',
  }),
  finding('self_registration', all(inForce, some('registering')), {
    text: 'People whom nobody knows may register themselves: {registering}.',
    remedy: 'Find out which applications need that, and build it elsewhere before the cutover.',
    user: 'high',
    impacts: ['self_registration_lost'],
  }),
  manual('other_type', all(inForce, isIn('vendor_kind', otherTypes), withRules, is('effective', true)), {
    text: 'The target has nothing like it: {vendor_kind}.',
    remedy: 'Decide whether something else should do this.',
  }),
  listed('no_effect', all(inForce, isIn('vendor_kind', otherTypes), withRules, is('effective', false)), {
    text: 'Its rules do nothing.',
    remedy: 'Nothing to do here.',
  }),
  manual('group_missing', all(inForce, any(withRules, decidesByItself), some('groups_missing')), {
    text: 'It names groups that are not in the snapshot or must be rebuilt: {groups_missing}.',
    remedy: 'Find out for whom it is meant.',
  }),
  finding('inactive_rules', all(inForce, some('inactive_rules')), {
    text: 'Rules of it that are not active were left out: {inactive_rules}.',
    remedy: 'Nothing to do while they are not active.',
  }),
  finding('sessions', all(inForce, some('sessions')), {
    text: 'It says how long people stay signed in: {sessions}.',
    remedy: 'Compare with the target\u2019s sessions.',
    impacts: ['session_lifetime_changes'],
  }),
  finding(
    'not_carried',
    all(inForce, present('vendor_kind'), any(withRules, decidesByItself), not(protects)),
    {
      text: 'It is not carried over by itself.',
      remedy: 'Set the target\u2019s policy by hand.',
      impacts: ['policy_not_carried'],
    },
  ),
  finding('protection_not_carried', all(inForce, protects), {
    text: 'What protects people by it is not carried over by itself. Rules that deny: {denying}; rules that ask for a second factor: {second_factors}.',
    remedy: 'Set the target\u2019s policy by hand before anybody signs in there.',
    impacts: ['policy_with_protection_not_carried'],
  }),
];

export const oktaPolicyRules: RuleSet<'policy'> = {
  source: 'okta',
  itemType: 'policy',
  rules: [...unknownWords('policy', document), ...rules],
  pointers: {
    status: '/status',
    vendor_kind: '/type',
    resource_type: '/_embedded/resourceType',
    auth_provider: '/conditions/authProvider/provider',
    factors: '/settings',
  },
  facts: {
    in_force: 'whether it is active and guards anything that people use',
    linked:
      'whether an application that stands is linked to it; other policies than access policies need no link',
    rules_state: 'whether it has active rules: some, none, or unread',
    rule_notes: 'what each active rule asks for that the target\u2019s policy can be told',
    rule_excess: 'what each active rule looks at or asks for beyond that',
    effective: 'whether any active rule does anything',
    denying: 'active rules that deny access',
    second_factors: 'active rules that ask for a second factor',
    sessions: 'active rules that say how long people stay signed in',
    registering: 'active rules that let unknown people register',
    unparsable_rules: 'active rules with a member of the wrong shape',
    inactive_rules: 'rules that are not active',
    groups_missing: 'groups that it names and that are not in the snapshot, or must be rebuilt',
  },
  factsRevision: 1,
  reads: { naming: true, verdicts: ['included_group', 'excluded_group'] },
  subject: policySubject,
  contract: () => 'auth_policy',
};
