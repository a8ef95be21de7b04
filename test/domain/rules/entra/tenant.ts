// A whole Entra directory judged in memory: what collection, composition, derivation and classification do, without a
// database.
import type { EntraObject } from '../../../../simulators/entra/collections.ts';
import type { EntraTenantData } from '../../../../simulators/entra/data.ts';
import { entraDerivations } from '../../../../activities/sources/entra/derive.ts';
import type { FoundObject, PageContent, ReadObject } from '../../../../activities/sources/source.ts';
import type { Verdict } from '../../../../domain/assessment.ts';
import type { EntraCollectionName } from '../../../../domain/collections/entra.ts';
import type { StoredItem } from '../../../../domain/inventory/item.ts';
import { entraObjects } from '../../../../domain/inventory/objects.ts';
import type { EntraFacts } from '../../../../domain/rules/entra/directoryFacts.ts';
import { inOrder, judgeSnapshot } from '../snapshot.ts';
import { asItem, compose, readPage } from './support.ts';

export interface JudgedItem {
  item: StoredItem;
  /** Null for an item that was derived. */
  raw: unknown;
  verdict: Verdict;
}

interface ReadPage {
  entries: readonly EntraObject[];
  content: PageContent;
}

/** Judges every item of a directory; `refused` collections are not read. */
export function judgeDirectory(
  data: EntraTenantData,
  directoryId: string,
  refused: readonly EntraCollectionName[] = [],
): JudgedItem[] {
  const pages = readAll(data, refused);
  const contents = pages.map(({ content }) => content);
  const composed = pages.flatMap(({ entries, content }) =>
    content.items.map(({ item, index }) => ({
      raw: entries[index],
      item: compose(asItem(item), contents, refused),
    })),
  );
  const objects = inOrder(contents.flatMap((content) => content.objects));
  const read = [
    ...composed,
    ...derived(
      composed.map(({ item }) => item),
      objects,
    ),
  ];
  const verdicts = judgeSnapshot(
    read.map(({ item }) => item),
    objects,
    {
      entra: directoryFacts(
        composed.map(({ item }) => item),
        objects,
        directoryId,
        refused,
      ),
      refused: new Set(refused),
    },
  );
  return read.flatMap(({ item, raw }) => {
    const verdict = verdicts.get(item.id);
    return verdict ? [{ item, raw, verdict }] : [];
  });
}

/** Every collection as pages, one for each listing. */
function readAll(data: EntraTenantData, refused: readonly EntraCollectionName[]): ReadPage[] {
  const page = (name: EntraCollectionName, entries: readonly EntraObject[], context = {}): ReadPage[] =>
    refused.includes(name) ? [] : [{ entries, content: readPage(name, entries, context) }];
  /** One listing for each parent that the children name in `member`. */
  const below = (
    name: EntraCollectionName,
    children: readonly EntraObject[],
    member: string,
    context: string,
  ) =>
    [...new Set(children.map((child) => String(child[member])))].flatMap((parent) =>
      page(
        name,
        children.filter((child) => String(child[member]) === parent),
        { [context]: parent },
      ),
    );
  const groups = new Set(data.groups.map(({ id }) => id));
  return [
    ...page('applications', data.applications),
    ...page('application_keys', data.applications),
    ...page('service_principals', data.servicePrincipals),
    ...page('service_principal_keys', data.servicePrincipals),
    ...page('domains', data.domains),
    ...page('groups', data.groups),
    ...page('group_licenses', data.groups),
    ...page('conditional_access_policies', data.conditionalAccessPolicies),
    ...page('named_locations', data.namedLocations),
    ...page('organization', data.organization),
    ...page('partner_federations', data.samlOrWsFedExternalDomainFederations),
    ...page('delegated_permission_grants', data.oauth2PermissionGrants),
    ...page('claims_mapping_policies', data.claimsMappingPolicies),
    ...page('home_realm_discovery_policies', data.homeRealmDiscoveryPolicies),
    ...page('security_defaults', data.identitySecurityDefaultsEnforcementPolicy),
    ...page('cross_tenant_partners', data.crossTenantAccessPolicyPartners),
    ...page('identity_providers', data.identityProviders),
    ...below('domain_federations', data.domainFederationConfigurations, 'domainId', 'domain'),
    ...below('app_role_assignments', data.appRoleAssignedTo, 'resourceId', 'service_principal'),
    ...below('federated_credentials', data.federatedIdentityCredentials, 'applicationId', 'application'),
    ...below('synchronization_jobs', data.synchronizationJobs, 'servicePrincipalId', 'service_principal'),
    ...below(
      'nested_groups',
      data.groupMembers.filter(({ id }) => groups.has(id)),
      'groupId',
      'group',
    ),
    ...below('claims_mapping_applies_to', data.claimsMappingPolicyAppliesTo, 'policyId', 'policy'),
    ...below('home_realm_discovery_applies_to', data.homeRealmDiscoveryPolicyAppliesTo, 'policyId', 'policy'),
  ];
}

const found = (object: ReadObject): FoundObject => ({
  ...object,
  evidence: { id: '', index: object.index, role: 'object' },
});

function derived(items: readonly StoredItem[], objects: readonly ReadObject[]) {
  const evidence = [{ id: '', index: 0, role: 'object' as const }];
  return entraDerivations.flatMap(({ itemType, derive }) =>
    derive(
      items.filter((item) => item.itemType === itemType).map((item) => ({ ...item, evidence })),
      (kind) => objects.filter((object) => object.kind === kind).map(found),
    ).map(({ item }) => ({ raw: null, item: asItem(item) })),
  );
}

function directoryFacts(
  items: readonly StoredItem[],
  objects: readonly ReadObject[],
  directoryId: string,
  refused: readonly EntraCollectionName[],
): EntraFacts {
  const applications = items.filter((item) => item.itemType === 'application') as StoredItem<'application'>[];
  const resources = objects
    .filter(({ kind }) => kind === entraObjects.delegatedGrant)
    .flatMap(({ data }) => (data as { resource: string | null }).resource ?? []);
  const api = (id: string) => {
    const item = applications.find(({ externalId }) => externalId === id);
    return { name: item?.name ?? id, appId: item?.normalized.entra?.app_id?.toLowerCase() ?? null };
  };
  const requested = applications.flatMap(({ normalized: { entra } }) =>
    entra?.kind === 'registration'
      ? entra.required_permissions.map(({ resource }) => resource.toLowerCase())
      : [],
  );
  return {
    directoryId,
    grantedApis: refused.includes('delegated_permission_grants')
      ? null
      : new Map(resources.map((id) => [id, api(id)])),
    requestedApis: new Set(requested),
  };
}
