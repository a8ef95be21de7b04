import { applicationName, createRandom, groupName, note, type Random } from '../random.ts';
import { textMember } from '../members.ts';
import type { TenantSize } from '../tenant.ts';
import type { EntraObject } from './collections.ts';
import { INVENTED_TENANT, emptyTenant, loadEntraTenant, type EntraTenantData } from './data.ts';

/** What an assignment names when its application has no roles. */
const DEFAULT_ROLE = '00000000-0000-0000-0000-000000000000';
const HEX = '0123456789abcdef';
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const INTEGRATED = 'WindowsAzureActiveDirectoryIntegratedApp';
const CUSTOM_SAML = 'WindowsAzureActiveDirectoryCustomSingleSignOnApplication';

/**
 * A large, plausible tenant for benchmarks: a registration and a service principal for each application, of which
 * 45 % are SAML, 40 % web, single page and native clients and 15 % daemons, plain groups, and assignments whose both
 * ends exist. Domains and federations are those of the invented tenant; conditional access, which names its people,
 * is left out.
 *
 * @throws {RangeError} when more assignments are asked for than pairs of application and group exist
 */
export function generateEntraTenant(size: TenantSize): EntraTenantData {
  if (size.groupAssignments > size.applications * size.groups) {
    throw new RangeError(
      `${size.applications} applications and ${size.groups} groups cannot make ${size.groupAssignments} group assignments`,
    );
  }
  if (size.userAssignments > 0 && size.applications === 0) {
    throw new RangeError('User assignments need an application');
  }
  const random = createRandom(size.seed);
  const invented = loadEntraTenant(INVENTED_TENANT);
  const { organization, domains, domainFederationConfigurations, namedLocations } = invented;
  const kept = { organization, domains, domainFederationConfigurations, namedLocations };
  const context = { random, tenantId: textMember(organization[0], 'id') ?? '', key: signingKey(invented) };
  const applications = Array.from({ length: size.applications }, (_, index) => registration(context, index));
  const servicePrincipals = applications.map((application) => principal(context, application));
  const groups = Array.from({ length: size.groups }, (_, index) => group(random, index));
  return {
    ...emptyTenant(),
    ...kept,
    applications,
    servicePrincipals,
    groups,
    appRoleAssignedTo: [
      ...groupAssignments(random, servicePrincipals, groups, size.groupAssignments),
      ...userAssignments(random, servicePrincipals, size.userAssignments),
    ],
    samlOrWsFedExternalDomainFederations: invented.samlOrWsFedExternalDomainFederations,
    identityProviders: invented.identityProviders,
    identitySecurityDefaultsEnforcementPolicy: invented.identitySecurityDefaultsEnforcementPolicy,
  };
}

interface Context {
  random: Random;
  tenantId: string;
  /** What the SAML applications are signed with: the members of a principal that carry a certificate. */
  key: EntraObject;
}

/** A certificate of the invented tenant's own, so that every key that comes out can be parsed. */
function signingKey({ servicePrincipals }: EntraTenantData): EntraObject {
  const signed = servicePrincipals.find(
    ({ preferredTokenSigningKeyThumbprint: thumbprint }) => typeof thumbprint === 'string',
  );
  const { keyCredentials = [], passwordCredentials = [], preferredTokenSigningKeyThumbprint } = signed ?? {};
  return { keyCredentials, passwordCredentials, preferredTokenSigningKeyThumbprint };
}

function objectId(random: Random): string {
  const hex = (length: number): string => random.text(length, HEX);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${random.text(1, '89ab')}${hex(3)}-${hex(12)}`;
}

type Kind = 'saml' | 'web' | 'spa' | 'publicClient' | 'daemon';

function kindOf(index: number): Kind {
  const share = index % 20;
  if (share < 9) return 'saml';
  if (share < 13) return 'web';
  if (share < 15) return 'spa';
  return share < 17 ? 'publicClient' : 'daemon';
}

/** The addresses people come back to, by platform: a SAML application keeps its own among those of web clients. */
function platforms(kind: Kind, host: string): EntraObject {
  const own = (platform: Kind, uri: string): string[] => (kind === platform ? [uri] : []);
  const web = [...own('saml', `${host}/saml/acs`), ...own('web', `${host}/signin-oidc`)];
  return {
    publicClient: { redirectUris: own('publicClient', `example.generated.${host.slice(8)}://auth`) },
    web: {
      homePageUrl: kind === 'daemon' ? null : host,
      logoutUrl: null,
      redirectUris: web,
      implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false },
      redirectUriSettings: web.map((uri) => ({ uri, index: null })),
    },
    spa: { redirectUris: own('spa', `${host}/signed-in`) },
  };
}

