/** What a certificate says of itself; read by `platform/certificates.ts`. */
export interface CertificateFact {
  subject: string;
  notBefore: Date;
  notAfter: Date;
  keyType: 'rsa' | 'ec' | 'other';
  /** Bits of an RSA modulus or of a curve's order; null when it has none. */
  keyBits: number | null;
  /** SHA-256 (hex) of the DER. */
  fingerprint: string;
}

/** Reads a certificate (base64 DER or PEM, noise around it allowed); null when it is none. */
export type ReadCertificate = (text: string) => CertificateFact | null;

/** What makes a certificate a reason to look twice. */
export const certificateTraits = ['unparsable', 'not_yet_valid', 'expired', 'expiring', 'weak_key'] as const;
export type CertificateTrait = (typeof certificateTraits)[number];

const day = 86_400_000;
/** Whoever learns of an expiry later than this has little time to ask the partner for the next certificate. */
export const expiringWithinDays = 30;
const leastRsaBits = 2048;

/** A certificate's traits at a time; none for one that is in date and strong enough. */
export function traitsOfCertificate(certificate: CertificateFact | null, asOf: Date): CertificateTrait[] {
  if (certificate === null) return ['unparsable'];
  const { notBefore, notAfter, keyType, keyBits } = certificate;
  const left = notAfter.getTime() - asOf.getTime();
  const traits: CertificateTrait[] = [];
  if (notBefore > asOf) traits.push('not_yet_valid');
  if (left < 0) traits.push('expired');
  else if (left < expiringWithinDays * day) traits.push('expiring');
  if (keyType === 'other' || (keyType === 'rsa' && (keyBits ?? 0) < leastRsaBits)) traits.push('weak_key');
  return traits;
}
