import { z } from 'zod';
import { commonShape } from './common.ts';
import { EntraApplication } from './entra.ts';

/** How people sign in to an application; `unknown` when the incumbent does not say or says something new. */
export const applicationProtocols = [
  'openid_connect',
  'saml_2_0',
  'saml_1_1',
  'ws_federation',
  'password',
  'bookmark',
  'none',
  'unknown',
] as const;
export type ApplicationProtocol = (typeof applicationProtocols)[number];

/** An OAuth 2.0 / OpenID Connect client's settings (RFC 7591 words). */
export const OidcClient = z.strictObject({
  client_id: z.string().nullable(),
  application_type: z.string().nullable(),
  token_endpoint_auth_method: z.string().nullable(),
  pkce_required: z.boolean().nullable(),
  grant_types: z.array(z.string()),
  response_types: z.array(z.string()),
  redirect_uris: z.array(z.string()),
  post_logout_redirect_uris: z.array(z.string()),
  initiate_login_uri: z.string().nullable(),
  wildcard_redirect: z.string().nullable(),
  consent_method: z.string().nullable(),
  issuer_mode: z.string().nullable(),
  refresh_token_rotation: z.string().nullable(),
  /** Seconds. */
  refresh_token_leeway: z.number().nullable(),
  idp_initiated_login: z.string().nullable(),
  /** Public keys as the incumbent gives them (RFC 7517); private members are redacted before they get here. */
  jwks: z.array(z.record(z.string(), z.unknown())),
  jwks_uri: z.string().nullable(),
  auto_key_rotation: z.boolean().nullable(),
  dpop_bound_access_tokens: z.boolean().nullable(),
  request_object_signing_alg: z.string().nullable(),
  id_token_encrypted_response_alg: z.string().nullable(),
  backchannel_authentication: z.boolean().nullable(),
  frontchannel_logout_uri: z.string().nullable(),
  backchannel_logout_uri: z.string().nullable(),
  participate_slo: z.boolean().nullable(),
  /** From where it may ask for tokens. */
  network_connection: z.string().nullable(),
});
export type OidcClient = z.infer<typeof OidcClient>;

/** Whether a client signs with this key today: an active RSA or EC key that is not for encryption. */
export const isSigningKey = ({ kty, status, use }: OidcClient['jwks'][number]): boolean =>
  (kty === 'RSA' || kty === 'EC') &&
  (status === undefined || status === null || status === 'ACTIVE') &&
  (use === undefined || use === null || use === 'sig');

/** What a rebuild of a SAML or WS-Federation application needs to know. */
export const SamlApplication = z.strictObject({
  acs_url: z.string().nullable(),
  acs_endpoints: z.array(z.string()),
  audience: z.string().nullable(),
  recipient: z.string().nullable(),
  destination: z.string().nullable(),
  issuer: z.string().nullable(),
  name_id_format: z.string().nullable(),
  name_id_template: z.string().nullable(),
  signature_algorithm: z.string().nullable(),
  digest_algorithm: z.string().nullable(),
  response_signed: z.boolean().nullable(),
  assertion_signed: z.boolean().nullable(),
  assertion_encrypted: z.boolean().nullable(),
  signed_requests: z.boolean().nullable(),
  single_logout: z.boolean().nullable(),
  default_relay_state: z.string().nullable(),
  signing_key_id: z.string().nullable(),
  inline_hooks: z.int().nonnegative(),
  attributes: z.array(
    z.strictObject({
      type: z.string().nullable(),
      name: z.string().nullable(),
      values: z.array(z.string()),
      filter_type: z.string().nullable(),
      filter_value: z.string().nullable(),
    }),
  ),
});
export type SamlApplication = z.infer<typeof SamlApplication>;

export const ApplicationForm = z.strictObject({
  ...commonShape,
  protocol: z.enum(applicationProtocols),
  active: z.boolean(),
  /** Catalogue key (`oidc_client`, `salesforce`, …); null where the vendor has none. */
  catalogue_name: z.string().nullable(),
  oidc: OidcClient.nullable(),
  saml: SamlApplication.nullable(),
  /** Okta's `credentials.scheme` of password applications. */
  password_scheme: z.string().nullable(),
  provisioning_features: z.array(z.string()),
  /** Hidden from people's dashboards on the web. */
  hidden: z.boolean().nullable(),
  user_name_template: z
    .strictObject({ type: z.string().nullable(), template: z.string().nullable() })
    .nullable(),
  /** Everyone may enter, whatever is assigned. */
  implicit_assignment: z.boolean().nullable(),
  /** Okta's `emOptInStatus`: whether its governance product keeps the application's entitlements. */
  entitlement_management: z.string().nullable(),
  notes: z.array(z.string()),
  /** A registration or a service principal of Entra; null for another vendor's application. */
  entra: EntraApplication.nullable(),
});
export type ApplicationForm = z.infer<typeof ApplicationForm>;
