import { all, is, isIn, not } from '../../condition.ts';
import type { Rule } from '../../rule.ts';
import { inUse, passwordModes, rows } from './conditions.ts';

const { listed, finding } = rows;
const storesPasswords = isIn('vendor_kind', passwordModes);
/** Passwords that an owner chose for everybody, not each person for themselves. */
const ownersSchemes = ['SHARED_USERNAME_AND_PASSWORD', 'ADMIN_SETS_CREDENTIALS'];

/** What people open from Okta's dashboard, and what Okta types in for them. */
export const dashboard: Rule[] = [
  listed('password', storesPasswords, {
    text: 'Okta fills in stored passwords for people ({vendor_kind}, {password_scheme}); they cannot be read and do not move.',
    remedy: 'Tell people to sign in to it by themselves, after they have set a password that they know.',
    user: 'high',
  }),
  finding('password.stored', all(inUse, storesPasswords, not(isIn('password_scheme', ownersSchemes))), {
    text: 'People lose the passwords that Okta keeps for them.',
    remedy: 'Give people time to look up or reset them before the cutover.',
    user: 'high',
    impacts: ['stored_credentials_lost'],
  }),
  finding('password.stored_by_owner', all(inUse, storesPasswords, isIn('password_scheme', ownersSchemes)), {
    text: 'Its passwords were set for people by an administrator, or one is shared by all ({password_scheme}).',
    remedy: 'Have its owner keep them in a safe place before the cutover.',
    user: 'high',
    impacts: ['stored_credentials_lost', 'stored_credentials_lost_by_owner'],
  }),
  listed('bookmark', is('vendor_kind', 'BOOKMARK'), {
    text: 'It is a link on people\u2019s dashboard, with no sign-in of its own.',
    remedy: 'Put the link where people will look for it.',
    user: 'low',
  }),
  finding('launch_link', all(inUse, is('hidden', false)), {
    text: 'People find it on Okta\u2019s dashboard, which ends with Okta.',
    remedy: 'Tell people its own address.',
    impacts: ['launch_link_lost'],
  }),
];
