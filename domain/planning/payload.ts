import { isSigningKey, type ApplicationForm } from '../inventory/application.ts';
import type { StoredItem } from '../inventory/item.ts';
import type { TargetProfile } from '../rules/targetProfile.ts';
import {
  emailDomain,
  type FederationRoutingRule,
  type ServiceProvider,
  type TargetReference,
  type TenantGroup,
  type TenantOidcApplication,
  type UpstreamSamlProvider,
} from '../target.ts';

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

const bindings = ['HTTP-POST', 'HTTP-REDIRECT'] as const;

/**
 * Entra does not say how it sends a request to a federated provider, because it always sends it in one way:
 * https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-fed-saml-idp (required bindings)
 */
const bindingOfEntra = 'HTTP-POST';

/**
 * A SAML provider as it will be created, with every certificate that the incumbent trusts (the present one first) and
 * with the target's side as `ours`. Null when the evidence does not name the partner, where it signs people in, how
 * it is asked, or the certificate of its answers.
 */
export function providerPayload(
  item: Pick<StoredItem<'provider'>, 'name' | 'normalized'>,
  ours: ServiceProvider,
): UpstreamSamlProvider | null {
  const { protocol, entity_id, sso_url, sso_binding, certificates, name_id_format, entra } = item.normalized;
  const said = sso_binding ?? (entra ? bindingOfEntra : null);
  const binding = bindings.find((each) => each === said);
  if (protocol !== 'saml_2_0' || !entity_id || !sso_url || !binding) return null;
  const ranked = (['current', 'additional', 'next'] as const).map((role) =>
    certificates.filter((certificate) => certificate.role === role).map(({ x5c }) => derText(x5c)),
  );
  // Without the present one nobody could sign in, whatever others there are.
  if (ranked[0]?.length === 0) return null;
  return {
    name: item.name,
    entity_id,
    sso_url,
    sso_binding: binding,
    signing_certificates: [...new Set(ranked.flat())],
    name_id_format,
    enabled: true,
    service_provider: { ...ours, nameid_format: name_id_format },
  };
}

/** The base64 of a certificate without the armour and the lines that PEM puts around it. */
export const derText = (certificate: string): string =>
  certificate.replaceAll(/-----(?:BEGIN|END) [A-Z ]+-----/g, '').replaceAll(/\s+/g, '');

/**
 * A routing rule as it will be created: its e-mail domains, and the provider that they lead to. Null when it asks for
 * anything else, of which nothing would be left at the target, or when one of its domains is none. `enabled` is false
 * where people of its domains sign in at the target today.
 */
export function routingRulePayload(
  item: Pick<StoredItem<'routing_rule'>, 'name' | 'normalized'>,
  provider: TargetReference,
  enabled = true,
): FederationRoutingRule | null {
  const { identifier_type, patterns, selection, providers, other_conditions, priority } = item.normalized;
  const plain =
    identifier_type === 'IDENTIFIER' &&
    (selection === null || selection === 'SPECIFIC') &&
    providers.length === 1 &&
    other_conditions.length === 0;
  if (!plain) return null;
  const domains = patterns.map(({ match_type, value }) =>
    match_type === 'SUFFIX' && value !== null ? emailDomain(value) : null,
  );
  const known = domains.filter((domain) => domain !== null);
  if (known.length === 0 || known.length < domains.length) return null;
  return { name: item.name, domains: [...new Set(known)], provider, priority, enabled };
}
