/** Microsoft's public documentation, as rules cite it. */
const graph = 'https://learn.microsoft.com/graph/api/resources';
const entra = 'https://learn.microsoft.com/entra';

export const documents = {
  applicationProxy: `${entra}/identity/app-proxy/overview-what-is-app-proxy`,
  appRoleAssignments: `${graph}/approleassignment`,
  appRoles: `${entra}/identity-platform/howto-add-app-roles-in-apps`,
  brokers: `${entra}/identity-platform/reply-url`,
  claimsMapping: `${entra}/identity-platform/reference-claims-customization`,
  conditionalAccess: `${graph}/conditionalaccesspolicy`,
  credentials: `${entra}/identity-platform/certificate-credentials`,
  domains: `${graph}/domain`,
  federatedCredentials: `${graph}/federatedidentitycredentials-overview`,
  federations: `${graph}/internaldomainfederation`,
  firstParty:
    'https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in',
  grants: `${graph}/oauth2permissiongrant`,
  groups: `${graph}/group`,
  homeRealms: `${graph}/homerealmdiscoverypolicy`,
  implicit: `${entra}/identity-platform/v2-oauth2-implicit-grant-flow`,
  myApps: `${entra}/identity/enterprise-apps/hide-application-from-user-portal`,
  nestedGroups: `${entra}/identity-platform/howto-add-app-roles-in-apps`,
  optionalClaims: `${entra}/identity-platform/optional-claims`,
  provisioning: `${entra}/identity/app-provisioning/user-provisioning`,
  redirects: `${entra}/identity-platform/reply-url`,
  registrations: `${graph}/application`,
  securityDefaults: `${entra}/fundamentals/security-defaults`,
  servicePrincipals: `${graph}/serviceprincipal`,
  singleSignOn: `${entra}/identity/enterprise-apps/what-is-single-sign-on`,
} as const;

/** When the rows were last held against these pages. */
export const asOf = '2026-11-23';
