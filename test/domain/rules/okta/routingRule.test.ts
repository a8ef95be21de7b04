import assert from 'node:assert/strict';
import { normalizeRoutingRule } from '../../../../activities/sources/okta/normalize/routingRule.ts';
import { compatibilityClasses, type Verdict } from '../../../../domain/assessment.ts';
import { oktaRoutingRuleRules } from '../../../../domain/rules/okta/routingRule.ts';
import type { JudgedEnd } from '../../../../domain/rules/surroundings.ts';
import type { Body } from '../../../support/answer.ts';
import { emptyFacts, judgeAlone } from '../snapshot.ts';
import { itHoldsInPairs } from './pairs.ts';
import {
  approximate,
  asItem,
  atPointer,
  blocked,
  changed,
  end,
  firedIn,
  manual,
  native,
  ofOtherTypes,
  pointersInto,
  rank,
  setAt,
  visible,
  type Pair,
} from './support.ts';

interface RoutingCase {
  raw: Body;
  /** The org's other routing rules. */
  others: Body[];
  /** Null when the snapshot does not hold it. */
  provider: JudgedEnd | null;
}

const suffix = (value: string) => ({ matchType: 'SUFFIX', value });
const saml = (id = '0oai1') => ({ id, name: 'Ostmere', type: 'SAML2' });

const rule = (more: Body = {}): Body => ({
  id: '0pr5',
  type: 'IDP_DISCOVERY',
  name: 'Ostmere people',
  status: 'ACTIVE',
  priority: 5,
  system: false,
  lastUpdated: '2026-01-01T00:00:00.000Z',
  conditions: {
    network: { connection: 'ANYWHERE' },
    userIdentifier: { type: 'IDENTIFIER', patterns: [suffix('ostmere.example')] },
    app: { include: [], exclude: [] },
  },
  actions: { idp: { providers: [saml()], idpSelectionType: 'SPECIFIC' } },
  ...more,
});

const clean = (): RoutingCase => ({
  raw: rule(),
  others: [],
  provider: end(native, { name: 'Ostmere Laboratories', vendorKind: 'SAML2' }),
});

function judge({ raw, others, provider }: RoutingCase): Verdict {
  const item = asItem(normalizeRoutingRule(raw));
  const routingRules = [...others.map((other) => asItem(normalizeRoutingRule(other))), item];
  const named = item.normalized.references
    .filter(({ relation }) => relation === 'provider')
    .map(({ external_id }) => ({ externalId: external_id, verdict: provider }));
  return judgeAlone(item, { facts: { ...emptyFacts(), routingRules }, named: { provider: named } });
}

type Change = (given: RoutingCase) => void;
const nothing: Change = () => undefined;
const at =
  (pointer: string, value: unknown): Change =>
  (given) =>
    setAt(given.raw, pointer, value);
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const patterns = (...given: unknown[]) => at('/conditions/userIdentifier/patterns', given);
const matching = (matchType: string, value = 'ostmere.example') => patterns({ matchType, value });
const providers = (...given: unknown[]) => at('/actions/idp/providers', given);
const provider =
  (...args: Parameters<typeof end>): Change =>
  (given) =>
    (given.provider = end(...args));
const other =
  (more: Body, change: (raw: Body) => void = () => undefined): Change =>
  (given) => {
    const made = rule({ id: '0pr1', name: 'Another', priority: 1, ...more });
    change(made);
    given.others.push(made);
  };
const routes =
  (...domains: string[]) =>
  (raw: Body) =>
    (raw.conditions.userIdentifier.patterns = domains.map(suffix));
const elsewhere = routes('elsewhere.example');
const dynamic = both(at('/actions/idp/idpSelectionType', 'DYNAMIC'), providers());
const okta = providers({ type: 'OKTA' });
const app = at('/conditions/app/include', [{ type: 'APP', id: '0oa1' }]);

const pair = (
  id: string,
  fires: Change,
  spares: Change,
  ...classes: Pair<RoutingCase>['classes']
): Pair<RoutingCase> => ({ rule: id, fires, spares, classes });

