import type { StoredItem } from '../../../inventory/item.ts';
import type { Subject } from '../../condition.ts';
import { domainsOverlap, mailDomain } from '../../mailDomain.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';
import { normalHost } from '../../uris.ts';

/** The subject that the rules of a domain judge. */
export function domainSubject(item: StoredItem<'domain'>, { snapshot }: Surroundings): Subject {
  const own = mailDomain(item.normalized.domain);
  const touches = (host: string | null) => own !== null && host !== null && domainsOverlap(own, host);
  const rules = snapshot.routingRules.filter(({ normalized }) =>
    normalized.patterns.some(({ value }) => touches(mailDomain(value ?? ''))),
  );
  const providers = snapshot.providers.filter(({ normalized }) =>
    [normalized.sso_url, normalized.entity_id, normalized.issuer_url].some((url) => touches(hostOf(url))),
  );
  return subjectOf(item, {
    used_by: [...rules, ...providers].map(({ name, externalId }) => name || externalId),
  });
}

const hostOf = (url: string | null): string | null => {
  const host = /^https?:\/\/([^/?#:@\s]+)/i.exec(url ?? '')?.[1];
  return host === undefined ? null : normalHost(host);
};
