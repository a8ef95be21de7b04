import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node';
import { z } from 'zod';
import type { EntraConfig } from '../../../domain/source.ts';
import { SourceFailure } from '../failure.ts';
import { failureOfRequest } from '../pages.ts';
import type { Answer, TokenTransport } from '../transport.ts';
import type { CloudHosts } from './clouds.ts';
import { retryTime } from './errors.ts';

/**
 * Gives an access token for Graph, the former one for as long as it is good; a fresh one when asked. Throws
 * SourceFailure: `credentials` when the application is refused, `rate_limited`, `unavailable`.
 */
export type TokenSource = (fresh?: 'fresh') => Promise<string>;

export const tokenEndpoint = (config: EntraConfig, hosts: CloudHosts): string =>
  `${hosts.login}/${config.directory_id}/oauth2/v2.0/token`;

/**
 * Tokens by client credentials. MSAL is given the authority's metadata, so that it asks for nothing but the token, and
 * a network of ours, so that it asks for that at the token endpoint alone. It renews a token five minutes before it
 * ends.
 */
export function createTokenSource(
  config: EntraConfig,
  clientSecret: string,
  hosts: CloudHosts,
  transport: TokenTransport,
): TokenSource {
  const authority = `${hosts.login}/${config.directory_id}`;
  const endpoint = tokenEndpoint(config, hosts);
  const exchange: Exchange = {};
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: config.client_id,
      clientSecret,
      authority,
      knownAuthorities: [new URL(hosts.login).host],
      authorityMetadata: JSON.stringify({
        authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
        token_endpoint: endpoint,
        issuer: `${authority}/v2.0`,
        jwks_uri: `${authority}/discovery/v2.0/keys`,
      }),
    },
    system: { networkClient: networkOn(transport, exchange) },
  });
  const ask = async (fresh: boolean): Promise<string> => {
    delete exchange.answer;
    delete exchange.error;
    try {
      const scopes = [`${hosts.resource}/.default`];
      const result = await application.acquireTokenByClientCredential({ scopes, skipCache: fresh });
      if (result?.accessToken) return result.accessToken;
    } catch (error) {
      throw explain(exchange, error, new URL(endpoint).pathname);
    }
    // MSAL takes some refusals for an answer without a token.
    throw explain(exchange, null, new URL(endpoint).pathname);
  };
  return oneAtATime(ask);
}

/** Requests that need a token at the same time share one; who needs a fresh one never gets one asked for before. */
function oneAtATime(ask: (fresh: boolean) => Promise<string>): TokenSource {
  let asking: { fresh: boolean; token: Promise<string> } | null = null;
  return async (wanted) => {
    const fresh = wanted === 'fresh';
    while (asking && fresh && !asking.fresh) await Promise.allSettled([asking.token]);
    if (!asking) {
      const token = ask(fresh).finally(() => (asking = null));
      asking = { fresh, token };
    }
    return asking.token;
  };
}

/** What the last request for a token came to; MSAL's own errors repeat what was sent and lose headers. */
interface Exchange {
  answer?: Answer;
  error?: unknown;
}

function networkOn(transport: TokenTransport, exchange: Exchange): INetworkModule {
  return {
    sendGetRequestAsync: () => Promise.reject(new Error('MSAL may ask for tokens and nothing else.')),
    sendPostRequestAsync: async (url, options) => {
      try {
        const answer = await transport.post(url, options?.headers ?? {}, options?.body ?? '');
        exchange.answer = answer;
        const headers = Object.fromEntries(answer.headers);
        return { status: answer.status, headers, body: parse(answer.body) as never };
      } catch (error) {
        exchange.error = error;
        throw error;
      }
    },
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return {};
  }
}

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const ErrorBody = z
  .object({
    error: z.string().max(100),
    error_codes: z.array(z.int()),
    trace_id: z.string().max(100),
  })
  .partial();

/** Says the vendor's code and none of its words: they quote what was sent. */
function explain({ answer, error }: Exchange, thrown: unknown, endpoint: string): SourceFailure {
  if (error !== undefined) return failureOfRequest(error, endpoint, 'Entra\u2019s login host');
  if (!answer) {
    const said = 'Entra could not be asked for a token.';
    const cause = thrown instanceof Error ? thrown.name : undefined;
    return new SourceFailure('unavailable', said, { endpoint, cause });
  }
  const body = ErrorBody.safeParse(parse(answer.body)).data ?? {};
  const [number] = body.error_codes ?? [];
  const code = number === undefined ? body.error : `AADSTS${number}`;
  const detail = {
    endpoint,
    httpStatus: answer.status,
    vendorCode: code,
    vendorRequestId: body.trace_id ?? answer.headers.get('x-ms-request-id') ?? undefined,
  };
  const said = `Entra answered ${answer.status}${code === undefined ? '' : ` ${code}`} when asked for a token.`;
  if (answer.status === 429) {
    const retryAt = retryTime(answer, endpoint, new Date());
    return new SourceFailure('rate_limited', said, { ...detail, retryAt });
  }
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 408) {
    const why =
      'Directory, client id or client secret are wrong or expired, or the application was disabled.';
    return new SourceFailure('credentials', `${said} ${why}`, detail);
  }
  return new SourceFailure('unavailable', said, detail);
}

const Claims = z.object({
  aud: z.string(),
  roles: z.array(z.string()).default([]),
  wids: z.array(z.string()).default([]),
});

/**
 * What an access token lets its bearer do: application permissions, and templates of directory roles. Microsoft asks
 * clients not to rely on the contents of tokens for Graph, so null when they are not what they were.
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function rightsOf(token: string): { permissions: string[]; roles: string[] } | null {
  const [, payload] = token.split('.');
  const claims = Claims.safeParse(parse(Buffer.from(payload ?? '', 'base64url')));
  if (payload === undefined || !claims.success) return null;
  return { permissions: claims.data.roles, roles: claims.data.wids };
}
