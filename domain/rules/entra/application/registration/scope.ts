import { absent, all, any, is, isIn, some } from '../../../condition.ts';
import type { Rule } from '../../../rule.ts';
import { documents } from '../../documents.ts';
import { nothingToMove, registration, rows } from './rows.ts';

const { scope, manual, approximation } = rows;
const document = documents.singleSignOn;

/** What is no client of the customer's to move, and what does not say what it is. */
export const registrationScope: readonly Rule[] = [
  scope('covered_by_service_principal', registration(is('covered', true)), {
    text: 'People get into it by SAML or by a stored password: its enterprise application carries that, and is judged for it.',
    remedy: 'See its enterprise application.',
    document,
  }),
  scope('disabled', registration(is('principal_enabled', 'disabled')), {
    text: 'Its enterprise application is disabled: nobody signs in to it.',
    remedy: 'Enable it in Entra and collect again if it is still needed.',
    document: documents.servicePrincipals,
  }),
  scope(
    'disabled_by_microsoft',
    registration(
      any(
        is('entra.disabled_by_microsoft', 'DisabledDueToViolationOfServicesAgreement'),
        is('principal_disabled_by_microsoft', 'DisabledDueToViolationOfServicesAgreement'),
      ),
    ),
    {
      text: 'Microsoft has disabled it for a violation of its services agreement.',
      remedy: 'Find out why before anything like it is built elsewhere.',
    },
  ),
  scope('nothing_to_move', registration(nothingToMove), {
    text: 'It has no redirect address, no credential and exposes no API: nothing can use it.',
    remedy: 'Delete it in Entra, or let it end with the directory.',
  }),
  manual(
    'protocol_unknown',
    registration(
      is('covered', false),
      any(
        all(is('for_single_sign_on', true), absent('sign_on')),
        isIn('sign_on', ['not_supported', 'linked', 'unknown']),
      ),
    ),
    {
      text: 'It comes from the gallery or was made for single sign-on, and Entra does not say by which protocol.',
      remedy:
        'Ask its owner how people get into it, and set that up from the application vendor\u2019s instructions.',
      document,
    },
  ),
  approximation('from_the_gallery', registration(is('for_single_sign_on', true), is('sign_on', 'oidc')), {
    text: 'It comes from the gallery: its vendor decides what it needs.',
    remedy: 'Ask the vendor which identity providers it supports, and how.',
    document,
  }),
  manual(
    'other_directories',
    registration(
      isIn('entra.sign_in_audience', [
        'AzureADMultipleOrgs',
        'AzureADandPersonalMicrosoftAccount',
        'PersonalMicrosoftAccount',
      ]),
    ),
    {
      text: 'People of other directories, or with personal Microsoft accounts, may sign in to it ({entra.sign_in_audience}); the target knows its own people only.',
      remedy:
        'Ask its owner who signs in. If it is only this directory\u2019s people, change its audience in Entra and collect again.',
      document: 'https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation',
    },
  ),
  manual('audience_unknown', registration(absent('entra.sign_in_audience')), {
    text: 'Who may sign in to it was not said.',
    remedy: 'Look at its supported account types in Entra, and collect again.',
  }),
  manual('incomplete', registration(any(isIn('entra.app_id', [null, '']), is('name', ''))), {
    text: 'It has no name or no client id.',
    remedy: 'Name it in Entra and collect again.',
  }),
  approximation('never_used_here', registration(is('principal', 'absent')), {
    text: 'It has no enterprise application in this directory: nobody here can have signed in to it.',
    remedy: 'Ask its owner whether it is needed at all.',
    document: documents.servicePrincipals,
  }),
  approximation('principals_unread', registration(is('principal', 'unread')), {
    text: 'Not all enterprise applications could be read, so that it is unknown what applies to it there.',
    remedy: 'Let the credential read them (Application.Read.All) and collect again.',
    document: documents.servicePrincipals,
  }),
  approximation(
    'principal_state_unknown',
    registration(is('principal', 'present'), absent('principal_enabled')),
    {
      text: 'Whether its enterprise application is enabled was not said.',
      remedy: 'Look at it in Entra, and collect again.',
      document: documents.servicePrincipals,
    },
  ),
  approximation('unread', registration(some('unread')), {
    text: 'It could not be read in full. Unknown are its {unread}.',
    remedy: 'Let the credential read these (see the snapshot\u2019s ledger) and collect again.',
  }),
];
