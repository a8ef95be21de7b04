import assert from 'node:assert/strict';
import { normalizePolicy } from '../../../../activities/sources/okta/normalize/policy.ts';
import type { Verdict } from '../../../../domain/assessment.ts';
import type { ImpactMark } from '../../../../domain/impactMarks.ts';
import { oktaPolicyRules } from '../../../../domain/rules/okta/policy.ts';
import type { JudgedEnd } from '../../../../domain/rules/surroundings.ts';
import type { Body } from '../../../support/answer.ts';
import { emptyFacts, judgeAlone } from '../snapshot.ts';
import { itHoldsInPairs } from './pairs.ts';
import {
  approximate,
  asItem,
  atPointer,
  changed,
  compose,
  end,
  firedIn,
  manual,
  native,
  ofOtherTypes,
  pointersInto,
  rank,
  readPage,
  setAt,
  visible,
  type Pair,
} from './support.ts';

interface PolicyCase {
  raw: Body;
  /** Null when they were not read. */
  rules: Body[] | null;
  /** Applications linked to it that stand. */
  linked: number;
  /** The verdict on every group that it names; null when the snapshot does not hold it. */
  group: JudgedEnd | null;
  refused: string[];
}

const signOn = (): Body => ({
  id: 'rul1',
  type: 'SIGN_ON',
  name: 'Anywhere',
  status: 'ACTIVE',
  priority: 1,
  system: false,
  conditions: {
    people: { users: { exclude: [] } },
    network: { connection: 'ANYWHERE' },
    authContext: { authType: 'ANY' },
    risk: { behaviors: [] },
    riskScore: { level: 'ANY' },
    identityProvider: { provider: 'ANY' },
  },
  actions: {
    signon: {
      access: 'ALLOW',
      requireFactor: true,
      primaryFactor: 'PASSWORD_IDP',
      factorPromptMode: 'SESSION',
      factorLifetime: 15,
      rememberDeviceByDefault: false,
      session: { usePersistentCookie: false, maxSessionIdleMinutes: 120, maxSessionLifetimeMinutes: 480 },
    },
  },
});

const clean = (): PolicyCase => ({
  raw: {
    id: 'rst1',
    type: 'OKTA_SIGN_ON',
    name: 'Everybody',
    status: 'ACTIVE',
    priority: 1,
    system: false,
    lastUpdated: '2026-01-01T00:00:00.000Z',
    conditions: { people: { groups: { include: ['00g1'] } } },
  },
  rules: [signOn()],
  linked: 1,
  group: end(native, { name: 'Quality Lab' }),
  refused: [],
});

function judge({ raw, rules, linked, group, refused }: PolicyCase): Verdict {
  const page = readPage('policy_rules', rules ?? [], { policy: 'rst1' });
  const bare = asItem(normalizePolicy(raw));
  const item = rules === null ? bare : compose({ ...bare, externalId: 'rst1' }, [page]);
  const named = (relation: string) =>
    item.normalized.references
      .filter((reference) => reference.relation === relation)
      .map(({ external_id }) => ({ externalId: external_id, verdict: group }));
  return judgeAlone(item, {
    facts: { ...emptyFacts(), refused: new Set(refused) },
    named: { included_group: named('included_group'), excluded_group: named('excluded_group') },
    naming: [{ relation: 'access_policy', itemType: 'application', items: 2, standing: linked }],
  });
}

type Change = (given: PolicyCase) => void;
const nothing: Change = () => undefined;
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const at =
  (pointer: string, value: unknown): Change =>
  (given) =>
    setAt(given.raw, pointer, structuredClone(value));
const first =
  (pointer: string, value: unknown): Change =>
  (given) =>
    setAt(given.rules?.[0] ?? {}, pointer, structuredClone(value));
const rules =
  (...made: Body[]): Change =>
  (given) =>
    (given.rules = structuredClone(made));
const unread: Change = (given) => (given.rules = null);
const inactive = at('/status', 'INACTIVE');
const unlinked: Change = (given) => (given.linked = 0);
const method = '/actions/appSignOn/verificationMethod';

/** Another type, with a rule of it. */
const ofType = (type: string, actions: Body, conditions: Body = null) =>
  both(at('/type', type), rules({ id: 'rul1', name: 'Rule', status: 'ACTIVE', conditions, actions }));
