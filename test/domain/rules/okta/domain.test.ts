import assert from 'node:assert/strict';
import {
  normalizeCustomDomain,
  normalizeEmailDomain,
} from '../../../../activities/sources/okta/normalize/domain.ts';
import { normalizeProvider } from '../../../../activities/sources/okta/normalize/provider.ts';
import { normalizeRoutingRule } from '../../../../activities/sources/okta/normalize/routingRule.ts';
import type { Verdict } from '../../../../domain/assessment.ts';
import { oktaDomainRules } from '../../../../domain/rules/okta/domain.ts';
import type { Body } from '../../../support/answer.ts';
import { emptyFacts, judgeAlone } from '../snapshot.ts';
import { itHoldsInPairs } from './pairs.ts';
import { asItem, changed, firedIn, manual, pointersInto, setAt, visible, type Pair } from './support.ts';

interface DomainCase {
  raw: Body;
  sender: boolean;
  /** The org's routing rules and providers. */
  rules: Body[];
  providers: Body[];
}

const clean = (): DomainCase => ({
  raw: {
    id: 'OcD1',
    domain: 'login.ostmere.example',
    certificateSourceType: 'MANUAL',
    validationStatus: 'COMPLETED',
    dnsRecords: [{ recordType: 'TXT', fqdn: '_oktaverification.login.ostmere.example', values: ['x'] }],
  },
  sender: false,
  rules: [],
  providers: [],
});

function judge({ raw, sender, rules, providers }: DomainCase): Verdict {
  return judgeAlone(asItem(sender ? normalizeEmailDomain(raw) : normalizeCustomDomain(raw)), {
    facts: {
      ...emptyFacts(),
      routingRules: rules.map((rule) => asItem(normalizeRoutingRule(rule))),
      providers: providers.map((provider) => asItem(normalizeProvider(provider))),
    },
  });
}

type Change = (given: DomainCase) => void;
const nothing: Change = () => undefined;
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const status =
  (word: unknown): Change =>
  (given) =>
    (given.raw.validationStatus = word);
const sender: Change = (given) => (given.sender = true);
const ofOrg: Change = (given) => (given.raw.id = 'default');
const routed =
  (value: string): Change =>
  (given) =>
    given.rules.push({
      id: '0pr1',
      name: 'Ostmere people',
      conditions: { userIdentifier: { patterns: [{ matchType: 'SUFFIX', value }] } },
    });
const provided =
  (url: string): Change =>
  (given) =>
    given.providers.push({ id: '0oai1', name: 'Ostmere', protocol: { endpoints: { sso: { url } } } });
const failed = status('FAILED_TO_VERIFY');

const pair = (rule: string, fires: Change, spares: Change, ...classes: Pair<DomainCase>['classes']) => ({
  rule,
  fires,
  spares,
  classes,
});

const pairs: readonly Pair<DomainCase>[] = [
  pair('unknown_value', status('EXPIRED'), nothing, manual, visible),
  pair('unparsable', status(7), nothing, manual, visible),
  pair('default', ofOrg, nothing, visible, visible),
  pair('sign_in_host', nothing, both(sender, status('VERIFIED')), visible, visible),
  pair('sign_in_host', status('VERIFIED'), status('IN_PROGRESS'), visible, visible),
  pair('email_sender', both(sender, status('VERIFIED')), both(sender, status('POLLING')), visible, visible),
  pair('abandoned', failed, both(failed, ofOrg), visible, visible),
  pair('abandoned', status('NOT_STARTED'), nothing, visible, visible),
  pair('abandoned', both(sender, status('DELETED')), both(sender, status('VERIFIED')), visible, visible),
  pair('abandoned', status(undefined), nothing, visible, visible),
  pair(
    'abandoned_in_use',
    both(failed, routed('ostmere.example')),
    both(failed, routed('notostmere.example')),
    visible,
    visible,
  ),
  pair(
    'abandoned_in_use',
    both(failed, provided('https://login.ostmere.example/sso')),
    provided('https://login.ostmere.example/sso'),
    visible,
    visible,
  ),
];

describe("the rules of Okta's domains", () => {
  itHoldsInPairs({
    ruleSet: oktaDomainRules,
    pairs,
    item: 'a domain',
    idOf: (rule) => `okta.domain.${rule}`,
    clean,
    judge,
  });

  it('say of the org\u2019s own address nothing else, and no change that people meet', () => {
    for (const change of [nothing, failed, status('VERIFIED')]) {
      const verdict = judge(changed(clean, ofOrg, change));
      assert.deepEqual(firedIn(verdict), ['okta.domain.default']);
    }
    const silent = oktaDomainRules.rules.filter((rule) => rule.scope && rule.impacts);
    assert.deepEqual(silent, []);
  });

  it('name who uses a domain that was never verified', () => {
    const verdict = judge(
      changed(clean, failed, routed('OSTMERE.example'), provided('https://ostmere.example/')),
    );
    assert.match(verdict.rationale, /use it all the same: Ostmere people, Ostmere\./);
  });

  it('never let a domain move, nor the judgement fail, whatever stands in any member', () => {
    for (const kind of [nothing, sender]) {
      for (const pointer of pointersInto(clean().raw)) {
        for (const value of [
          undefined,
          null,
          '',
          'x',
          -1,
          true,
          [],
          [null],
          {},
          '\u202eevil',
          'x'.repeat(4096),
        ]) {
          const { compatibility_class } = judge(
            changed(clean, kind, ({ raw }) => setAt(raw, pointer, value)),
          );
          assert.ok([visible, manual].includes(compatibility_class));
        }
      }
    }
  });
});
