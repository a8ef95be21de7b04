// Okta's objects as tests compose them, judged as an assessment judges them: raw object → normal form → verdict.
import { oktaComposers } from '../../../../activities/sources/okta/compose.ts';
import { oktaReaders } from '../../../../activities/sources/okta/collections.ts';
import { normalizeApplication } from '../../../../activities/sources/okta/normalize/application.ts';
import {
  normalizeGroupAssignment,
  normalizeUserAssignment,
} from '../../../../activities/sources/okta/normalize/assignment.ts';
import { normalizeGroup } from '../../../../activities/sources/okta/normalize/group.ts';
import {
  normalizePolicy,
  normalizePolicyRule,
} from '../../../../activities/sources/okta/normalize/policy.ts';
import type { ComposerPart, PageContent } from '../../../../activities/sources/source.ts';
import {
  compatibilityClasses,
  type CompatibilityClass,
  type Verdict,
} from '../../../../domain/assessment.ts';
import type { OktaCollectionName } from '../../../../domain/collections/okta.ts';
import type { NormalItem, StoredItem } from '../../../../domain/inventory/item.ts';
import type { ItemType } from '../../../../domain/inventory/itemTypes.ts';
import type { PolicyForm } from '../../../../domain/inventory/policy.ts';
import type { OktaFacts } from '../../../../domain/rules/okta/orgFacts.ts';
import type { JudgedEnd } from '../../../../domain/rules/surroundings.ts';
import type { Body } from '../../../support/answer.ts';
import { emptyFacts, judgeAlone, type Facts } from '../snapshot.ts';

/** How bad a class is: 0 is native. */
export const rank = (each: CompatibilityClass): number => compatibilityClasses.indexOf(each);

export const firedIn = (verdict: Verdict): string[] => verdict.findings.map((finding) => finding.rule_id);

export const asItem = <Type extends ItemType>(item: NormalItem<Type>): StoredItem<Type> => ({
  ...item,
  id: `${item.itemType}/${item.externalId}`,
  ordinal: 1n,
  fingerprint: '',
  evidence: [],
});

/** Reads a page of a collection as the reader does. */
export function readPage(
  collection: OktaCollectionName,
  entries: readonly unknown[],
  context: Record<string, string> = {},
): PageContent {
  const reader = oktaReaders.find((each) => each.name === collection);
  if (!reader) throw new Error(`no reader of ${collection}`);
  return reader.read(entries, { collection, key: '', path: `/${collection}`, context });
}

/** Joins an item with the objects read beside it. */
export function compose<Type extends ItemType>(
  item: StoredItem<Type>,
  pages: readonly PageContent[],
): StoredItem<Type> {
  const composer = oktaComposers.find((each) => each.itemType === item.itemType);
  if (!composer) return item;
  const objectsOf = ({ objectKind, wants }: ComposerPart) => {
    const want = wants(item);
    return pages
      .flatMap((page) => page.objects)
      .filter((object) => object.kind === objectKind)
      .filter((object) =>
        'parent' in want ? object.parent === want.parent : want.externalIds.includes(object.externalId),
      )
      .map((object) => ({ ...object, evidence: { id: '', index: object.index, role: 'object' as const } }));
  };
  const { normalized } = composer.compose(item, (objectKind) =>
    composer.parts.filter((part) => part.objectKind === objectKind).flatMap(objectsOf),
  );
  return { ...item, normalized: normalized as StoredItem<Type>['normalized'] };
}

/** An org of which everything was read, and which has nothing beside its items. */
export const emptyOrg = (): OktaFacts => ({
  groupRules: new Map(),
  authorizationServers: [],
  tokenHooks: [],
});

// Applications

export interface ApplicationCase {
  raw: Body;
  /** Rules of the access policy that guards it; null when the policy is not in the snapshot. */
  guard: Body[] | null;
  /** Scopes granted to it; null when they were not read. */
  grants: readonly string[] | null;
  facts: Facts & { okta: OktaFacts };
}

