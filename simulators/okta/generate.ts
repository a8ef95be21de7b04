import { applicationName, createRandom, groupName, note, type Random } from '../random.ts';
import type { TenantSize } from '../tenant.ts';
import { INVENTED_TENANT, emptyTenant, loadOktaTenant, type OktaTenantData } from './data.ts';
import { textMember, type OktaObject } from './members.ts';

/** Placeholder of links; the simulator puts its own origin there. */
const ORIGIN = 'https://generated.okta.example';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * A large, plausible org for benchmarks: 45 % SAML, 40 % OIDC and 15 % other applications of 2.4 to 4.6 KB
 * each, plain groups, and assignments whose both ends exist. Policies, identity providers and the rest of the
 * org are those of the invented tenant, so that every link resolves.
 *
 * @throws {RangeError} when more assignments are asked for than pairs of application and group exist
 */
export function generateOktaTenant(size: TenantSize): OktaTenantData {
  if (size.groupAssignments > size.applications * size.groups) {
    throw new RangeError(
      `${size.applications} applications and ${size.groups} groups cannot make ${size.groupAssignments} group assignments`,
    );
  }
  if (size.userAssignments > 0 && size.applications === 0) {
    throw new RangeError('User assignments need an application');
  }
  const random = createRandom(size.seed);
  const invented = loadOktaTenant(INVENTED_TENANT);
  const key = invented.appKeys.slice(0, 1);
  const context = {
    random,
    kid: textMember(key[0], 'kid') ?? '',
    policies: invented.policies.filter(({ type, status }) => type === 'ACCESS_POLICY' && status === 'ACTIVE'),
  };
  const apps = Array.from({ length: size.applications }, (_, index) => application(context, index));
  const groups = Array.from({ length: size.groups }, (_, index) => group(random, index));
  const { policies, policyRules, idpDiscoveryRules, idps, idpKeys, domains, zones, org, orgMetadata } =
    invented;
  const kept = { policies, policyRules, idpDiscoveryRules, idps, idpKeys, domains, zones, org, orgMetadata };
  return {
    ...emptyTenant(),
    ...kept,
    apps,
    groups,
    appKeys: key,
    appGroups: groupAssignments(random, apps, groups, size.groupAssignments),
    appUsers: userAssignments(random, apps, size.userAssignments),
  };
}

interface Context {
  random: Random;
  kid: string;
  policies: readonly OktaObject[];
}

function application(context: Context, index: number): OktaObject {
  const share = index % 20;
  if (share < 9) return samlApplication(context, index);
  if (share < 17) return oidcApplication(context, index);
  return otherApplication(context, index);
}

/** An id of Okta's: 20 characters that begin with the kind of object. */
function objectId(random: Random, prefix: string): string {
  return prefix + random.text(20 - prefix.length, ALPHABET);
}

/** What all applications have, with the links an Identity Engine org gives them. */
function common(
  context: Context,
  index: number,
  name: string,
  signOnMode: string,
): OktaObject & { id: string } {
  const { random, policies } = context;
  const id = objectId(random, '0oa');
  const self = `${ORIGIN}/api/v1/apps/${id}`;
  const created = random.date(2019);
  const policy = policies.length === 0 ? undefined : textMember(random.pick(policies), 'id');
  return {
    id,
    orn: `orn:okta:idp:00oGeneratedOrg00001:apps:${name}:${id}`,
    name,
    label: applicationName(random, index),
    status: random.below(40) === 0 ? 'INACTIVE' : 'ACTIVE',
    created,
    lastUpdated: random.date(2024),
    accessibility: { selfService: false, errorRedirectUrl: null, loginRedirectUrl: null },
    visibility: {
      autoLaunch: false,
      autoSubmitToolbar: false,
      hide: { iOS: false, web: random.below(2) === 0 },
      appLinks: { [`${name}_link`]: true },
    },
    features: [],
    signOnMode,
    universalLogout: {
      status: 'DISABLED',
      supportType: 'FULL',
      identityStack: 'NOT_SHARED',
      protocol: 'GLOBAL_TOKEN_REVOCATION',
    },
    _links: {
      uploadLogo: { href: `${self}/logo`, hints: { allow: ['POST'] } },
      appLinks: [
        {
          name: `${name}_link`,
          href: `${ORIGIN}/home/${name}/${id}/${objectId(random, 'aln')}`,
          type: 'text/html',
        },
      ],
      policies: { href: `${self}/policies`, hints: { allow: ['PUT'] } },
      groups: { href: `${self}/groups` },
      users: { href: `${self}/users` },
      logo: [{ name: 'medium', href: `${ORIGIN}/assets/img/logos/default.png`, type: 'image/png' }],
      ...(policy === undefined ? {} : { accessPolicy: { href: `${ORIGIN}/api/v1/policies/${policy}` } }),
      deactivate: { href: `${self}/lifecycle/deactivate`, hints: { allow: ['POST'] } },
    },
  };
}

