import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';

const verifiedWords = ['VERIFIED', 'COMPLETED'];

/** A custom domain: the host people sign in at, not the domain of their addresses. */
export function normalizeCustomDomain(raw: unknown): NormalItem<'domain'> {
  const domain = new Members(raw);
  const status = domain.word(
    ['NOT_STARTED', 'IN_PROGRESS', 'VERIFIED', 'COMPLETED', 'FAILED_TO_VERIFY'],
    'validationStatus',
  );
  const name = domain.string('domain') ?? '';
  return {
    itemType: 'domain',
    sourceType: 'okta',
    externalId: domain.string('id') ?? '',
    name,
    status,
    vendorKind: 'custom_domain',
    normalized: {
      use: 'sign_in_host',
      domain: name,
      verified: status !== null && verifiedWords.includes(status),
      verification_status: status,
      dns_records: domain.list('dnsRecords').map((record) => ({
        type: record.string('recordType'),
        name: record.string('fqdn'),
        values: record.strings('values'),
      })),
      certificate_source: domain.word(['MANUAL', 'OKTA_MANAGED'], 'certificateSourceType'),
      entra: null,
      references: [],
      last_updated: null,
      ...domain.noticed,
    },
  };
}

/** A domain that Okta sends its mail from. */
export function normalizeEmailDomain(raw: unknown): NormalItem<'domain'> {
  const domain = new Members(raw);
  const status = domain.word(['NOT_STARTED', 'POLLING', 'VERIFIED', 'ERROR', 'DELETED'], 'validationStatus');
  const name = domain.string('domain') ?? '';
  return {
    itemType: 'domain',
    sourceType: 'okta',
    externalId: domain.string('id') ?? '',
    name,
    status,
    vendorKind: 'email_domain',
    normalized: {
      use: 'email_sender',
      domain: name,
      verified: status !== null && verifiedWords.includes(status),
      verification_status: status,
      dns_records: domain.list('dnsValidationRecords').map((record) => ({
        type: record.string('recordType'),
        name: record.string('fqdn'),
        values: record.has('verificationValue')
          ? [record.string('verificationValue') ?? '']
          : record.strings('values'),
      })),
      certificate_source: null,
      entra: null,
      references: [],
      last_updated: null,
      ...domain.noticed,
    },
  };
}
