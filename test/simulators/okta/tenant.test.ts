import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { COLLECTION_NAMES, fileOf, type CollectionName } from '../../../simulators/okta/collections.ts';
import { INVENTED_TENANT, loadOktaTenant, unreachableObjects } from '../../../simulators/okta/data.ts';
import { assertServedWhole } from './inventory.ts';
import { isObject, linkedId, member, textMember, type OktaObject } from '../../../simulators/okta/members.ts';

const data = loadOktaTenant(INVENTED_TENANT);
const texts = readdirSync(INVENTED_TENANT).map((name) => readFileSync(join(INVENTED_TENANT, name), 'utf8'));

/** A reference from one object to another: what it is in, the member, and the id or kid named. */
type Reference = readonly [from: string, to: CollectionName, id: string];

const list = (object: unknown, path: string): string[] => {
  const value = member(object, path);
  return Array.isArray(value)
    ? value.map((entry) => (isObject(entry) ? String(entry.id) : String(entry)))
    : [];
};
const name = (object: OktaObject): string => String(object.label ?? object.name ?? object.id);

/** References to one collection found at these paths, single texts and lists alike. */
function at(objects: readonly OktaObject[], to: CollectionName, ...paths: string[]): Reference[] {
  return objects.flatMap((object) =>
    paths.flatMap((path) => {
      const single = textMember(object, path);
      return (single === undefined ? list(object, path) : [single]).map((id): Reference => [
        `${name(object)} ${path}`,
        to,
        id,
      ]);
    }),
  );
}

/** References to one collection made by links. */
function linked(
  objects: readonly OktaObject[],
  to: CollectionName,
  link: string,
  segment: string,
): Reference[] {
  return objects.flatMap((object): Reference[] => {
    const id = linkedId(object, [link], segment);
    return id === undefined ? [] : [[`${name(object)} _links.${link}`, to, id]];
  });
}

function applicationReferences(): Reference[] {
  const { apps, appGroups, appUsers, appGrants, policyMappings } = data;
  const signed = apps.filter(({ signOnMode }) => /SAML|WS_FED/.test(String(signOnMode)));
  return [
    ...linked(apps, 'policies', 'accessPolicy', 'policies'),
    ...linked(apps, 'policies', 'profileEnrollment', 'policies'),
    ...at(signed, 'appKeys', 'credentials.signing.kid'),
    ...at(apps, 'inlineHooks', 'settings.signOn.inlineHooks'),
    ...linked(appGroups, 'apps', 'app', 'apps'),
    ...linked(appGroups, 'groups', 'group', 'groups'),
    ...at(appGroups, 'groups', 'id'),
    ...linked(appUsers, 'apps', 'app', 'apps'),
    ...linked(appUsers, 'groups', 'group', 'groups'),
    ...linked(appGrants, 'apps', 'app', 'apps'),
    ...at(appGrants, 'apps', 'clientId'),
    ...linked(policyMappings, 'apps', 'application', 'apps'),
    ...linked(policyMappings, 'policies', 'policy', 'policies'),
  ];
}

function policyReferences(): Reference[] {
  const rules = [...data.policyRules, ...data.idpDiscoveryRules];
  const network = ['conditions.network.include', 'conditions.network.exclude'];
  return [
    ...linked(rules, 'policies', 'self', 'policies'),
    ...at(rules, 'zones', ...network),
    ...at(
      [...rules, ...data.policies],
      'groups',
      'conditions.people.groups.include',
      'conditions.people.groups.exclude',
    ),
    ...at(rules, 'groups', 'actions.profileEnrollment.targetGroupIds'),
    ...at(rules, 'apps', 'conditions.app.include', 'conditions.app.exclude'),
    ...data.policyRules.flatMap((rule) => {
      const hooks = member(rule, 'actions.profileEnrollment.preRegistrationInlineHooks');
      return Array.isArray(hooks) ? at(hooks.filter(isObject), 'inlineHooks', 'inlineHookId') : [];
    }),
    ...data.idpDiscoveryRules.flatMap((rule) => {
      const providers = member(rule, 'actions.idp.providers');
      const named = Array.isArray(providers)
        ? providers.filter(isObject).filter(({ id }) => id !== undefined)
        : [];
      return at(named, 'idps', 'id');
    }),
  ];
}

function otherReferences(): Reference[] {
  const { idps, groups, groupRules, authorizationServerPolicies, authorizationServerPolicyRules } = data;
  const clients = at(authorizationServerPolicies, 'apps', 'conditions.clients.include');
  return [
    ...at(idps, 'idpKeys', 'protocol.credentials.trust.kid', 'protocol.credentials.trust.additionalKids'),
    ...at(idps, 'idpSigningKeys', 'protocol.credentials.signing.kid'),
    ...at(
      idps,
      'groups',
      'policy.provisioning.groups.assignments',
      'policy.accountLink.filter.groups.include',
    ),
    ...at(groups, 'apps', 'source.id'),
    ...linked(groups, 'apps', 'source', 'apps'),
    ...at(groupRules, 'groups', 'actions.assignUserToGroups.groupIds'),
    ...clients.filter(([, , id]) => id !== 'ALL_CLIENTS'),
    ...at(authorizationServerPolicyRules, 'inlineHooks', 'actions.token.inlineHook.id'),
  ];
}

