import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  COLLECTION_NAMES,
  fileOf,
  objectsOf,
  type CollectionName,
  type EntraObject,
} from '../../../simulators/entra/collections.ts';
import { INVENTED_TENANT, loadEntraTenant, unreachableObjects } from '../../../simulators/entra/data.ts';
import { member, textMember } from '../../../simulators/members.ts';
import { assertServedWhole } from './inventory.ts';

const data = loadEntraTenant(INVENTED_TENANT);
const texts = readdirSync(INVENTED_TENANT).map((name) => readFileSync(join(INVENTED_TENANT, name), 'utf8'));
const MICROSOFT = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a';
const DEFAULT_ROLE = '00000000-0000-0000-0000-000000000000';
const TENANT = data.organization[0]?.id;

const all = (collection: CollectionName, by = 'id'): Set<unknown> =>
  new Set(data[collection].map((object) => object[by]));
const distinct = (collection: CollectionName, path: string): string[] =>
  [...new Set(data[collection].map((object) => String(member(object, path))))].sort();
const list = (object: EntraObject, path: string): string[] => {
  const value = member(object, path);
  return Array.isArray(value) ? value.map(String) : [];
};

/** Where a reference stands, what it names, and whether that is in the tenant. */
type Reference = readonly [where: string, to: string, found: boolean];

/** Names of people, applications and places that stand for more than one object. */
const WORDS = ['All', 'AllTrusted', 'None', 'GuestsOrExternalUsers', 'Office365', 'MicrosoftAdminPortals'];

function policyReferences(): Reference[] {
  const kinds = [
    ['users.includeGroups', all('groups')],
    ['users.excludeGroups', all('groups')],
    ['applications.includeApplications', all('applications', 'appId')],
    ['applications.excludeApplications', all('applications', 'appId')],
    ['locations.includeLocations', all('namedLocations')],
    ['locations.excludeLocations', all('namedLocations')],
    ['clientApplications.includeServicePrincipals', all('servicePrincipals')],
  ] as const;
  return data.conditionalAccessPolicies.flatMap((policy) =>
    kinds.flatMap(([path, known]) =>
      list(policy, `conditions.${path}`)
        .filter((id) => !WORDS.includes(id))
        .map((id): Reference => [`${String(policy.displayName)} ${path}`, id, known.has(id)]),
    ),
  );
}

function assignmentReferences(): Reference[] {
  const principals = { Group: all('groups'), ServicePrincipal: all('servicePrincipals') };
  return data.appRoleAssignedTo.flatMap((row): Reference[] => {
    const resource = data.servicePrincipals.find(({ id }) => id === row.resourceId);
    const roles = objectsOf(resource?.appRoles).map(({ id }) => id);
    const where = `${String(row.principalDisplayName)} at ${String(row.resourceDisplayName)}`;
    const known = principals[row.principalType as keyof typeof principals] as Set<unknown> | undefined;
    const named = row.resourceDisplayName === resource?.displayName;
    return [
      [where, 'resource', resource !== undefined && named],
      [where, 'role', row.appRoleId === DEFAULT_ROLE ? roles.length === 0 : roles.includes(row.appRoleId)],
      [where, 'principal', known?.has(row.principalId) ?? row.principalType === 'User'],
    ];
  });
}

function otherReferences(): Reference[] {
  const principals = all('servicePrincipals');
  const apis = all('servicePrincipals', 'appId');
  const objects = new Set([...principals, ...all('applications')]);
  const applied = [...data.claimsMappingPolicyAppliesTo, ...data.homeRealmDiscoveryPolicyAppliesTo];
  return [
    ...data.oauth2PermissionGrants.flatMap((grant): Reference[] => [
      ['grant', String(grant.clientId), principals.has(grant.clientId)],
      ['grant', String(grant.resourceId), principals.has(grant.resourceId)],
    ]),
    ...data.applications.flatMap((app) =>
      objectsOf(app.requiredResourceAccess).map(({ resourceAppId: id }): Reference => [
        String(app.displayName),
        String(id),
        apis.has(id),
      ]),
    ),
    ...applied.map(({ id }): Reference => ['applies to', String(id), objects.has(id)]),
    ...data.groupMembers.map(({ id }): Reference => ['member', String(id), all('groups').has(id)]),
  ];
}

