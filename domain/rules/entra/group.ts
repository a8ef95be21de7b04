import { absent, all, any, empty, is, not, present, some, someIn } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { groupSubject } from './facts/group.ts';

const { native, approximation, listed, manual, blocked } = rowsOf({
  prefix: 'entra.group',
  document: documents.groups,
  asOf,
});

const security = is('vendor_kind', 'security');
const mailSecurity = is('vendor_kind', 'mail-enabled security');
const unified = is('vendor_kind', 'Unified');
const distribution = all(
  is('vendor_kind', 'distribution'),
  is('entra.security_enabled', false),
  is('entra.mail_enabled', true),
);
/** Moves in some way. */
const moves = any(security, unified, all(mailSecurity, is('used', true)));

const rules: Rule[] = [
  native(
    'plain',
    all(
      security,
      not(is('name', '')),
      is('kind', 'assigned'),
      empty('entra.group_types'),
      is('entra.security_enabled', true),
      is('entra.mail_enabled', false),
      not(is('entra.role_assignable', true)),
      not(is('entra.synced', true)),
      not(is('entra.visibility', 'HiddenMembership')),
      empty('entra.provisioned_as'),
      present('entra.licenses'),
      empty('entra.licenses'),
      present('entra.nested_groups'),
      empty('entra.nested_groups'),
      empty('unknown_values'),
      empty('unparsable'),
    ),
    {
      text: 'It is a security group whose members are assigned by hand.',
      remedy: 'It is created empty: add its members at the target.',
      user: 'none',
    },
  ),
  approximation('nested_group', all(moves, some('entra.nested_groups')), {
    text: 'It has groups among its members. Entra lets only its direct members into applications; with the members of those groups in it, more people would get in.',
    remedy: 'Decide for each of these groups whether its people are to be members.',
    document: documents.nestedGroups,
    impacts: ['access_widens'],
  }),
  approximation('nesting_unread', all(moves, is('kind', 'assigned'), absent('entra.nested_groups')), {
    text: 'Whether it has groups among its members could not be read.',
    remedy: 'Let the credential read group members (GroupMember.Read.All) and collect again.',
  }),
  approximation('dynamic', all(moves, someIn('entra.group_types', 'DynamicMembership')), {
    text: 'A rule of Entra fills it; at the target it does not change by itself.',
    remedy: 'Decide who keeps its members current.',
    document: 'https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership',
    impacts: ['group_becomes_static'],
  }),
  approximation('synced', all(moves, is('entra.synced', true)), {
    text: 'It comes from a directory on premises; at the target it is a copy that does not change by itself.',
    remedy: 'Connect that directory to the target, or keep the copy current by hand.',
    document: 'https://learn.microsoft.com/entra/identity/hybrid/connect/whatis-azure-ad-connect',
    impacts: ['group_becomes_static'],
  }),
  approximation('unified', unified, {
    text: 'It is a Microsoft 365 group: its mailbox, files and Teams stay in Microsoft 365, and only its name moves.',
    remedy: 'Keep it there for these, and decide whether the target needs it for access.',
  }),
  approximation('licenses', all(moves, some('entra.licenses')), {
    text: 'Its members get licences of Microsoft through it; the copy gives none.',
    remedy: 'Keep the group in Entra for the licences.',
    document: 'https://learn.microsoft.com/entra/fundamentals/concept-group-based-licensing',
  }),
  approximation('licenses_unread', all(moves, absent('entra.licenses')), {
    text: 'Whether its members get licences through it could not be read.',
    remedy: 'Let the credential read groups (Group.Read.All) and collect again.',
  }),
  approximation('hidden_members', all(moves, is('entra.visibility', 'HiddenMembership')), {
    text: 'Who is in it is hidden from others, which the target may not do.',
    remedy: 'Ask its owner whether its members may be seen.',
  }),
  approximation('mail_enabled_in_use', all(mailSecurity, is('used', true)), {
    text: 'It is a mail-enabled security group that an assignment or a policy names: its address stays in Exchange, its access moves.',
    remedy: 'Keep it in Exchange for mail.',
  }),
  listed('mail_enabled', all(mailSecurity, is('used', false)), {
    text: 'It is a mail-enabled security group that nothing here uses for access; it stays in Exchange.',
    remedy: 'Nothing to do here.',
  }),
  listed('distribution', distribution, {
    text: 'It is a distribution list: it carries mail and no access.',
    remedy: 'Nothing to do here: it stays in Exchange.',
  }),
  blocked('role_assignable', is('entra.role_assignable', true), {
    text: 'It may hold administrator roles of Entra, which a created group must never look like.',
    remedy: 'Give administrators their roles at the target by hand.',
    document: 'https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept',
    user: 'none',
  }),
  manual('no_name', is('name', ''), {
    text: 'It has no name.',
    remedy: 'Name it in Entra and collect again.',
  }),
  manual('unknown_kind', not(any(security, mailSecurity, unified, distribution)), {
    text: 'What kind of group it is was not said, or is not known here.',
    remedy: 'Decide by hand what it is for.',
  }),
  manual(
    'contradiction',
    all(
      security,
      any(
        absent('entra.mail_enabled'),
        some('entra.provisioned_as'),
        all(
          is('kind', 'assigned'),
          some('entra.group_types'),
          not(someIn('entra.group_types', 'DynamicMembership')),
        ),
      ),
    ),
    {
      text: 'What it says of itself is incomplete or contradictory.',
      remedy: 'Look at it in Entra, and decide by hand what it is for.',
    },
  ),
];

export const entraGroupRules: RuleSet<'group'> = {
  source: 'entra',
  itemType: 'group',
  rules: [...unknownWords('group', documents.groups), ...rules],
  pointers: {
    name: '/displayName',
    'entra.group_types': '/groupTypes',
    'entra.security_enabled': '/securityEnabled',
    'entra.mail_enabled': '/mailEnabled',
    'entra.role_assignable': '/isAssignableToRole',
    'entra.synced': '/onPremisesSyncEnabled',
    'entra.visibility': '/visibility',
    'entra.provisioned_as': '/resourceProvisioningOptions',
  },
  facts: {
    vendor_kind: 'the kind that Microsoft names, by groupTypes, securityEnabled and mailEnabled',
    kind: 'where its members come from, by onPremisesSyncEnabled and groupTypes',
    used: 'whether an assignment, or a policy that is enabled, names it',
    'entra.licenses': 'assignedLicenses, read by $select',
    'entra.nested_groups':
      '/groups/{id}/members/microsoft.graph.group, asked for where members are assigned by hand',
  },
  factsRevision: 1,
  reads: { naming: true },
  subject: groupSubject,
  contract: () => 'tenant_group',
};
