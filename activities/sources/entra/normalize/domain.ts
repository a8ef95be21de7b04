import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';

/** A domain of people's names: https://learn.microsoft.com/graph/api/resources/domain; its id is its name. */
export function normalizeDomain(raw: unknown): NormalItem<'domain'> {
  const domain = new Members(raw);
  const name = domain.string('id') ?? '';
  const verified = domain.boolean('isVerified');
  const type = domain.word(['Managed', 'Federated'], 'authenticationType');
  return {
    itemType: 'domain',
    sourceType: 'entra',
    externalId: name,
    name,
    status: verified === null ? null : verified ? 'verified' : 'unverified',
    vendorKind: type ?? '',
    normalized: {
      use: 'people',
      domain: name,
      verified: verified === true,
      verification_status: null,
      dns_records: [],
      certificate_source: null,
      entra: {
        authentication_type: type,
        is_root: domain.boolean('isRoot'),
        is_initial: domain.boolean('isInitial'),
        is_default: domain.boolean('isDefault'),
        is_admin_managed: domain.boolean('isAdminManaged'),
        supported_services: domain.strings('supportedServices'),
      },
      references: [],
      last_updated: null,
      ...domain.noticed,
    },
  };
}