const access = ofType('ACCESS_POLICY', {
  appSignOn: {
    access: 'ALLOW',
    verificationMethod: { type: 'ASSURANCE', factorMode: '1FA', reauthenticateIn: 'PT2H', constraints: [{}] },
    keepMeSignedIn: { postAuth: 'NOT_ALLOWED' },
  },
});
const password = both(
  ofType('PASSWORD', {
    passwordChange: { access: 'ALLOW' },
    selfServicePasswordReset: {
      access: 'ALLOW',
      requirement: { primary: { methods: ['email'] }, stepUp: { required: false } },
    },
    selfServiceUnlock: { access: 'DENY' },
  }),
  at('/settings', { password: { complexity: { minLength: 12 } } }),
);
const directory = (provider: string) => both(password, at('/conditions/authProvider', { provider }));
const enrolment = both(
  ofType('MFA_ENROLL', { enroll: { self: 'LOGIN' } }),
  at('/settings', {
    authenticators: [
      { key: 'okta_password', enroll: { self: 'REQUIRED' } },
      { key: 'webauthn', enroll: { self: 'OPTIONAL' } },
    ],
  }),
);
const registration = (unknownUserAction: string) =>
  ofType('PROFILE_ENROLLMENT', { profileEnrollment: { access: 'ALLOW', unknownUserAction } });
const risk = (actions: unknown[]) => ofType('ENTITY_RISK', { entityRisk: { actions } });
const terminates = risk([{ action: 'TERMINATE_ALL_SESSIONS' }]);
const deny = first('/actions/signon/access', 'DENY');

const pair = (
  rule: string,
  fires: Change,
  spares: Change,
  ...classes: Pair<PolicyCase>['classes']
): Pair<PolicyCase> => ({ rule, fires, spares, classes });
/** What makes a rule more than the target can be told, and what of the same member does not. */
const exceeds = (kind: Change, pointer: string, value: unknown, spared: unknown) =>
  pair('beyond', both(kind, first(pointer, value)), both(kind, first(pointer, spared)), manual, approximate);