const pairs: readonly Pair<RoutingCase>[] = [
  pair('unknown_value', matching('ENDS_WITH'), nothing, manual, native),
  pair('unparsable', at('/priority', 'first'), nothing, manual, native),
  pair('inactive', both(at('/status', 'INACTIVE'), dynamic), dynamic, visible, manual),
  pair('system', both(at('/system', true), patterns()), patterns(), visible, manual),
  pair('okta_only', okta, providers({ type: 'OKTA' }, saml()), visible, manual),
  pair('okta_only', both(okta, app), providers({ type: 'OKTA_INTEGRATION' }), visible, manual),
  pair('status_unknown', at('/status', undefined), nothing, manual, native),
  pair('dynamic', dynamic, both(dynamic, okta), manual, visible),
  pair('everyone', at('/conditions/userIdentifier', { patterns: [] }), nothing, manual, native),
  pair('everyone', at('/conditions', undefined), both(at('/conditions', undefined), okta), manual, visible),
  pair(
    'attribute',
    both(
      at('/conditions/userIdentifier/type', 'ATTRIBUTE'),
      at('/conditions/userIdentifier/attribute', 'firstName'),
    ),
    nothing,
    manual,
    native,
  ),
  pair('patterns', matching('EQUALS', 'edda@ostmere.example'), nothing, manual, native),
  pair('patterns', matching('CONTAINS'), both(matching('CONTAINS'), okta), manual, visible),
  pair('patterns', matching('STARTS_WITH'), nothing, manual, native),
  pair('patterns', matching('EXPRESSION'), nothing, manual, native),
  pair(
    'patterns',
    patterns(suffix('ostmere.example'), { matchType: 'EQUALS', value: 'a@b.example' }),
    nothing,
    manual,
    native,
  ),
  pair('patterns', at('/conditions/userIdentifier/type', undefined), nothing, manual, native),
  pair(
    'no_domain',
    patterns(suffix('.ostmere.example')),
    patterns(suffix('@Ostmere.example')),
    manual,
    native,
  ),
  pair('no_domain', patterns(suffix('example')), patterns(suffix('bücher.example')), manual, native),
  pair('no_domain', patterns({ matchType: 'SUFFIX' }), nothing, manual, native),
  pair('conditions', app, at('/conditions/app/include', []), manual, native),
  pair(
    'conditions',
    at('/conditions/network', { connection: 'ZONE', include: ['nzo1'] }),
    at('/conditions/network', { connection: 'ANYWHERE' }),
    manual,
    native,
  ),
  pair(
    'conditions',
    at('/conditions/platform', { include: [{ type: 'MOBILE', os: { type: 'ANY' } }] }),
    at('/conditions/platform', { include: [{ type: 'ANY', os: { type: 'ANY' } }] }),
    manual,
    native,
  ),
  pair(
    'conditions',
    at('/conditions/people', { users: { exclude: ['00u1'] } }),
    at('/conditions/people', { users: { exclude: [] } }),
    manual,
    native,
  ),
  pair('public_domain', patterns(suffix('gmail.com')), patterns(suffix('gmail.example')), manual, native),
  pair('public_domain', patterns(suffix('ostmere.example'), suffix('GMX.de')), nothing, manual, native),
  pair('several_providers', providers(saml(), saml('0oai2')), providers(saml()), manual, native),
  pair('no_provider', providers(), nothing, manual, native),
  pair('no_provider', providers({ type: 'SAML2' }), providers({ type: 'IWA' }), manual, blocked),
  pair('desktop_sign_in', providers({ type: 'IWA' }), providers({ type: 'X509' }), blocked, manual),
  pair('desktop_sign_in', providers({ type: 'AgentlessDSSO' }), okta, blocked, visible),
  pair('provider_missing', (given) => (given.provider = null), nothing, blocked, native),
  pair(
    'provider_inactive',
    provider(visible, { ruleIds: ['okta.provider.inactive'] }),
    provider(visible),
    blocked,
    manual,
  ),
  pair('provider_blocked', provider(blocked), provider(manual), blocked, manual),
  pair('provider_manual', provider(manual), provider(approximate), manual, approximate),
  pair(
    'provider_stays',
    provider(visible),
    provider(visible, { ruleIds: ['okta.provider.inactive'] }),
    manual,
    blocked,
  ),
  pair('provider_approximated', provider(approximate), nothing, approximate, native),
  pair('later_rule', other({}), other({ status: 'INACTIVE' }), manual, native),
  pair(
    'later_rule',
    other({}, routes('OSTMERE.example', 'x.example')),
    other({ priority: 9 }),
    manual,
    approximate,
  ),
  pair(
    'order',
    other({}, (raw) => (elsewhere(raw), (raw.actions.idp.providers = [{ type: 'OKTA' }]))),
    other({}, elsewhere),
    approximate,
    native,
  ),
  pair(
    'order',
    other({}, (raw) => (raw.conditions.userIdentifier = { patterns: [] })),
    other({ priority: 9 }, (raw) => (raw.conditions.userIdentifier = { patterns: [] })),
    approximate,
    native,
  ),
  pair(
    'order',
    other({ priority: null }, (raw) => (elsewhere(raw), (raw.conditions.network.connection = 'ZONE'))),
    other({ system: true }, (raw) => (elsewhere(raw), (raw.conditions.network.connection = 'ZONE'))),
    approximate,
    native,
  ),
  pair(
    'related_domain',
    other({}, routes('lab.ostmere.example')),
    other({}, routes('labostmere.example')),
    approximate,
    native,
  ),
  pair(
    'related_domain',
    both(patterns(suffix('lab.ostmere.example')), other({ priority: 9 })),
    both(patterns(suffix('lab.ostmere.example')), other({ priority: 9, status: 'INACTIVE' })),
    approximate,
    native,
  ),
  pair('no_priority', at('/priority', undefined), nothing, approximate, native),
  pair('plain', nothing, provider(approximate), native, approximate),
  pair('plain', at('/actions/idp/idpSelectionType', undefined), dynamic, native, manual),
];