function registration({ random }: Context, index: number): EntraObject {
  const kind = kindOf(index);
  const host = `https://${kind.toLowerCase()}-${index + 1}.generated.example`;
  const confidential = kind === 'web' || kind === 'daemon';
  return {
    id: objectId(random),
    deletedDateTime: null,
    appId: objectId(random),
    applicationTemplateId: null,
    disabledByMicrosoftStatus: null,
    createdDateTime: random.date(2019),
    displayName: applicationName(random, index),
    description: note(random, 1),
    groupMembershipClaims: null,
    identifierUris: kind === 'saml' ? [host] : [],
    isDeviceOnlyAuthSupported: null,
    isFallbackPublicClient: false,
    notes: note(random, 4),
    publisherDomain: 'generated.example',
    serviceManagementReference: null,
    signInAudience: 'AzureADMyOrg',
    tags: kind === 'saml' ? [CUSTOM_SAML] : [],
    tokenEncryptionKeyId: null,
    samlMetadataUrl: null,
    defaultRedirectUri: null,
    certification: null,
    optionalClaims: null,
    addIns: [],
    api: {
      acceptMappedClaims: null,
      knownClientApplications: [],
      requestedAccessTokenVersion: 2,
      oauth2PermissionScopes: [],
      preAuthorizedApplications: [],
    },
    appRoles: [],
    info: { logoUrl: null, marketingUrl: null, supportUrl: null },
    keyCredentials: [],
    passwordCredentials: confidential ? [passwordCredential(random)] : [],
    parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow' },
    requiredResourceAccess: [],
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
    ...platforms(kind, host),
  };
}

/** What Graph shows of a secret: never the secret. */
function passwordCredential(random: Random): EntraObject {
  return {
    customKeyIdentifier: null,
    displayName: 'generated',
    endDateTime: '2036-01-01T00:00:00Z',
    hint: random.text(3, BASE64URL),
    keyId: objectId(random),
    secretText: null,
    startDateTime: random.date(2024),
  };
}

function principal({ random, tenantId, key }: Context, application: EntraObject): EntraObject {
  const { appId, displayName, createdDateTime, signInAudience, identifierUris, web, spa, publicClient } =
    application;
  const uris = [web, spa, publicClient].flatMap(
    (platform) => (platform as { redirectUris: string[] }).redirectUris,
  );
  const saml = (application.tags as string[]).includes(CUSTOM_SAML);
  return {
    id: objectId(random),
    deletedDateTime: null,
    accountEnabled: random.below(40) !== 0,
    alternativeNames: [],
    appDisplayName: displayName,
    appDescription: null,
    appId,
    applicationTemplateId: null,
    appOwnerOrganizationId: tenantId,
    appRoleAssignmentRequired: random.below(2) === 0,
    createdDateTime,
    description: null,
    disabledByMicrosoftStatus: null,
    displayName,
    homepage: (web as EntraObject).homePageUrl,
    loginUrl: null,
    logoutUrl: null,
    notes: note(random, 4),
    notificationEmailAddresses: [],
    preferredSingleSignOnMode: saml ? 'saml' : null,
    preferredTokenSigningKeyThumbprint: null,
    replyUrls: uris,
    servicePrincipalNames: [...(identifierUris as string[]), appId],
    servicePrincipalType: 'Application',
    signInAudience,
    tags: saml ? [INTEGRATED, CUSTOM_SAML] : [INTEGRATED],
    tokenEncryptionKeyId: null,
    samlSingleSignOnSettings: saml ? { relayState: null } : null,
    addIns: [],
    appRoles: [],
    info: { logoUrl: null, marketingUrl: null, supportUrl: null },
    keyCredentials: [],
    oauth2PermissionScopes: [],
    passwordCredentials: [],
    resourceSpecificApplicationPermissions: [],
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
    ...(saml ? key : {}),
  };
}

function group(random: Random, index: number): EntraObject {
  const displayName = groupName(random, index);
  const createdDateTime = random.date(2019);
  return {
    id: objectId(random),
    deletedDateTime: null,
    classification: null,
    createdDateTime,
    description: `People of ${displayName}`,
    displayName,
    expirationDateTime: null,
    groupTypes: [],
    isAssignableToRole: null,
    mail: null,
    mailEnabled: false,
    mailNickname: `group-${index + 1}`,
    membershipRule: null,
    membershipRuleProcessingState: null,
    onPremisesLastSyncDateTime: null,
    onPremisesSecurityIdentifier: null,
    onPremisesSyncEnabled: null,
    proxyAddresses: [],
    renewedDateTime: createdDateTime,
    resourceBehaviorOptions: [],
    resourceProvisioningOptions: [],
    securityEnabled: true,
    securityIdentifier: `S-1-12-1-${random.below(4_000_000_000)}-${random.below(4_000_000_000)}`,
    visibility: null,
    onPremisesProvisioningErrors: [],
  };
}

function assignment(random: Random, resource: EntraObject | undefined, principal: EntraObject): EntraObject {
  return {
    id: random.text(43, BASE64URL),
    deletedDateTime: null,
    appRoleId: DEFAULT_ROLE,
    createdDateTime: random.date(2023),
    principalDisplayName: principal.displayName,
    principalId: principal.id,
    principalType: principal.principalType ?? 'Group',
    resourceDisplayName: resource?.displayName,
    resourceId: resource?.id,
  };
}

/** Spreads distinct pairs over all service principals. */
function groupAssignments(
  random: Random,
  resources: readonly EntraObject[],
  groups: readonly EntraObject[],
  count: number,
): EntraObject[] {
  const offsets = resources.map(() => random.below(groups.length));
  return Array.from({ length: count }, (_, index) => {
    const place = index % resources.length;
    const round = Math.floor(index / resources.length);
    const assigned = groups[((offsets[place] ?? 0) + round) % groups.length] ?? {};
    return assignment(random, resources[place], assigned);
  });
}

function userAssignments(random: Random, resources: readonly EntraObject[], count: number): EntraObject[] {
  return Array.from({ length: count }, (_, index) => {
    const user = { id: objectId(random), displayName: `Person ${index + 1}`, principalType: 'User' };
    return assignment(random, resources[index % resources.length], user);
  });
}