const pairs: readonly Pair<PolicyCase>[] = [
  pair('unknown_value', at('/status', 'PAUSED'), nothing, manual, approximate),
  pair('unparsable', at('/conditions', 'all'), at('/conditions', null), manual, approximate),
  pair('inactive', both(inactive, deny), deny, visible, manual),
  pair(
    'own_account',
    both(
      access,
      first(`${method}/type`, 'ID_PROOFING'),
      at('/_embedded', { resourceType: 'END_USER_ACCOUNT_MANAGEMENT' }),
    ),
    both(access, first(`${method}/type`, 'ID_PROOFING'), at('/_embedded', { resourceType: 'APP' })),
    visible,
    manual,
  ),
  pair('guards_nothing', both(access, unlinked), access, visible, approximate),
  pair('guards_nothing', both(access, unlinked), unlinked, visible, approximate),
  pair(
    'guards_nothing',
    both(access, unlinked),
    both(access, unlinked, (given) => given.refused.push('applications')),
    visible,
    approximate,
  ),
  pair('status_unknown', at('/status', undefined), nothing, manual, approximate),
  pair('unknown_type', at('/type', 'MOOD_POLICY'), nothing, manual, approximate),
  pair('unknown_type', at('/type', undefined), inactive, manual, visible),
  pair('rules_unread', unread, rules(), manual, visible),
  pair('rules_unread', both(access, rules()), both(access, rules(), unlinked), manual, visible),
  pair('rule_unparsable', first('/actions', 'none'), first('/status', 'INACTIVE'), manual, visible),
  pair('without_rules', rules(), unread, visible, manual),
  pair('without_rules', first('/status', 'INACTIVE'), first('/status', undefined), visible, approximate),
  pair('without_rules', both(directory('LDAP'), rules()), both(password, rules()), visible, approximate),
  pair('plain', nothing, deny, approximate, manual),
  pair('plain', password, directory('ACTIVE_DIRECTORY'), approximate, manual),
  pair(
    'plain',
    both(first('/conditions/network', { connection: 'ZONE', include: ['nzo1'] })),
    first('/conditions/moon', 'FULL'),
    approximate,
    manual,
  ),
  pair(
    'plain',
    first('/conditions/people', { groups: { include: ['00g1'] } }),
    first('/conditions/people', { users: { include: ['00u1'] } }),
    approximate,
    manual,
  ),

  exceeds(nothing, '/conditions/risk', { behaviors: ['new country'] }, { behaviors: [] }),
  exceeds(nothing, '/conditions/riskScore/level', 'HIGH', 'ANY'),
  exceeds(nothing, '/conditions/authContext/authType', 'RADIUS', 'ANY'),
  exceeds(
    nothing,
    '/conditions/identityProvider',
    { provider: 'SPECIFIC_IDP', idpIds: ['0oai1'] },
    { provider: 'ANY' },
  ),
  exceeds(nothing, '/conditions/people/users/exclude', ['00u1'], []),
  exceeds(nothing, '/actions/signon/primaryFactor', 'PALM', 'PASSWORD_IDP_ANY_FACTOR'),
  exceeds(nothing, '/actions/signon/requireFactor', 'perhaps', false),
  exceeds(nothing, '/actions/signon/access', 'LATER', 'ALLOW'),
  exceeds(nothing, '/actions/signon/challenge', { chains: [{ key: 'webauthn' }] }, { chains: [] }),
  exceeds(nothing, '/actions/idp', { providers: ['0oai1'] }, {}),
  exceeds(access, '/conditions', { device: { registered: true } }, { device: {} }),
  exceeds(
    access,
    '/conditions',
    { elCondition: { condition: 'user.x == 1' } },
    { elCondition: { condition: '' } },
  ),
  exceeds(
    access,
    '/conditions',
    { platform: { include: [{ type: 'MOBILE' }] } },
    { platform: { include: [] } },
  ),
  exceeds(access, '/conditions', { userType: { include: ['oty1'] } }, { userType: { include: [] } }),
  exceeds(access, `${method}/constraints`, [{ possession: { deviceBound: 'REQUIRED' } }], []),
  exceeds(
    access,
    `${method}/constraints`,
    { knowledge: { excludedAuthenticationMethods: { key: 'okta_password' } } },
    [{ knowledge: { types: ['password'], required: true, reauthenticateIn: 'PT2H' } }],
  ),
  exceeds(access, `${method}/type`, 'AUTH_METHOD_CHAIN', 'ASSURANCE'),
  exceeds(access, `${method}/type`, 'ID_PROOFING', undefined),
  exceeds(access, `${method}/factorMode`, '3FA', '2FA'),
  exceeds(access, `${method}/id`, 'idv1', ''),
  exceeds(password, '/actions/selfServicePasswordReset/requirement/stepUp/required', true, false),
  exceeds(password, '/actions/selfServicePasswordReset/requirement/accessControl', 'LEGACY', ''),
  exceeds(password, '/actions/selfServiceUnlock/access', 'ASK', 'ALLOW'),
  pair(
    'beyond',
    at('/conditions/people/users', { include: ['00u1'] }),
    at('/conditions/people/users', { include: [] }),
    manual,
    approximate,
  ),
  pair('denies', deny, nothing, manual, approximate),
  pair(
    'denies',
    both(access, first('/actions/appSignOn/access', 'DENY')),
    both(access, unlinked),
    manual,
    visible,
  ),
  pair('directory_passwords', directory('LDAP'), directory('OKTA'), manual, approximate),
  pair(
    'directory_passwords',
    directory('ACTIVE_DIRECTORY'),
    both(directory('ACTIVE_DIRECTORY'), rules()),
    manual,
    visible,
  ),
  pair('passwords', password, directory('ACTIVE_DIRECTORY'), approximate, manual),
  pair('passwords', password, both(password, inactive), approximate, visible),
  pair('enrolment', enrolment, both(enrolment, inactive), manual, visible),
  pair(
    'enrolled_factors',
    enrolment,
    both(enrolment, at('/settings/authenticators/1/enroll/self', 'NOT_ALLOWED')),
    manual,
    manual,
  ),
  pair(
    'enrolled_factors',
    both(enrolment, at('/settings', { factors: { okta_otp: { enroll: { self: 'REQUIRED' } } } })),
    both(enrolment, at('/settings', { factors: { okta_password: { enroll: { self: 'REQUIRED' } } } })),
    manual,
    manual,
  ),
  pair('registration', registration('DENY'), both(registration('DENY'), rules()), manual, visible),
  pair('self_registration', registration('REGISTER'), registration('DENY'), manual, manual),
  pair('other_type', terminates, both(terminates, inactive), manual, visible),
  pair('no_effect', risk([]), terminates, visible, manual),
  pair('group_missing', (given) => (given.group = null), nothing, manual, approximate),
  pair(
    'group_missing',
    (given) => (given.group = end(manual)),
    (given) => (given.group = end(visible)),
    manual,
    approximate,
  ),
  pair(
    'inactive_rules',
    rules(signOn(), { ...signOn(), id: 'rul2', name: 'Old', status: 'INACTIVE', actions: {} }),
    rules(signOn(), { ...signOn(), id: 'rul2' }),
    approximate,
    approximate,
  ),
  pair('sessions', nothing, first('/actions/signon/session', {}), approximate, approximate),
  pair(
    'sessions',
    both(
      access,
      first(`${method}/reauthenticateIn`, undefined),
      first('/actions/appSignOn/keepMeSignedIn/postAuth', 'ALLOWED'),
    ),
    both(access, first(`${method}/reauthenticateIn`, undefined)),
    approximate,
    approximate,
  ),
  pair('not_carried', first('/actions/signon/requireFactor', false), nothing, approximate, approximate),
  pair(
    'protection_not_carried',
    nothing,
    first('/actions/signon/requireFactor', false),
    approximate,
    approximate,
  ),
  pair(
    'protection_not_carried',
    both(access, first(`${method}/factorMode`, '2FA')),
    access,
    approximate,
    approximate,
  ),
];

