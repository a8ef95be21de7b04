import { z } from 'zod';

// What Microsoft Graph says of an object beyond the common forms. Members are named after Graph's own; words stay
// Graph's. A member that was read beside the object (another page) is null when that was not read.

/** A certificate or key of an application; `x5c` is base64 DER, null when Graph did not give the value. */
export const EntraKeyCredential = z.strictObject({
  key_id: z.string().nullable(),
  type: z.string().nullable(),
  usage: z.string().nullable(),
  starts: z.string().nullable(),
  ends: z.string().nullable(),
  /** `customKeyIdentifier`: the thumbprint, in hex or base64. */
  identifier: z.string().nullable(),
  /** The one that `preferredTokenSigningKeyThumbprint` names: Entra signs with it towards this application. */
  signs_tokens: z.boolean(),
  x5c: z.string().nullable(),
});
export type EntraKeyCredential = z.infer<typeof EntraKeyCredential>;

/** Whether an application may prove by this certificate who it is; others encrypt or sign towards it. */
export const isClientCertificate = ({ type, usage }: EntraKeyCredential): boolean =>
  type === 'AsymmetricX509Cert' && usage === 'Verify';

/** A client secret, of which Graph never gives the value. */
export const EntraPasswordCredential = z.strictObject({
  key_id: z.string().nullable(),
  name: z.string().nullable(),
  ends: z.string().nullable(),
});

const credentialsShape = {
  key_credentials: z.array(EntraKeyCredential),
  password_credentials: z.array(EntraPasswordCredential),
};

const AppRole = z.strictObject({ id: z.string(), name: z.string(), members: z.array(z.string()) });

/** https://learn.microsoft.com/graph/api/resources/application */
export const EntraRegistration = z.strictObject({
  kind: z.literal('registration'),
  app_id: z.string().nullable(),
  sign_in_audience: z.string().nullable(),
  web_redirect_uris: z.array(z.string()),
  spa_redirect_uris: z.array(z.string()),
  public_client_redirect_uris: z.array(z.string()),
  is_fallback_public_client: z.boolean().nullable(),
  id_token_issuance: z.boolean().nullable(),
  access_token_issuance: z.boolean().nullable(),
  logout_url: z.string().nullable(),
  ...credentialsShape,
  /** Subjects of workload identities that may act as it. */
  federated_credentials: z
    .array(z.strictObject({ issuer: z.string().nullable(), subject: z.string().nullable() }))
    .nullable(),
  identifier_uris: z.array(z.string()),
  access_token_version: z.number().nullable(),
  /** Values of the scopes that it exposes and that are enabled. */
  exposed_scopes: z.array(z.string()),
  pre_authorized_applications: z.array(z.string()),
  /** Clients that are consented to together with it. */
  known_client_applications: z.array(z.string()),
  /** Enabled ones. */
  app_roles: z.array(AppRole),
  group_membership_claims: z.string().nullable(),
  /** Names of the optional claims, by the token they go into. */
  optional_claims: z.strictObject({
    id_token: z.array(z.string()),
    access_token: z.array(z.string()),
    saml2_token: z.array(z.string()),
  }),
  accept_mapped_claims: z.boolean().nullable(),
  required_permissions: z.array(z.strictObject({ resource: z.string(), id: z.string(), type: z.string() })),
  token_encryption_key_id: z.string().nullable(),
  saml_metadata_url: z.string().nullable(),
  /** Whether it signs people in by Entra's own pages-less API: `none`, `all`. */
  native_authentication: z.string().nullable(),
  /** Countries in which it keeps minors out. */
  countries_blocked_for_minors: z.array(z.string()),
  template_id: z.string().nullable(),
  disabled_by_microsoft: z.string().nullable(),
  tags: z.array(z.string()),
});
export type EntraRegistration = z.infer<typeof EntraRegistration>;

