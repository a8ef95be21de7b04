// Microsoft Graph's objects as tests compose them, judged as an assessment judges them: raw object → normal form →
// verdict.
import { entraComposers } from '../../../../activities/sources/entra/compose.ts';
import { entraReaders } from '../../../../activities/sources/entra/collections.ts';
import type { ComposerPart, PageContent } from '../../../../activities/sources/source.ts';
import type { EntraCollectionName } from '../../../../domain/collections/entra.ts';
import type { StoredItem } from '../../../../domain/inventory/item.ts';
import type { ItemType } from '../../../../domain/inventory/itemTypes.ts';
import type { Verdict } from '../../../../domain/assessment.ts';
import type { EntraFacts } from '../../../../domain/rules/entra/directoryFacts.ts';
import { microsoftGraph } from '../../../../domain/rules/entra/firstParty.ts';
import type { Body } from '../../../support/answer.ts';
import { asItem } from '../okta/support.ts';
import { emptyFacts, judgeAlone, type Facts } from '../snapshot.ts';

export { asItem };

/** Reads a page of a collection as the reader does. */
export function readPage(
  collection: EntraCollectionName,
  entries: readonly unknown[],
  context: Record<string, string> = {},
): PageContent {
  const reader = entraReaders.find((each) => each.name === collection);
  if (!reader) throw new Error(`no reader of ${collection}`);
  return reader.read(entries, { collection, key: '', path: `/${collection}`, context });
}

/** The item that an entry of a listing is. */
export function readItem<Type extends ItemType>(
  collection: EntraCollectionName,
  entry: unknown,
  context: Record<string, string> = {},
): StoredItem<Type> {
  const [first] = readPage(collection, [entry], context).items;
  if (!first) throw new Error(`an entry of ${collection} is no item`);
  return asItem(first.item) as StoredItem<Type>;
}

/** Joins an item with the objects read beside it; of a refused collection nothing is known. */
export function compose<Type extends ItemType>(
  item: StoredItem<Type>,
  pages: readonly PageContent[],
  refused: readonly EntraCollectionName[] = [],
): StoredItem<Type> {
  const composer = entraComposers.find((each) => each.itemType === item.itemType);
  if (!composer) return item;
  const objectsOf = ({ objectKind, listedIn, wants }: ComposerPart) => {
    if (listedIn.some((collection) => refused.some((each) => each === collection))) return null;
    const want = wants(item);
    return pages
      .flatMap((page) => page.objects)
      .filter((object) => object.kind === objectKind)
      .filter((object) =>
        'parent' in want ? object.parent === want.parent : want.externalIds.includes(object.externalId),
      )
      .map((object) => ({ ...object, evidence: { id: '', index: object.index, role: 'object' as const } }));
  };
  const { normalized } = composer.compose(item, (objectKind) => {
    const part = composer.parts.find((each) => each.objectKind === objectKind);
    return part ? objectsOf(part) : [];
  });
  return { ...item, normalized: normalized as StoredItem<Type>['normalized'] };
}

/** The directory that the cases below stand in. */
export const directoryId = 'b1ccedbf-affd-40bc-a9c2-d60ad9893328';
const graphPrincipal = 'sp-graph';

export interface DirectoryFacts extends Facts {
  entra: EntraFacts;
}

export const directoryFacts = (): DirectoryFacts => ({
  ...emptyFacts(),
  entra: {
    directoryId,
    grantedApis: new Map([[graphPrincipal, { name: 'Microsoft Graph', appId: microsoftGraph }]]),
    requestedApis: new Set([microsoftGraph]),
  },
});

// Registrations and service principals

export interface ApplicationCase {
  /** The registration; null when the snapshot does not hold it. */
  registration: Body;
  /** The service principal with its appId; null when the snapshot does not hold it. */
  principal: Body;
  federated: Body[];
  /** Delegated grants of the service principal. */
  grants: Body[];
  /** Ids of policies that are assigned to the service principal. */
  claimsPolicies: string[];
  homeRealmPolicies: string[];
  jobs: Body[];
  refused: EntraCollectionName[];
  facts: DirectoryFacts;
}

