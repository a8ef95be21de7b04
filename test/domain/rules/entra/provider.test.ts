import assert from 'node:assert/strict';
import { entraProviderRules } from '../../../../domain/rules/entra/provider.ts';
import type { Body } from '../../../support/answer.ts';
import { bareCertificate, partnerCertificate } from '../../../support/partnerCertificate.ts';
import { itHoldsInPairs } from '../okta/pairs.ts';
import {
  approximate,
  atPointer,
  blocked,
  changed,
  firedIn,
  manual,
  native,
  ofOtherTypes,
  pointersInto,
  rank,
  setAt,
  type Pair,
} from '../okta/support.ts';
import {
  cleanConfiguration,
  cleanFederation,
  federated,
  judgeProvider,
  type FederationCase,
} from './support.ts';

type Change = (given: FederationCase) => void;

const nothing: Change = () => undefined;
const root = 'ossenby.example';
const set =
  (members: Body): Change =>
  (given) =>
    Object.assign(given.configurations[root] as object, members);
const second =
  (members: Body): Change =>
  (given) => {
    given.domains.push(federated('yards.example'));
    given.configurations['yards.example'] = {
      ...cleanConfiguration(),
      id: 'fed-2',
      displayName: 'Yards',
      ...members,
    };
  };
const partner: Change = (given) => {
  given.domains = [];
  given.partners = [{ ...cleanConfiguration(), domains: [{ id: 'partner.example' }] }];
};
const signing = (...args: Parameters<typeof bareCertificate>) =>
  set({ signingCertificate: bareCertificate(...args) });
const protocol = (preferredAuthenticationProtocol: unknown) => set({ preferredAuthenticationProtocol });

const pair = (rule: string, fires: Change, spares: Change, ...classes: Pair<unknown>['classes']) => ({
  rule,
  fires,
  spares,
  classes,
});

const pairs: readonly Pair<FederationCase>[] = [
  pair('plain', nothing, protocol('wsFed'), native, manual),
  pair('plain', partner, (given) => (partner(given), (given.partners[0].issuerUri = null)), native, blocked),
  pair('next_certificate', set({ nextSigningCertificate: bareCertificate() }), nothing, approximate, native),
  pair(
    'signed_requests',
    set({ isSignedAuthenticationRequestRequired: true }),
    set({ isSignedAuthenticationRequestRequired: null }),
    approximate,
    native,
  ),
  pair(
    'second_factor',
    set({ federatedIdpMfaBehavior: 'rejectMfaByFederatedIdp' }),
    nothing,
    approximate,
    native,
  ),
  pair(
    'fresh_password',
    set({ promptLoginBehavior: 'nativeSupport' }),
    set({ promptLoginBehavior: 'disabled' }),
    approximate,
    native,
  ),
  pair('shared', second({ issuerUri: 'https://idp.ossenby.example/yards' }), second({}), approximate, native),
  pair(
    'shared',
    second({ issuerUri: 'https://idp.ossenby.example/yards', passiveSignInUri: 'https://other.example/sso' }),
    second({
      issuerUri: 'https://other.example/x',
      passiveSignInUri: 'https://other.example/sso',
      signingCertificate: bareCertificate('ec'),
    }),
    approximate,
    native,
  ),
  pair(
    'certificate_expired',
    signing('rsa2048', { until: '2026-11-22' }),
    signing('rsa2048', { until: '2027-11-22' }),
    approximate,
    native,
  ),
  pair(
    'certificate_not_yet_valid',
    signing('rsa2048', { from: '2026-12-01' }),
    signing('rsa2048', { from: '2026-11-01' }),
    approximate,
    native,
  ),
  pair(
    'certificate_expiring',
    signing('rsa2048', { until: '2026-12-20' }),
    signing('rsa2048', { until: '2026-12-25' }),
    approximate,
    native,
  ),
  pair('weak_key', signing('rsa1024'), signing('ec'), approximate, native),
  pair('weak_key', signing('ed25519'), nothing, approximate, native),
  pair('ws_federation', protocol('wsFed'), nothing, manual, native),
  pair('protocol_unknown', protocol(null), nothing, manual, native),
  pair('unknown_value', protocol('oidc'), protocol('saml'), manual, native),
  pair('unknown_value', set({ federatedIdpMfaBehavior: 'askTwice' }), nothing, manual, native),
  pair('no_name', set({ displayName: '' }), nothing, manual, native),
  pair('no_issuer', set({ issuerUri: null }), nothing, blocked, native),
  pair('no_address', set({ passiveSignInUri: 'http://idp.ossenby.example/sso' }), nothing, blocked, native),
  pair('no_address', set({ passiveSignInUri: null }), nothing, blocked, native),
  pair('no_certificate', set({ signingCertificate: 'MIIC3jCCAcagAwIBAgIQ' }), nothing, blocked, native),
  pair('no_certificate', set({ signingCertificate: null }), nothing, blocked, native),
  pair(
    'circular_trust',
    set({ issuerUri: 'https://target.example' }),
    set({ issuerUri: 'https://target.example.org' }),
    blocked,
    native,
  ),
  pair(
    'circular_trust',
    set({ passiveSignInUri: 'https://ACME.okta.com./app/sso' }),
    set({ passiveSignInUri: 'https://acme.okta.com.example/sso' }),
    blocked,
    native,
  ),
  pair('guests', partner, nothing, native, native),
  pair('domains', nothing, partner, native, native),
  pair('unparsable', set({ signOutUri: 7 }), nothing, manual, native),
];

