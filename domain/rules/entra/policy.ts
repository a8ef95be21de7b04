import { absent, all, any, empty, is, not, some } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { policySubject } from './facts/policy.ts';

const { approximation, listed, scope, manual, blocked, finding } = rowsOf({
  prefix: 'entra.policy',
  document: documents.conditionalAccess,
  asOf,
});

const enforced = is('status', 'enabled');
const protects = any(is('asks_second_factor', true), is('denies', true));
/** It stands in front of applications that may move. */
const guards = all(enforced, is('guards', 'applications'));

const rules: Rule[] = [
  scope('guards_nobody', is('guards', 'nobody'), {
    text: 'It applies to no people or to no application.',
    remedy: 'Nothing to do: what it does for services stays in Entra.',
  }),
  listed('disabled', is('status', 'disabled'), {
    text: 'It is off.',
    remedy: 'Nothing to do, unless it is to come into force.',
  }),
  listed('report_only', is('status', 'enabledForReportingButNotEnforced'), {
    text: 'It only reports and enforces nothing.',
    remedy: 'Nothing to do, unless it is to come into force.',
  }),
  listed('guards_microsoft', all(enforced, is('guards', 'microsoft')), {
    text: 'It guards Microsoft\u2019s services alone.',
    remedy: 'Keep it in Entra.',
  }),
  listed('guards_old_protocols', all(enforced, is('guards', 'old_protocols')), {
    text: 'It concerns old ways to sign in to Microsoft\u2019s services alone (Exchange ActiveSync and others without modern authentication).',
    remedy: 'Keep it in Entra.',
  }),
  manual('state_unknown', absent('status'), {
    text: 'Whether it is on was not said.',
    remedy: 'Look at it in Entra, and collect again.',
  }),
  approximation(
    'simple',
    all(
      guards,
      some('included'),
      empty('included_unmapped'),
      empty('excluded_unmapped'),
      empty('beyond'),
      empty('unknown_values'),
      empty('unparsable'),
    ),
    {
      text: 'What it does to {included} ({demands}) depends on network and application alone; the target can be told the same in its own words.',
      remedy: 'Write it at the target before people are let in there. It is not written automatically.',
      operator: 'high',
    },
  ),
  finding('exclusions_start_empty', all(guards, some('excluded')), {
    text: 'It leaves out the members of {excluded}, which are created empty.',
    remedy:
      'Fill these groups before the policy is in force at the target, and test the emergency account first.',
    document:
      'https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access',
    operator: 'high',
  }),
  manual('guards_actions', all(enforced, is('guards', 'actions')), {
    text: 'It guards what people do in Entra itself: registering a device or their security details.',
    remedy: 'Decide who may enrol at the target, and from where.',
  }),
  manual('beyond_target', all(guards, some('beyond')), {
    text: 'It holds conditions or controls that the target does not evaluate: {beyond}.',
    remedy: 'Decide what is to take the place of each, and write that at the target.',
  }),
  manual('break_glass_exclusion_unmapped', all(guards, some('excluded_unmapped')), {
    text: 'People are kept out of it whom the target could not keep out of it: {excluded_unmapped}.',
    remedy: 'Test the emergency account first: at the target it must get in when everything else fails.',
    document:
      'https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access',
  }),
  manual('partly_unmapped', all(guards, some('included'), some('included_unmapped')), {
    text: 'Some of those whom it applies to have no counterpart at the target: {included_unmapped}.',
    remedy: 'Find groups that stand for them, and write the policy at the target for those.',
  }),
  blocked('nobody_mapped', all(guards, empty('included'), some('included_unmapped')), {
    text: 'None of those whom it applies to has a counterpart at the target: {included_unmapped}.',
    remedy: 'Find groups that stand for them, or decide that the policy is not needed there.',
  }),
  manual('applies_to_unknown', all(guards, empty('included'), empty('included_unmapped')), {
    text: 'It does not say to which people it applies.',
    remedy: 'Look at it in Entra: it may be for services, and stay there.',
  }),
  finding('second_factor', all(guards, is('asks_second_factor', true)), {
    text: 'It asks for a second factor, which people must enrol anew at the target.',
    remedy: 'Plan when and how people enrol.',
    document: 'https://learn.microsoft.com/entra/identity/authentication/concept-mfa-howitworks',
    user: 'high',
    impacts: ['mfa_reenrollment'],
  }),
  finding('protection_not_carried', all(guards, protects), {
    text: 'It protects applications that may move, and does not move by itself.',
    remedy: 'Write its counterpart at the target before people are let in there.',
    operator: 'high',
    impacts: ['policy_with_protection_not_carried'],
  }),
  finding('not_carried', all(guards, not(protects)), {
    text: 'It concerns applications that may move, and does not move by itself.',
    remedy: 'Decide whether the target needs its counterpart.',
    operator: 'medium',
    impacts: ['policy_not_carried'],
  }),
  finding('guests', all(guards, is('names_guests', true)), {
    text: 'It decides how guests get in.',
    remedy: 'Decide whether guests are let in at the target, and how.',
    user: 'medium',
    impacts: ['guests_lose_access'],
  }),
  finding('session_length', all(guards, is('session', true)), {
    text: 'It decides how long people stay signed in; at the target its own lengths hold.',
    remedy: 'Compare the two.',
    user: 'low',
    impacts: ['session_lifetime_changes'],
  }),
];

/** Conditional access. What the target does not evaluate never passes for what it does. */
export const entraPolicyRules: RuleSet<'policy'> = {
  source: 'entra',
  itemType: 'policy',
  rules: [...unknownWords('policy', documents.conditionalAccess), ...rules],
  pointers: { status: '/state' },
  facts: {
    guards: 'what it stands in front of: nobody, microsoft, old_protocols, actions or applications',
    demands: 'which of MFA and a block it asks for',
    excluded: 'groups that move, which it leaves out',
    included: 'whom it applies to that the target can tell: everybody, and groups that move',
    included_unmapped: 'others whom it applies to: people, roles, guests, groups that do not move',
    excluded_unmapped: 'people, roles, guests and groups that do not move, which it leaves out',
    beyond:
      'members that say something beyond all or two kinds of client, everything or applications of the snapshot, IP and country locations, and a block or MFA',
    asks_second_factor: 'whether it asks for mfa or an authentication strength',
    denies: 'whether it blocks',
    names_guests: 'whether it applies to guests by name',
    session: 'whether it sets a sign-in frequency or persistent browser sessions',
  },
  factsRevision: 1,
  reads: { verdicts: ['included_group', 'excluded_group', 'application_condition'] },
  subject: policySubject,
  contract: () => 'auth_policy',
};
