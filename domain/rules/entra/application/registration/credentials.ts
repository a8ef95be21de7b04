import { all, any, empty, is, isIn, moreThan, not, some, someIn } from '../../../condition.ts';
import type { Rule } from '../../../rule.ts';
import { documents } from '../../documents.ts';
import {
  byCertificate,
  hasSecret,
  mobile,
  noCredential,
  nothingToMove,
  client,
  rows,
  singlePage,
  web,
} from './rows.ts';

const { manual, approximation, blocked, finding } = rows;
const document = documents.credentials;
const implicit = any(is('entra.id_token_issuance', true), is('entra.access_token_issuance', true));

/** Which kind of client it is, and how it proves who it is. */
export const registrationCredentials: readonly Rule[] = [
  manual('several_platforms', client(moreThan('platforms', 1)), {
    text: 'It is several clients in one: {platforms}.',
    remedy: 'Split it in Entra into one registration for each, and collect again.',
    document: documents.redirects,
  }),
  manual(
    'no_redirect',
    client(
      empty('platforms'),
      noCredential,
      not(is('entra.is_fallback_public_client', true)),
      not(nothingToMove),
    ),
    {
      text: 'It has no redirect address: people cannot sign in to it by a browser.',
      remedy: 'Ask its owner what it does, and rebuild that by hand.',
      document: documents.redirects,
    },
  ),
  manual(
    'service',
    client(
      empty('platforms'),
      any(not(is('credentials', 'none')), is('principal_credentials', true), some('federated_subjects')),
    ),
    {
      text: 'It is a service that gets tokens as itself; what it may call with them lives in Entra or Azure.',
      remedy: 'Ask its owner what it calls. What stays in Azure stays with Entra.',
      document: 'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow',
    },
  ),
  manual(
    'fallback_public',
    client(
      is('entra.is_fallback_public_client', true),
      any(empty('platforms'), someIn('platforms', 'web', 'single-page')),
    ),
    {
      text: 'It may sign people in without a redirect (device code, or their password), which the target does not do.',
      remedy:
        'Ask its owner how it signs in; where nothing needs it, turn off public client flows in Entra and collect again.',
      document: 'https://learn.microsoft.com/entra/identity-platform/msal-client-applications',
    },
  ),
  manual('web_without_code', client(web, noCredential, implicit), {
    text: 'It has no credential and is sent the tokens of people by the browser (form post or implicit sign-in), which the target does not do.',
    remedy: 'Change it to the authorization code grant, with a secret of its own.',
    document: documents.implicit,
  }),
  manual('web_without_flow', client(web, noCredential, not(implicit)), {
    text: 'It is a web application without any credential and without implicit sign-in: no flow can work.',
    remedy: 'Ask its owner whether it is in use at all.',
    document: documents.redirects,
  }),
  manual(
    'credential_elsewhere',
    client(
      web,
      is('credentials', 'none'),
      any(is('principal_credentials', true), some('federated_subjects')),
    ),
    {
      text: 'It proves who it is only by a credential of its enterprise application or by tokens of another issuer.',
      remedy: 'Give the registration a secret or a certificate in Entra, and collect again.',
      document: documents.federatedCredentials,
    },
  ),
  approximation(
    'credential_on_principal',
    client(some('platforms'), is('principal_credentials', true), not(all(web, is('credentials', 'none')))),
    {
      text: 'Its enterprise application holds a credential besides, which does not move.',
      remedy: 'Find out what uses it.',
      document: documents.servicePrincipals,
    },
  ),
  approximation(
    'federated_credential',
    client(some('platforms'), some('federated_subjects'), not(all(web, is('credentials', 'none')))),
    {
      text: 'Workloads elsewhere may act as it without a secret ({federated_subjects}); that stops.',
      remedy: 'Find out what these workloads call, and give them another way.',
      document: documents.federatedCredentials,
    },
  ),
  manual('other_key', client(some('platforms'), is('credentials', 'other')), {
    text: 'It holds a key that is no certificate to prove who it is by.',
    remedy: 'Ask its owner what the key is for.',
    document,
  }),
  approximation('secrets_expired', client(web, hasSecret, is('valid_credentials', 0)), {
    text: 'Every credential of it has expired: it cannot be in use as it stands.',
    remedy: 'Ask its owner whether it is needed; a new secret would bring it to life again.',
    document,
  }),
  approximation('secret_and_certificate', client(web, is('credentials', 'both')), {
    text: 'It holds a client secret and a certificate; it is created with a new secret alone.',
    remedy:
      'Ask its owner which it uses. For the certificate alone, remove the secret in Entra and collect again.',
    document,
  }),
  approximation(
    'public_with_credential',
    client(any(singlePage, mobile), not(isIn('credentials', ['none', 'other']))),
    {
      text: 'It runs on people\u2019s devices and holds a credential; it is created without one, with PKCE.',
      remedy: 'Find out what uses the credential: a service beside it needs an application of its own.',
      document,
    },
  ),
  blocked('no_key', client(byCertificate, someIn('certificate_traits', 'unparsable')), {
    text: 'It proves who it is by a certificate, and the public key of a certificate of it was not found.',
    remedy:
      'Let the credential read key values (Application.Read.All), see to it that every certificate is whole, and collect again.',
    document,
    user: 'none',
  }),
  manual(
    'certificate_not_valid',
    client(byCertificate, someIn('certificate_traits', 'expired', 'not_yet_valid')),
    {
      text: 'It proves who it is by certificates, and one of them is out of date; the target would take its key for ever.',
      remedy: 'Remove that certificate in Entra, add a current one if none is left, and collect again.',
      document,
    },
  ),
  approximation('certificate_expiring', client(byCertificate, someIn('certificate_traits', 'expiring')), {
    text: 'A certificate by which it proves who it is expires within 30 days; the target would take its key longer.',
    remedy: 'Replace it before the cutover, and collect again.',
    document,
    impacts: ['certificate_expiring'],
  }),
  approximation('weak_certificate', client(byCertificate, someIn('certificate_traits', 'weak_key')), {
    text: 'A certificate by which it proves who it is has a weak key.',
    remedy: 'Replace it by one of RSA 2048 or an elliptic curve, and collect again.',
    document,
  }),
  finding('assertion_audience', client(byCertificate), {
    text: 'The audience of the assertions that it signs changes to the target\u2019s token address.',
    remedy: 'Tell its owner.',
    document,
  }),
  finding('secret_reissued', client(web, hasSecret), {
    text: 'Its client secret cannot be read and is issued anew. It is created to send it in the body of requests, as Microsoft\u2019s libraries do.',
    remedy: 'Hand the new secret to its owner at the cutover, and ask whether it sends it in the header.',
    document: 'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow',
    impacts: ['client_credentials_reissued'],
  }),
];
