import { X509Certificate } from 'node:crypto';
import type { CertificateFact } from '../domain/rules/certificate.ts';
import { sha256Hex } from './digest.ts';

const curveBits: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

/**
 * Reads a certificate as vendors give it: base64 DER, often with line breaks, sometimes as PEM with text around it.
 * Null when that is no certificate.
 */
export function readCertificate(text: string): CertificateFact | null {
  const body = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/.exec(text)?.[1] ?? text;
  const base64 = body.replaceAll(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const der = Buffer.from(base64, 'base64');
  try {
    const certificate = new X509Certificate(der);
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
