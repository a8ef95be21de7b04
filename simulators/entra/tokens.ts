import { randomBytes, randomUUID } from 'node:crypto';
import { GraphFault } from './errors.ts';

/** The resource that tokens are for. */
export const GRAPH = 'https://graph.microsoft.com';

/** Whom a token speaks for. */
export interface TokenSubject {
  tenantId: string;
  clientId: string;
  permissions: readonly string[];
}

/** Issues access tokens and knows those it issued. */
export interface Tokens {
  issue(subject: TokenSubject): { token: string; expiresIn: number };
  /** The permissions a token was issued with. @throws {GraphFault} 401 when it is missing, unknown or expired */
  read(authorization: string | undefined): readonly string[];
  /** Every token issued so far has expired from now on. */
  expire(): void;
}

/**
 * Tokens look like those of Entra: a signed JWT with the permissions in `roles`. Its signature is noise: Microsoft
 * asks clients not to look inside, and the simulator remembers what it issued.
 * Source: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function createTokens(settings: { lifetime: number; now: () => number }): Tokens {
  const { lifetime, now } = settings;
  const issued = new Map<string, { expires: number; permissions: readonly string[] }>();
  return {
    issue(subject) {
      const seconds = Math.floor(now() / 1000);
      const token = jwt(claimsOf(subject, seconds, seconds + lifetime));
      issued.set(token, { expires: now() + lifetime * 1000, permissions: [...subject.permissions] });
      return { token, expiresIn: lifetime };
    },
    read(authorization = '') {
      const [, token] = /^Bearer\s+(\S+)$/i.exec(authorization) ?? [];
      if (token === undefined) throw refused('Access token is empty.');
      const found = issued.get(token);
      if (found === undefined) throw refused(unknownReason(token));
      if (now() >= found.expires) throw refused('Lifetime validation failed, the token is expired.');
      return found.permissions;
    },
    expire() {
      for (const token of issued.values()) token.expires = -Infinity;
    },
  };
}

function refused(message: string): GraphFault {
  return new GraphFault('InvalidAuthenticationToken', message);
}

function unknownReason(token: string): string {
  return token.split('.').length === 3
    ? 'Access token validation failure. Invalid signature.'
    : 'IDX14100: JWT is not well formed, there are no dots (.).';
}

function claimsOf({ tenantId, clientId, permissions }: TokenSubject, issuedAt: number, expires: number) {
  return {
    aud: GRAPH,
    iss: `https://sts.windows.net/${tenantId}/`,
    iat: issuedAt,
    nbf: issuedAt,
    exp: expires,
    app_displayname: 'Inventory',
    appid: clientId,
    appidacr: '1',
    idp: `https://sts.windows.net/${tenantId}/`,
    idtyp: 'app',
    // An application without consent gets a token too, and no roles in it.
    ...(permissions.length === 0 ? {} : { roles: permissions }),
    tid: tenantId,
    uti: randomUUID(),
    ver: '1.0',
  };
}

function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = { typ: 'JWT', alg: 'RS256', kid: 'simulated', nonce: randomBytes(8).toString('base64url') };
  return [part(header), part(claims), randomBytes(256).toString('base64url')].join('.');
}
