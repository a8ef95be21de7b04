import { all, is, not, some, someIn } from '../../condition.ts';
import type { Rule } from '../../rule.ts';
import { documents } from '../documents.ts';
import { oidcClient, rows } from './conditions.ts';

const { approximation, manual } = rows;
const document = documents.redirects;

/** Where people are sent back to, where they start, and where keys are fetched. */
export const oidcAddresses: Rule[] = [
  approximation(
    'oidc.too_many_uris',
    all(oidcClient, someIn('beyond_profile', 'redirect_uris', 'post_logout_redirect_uris')),
    {
      text: 'It has more redirect addresses than the target keeps.',
      remedy: 'Ask its owner which are in use; the first ones are created.',
      document,
    },
  ),
  manual('oidc.uri_wildcard', all(oidcClient, some('addresses.wildcard')), {
    text: 'Addresses of it contain a wildcard: {addresses.wildcard}.',
    remedy: 'List the addresses it really uses.',
    document,
  }),
  approximation(
    'oidc.wildcard_unused',
    all(oidcClient, is('oidc.wildcard_redirect', 'SUBDOMAIN'), is('wildcard_written', false)),
    {
      text: 'Wildcards are allowed in its addresses, though none is written.',
      remedy: 'Ask its owner whether it still needs them.',
      document,
    },
  ),
  manual('oidc.uri_fragment', all(oidcClient, some('addresses.fragment')), {
    text: 'Addresses of it have a fragment: {addresses.fragment}.',
    remedy: 'Register the address without it.',
    document,
  }),
  manual('oidc.uri_http', all(oidcClient, some('addresses.plain_http')), {
    text: 'Addresses of it are unencrypted http: {addresses.plain_http}.',
    remedy: 'Serve it by https and register that.',
    document,
  }),
  manual('oidc.uri_invalid', all(oidcClient, some('addresses.invalid')), {
    text: 'Addresses of it are no URI: {addresses.invalid}.',
    remedy: 'Correct it in Okta and collect again.',
    document,
  }),
  manual('oidc.points_at_the_incumbent', all(oidcClient, some('addresses.points_at_the_incumbent')), {
    text: 'Addresses of it are under the org that is left, or under a domain that was set up for its sign-in: {addresses.points_at_the_incumbent}.',
    remedy: 'Give it an address of its own.',
    document,
  }),
  manual('oidc.broker', all(oidcClient, some('addresses.broker')), {
    text: 'It signs in through a broker of Microsoft\u2019s, so its code must change: {addresses.broker}.',
    remedy: 'Plan the change with its developers.',
    document,
  }),
  manual('oidc.hosted_by_azure', all(oidcClient, some('addresses.hosted_by_azure')), {
    text: 'Its sign-in is hosted by Azure: {addresses.hosted_by_azure}.',
    remedy: 'Reconfigure it in Azure.',
    document,
  }),
  manual(
    'oidc.uri_custom_scheme',
    all(oidcClient, some('addresses.custom_scheme'), not(is('oidc.application_type', 'native'))),
    {
      text: 'It is no native application and is sent back to a custom scheme: {addresses.custom_scheme}.',
      remedy: 'Ask its owner what answers that scheme.',
      document,
    },
  ),
];
