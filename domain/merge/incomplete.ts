import { canonicalJson } from '../canonical.ts';
import type { StoredItem } from '../inventory/item.ts';
import { derText } from '../planning/payload.ts';
import type { LiveResource, TenantOidcApplication, UpstreamSamlProvider } from '../target.ts';
import { sourceSideOf } from './source.ts';

/**
 * What a resource lacks of the item that is bound to it, in sentences: without it somebody who signs in today could not
 * sign in there. Nothing is added to the resource, so each is for a person to add.
 */
export function lacksOf(
  item: Pick<StoredItem, 'itemType' | 'name' | 'normalized'>,
  live: LiveResource,
): string[] {
  const source = sourceSideOf(item);
  if (source?.contract === 'tenant_oidc_application' && live.contract === 'tenant_oidc_application')
    return applicationLacks(source.payload, live.payload);
  if (source?.contract === 'upstream_saml_provider' && live.contract === 'upstream_saml_provider')
    return providerLacks(item as StoredItem<'provider'>, live.payload);
  return [];
}

function applicationLacks(source: TenantOidcApplication, live: TenantOidcApplication): string[] {
  const method = source.token_endpoint_auth_method;
  return [
    ...source.redirect_uris
      .filter((uri) => !live.redirect_uris.includes(uri))
      .map((uri) => `Add the redirect URI ${uri}.`),
    ...source.grant_types
      .filter((grant) => !live.grant_types.includes(grant))
      .map((grant) => `Allow the grant ${grant}.`),
    ...(live.token_endpoint_auth_method === method
      ? []
      : [
          `The application authenticates with ${method}; the target expects ${live.token_endpoint_auth_method}. Change one of them.`,
        ]),
    ...missingKeys(source, live),
  ];
}

/** Keys that the application signs with and the target would not know it by. */
function missingKeys(source: TenantOidcApplication, live: TenantOidcApplication): string[] {
  if (source.jwks_uri !== null && live.jwks_uri !== source.jwks_uri)
    return [`Set the address of its public keys to ${source.jwks_uri}.`];
  const known = new Set((live.jwks?.keys ?? []).map(publicKey));
  return (source.jwks?.keys ?? [])
    .filter((key) => !known.has(publicKey(key)))
    .map(
      (key) => `Add the public key${typeof key.kid === 'string' ? ` ${key.kid}` : ''} that it signs with.`,
    );
}

/** The key itself, whatever else is said of it (RFC 7638). */
const publicKey = ({ kty, n, e, crv, x, y }: Record<string, unknown>): string =>
  canonicalJson({ kty, n, e, crv, x, y });

const providerLacks = (item: StoredItem<'provider'>, live: UpstreamSamlProvider): string[] =>
  item.normalized.certificates
    .filter(({ role, x5c }) => role === 'current' && !live.signing_certificates.includes(derText(x5c)))
    .map(
      ({ key_id }) =>
        `Add the certificate that the partner signs with today${key_id === null ? '' : ` (key ${key_id})`}.`,
    );
