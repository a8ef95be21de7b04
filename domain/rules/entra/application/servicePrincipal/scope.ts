import { absent, is, isIn } from '../../../condition.ts';
import type { Rule } from '../../../rule.ts';
import { documents } from '../../documents.ts';
import { rows, servicePrincipal } from './rows.ts';

const { scope, manual } = rows;

/** Whose it is, and whether it is in use. */
export const servicePrincipalScope: readonly Rule[] = [
  scope('microsoft', servicePrincipal(is('owner', 'microsoft')), {
    text: 'It is an application of Microsoft\u2019s own.',
    remedy: 'Nothing to do: it stays with Microsoft\u2019s services.',
    document: documents.firstParty,
  }),
  scope('managed_identity', servicePrincipal(is('entra.type', 'ManagedIdentity')), {
    text: 'It is the identity of a resource in Azure (managed identity).',
    remedy: 'Nothing to do: it lives and ends with that resource.',
    document: 'https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview',
  }),
  scope('social', servicePrincipal(is('entra.type', 'SocialIdp')), {
    text: 'It stands for a social identity provider of the directory\u2019s guests.',
    remedy: 'Nothing to do here; see what becomes of guests.',
  }),
  scope('disabled', servicePrincipal(is('status', 'disabled')), {
    text: 'It is disabled: nobody signs in to it.',
    remedy: 'Enable it in Entra and collect again if it is still needed.',
  }),
  scope(
    'disabled_by_microsoft',
    servicePrincipal(is('entra.disabled_by_microsoft', 'DisabledDueToViolationOfServicesAgreement')),
    {
      text: 'Microsoft has disabled it for a violation of its services agreement.',
      remedy: 'Find out why before anything like it is built elsewhere.',
    },
  ),
  manual('state_unknown', servicePrincipal(absent('status')), {
    text: 'Whether it is enabled was not said.',
    remedy: 'Look at it in Entra, and collect again.',
  }),
  manual('type_unknown', servicePrincipal(absent('entra.type')), {
    text: 'What kind of service principal it is was not said.',
    remedy: 'Look at it in Entra, and decide by hand what it is.',
  }),
  manual('legacy', servicePrincipal(is('entra.type', 'Legacy')), {
    text: 'It was made before there were registrations, and has none.',
    remedy: 'Ask its owner what it does, and rebuild that by hand.',
  }),
  manual(
    'vendor_owned',
    servicePrincipal(is('owner', 'other'), isIn('sign_on', [null, 'oidc', 'not_supported', 'unknown'])),
    {
      text: 'Its registration is in another directory ({entra.owner_organization}): the vendor owns it.',
      remedy: 'Ask the vendor which identity providers its application supports, and set it up there.',
    },
  ),
  manual(
    'owner_unknown',
    servicePrincipal(
      is('owner', 'unknown'),
      isIn('entra.type', ['Application', 'Legacy', null]),
      isIn('sign_on', [null, 'oidc', 'not_supported', 'unknown']),
    ),
    {
      text: 'Nothing says in which directory its registration is.',
      remedy: 'Find out who made it, and ask how people get into it.',
    },
  ),
];