export const cleanGuardRule = (): Body => ({
  id: 'rul1',
  name: 'Catch-all Rule',
  status: 'ACTIVE',
  system: true,
  priority: 99,
  conditions: {
    people: { users: { exclude: [] } },
    network: { connection: 'ANYWHERE' },
    riskScore: { level: 'ANY' },
    userType: { include: [], exclude: [] },
  },
  actions: {
    appSignOn: {
      access: 'ALLOW',
      verificationMethod: {
        type: 'ASSURANCE',
        factorMode: '2FA',
        reauthenticateIn: 'PT2H',
        constraints: [{}],
      },
    },
  },
});

/** A web application that moves as it is, in all that Okta says of one. */
export const cleanApplication = (): ApplicationCase => ({
  raw: {
    id: '0oa1',
    name: 'oidc_client',
    label: 'Payroll',
    status: 'ACTIVE',
    lastUpdated: '2026-01-01T00:00:00.000Z',
    features: [],
    signOnMode: 'OPENID_CONNECT',
    visibility: { hide: { iOS: false, web: false } },
    credentials: {
      userNameTemplate: { type: 'BUILT_IN', template: '${source.login}' },
      oauthClient: {
        client_id: '0oa1',
        token_endpoint_auth_method: 'client_secret_basic',
        pkce_required: false,
        autoKeyRotation: true,
      },
    },
    settings: {
      implicitAssignment: false,
      notes: { admin: null, enduser: null },
      oauthClient: {
        application_type: 'web',
        redirect_uris: ['https://payroll.example/cb'],
        post_logout_redirect_uris: ['https://payroll.example/'],
        initiate_login_uri: 'https://payroll.example/start',
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
        consent_method: 'TRUSTED',
        issuer_mode: 'ORG_URL',
        refresh_token: { rotation_type: 'STATIC', leeway: 0 },
        idp_initiated_login: { mode: 'DISABLED', default_scope: [] },
        wildcard_redirect: 'DISABLED',
        dpop_bound_access_tokens: false,
        participate_slo: false,
      },
    },
    _links: { accessPolicy: { href: 'https://acme.okta.com/api/v1/policies/rst1' } },
  },
  guard: [cleanGuardRule()],
  grants: null,
  facts: {
    ...emptyFacts(),
    incumbentHosts: new Set(['acme.okta.com', 'login.acme.example']),
    okta: emptyOrg(),
  },
});

export function guardForm(rules: readonly Body[]): PolicyForm {
  const { normalized } = normalizePolicy({
    id: 'rst1',
    type: 'ACCESS_POLICY',
    name: 'Guard',
    status: 'ACTIVE',
  });
  return { ...normalized, rules: rules.map(normalizePolicyRule) };
}

export function judgeApplication({ raw, guard, grants, facts }: ApplicationCase): Verdict {
  const item = asItem(normalizeApplication(raw));
  const guarded = item.normalized.references.some((reference) => reference.relation === 'access_policy');
  const policy = guard && asItem({ ...normalizePolicy({ id: 'rst1' }), normalized: guardForm(guard) });
  const refused = new Set([...facts.refused, ...(grants === null ? ['application_grants'] : [])]);
  return judgeAlone(item, {
    facts: { ...facts, refused },
    named: { access_policy: guarded ? [{ externalId: 'rst1', item: policy }] : [] },
    objects: { 'okta.grant': (grants ?? []).map((scope) => ({ data: { scope, status: 'ACTIVE' } })) },
  });
}

// Groups

export interface GroupCase {
  raw: Body;
  /** What `expand=stats` gives; null when that was not read. */
  stats: Body;
  referenced: boolean;
  /** Groups that rules fill; null when the rules were not read. */
  fed: Set<string> | null;
}

export const cleanGroup = (): GroupCase => ({
  raw: {
    id: '00g1',
    type: 'OKTA_GROUP',
    objectClass: ['okta:user_group'],
    lastUpdated: '2026-01-01T00:00:00.000Z',
    lastMembershipUpdated: '2026-01-01T00:00:00.000Z',
    profile: { name: 'Quality Lab', description: null },
  },
  stats: { usersCount: 12, appsCount: 1, hasAdminPrivilege: false },
  referenced: true,
  fed: new Set(),
});

