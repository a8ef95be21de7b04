import type { EntraKeyCredential, EntraNamedLocation } from '../../../domain/inventory/entra.ts';
import { entraObjects } from '../../../domain/inventory/objects.ts';
import type { Sorted } from '../entries.ts';
import { Members } from '../members.ts';
import type { ReadObject } from '../source.ts';
import { bareCertificate, keyCredentials } from './normalize/credentials.ts';

type Kind = (typeof entraObjects)[keyof typeof entraObjects];
type Entry = Record<string, unknown>;
type ObjectOfPage = Omit<ReadObject, 'index'>;

const auxiliary = (kind: Kind, parent: string, externalId: string, data: unknown): ObjectOfPage => ({
  kind,
  parent,
  externalId,
  data,
  reason: 'auxiliary',
});

/** What a federation says, for the provider that is derived from it. */
export interface Federation {
  name: string | null;
  issuer: string | null;
  passive_sign_in_uri: string | null;
  active_sign_in_uri: string | null;
  sign_out_uri: string | null;
  metadata_exchange_uri: string | null;
  /** Base64 DER, white space removed. */
  signing_certificate: string | null;
  next_signing_certificate: string | null;
  protocol: string | null;
  requests_signed: boolean | null;
  prompt_login_behavior: string | null;
  mfa_behavior: string | null;
  certificate_update: string | null;
  /** Domains of the partner; of a federated domain, those are its parent. */
  domains: string[];
  unknown_values: { pointer: string; value: string }[];
  unparsable: string[];
}

function federation(entry: Entry): Federation {
  const from = new Members(entry);
  const certificate = (name: string) => bareCertificate(from.string(name));
  return {
    name: from.string('displayName'),
    issuer: from.string('issuerUri'),
    passive_sign_in_uri: from.string('passiveSignInUri'),
    active_sign_in_uri: from.string('activeSignInUri'),
    sign_out_uri: from.string('signOutUri'),
    metadata_exchange_uri: from.string('metadataExchangeUri'),
    signing_certificate: certificate('signingCertificate'),
    next_signing_certificate: certificate('nextSigningCertificate'),
    protocol: from.word(['wsFed', 'saml'], 'preferredAuthenticationProtocol'),
    requests_signed: from.boolean('isSignedAuthenticationRequestRequired'),
    prompt_login_behavior: from.word(
      ['translateToFreshPasswordAuthentication', 'nativeSupport', 'disabled'],
      'promptLoginBehavior',
    ),
    mfa_behavior: from.word(
      ['acceptIfMfaDoneByFederatedIdp', 'enforceMfaByFederatedIdp', 'rejectMfaByFederatedIdp'],
      'federatedIdpMfaBehavior',
    ),
    certificate_update: from.string('signingCertificateUpdateStatus', 'certificateUpdateResult'),
    domains: from.list('domains').flatMap((domain) => domain.string('id') ?? []),
    ...from.noticed,
  };
}

export const domainFederation = (entry: Entry, domain: string): ObjectOfPage =>
  auxiliary(entraObjects.domainFederation, domain, String(entry.id), federation(entry));

export const partnerFederation = (entry: Entry): ObjectOfPage =>
  auxiliary(entraObjects.partnerFederation, '', String(entry.id), federation(entry));

export function namedLocation(entry: Entry): ObjectOfPage {
  const location = new Members(entry);
  const data: EntraNamedLocation = {
    id: String(entry.id),
    name: location.string('displayName'),
    kind: location.string('@odata.type')?.replace('#microsoft.graph.', '') ?? null,
    trusted: location.boolean('isTrusted'),
    ip_ranges: location
      .list('ipRanges')
      .flatMap((range) => range.string('cidrAddress') ?? range.string('lowerAddress') ?? []),
    countries: location.strings('countriesAndRegions'),
    includes_unknown_countries: location.boolean('includeUnknownCountriesAndRegions'),
  };
  return auxiliary(entraObjects.namedLocation, '', data.id, data);
}

