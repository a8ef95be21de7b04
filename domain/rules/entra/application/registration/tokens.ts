import { absent, all, any, is, isIn, not, present, some } from '../../../condition.ts';
import type { Rule } from '../../../rule.ts';
import { documents } from '../../documents.ts';
import { registration, rows } from './rows.ts';

const { manual, approximation, finding } = rows;
const signsIn = some('platforms');

/** What it is told about people, and what it may do in their name. */
export const registrationTokens: readonly Rule[] = [
  manual('permissions', registration(some('permissions_beyond')), {
    text: 'It asks for permissions of other APIs, whose tokens cannot come from the target: {permissions_beyond}.',
    remedy: 'Ask its owner what it calls there. It may keep a registration in Entra for that.',
    document: 'https://learn.microsoft.com/graph/permissions-reference',
  }),
  manual('granted_permissions', registration(some('grants_beyond')), {
    text: 'It was let call other APIs in people\u2019s name, whose tokens cannot come from the target: {grants_beyond}.',
    remedy: 'Ask its owner what it calls there. It may keep a registration in Entra for that.',
    document: documents.grants,
  }),
  approximation('user_read', registration(is('user_read', true)), {
    text: 'It may read the signed-in person\u2019s profile from Microsoft Graph (User.Read), which the portal adds by itself.',
    remedy: 'Ask its owner whether it calls Microsoft Graph.',
    document: 'https://learn.microsoft.com/graph/permissions-reference#userread',
  }),
  approximation(
    'implicit',
    registration(signsIn, any(is('entra.id_token_issuance', true), is('entra.access_token_issuance', true))),
    {
      text: 'It may be given tokens without a code (implicit or hybrid flow), which the target does not issue.',
      remedy: 'Change it to the authorization code grant with PKCE.',
      document: documents.implicit,
    },
  ),
  approximation(
    'implicit_unknown',
    registration(signsIn, any(absent('entra.id_token_issuance'), absent('entra.access_token_issuance'))),
    {
      text: 'Whether it may be given tokens without a code was not said.',
      remedy: 'Look at its authentication settings in Entra.',
      document: documents.implicit,
    },
  ),
  approximation('optional_claims', registration(some('optional_claims')), {
    text: 'Its tokens carry claims beyond the usual ones: {optional_claims}.',
    remedy: 'Ask its owner which of them it reads, and map those at the target.',
    document: documents.optionalClaims,
    impacts: ['token_contents_change'],
  }),
  approximation('group_claims', registration(is('group_claims', true)), {
    text: 'Its tokens carry people\u2019s groups ({entra.group_membership_claims}), by ids that the target does not have.',
    remedy: 'Ask its owner what it decides by groups, and tell it the new ones.',
    document: documents.optionalClaims,
    impacts: ['token_contents_change'],
  }),
  approximation('roles', registration(some('user_roles')), {
    text: 'Its tokens carry people\u2019s roles in it: {user_roles}.',
    remedy: 'Ask its owner what it decides by them, and arrange for that at the target.',
    document: documents.appRoles,
    impacts: ['token_contents_change'],
  }),
  manual(
    'claims_mapping',
    registration(any(is('entra.accept_mapped_claims', true), is('claims_policy', true))),
    {
      text: 'A claims policy changes what its tokens say.',
      remedy: 'Ask its owner which claims it reads, and write them anew at the target.',
      document: documents.claimsMapping,
      impacts: ['token_contents_change'],
    },
  ),
  manual('encrypted_tokens', registration(present('entra.token_encryption_key_id')), {
    text: 'Its tokens are encrypted, which the target does not do.',
    remedy: 'Ask its owner whether it can work without.',
    document: 'https://learn.microsoft.com/entra/identity/enterprise-apps/howto-saml-token-encryption',
  }),
  manual('native_authentication', registration(not(isIn('entra.native_authentication', [null, 'none']))), {
    text: 'It signs people in by its own pages, through Entra\u2019s native authentication; its code must change.',
    remedy: 'Plan the change with its developers.',
    document: 'https://learn.microsoft.com/entra/identity-platform/concept-native-authentication',
  }),
  approximation('blocked_for_minors', registration(some('entra.countries_blocked_for_minors')), {
    text: 'Entra keeps minors of some countries out of it ({entra.countries_blocked_for_minors}); the target does not.',
    remedy: 'Ask its owner how they are kept out from now on.',
    document: 'https://learn.microsoft.com/graph/api/resources/parentalcontrolsettings',
    impacts: ['access_widens'],
  }),
  approximation('single_logout', registration(present('entra.logout_url')), {
    text: 'Entra tells it when people sign out; the target does not.',
    remedy: 'Ask its owner whether its sessions end soon enough by themselves.',
    document: 'https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc',
  }),
  approximation('home_realm', registration(is('home_realm', true)), {
    text: 'A home realm discovery policy decides where its people sign in; it does not move.',
    remedy: 'Compare where its people are sent to at the target.',
    document: documents.homeRealms,
  }),
  approximation('notes', registration(some('notes')), {
    text: 'It carries notes, a description or a reference to service management, which do not move.',
    remedy: 'Read them: they often say who owns it.',
  }),
  approximation('default_scope', registration(is('default_scope_alone', true)), {
    text: 'It exposes the scope user_impersonation, which nothing read here uses.',
    remedy: 'Ask its owner whether it is called as an API.',
    impacts: ['issuer_changes'],
  }),
  manual(
    'api',
    registration(any(all(some('exposes'), is('default_scope_alone', false)), is('called_by_others', true))),
    {
      text: 'Others call it as an API: it exposes {exposes}. Their tokens come from Entra.',
      remedy: 'Move it together with what calls it, by hand.',
      document:
        'https://learn.microsoft.com/entra/identity-platform/quickstart-configure-app-expose-web-apis',
      impacts: ['issuer_changes'],
    },
  ),
  approximation('named_as_api', registration(some('entra.identifier_uris')), {
    text: 'It has names as an API ({entra.identifier_uris}), which do not move.',
    remedy: 'Ask its owner whether anything asks for tokens by them.',
  }),
  finding('everyone_may_enter', registration(signsIn, is('everyone_may_enter', true)), {
    text: 'Everyone of the directory may enter it, whatever is assigned; at the target only assigned groups may.',
    remedy: 'Decide who may enter it at the target and assign those groups.',
    document: documents.servicePrincipals,
    impacts: ['access_narrows'],
  }),
];