describe("the rules of Okta's policies", () => {
  itHoldsInPairs({
    ruleSet: oktaPolicyRules,
    pairs,
    item: 'a policy',
    idOf: (rule) => `okta.policy.${rule}`,
    clean,
    judge,
  });

  it('never let a policy move as it is', () => {
    assert.deepEqual(
      oktaPolicyRules.rules.filter((rule) => rule.class === native),
      [],
    );
  });

  it('tell of each rule what it asks for, and leave out those that are not active', () => {
    const zone = { ...signOn(), id: 'rul0', name: 'Office', priority: 0 };
    zone.conditions = { network: { connection: 'ZONE', include: ['nzo1'] } };
    zone.actions.signon.requireFactor = false;
    const off = { ...signOn(), id: 'rul2', name: 'Old', status: 'INACTIVE' };
    const verdict = judge(changed(clean, rules(off, signOn(), zone)));
    assert.equal(
      verdict.approximation_notes[0]?.replace(/^.*: \u201cOffice/, '\u201cOffice'),
      '\u201cOffice\u201d: the password, sessions of 480 minutes at most (0 is for ever), idle for 120, in network zones, \u201cAnywhere\u201d: a second factor (session), the password, sessions of 480 minutes at most (0 is for ever), idle for 120.',
    );
    assert.match(verdict.rationale, /left out: \u201cOld\u201d\./);
  });

  it('name what a rule looks at beyond what can be told', () => {
    const verdict = judge(
      changed(
        clean,
        first('/conditions/device', { managed: true }),
        first('/conditions/riskScore/level', 'LOW'),
      ),
    );
    assert.match(verdict.rationale, /\u201cAnywhere\u201d: risk, the state of the device\./);
  });

  const marked = (mark: ImpactMark) => (given: PolicyCase) => {
    const ids = oktaPolicyRules.rules.filter((rule) => rule.impacts?.includes(mark)).map((rule) => rule.id);
    return firedIn(judge(given)).some((id) => ids.includes(id));
  };
  const evidence: [ImpactMark, Change, Change][] = [
    ['password_not_carried', password, directory('LDAP')],
    ['password_policy_changes', password, both(password, inactive)],
    ['mfa_reenrollment', enrolment, both(enrolment, inactive)],
    ['self_registration_lost', registration('REGISTER'), registration('DENY')],
    ['directory_source_lost', directory('LDAP'), both(directory('LDAP'), inactive)],
    ['session_lifetime_changes', access, both(access, unlinked)],
    ['policy_not_carried', access, both(access, unlinked)],
    ['policy_with_protection_not_carried', deny, both(deny, inactive)],
  ];
  for (const [mark, given, without] of evidence) {
    it(`are evidence of ${mark} only where it happens`, () => {
      assert.ok(marked(mark)(changed(clean, given)));
      assert.ok(!marked(mark)(changed(clean, without)));
    });
  }
});

describe("an Okta policy's evidence", () => {
  for (const [kind, change] of [
    ['of the whole org', nothing],
    ['of applications', access],
    ['of passwords', password],
  ] as const) {
    it(`lacking a member, ${kind}, is never better than with it`, () => {
      const made = changed(clean, change);
      const whole = rank(judge(made).compatibility_class);
      for (const pointer of pointersInto(made.raw)) {
        for (const value of /\/\d+$/.test(pointer) ? [null] : [undefined, null]) {
          const lacking = judge(changed(clean, change, at(pointer, value)));
          assert.ok(rank(lacking.compatibility_class) >= whole, pointer);
        }
      }
    });

    it(`spoilt in a rule, ${kind}, never makes the judgement fail, nor better`, () => {
      const made = changed(clean, change);
      for (const pointer of pointersInto(made.rules?.[0]).filter((each) => each !== '/id')) {
        for (const value of ofOtherTypes(atPointer(made.rules?.[0], pointer))) {
          const verdict = judge(changed(clean, change, first(pointer, value)));
          assert.ok(rank(verdict.compatibility_class) >= rank(approximate), pointer);
        }
      }
    });
  }

  it('of a type that is not known is rebuilt by hand, whatever its rules hold', () => {
    for (const type of ['CONTINUOUS_TRUST', '', 7, {}]) {
      assert.equal(
        judge(changed(clean, at('/type', type))).compatibility_class,
        manual,
        JSON.stringify(type),
      );
    }
  });
});