describe("the rules of Okta's routing rules", () => {
  itHoldsInPairs({
    ruleSet: oktaRoutingRuleRules,
    pairs,
    item: 'a routing rule',
    idOf: (id) => `okta.routing_rule.${id}`,
    clean,
    judge,
  });

  it('have a single native row, and nothing to say against a plain rule', () => {
    assert.deepEqual(firedIn(judge(clean())), ['okta.routing_rule.plain']);
    assert.equal(oktaRoutingRuleRules.rules.filter((each) => each.class === native).length, 1);
  });

  it('never make a rule better than its provider', () => {
    for (const each of compatibilityClasses) {
      const verdict = judge(changed(clean, provider(each, { name: 'Ostmere Laboratories' })));
      assert.ok(rank(verdict.compatibility_class) >= rank(each), each);
      const told = verdict.findings.map((finding) => finding.text).join(' ');
      assert.match(told, /Ostmere Laboratories/);
    }
  });

  it('name the rules that come first', () => {
    const verdict = judge(
      changed(
        clean,
        other(
          { name: 'Phones', priority: 2 },
          (raw) => (elsewhere(raw), (raw.conditions.network.connection = 'ZONE')),
        ),
        other({ name: 'Laboratory', id: '0pr9', priority: 9 }, routes('lab.ostmere.example')),
      ),
    );
    assert.match(verdict.rationale, /comes to it: Phones\./);
    assert.match(verdict.rationale, /their order matters: Laboratory\./);
  });

  it('give the first of two rules of a domain what the second is refused', () => {
    const first = judge(changed(clean, other({ priority: 6 })));
    const second = judge(changed(clean, other({ priority: 4 })));
    assert.deepEqual([first.compatibility_class, second.compatibility_class], [approximate, manual]);
    const tie = (id: string) => judge(changed(clean, other({ id, priority: 5 }))).compatibility_class;
    assert.deepEqual([tie('0pr4'), tie('0pr6')], [manual, approximate]);
  });
});

describe("an Okta routing rule's evidence", () => {
  const members = pointersInto(clean().raw);

  for (const [pointer, word] of [
    ['/status', 'PAUSED'],
    ['/conditions/userIdentifier/type', 'PHONE'],
    ['/conditions/userIdentifier/patterns/0/matchType', 'ENDS_WITH'],
    ['/actions/idp/idpSelectionType', 'RANDOM'],
    ['/conditions/network/connection', 'MOON'],
  ] as const) {
    it(`with a word that is not known in ${pointer} is never native`, () => {
      assert.equal(judge(changed(clean, at(pointer, word))).compatibility_class, manual);
    });
  }

  it('lacking a member is never better than with it', () => {
    const wholes: Change[] = [nothing, provider(approximate), other({}, routes('lab.ostmere.example'))];
    for (const change of wholes) {
      const whole = rank(judge(changed(clean, change)).compatibility_class);
      for (const pointer of members) {
        // A JSON array has no holes.
        for (const value of /\/\d+$/.test(pointer) ? [null] : [undefined, null]) {
          const lacking = judge(changed(clean, change, at(pointer, value)));
          assert.ok(rank(lacking.compatibility_class) >= whole, `${pointer} ${String(value)}`);
        }
      }
    }
  });

  it('spoilt in a member that is read is never native, and never makes the judgement fail', () => {
    const unread = ['/id', '/type', '/name', '/lastUpdated', '/actions/idp/providers/0/name'];
    for (const pointer of members) {
      for (const value of ofOtherTypes(atPointer(clean().raw, pointer))) {
        const verdict = judge(changed(clean, at(pointer, value)));
        const harmless = JSON.stringify(value) === '[]' || JSON.stringify(value) === '{}';
        if (!unread.includes(pointer) && !harmless) {
          assert.notEqual(verdict.compatibility_class, native, `${pointer} ${JSON.stringify(value)}`);
        }
      }
    }
    for (const value of [null, 'x', 7, [], {}]) {
      assert.notEqual(judge({ ...clean(), raw: value }).compatibility_class, native);
    }
  });
});
