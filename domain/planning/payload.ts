import type { ApplicationForm } from '../inventory/application.ts';
import type { StoredItem } from '../inventory/item.ts';
import type { TenantGroup, TenantOidcApplication } from '../target.ts';

/** A group as it will be created. */
export function groupPayload(item: Pick<StoredItem<'group'>, 'name' | 'normalized'>): TenantGroup {
  return { name: item.name, description: item.normalized.description };
}

const applicationTypes = { web: 'web', browser: 'spa', native: 'native', service: 'service' } as const;
const authMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;

/**
 * An OpenID Connect application as it will be created, with the grants and flows that the target has. One that runs
 * on people's devices is public whatever it is today. Null when the evidence does not say what it is.
 */
export function applicationPayload(
  item: Pick<StoredItem<'application'>, 'name' | 'normalized'>,
  clientId: string,
  targetGrants: readonly string[],
): TenantOidcApplication | null {
  const { oidc } = item.normalized;
  const type = applicationTypes[oidc?.application_type as keyof typeof applicationTypes] as
    (typeof applicationTypes)[keyof typeof applicationTypes] | undefined;
  const known = authMethods.find((method) => method === oidc?.token_endpoint_auth_method);
  if (!oidc || !type || !known) return null;
  const onDevice = type === 'spa' || type === 'native';
  const method = onDevice && known !== 'private_key_jwt' ? 'none' : known;
  const grants = oidc.grant_types.filter((grant) => targetGrants.includes(grant));
  const signs = method === 'private_key_jwt';
  return {
    name: item.name,
    client_id: clientId,
    client_type: method === 'none' ? 'public' : 'confidential',
    application_type: type,
    token_endpoint_auth_method: method,
    grant_types: grants,
    response_types: grants.includes('authorization_code') ? ['code'] : [],
    redirect_uris: oidc.redirect_uris,
    post_logout_redirect_uris: oidc.post_logout_redirect_uris,
    jwks: signs && oidc.jwks.length > 0 ? { keys: oidc.jwks.map(publicMembers) } : null,
    jwks_uri: signs && oidc.jwks.length === 0 ? oidc.jwks_uri : null,
  };
}

/** The members of a public key (RFC 7517, 7518); Okta's own (`created`, `id`, `status`) stay behind. */
function publicMembers(key: ApplicationFormKey): Record<string, unknown> {
  const kept = ['kty', 'use', 'key_ops', 'alg', 'kid', 'x5c', 'x5t', 'x5t#S256', 'n', 'e', 'crv', 'x', 'y'];
  return Object.fromEntries(
    Object.entries(key).filter(([name, value]) => kept.includes(name) && value !== null),
  );
}

type ApplicationFormKey = NonNullable<ApplicationForm['oidc']>['jwks'][number];
