import assert from 'node:assert/strict';
import { compatibilityClasses } from '../../../../domain/assessment.ts';
import { entraRoutingRules } from '../../../../domain/rules/entra/routingRule.ts';
import { itHoldsInPairs } from '../okta/pairs.ts';
import { approximate, blocked, changed, end, firedIn, manual, native, type Pair } from '../okta/support.ts';
import {
  asItem,
  cleanConfiguration,
  cleanFederation,
  derivedFrom,
  directoryFacts,
  federated,
  judgeRoutingRule,
  type FederationCase,
} from './support.ts';
import { judgeAlone } from '../snapshot.ts';

type Change = (given: FederationCase) => void;

const nothing: Change = () => undefined;
const provider =
  (...args: Parameters<typeof end>): Change =>
  (given) =>
    (given.provider = end(...args));
const domain =
  (name: string): Change =>
  (given) => {
    given.domains = [federated(name)];
    given.configurations = { [name]: cleanConfiguration() };
  };
const another =
  (name: string): Change =>
  (given) => {
    given.domains.push(federated(name));
    given.configurations[name] = { ...cleanConfiguration(), id: 'fed-2' };
  };
const managed =
  (name: string, isVerified: boolean): Change =>
  (given) =>
    given.domains.push({ ...federated(name), authenticationType: 'Managed', isRoot: false, isVerified });

const pair = (rule: string, fires: Change, spares: Change, ...classes: Pair<unknown>['classes']) => ({
  rule,
  fires,
  spares,
  classes,
});

const pairs: readonly Pair<FederationCase>[] = [
  pair('plain', nothing, provider(approximate), native, approximate),
  pair('approximated_provider', provider(approximate), nothing, approximate, native),
  pair(
    'related_rules',
    another('yards.ossenby.example'),
    another('yards-ossenby.example'),
    approximate,
    native,
  ),
  pair('manual_provider', provider(manual), nothing, manual, native),
  pair('no_domain', domain('ossenby'), domain('ossenby.nl'), manual, native),
  pair('no_domain', domain('*.ossenby.example'), domain('b\u00fccher.example'), manual, native),
  pair('missing_provider', (given) => (given.provider = null), nothing, blocked, native),
  pair('blocked_provider', provider(blocked), nothing, blocked, native),
  pair(
    'managed_subdomains',
    managed('visitors.ossenby.example', true),
    managed('visitors.ossenby.example', false),
    native,
    native,
  ),
];

/** Nothing that Graph says makes these fire on what was derived; they are there for what a later derivation may say. */
const derivedClean = ['entra.routing_rule.unknown_value', 'entra.routing_rule.unparsable'];

describe("the rules of Entra's routing rules", () => {
  itHoldsInPairs({
    ruleSet: {
      ...entraRoutingRules,
      rules: entraRoutingRules.rules.filter(({ id }) => !derivedClean.includes(id)),
    },
    pairs,
    item: 'a routing rule',
    idOf: (rule) => `entra.routing_rule.${rule}`,
    clean: cleanFederation,
    judge: judgeRoutingRule,
  });

  it('judge it never better than its provider', () => {
    for (const each of compatibilityClasses.filter((name) => name !== 'visibility_only')) {
      assert.equal(judgeRoutingRule(changed(cleanFederation, provider(each))).compatibility_class, each);
    }
  });

  it('never make it native where anything of it is unknown or unreadable', () => {
    const rule = derivedFrom(cleanFederation()).find(({ itemType }) => itemType === 'routing_rule');
    assert.ok(rule);
    const noticed = [{ unknown_values: [{ pointer: '/x', value: 'new' }] }, { unparsable: ['/x'] }];
    noticed.forEach((members, index) => {
      const item = asItem({ ...rule, normalized: { ...rule.normalized, ...members } });
      const verdict = judgeAlone(item, {
        facts: directoryFacts(),
        named: { provider: [{ verdict: end(native) }] },
      });
      assert.equal(verdict.compatibility_class, manual);
      assert.ok(firedIn(verdict).includes(derivedClean[index] ?? ''));
    });
  });
});