function settings(app: OktaObject, owners: string): OktaObject {
  return {
    app,
    notifications: { vpn: { network: { connection: 'DISABLED' }, message: null, helpUrl: null } },
    manualProvisioning: false,
    implicitAssignment: false,
    emOptInStatus: 'NONE',
    notes: { admin: owners, enduser: null },
  };
}

function samlApplication(context: Context, index: number): OktaObject {
  const { random, kid } = context;
  const base = common(context, index, `generated_saml_${index + 1}`, 'SAML_2_0');
  const acs = `https://saml-${index + 1}.generated.example/acs`;
  const attribute = (name: string) => ({
    type: 'EXPRESSION',
    name,
    namespace: 'urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified',
    values: [`user.${name}`],
  });
  const names = ['firstName', 'lastName', 'email', 'department', 'costCenter', 'employeeNumber', 'manager'];
  const signOn = {
    defaultRelayState: '',
    ssoAcsUrl: acs,
    idpIssuer: 'http://www.okta.com/${org.externalKey}',
    audience: `https://saml-${index + 1}.generated.example`,
    recipient: acs,
    destination: acs,
    subjectNameIdTemplate: '${user.userName}',
    subjectNameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    responseSigned: true,
    assertionSigned: true,
    signatureAlgorithm: 'RSA_SHA256',
    digestAlgorithm: 'SHA256',
    honorForceAuthn: true,
    authnContextClassRef: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    spIssuer: null,
    requestCompressed: false,
    attributeStatements: names.slice(0, random.below(names.length + 1)).map(attribute),
    inlineHooks: [],
    assertionEncryption: { enabled: false },
    allowMultipleAcsEndpoints: false,
    acsEndpoints: [],
    samlSignedRequestEnabled: false,
    slo: { enabled: false },
  };
  const userNameTemplate = { template: '${source.login}', type: 'BUILT_IN' };
  return {
    ...base,
    credentials: { userNameTemplate, signing: { kid } },
    settings: { ...settings({}, note(random, 1)), signOn },
  };
}

function oidcApplication(context: Context, index: number): OktaObject {
  const { random, kid } = context;
  const base = common(context, index, 'oidc_client', 'OPENID_CONNECT');
  const type = random.pick(['web', 'web', 'browser', 'native'] as const);
  const redirects = Array.from(
    { length: 1 + random.below(5) },
    (_, environment) => `https://oidc-${index + 1}-${environment + 1}.generated.example/signed-in`,
  );
  const oauthClient = {
    client_uri: null,
    logo_uri: null,
    redirect_uris: redirects,
    post_logout_redirect_uris: redirects.map((uri) => uri.replace('signed-in', 'signed-out')),
    response_types: ['code'],
    grant_types: ['authorization_code', ...(random.below(2) === 0 ? ['refresh_token'] : [])],
    application_type: type,
    consent_method: 'TRUSTED',
    issuer_mode: 'ORG_URL',
    idp_initiated_login: { mode: 'DISABLED', default_scope: [] },
    wildcard_redirect: 'DISABLED',
    dpop_bound_access_tokens: false,
    participate_slo: false,
  };
  return {
    ...base,
    credentials: {
      userNameTemplate: { template: '${source.login}', type: 'BUILT_IN' },
      signing: { kid: `org-${kid}` },
      oauthClient: {
        autoKeyRotation: true,
        client_id: base.id,
        token_endpoint_auth_method: type === 'web' ? 'client_secret_basic' : 'none',
        pkce_required: type !== 'web',
      },
    },
    settings: { ...settings({}, note(random, 1)), oauthClient },
  };
}

