import { z } from 'zod';
import { DisplayName } from './workspace.ts';

export const sourceTypes = ['okta', 'entra'] as const;
export type SourceType = (typeof sourceTypes)[number];

export const sourceStatuses = ['configured', 'archived'] as const;
export type SourceStatus = (typeof sourceStatuses)[number];

export const entraClouds = ['global', 'us_gov', 'us_gov_dod', 'china'] as const;
export type EntraCloud = (typeof entraClouds)[number];

/** Okta's own domains: https://developer.okta.com/docs/concepts/okta-organizations/ (org, preview, EMEA, government). */
const oktaSuffixes = [
  '.okta.com',
  '.oktapreview.com',
  '.okta-emea.com',
  '.okta-gov.com',
  '.okta.mil',
] as const;

/**
 * Hosts a source may have beyond the vendors' own domains: `host` or `host:port`, lower case. An entry also
 * lifts the private-address rule for that host and port, and plain http for a loopback one.
 */
export interface HostAllowlist {
  allows(url: URL): boolean;
}

export function hostAllowlist(entries: readonly string[]): HostAllowlist {
  const allowed = new Set(entries.map((entry) => entry.toLowerCase()));
  return {
    allows: (url) =>
      allowed.has(url.host) || allowed.has(url.hostname) || allowed.has(`${url.hostname}:${portOf(url)}`),
  };
}

const portOf = (url: URL) => url.port || (url.protocol === 'http:' ? '80' : '443');

/** Hosts that mean this machine, as a URL's hostname writes them. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Checks and normalises an Okta org URL: https to a host of Okta's, or of the allowlist (http only to a
 * loopback host of it). The URL decides where the credential is sent, hence no userinfo, path, query, fragment
 * or admin host. Returns the origin without a trailing slash, or the sentence that says what to change.
 */
export function parseOktaOrgUrl(
  text: string,
  allowlist: HostAllowlist,
): { origin: string } | { problem: string } {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { problem: 'Give the org URL as https://<your org>.okta.com.' };
  }
  if (url.username || url.password)
    return { problem: 'The org URL must not contain a user name or password.' };
  if (url.pathname !== '/' || url.search || url.hash) {
    return { problem: 'Give the org URL alone, without path, query or fragment.' };
  }
  const allowed = allowlist.allows(url);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowed && isLoopbackHost(url.hostname))) {
    return { problem: 'The org URL must begin with https://.' };
  }
  if (allowed) return { origin: url.origin };
  if (!oktaSuffixes.some((suffix) => url.hostname.endsWith(suffix)) || url.port) {
    return {
      problem: `The host must be Okta's (*${oktaSuffixes.slice(0, 3).join(', *')}, …) or be listed in SOURCE_HOST_ALLOWLIST.`,
    };
  }
  if (/^[^.]+-admin\./.test(url.hostname)) {
    return { problem: 'This is the admin console\u2019s address; give the org URL without "-admin".' };
  }
  return { origin: url.origin };
}

/** Credentials travel in a header, so only visible ASCII; the value itself never appears in a message. */
const Credential = z
  .string()
  .min(1, 'Give the credential.')
  .max(4096, 'A credential has at most 4,096 characters.')
  .regex(/^[\x21-\x7e]+$/, 'A credential has no white space and only ASCII characters.');

const OktaConfig = z.strictObject({ org_url: z.string().max(300) });
const OktaSecret = z.strictObject({ api_token: Credential });
const EntraConfig = z.strictObject({
  directory_id: z.uuid().toLowerCase(),
  client_id: z.uuid().toLowerCase(),
  cloud: z.enum(entraClouds).default('global'),
});
const EntraSecret = z.strictObject({ client_secret: Credential });

/** The body of `POST …/sources`; `org_url` is checked against the host rules beside it (`parseOktaOrgUrl`). */
export const CreateSource = z.discriminatedUnion('source_type', [
  z.strictObject({
    name: DisplayName,
    source_type: z.literal('okta'),
    connection_mode: z.literal('api_token'),
    config: OktaConfig,
    secret: OktaSecret,
  }),
  z.strictObject({
    name: DisplayName,
    source_type: z.literal('entra'),
    connection_mode: z.literal('client_credentials'),
    config: EntraConfig,
    secret: EntraSecret,
  }),
]);
export type CreateSource = z.infer<typeof CreateSource>;

export const SourceConfig = z.union([OktaConfig, EntraConfig]);
export type SourceConfig = z.infer<typeof SourceConfig>;
export type OktaConfig = z.infer<typeof OktaConfig>;
export type EntraConfig = z.infer<typeof EntraConfig>;

export const SourceSecret = z.union([OktaSecret, EntraSecret]);
export type SourceSecret = z.infer<typeof SourceSecret>;

/** The secret's schema for a source that exists already (`PUT …/secret`). */
export const secretSchemas = { okta: OktaSecret, entra: EntraSecret } as const satisfies Record<
  SourceType,
  z.ZodType
>;

/**
 * Where a credential may be sent and whose it is. All of it is bound into the sealed secret and compared after
 * opening, so that neither a copied row nor a changed host gets the secret.
 */
export interface SecretBinding {
  tenant: string;
  source: string;
  source_type: SourceType;
  host: string;
  directory: string | null;
  client: string | null;
}

export function secretBinding(source: {
  tenantId: string;
  id: string;
  sourceType: SourceType;
  config: SourceConfig;
}): SecretBinding {
  const { config } = source;
  return {
    tenant: source.tenantId,
    source: source.id,
    source_type: source.sourceType,
    host: 'org_url' in config ? new URL(config.org_url).origin : config.cloud,
    directory: 'directory_id' in config ? config.directory_id : null,
    client: 'client_id' in config ? config.client_id : null,
  };
}