export function organization(entry: Entry): ObjectOfPage {
  const from = new Members(entry);
  const data = {
    name: from.string('displayName'),
    tenant_type: from.string('tenantType'),
    synced: from.boolean('onPremisesSyncEnabled'),
    plans: from
      .list('assignedPlans')
      .filter((plan) => plan.string('capabilityStatus') === 'Enabled')
      .map((plan) => ({ service: plan.string('service'), id: plan.string('servicePlanId') })),
  };
  return auxiliary(entraObjects.organization, '', String(entry.id), data);
}

/** The values of an application's keys, by key id. Most applications have none, and nothing is kept of those. */
export function keys(entry: Entry): Sorted {
  const values = keyCredentials(new Members(entry), null).filter(
    ({ key_id, x5c }) => key_id !== null && x5c !== null,
  );
  if (values.length === 0) return { nothing: 'auxiliary' };
  const id = String(entry.id);
  return { object: auxiliary(entraObjects.keys, id, id, values satisfies EntraKeyCredential[]) };
}

export function federatedCredential(entry: Entry, application: string): ObjectOfPage {
  const from = new Members(entry);
  const data = { issuer: from.string('issuer'), subject: from.string('subject') };
  return auxiliary(entraObjects.federatedCredential, application, String(entry.id), data);
}

export function synchronizationJob(entry: Entry, servicePrincipal: string): ObjectOfPage {
  const from = new Members(entry);
  const data = {
    id: String(entry.id),
    template: from.string('templateId'),
    state: from.string('status', 'code') ?? from.string('schedule', 'state'),
  };
  return auxiliary(entraObjects.synchronizationJob, servicePrincipal, data.id, data);
}

export function licenses(entry: Entry): Sorted {
  const skus = new Members(entry).list('assignedLicenses').flatMap((each) => each.string('skuId') ?? []);
  if (skus.length === 0) return { nothing: 'auxiliary' };
  const id = String(entry.id);
  return { object: auxiliary(entraObjects.groupLicenses, id, id, skus) };
}

export const nestedGroup = (entry: Entry, group: string): ObjectOfPage =>
  auxiliary(entraObjects.nestedGroup, group, String(entry.id), {
    name: new Members(entry).string('displayName'),
  });

/** `clientId` is the service principal that may call, `resourceId` the one that is called. */
export function delegatedGrant(entry: Entry): ObjectOfPage {
  const grant = new Members(entry);
  const data = {
    resource: grant.string('resourceId'),
    scope: grant.string('scope')?.trim() ?? null,
    consent: grant.string('consentType'),
  };
  return auxiliary(entraObjects.delegatedGrant, grant.string('clientId') ?? '', String(entry.id), data);
}

export const policy = (kind: Kind, entry: Entry): ObjectOfPage =>
  auxiliary(kind, '', String(entry.id), {
    name: new Members(entry).string('displayName'),
    organization_default: new Members(entry).boolean('isOrganizationDefault'),
  });

/** That a policy applies to an application or a service principal, kept under that. */
export const policyUse = (kind: Kind, entry: Entry, policyId: string): ObjectOfPage =>
  auxiliary(kind, String(entry.id), policyId, {});

export const securityDefaults = (entry: Entry): ObjectOfPage =>
  auxiliary(entraObjects.securityDefaults, '', String(entry.id), {
    enabled: new Members(entry).boolean('isEnabled'),
  });

export function crossTenantPartner(entry: Entry): ObjectOfPage {
  const partner = new Members(entry);
  const data = { service_provider: partner.boolean('isServiceProvider') };
  return auxiliary(entraObjects.crossTenantPartner, '', String(entry.tenantId), data);
}

export function identityProvider(entry: Entry): ObjectOfPage {
  const provider = new Members(entry);
  const data = {
    name: provider.string('displayName'),
    type: provider.string('identityProviderType') ?? provider.string('@odata.type'),
  };
  return auxiliary(entraObjects.identityProvider, '', String(entry.id), data);
}