const applicationsBy = (path: string): Set<unknown> => new Set(data.apps.map((app) => member(app, path)));

/** Nothing about the client asks for more than a code, a token and perhaps its refresh. */
function isPlainClient(app: OktaObject): boolean {
  const client = member(app, 'settings.oauthClient');
  if (!isObject(client) || app.status !== 'ACTIVE') return false;
  const grants = client.grant_types as string[];
  const uris = [
    ...((client.redirect_uris ?? []) as string[]),
    ...((client.post_logout_redirect_uris ?? []) as string[]),
  ];
  const refresh = isObject(client.refresh_token) ? (client.refresh_token.leeway ?? 0) : 0;
  return (
    grants.includes('authorization_code') &&
    grants.every((grant) => ['authorization_code', 'refresh_token'].includes(grant)) &&
    String(client.response_types) === 'code' &&
    uris.every((uri) => !uri.includes('*') && !uri.includes('login.tarnhollow.example')) &&
    client.consent_method === 'TRUSTED' &&
    refresh === 0 &&
    textMember(app, 'credentials.userNameTemplate.type') === 'BUILT_IN' &&
    member(app, 'settings.implicitAssignment') === false &&
    isPlainlyGuarded(app)
  );
}

/** The access policy of the application asks everyone for one or two factors and nothing else. */
function isPlainlyGuarded(app: OktaObject): boolean {
  const policy = linkedId(app, ['accessPolicy'], 'policies');
  const rules = data.policyRules.filter((rule) => linkedId(rule, ['self'], 'policies') === policy);
  return rules.every((rule) => {
    const method = member(rule, 'actions.appSignOn.verificationMethod');
    const constraints = isObject(method) ? (method.constraints ?? []) : [];
    return (
      rule.conditions === null &&
      textMember(rule, 'actions.appSignOn.access') === 'ALLOW' &&
      (constraints as unknown[]).length === 0
    );
  });
}

/** A group of the company's own whose members somebody put there, with nothing but a name and a description. */
function isPlainGroup(group: OktaObject): boolean {
  const fed = data.groupRules.flatMap((rule) => list(rule, 'actions.assignUserToGroups.groupIds'));
  return (
    group.type === 'OKTA_GROUP' &&
    !fed.includes(String(group.id)) &&
    String(Object.keys(group.profile as object)) === 'name,description' &&
    member(group, '_embedded.stats.hasAdminPrivilege') === false
  );
}

