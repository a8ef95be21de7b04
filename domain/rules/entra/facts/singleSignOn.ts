import type { EntraApplication, EntraServicePrincipal } from '../../../inventory/entra.ts';

/** How people get into an enterprise application; null when Entra does not say. */
export type SignOn = 'saml' | 'password' | 'linked' | 'oidc' | 'not_supported' | 'unknown' | null;

const modes: Readonly<Record<string, SignOn>> = {
  saml: 'saml',
  password: 'password',
  linked: 'linked',
  oidc: 'oidc',
  notSupported: 'not_supported',
};

/** A key chosen to sign tokens with is only there for SAML. */
export function signOnOf({ sso_mode, signing_key_thumbprint }: EntraServicePrincipal): SignOn {
  if (sso_mode === null) return signing_key_thumbprint === null ? null : 'saml';
  return modes[sso_mode] ?? 'unknown';
}

/** Whether it comes from the gallery or was set up for single sign-on, which says no protocol. */
export const isForSingleSignOn = ({ template_id, tags }: EntraApplication): boolean =>
  template_id !== null || tags.some((tag) => /Gallery|CustomSingleSignOn/i.test(tag));

/** The role that Entra gives enterprise applications for single sign-on without OpenID Connect. */
export const hasAccessRole = ({ app_roles }: EntraApplication): boolean =>
  app_roles.some(({ name }) => name === 'msiam_access');

/** Whether it is published by application proxy. */
export const isOnPremises = ({ tags }: EntraApplication): boolean =>
  tags.some((tag) => /OnPremApp/i.test(tag));

export const isProxied = (uris: readonly string[]): boolean =>
  uris.some((uri) => /^https?:\/\/[^/?#]*\.msappproxy\.(?:net|us|cn)(?:[:/?#]|$)/i.test(uri));

/** Its roles but those that Entra gives every enterprise application for single sign-on. */
export const rolesOf = (entra: EntraApplication): EntraApplication['app_roles'] =>
  hasAccessRole(entra)
    ? entra.app_roles.filter(({ name }) => name !== 'msiam_access' && name !== 'User')
    : entra.app_roles;
