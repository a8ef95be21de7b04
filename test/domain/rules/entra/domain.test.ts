import { entraDomainRules } from '../../../../domain/rules/entra/domain.ts';
import assert from 'node:assert/strict';
import type { Body } from '../../../support/answer.ts';
import { itHoldsInPairs } from '../okta/pairs.ts';
import {
  changed,
  firedIn,
  manual,
  native,
  pointersInto,
  setAt,
  visible,
  type Pair,
} from '../okta/support.ts';
import { cleanDomain, judgeDomain } from './support.ts';

type Case = ReturnType<typeof cleanDomain>;
type Change = (given: Case) => void;

const nothing: Change = () => undefined;
const set =
  (members: Body): Change =>
  (given) =>
    Object.assign(given.raw, members);
const federated = set({ authenticationType: 'Federated' });

const pair = (rule: string, fires: Change, spares: Change, ...classes: Pair<unknown>['classes']) => ({
  rule,
  fires,
  spares,
  classes,
});

const pairs: readonly Pair<Case>[] = [
  pair('initial', set({ isInitial: true }), nothing, visible, visible),
  pair(
    'initial',
    set({ id: 'ossenby.onmicrosoft.com' }),
    set({ id: 'onmicrosoft.com.example' }),
    visible,
    visible,
  ),
  pair('managed', nothing, federated, visible, visible),
  pair('federated', federated, nothing, visible, visible),
  pair('abandoned', set({ isVerified: false }), nothing, visible, visible),
  pair('state_unknown', set({ isVerified: null }), nothing, manual, visible),
  pair(
    'sign_in_unknown',
    set({ authenticationType: null }),
    set({ authenticationType: null, isVerified: false }),
    manual,
    visible,
  ),
  pair(
    'services',
    set({ supportedServices: ['Email'] }),
    set({ supportedServices: ['Email'], isVerified: false }),
    visible,
    visible,
  ),
  pair('unmanaged', set({ isAdminManaged: false }), nothing, visible, visible),
  pair('unknown_value', set({ authenticationType: 'Delegated' }), nothing, manual, visible),
  pair('unparsable', set({ supportedServices: 'Email' }), nothing, manual, visible),
];

describe("the rules of Entra's domains", () => {
  itHoldsInPairs({
    ruleSet: entraDomainRules,
    pairs,
    item: 'a domain',
    idOf: (rule) => `entra.domain.${rule}`,
    clean: cleanDomain,
    judge: judgeDomain,
  });

  it('never fail, find nothing or find one native, whatever stands in any member', () => {
    for (const pointer of pointersInto(cleanDomain().raw).filter((each) => each !== '/id')) {
      for (const value of [undefined, null, '', 'x', -1, true, [], [null], {}, { '': null }]) {
        const verdict = judgeDomain(changed(cleanDomain, (given) => setAt(given.raw, pointer, value)));
        assert.ok(!firedIn(verdict).includes('no_rule'), `${pointer} ${JSON.stringify(value)}`);
        assert.notEqual(verdict.compatibility_class, native);
      }
    }
  });
});
