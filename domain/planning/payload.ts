import { isSigningKey, type ApplicationForm } from '../inventory/application.ts';
import type { StoredItem } from '../inventory/item.ts';
import type { TargetProfile } from '../rules/targetProfile.ts';
import type { TenantGroup, TenantOidcApplication } from '../target.ts';

/** A group as it will be created. */
export function groupPayload(item: Pick<StoredItem<'group'>, 'name' | 'normalized'>): TenantGroup {
  return { name: item.name, description: item.normalized.description };
}

const applicationTypes: ReadonlyMap<string | null, TenantOidcApplication['application_type']> = new Map([
  ['web', 'web'],
  ['browser', 'spa'],
  ['native', 'native'],
  ['service', 'service'],
]);
const authMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;

/** What of a target decides how an application is written for it. */
export type ApplicationLimits = Pick<
  TargetProfile,
  'grant_types' | 'most_redirect_uris' | 'most_post_logout_redirect_uris'
>;

/**
 * An OpenID Connect application as it will be created, with what the target has of its grants, and as many addresses
 * as it keeps. One that runs on people's devices is public whatever it is today. Null when the evidence does not say
 * what it is, or when no grant is left by which it could get a token.
 */
export function applicationPayload(
  item: Pick<StoredItem<'application'>, 'name' | 'normalized'>,
  clientId: string,
  limits: ApplicationLimits,
): TenantOidcApplication | null {
  const { oidc } = item.normalized;
  const type = applicationTypes.get(oidc?.application_type ?? null);
  const known = authMethods.find((method) => method === oidc?.token_endpoint_auth_method);
  if (!oidc || !type || !known) return null;
  const onDevice = type === 'spa' || type === 'native';
  const method = onDevice && known !== 'private_key_jwt' ? 'none' : known;
  // Whoever cannot prove who they are gets no token as themselves.
  const ownGrants = oidc.grant_types.filter((grant) => method !== 'none' || grant !== 'client_credentials');
  const grants = ownGrants.filter((grant) => limits.grant_types.includes(grant));
  if (grants.every((grant) => grant === 'refresh_token')) return null;
  // A key that the incumbent has taken out of use must not come to life again.
  const keys = method === 'private_key_jwt' ? oidc.jwks.filter(isSigningKey) : [];
  return {
    name: item.name,
    client_id: clientId,
    client_type: method === 'none' ? 'public' : 'confidential',
    application_type: type,
    token_endpoint_auth_method: method,
    grant_types: grants,
    response_types: grants.includes('authorization_code') ? ['code'] : [],
    redirect_uris: oidc.redirect_uris.slice(0, limits.most_redirect_uris),
    post_logout_redirect_uris: oidc.post_logout_redirect_uris.slice(0, limits.most_post_logout_redirect_uris),
    jwks: keys.length > 0 ? { keys: keys.map(publicMembers) } : null,
    jwks_uri: method === 'private_key_jwt' && keys.length === 0 ? oidc.jwks_uri : null,
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
