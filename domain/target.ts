import { z } from 'zod';
import { normalHost } from './rules/uris.ts';
import { isLoopbackHost } from './source.ts';

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
export const resourceContracts = Object.keys(resourceKinds) as ResourceContract[];

/** What a plan may create. A policy of the target is made by hand alone, whatever its item looks like. */
export const plannableContracts = [
  'upstream_saml_provider',
  'federation_routing_rule',
  'tenant_group',
  'tenant_oidc_application',
  'tenant_app_assignment',
] as const satisfies readonly ResourceContract[];
export type PlannableContract = (typeof plannableContracts)[number];

export const isPlannable = (contract: string): contract is PlannableContract =>
  plannableContracts.some((each) => each === contract);

/** A resource of the target. */
const ResourceReference = z.strictObject({ resource_id: z.uuid().toLowerCase() });

/** A resource of the target, or the step of the same plan that makes it. */
export const TargetReference = z.union([
  ResourceReference,
  z.strictObject({ step_id: z.uuid().toLowerCase() }),
]);
export type TargetReference = z.infer<typeof TargetReference>;

const Text = z
  .string()
  .refine((text) => !text.includes('\u0000') && text.isWellFormed(), 'The text is not well-formed Unicode.');

/** JSON that PostgreSQL keeps: all of its text is sound, and it is nested no deeper than people write. */
const Json = z.unknown().refine((value) => isStorable(value, 20), 'It holds what cannot be stored.');

function isStorable(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return Text.safeParse(value).success;
  if (typeof value !== 'object' || value === null) return true;
  return (
    levels > 0 && Object.entries(value).every((entry) => entry.every((each) => isStorable(each, levels - 1)))
  );
}

/** A name of any script; what it is compared by has an index, which bounds it. */
const Name = Text.min(1, 'Give a name.').refine(
  (name) => groupNameKey(name).length <= 800,
  'The name is too long; at most 800 characters.',
);

const HttpUrl = z.url({ protocol: /^https?$/, error: 'Give an address that begins with https://.' });

const EntityId = Text.min(1).max(1024, 'An entity id has at most 1,024 characters.');

/** An identity provider of somebody else that signs people in (SAML 2.0). Certificates: base64 DER without lines. */
export const UpstreamSamlProvider = z.strictObject({
  name: Name,
  entity_id: EntityId,
  sso_url: HttpUrl,
  sso_binding: z.enum(['HTTP-POST', 'HTTP-REDIRECT']),
  signing_certificates: z.array(z.base64().min(1)).min(1),
  name_id_format: Text.nullable(),
  enabled: z.boolean(),
  /** Our side, which the partner must load before anybody is sent there. */
  service_provider: z.strictObject({
    entity_id: EntityId,
    acs_url: HttpUrl,
    metadata_url: HttpUrl,
    nameid_format: Text.nullable(),
    requests_signed: z.boolean(),
    /** Base64 DER; null while requests are not signed. */
    request_signing_certificate: z.base64().min(1).nullable(),
  }),
});
export type UpstreamSamlProvider = z.infer<typeof UpstreamSamlProvider>;

/** The target's side of the trust in a provider, but for what each provider asks for. */
export type ServiceProvider = Omit<UpstreamSamlProvider['service_provider'], 'nameid_format'>;

/**
 * An e-mail domain in the one spelling that it is compared by: A-labels in lower case, without the @ or dot that may
 * stand before it; null for what is no domain name of at least two labels.
 */
