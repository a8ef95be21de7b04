import { absent, all, any, empty, is, isIn, moreThan, not, some } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { assignmentSubject } from './facts/assignment.ts';

const document = documents.applicationGroups;
const { native, approximation, listed, manual, blocked, finding } = rowsOf({
  prefix: 'okta.assignment',
  document,
  asOf,
});

const toGroup = is('principal_type', 'group');
const toPerson = is('principal_type', 'user');
const movable = ['native_import', 'import_with_approximation'] as const;
const applicationStays = is('application_class', 'visibility_only');

const rules: Rule[] = [
  blocked('direct_user', toPerson, {
    text: 'It assigns one person directly to {application_name}; people are not linked between Okta and the target yet.',
    remedy: 'Put the person into a group that is assigned.',
    operator: 'medium',
    user: 'high',
    document: documents.applicationUsers,
  }),
  finding(
    'direct_user_in_use',
    all(toPerson, is('application_in_use', true), isIn('assignment_status', ['ACTIVE', 'PROVISIONED'])),
    {
      text: 'The person can enter the application today ({assignment_status}) and loses that, unless a group gives it back.',
      remedy: 'Put the person into a group that is assigned before the cutover.',
      user: 'high',
      document: documents.applicationUsers,
      impacts: ['direct_assignment_lost'],
    },
  ),
  native(
    'plain',
    all(
      toGroup,
      is('application_class', 'native_import'),
      is('group_class', 'native_import'),
      empty('profile_overrides'),
      not(moreThan('priority', 0)),
      not(is('guard_denies', true)),
      empty('unknown_values'),
      empty('unparsable'),
    ),
    {
      text: 'The application {application_name} and the group {group_name} both move as they are.',
      remedy: 'Add the group\u2019s members at the target first.',
    },
  ),
  approximation(
    'approximated_end',
    all(toGroup, isIn('application_class', movable), isIn('group_class', movable), some('ends.approximated')),
    {
      text: 'What it joins moves with differences: {ends.approximated}.',
      remedy: 'See there.',
      operator: 'low',
    },
  ),
  approximation('overrides', all(toGroup, some('profile_overrides')), {
    text: 'It gives its members other attributes in the application than they have themselves; these are lost: {profile_overrides}.',
    remedy: 'Ask the owner which attributes matter.',
  }),
  approximation('priority', all(toGroup, moreThan('priority', 0)), {
    text: 'Its order among the application\u2019s assignments ({priority}) decides whose attributes count; the target has no order.',
    remedy: 'Check people who are in several of its groups.',
    operator: 'low',
    user: 'none',
  }),
  manual('everyone', all(toGroup, is('everyone', true), not(applicationStays)), {
    text: 'It lets everyone into {application_name}; the target has its own group of everyone.',
    remedy: 'Bind the target\u2019s group of all users by hand, and check who is in it.',
    operator: 'medium',
    user: 'high',
    impacts: ['access_narrows'],
  }),
  manual('guard_denies', all(toGroup, is('guard_denies', true), not(applicationStays)), {
    text: 'A policy denies access to {application_name} to some people; without it they would get in.',
    remedy: 'Rebuild the policy at the target first, then assign.',
    document: documents.policies,
    impacts: ['access_widens'],
  }),
  listed('application_stays', all(toGroup, applicationStays), {
    text: 'Its application {application_name} is not moved.',
    remedy: 'Nothing to do here.',
    operator: 'none',
  }),
  manual(
    'group_stays',
    all(toGroup, is('group_class', 'visibility_only'), not(is('everyone', true)), not(applicationStays)),
    {
      text: 'Its group {group_name} is not moved.',
      remedy: 'Assign the application to a group of the target by hand.',
      operator: 'medium',
    },
  ),
  manual('manual_end', all(toGroup, some('ends.manual'), not(applicationStays)), {
    text: 'What it joins must be rebuilt by hand: {ends.manual}.',
    remedy: 'Assign them when both are there.',
    operator: 'medium',
  }),
  blocked('missing_end', all(toGroup, any(absent('application_class'), absent('group_class'))), {
    text: 'What it joins is not in the snapshot: {ends.missing}.',
    remedy: 'Collect again; the token may not see it.',
    operator: 'medium',
  }),
  blocked('blocked_end', all(toGroup, some('ends.blocked')), {
    text: 'What it joins cannot move: {ends.blocked}.',
    remedy: 'See there.',
    operator: 'medium',
  }),
];

export const oktaAssignmentRules: RuleSet<'assignment'> = {
  source: 'okta',
  itemType: 'assignment',
  rules: [...unknownWords('assignment', document), ...rules],
  pointers: { profile_overrides: '/profile', priority: '/priority', assignment_status: '/status' },
  facts: {
    principal_type: 'whether a group or one person is assigned: the listing it stands in',
    application_class: 'the verdict on its application',
    application_name: 'what its application is called, or its id',
    application_in_use: 'whether its application is active and none of Okta\u2019s own',
    group_class: 'the verdict on its group',
    group_name: 'what its group is called, or its id',
    'ends.approximated': 'those of the two that move with differences',
    'ends.manual': 'those that must be rebuilt by hand',
    'ends.blocked': 'those that cannot move',
    'ends.missing': 'those that the snapshot does not hold',
    everyone: 'whether its group is built into the org',
    guard_denies: 'whether a policy with a DENY guards its application',
  },
  factsRevision: 1,
  reads: { verdicts: ['application', 'group'] },
  subject: assignmentSubject,
  contract: () => 'tenant_app_assignment',
};