describe('The invented Okta tenant', () => {
  it('fills every collection', () => {
    assert.deepEqual(
      COLLECTION_NAMES.filter((collection) => data[collection].length === 0),
      [],
    );
    assert.deepEqual(readdirSync(INVENTED_TENANT).sort(), COLLECTION_NAMES.map(fileOf).sort());
  });

  it('gives every object of a collection an id of its own, assignments aside', () => {
    for (const collection of COLLECTION_NAMES) {
      if (['appGroups', 'appUsers'].includes(collection)) continue;
      const keys = data[collection].map((object) => object.id ?? object.kid ?? object.name);
      assert.equal(new Set(keys).size, keys.length, collection);
    }
  });

  it('holds nothing that no request can reach', () => {
    assert.deepEqual(unreachableObjects(data), []);
  });

  it('is served whole', () => assertServedWhole(data));

  it('holds no reference that leads nowhere but the one key that was deleted on purpose', () => {
    const references = [...applicationReferences(), ...policyReferences(), ...otherReferences()];
    const known = (collection: CollectionName): Set<unknown> =>
      new Set(data[collection].map((object) => object.id ?? object.kid));
    const dangling = references
      .filter(([, to, id]) => !known(to).has(id))
      .map(([from, to]) => `${from} → ${to}`);
    assert.deepEqual(dangling, ['Quillon Calibration protocol.credentials.trust.kid → idpKeys']);
    assert.ok(references.length > 250);
  });

  it('has applications of every sign-on mode, kind of client and origin', () => {
    assert.ok(data.apps.length >= 25 && data.apps.length <= 35);
    assert.deepEqual([...applicationsBy('signOnMode')].map(String).sort(), [
      'AUTO_LOGIN',
      'BASIC_AUTH',
      'BOOKMARK',
      'BROWSER_PLUGIN',
      'OPENID_CONNECT',
      'SAML_1_1',
      'SAML_2_0',
      'SECURE_PASSWORD_STORE',
      'WS_FEDERATION',
      'null',
    ]);
    const kinds = [...applicationsBy('settings.oauthClient.application_type')].map(String).sort();
    assert.deepEqual(kinds, ['browser', 'native', 'service', 'undefined', 'web']);
    for (const own of ['saasure', 'okta_enduser', 'active_directory'])
      assert.ok(applicationsBy('name').has(own));
    assert.ok(applicationsBy('status').has('INACTIVE'));
    assert.ok(
      data.apps.some(
        ({ features, signOnMode }) => signOnMode === 'SAML_2_0' && (features as unknown[]).length > 0,
      ),
    );
  });

  it('has groups, providers, policies, domains and zones of every type', () => {
    const types = (collection: CollectionName, path = 'type'): string[] =>
      [...new Set(data[collection].map((object) => String(member(object, path))))].sort();
    assert.deepEqual(types('groups'), ['APP_GROUP', 'BUILT_IN', 'OKTA_GROUP']);
    assert.deepEqual(types('idps'), ['GOOGLE', 'OIDC', 'SAML2', 'X509']);
    assert.deepEqual(types('idps', 'status'), ['ACTIVE', 'INACTIVE']);
    assert.deepEqual(types('policies'), [
      'ACCESS_POLICY',
      'CLIENT_UPDATE',
      'DEVICE_SIGNAL_COLLECTION',
      'ENTITY_RISK',
      'IDENTITY_CLAIM_SOURCING',
      'IDP_DISCOVERY',
      'MFA_ENROLL',
      'OKTA_SIGN_ON',
      'PASSWORD',
      'POST_AUTH_SESSION',
      'PROFILE_ENROLLMENT',
      'SESSION_VIOLATION_DETECTION',
    ]);
    assert.deepEqual(types('domains', 'validationStatus'), ['COMPLETED', 'NOT_STARTED', 'VERIFIED']);
    assert.deepEqual(types('zones'), ['DYNAMIC', 'DYNAMIC_V2', 'IP']);
    assert.deepEqual(types('appUsers', 'scope'), ['GROUP', 'USER']);
    const ruled = new Set(
      [...data.policyRules, ...data.idpDiscoveryRules].map((rule) => linkedId(rule, ['self'], 'policies')),
    );
    assert.deepEqual(
      data.policies.filter(({ id }) => !ruled.has(String(id))),
      [],
    );
  });

  it('has clients that can be imported as they are, with groups that can be too', () => {
    const apps = data.apps.filter(isPlainClient);
    assert.deepEqual(apps.map(name), [
      'Calibration Desk',
      'Instrument Registry',
      'Supplier Portal',
      'Warranty Desk',
      'Field Service Planner',
      'Canteen Orders',
      'Sensor Commissioning',
    ]);
    const groups = data.groups.filter(isPlainGroup);
    assert.deepEqual(
      groups.map((group) => textMember(group, 'profile.name')),
      [
        'Workshop',
        'Field Engineers',
        'Customer Care',
        'Purchasing',
        'Warehouse',
        'Contractors',
        'Apprentices',
        'Night Shift Supervisors',
      ],
    );
    const ids = new Set([...apps, ...groups].map(({ id }) => id));
    const plain = data.appGroups.filter(
      (assignment) =>
        ids.has(assignment.id) &&
        ids.has(linkedId(assignment, ['app'], 'apps')) &&
        assignment.priority === 0 &&
        Object.keys(assignment.profile as object).length === 0,
    );
    assert.equal(plain.length, 13);
  });

  it('carries certificates that parse and match their keys, one expired, one too short', () => {
    const keys = [...data.idpKeys, ...data.appKeys, ...data.idpSigningKeys];
    const certificates = keys.map((key) => {
      const certificate = new X509Certificate(Buffer.from(String((key.x5c as string[])[0]), 'base64'));
      assert.equal(createHash('sha256').update(certificate.raw).digest('base64url'), key['x5t#S256']);
      assert.equal(certificate.publicKey.export({ format: 'jwk' }).n, key.n);
      assert.equal(new Date(certificate.validTo).toISOString(), key.expiresAt);
      return certificate;
    });
    const bits = certificates.map(({ publicKey }) => publicKey.asymmetricKeyDetails?.modulusLength ?? 0);
    assert.deepEqual(
      bits.filter((length) => length < 2048),
      [1024],
    );
    const ends = certificates.map(({ validTo }) => new Date(validTo).getUTCFullYear());
    assert.deepEqual(
      ends.filter((year) => year < 2034),
      [2025],
    );
  });

  it('carries no private key and no secret but the obviously false ones that Okta would show', () => {
    for (const text of texts) assert.doesNotMatch(text, /PRIVATE KEY|"d":|"(p|q|dp|dq|qi)":/);
    const secrets = texts.flatMap((text) =>
      [...text.matchAll(/"client_secret": "([^"]*)"/g)].map(([, value]) => value),
    );
    assert.deepEqual(secrets.sort(), ['not-a-real-secret-of-the-academy', 'not-a-real-secret-of-thornwick']);
  });

  it('names no host outside .example, but for two identifiers that are fixed by Okta', () => {
    const hosts = new Set(
      texts.flatMap((text) =>
        [...text.matchAll(/https?:\/\/([^/"\\:$>\s]+)/g)].map(([, host]) => host ?? ''),
      ),
    );
    assert.deepEqual(
      [...hosts].filter((host) => !host.endsWith('.example')),
      ['www.okta.com'],
    );
  });
});
