import type { Certificate, ProviderForm } from '../../../inventory/provider.ts';
import type { StoredItem } from '../../../inventory/item.ts';
import { traitsOfCertificate, type CertificateFact, type CertificateTrait } from '../../certificate.ts';
import type { Subject } from '../../condition.ts';
import { baseSubject } from '../../subject.ts';
import type { SnapshotFacts, Surroundings } from '../../surroundings.ts';
import { normalHost } from '../../uris.ts';

/** The subject that the rules of an identity provider judge. */
export function providerSubject(item: StoredItem<'provider'>, around: Surroundings): Subject {
  const form = item.normalized;
  const current = form.certificates.find(({ role }) => role === 'current') ?? null;
  const read = current && around.certificate(current.x5c);
  return {
    ...baseSubject(item),
    sso_is_https: hostOf(form.sso_url) !== null,
    trusts_itself: trustsItself(form, around.snapshot),
    certificate: {
      state: stateOf(form, current, read, around),
      ...(read && { expires: dayOf(read.notAfter), begins: dayOf(read.notBefore), subject: read.subject }),
      traits: read ? traitsOfCertificate(read, around.asOf) : [],
    },
    current_key: form.key_ids[0] ?? null,
    additional_keys: form.key_ids.slice(1),
    provisions: form.provisioning !== 'DISABLED' && !around.profile.just_in_time_provisioning,
    name_template: form.user_name_template?.replace(/^\$\{(.*)\}$/, '$1') ?? null,
  };
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

/** The host of an https URL in its one spelling; null for anything else. */
function hostOf(url: string | null): string | null {
  const authority = /^https:\/\/([^/?#\\\s@]+)(?:[/?#]|$)/i.exec(url ?? '')?.[1];
  return authority === undefined ? null : normalHost(authority.replace(/:\d+$/, ''));
}

/** Whether the partner is this org, another source of the workspace, or the target. */
function trustsItself(
  { entity_id, sso_url }: ProviderForm,
  { ownTrust, incumbentHosts }: SnapshotFacts,
): boolean {
  const hosts = [hostOf(entity_id), hostOf(sso_url)].filter((host) => host !== null);
  return (
    (entity_id !== null && ownTrust.entityIds.has(entity_id)) ||
    hosts.some((host) => ownTrust.hosts.has(host) || incumbentHosts.has(host))
  );
}
