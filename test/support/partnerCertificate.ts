// Certificates of partners that sign people in: with a key of a kind, for a time.
import { generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { createAuthority } from '../../simulators/certificates.ts';

const makers = {
  rsa2048: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey,
  rsa1024: () => generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey,
  ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
  ed25519: () => generateKeyPairSync('ed25519').publicKey,
};
export type PartnerKey = keyof typeof makers;

const authority = createAuthority();
const keys = new Map<PartnerKey, KeyObject>();

/** A partner's certificate as PEM; from 2020 to 2040 if it is not said otherwise. */
export function partnerCertificate(
  kind: PartnerKey = 'rsa2048',
  { from = '2020-01-01', until = '2040-01-01' }: { from?: string; until?: string } = {},
): string {
  const key = keys.get(kind) ?? makers[kind]();
  keys.set(kind, key);
  return authority.vouch('Partner', key, { from: new Date(from), until: new Date(until) });
}

/** The same as base64 DER without lines, as vendors give it. */
export const bareCertificate = (...args: Parameters<typeof partnerCertificate>): string =>
  new X509Certificate(partnerCertificate(...args)).raw.toString('base64');
