import {
  absent,
  all,
  any,
  empty,
  everyIn,
  is,
  isIn,
  moreThan,
  not,
  present,
  some,
  someIn,
  someOutside,
} from '../../condition.ts';
import type { Rule } from '../../rule.ts';
import { documents } from '../documents.ts';
import { grants, oidcClient, onDevices, rows, withPkce, withPrivateKey } from './conditions.ts';

const { native, approximation, manual } = rows;

const publicMethod = all(onDevices, is('oidc.token_endpoint_auth_method', 'none'), withPkce);
const confidentialMethod = all(
  is('oidc.application_type', 'web'),
  isIn('oidc.token_endpoint_auth_method', ['client_secret_basic', 'client_secret_post', 'private_key_jwt']),
);

/** What kind of client it is, and the one kind that moves as it is. */
export const oidcShape: Rule[] = [
  manual(
    'oidc.service_contradiction',
    all(
      oidcClient,
      is('oidc.application_type', 'service'),
      any(some('oidc.redirect_uris'), not(grants('client_credentials'))),
    ),
    {
      text: 'It is a service with the settings of an application that people sign in to.',
      remedy: 'Ask its owner what it is, and rebuild that by hand.',
      document: documents.clients,
    },
  ),
  manual(
    'oidc.contradiction',
    all(
      oidcClient,
      any(
        absent('oidc.application_type'),
        absent('oidc.token_endpoint_auth_method'),
        isIn('oidc.client_id', [null, '']),
        is('name', ''),
        empty('oidc.grant_types'),
        // Nobody could tell who asks: neither a secret nor PKCE.
        all(is('oidc.token_endpoint_auth_method', 'none'), not(withPkce)),
        all(grants('authorization_code'), empty('oidc.redirect_uris')),
        all(grants('authorization_code'), not(someIn('oidc.response_types', 'code'))),
      ),
    ),
    {
      text: 'Its settings are incomplete or contradict each other.',
      remedy: 'Ask its owner how it signs in, correct it in Okta and collect again.',
      document: documents.clients,
    },
  ),
  approximation(
    'oidc.public_web',
    all(
      oidcClient,
      is('oidc.application_type', 'web'),
      is('oidc.token_endpoint_auth_method', 'none'),
      withPkce,
    ),
    {
      text: 'It is a web application without a secret; it is created public, with PKCE.',
      remedy: 'Ask its owner whether it could hold a secret.',
      document: documents.clientAuthentication,
    },
  ),
  approximation('oidc.private_key_on_device', all(oidcClient, onDevices, withPrivateKey), {
    text: 'It runs on people\u2019s devices and signs with a private key.',
    remedy: 'Ask its owner where the key is kept.',
    document: documents.clientAuthentication,
  }),
  native(
    'oidc.plain',
    all(
      oidcClient,
      is('status', 'ACTIVE'),
      present('oidc.client_id'),
      not(is('name', '')),
      any(publicMethod, confidentialMethod),
      grants('authorization_code'),
      everyIn('oidc.grant_types', ['authorization_code', 'refresh_token']),
      someIn('oidc.response_types', 'code'),
      everyIn('oidc.response_types', ['code']),
      moreThan('oidc.redirect_uris', 0),
      not(someOutside('uri_traits', ['loopback', 'custom_scheme'])),
      empty('unknown_values'),
      empty('unparsable'),
      isIn('guard', ['none', 'plain']),
      isIn('token_source', ['none', 'may_apply']),
      empty('beyond_profile'),
    ),
    {
      text: 'It signs people in by the authorization code grant, in a way that the target offers unchanged.',
      remedy: 'Give its owner the new issuer and, where it has one, the new secret.',
      document: documents.clients,
    },
  ),
];