export function emailDomain(text: string): string | null {
  const bare = text.trim().replace(/^[@.]/, '');
  // What a URL would take for something else than a part of its host, or decode.
  if (/[\s/?#@:\\%[\]]/.test(bare)) return null;
  const host = normalHost(bare);
  if (host === null || host.length > 253) return null;
  const labels = host.split('.');
  const sound = labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  // A top-level domain has no digits alone, an address has.
  return sound && labels.length > 1 && !/^\d+$/.test(labels.at(-1) ?? '') ? host : null;
}

const Domain = z
  .string()
  .refine(
    (domain) => emailDomain(domain) === domain,
    'Give a domain in lower case, internationalised ones as A-labels (xn--…), without @ before it.',
  );

/** Sends people of some e-mail domains to a provider. Domains as A-labels in lower case. */
export const FederationRoutingRule = z.strictObject({
  name: Name,
  domains: z
    .array(Domain)
    .min(1)
    .refine((domains) => new Set(domains).size === domains.length, 'A domain is in it twice.'),
  provider: TargetReference,
  priority: z.int().nullable(),
  enabled: z.boolean(),
});
export type FederationRoutingRule = z.infer<typeof FederationRoutingRule>;

/** A policy of the target; `settings` are the target's own words. */
export const AuthPolicy = z.strictObject({
  name: Name,
  type: Text.min(1),
  settings: z.record(Text, Json),
});
export type AuthPolicy = z.infer<typeof AuthPolicy>;

export const TenantGroup = z.strictObject({
  name: Name,
  description: Text.nullable(),
});
export type TenantGroup = z.infer<typeof TenantGroup>;

export const TenantOidcApplication = z.strictObject({
  name: Name,
  client_id: Text.min(1).max(255, 'A client id has at most 255 characters.'),
  client_type: z.enum(['confidential', 'public']),
  application_type: z.enum(['web', 'spa', 'native', 'service']),
  token_endpoint_auth_method: z.enum([
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'none',
  ]),
  grant_types: z.array(Text),
  response_types: z.array(Text),
  redirect_uris: z.array(Text),
  post_logout_redirect_uris: z.array(Text),
  jwks: z.strictObject({ keys: z.array(z.record(Text, Json)) }).nullable(),
  jwks_uri: Text.nullable(),
});
export type TenantOidcApplication = z.infer<typeof TenantOidcApplication>;

export const TenantAppAssignment = z.strictObject({ application: TargetReference, group: TargetReference });
export type TenantAppAssignment = z.infer<typeof TenantAppAssignment>;

/** What is written, exactly, as a plan says it: a reference may be to a step. Secrets are never part of it. */
export const payloadSchemas = {
  upstream_saml_provider: UpstreamSamlProvider,
  federation_routing_rule: FederationRoutingRule,
  tenant_group: TenantGroup,
  tenant_oidc_application: TenantOidcApplication,
  tenant_app_assignment: TenantAppAssignment,
  auth_policy: AuthPolicy,
} as const satisfies Record<ResourceContract, z.ZodType>;
export type TargetPayloads = {
  [Contract in ResourceContract]: z.infer<(typeof payloadSchemas)[Contract]>;
};

/** What a step of a plan may write. */
export type TargetPayload = TargetPayloads[PlannableContract];

/** The same as the target takes and holds it: every reference is to a resource that is there. */
export const resourceSchemas = {
  ...payloadSchemas,
  federation_routing_rule: FederationRoutingRule.extend({ provider: ResourceReference }),
  tenant_app_assignment: z.strictObject({ application: ResourceReference, group: ResourceReference }),
} as const;
export type ResourcePayloads = {
  [Contract in ResourceContract]: z.infer<(typeof resourceSchemas)[Contract]>;
};

/** A payload with its contract, which says what the payload is. */
export type Resource = {
  [Contract in ResourceContract]: { contract: Contract; payload: ResourcePayloads[Contract] };
}[ResourceContract];

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

/** Entity ids of one key are the same but for the case of letters and slashes at the end; partners may tell them apart. */
export const entityIdKey = (entityId: string): string => entityId.toLowerCase().replace(/\/+$/, '');

/** Whether creating this application gives out a client secret. */
export const needsSecret = (payload: TenantOidcApplication): boolean =>
  payload.token_endpoint_auth_method === 'client_secret_basic' ||
  payload.token_endpoint_auth_method === 'client_secret_post';

/** The domains that a routing rule is for, each in the one spelling that it is compared by. */
export const routedDomains = ({ domains }: Pick<FederationRoutingRule, 'domains'>): string[] =>
  domains.map((domain) => emailDomain(domain) ?? domain);

/**
 * The natural keys that a payload claims at the target, as `contract:key`. Two payloads with a key in common cannot
 * both be there. An assignment's ends are resolved by the caller first.
 */
export const targetKeys = {
  upstream_saml_provider: (payload: UpstreamSamlProvider) => [`upstream_saml_provider:${payload.entity_id}`],
  federation_routing_rule: (payload: FederationRoutingRule) =>
    routedDomains(payload).map((domain) => `federation_routing_rule:${domain}`),
  tenant_group: (payload: TenantGroup) => [`tenant_group:${groupNameKey(payload.name)}`],
  tenant_oidc_application: (payload: TenantOidcApplication) => [
    `tenant_oidc_application:${payload.client_id}`,
  ],
  tenant_app_assignment: (payload: TenantAppAssignment) => [
    `tenant_app_assignment:${referenceKey(payload.application)}/${referenceKey(payload.group)}`,
  ],
  auth_policy: (payload: AuthPolicy) => [`auth_policy:${groupNameKey(payload.name)}`],
} as const satisfies { [Contract in ResourceContract]: (payload: TargetPayloads[Contract]) => string[] };

/** The natural keys of a resource. */
export function naturalKeys({ contract, payload }: Resource): string[] {
  const keysOf = targetKeys[contract] as (payload: Resource['payload']) => string[];
  return keysOf(payload);
}

const referenceKey = (reference: TargetReference): string =>
  'resource_id' in reference ? reference.resource_id : `step:${reference.step_id}`;

/** Before the digest of `redirectsText`: a key by which an application is found, and which several may have. */
export const redirectsKind = 'tenant_oidc_application.redirects';

/**
 * The canonical text of a set of redirect URIs, whose digest finds applications that have the same ones; null when
 * none of them tells one application from another, as an https URI of a host of somebody's own does.
 */
export function redirectsText(uris: readonly string[]): string | null {
  const own = uris.some((uri) => {
    if (!URL.canParse(uri)) return false;
    const { protocol, hostname } = new URL(uri);
    return protocol === 'https:' && !isLoopbackHost(hostname);
  });
  return own ? JSON.stringify([...new Set(uris)].sort()) : null;
}

const nouns: Readonly<Record<ResourceContract, string>> = {
  upstream_saml_provider: 'a provider with the entity id',
  federation_routing_rule: 'a routing rule for',
  tenant_group: 'a group called',
  tenant_oidc_application: 'an application with the client id',
  tenant_app_assignment: 'the assignment of',
  auth_policy: 'a policy called',
};

/** A natural key in words: `a group called “vpn users”`. */
export function describeKey(key: string): string {
  const at = key.indexOf(':');
  const contract = resourceContracts.find((each) => each === key.slice(0, at));
  return `${contract ? nouns[contract] : key.slice(0, at)} \u201c${key.slice(at + 1)}\u201d`;
}

/** A resource as the target has it now. */
export type LiveResource = Resource & {
  resourceId: string;
  /** An assignment has no name of its own; it is called after its ends. */
  name: string;
  /** SHA-256 (hex) of the canonical payload; changes when somebody changes the resource. */
  fingerprint: string;
  /** Of a group, as far as the target says; null where it does not. */
  group: { memberCount: number | null; masteredBy: string | null; privileged: boolean | null } | null;
};

/**
 * The built-in target's side of the trust in a provider, one for all providers of a tenant. It signs no requests.
 * `baseUrl` has no slash at its end.
 */
export const builtInServiceProvider = (baseUrl: string, tenantId: string): ServiceProvider => ({
  entity_id: `${baseUrl}/tenants/${tenantId}/saml`,
  acs_url: `${baseUrl}/tenants/${tenantId}/saml/acs`,
  metadata_url: `${baseUrl}/tenants/${tenantId}/saml/metadata`,
  requests_signed: false,
  request_signing_certificate: null,
});

/** The built-in target as an OpenID Connect issuer, one for all applications of a tenant. */
export const builtInIssuer = (baseUrl: string, tenantId: string): string => `${baseUrl}/tenants/${tenantId}`;