function otherApplication(context: Context, index: number): OktaObject {
  const mode = context.random.pick([
    'BOOKMARK',
    'AUTO_LOGIN',
    'BROWSER_PLUGIN',
    'SECURE_PASSWORD_STORE',
  ] as const);
  const url = `https://site-${index + 1}.generated.example/login`;
  const bookmark = mode === 'BOOKMARK';
  return {
    ...common(context, index, bookmark ? 'bookmark' : `generated_swa_${index + 1}`, mode),
    credentials: {
      ...(bookmark ? {} : { scheme: 'EDIT_USERNAME_AND_PASSWORD', revealPassword: false }),
      userNameTemplate: { template: '${source.login}', type: 'BUILT_IN' },
      signing: {},
    },
    settings: {
      ...settings({ url, requestIntegration: false }, note(context.random, 6)),
      ...(bookmark ? {} : { signOn: { redirectUrl: null, loginUrl: url } }),
    },
  };
}

function group(random: Random, index: number): OktaObject {
  const id = objectId(random, '00g');
  const name = groupName(random, index);
  const self = `${ORIGIN}/api/v1/groups/${id}`;
  return {
    id,
    created: random.date(2019),
    lastUpdated: random.date(2023),
    lastMembershipUpdated: random.date(2024),
    objectClass: ['okta:user_group'],
    type: 'OKTA_GROUP',
    profile: { name, description: `People of ${name}` },
    _embedded: { stats: { usersCount: random.below(400) } },
    _links: { users: { href: `${self}/users` }, apps: { href: `${self}/apps` } },
  };
}

/** Spreads distinct pairs over all applications, each application's groups being neighbours in the list. */
function groupAssignments(
  random: Random,
  apps: readonly OktaObject[],
  groups: readonly OktaObject[],
  count: number,
): OktaObject[] {
  const offsets = apps.map(() => random.below(groups.length));
  return Array.from({ length: count }, (_, index) => {
    const place = index % apps.length;
    const round = Math.floor(index / apps.length);
    const appId = String(apps[place]?.id);
    const groupId = String(groups[((offsets[place] ?? 0) + round) % groups.length]?.id);
    const app = `${ORIGIN}/api/v1/apps/${appId}`;
    return {
      id: groupId,
      lastUpdated: random.date(2024),
      priority: round,
      profile: {},
      _links: {
        app: { href: app },
        self: { href: `${app}/groups/${groupId}` },
        group: { href: `${ORIGIN}/api/v1/groups/${groupId}` },
      },
    };
  });
}

function userAssignments(random: Random, apps: readonly OktaObject[], count: number): OktaObject[] {
  return Array.from({ length: count }, (_, index) => {
    const id = objectId(random, '00u');
    const created = random.date(2022);
    const email = `person-${index + 1}@generated.example`;
    const app = `${ORIGIN}/api/v1/apps/${String(apps[index % apps.length]?.id)}`;
    return {
      id,
      externalId: null,
      created,
      lastUpdated: created,
      scope: random.below(3) === 0 ? 'USER' : 'GROUP',
      status: 'ACTIVE',
      statusChanged: created,
      passwordChanged: null,
      syncState: 'DISABLED',
      credentials: { userName: email },
      profile: { email },
      _links: { app: { href: app }, user: { href: `${ORIGIN}/api/v1/users/${id}` } },
    };
  });
}
