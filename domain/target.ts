import { z } from 'zod';

/** A resource of the target, or the step of the same plan that makes it. */
export const TargetReference = z.union([
  z.strictObject({ resource_id: z.uuid() }),
  z.strictObject({ step_id: z.uuid() }),
]);
export type TargetReference = z.infer<typeof TargetReference>;

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
