import { any, empty, everyIn, is, isIn, moreThan, not, present, absent, all } from '../../../condition.ts';
import type { Rule } from '../../../rule.ts';
import { registrationAddresses } from './addresses.ts';
import { registrationCredentials } from './credentials.ts';
import { mobile, registration, rows, singlePage, web } from './rows.ts';
import { registrationScope } from './scope.ts';
import { registrationTokens } from './tokens.ts';

const plain = rows.native(
  'plain',
  registration(
    present('entra.app_id'),
    not(is('entra.app_id', '')),
    not(is('name', '')),
    is('entra.sign_in_audience', 'AzureADMyOrg'),
    isIn('entra.disabled_by_microsoft', [null, 'NotDisabled']),
    is('principal', 'present'),
    is('principal_enabled', 'enabled'),
    isIn('sign_on', [null, 'oidc']),
    is('covered', false),
    is('for_single_sign_on', false),
    is('on_premises', false),
    any(
      all(
        web,
        isIn('credentials', ['secret', 'certificate']),
        moreThan('valid_credentials', 0),
        empty('certificate_traits'),
        everyIn('uri_traits', ['loopback']),
        not(is('entra.is_fallback_public_client', true)),
      ),
      all(
        singlePage,
        is('credentials', 'none'),
        everyIn('uri_traits', ['loopback']),
        not(is('entra.is_fallback_public_client', true)),
      ),
      all(mobile, is('credentials', 'none'), everyIn('uri_traits', ['loopback', 'custom_scheme'])),
    ),
    is('any_port', false),
    empty('beyond_profile'),
    is('principal_credentials', false),
    empty('federated_subjects'),
    empty('permissions_beyond'),
    empty('grants_beyond'),
    is('user_read', false),
    empty('exposes'),
    is('called_by_others', false),
    empty('entra.identifier_uris'),
    is('entra.id_token_issuance', false),
    is('entra.access_token_issuance', false),
    empty('optional_claims'),
    is('group_claims', false),
    empty('user_roles'),
    not(is('entra.accept_mapped_claims', true)),
    is('claims_policy', false),
    is('home_realm', false),
    absent('entra.token_encryption_key_id'),
    isIn('entra.native_authentication', [null, 'none']),
    empty('entra.countries_blocked_for_minors'),
    absent('entra.logout_url'),
    empty('notes'),
    empty('unread'),
    empty('unknown_values'),
    empty('unparsable'),
  ),
  {
    text: 'It signs in this directory\u2019s people by the authorization code grant and asks for nothing else.',
    remedy: 'Give its owner the new issuer and, where it has one, the new secret.',
  },
);

/** Application registrations: https://learn.microsoft.com/graph/api/resources/application */
export const registrationRules: readonly Rule[] = [
  ...registrationScope,
  ...registrationCredentials,
  ...registrationAddresses,
  ...registrationTokens,
  plain,
];