/** https://learn.microsoft.com/graph/api/resources/serviceprincipal */
export const EntraServicePrincipal = z.strictObject({
  kind: z.literal('service_principal'),
  app_id: z.string().nullable(),
  type: z.string().nullable(),
  /** The directory that the registration lives in; null for some of Microsoft's own. */
  owner_organization: z.string().nullable(),
  sso_mode: z.string().nullable(),
  signing_key_thumbprint: z.string().nullable(),
  reply_urls: z.array(z.string()),
  names: z.array(z.string()),
  login_url: z.string().nullable(),
  logout_url: z.string().nullable(),
  relay_state: z.string().nullable(),
  assignment_required: z.boolean().nullable(),
  ...credentialsShape,
  app_roles: z.array(AppRole),
  template_id: z.string().nullable(),
  disabled_by_microsoft: z.string().nullable(),
  tags: z.array(z.string()),
  /** What people or an administrator let it call in their name. */
  delegated_grants: z
    .array(
      z.strictObject({
        resource: z.string().nullable(),
        scope: z.string().nullable(),
        consent: z.string().nullable(),
        /** Grants alike: one for everybody, or one for each person who consented. */
        count: z.int(),
      }),
    )
    .nullable(),
  /** Ids of the claims mapping and home realm discovery policies assigned to it. */
  claims_mapping_policies: z.array(z.string()).nullable(),
  home_realm_discovery_policies: z.array(z.string()).nullable(),
  /** Provisioning into it; null also where it was not asked for: it has no gallery or single sign-on tag. */
  synchronization_jobs: z
    .array(z.strictObject({ id: z.string(), template: z.string().nullable(), state: z.string().nullable() }))
    .nullable(),
});
export type EntraServicePrincipal = z.infer<typeof EntraServicePrincipal>;

export const EntraApplication = z.discriminatedUnion('kind', [EntraRegistration, EntraServicePrincipal]);
export type EntraApplication = z.infer<typeof EntraApplication>;

/** https://learn.microsoft.com/graph/api/resources/group */
export const EntraGroup = z.strictObject({
  group_types: z.array(z.string()),
  security_enabled: z.boolean().nullable(),
  mail_enabled: z.boolean().nullable(),
  mail: z.string().nullable(),
  /** Null, too, for a group that was never synchronized. */
  synced: z.boolean().nullable(),
  membership_rule: z.string().nullable(),
  membership_rule_state: z.string().nullable(),
  role_assignable: z.boolean().nullable(),
  visibility: z.string().nullable(),
  /** Uses of it beyond the directory: `Team`. */
  provisioned_as: z.array(z.string()),
  /** Licences (SKU ids) that its members get through it. */
  licenses: z.array(z.string()).nullable(),
  /** Groups among its members; null also where they were not asked for: its members are not assigned by hand. */
  nested_groups: z.array(z.string()).nullable(),
});
export type EntraGroup = z.infer<typeof EntraGroup>;

/** https://learn.microsoft.com/graph/api/resources/domain */
export const EntraDomain = z.strictObject({
  authentication_type: z.string().nullable(),
  /** A subdomain inherits its root's federation until it is promoted and becomes a root itself. */
  is_root: z.boolean().nullable(),
  is_initial: z.boolean().nullable(),
  is_default: z.boolean().nullable(),
  is_admin_managed: z.boolean().nullable(),
  supported_services: z.array(z.string()),
});
export type EntraDomain = z.infer<typeof EntraDomain>;

/** https://learn.microsoft.com/graph/api/resources/ipnamedlocation and …/countrynamedlocation */
export const EntraNamedLocation = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  /** `ipNamedLocation`, `countryNamedLocation`, … */
  kind: z.string().nullable(),
  trusted: z.boolean().nullable(),
  ip_ranges: z.array(z.string()),
  countries: z.array(z.string()),
  includes_unknown_countries: z.boolean().nullable(),
});
export type EntraNamedLocation = z.infer<typeof EntraNamedLocation>;

/** https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy */
export const EntraPolicy = z.strictObject({
  template_id: z.string().nullable(),
  /** Those of the named locations in its conditions that exist. */
  locations: z.array(EntraNamedLocation).nullable(),
});
export type EntraPolicy = z.infer<typeof EntraPolicy>;

/**
 * The federation that a provider was derived from.
 * https://learn.microsoft.com/graph/api/resources/internaldomainfederation,
 * https://learn.microsoft.com/graph/api/resources/samlorwsfedexternaldomainfederation
 */
export const EntraFederation = z.strictObject({
  /** People of the tenant's own domains, or guests of a partner. */
  of: z.enum(['domain', 'partner']),
  domains: z.array(z.string()),
  active_sign_in_uri: z.string().nullable(),
  sign_out_uri: z.string().nullable(),
  metadata_exchange_uri: z.string().nullable(),
  prompt_login_behavior: z.string().nullable(),
  mfa_behavior: z.string().nullable(),
  certificate_update: z.string().nullable(),
});
export type EntraFederation = z.infer<typeof EntraFederation>;

/** How a routing rule was derived from the federation of a root domain. */
export const EntraRouting = z.strictObject({
  root_domain: z.string(),
  /** Verified subdomains that sign in at Entra itself; the rule leaves them out. */
  managed_subdomains: z.array(z.string()),
});
export type EntraRouting = z.infer<typeof EntraRouting>;
