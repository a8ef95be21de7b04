import { randomBytes } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, importJWK, type CryptoKey, type JWK } from 'jose';
import { sha256 } from './digest.ts';

/**
 * One-time secrets travel sealed from the activity that makes them to whoever asked for them: a compact JWE
 * (ECDH-ES, A256GCM) to a public key that came with the request. Only ciphertext is ever stored.
 */
const algorithm = 'ECDH-ES';

/** A client secret, and what of it may be kept: its SHA-256. */
export interface ClientSecret {
  secret: string;
  hash: Uint8Array;
}

/** A new client secret of 256 random bits. */
export function newClientSecret(): ClientSecret {
  const secret = randomBytes(32).toString('base64url');
  return { secret, hash: sha256(secret) };
}

export async function sealForRecipient(publicJwk: object, secret: string): Promise<string> {
  const key = await importJWK(publicJwk as JWK, algorithm);
  return new CompactEncrypt(new TextEncoder().encode(secret))
    .setProtectedHeader({ alg: algorithm, enc: 'A256GCM' })
    .encrypt(key);
}

export async function openForRecipient(privateKey: CryptoKey, jwe: string): Promise<string> {
  const { plaintext } = await compactDecrypt(jwe, privateKey, {
    keyManagementAlgorithms: [algorithm],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  return new TextDecoder().decode(plaintext);
}
