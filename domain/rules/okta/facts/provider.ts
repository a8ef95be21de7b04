import type { Certificate, ProviderForm } from '../../../inventory/provider.ts';
import type { StoredItem } from '../../../inventory/item.ts';
import { traitsOfCertificate, type CertificateFact, type CertificateTrait } from '../../certificate.ts';
import type { Subject } from '../../condition.ts';
import { httpsHost, isCircular } from '../../ownTrust.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';

/** The subject that the rules of an identity provider judge. */
export function providerSubject(item: StoredItem<'provider'>, around: Surroundings): Subject {
  const form = item.normalized;
  const current = form.certificates.find(({ role }) => role === 'current') ?? null;
  const read = current && around.certificate(current.x5c);
  return subjectOf(item, {
    sso_is_https: httpsHost(form.sso_url) !== null,
    trusts_itself: isCircular(form, around.snapshot),
    certificate: {
      state: stateOf(form, current, read, around),
      ...(read && { expires: dayOf(read.notAfter), begins: dayOf(read.notBefore), subject: read.subject }),
      traits: read ? traitsOfCertificate(read, around.asOf) : [],
    },
    current_key: form.key_ids[0] ?? null,
    additional_keys: form.key_ids.slice(1),
    provisions: form.provisioning !== 'DISABLED' && !around.profile.just_in_time_provisioning,
    name_template: form.user_name_template?.replace(/^\$\{(.*)\}$/, '$1') ?? null,
  });
}

type CertificateState = 'sound' | 'flawed' | 'unparsable' | 'dangling' | 'unread' | 'no_key';

function stateOf(
  form: ProviderForm,
  current: Certificate | null,
  read: CertificateFact | null,
  { snapshot, asOf }: Surroundings,
): CertificateState {
  if (form.key_ids.length === 0) return 'no_key';
  if (current === null) return snapshot.refused.has('identity_provider_keys') ? 'unread' : 'dangling';
  if (read === null) return 'unparsable';
  const traits: readonly CertificateTrait[] = traitsOfCertificate(read, asOf);
  return traits.length === 0 ? 'sound' : 'flawed';
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
