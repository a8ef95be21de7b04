import { z } from 'zod';
import { commonShape } from './common.ts';
import { EntraFederation } from './entra.ts';

export const providerProtocols = [
  'saml_2_0',
  'oidc',
  'ws_federation',
  'mtls',
  'id_proofing',
  'unknown',
] as const;
export type ProviderProtocol = (typeof providerProtocols)[number];

/** A partner's signing certificate: base64 DER without lines, as read; what it says is parsed where it is judged. */
export const Certificate = z.strictObject({
  key_id: z.string().nullable(),
  role: z.enum(['current', 'additional', 'next']),
  x5c: z.string(),
});
export type Certificate = z.infer<typeof Certificate>;

/** An upstream identity provider: somebody else signs people in, the incumbent trusts the answer. */
export const ProviderForm = z.strictObject({
  ...commonShape,
  protocol: z.enum(providerProtocols),
  active: z.boolean(),
  entity_id: z.string().nullable(),
  sso_url: z.string().nullable(),
  sso_binding: z.string().nullable(),
  /** Key ids the trust names; a key that was not found in the incumbent's key list has no certificate. */
  key_ids: z.array(z.string()),
  certificates: z.array(Certificate),
  name_id_format: z.string().nullable(),
  requests_signed: z.boolean().nullable(),
  request_signature_algorithm: z.string().nullable(),
  response_signature_algorithm: z.string().nullable(),
  response_signature_scope: z.string().nullable(),
  /** Whether the partner is told when somebody signs out. */
  single_logout: z.boolean().nullable(),
  issuer_url: z.string().nullable(),
  client_id: z.string().nullable(),
  scopes: z.array(z.string()),
  provisioning: z.string().nullable(),
  provisioning_groups: z.string().nullable(),
  profile_master: z.boolean().nullable(),
  deprovisioned_action: z.string().nullable(),
  suspended_action: z.string().nullable(),
  account_link: z.string().nullable(),
  account_link_filtered: z.boolean(),
  subject_match_type: z.string().nullable(),
  subject_match_attribute: z.string().nullable(),
  subject_filter: z.string().nullable(),
  user_name_template: z.string().nullable(),
  map_amr_claims: z.boolean().nullable(),
  trust_claims: z.boolean().nullable(),
  honor_persistent_name_id: z.boolean().nullable(),
  /** Null for another vendor's provider. */
  entra: EntraFederation.nullable(),
});
export type ProviderForm = z.infer<typeof ProviderForm>;
