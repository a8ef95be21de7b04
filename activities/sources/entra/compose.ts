import { entraObjects } from '../../../domain/inventory/objects.ts';
import type { ApplicationForm, OidcClient } from '../../../domain/inventory/application.ts';
import {
  isClientCertificate,
  type EntraApplication,
  type EntraKeyCredential,
  type EntraNamedLocation,
  type EntraRegistration,
  type EntraServicePrincipal,
} from '../../../domain/inventory/entra.ts';
import type { GroupForm } from '../../../domain/inventory/group.ts';
import type { EvidencePointer, EvidenceRole, StoredItem } from '../../../domain/inventory/item.ts';
import type { PolicyForm } from '../../../domain/inventory/policy.ts';
import type { Composer, ComposerPart, FoundObject } from '../source.ts';
import { signingKeyOf } from '../../../platform/certificates.ts';
import { mayBeProvisioned, mayNest } from './collections.ts';

/** Objects that are kept under the item that they belong to. */
const ofItem = (objectKind: string, ...listedIn: string[]): ComposerPart => ({
  objectKind,
  listedIn,
  wants: (item) => ({ parent: item.externalId }),
});

const ofItemAlone = (objectKind: string, listedIn: string): ComposerPart => ({
  ...ofItem(objectKind, listedIn),
  listedByItem: true,
});

const evidenceOf = (role: EvidenceRole, ...found: (readonly FoundObject[] | null)[]): EvidencePointer[] =>
  found.flatMap((objects) => (objects ?? []).map(({ evidence }) => ({ ...evidence, role })));

/** Joins a registration or a service principal with its keys' values and with what may act as it or through it. */
const application: Composer = {
  itemType: 'application',
  parts: [
    ofItem(entraObjects.keys),
    ofItemAlone(entraObjects.federatedCredential, 'federated_credentials'),
    ofItemAlone(entraObjects.synchronizationJob, 'synchronization_jobs'),
    ofItem(entraObjects.delegatedGrant, 'delegated_permission_grants'),
    ofItem(entraObjects.claimsMappingUse, 'claims_mapping_policies', 'claims_mapping_applies_to'),
    ofItem(
      entraObjects.homeRealmDiscoveryUse,
      'home_realm_discovery_policies',
      'home_realm_discovery_applies_to',
    ),
  ],
  compose(item, found) {
    const form: ApplicationForm = (item as StoredItem<'application'>).normalized;
    const keys = found(entraObjects.keys) ?? [];
    const { entra, beside } = composeEntra(form.entra, found);
    const composed = entra && { ...entra, key_credentials: withValues(entra.key_credentials, keys) };
    const oidc = form.oidc && composed && { ...form.oidc, jwks: signingKeys(form.oidc, composed) };
    return {
      normalized: { ...form, oidc, entra: composed },
      evidence: [...evidenceOf('certificate', keys), ...evidenceOf('object', beside)],
    };
  },
};

type Found = Parameters<Composer['compose']>[1];

function composeEntra(
  entra: EntraApplication | null,
  found: Found,
): { entra: EntraApplication | null; beside: FoundObject[] } {
  switch (entra?.kind) {
    case undefined:
      return { entra: null, beside: [] };
    case 'registration':
      return composeRegistration(entra, found);
    case 'service_principal':
      return composeServicePrincipal(entra, found);
  }
}

function composeRegistration(entra: EntraRegistration, found: Found) {
  const credentials = found(entraObjects.federatedCredential);
  const data = credentials?.map((each) => each.data as { issuer: string | null; subject: string | null });
  return { entra: { ...entra, federated_credentials: data ?? null }, beside: [...(credentials ?? [])] };
}

