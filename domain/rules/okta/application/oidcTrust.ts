import { all, any, is, not, present, some, someIn } from '../../condition.ts';
import type { Rule } from '../../rule.ts';
import { documents } from '../documents.ts';
import {
  forOktaAlone,
  oidcClient,
  onDevices,
  rows,
  withPkce,
  withPrivateKey,
  withSecret,
  inUse,
} from './conditions.ts';

const { approximation, manual, blocked, finding } = rows;

/** How an OpenID Connect client proves itself, and where its tokens come from. */
export const oidcTrust: Rule[] = [
  approximation('oidc.public_with_secret', all(oidcClient, onDevices, withSecret, withPkce), {
    text: 'It runs on people\u2019s devices and has a client secret; it is created without one, with PKCE.',
    remedy: 'Remove the secret from the application when it switches.',
    document: documents.clientAuthentication,
  }),
  manual('oidc.public_with_secret_no_pkce', all(oidcClient, onDevices, withSecret, not(withPkce)), {
    text: 'It runs on people\u2019s devices, has a client secret and does not use PKCE.',
    remedy: 'Change the application to PKCE first.',
    document: documents.clientAuthentication,
  }),
  manual(
    'oidc.bound_tokens',
    all(
      oidcClient,
      not(forOktaAlone),
      any(
        is('oidc.dpop_bound_access_tokens', true),
        present('oidc.id_token_encrypted_response_alg'),
        present('oidc.request_object_signing_alg'),
        is('oidc.backchannel_authentication', true),
      ),
    ),
    {
      text: 'Its tokens are bound to a key or encrypted, or its requests are signed; the target does not do that.',
      remedy: 'Ask its owner whether it can work without.',
      document: documents.clients,
    },
  ),
  manual('oidc.client_secret_jwt', all(oidcClient, someIn('beyond_profile', 'recoverable_secret')), {
    text: 'It signs with its client secret, which the target keeps only as a hash.',
    remedy: 'Change it to another way to authenticate.',
    document: documents.clientAuthentication,
  }),
  blocked('oidc.no_key', all(oidcClient, not(forOktaAlone), withPrivateKey, is('key_source', 'none')), {
    text: 'It signs with a private key, and no usable public key of it was found.',
    remedy:
      'Register its public key (RSA or EC, for signing) or an https address of its keys in Okta and collect again.',
    user: 'none',
    document: documents.clientAuthentication,
  }),
  finding('oidc.assertion_audience', all(oidcClient, not(forOktaAlone), withPrivateKey), {
    text: 'The audience of the assertions it signs changes to the target\u2019s token address.',
    remedy: 'Tell its owner.',
    document: documents.clientAuthentication,
  }),
  finding(
    'oidc.keys_beside_secret',
    all(oidcClient, withSecret, any(some('oidc.jwks'), present('oidc.jwks_uri'))),
    {
      text: 'It has registered keys and authenticates with a secret; the keys are not moved.',
      remedy: 'Ask its owner what the keys are for.',
      document: documents.clientAuthentication,
    },
  ),
  approximation('oidc.key_pinned', all(oidcClient, is('oidc.auto_key_rotation', false)), {
    text: 'It does not follow the rotation of the issuer\u2019s keys.',
    remedy: 'Give its owner the target\u2019s keys and tell how they rotate.',
  }),
  approximation('oidc.custom_server', all(inUse, oidcClient, is('token_source', 'named')), {
    text: 'A policy of a custom authorization server names it ({token.servers}): audience ({token.audiences}), scopes ({token.scopes}) and claims ({token.claims}) come from there, and how long its tokens live.',
    remedy: 'Compare the tokens, and how long they live, with its owner before the switch.',
    document: documents.authorizationServers,
    impacts: ['token_contents_change'],
  }),
  finding('oidc.custom_server_may_apply', all(oidcClient, is('token_source', 'may_apply')), {
    text: 'A custom authorization server serves all clients, so it may get its tokens there: {token.servers}.',
    remedy: 'Ask its owner which issuer it is configured with.',
    document: documents.authorizationServers,
  }),
  approximation('oidc.token_source_unknown', all(oidcClient, is('token_source', 'unknown')), {
    text: 'Whether it gets its tokens from a custom authorization server could not be read.',
    remedy: 'Let the token read authorization servers (okta.authorizationServers.read) and collect again.',
    document: documents.authorizationServers,
  }),
  finding('oidc.token_hook', all(inUse, oidcClient, is('token_source', 'named'), some('token.hooks')), {
    text: 'A hook may add claims to its tokens while they are issued: {token.hooks}.',
    remedy: 'Ask its owner which claims it reads, and where they come from at the target.',
    document: documents.inlineHooks,
    impacts: ['token_contents_change'],
  }),
];
