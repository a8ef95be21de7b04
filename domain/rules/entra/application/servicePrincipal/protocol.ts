import { all, any, empty, is, isIn, not, present, some } from '../../../condition.ts';
import type { Rule } from '../../../rule.ts';
import { documents } from '../../documents.ts';
import { byOpenIdConnect, inUse, rows, servicePrincipal } from './rows.ts';

const { manual, approximation, listed, finding } = rows;
const document = documents.singleSignOn;
const saml = all(is('sign_on', 'saml'), inUse);

/** How people get in. */
export const servicePrincipalProtocol: readonly Rule[] = [
  manual('saml', servicePrincipal(is('sign_on', 'saml')), {
    text: 'People get into it by SAML, for which the target has no counterpart to create.',
    remedy:
      'Set it up by hand at the target and at the application, from what is listed here. NameID, attributes and signing options are in the single sign-on settings of the portal: Graph does not give them.',
    document,
    impacts: ['saml_reconnect'],
  }),
  finding('saml_addresses', servicePrincipal(saml), {
    text: 'SAML answers are sent to {entra.reply_urls}; it is known as {entity_ids}.',
    remedy: 'Use these as ACS address and audience.',
    document,
  }),
  finding('saml_relay_state', servicePrincipal(saml, present('entra.relay_state')), {
    text: 'It is opened with the relay state {entra.relay_state}.',
    remedy: 'Set it at the target.',
    document,
  }),
  finding('saml_login_url', servicePrincipal(saml, present('entra.login_url')), {
    text: 'People open it at {entra.login_url}.',
    remedy: 'Send them there from the target as well.',
    document,
  }),
  finding('saml_logout', servicePrincipal(saml, present('entra.logout_url')), {
    text: 'It is told at {entra.logout_url} when people sign out.',
    remedy: 'Ask its owner whether it needs single logout.',
    document,
  }),
  finding('saml_claims_policy', servicePrincipal(saml, is('claims_policy', true)), {
    text: 'A claims mapping policy changes what it is told about people.',
    remedy: 'Write the same attributes at the target.',
    document: documents.claimsMapping,
    impacts: ['token_contents_change'],
  }),
  finding('saml_roles', servicePrincipal(saml, some('own_roles')), {
    text: 'It is told people\u2019s roles in it: {own_roles}.',
    remedy: 'Arrange for the same roles at the target.',
    document: documents.appRoles,
    impacts: ['token_contents_change'],
  }),
  listed('password', servicePrincipal(is('sign_on', 'password')), {
    text: 'Entra fills in stored user names and passwords for people; these cannot be read.',
    remedy: 'See to it that people know their own passwords for it before the cutover.',
    document,
    operator: 'medium',
    user: 'high',
    impacts: ['stored_credentials_lost'],
  }),
  listed('linked', servicePrincipal(is('sign_on', 'linked')), {
    text: 'It is a link on people\u2019s dashboard; they sign in elsewhere.',
    remedy: 'Tell people its own address.',
    document,
  }),
  manual(
    'protocol_unknown',
    servicePrincipal(
      any(
        all(is('for_single_sign_on', true), is('sign_on', null)),
        isIn('sign_on', ['not_supported', 'unknown']),
      ),
    ),
    {
      text: 'It comes from the gallery or was made for single sign-on, and Entra does not say by which protocol.',
      remedy:
        'Ask its owner how people get into it, and set that up from the application vendor\u2019s instructions.',
      document,
    },
  ),
  approximation(
    'oidc_style',
    servicePrincipal(is('owner', 'own'), byOpenIdConnect, some('entra.reply_urls')),
    {
      text: 'It is the directory\u2019s own application with OpenID Connect; its evidence does not tell a confidential client from a public one.',
      remedy:
        'Planning leaves it to you: what is created comes from its registration, which says which kind of client it is.',
    },
  ),
  listed(
    'covered_by_registration',
    servicePrincipal(is('owner', 'own'), byOpenIdConnect, empty('entra.reply_urls'), is('registered', true)),
    {
      text: 'It is the local side of a registration of this directory, which is judged by itself.',
      remedy: 'See its registration.',
    },
  ),
  manual(
    'registration_missing',
    servicePrincipal(
      is('owner', 'own'),
      is('registered', false),
      not(isIn('sign_on', ['saml', 'password', 'linked'])),
    ),
    {
      text: 'It belongs to a registration of this directory that is not in the snapshot.',
      remedy: 'Find out whether the registration was deleted; then nothing can sign in by it for long.',
    },
  ),
];