function composeServicePrincipal(entra: EntraServicePrincipal, found: Found) {
  const jobs = mayBeProvisioned(entra) ? found(entraObjects.synchronizationJob) : null;
  const grants = found(entraObjects.delegatedGrant);
  const alike = grants && countAlike(grants);
  const claims = found(entraObjects.claimsMappingUse);
  const realms = found(entraObjects.homeRealmDiscoveryUse);
  const composed: EntraServicePrincipal = {
    ...entra,
    synchronization_jobs: (jobs?.map(({ data }) => data) ??
      null) as EntraServicePrincipal['synchronization_jobs'],
    delegated_grants: alike?.map(({ grant, count }) => ({ ...grant, count })) ?? null,
    claims_mapping_policies: idsOf(claims),
    home_realm_discovery_policies: idsOf(realms),
  };
  const first = alike?.map(({ object }) => object) ?? null;
  return { entra: composed, beside: [jobs, first, claims, realms].flatMap((objects) => objects ?? []) };
}

interface Grant {
  resource: string | null;
  scope: string | null;
  consent: string | null;
}

/** Everybody who consented has a grant of their own; what counts is what was granted. */
function countAlike(grants: readonly FoundObject[]): { grant: Grant; object: FoundObject; count: number }[] {
  const found = new Map<string, { grant: Grant; object: FoundObject; count: number }>();
  for (const object of grants) {
    const grant = object.data as Grant;
    const key = JSON.stringify([grant.resource, grant.scope, grant.consent]);
    const same = found.get(key);
    if (same) same.count += 1;
    else found.set(key, { grant, object, count: 1 });
  }
  return [...found.values()];
}

const idsOf = (objects: readonly FoundObject[] | null) =>
  objects?.map(({ externalId }) => externalId) ?? null;

function withValues(
  credentials: readonly EntraKeyCredential[],
  found: readonly FoundObject[],
): EntraKeyCredential[] {
  const values = new Map(
    found.flatMap(({ data }) => (data as EntraKeyCredential[]).map(({ key_id, x5c }) => [key_id, x5c])),
  );
  return credentials.map((each) => ({ ...each, x5c: values.get(each.key_id) ?? each.x5c }));
}

/** The public keys of the certificates by which a client proves who it is. */
const signingKeys = (oidc: OidcClient, { key_credentials }: EntraApplication): OidcClient['jwks'] =>
  oidc.token_endpoint_auth_method === 'private_key_jwt'
    ? key_credentials.filter(isClientCertificate).flatMap(({ x5c }) => {
        const key = x5c === null ? null : signingKeyOf(x5c);
        return key === null ? [] : [key];
      })
    : [];

/** Joins a group with its licences and the groups among its members. */
const group: Composer = {
  itemType: 'group',
  parts: [
    ofItem(entraObjects.groupLicenses, 'group_licenses'),
    ofItemAlone(entraObjects.nestedGroup, 'nested_groups'),
  ],
  compose(item, found) {
    const own = item as StoredItem<'group'>;
    const form: GroupForm = own.normalized;
    const licenses = found(entraObjects.groupLicenses);
    const nested = mayNest(own) ? found(entraObjects.nestedGroup) : null;
    const entra = form.entra && {
      ...form.entra,
      licenses: licenses?.flatMap(({ data }) => data as string[]) ?? null,
      nested_groups: idsOf(nested),
    };
    return { normalized: { ...form, entra }, evidence: evidenceOf('object', licenses, nested) };
  },
};

/** Joins a conditional access policy with the named locations of its conditions. */
const policy: Composer = {
  itemType: 'policy',
  parts: [
    {
      objectKind: entraObjects.namedLocation,
      listedIn: ['named_locations'],
      wants: (item) => ({
        externalIds: item.normalized.references
          .filter(({ relation }) => relation === 'network_zone')
          .map((reference) => reference.external_id),
      }),
    },
  ],
  compose(item, found) {
    const form: PolicyForm = (item as StoredItem<'policy'>).normalized;
    const objects = found(entraObjects.namedLocation);
    const locations = objects?.map(({ data }) => data as EntraNamedLocation) ?? null;
    const entra = form.entra && { ...form.entra, locations };
    return { normalized: { ...form, entra }, evidence: evidenceOf('object', objects) };
  },
};

export const entraComposers: readonly Composer[] = [application, group, policy];
