import assert from 'node:assert/strict';
import { normalizeProvider } from '../../../../activities/sources/okta/normalize/provider.ts';
import type { Verdict } from '../../../../domain/assessment.ts';
import { oktaProviderRules } from '../../../../domain/rules/okta/provider.ts';
import type { Body } from '../../../support/answer.ts';
import { bareCertificate } from '../../../support/partnerCertificate.ts';
import { emptyFacts, judgeAlone, type Facts } from '../snapshot.ts';
import { itHoldsInPairs } from './pairs.ts';
import {
  approximate,
  asItem,
  atPointer,
  blocked,
  changed,
  compose,
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

interface ProviderCase {
  raw: Body;
  /** What `/idps/credentials/keys` lists. */
  keys: Body[];
  facts: Facts;
}

const clean = (): ProviderCase => ({
  raw: {
    id: '0oai1',
    type: 'SAML2',
    name: 'Ostmere Laboratories',
    status: 'ACTIVE',
    lastUpdated: '2026-01-01T00:00:00.000Z',
    protocol: {
      type: 'SAML2',
      endpoints: {
        sso: {
          url: 'https://idp.ostmere.example/sso',
          destination: 'https://idp.ostmere.example/sso',
          binding: 'HTTP-POST',
        },
        acs: { binding: 'HTTP-POST', type: 'INSTANCE' },
      },
      algorithms: {
        request: { signature: { algorithm: 'SHA-256', scope: 'NONE' } },
        response: { signature: { algorithm: 'SHA-256', scope: 'ANY' } },
      },
      settings: {
        nameFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
        honorPersistentNameId: false,
        participateSlo: false,
      },
      credentials: {
        trust: { issuer: 'https://idp.ostmere.example', audience: 'https://acme.okta.com', kid: 'k1' },
      },
    },
    policy: {
      provisioning: {
        action: 'DISABLED',
        profileMaster: false,
        groups: { action: 'NONE' },
        conditions: { deprovisioned: { action: 'NONE' }, suspended: { action: 'NONE' } },
      },
      accountLink: { action: 'AUTO', filter: null },
      subject: {
        userNameTemplate: { template: 'idpuser.email' },
        filter: null,
        matchType: 'USERNAME',
        matchAttribute: null,
      },
      maxClockSkew: 0,
      mapAMRClaims: false,
      trustClaims: false,
    },
  },
  keys: [{ kid: 'k1', x5c: [bareCertificate()] }],
  facts: { ...emptyFacts(), incumbentHosts: new Set(['acme.okta.com']) },
});

function judge({ raw, keys, facts }: ProviderCase): Verdict {
  const item = compose(asItem(normalizeProvider(raw)), [readPage('identity_provider_keys', keys)]);
  return judgeAlone(item, { facts });
}

type Change = (given: ProviderCase) => void;
const nothing: Change = () => undefined;
const at =
  (pointer: string, value: unknown): Change =>
  (given) =>
    setAt(given.raw, pointer, value);
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const certificate =
  (...args: Parameters<typeof bareCertificate>): Change =>
  (given) =>
    (given.keys = [{ kid: 'k1', x5c: [bareCertificate(...args)] }]);
const text =
  (x5c: unknown): Change =>
  (given) =>
    (given.keys = [{ kid: 'k1', x5c: [x5c] }]);
const facts =
  (more: Partial<Facts>): Change =>
  (given) =>
    Object.assign(given.facts, more);
const until = (day: string) => certificate('ec', { until: day });
const trust = '/protocol/credentials/trust';
const request = '/protocol/algorithms/request/signature';
const response = '/protocol/algorithms/response/signature';
const inactive = at('/status', 'INACTIVE');
const nameFormat = '/protocol/settings/nameFormat';
const ofKind = (type: string, protocol = 'OIDC') => both(at('/type', type), at('/protocol/type', protocol));

const pair = (
  rule: string,
  fires: Change,
  spares: Change,
  ...classes: Pair<ProviderCase>['classes']
): Pair<ProviderCase> => ({ rule, fires, spares, classes });
/** A difference that is named, and one setting of the same member that is none. */
const differs = (rule: string, pointer: string, value: unknown, spared: unknown) =>
  pair(rule, at(pointer, value), at(pointer, spared), approximate, native);

const pairs: readonly Pair<ProviderCase>[] = [
  pair('unknown_value', at('/policy/accountLink/action', 'ASK'), nothing, manual, native),
  pair('unparsable', at('/policy/trustClaims', 'yes'), at('/policy/trustClaims', null), manual, native),
  pair('inactive', inactive, at('/status', 'PAUSED'), visible, manual),
  pair('client_secret', ofKind('OIDC'), ofKind('OPENID'), manual, manual),
  pair('client_secret', ofKind('GOOGLE'), ofKind('GOOGLE_WORKSPACE'), manual, manual),
  pair('no_contract', ofKind('X509', 'MTLS'), ofKind('X510', 'MTLS'), blocked, manual),
  pair(
    'no_contract',
    ofKind('IDV_PERSONA', 'ID_PROOFING'),
    ofKind('ID_PERSONA', 'ID_PROOFING'),
    blocked,
    manual,
  ),
  pair('no_contract', ofKind('OKTA_INTEGRATION'), ofKind('OKTA'), blocked, manual),
  pair('unknown_kind', at('/type', 'SAML3'), nothing, manual, native),
  pair('unknown_kind', at('/type', null), nothing, manual, native),
  pair('no_issuer', at(`${trust}/issuer`, undefined), nothing, blocked, native),
  pair('no_issuer', at(`${trust}/issuer`, ''), both(at(`${trust}/issuer`, ''), inactive), blocked, visible),
  pair(
    'sso_not_https',
    both(at('/protocol/endpoints/sso/url', 'http://idp.ostmere.example/sso')),
    at('/protocol/endpoints/sso/url', 'HTTPS://idp.ostmere.example:8443/sso?x=y'),
    blocked,
    native,
  ),
  pair(
    'sso_not_https',
    at('/protocol/endpoints/sso', undefined),
    at('/protocol/endpoints/sso/url', undefined),
    blocked,
    native,
  ),
  pair(
    'sso_not_https',
    at('/protocol/endpoints/sso/url', 'https://user@idp.example/'),
    nothing,
    blocked,
    native,
  ),
  pair('no_key', at(`${trust}/kid`, undefined), nothing, blocked, native),
  pair(
    'no_key',
    both(at(`${trust}/kid`, null), at(`${trust}/additionalKids`, ['k1'])),
    at(`${trust}/additionalKids`, []),
    blocked,
    native,
  ),
  pair('key_dangles', at(`${trust}/kid`, 'k2'), nothing, blocked, native),
  pair('key_dangles', text(null), nothing, blocked, native),
  pair(
    'keys_unread',
    both((given) => (given.keys = []), facts({ refused: new Set(['identity_provider_keys']) })),
    facts({ refused: new Set(['identity_provider_keys']) }),
    blocked,
    native,
  ),
  pair('certificate_unparsable', text('MIIC'), text(`${bareCertificate()}\n`), blocked, native),
  pair(
    'circular_trust',
    facts({
      ownTrust: {
        entityIds: new Set(['https://idp.ostmere.example']),
        hosts: new Set(),
        directories: new Set(),
      },
    }),
    facts({
      ownTrust: {
        entityIds: new Set(['https://idp.ostmere.example/']),
        hosts: new Set(),
        directories: new Set(),
      },
    }),
    blocked,
    native,
  ),
  pair(
    'circular_trust',
    facts({
      ownTrust: { entityIds: new Set(), hosts: new Set(['idp.ostmere.example']), directories: new Set() },
    }),
    facts({
      ownTrust: { entityIds: new Set(), hosts: new Set(['ostmere.example']), directories: new Set() },
    }),
    blocked,
    native,
  ),
  pair(
    'circular_trust',
    at('/protocol/endpoints/sso/url', 'https://ACME.okta.com:443/app/sso'),
    at('/protocol/endpoints/sso/url', 'https://other.okta.com/app/sso'),
    blocked,
    native,
  ),
  pair('contradiction', at('/protocol/type', 'OIDC'), nothing, manual, native),
  pair('contradiction', at('/name', ''), at('/name', ' '), manual, native),
  pair('contradiction', at('/status', undefined), nothing, manual, native),

  pair('certificate_expired', until('2026-11-23T11:00:00Z'), until('2027-11-23'), approximate, native),
  pair('certificate_expired', until('2025-01-01'), both(until('2025-01-01'), inactive), approximate, visible),
  pair('certificate_expiring', until('2026-12-01'), until('2027-01-01'), approximate, native),
  pair(
    'certificate_not_yet_valid',
    certificate('ec', { from: '2026-12-01' }),
    certificate('ec', { from: '2026-11-01' }),
    approximate,
    native,
  ),
  pair('weak_key', certificate('rsa1024'), certificate('rsa2048'), approximate, native),
  pair('weak_key', certificate('ed25519'), certificate('ec'), approximate, native),
  differs('additional_keys', `${trust}/additionalKids`, ['k2'], []),

  differs('provisioning', '/policy/provisioning/action', 'AUTO', 'DISABLED'),
  differs('provisioning', '/policy/provisioning/action', undefined, 'DISABLED'),
  differs('provisioning_groups', '/policy/provisioning/groups/action', 'SYNC', 'NONE'),
  differs('provisioning_groups', '/policy/provisioning/groups/action', 'ASSIGN', undefined),
  differs('profile_master', '/policy/provisioning/profileMaster', true, false),
  differs('account_link', '/policy/accountLink/action', 'DISABLED', 'AUTO'),
  differs('account_link', '/policy/accountLink', undefined, { action: 'AUTO' }),
  differs('account_link_filtered', '/policy/accountLink/filter', { groups: { include: ['00g1'] } }, null),
  differs('reactivates', '/policy/provisioning/conditions/deprovisioned/action', 'REACTIVATE', 'NONE'),
  differs('reactivates', '/policy/provisioning/conditions/suspended/action', 'UNSUSPEND', 'NONE'),
  differs('match_type', '/policy/subject/matchType', 'CUSTOM_ATTRIBUTE', 'USERNAME_OR_EMAIL'),
  differs('match_type', '/policy/subject/matchType', undefined, 'EMAIL'),
  differs('subject_filter', '/policy/subject/filter', '(\\S+@ostmere\\.example)', ''),
  differs(
    'name_template',
    '/policy/subject/userNameTemplate/template',
    'idpuser.email + ".x"',
    '${idpuser.userName}',
  ),
  differs('name_template', '/policy/subject/userNameTemplate', undefined, {
    template: 'idpuser.subjectNameId',
  }),
  differs('maps_factors', '/policy/mapAMRClaims', true, false),
  differs('trusts_claims', '/policy/trustClaims', true, false),
  differs('persistent_name', '/protocol/settings/honorPersistentNameId', true, false),
  differs('single_logout', '/protocol/endpoints/slo', { url: 'https://idp.ostmere.example/slo' }, {}),
  differs('single_logout', '/protocol/settings/participateSlo', true, null),
  differs('response_scope', `${response}/scope`, 'RESPONSE', 'TOKEN'),
  differs('response_scope', `${response}/scope`, undefined, 'ANY'),
  differs('response_algorithm', `${response}/algorithm`, 'SHA-1', 'SHA-256'),
  differs('response_algorithm', `${response}/algorithm`, null, 'SHA-256'),
  pair(
    'request_algorithm',
    both(at(`${request}/scope`, 'REQUEST'), at(`${request}/algorithm`, 'SHA-1')),
    at(`${request}/algorithm`, 'SHA-1'),
    approximate,
    native,
  ),
  pair('requests_signed', at(`${request}/scope`, 'REQUEST'), at(`${request}/scope`, 'NONE'), native, native),
  pair(
    'requests_signed',
    both(at(`${request}/scope`, 'REQUEST'), at('/protocol/endpoints/sso/binding', 'HTTP-REDIRECT')),
    nothing,
    native,
    native,
  ),
  pair(
    'transient_name',
    at(nameFormat, 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'),
    at(nameFormat, 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'),
    manual,
    native,
  ),
  pair('plain', nothing, at(`${trust}/kid`, 'k2'), native, blocked),
];

describe("the rules of Okta's identity providers", () => {
  itHoldsInPairs({
    ruleSet: oktaProviderRules,
    pairs,
    item: 'a provider',
    idOf: (rule) => `okta.provider.${rule}`,
    clean,
    judge,
  });

  it('have a single native row, and nothing to say against a plain partner', () => {
    assert.deepEqual(firedIn(judge(clean())), ['okta.provider.plain']);
    assert.equal(oktaProviderRules.rules.filter((rule) => rule.class === native).length, 1);
  });

  it('name the day on which a certificate ends, and the evidence that is missing', () => {
    const ending = judge(changed(clean, until('2026-12-01')));
    assert.match(ending.rationale, /ends on 2026-12-01\./);
    const dangling = judge(changed(clean, at(`${trust}/kid`, 'k9')));
    assert.match(dangling.blocked_reason ?? '', /\(k9\) is not among the org\u2019s keys/);
  });

  it('find an expired certificate again on every later day', () => {
    const verdict = judge(changed(clean, certificate('rsa1024', { until: '2022-01-01' })));
    assert.deepEqual(firedIn(verdict).slice(0, 2), [
      'okta.provider.certificate_expired',
      'okta.provider.weak_key',
    ]);
    assert.equal(verdict.approximation_notes.length, 2);
  });

  it('refuse every kind that keeps a secret, and every kind without a contract', () => {
    for (const type of ['AMAZON', 'APPLE', 'FACEBOOK', 'MICROSOFT', 'LOGINGOV', 'YAHOOJP']) {
      assert.equal(judge(changed(clean, ofKind(type))).compatibility_class, manual, type);
    }
    for (const type of ['IDV_CLEAR', 'IDV_INCODE', 'IDV_STANDARD', 'X509', 'IWA', 'AgentlessDSSO']) {
      assert.equal(judge(changed(clean, ofKind(type))).compatibility_class, blocked, type);
    }
  });
});

describe("an Okta identity provider's evidence", () => {
  const members = pointersInto(clean().raw);

  for (const [pointer, word] of [
    ['/status', 'PAUSED'],
    ['/type', 'SAML3'],
    ['/protocol/type', 'SAML3'],
    ['/protocol/endpoints/sso/binding', 'HTTP-ARTIFACT'],
    [`${request}/scope`, 'SOME'],
    [`${request}/algorithm`, 'SHA-512'],
    [`${response}/scope`, 'SOME'],
    [`${response}/algorithm`, 'SHA-512'],
    ['/policy/provisioning/action', 'LATER'],
    ['/policy/provisioning/groups/action', 'MERGE'],
    ['/policy/provisioning/conditions/deprovisioned/action', 'ASK'],
    ['/policy/provisioning/conditions/suspended/action', 'ASK'],
    ['/policy/accountLink/action', 'ASK'],
    ['/policy/subject/matchType', 'PHONE'],
  ] as const) {
    it(`with a word that is not known in ${pointer} is rebuilt by hand`, () => {
      assert.equal(judge(changed(clean, at(pointer, word))).compatibility_class, manual);
    });
  }

  it('lacking a member is never better than with it', () => {
    const wholes: Change[] = [nothing, until('2026-12-01'), at('/policy/trustClaims', true), inactive];
    for (const change of wholes) {
      const whole = rank(judge(changed(clean, change)).compatibility_class);
      for (const pointer of members.filter((each) => !['/status', '/policy/trustClaims'].includes(each))) {
        if (change === wholes[2] && pointer === '/policy') continue;
        for (const value of [undefined, null]) {
          const lacking = judge(changed(clean, change, at(pointer, value)));
          assert.ok(rank(lacking.compatibility_class) >= whole, `${pointer} ${change.toString()}`);
        }
      }
    }
  });

  it('spoilt in a member that is read is never native, and never makes the judgement fail', () => {
    const read = Object.values(oktaProviderRules.pointers);
    for (const pointer of members) {
      const isRead = read.some((each) => each === pointer || each.startsWith(`${pointer}/`));
      for (const value of ofOtherTypes(atPointer(clean().raw, pointer))) {
        const verdict = judge(changed(clean, at(pointer, value)));
        // An attribute to match by may be any text; it is told, and nothing hangs on it.
        const isText = pointer === '/policy/subject/matchAttribute' && value === 'x';
        if (isRead && !isText) {
          assert.notEqual(verdict.compatibility_class, native, `${pointer} ${JSON.stringify(value)}`);
        }
      }
    }
    for (const value of [null, 'x', 7, [], {}]) {
      assert.notEqual(judge({ ...clean(), raw: value }).compatibility_class, native);
    }
  });

  it('of a key is nothing without its certificate, whatever stands in its place', () => {
    for (const x5c of [undefined, null, '', 'x', 7, [], {}, '-----BEGIN CERTIFICATE-----']) {
      assert.equal(judge(changed(clean, text(x5c))).compatibility_class, blocked, JSON.stringify(x5c));
    }
  });
});
