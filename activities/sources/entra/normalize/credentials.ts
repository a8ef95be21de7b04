import type { EntraKeyCredential, EntraPasswordCredential } from '../../../../domain/inventory/entra.ts';
import type { z } from 'zod';
import type { Members } from '../../members.ts';

/**
 * The keys of an application: https://learn.microsoft.com/graph/api/resources/keycredential. Their values come only to
 * who asks for them by name. `signing` is the thumbprint of the one that Entra signs with, in hex; identifiers are
 * written in hex or base64.
 */
export function keyCredentials(object: Members, signing: string | null): EntraKeyCredential[] {
  return object.list('keyCredentials').map((key) => {
    const identifier = key.string('customKeyIdentifier');
    const usage = key.word(['Sign', 'Verify', 'Encrypt', 'Decrypt'], 'usage');
    return {
      key_id: key.string('keyId'),
      type: key.word(['AsymmetricX509Cert', 'X509CertAndPassword', 'Symmetric'], 'type'),
      usage,
      starts: key.string('startDateTime'),
      ends: key.string('endDateTime'),
      identifier,
      signs_tokens: usage === 'Verify' && sameThumbprint(identifier, signing),
      x5c: bareCertificate(key.string('key')),
    };
  });
}

/** A certificate as base64 DER without white space, out of PEM with text around it where it was given so. */
export function bareCertificate(text: string | null): string | null {
  const body = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/.exec(text ?? '')?.[1] ?? text;
  return body?.replace(/\s+/g, '') ?? null;
}

export function passwordCredentials(object: Members): z.infer<typeof EntraPasswordCredential>[] {
  return object.list('passwordCredentials').map((password) => ({
    key_id: password.string('keyId'),
    name: password.string('displayName'),
    ends: password.string('endDateTime'),
  }));
}

function sameThumbprint(identifier: string | null, thumbprint: string | null): boolean {
  if (identifier === null || thumbprint === null) return false;
  const asHex = Buffer.from(identifier, 'base64').toString('hex');
  return [identifier, asHex].some((each) => each.toLowerCase() === thumbprint.toLowerCase());
}

/** Roles that the application defines and that are on. */
export function appRoles(object: Members): { id: string; name: string; members: string[] }[] {
  return object
    .list('appRoles')
    .filter((role) => role.boolean('isEnabled') !== false)
    .map((role) => ({
      id: role.string('id') ?? '',
      name: role.string('value') ?? role.string('displayName') ?? '',
      members: role.words(['User', 'Application'], 'allowedMemberTypes'),
    }));
}

/** https://learn.microsoft.com/graph/api/resources/application#properties (disabledByMicrosoftStatus) */
export const microsoftStatuses = ['NotDisabled', 'DisabledDueToViolationOfServicesAgreement'];
