import { all, empty, is, isIn, not, some } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { groupSubject } from './facts/group.ts';

const document = documents.groups;
const { native, approximation, listed, manual } = rowsOf({ prefix: 'okta.group', document, asOf });

const ofOkta = is('vendor_kind', 'OKTA_GROUP');
const ofDirectory = is('vendor_kind', 'APP_GROUP');

const rules: Rule[] = [
  native(
    'plain',
    all(
      ofOkta,
      not(is('name', '')),
      is('fed_by_rule', false),
      is('has_admin_role', false),
      empty('custom_attributes'),
      empty('unknown_values'),
      empty('unparsable'),
    ),
    {
      text: 'Its members are assigned by hand.',
      remedy: 'It is created empty: add its members at the target.',
      user: 'none',
    },
  ),
  approximation('custom_attributes', all(ofOkta, some('custom_attributes')), {
    text: 'It has attributes of its own, which the target does not keep: {custom_attributes}.',
    remedy: 'Find out who reads them.',
    operator: 'low',
    user: 'none',
  }),
  approximation('fed_by_rule', all(ofOkta, is('fed_by_rule', true)), {
    text: 'A group rule of Okta fills it ({feeding_rules}); at the target it does not change by itself.',
    remedy: 'Decide who keeps its members current.',
    document: documents.groupRules,
    impacts: ['group_becomes_static'],
  }),
  approximation('rules_unread', all(ofOkta, is('fed_by_rule', null)), {
    text: 'Whether a group rule fills it could not be read.',
    remedy: 'Let the token read group rules (okta.groups.read) and collect again.',
    operator: 'low',
    user: 'none',
    document: documents.groupRules,
  }),
  approximation('privileged', all(ofOkta, is('has_admin_role', true)), {
    text: 'It holds an administrator role of Okta; the role does not move.',
    remedy: 'Give administrators their role at the target by hand.',
    user: 'none',
  }),
  approximation('privilege_unread', all(ofOkta, is('has_admin_role', null)), {
    text: 'Whether it holds an administrator role could not be read.',
    remedy: 'Let the token read group statistics (okta.groups.read) and collect again.',
    operator: 'low',
    user: 'none',
  }),
  approximation('mastered_elsewhere', all(ofDirectory, is('referenced', true)), {
    text: 'Another directory fills it, and it is used here ({referenced_by}); at the target it is a copy that does not change by itself.',
    remedy: 'Connect that directory to the target, or keep the copy current by hand.',
    impacts: ['group_becomes_static'],
  }),
  listed('mastered_elsewhere_unused', all(ofDirectory, is('referenced', false)), {
    text: 'Another directory fills it and nothing here uses it; its directory will feed the target.',
    remedy: 'Nothing to do here.',
    operator: 'none',
  }),
  listed('built_in', is('vendor_kind', 'BUILT_IN'), {
    text: 'It is built into every Okta org.',
    remedy: 'Use the target\u2019s own group of everyone.',
    operator: 'none',
  }),
  manual('no_name', all(isIn('vendor_kind', ['OKTA_GROUP', 'APP_GROUP']), is('name', '')), {
    text: 'It has no name.',
    remedy: 'Name it in Okta and collect again.',
    operator: 'medium',
    user: 'none',
  }),
  manual('unknown_kind', not(isIn('vendor_kind', ['OKTA_GROUP', 'APP_GROUP', 'BUILT_IN'])), {
    text: 'It is a kind of group that is not known here.',
    remedy: 'Decide by hand what it is for.',
    operator: 'medium',
    user: 'none',
  }),
];

export const oktaGroupRules: RuleSet<'group'> = {
  source: 'okta',
  itemType: 'group',
  rules: [...unknownWords('group', document), ...rules],
  pointers: {
    vendor_kind: '/type',
    name: '/profile/name',
    custom_attributes: '/profile',
  },
  facts: {
    referenced: 'whether another item of the snapshot names it',
    referenced_by: 'how many items of each type do',
    fed_by_rule: 'whether a group rule that is not inactive fills it',
    feeding_rules: 'names of these rules',
    has_admin_role: 'hasAdminPrivilege of its statistics',
  },
  factsRevision: 1,
  reads: { naming: true },
  subject: groupSubject,
  contract: () => 'tenant_group',
};
