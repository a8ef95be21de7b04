/** Okta's public documentation, as rules cite it. */
const management = 'https://developer.okta.com/docs/api/openapi/okta-management/management/tag';

export const documents = {
  applications: `${management}/Application/`,
  applicationGroups: `${management}/ApplicationGroups/`,
  applicationUsers: `${management}/ApplicationUsers/`,
  authorizationServers: `${management}/AuthorizationServer/`,
  clients: 'https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/Client/',
  clientAuthentication: 'https://developer.okta.com/docs/api/openapi/okta-oauth/guides/client-auth/',
  consent: 'https://developer.okta.com/docs/guides/request-user-consent/main/',
  customDomains: `${management}/CustomDomain/`,
  emailDomains: `${management}/EmailDomain/`,
  groups: `${management}/Group/`,
  groupRules: `${management}/GroupRule/`,
  grants: 'https://developer.okta.com/docs/concepts/oauth-openid/',
  identityProviders: `${management}/IdentityProvider/`,
  identityProviderKeys: `${management}/IdentityProviderKeys/`,
  inlineHooks: 'https://developer.okta.com/docs/concepts/inline-hooks/',
  policies: `${management}/Policy/`,
  refreshTokens: 'https://developer.okta.com/docs/guides/refresh-tokens/main/',
  redirects: 'https://developer.okta.com/docs/reference/api/apps/',
  saml: 'https://developer.okta.com/docs/concepts/saml/',
} as const;

/** When the rows were last held against these pages. */
export const asOf = '2026-11-23';