/** A web application with a secret that moves as it is, in all that Graph says of one. */
export const cleanApplications = (): ApplicationCase => ({
  registration: {
    id: 'app-1',
    appId: 'a0000000-0000-4000-8000-000000000001',
    displayName: 'Payroll',
    signInAudience: 'AzureADMyOrg',
    disabledByMicrosoftStatus: null,
    isFallbackPublicClient: false,
    identifierUris: [],
    tags: [],
    notes: null,
    description: null,
    serviceManagementReference: null,
    applicationTemplateId: null,
    samlMetadataUrl: null,
    tokenEncryptionKeyId: null,
    groupMembershipClaims: null,
    optionalClaims: null,
    nativeAuthenticationApisEnabled: null,
    parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow' },
    web: {
      homePageUrl: null,
      logoutUrl: null,
      redirectUris: ['https://payroll.example/cb'],
      implicitGrantSettings: { enableIdTokenIssuance: false, enableAccessTokenIssuance: false },
    },
    spa: { redirectUris: [] },
    publicClient: { redirectUris: [] },
    api: {
      acceptMappedClaims: null,
      knownClientApplications: [],
      requestedAccessTokenVersion: null,
      oauth2PermissionScopes: [],
      preAuthorizedApplications: [],
    },
    appRoles: [],
    requiredResourceAccess: [
      {
        resourceAppId: microsoftGraph,
        resourceAccess: [{ id: '37f7f235-527c-4136-accd-4a02d197296e', type: 'Scope' }],
      },
    ],
    passwordCredentials: [{ keyId: 'pwd-1', displayName: 'one', endDateTime: '2027-12-01T00:00:00Z' }],
    keyCredentials: [],
  },
  principal: {
    id: 'sp-1',
    appId: 'a0000000-0000-4000-8000-000000000001',
    displayName: 'Payroll',
    accountEnabled: true,
    disabledByMicrosoftStatus: null,
    servicePrincipalType: 'Application',
    appOwnerOrganizationId: directoryId,
    preferredSingleSignOnMode: null,
    preferredTokenSigningKeyThumbprint: null,
    appRoleAssignmentRequired: true,
    applicationTemplateId: null,
    tags: ['WindowsAzureActiveDirectoryIntegratedApp'],
    replyUrls: ['https://payroll.example/cb'],
    servicePrincipalNames: ['a0000000-0000-4000-8000-000000000001'],
    loginUrl: null,
    logoutUrl: null,
    samlSingleSignOnSettings: null,
    appRoles: [],
    keyCredentials: [],
    passwordCredentials: [],
    notes: null,
  },
  federated: [],
  grants: [
    {
      id: 'g-1',
      clientId: 'sp-1',
      resourceId: graphPrincipal,
      scope: 'openid profile',
      consentType: 'AllPrincipals',
    },
  ],
  claimsPolicies: [],
  homeRealmPolicies: [],
  jobs: [],
  refused: [],
  facts: directoryFacts(),
});

const applicationPages = (given: ApplicationCase): PageContent[] => {
  const { registration, principal, federated, grants, claimsPolicies, homeRealmPolicies, jobs } = given;
  const used = (collection: EntraCollectionName, ids: readonly string[]) =>
    ids.map((policy) => readPage(collection, [{ id: 'sp-1' }], { policy }));
  return [
    readPage('application_keys', registration === null ? [] : [registration]),
    readPage('service_principal_keys', principal === null ? [] : [principal]),
    readPage('federated_credentials', federated, { application: 'app-1' }),
    readPage('delegated_permission_grants', grants),
    ...used('claims_mapping_applies_to', claimsPolicies),
    ...used('home_realm_discovery_applies_to', homeRealmPolicies),
    readPage('synchronization_jobs', jobs, { service_principal: 'sp-1' }),
  ];
};

const applicationItem = (collection: EntraCollectionName, raw: Body, given: ApplicationCase) =>
  raw === null
    ? null
    : compose(readItem<'application'>(collection, raw), applicationPages(given), given.refused);

const withRefused = ({ facts, refused }: ApplicationCase) => ({ ...facts, refused: new Set(refused) });

/** The registration of a case, in normal form. */
export function registrationOf(given: ApplicationCase): StoredItem<'application'> {
  const item = applicationItem('applications', given.registration, given);
  if (!item) throw new Error('a case without a registration');
  return item;
}

export function servicePrincipalOf(given: ApplicationCase): StoredItem<'application'> {
  const item = applicationItem('service_principals', given.principal, given);
  if (!item) throw new Error('a case without a service principal');
  return item;
}

export const judgeRegistration = (given: ApplicationCase): Verdict =>
  judgeAlone(registrationOf(given), {
    facts: withRefused(given),
    named: { service_principal: [{ item: applicationItem('service_principals', given.principal, given) }] },
  });

export const judgeServicePrincipal = (given: ApplicationCase): Verdict =>
  judgeAlone(servicePrincipalOf(given), {
    facts: withRefused(given),
    named: { registration: [{ item: applicationItem('applications', given.registration, given) }] },
  });
