import { z } from 'zod';

/** A resource of the target, or the step of the same plan that makes it. */
export const TargetReference = z.union([
  z.strictObject({ resource_id: z.uuid() }),
  z.strictObject({ step_id: z.uuid() }),
]);
export type TargetReference = z.infer<typeof TargetReference>;

/** An identity provider of somebody else that signs people in (SAML 2.0). Certificates: base64 DER without lines. */
export const UpstreamSamlProvider = z.strictObject({
  name: z.string().min(1),
  entity_id: z.string().min(1),
  sso_url: z.url(),
  sso_binding: z.enum(['HTTP-POST', 'HTTP-REDIRECT']),
  signing_certificates: z.array(z.string().min(1)).min(1),
  name_id_format: z.string().nullable(),
  enabled: z.boolean(),
  /** Our side, which the partner must load before anybody is sent there. */
  service_provider: z.strictObject({
    entity_id: z.string().min(1),
    acs_url: z.url(),
    metadata_url: z.url(),
    nameid_format: z.string().nullable(),
    requests_signed: z.boolean(),
    /** Base64 DER; null while requests are not signed. */
    request_signing_certificate: z.string().nullable(),
  }),
});
export type UpstreamSamlProvider = z.infer<typeof UpstreamSamlProvider>;

/** Sends people of some e-mail domains to a provider. Domains as A-labels in lower case. */
export const FederationRoutingRule = z.strictObject({
  name: z.string().min(1),
  domains: z.array(z.string().min(1)).min(1),
  provider: TargetReference,
  priority: z.int().nullable(),
  enabled: z.boolean(),
});
export type FederationRoutingRule = z.infer<typeof FederationRoutingRule>;

/** A policy of the target; `settings` are the target's own words. */
export const AuthPolicy = z.strictObject({
  name: z.string().min(1),
  type: z.string().min(1),
  settings: z.record(z.string(), z.unknown()),
});
export type AuthPolicy = z.infer<typeof AuthPolicy>;

export const TenantGroup = z.strictObject({
  name: z.string().min(1),
  description: z.string().nullable(),
});
export type TenantGroup = z.infer<typeof TenantGroup>;

export const TenantOidcApplication = z.strictObject({
  name: z.string().min(1),
  client_id: z.string().min(1),
  client_type: z.enum(['confidential', 'public']),
  application_type: z.enum(['web', 'spa', 'native', 'service']),
  token_endpoint_auth_method: z.enum([
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'none',
  ]),
  grant_types: z.array(z.string()),
  response_types: z.array(z.string()),
  redirect_uris: z.array(z.string()),
  post_logout_redirect_uris: z.array(z.string()),
  jwks: z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())) }).nullable(),
  jwks_uri: z.string().nullable(),
});
export type TenantOidcApplication = z.infer<typeof TenantOidcApplication>;

export const TenantAppAssignment = z.strictObject({ application: TargetReference, group: TargetReference });
export type TenantAppAssignment = z.infer<typeof TenantAppAssignment>;

/** What a step writes, exactly. Secrets are never part of it. */
export interface TargetPayloads {
  tenant_group: TenantGroup;
  tenant_oidc_application: TenantOidcApplication;
  tenant_app_assignment: TenantAppAssignment;
}

/** The contracts that the target creates. */
export type CreatableContract = keyof TargetPayloads;

export const payloadSchemas = {
  tenant_group: TenantGroup,
  tenant_oidc_application: TenantOidcApplication,
  tenant_app_assignment: TenantAppAssignment,
} as const satisfies { [Contract in CreatableContract]: z.ZodType<TargetPayloads[Contract]> };

export const isCreatable = (contract: string): contract is CreatableContract =>
  Object.hasOwn(payloadSchemas, contract);

export type TargetPayload = TargetPayloads[CreatableContract];

/**
 * A group's name as the target compares it: two names that people cannot tell apart are one. NFKC, case-folded,
 * inner white space collapsed, characters without a width of their own (zero-width, direction marks) stripped.
 */
export function groupNameKey(name: string): string {
  return (
    name
      .normalize('NFKC')
      .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
      .replaceAll(/\s+/gu, ' ')
      .trim()
      // Through the capitals, because letters that differ in small alone (\u03c2 and \u03c3, \u00df and ss) are one there.
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKC')
  );
}

/** Whether creating this application gives out a client secret. */
export const needsSecret = (payload: TenantOidcApplication): boolean =>
  payload.token_endpoint_auth_method === 'client_secret_basic' ||
  payload.token_endpoint_auth_method === 'client_secret_post';

/**
 * The natural keys that a payload claims at the target, as `contract:key`. Two payloads with a key in common cannot
 * both be there. An assignment's ends are resolved by the caller first.
 */
export const targetKeys = {
  tenant_group: (payload: TenantGroup) => [`tenant_group:${groupNameKey(payload.name)}`],
  tenant_oidc_application: (payload: TenantOidcApplication) => [
    `tenant_oidc_application:${payload.client_id}`,
  ],
  tenant_app_assignment: (payload: TenantAppAssignment) => [
    `tenant_app_assignment:${referenceKey(payload.application)}/${referenceKey(payload.group)}`,
  ],
} as const satisfies { [Contract in CreatableContract]: (payload: TargetPayloads[Contract]) => string[] };

const referenceKey = (reference: TargetReference): string =>
  'resource_id' in reference ? reference.resource_id : `step:${reference.step_id}`;

/** What the target holds of one kind, under the path its routes give it. */
export const resourceKinds = {
  upstream_saml_provider: 'providers',
  federation_routing_rule: 'routing-rules',
  tenant_oidc_application: 'applications',
  tenant_group: 'groups',
  tenant_app_assignment: 'assignments',
  auth_policy: 'auth-policies',
} as const;
export type ResourceContract = keyof typeof resourceKinds;

/** A resource as the target has it now. */
export interface LiveResource {
  resourceId: string;
  contract: ResourceContract;
  name: string;
  /** The payload of its contract; what the target adds of its own is not part of it. */
  payload: Readonly<Record<string, unknown>>;
  /** SHA-256 (hex) of the canonical payload; changes when somebody changes the resource. */
  fingerprint: string;
  /** Of a group, as far as the target says; null where it does not. */
  group: { memberCount: number | null; masteredBy: string | null; privileged: boolean | null } | null;
}
