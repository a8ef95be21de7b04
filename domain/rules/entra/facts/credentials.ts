import {
  isClientCertificate,
  type EntraKeyCredential,
  type EntraRegistration,
} from '../../../inventory/entra.ts';
import { traitsOfCertificate, type CertificateTrait, certificateTraits } from '../../certificate.ts';
import type { Surroundings } from '../../surroundings.ts';

/** By what an application can prove who it is. */
export type HeldCredentials = 'none' | 'secret' | 'certificate' | 'both' | 'other';

export interface CredentialFacts {
  credentials: HeldCredentials;
  /** Those that Entra accepts at the time of judgement; one without a known end is not counted. */
  valid_credentials: number;
  /** What stands out in its certificates, of all of them together. */
  certificate_traits: CertificateTrait[];
}

/** What a registration holds, at the time of judgement. */
export function credentialFacts(entra: EntraRegistration, around: Surroundings): CredentialFacts {
  const { password_credentials: secrets, key_credentials: keys } = entra;
  const certificates = keys.filter(isClientCertificate);
  const held = [
    ...secrets.map(({ ends }) => ({ starts: null, ends })),
    ...certificates.map(({ starts, ends }) => ({ starts, ends })),
  ];
  const found = new Set(certificates.flatMap((key) => traitsOf(key, around)));
  return {
    credentials: heldIn(secrets.length, certificates.length, keys.length),
    valid_credentials: held.filter((each) => isValid(each, around.asOf)).length,
    certificate_traits: certificateTraits.filter((trait) => found.has(trait)),
  };
}

function heldIn(secrets: number, certificates: number, keys: number): HeldCredentials {
  if (keys > certificates) return 'other';
  if (secrets > 0) return certificates > 0 ? 'both' : 'secret';
  return certificates > 0 ? 'certificate' : 'none';
}

function isValid({ starts, ends }: { starts: string | null; ends: string | null }, asOf: Date): boolean {
  const [from, until] = [Date.parse(starts ?? ''), Date.parse(ends ?? '')];
  return until > asOf.getTime() && !(from > asOf.getTime());
}

/** What the certificate says of itself, and what Entra keeps beside it: either may end it. */
function traitsOf(
  { x5c, starts, ends }: EntraKeyCredential,
  { certificate, asOf }: Surroundings,
): CertificateTrait[] {
  const read = x5c === null ? null : certificate(x5c);
  if (read === null) return ['unparsable'];
  const [from, until] = [Date.parse(starts ?? ''), Date.parse(ends ?? '')];
  return traitsOfCertificate(
    {
      ...read,
      notBefore: from > read.notBefore.getTime() ? new Date(from) : read.notBefore,
      notAfter: until < read.notAfter.getTime() ? new Date(until) : read.notAfter,
    },
    asOf,
  );
}
