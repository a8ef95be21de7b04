/** What makes a redirect URI a reason to look twice. */
export const uriTraits = [
  'invalid',
  'wildcard',
  'fragment',
  'plain_http',
  'loopback',
  'custom_scheme',
  'points_at_the_incumbent',
  'broker',
  'hosted_by_azure',
] as const;
export type UriTrait = (typeof uriTraits)[number];

/** Raised whenever the same URI would be given other traits than before; part of the classifier version. */
export const uriTraitsRevision = 2;

/** Hosts that belong to an incumbent whatever the org: a URI there stops working when the incumbent does. */
const incumbentSuffixes = [
  'okta.com',
  'oktapreview.com',
  'okta-emea.com',
  'okta-gov.com',
  'okta.mil',
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'b2clogin.com',
];

const azureHosted = [
  /\/\.auth\/login\/aad\/callback\/?$/,
  /^https:\/\/token\.botframework\.com\//,
  /\.azure-apim\.net(?:\/|$)/,
];

/** https://learn.microsoft.com/entra/msal/: redirects of Microsoft's brokers and libraries, which only its SDK knows. */
const broker = [
  /^msauth(?:\.[^:]*)?:\/\//i,
  /^msal[^:]*:\/\//i,
  /^ms-appx-web:\/\//i,
  /\/nativeclient\/?$/i,
  /^urn:ietf:wg:oauth:2\.0:oob/i,
];

/** A URI's traits; none for a plain https URI of a host of the customer's own. `incumbentHosts` are normal ones. */
export function traitsOf(uri: string, incumbentHosts: ReadonlySet<string>): UriTrait[] {
  const traits: UriTrait[] = [];
  if (uri.includes('*')) traits.push('wildcard');
  if (uri.includes('#')) traits.push('fragment');
  if (broker.some((pattern) => pattern.test(uri))) return [...traits, 'broker'];
  if (azureHosted.some((pattern) => pattern.test(uri))) traits.push('hosted_by_azure');
  const parsed = parseUri(uri);
  if (!parsed) return [...traits, 'invalid'];
  if (parsed.scheme !== 'http' && parsed.scheme !== 'https') return [...traits, 'custom_scheme'];
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(parsed.host);
  if (loopback) traits.push('loopback');
  else if (parsed.scheme === 'http') traits.push('plain_http');
  if (isIncumbent(parsed.host, incumbentHosts)) traits.push('points_at_the_incumbent');
  return traits;
}

/**
 * Scheme and host of an absolute URI, each in its one spelling. A URI that a browser would repair (white space, no
 * host) counts as invalid.
 */
function parseUri(uri: string): { scheme: string; host: string } | null {
  const match = /^([a-z][a-z0-9+.-]*):(\/\/([^/?#]*))?/i.exec(uri);
  // eslint-disable-next-line no-control-regex
  if (!match?.[1] || /[\s\u0000-\u001f<>"\\^`{}|]/.test(uri)) return null;
  const scheme = match[1].toLowerCase();
  if (scheme !== 'http' && scheme !== 'https')
    return uri.length > scheme.length + 1 ? { scheme, host: '' } : null;
  const authority = match[3] ?? '';
  if (authority === '' || authority.includes('@')) return null;
  const host = normalHost(authority.replace(/:\d*$/, ''));
  return host === null ? null : { scheme, host };
}

/** The one spelling of a host: A-labels in lower case, without the dot of the DNS root; null when it cannot be one. */
export function normalHost(host: string): string | null {
  const url = `https://${host}`;
  return host !== '' && URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, '') : null;
}

function isIncumbent(host: string, incumbentHosts: ReadonlySet<string>): boolean {
  if (incumbentHosts.has(host)) return true;
  return incumbentSuffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
}

/** The traits of any of the URIs, each once, in a fixed order. */
export function traitsOfAll(uris: readonly string[], incumbentHosts: ReadonlySet<string>): UriTrait[] {
  const found = new Set(uris.flatMap((uri) => traitsOf(uri, incumbentHosts)));
  return uriTraits.filter((trait) => found.has(trait));
}
