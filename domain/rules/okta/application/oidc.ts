import { absent, all, any, is, isIn, not, present, some, someIn } from '../../condition.ts';
import type { Rule } from '../../rule.ts';
import { documents } from '../documents.ts';
import {
  forOktaAlone,
  grants,
  oidcClient,
  oidcMode,
  rows,
  signsPeopleIn,
  systemApplication,
  withSecret,
  inUse,
} from './conditions.ts';

const { approximation, listed, manual, finding } = rows;

/** What an OpenID Connect client does, each held against what the target offers. */
export const oidcGrants: Rule[] = [
  manual('oidc.no_client', all(oidcMode, absent('oidc'), not(systemApplication)), {
    text: 'It is a catalogue application ({catalogue_name}) whose client settings Okta does not give.',
    remedy: 'Set it up from the application vendor\u2019s own instructions.',
  }),
  approximation('oidc.client_credentials', all(oidcClient, grants('client_credentials')), {
    text: 'It calls APIs as itself; the scopes, audience and claims of those APIs do not move with it.',
    remedy: 'Ask the APIs\u2019 owners to trust tokens of the target.',
    document: documents.clients,
  }),
  listed('oidc.okta_api_client', all(oidcClient, forOktaAlone), {
    text: 'It is a client of Okta\u2019s own API: it holds {granted_scopes}.',
    remedy: 'Replace what it does, or retire it with the org.',
    document: documents.grants,
  }),
  manual('oidc.okta_api_and_people', all(oidcClient, is('okta_api_client', true), signsPeopleIn), {
    text: 'It signs people in and is a client of Okta\u2019s own API besides: it holds {granted_scopes}.',
    remedy: 'Ask its owner what it does with Okta\u2019s API, and split the two.',
    document: documents.grants,
  }),
  manual('oidc.grants_unread', all(oidcClient, grants('client_credentials'), absent('granted_scopes')), {
    text: 'Which scopes it was granted could not be read.',
    remedy: 'Let the token read application grants (okta.appGrants.read) and collect again.',
    document: documents.grants,
  }),
  approximation(
    'oidc.interaction_code',
    all(inUse, oidcClient, grants('interaction_code'), grants('authorization_code')),
    {
      text: 'It embeds Okta\u2019s sign-in in its own pages (interaction code); that stops.',
      remedy: 'Change it to redirect people to sign in.',
      document: documents.clients,
      impacts: ['sign_in_page_changes'],
    },
  ),
  manual(
    'oidc.interaction_code_alone',
    all(inUse, oidcClient, grants('interaction_code'), not(grants('authorization_code'))),
    {
      text: 'It signs people in by Okta\u2019s embedded sign-in alone (interaction code).',
      remedy: 'Change it to the authorization code grant.',
      document: documents.clients,
      impacts: ['sign_in_page_changes'],
    },
  ),
  approximation(
    'oidc.implicit',
    all(
      oidcClient,
      // A client without people has the response type token in Okta and never uses it.
      any(
        grants('implicit'),
        all(someIn('oidc.response_types', 'token', 'id_token'), grants('authorization_code')),
      ),
    ),
    {
      text: 'It may ask for tokens without a code (implicit or hybrid flow), which the target does not issue.',
      remedy: 'Change it to the authorization code grant with PKCE.',
      document: documents.clients,
    },
  ),
  approximation('oidc.device_code', all(oidcClient, grants('urn:ietf:params:oauth:grant-type:device_code')), {
    text: 'It signs in devices without a browser (device code), which the target does not do.',
    remedy: 'Find another way for these devices.',
    document: documents.clients,
  }),
  approximation(
    'oidc.refresh_beyond_target',
    all(oidcClient, someIn('beyond_profile', 'refresh_rotation', 'refresh_leeway')),
    {
      text: 'Its refresh tokens rotate in a way that the target does not do ({oidc.refresh_token_rotation}, leeway of {oidc.refresh_token_leeway} seconds).',
      remedy: 'Ask its owner whether the target\u2019s rotation suits it.',
      document: documents.refreshTokens,
    },
  ),
  approximation(
    'oidc.idp_initiated',
    all(oidcClient, present('oidc.idp_initiated_login'), not(is('oidc.idp_initiated_login', 'DISABLED'))),
    {
      text: 'People open it from Okta\u2019s dashboard.',
      remedy: 'Tell people its own address.',
    },
  ),
  approximation(
    'oidc.single_logout',
    all(
      oidcClient,
      any(
        present('oidc.frontchannel_logout_uri'),
        present('oidc.backchannel_logout_uri'),
        is('oidc.participate_slo', true),
      ),
    ),
    {
      text: 'Okta tells it when people sign out; the target does not.',
      remedy: 'Ask its owner whether its sessions end soon enough by themselves.',
      document: documents.clients,
    },
  ),
  approximation(
    'oidc.network_restricted',
    all(oidcClient, present('oidc.network_connection'), not(is('oidc.network_connection', 'ANYWHERE'))),
    {
      text: 'It may ask for tokens from some networks only; the target does not look where it is.',
      remedy: 'Restrict it where it runs, or in front of the target.',
      document: documents.clients,
    },
  ),
  finding('oidc.consent', all(oidcClient, is('oidc.consent_method', 'REQUIRED')), {
    text: 'People are asked for consent where a scope requires it.',
    remedy: 'Ask its owner whether consent is needed at the target.',
    document: documents.consent,
  }),
  approximation(
    'oidc.consent_asked',
    all(
      oidcClient,
      is('oidc.consent_method', 'REQUIRED'),
      any(some('token.consent_scopes'), absent('token.consent_scopes')),
    ),
    {
      text: 'People are asked for consent to scopes of a custom authorization server that it uses ({token.consent_scopes}); the target does not ask.',
      remedy: 'Ask its owner whether the consent is needed, and get it in the application if so.',
      document: documents.consent,
    },
  ),
  finding(
    'oidc.secret_reissued',
    all(oidcClient, isIn('oidc.application_type', ['web', 'service']), withSecret),
    {
      text: 'Its client secret cannot be read and is issued anew.',
      remedy: 'Hand the new secret to its owner at the cutover.',
      impacts: ['client_credentials_reissued'],
    },
  ),
  finding('oidc.issuer', all(oidcClient, present('oidc.issuer_mode')), {
    text: 'The issuer in its tokens changes.',
    remedy: 'Give its owner the target\u2019s discovery address.',
  }),
  finding('oidc.groups_claim_unseen', all(oidcClient, not(forOktaAlone)), {
    text: 'Okta\u2019s per-application groups claim is not visible by its API.',
    remedy: 'Ask the owner whether its tokens carry groups.',
    document: documents.clients,
  }),
  manual(
    'oidc.unsupported_grant',
    all(
      oidcClient,
      grants(
        'password',
        'urn:ietf:params:oauth:grant-type:saml2-bearer',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
        'urn:ietf:params:oauth:grant-type:token-exchange',
        'urn:openid:params:grant-type:ciba',
        'urn:okta:params:oauth:grant-type:otp',
        'urn:okta:params:oauth:grant-type:oob',
        'http://auth0.com/oauth/grant-type/mfa-otp',
        'http://auth0.com/oauth/grant-type/mfa-oob',
      ),
    ),
    {
      text: 'It gets tokens in a way that the target does not offer: {oidc.grant_types}.',
      remedy: 'Change the application to the authorization code grant.',
      document: documents.clients,
    },
  ),
];
