import { hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { canonicalJson } from '../domain/canonical.ts';
import type { SecretBinding, SourceSecret } from '../domain/source.ts';

/** 256-bit keys by id, in order; the first one seals, every one opens. */
export interface KeyRing {
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

/** A key of 256 bits for one purpose, from a key of the ring: what authenticates cursors opens no secret. */
export const deriveKey = (key: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', `identity-migration ${purpose}`, 32));

/** The sealed secret cannot be opened for this source: an unknown key, a changed host, a row that was copied. */
export class SealBroken extends Error {}

/**
 * Seals a source's credential as a compact JWE (dir, A256GCM). The protected header, which the tag authenticates,
 * binds it to the tenant, the source, its type, host, directory and client.
 */
export async function sealSecret(
  ring: KeyRing,
  binding: SecretBinding,
  secret: SourceSecret,
): Promise<string> {
  const [first] = ring.keys;
  if (!first) throw new Error('The key ring is empty.');
  const [kid, key] = first;
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(secret)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid, idm: { ...binding } })
    .encrypt(key);
}

/** Opens a sealed credential for exactly the source it was sealed for; throws SealBroken otherwise. */
export async function openSecret(
  ring: KeyRing,
  binding: SecretBinding,
  sealed: string,
): Promise<SourceSecret> {
  const kid = keyIdOf(sealed);
  const key = ring.keys.get(kid);
  if (!key) throw new SealBroken(`The key ${kid} that sealed this secret is not in the key ring.`);
  const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  }).catch((cause: unknown) => {
    throw new SealBroken('The sealed secret was changed or sealed with another key.', { cause });
  });
  if (canonicalJson(protectedHeader.idm) !== canonicalJson(binding)) {
    throw new SealBroken('The secret was sealed for another source, host or client; set it again.');
  }
  return JSON.parse(new TextDecoder().decode(plaintext)) as SourceSecret;
}

function keyIdOf(sealed: string): string {
  try {
    return decodeProtectedHeader(sealed).kid ?? '(none)';
  } catch (cause) {
    throw new SealBroken('The sealed secret was changed or was never one.', { cause });
  }
}
