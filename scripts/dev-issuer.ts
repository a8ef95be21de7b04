// The development issuer's keys and tokens: what stands in for a company's identity provider on one machine.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { z } from 'zod';
import { keepPrivateFile } from './private-file.ts';

export const DEVELOPMENT_AUDIENCE = 'identity-migration';
/** The tenant whose members count as operators, unless `OPERATOR_TENANT_IDS` names others. */
export const DEVELOPMENT_OPERATOR_TENANT_ID = '01900000-0000-7000-8000-000000000001';

export const TENANT_KINDS = ['customer', 'operator', 'vendor'] as const;
export const ACCESS_CONTEXTS = ['membership', 'guest_access', 'support_access'] as const;
export const DEVELOPMENT_PERMISSIONS = ['portal.migrations.view', 'portal.migrations.manage'];

const TOKEN_LIFE_SECONDS = 12 * 60 * 60;

const PrivateKeySet = z.object({
  keys: z.array(z.looseObject({ kty: z.literal('EC'), kid: z.string(), d: z.string() })).min(1),
});
/** A JWK set with private keys; the first one signs. */
export type PrivateKeySet = z.infer<typeof PrivateKeySet>;

/** Claims of an access token; those left out of the last four are absent from the token, which the API refuses. */
export interface TokenClaims {
  iss: string;
  aud: string;
  /** `dev` by default. */
  sub?: string;
  /** Seconds since 1970. By default now, now and 12 hours later. */
  iat?: number;
  nbf?: number;
  exp?: number;
  jti?: string;
  tenant_id?: string;
  tenant_kind?: string;
  access_context?: string;
  permissions?: string[];
}

/** Makes the issuer's key file, an ES256 private JWK set with mode 0600, unless it is there. */
export async function keepIssuerKeys(path: string): Promise<void> {
  await keepPrivateFile(path, async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk: JWK = await exportJWK(privateKey);
    const kid = await calculateJwkThumbprint(jwk);
    return JSON.stringify({ keys: [{ ...jwk, kid, alg: 'ES256', use: 'sig' }] }, null, 2);
  });
}

/** @throws when the file is missing or holds no such keys */
export async function readIssuerKeys(path: string): Promise<PrivateKeySet> {
  return PrivateKeySet.parse(JSON.parse(await readFile(path, 'utf8')));
}

/** An access token (RFC 9068), signed with ES256 by the first key. */
export async function mintToken(keys: PrivateKeySet, claims: TokenClaims): Promise<string> {
  const [key] = keys.keys;
  if (key === undefined) throw new Error('the key set is empty');
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, nbf: now, exp: now + TOKEN_LIFE_SECONDS };
  return new SignJWT({ sub: 'dev', ...times, jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
    .sign(await importJWK(key, 'ES256'));
}
