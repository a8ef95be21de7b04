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
import { asItem, end } from '../okta/support.ts';
import { entraDerivations } from '../../../../activities/sources/entra/derive.ts';
import type { JudgedEnd, Naming } from '../../../../domain/rules/surroundings.ts';
import { bareCertificate } from '../../../support/partnerCertificate.ts';
import { emptyFacts, judgeAlone, type Facts } from '../snapshot.ts';

export { asItem };

/** Reads a page of a collection as the reader does: JSON has no holes and nothing undefined. */
export function readPage(
  collection: EntraCollectionName,
  entries: readonly unknown[],
  context: Record<string, string> = {},
): PageContent {
  const reader = entraReaders.find((each) => each.name === collection);
  if (!reader) throw new Error(`no reader of ${collection}`);
  const parsed = JSON.parse(JSON.stringify(entries)) as unknown[];
  return reader.read(parsed, { collection, key: '', path: `/${collection}`, context });
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
    optionalClaims: { idToken: [], accessToken: [], saml2Token: [] },
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

// Groups

export interface GroupCase {
  raw: Body;
  /** Groups among its members. */
  nested: string[];
  licenses: string[];
  refused: EntraCollectionName[];
  naming: Partial<Naming>[];
}

export const cleanGroup = (): GroupCase => ({
  raw: {
    id: 'group-1',
    displayName: 'Dispatchers',
    description: 'They dispatch',
    groupTypes: [],
    securityEnabled: true,
    mailEnabled: false,
    mail: null,
    membershipRule: null,
    membershipRuleProcessingState: null,
    onPremisesSyncEnabled: null,
    isAssignableToRole: null,
    visibility: null,
    resourceProvisioningOptions: [],
    renewedDateTime: '2026-01-01T00:00:00Z',
  },
  nested: [],
  licenses: [],
  refused: [],
  naming: [],
});

export function judgeGroup({ raw, nested, licenses, refused, naming }: GroupCase): Verdict {
  const pages = [
    readPage(
      'nested_groups',
      nested.map((id) => ({ id, displayName: id })),
      { group: 'group-1' },
    ),
    readPage('group_licenses', [{ id: 'group-1', assignedLicenses: licenses.map((skuId) => ({ skuId })) }]),
  ];
  return judgeAlone(compose(readItem<'group'>('groups', raw), pages, refused), {
    facts: directoryFacts(),
    naming,
  });
}

// Domains

export const cleanDomain = (): { raw: Body } => ({
  raw: {
    id: 'ossenby.example',
    authenticationType: 'Managed',
    isVerified: true,
    isInitial: false,
    isDefault: false,
    isRoot: true,
    isAdminManaged: true,
    supportedServices: [],
  },
});

export const judgeDomain = ({ raw }: { raw: Body }): Verdict =>
  judgeAlone(readItem('domains', raw), { facts: directoryFacts() });

// Providers and routing rules, as they are derived

export interface FederationCase {
  domains: Body[];
  /** By the domain that they stand under. */
  configurations: Record<string, Body>;
  /** Federations of partners. */
  partners: Body[];
  ownTrust: { entityIds: string[]; hosts: string[] };
  /** The verdict on the provider that a routing rule names. */
  provider: JudgedEnd | null;
}

const partnersCertificate = bareCertificate();

export const cleanConfiguration = (): Body => ({
  id: 'fed-1',
  displayName: 'Ossenby sign-in',
  issuerUri: 'https://idp.ossenby.example/metadata',
  metadataExchangeUri: null,
  signingCertificate: partnersCertificate,
  nextSigningCertificate: null,
  passiveSignInUri: 'https://idp.ossenby.example/sso',
  activeSignInUri: null,
  signOutUri: null,
  preferredAuthenticationProtocol: 'saml',
  promptLoginBehavior: null,
  isSignedAuthenticationRequestRequired: false,
  federatedIdpMfaBehavior: null,
  signingCertificateUpdateStatus: null,
});

export const federated = (id: string, more: Body = {}): Body => ({
  ...cleanDomain().raw,
  id,
  authenticationType: 'Federated',
  ...more,
});

export const cleanFederation = (): FederationCase => ({
  domains: [federated('ossenby.example')],
  configurations: { 'ossenby.example': cleanConfiguration() },
  partners: [],
  ownTrust: { entityIds: ['https://target.example'], hosts: ['target.example', 'acme.okta.com'] },
  provider: end('native_import', { name: 'Ossenby sign-in' }),
});

/** What is derived from a case's domains and federations. */
export function derivedFrom({ domains, configurations, partners }: FederationCase): StoredItem[] {
  const evidence = [{ id: '', index: 0, role: 'domain' as const }];
  const items = domains.map((raw) => ({ ...readItem<'domain'>('domains', raw), evidence }));
  const objects = [
    ...Object.entries(configurations).map(([domain, raw]) =>
      readPage('domain_federations', [raw], { domain }),
    ),
    readPage('partner_federations', partners),
  ].flatMap((page) => page.objects);
  return entraDerivations.flatMap(({ derive }) =>
    derive(items, (kind) =>
      objects
        .filter((object) => object.kind === kind)
        .map((object) => ({ ...object, evidence: { id: '', index: object.index, role: 'object' as const } })),
    ).map(({ item }) => asItem(item)),
  );
}

const isOf =
  <Type extends ItemType>(type: Type) =>
  (item: StoredItem): item is StoredItem<Type> =>
    item.itemType === type;

function federationFacts(given: FederationCase, derived: readonly StoredItem[]): DirectoryFacts {
  const { entityIds, hosts } = given.ownTrust;
  return {
    ...directoryFacts(),
    ownTrust: { entityIds: new Set(entityIds), hosts: new Set(hosts), directories: new Set() },
    providers: derived.filter(isOf('provider')),
    routingRules: derived.filter(isOf('routing_rule')),
  };
}

function judgeFirst(type: 'provider' | 'routing_rule', given: FederationCase): Verdict {
  const derived = derivedFrom(given);
  const item = derived.find((each) => each.itemType === type);
  if (!item) throw new Error(`no ${type} was derived`);
  return judgeAlone(item, {
    facts: federationFacts(given, derived),
    named: { provider: [{ verdict: given.provider }] },
  });
}

export const judgeProvider = (given: FederationCase): Verdict => judgeFirst('provider', given);
export const judgeRoutingRule = (given: FederationCase): Verdict => judgeFirst('routing_rule', given);

// Conditional access

export interface PolicyCase {
  raw: Body;
  locations: Body[];
  refused: EntraCollectionName[];
  /** Verdicts on the groups and applications it names, by id; what is not here is not in the snapshot. */
  verdicts: Record<string, JudgedEnd>;
}

export const someGroup = '11111111-0000-4000-8000-000000000001';
export const otherGroup = '11111111-0000-4000-8000-000000000002';
export const someApplication = '22222222-0000-4000-8000-000000000001';
export const someLocation = '33333333-0000-4000-8000-000000000001';

/** MFA for everybody, everywhere, but for a group that moves. */
export const cleanPolicy = (): PolicyCase => ({
  raw: {
    id: 'policy-1',
    displayName: 'MFA for all',
    state: 'enabled',
    templateId: null,
    conditions: {
      clientAppTypes: ['all'],
      userRiskLevels: [],
      signInRiskLevels: [],
      servicePrincipalRiskLevels: [],
      platforms: null,
      locations: null,
      devices: null,
      clientApplications: null,
      authenticationFlows: null,
      applications: {
        includeApplications: ['All'],
        excludeApplications: [],
        includeUserActions: [],
        includeAuthenticationContextClassReferences: [],
        applicationFilter: null,
      },
      users: {
        includeUsers: ['All'],
        excludeUsers: [],
        includeGroups: [],
        excludeGroups: [],
        includeRoles: [],
        excludeRoles: [],
        includeGuestsOrExternalUsers: null,
        excludeGuestsOrExternalUsers: {
          guestOrExternalUserTypes: null,
          externalTenants: { membershipKind: null },
        },
      },
    },
    grantControls: {
      operator: 'OR',
      builtInControls: ['mfa'],
      customAuthenticationFactors: [],
      termsOfUse: [],
      'authenticationStrength@odata.context': 'https://graph.microsoft.com/v1.0/$metadata',
      authenticationStrength: null,
    },
    sessionControls: {
      persistentBrowser: { isEnabled: false, mode: 'always' },
      disableResilienceDefaults: false,
    },
  },
  locations: [
    {
      id: someLocation,
      '@odata.type': '#microsoft.graph.ipNamedLocation',
      displayName: 'Office',
      ipRanges: [],
    },
  ],
  refused: [],
  verdicts: {
    [someGroup]: end('native_import', { name: 'Dispatchers' }),
    [otherGroup]: end('blocked', { name: 'Directory Helpers' }),
    [someApplication]: end('import_with_approximation', { name: 'Payroll' }),
  },
});

export function judgePolicy({ raw, locations, refused, verdicts }: PolicyCase): Verdict {
  const read = readItem<'policy'>('conditional_access_policies', raw);
  const item = compose(read, [readPage('named_locations', locations)], refused);
  const named = (relation: string) =>
    item.normalized.references
      .filter((reference) => reference.relation === relation)
      .map(({ external_id: externalId }) => ({ externalId, verdict: verdicts[externalId] ?? null }));
  return judgeAlone(item, {
    facts: directoryFacts(),
    named: {
      included_group: named('included_group'),
      excluded_group: named('excluded_group'),
      application_condition: named('application_condition'),
    },
  });
}

// Assignments

export interface AssignmentCase {
  raw: Body;
  /** The service principal, and the verdicts on it, on its registration and on the group. */
  principal: Body;
  application: JudgedEnd | null;
  registration: JudgedEnd | null;
  group: JudgedEnd | null;
  sameEnds: { externalId: string; role: string | null }[];
}

export const byRegistration = { ruleIds: ['entra.service_principal.oidc_style'] };

export const cleanAssignment = (): AssignmentCase => ({
  raw: {
    id: 'assignment-1',
    principalType: 'Group',
    principalId: 'group-1',
    principalDisplayName: 'Dispatchers',
    resourceId: 'sp-1',
    resourceDisplayName: 'Payroll',
    appRoleId: '00000000-0000-0000-0000-000000000000',
    createdDateTime: '2026-01-01T00:00:00Z',
    deletedDateTime: null,
  },
  principal: {
    ...cleanApplications().principal,
    appRoles: [{ id: 'role-1', value: 'Approver', isEnabled: true, allowedMemberTypes: ['User'] }],
  },
  application: end('import_with_approximation', byRegistration),
  registration: end('native_import'),
  group: end('native_import'),
  sameEnds: [{ externalId: 'assignment-1', role: null }],
});

export function judgeAssignment(given: AssignmentCase): Verdict {
  const { raw, principal, application, registration, group, sameEnds } = given;
  const item = readItem<'assignment'>('app_role_assignments', raw, { service_principal: 'sp-1' });
  return judgeAlone(item, {
    facts: directoryFacts(),
    named: {
      application: [{ item: readItem('service_principals', principal), verdict: application }],
      'application.registration': [{ verdict: registration }],
      group: [{ verdict: group }],
    },
    sameEnds,
  });
}