export function judgeGroup({ raw, stats, referenced, fed }: GroupCase): Verdict {
  const page = stats === null ? [] : [{ id: '00g1', _embedded: { stats } }];
  const statistics = [readPage('group_statistics', page)];
  const item = compose(asItem(normalizeGroup(raw)), statistics);
  const groupRules = fed && new Map([...fed].map((group) => [group, ['Everybody of the lab']]));
  const okta = { ...emptyOrg(), groupRules };
  return judgeAlone(item, { facts: { ...emptyFacts(), okta }, naming: referenced ? [{}] : [] });
}

// Assignments

export interface AssignmentCase {
  raw: Body;
  /** A row of `/apps/{id}/users` instead of `/apps/{id}/groups`. */
  ofUser: boolean;
  application: JudgedEnd | null;
  group: JudgedEnd | null;
}

export const end = (compatibilityClass: CompatibilityClass, more: Partial<JudgedEnd> = {}): JudgedEnd => ({
  compatibilityClass,
  name: 'End',
  vendorKind: '',
  ruleIds: [],
  ...more,
});

export const cleanAssignment = (): AssignmentCase => ({
  raw: { id: '00g1', priority: 0, lastUpdated: '2026-01-01T00:00:00.000Z', profile: {} },
  ofUser: false,
  application: end('native_import', { vendorKind: 'OPENID_CONNECT' }),
  group: end('native_import', { vendorKind: 'OKTA_GROUP' }),
});

export function judgeAssignment({ raw, ofUser, application, group }: AssignmentCase): Verdict {
  const item = ofUser ? normalizeUserAssignment(raw, '0oa1') : normalizeGroupAssignment(raw, '0oa1');
  if (item === 'group_implied') throw new Error('a group implies this row, so it is no item');
  return judgeAlone(asItem(item), {
    named: { application: [{ verdict: application }], group: [{ verdict: group }] },
  });
}

// What tables of rules are made of

/** A rule with a case on which it fires, one nearly equal on which it does not, and the class of each. */
export interface Pair<Case> {
  rule: string;
  fires: (given: Case) => void;
  spares: (given: Case) => void;
  /** Classes of the item that it fires on and of the one that it spares. */
  classes: readonly [CompatibilityClass, CompatibilityClass];
}

export const native = 'native_import';
export const approximate = 'import_with_approximation';
export const visible = 'visibility_only';
export const manual = 'manual_rebuild_required';
export const blocked = 'blocked';

/** Makes a case and changes it. */
export function changed<Case>(clean: () => Case, ...changes: readonly ((given: Case) => void)[]): Case {
  const made = clean();
  for (const change of changes) change(made);
  return made;
}

// Members of raw objects

const escape = (token: string) => token.replaceAll('~', '~0').replaceAll('/', '~1');
const tokens = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

/** What a JSON pointer (RFC 6901) finds; undefined when it finds nothing. */
export function atPointer(value: unknown, pointer: string): unknown {
  return tokens(pointer).reduce<unknown>(
    (found, token) =>
      typeof found === 'object' && found !== null && Object.hasOwn(found, token)
        ? (found as Record<string, unknown>)[token]
        : undefined,
    value,
  );
}

/** Replaces what a pointer finds; undefined removes it. */
export function setAt(value: Body, pointer: string, member: unknown): void {
  const path = tokens(pointer);
  const last = path.pop() ?? '';
  const parent = path.reduce<Body>((found, token) => found[token], value);
  if (member === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = member;
}

/** Pointers to every member of an object, containers before what they contain. */
export function pointersInto(value: unknown, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const here = `${pointer}/${escape(key)}`;
    return [here, ...pointersInto(member, here)];
  });
}

/** Values of every other JSON type than the one given. */
export function ofOtherTypes(value: unknown): unknown[] {
  const kind = (each: unknown) => (Array.isArray(each) ? 'array' : typeof each);
  return ['x', 7, true, [], [{}], {}].filter((each) => kind(each) !== kind(value));
}
