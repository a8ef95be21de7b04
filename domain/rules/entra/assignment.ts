import { absent, all, any, empty, is, isIn, moreThan, not, present } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { assignmentSubject } from './facts/assignment.ts';

const { native, approximation, listed, scope, manual, blocked } = rowsOf({
  prefix: 'entra.assignment',
  document: documents.appRoleAssignments,
  asOf,
});

/** Of the several roles that a group has in one application, the first assignment carries them all. */
const ofGroup = all(is('principal_type', 'group'), is('covered', false));
const movable = ['native_import', 'import_with_approximation'] as const;
const applicationStays = is('application_class', 'visibility_only');

const rules: Rule[] = [
  scope('removed', present('assignment_status'), {
    text: 'It has been removed already.',
    remedy: 'Nothing to do.',
  }),
  native(
    'plain',
    all(
      ofGroup,
      is('application_class', 'native_import'),
      is('group_class', 'native_import'),
      absent('role'),
      not(moreThan('roles', 1)),
      empty('unknown_values'),
      empty('unparsable'),
    ),
    {
      text: 'Application and group both move as they are. Only direct members of the group count, as at Entra.',
      remedy: 'Add the group\u2019s members at the target first.',
    },
  ),
  approximation(
    'approximated_end',
    all(
      ofGroup,
      isIn('application_class', movable),
      isIn('group_class', movable),
      any(
        is('application_class', 'import_with_approximation'),
        is('group_class', 'import_with_approximation'),
      ),
    ),
    { text: 'Its application or its group moves with differences.', remedy: 'See there.', operator: 'low' },
  ),
  approximation('role', all(ofGroup, present('role'), not(moreThan('roles', 1)), not(applicationStays)), {
    text: 'It gives the group the role {role_name} in the application; at the target the group is only let in.',
    remedy: 'Ask the application\u2019s owner what the role allows, and arrange for it there.',
    document: documents.appRoles,
    impacts: ['token_contents_change'],
  }),
  approximation('several_roles', all(ofGroup, moreThan('roles', 1), not(applicationStays)), {
    text: 'The group has several roles in the application ({roles}); at the target it is let in once, without them.',
    remedy: 'Ask the application\u2019s owner what the roles allow, and arrange for it there.',
    document: documents.appRoles,
    impacts: ['token_contents_change'],
  }),
  listed('covered_by_assignment', all(is('principal_type', 'group'), is('covered', true)), {
    text: 'Another assignment lets the same group into the same application; this one adds the role {role_name}.',
    remedy: 'See the other assignment, which names all roles.',
  }),
  listed('application_stays', all(ofGroup, applicationStays, is('microsoft', false)), {
    text: 'Its application is not moved.',
    remedy: 'Nothing to do here.',
  }),
  listed('microsoft_stays', all(ofGroup, applicationStays, is('microsoft', true)), {
    text: 'It lets the group into an application of Microsoft\u2019s own, which stays.',
    remedy: 'Keep the group in Entra for that.',
    document: documents.firstParty,
  }),
  listed('service', is('principal_type', 'service_principal'), {
    text: 'It lets another application ({assigned_to}) call this one as itself; tokens for that stay with Entra.',
    remedy: 'See what the two applications become.',
  }),
  manual('group_stays', all(ofGroup, is('group_class', 'visibility_only'), not(applicationStays)), {
    text: 'Its group is not moved.',
    remedy: 'Assign the application to a group of the target by hand.',
    operator: 'medium',
  }),
  manual(
    'manual_end',
    all(
      ofGroup,
      any(is('application_class', 'manual_rebuild_required'), is('group_class', 'manual_rebuild_required')),
      not(applicationStays),
    ),
    {
      text: 'Its application or its group must be rebuilt by hand.',
      remedy: 'Assign them when both are there.',
      operator: 'medium',
    },
  ),
  manual('unknown_principal', is('principal_type', 'unknown'), {
    text: 'Who is assigned was not said, or is not known here.',
    remedy: 'Look at the assignment in Entra, and decide by hand.',
  }),
  blocked('direct_user', is('principal_type', 'user'), {
    text: 'It assigns one person directly ({assigned_to}); people are not linked between Entra and the target yet.',
    remedy: 'Put the person into a group that is assigned.',
    operator: 'medium',
    user: 'high',
    impacts: ['direct_assignment_lost'],
  }),
  blocked(
    'missing_end',
    all(ofGroup, any(absent('application_class'), absent('group_class')), not(applicationStays)),
    {
      text: 'Its application or its group is not in the snapshot.',
      remedy: 'Collect again; the credential may not see it.',
      operator: 'medium',
    },
  ),
  blocked(
    'blocked_end',
    all(
      ofGroup,
      any(is('application_class', 'blocked'), is('group_class', 'blocked')),
      not(applicationStays),
    ),
    {
      text: 'Its application or its group cannot move.',
      remedy: 'See there.',
      operator: 'medium',
    },
  ),
];

/** App-role assignments: who is let into an enterprise application, and in which role. */
export const entraAssignmentRules: RuleSet<'assignment'> = {
  source: 'entra',
  itemType: 'assignment',
  rules: [...unknownWords('assignment', documents.appRoleAssignments), ...rules],
  pointers: { role: '/appRoleId' },
  facts: {
    principal_type: 'whether principalType is a group, a user, a service principal or unknown',
    assignment_status: 'whether it has a deletedDateTime',
    application_class:
      'the verdict on its application: that of the registration where the service principal stands for one of this directory',
    microsoft: 'whether its application is Microsoft\u2019s own',
    group_class: 'the verdict on its group',
    role_name: 'what the application calls the role',
    roles: 'roles of all assignments of the same group to the same application',
    covered: 'whether another of these assignments comes first by id',
    assigned_to: 'what Entra calls who is assigned',
  },
  factsRevision: 1,
  reads: {
    items: ['application'],
    verdicts: ['application', 'application.registration', 'group'],
    sameEnds: true,
  },
  subject: assignmentSubject,
  contract: ({ normalized }) => (normalized.principal_type === 'group' ? 'tenant_app_assignment' : 'none'),
};
