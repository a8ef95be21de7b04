import type { ProviderForm } from '../../../inventory/provider.ts';
import type { StoredItem } from '../../../inventory/item.ts';
import { traitsOfCertificate, type CertificateTrait } from '../../certificate.ts';
import type { Subject } from '../../condition.ts';
import { httpsHost, isCircular } from '../../ownTrust.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';

/** The subject that the rules of a provider judge. */
export function providerSubject(item: StoredItem<'provider'>, around: Surroundings): Subject {
  const form = item.normalized;
  return subjectOf(item, {
    sso_url_sound: httpsHost(form.sso_url) !== null,
    certificate_traits: traitsOf(form, 'current', around),
    next_certificate: form.certificates.some(({ role }) => role === 'next'),
    shared_with: around.snapshot.providers
      .filter((other) => sharesButIssuer(item, other))
      .map(({ name }) => name),
    circular: isCircular(form, around.snapshot),
  });
}

function traitsOf(
  { certificates }: ProviderForm,
  role: 'current' | 'next',
  around: Surroundings,
): CertificateTrait[] {
  const found = certificates.find((each) => each.role === role);
  return traitsOfCertificate(found ? around.certificate(found.x5c) : null, around.asOf);
}

/**
 * Entra gives each of a partner's domains an issuer of its own (issuerUri must be unique), so that one partner with
 * several domains shows as several issuers at one address.
 */
function sharesButIssuer(item: StoredItem<'provider'>, other: StoredItem<'provider'>): boolean {
  const [one, two] = [item.normalized, other.normalized];
  if (other.externalId === item.externalId || one.entity_id === two.entity_id) return false;
  const keys = (form: ProviderForm) =>
    form.certificates.filter(({ role }) => role === 'current').map(({ x5c }) => x5c.replaceAll(/\s+/g, ''));
  return (
    (one.sso_url !== null && one.sso_url === two.sso_url) || keys(one).some((key) => keys(two).includes(key))
  );
}
