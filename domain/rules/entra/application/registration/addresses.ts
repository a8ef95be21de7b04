import { is, not, some, someIn } from '../../../condition.ts';
import type { Rule } from '../../../rule.ts';
import { documents } from '../../documents.ts';
import { mobile, client, rows } from './rows.ts';

const { manual, approximation } = rows;
const document = documents.redirects;

/** Where people are sent back to. */
export const registrationAddresses: readonly Rule[] = [
  manual('uri_wildcard', client(someIn('uri_traits', 'wildcard')), {
    text: 'One of its redirect addresses contains a wildcard.',
    remedy: 'List the addresses it really uses.',
    document,
  }),
  manual('uri_fragment', client(someIn('uri_traits', 'fragment')), {
    text: 'One of its redirect addresses has a fragment.',
    remedy: 'Register the address without it.',
    document,
  }),
  manual('uri_http', client(someIn('uri_traits', 'plain_http')), {
    text: 'One of its redirect addresses is unencrypted http.',
    remedy: 'Serve it by https, register that and collect again.',
    document,
  }),
  manual('uri_invalid', client(someIn('uri_traits', 'invalid')), {
    text: 'One of its redirect addresses is no URI.',
    remedy: 'Correct it in Entra and collect again.',
    document,
  }),
  manual('points_at_the_incumbent', client(someIn('uri_traits', 'points_at_the_incumbent')), {
    text: 'One of its redirect addresses is Entra\u2019s or another incumbent\u2019s own.',
    remedy: 'Give it an address of its own.',
    document,
  }),
  manual('broker', client(someIn('uri_traits', 'broker')), {
    text: 'It signs in through a broker or a library of Microsoft\u2019s; its code must change.',
    remedy: 'Plan the change with its developers.',
    document: documents.brokers,
  }),
  manual('hosted_by_azure', client(someIn('uri_traits', 'hosted_by_azure')), {
    text: 'Its sign-in is hosted by Azure.',
    remedy: 'Reconfigure it in Azure for another identity provider.',
    document: 'https://learn.microsoft.com/azure/app-service/overview-authentication-authorization',
  }),
  manual('uri_custom_scheme', client(someIn('uri_traits', 'custom_scheme'), not(mobile)), {
    text: 'It is no mobile or desktop application and is sent back to a scheme of its own.',
    remedy: 'Ask its owner what answers that scheme.',
    document,
  }),
  approximation('any_port', client(is('any_port', true)), {
    text: 'It is sent back to any port of the machine that it runs on; the target may compare the address as it is written.',
    remedy: 'Try it against the target before the cutover.',
    document,
  }),
  approximation('too_many_uris', client(some('beyond_profile')), {
    text: 'It has more redirect addresses than the target keeps.',
    remedy: 'Ask its owner which are in use; the first ones are created.',
    document,
  }),
  manual('on_premises', client(is('on_premises', true)), {
    text: 'It is published by application proxy: without Entra it is not reached from outside.',
    remedy: 'Publish it in another way, and set up its sign-in there.',
    document: documents.applicationProxy,
    impacts: ['remote_access_stops'],
  }),
];