describe("the rules of Entra's providers", () => {
  itHoldsInPairs({
    ruleSet: entraProviderRules,
    pairs,
    item: 'a provider',
    idOf: (rule) => `entra.provider.${rule}`,
    clean: cleanFederation,
    judge: judgeProvider,
  });

  it('read a certificate with lines in it, and as PEM with noise around it', () => {
    const lines = bareCertificate().replaceAll(/(.{64})/g, '$1\r\n');
    const noisy = `Bag Attributes: none\n${partnerCertificate('ec')}\nend`;
    for (const signingCertificate of [lines, noisy]) {
      const verdict = judgeProvider(changed(cleanFederation, set({ signingCertificate })));
      assert.equal(verdict.compatibility_class, native, signingCertificate.slice(0, 20));
    }
  });

  it('block a federated domain whose configuration is not there', () => {
    const verdict = judgeProvider(changed(cleanFederation, (given) => (given.configurations = {})));
    assert.equal(verdict.compatibility_class, blocked);
    assert.match(verdict.blocked_reason ?? '', /issuer.*address.*certificate/s);
  });

  it('say whose address or certificate is shared', () => {
    const { rationale } = judgeProvider(
      changed(cleanFederation, second({ issuerUri: 'https://x.example/yards' })),
    );
    assert.match(rationale, /under another issuer: Yards\./);
  });
});

describe("an Entra provider's evidence", () => {
  const pointers = pointersInto(cleanConfiguration()).filter((each) => each !== '/id');

  it('with a member spoilt that is read is never native', () => {
    for (const pointer of pointers.filter((each) => each !== '/signingCertificateUpdateStatus')) {
      for (const value of ofOtherTypes(atPointer(cleanConfiguration(), pointer) ?? 'text')) {
        if (typeof value === 'boolean' && pointer.endsWith('Required')) continue;
        const verdict = judgeProvider(
          changed(cleanFederation, (given) => setAt(given.configurations[root], pointer, value)),
        );
        assert.notEqual(verdict.compatibility_class, native, `${pointer} ${JSON.stringify(value)}`);
      }
    }
  });

  it('lacking a member is never better than with it, and a rule knows it', () => {
    for (const kind of [nothing, protocol('wsFed'), signing('rsa1024')]) {
      const whole = rank(judgeProvider(changed(cleanFederation, kind)).compatibility_class);
      for (const pointer of pointers) {
        const verdict = judgeProvider(
          changed(cleanFederation, kind, (given) => setAt(given.configurations[root], pointer, undefined)),
        );
        assert.ok(rank(verdict.compatibility_class) >= whole, pointer);
        assert.ok(!firedIn(verdict).includes('no_rule'));
      }
    }
  });
});