/** The principal of an application, by which people sign in to it. */
const principalOf = ({ appId }: EntraObject): EntraObject | undefined =>
  data.servicePrincipals.find((principal) => principal.appId === appId);

const platformsOf = (app: EntraObject): string[] =>
  ['web', 'spa', 'publicClient'].filter((platform) => list(app, `${platform}.redirectUris`).length > 0);

const certificateOf = (value: unknown): X509Certificate =>
  new X509Certificate(Buffer.from(String(value), 'base64'));

describe('The invented Entra tenant', () => {
  it('fills every collection', () => {
    assert.deepEqual(
      COLLECTION_NAMES.filter((collection) => data[collection].length === 0),
      [],
    );
    assert.deepEqual(readdirSync(INVENTED_TENANT).sort(), COLLECTION_NAMES.map(fileOf).sort());
  });

  it('gives every object of a collection an id of its own, references aside', () => {
    for (const collection of COLLECTION_NAMES) {
      if (collection === 'groupMembers') continue;
      const keys = data[collection].map(({ id, tenantId }) => id ?? tenantId);
      assert.equal(new Set(keys).size, keys.length, collection);
    }
  });

  it('holds nothing that no request can reach', () => {
    assert.deepEqual(unreachableObjects(data), []);
  });

  it('is served whole', () => assertServedWhole(data));

  it('holds no reference that leads nowhere', () => {
    const references = [...policyReferences(), ...assignmentReferences(), ...otherReferences()];
    assert.deepEqual(
      references.filter(([, , found]) => !found),
      [],
    );
    assert.ok(references.length > 120);
  });

  it('has applications of every platform, audience and kind of credential', () => {
    const kinds = new Set(data.applications.map((app) => platformsOf(app).join('+')));
    assert.deepEqual([...kinds].sort(), ['', 'publicClient', 'spa', 'web', 'web+spa']);
    assert.deepEqual(distinct('applications', 'signInAudience'), [
      'AzureADMultipleOrgs',
      'AzureADMyOrg',
      'AzureADMyOrgAndPartnerOrgs',
    ]);
    const uris = data.applications.flatMap((app) =>
      ['web', 'spa', 'publicClient'].flatMap((platform) => list(app, `${platform}.redirectUris`)),
    );
    for (const kind of ['*.depots', 'http://localhost', 'login.microsoftonline.com', 'msappproxy.net'])
      assert.ok(
        uris.some((uri) => uri.includes(kind)),
        kind,
      );
    assert.ok(uris.some((uri) => !/^https?:/.test(uri)));
    for (const filled of ['keyCredentials', 'passwordCredentials', 'identifierUris', 'appRoles'])
      assert.ok(
        data.applications.some((app) => list(app, filled).length > 0),
        filled,
      );
    assert.ok(data.applications.some((app) => list(app, 'api.oauth2PermissionScopes').length > 0));
    assert.ok(data.applications.some((app) => principalOf(app) === undefined));
  });

  it('has service principals of every type, owner and sign-on mode', () => {
    assert.deepEqual(distinct('servicePrincipals', 'servicePrincipalType'), [
      'Application',
      'Legacy',
      'ManagedIdentity',
      'SocialIdp',
    ]);
    assert.deepEqual(distinct('servicePrincipals', 'preferredSingleSignOnMode'), [
      'null',
      'oidc',
      'password',
      'saml',
    ]);
    const owners = new Set(data.servicePrincipals.map((principal) => principal.appOwnerOrganizationId));
    assert.equal(owners.size, 4);
    for (const owner of [TENANT, MICROSOFT, null]) assert.ok(owners.has(owner));
    assert.deepEqual(distinct('servicePrincipals', 'accountEnabled'), ['false', 'true']);
    const tags = new Set(data.servicePrincipals.flatMap((principal) => list(principal, 'tags')));
    assert.equal(tags.size, 5);
  });

  it('has groups of every kind, one of them twice by name', () => {
    const kind = (group: EntraObject): string =>
      [
        ...list(group, 'groupTypes'),
        group.mailEnabled === true ? 'mail' : '',
        group.securityEnabled === true ? 'security' : '',
      ]
        .filter((word) => word !== '')
        .join('+');
    assert.deepEqual([...new Set(data.groups.map(kind))].sort(), [
      'DynamicMembership+Unified+mail',
      'DynamicMembership+security',
      'Unified+mail',
      'mail',
      'mail+security',
      'security',
    ]);
    assert.deepEqual(distinct('groups', 'membershipRuleProcessingState'), ['On', 'Paused', 'null']);
    assert.deepEqual(distinct('groups', 'onPremisesSyncEnabled'), ['false', 'null', 'true']);
    assert.deepEqual(distinct('groups', 'visibility'), ['HiddenMembership', 'Private', 'Public', 'null']);
    assert.ok(data.groups.some(({ isAssignableToRole }) => isAssignableToRole === true));
    assert.ok(data.groups.some((group) => list(group, 'assignedLicenses').length > 0));
    assert.equal(data.groups.filter(({ displayName }) => displayName === 'Drivers').length, 2);
  });

  it('assigns users, groups and service principals, with and without a role', () => {
    assert.deepEqual(distinct('appRoleAssignedTo', 'principalType'), ['Group', 'ServicePrincipal', 'User']);
    const defaults = data.appRoleAssignedTo.filter(({ appRoleId }) => appRoleId === DEFAULT_ROLE);
    assert.ok(defaults.length >= 10 && defaults.length <= data.appRoleAssignedTo.length - 10);
  });

  it('has domains that are managed, federated, inherited and unverified, each root with its configuration', () => {
    const rows = data.domains.map(({ id, authenticationType, isRoot, isVerified, isInitial }) => {
      const configured = data.domainFederationConfigurations.some(({ domainId }) => domainId === id);
      const words = [
        isInitial && 'initial',
        isRoot && 'root',
        isVerified && 'verified',
        configured && 'configured',
      ];
      return [authenticationType, ...words.filter((word) => typeof word === 'string')].join(' ');
    });
    assert.deepEqual(rows.sort(), [
      'Federated root verified configured',
      'Federated root verified configured',
      'Federated verified',
      'Managed initial root verified',
      'Managed root',
      'Managed root verified',
      'Managed verified',
    ]);
    for (const partners of [
      'domainFederationConfigurations',
      'samlOrWsFedExternalDomainFederations',
    ] as const)
      assert.deepEqual(distinct(partners, 'preferredAuthenticationProtocol'), ['saml', 'wsFed']);
  });

  it('has conditional access in every state, with conditions and controls of every kind and of tomorrow', () => {
    const { conditionalAccessPolicies: policies } = data;
    assert.deepEqual(distinct('conditionalAccessPolicies', 'state'), [
      'disabled',
      'enabled',
      'enabledForReportingButNotEnforced',
    ]);
    const some = (path: string): boolean =>
      policies.some((policy) => {
        const value = member(policy, path);
        return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
      });
    for (const path of [
      'grantControls.authenticationStrength',
      'grantControls.termsOfUse',
      'sessionControls.signInFrequency',
      'conditions.devices.deviceFilter',
      'conditions.platforms',
      'conditions.authenticationFlows',
      'conditions.users.includeRoles',
      'conditions.users.includeGuestsOrExternalUsers',
      'conditions.applications.includeUserActions',
      'conditions.clientApplications',
      'conditions.times',
      'partialEnablementStrategy',
    ])
      assert.ok(some(path), path);
    assert.ok(policies.some(({ grantControls }) => grantControls === null));
    const controls = policies.flatMap((policy) => list(policy, 'grantControls.builtInControls'));
    assert.ok(controls.includes('unknownFutureValue'));
    assert.equal(all('namedLocations', '@odata.type').size, 3);
  });

  it('has one plain client of each kind, whose people come by a plain group', () => {
    const scopes = ['openid', 'profile', 'email', 'offline_access'];
    const graph = data.servicePrincipals.find(({ displayName }) => displayName === 'Microsoft Graph');
    const plainScopes = objectsOf(graph?.oauth2PermissionScopes)
      .filter(({ value }) => scopes.includes(String(value)))
      .map(({ id }) => id);
    const plain = data.applications.filter((app) => {
      const asked = objectsOf(app.requiredResourceAccess).flatMap((access) =>
        objectsOf(access.resourceAccess),
      );
      return (
        platformsOf(app).length === 1 &&
        app.signInAudience === 'AzureADMyOrg' &&
        app.optionalClaims === null &&
        asked.length === 4 &&
        asked.every(({ id }) => plainScopes.includes(id)) &&
        list(principalOf(app) ?? {}, 'tags').length === 1
      );
    });
    assert.deepEqual(
      plain.map((app) => [app.displayName, ...platformsOf(app)]),
      [
        ['Freight Desk', 'web'],
        ['Driver Roster', 'spa'],
        ['Yard Scanner', 'publicClient'],
      ],
    );
    const nested = data.groupMembers.map(({ groupId }) => groupId);
    const groups = data.groups.filter(
      (group) =>
        list(group, 'groupTypes').length + list(group, 'assignedLicenses').length === 0 &&
        group.securityEnabled === true &&
        group.mailEnabled === false &&
        group.onPremisesSyncEnabled === null &&
        group.isAssignableToRole === null &&
        !nested.includes(group.id),
    );
    assert.deepEqual(
      groups.map(({ displayName }) => displayName),
      ['Dispatchers', 'Drivers', 'Break Glass', 'Drivers'],
    );
  });

  it('carries certificates that parse; those of SAML applications answer to the thumbprint, hex or base64', () => {
    const saml = data.servicePrincipals.filter((one) => one.preferredSingleSignOnMode === 'saml');
    assert.equal(saml.length, 2);
    for (const principal of saml) {
      const wanted = textMember(principal, 'preferredTokenSigningKeyThumbprint') ?? '';
      const forms = [wanted, Buffer.from(wanted, 'hex').toString('base64')];
      const keys = objectsOf(principal.keyCredentials).filter((key) =>
        forms.includes(String(key.customKeyIdentifier)),
      );
      assert.deepEqual(keys.map(({ usage }) => usage).sort(), ['Sign', 'Verify']);
      const verify = keys.find(({ usage }) => usage === 'Verify');
      assert.equal(certificateOf(verify?.key).fingerprint.replaceAll(':', ''), wanted);
      assert.equal(keys.find(({ usage }) => usage === 'Sign')?.key, null);
    }
    const federations = [
      ...data.domainFederationConfigurations,
      ...data.samlOrWsFedExternalDomainFederations,
    ];
    const ends = federations.flatMap(({ signingCertificate, nextSigningCertificate }) =>
      [signingCertificate, nextSigningCertificate]
        .filter((value) => typeof value === 'string')
        .map((value) => new Date(certificateOf(value).validTo).getUTCFullYear()),
    );
    assert.deepEqual(ends.sort(), [2022, 2031, 2032, 2034, 2035]);
  });

  it('carries no private key and no secret', () => {
    for (const text of texts) {
      assert.doesNotMatch(text, /PRIVATE KEY/);
      assert.doesNotMatch(text, /"secretText": "/);
      assert.doesNotMatch(text, /"clientSecret": "[^*"]/);
    }
  });

  it("names no host outside .example and .test, but for Microsoft's own", () => {
    const hosts = texts.flatMap((text) =>
      [...text.matchAll(/https?:\/\/([^/"\\:$>\s]+)/g)].map(([, host]) => host ?? ''),
    );
    assert.deepEqual([...new Set(hosts)].filter((host) => !/\.(example|test)$/.test(host)).sort(), [
      'graph.microsoft.com',
      'identity.azure.net',
      'localhost',
      'login.microsoftonline.com',
      'outlook.office.com',
      'warehouse-ossenbyfreight.msappproxy.net',
    ]);
  });
});
