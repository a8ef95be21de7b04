import { hash, X509Certificate } from 'node:crypto';
import type { CertificateFact } from '../domain/rules/certificate.ts';
import { sha256Hex } from './digest.ts';

const curveBits: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

/**
 * Reads a certificate as vendors give it: base64 DER, often with line breaks, sometimes as PEM with text around it.
 * Null when that is no certificate.
 */
export function readCertificate(text: string): CertificateFact | null {
  try {
    const certificate = parse(text);
    if (!certificate) return null;
    const { asymmetricKeyType, asymmetricKeyDetails: details } = certificate.publicKey;
    const keyType =
      asymmetricKeyType === 'rsa' || asymmetricKeyType === 'ec' ? asymmetricKeyType : ('other' as const);
    return {
      subject: certificate.subject,
      notBefore: new Date(certificate.validFrom),
      notAfter: new Date(certificate.validTo),
      keyType,
      keyBits: details?.modulusLength ?? curveBits[details?.namedCurve ?? ''] ?? null,
      fingerprint: sha256Hex(certificate.raw),
    };
  } catch {
    return null;
  }
}

/**
 * The public key of a certificate as a key that signs (RFC 7517), with the certificate and its thumbprints, by which
 * signed assertions name it. Null when that is no certificate, or one whose key has no form as JWK.
 */
export function signingKeyOf(text: string): Record<string, unknown> | null {
  try {
    const certificate = parse(text);
    if (!certificate) return null;
    const thumbprint = (algorithm: 'sha1' | 'sha256') => hash(algorithm, certificate.raw, 'base64url');
    return {
      ...certificate.publicKey.export({ format: 'jwk' }),
      use: 'sig',
      x5c: [certificate.raw.toString('base64')],
      x5t: thumbprint('sha1'),
      'x5t#S256': thumbprint('sha256'),
    };
  } catch {
    return null;
  }
}

function parse(text: string): X509Certificate | null {
  const body = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/.exec(text)?.[1] ?? text;
  const base64 = body.replaceAll(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  return new X509Certificate(Buffer.from(base64, 'base64'));
}
