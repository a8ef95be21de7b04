import assert from 'node:assert/strict';
import { entraPolicyRules } from '../../../../domain/rules/entra/policy.ts';
import type { Body } from '../../../support/answer.ts';
import { itHoldsInPairs } from '../okta/pairs.ts';
import {
  approximate,
  atPointer,
  blocked,
  changed,
  firedIn,
  manual,
  native,
  pointersInto,
  rank,
  setAt,
  visible,
  type Pair,
} from '../okta/support.ts';
import {
  cleanPolicy,
  judgePolicy,
  otherGroup,
  someApplication,
  someGroup,
  someLocation,
  type PolicyCase,
} from './support.ts';

type Change = (given: PolicyCase) => void;

const nothing: Change = () => undefined;
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const at =
  (part: (raw: Body) => Body) =>
  (members: Body): Change =>
  (given) =>
    Object.assign(part(given.raw), members);
const policy = at((raw) => raw);
const conditions = at((raw) => raw.conditions);
const users = at((raw) => raw.conditions.users);
const applications = at((raw) => raw.conditions.applications);
const grant = at((raw) => raw.grantControls);
const state = (value: unknown) => policy({ state: value });
const apps = (...includeApplications: string[]) => applications({ includeApplications });
const groups = (...includeGroups: string[]) => users({ includeUsers: [], includeGroups });
const clients = (...clientAppTypes: string[]) => conditions({ clientAppTypes });
const exchange = '00000002-0000-0ff1-ce00-000000000000';
const frequency = policy({
  sessionControls: { signInFrequency: { isEnabled: true, value: 4, type: 'hours' } },
});
const onlySession = both(policy({ grantControls: null }), frequency);
const stranger = '99999999-0000-4000-8000-000000000009';
const location = (...includeLocations: string[]) =>
  conditions({ locations: { includeLocations, excludeLocations: [] } });

const pair = (rule: string, fires: Change, spares: Change, ...classes: Pair<unknown>['classes']) => ({
  rule,
  fires,
  spares,
  classes,
});

const pairs: readonly Pair<PolicyCase>[] = [
  pair('simple', nothing, onlySession, approximate, manual),
  pair(
    'simple',
    both(groups(someGroup), apps(someApplication), grant({ builtInControls: ['block'] })),
    both(groups(someGroup), apps(stranger)),
    approximate,
    manual,
  ),
  pair('simple', location(someLocation), location('AllTrusted'), approximate, manual),
  pair('simple', clients('browser', 'mobileAppsAndDesktopClients'), clients('browser'), approximate, manual),
  pair('guards_nobody', users({ includeUsers: ['None'] }), nothing, visible, approximate),
  pair('guards_nobody', apps('None'), nothing, visible, approximate),
  pair('disabled', state('disabled'), nothing, visible, approximate),
  pair('report_only', state('enabledForReportingButNotEnforced'), nothing, visible, approximate),
  pair('guards_microsoft', apps('Office365', exchange), apps('Office365', someApplication), visible, manual),
  pair(
    'guards_microsoft',
    both(
      apps(stranger),
      (given) =>
        (given.verdicts[stranger] = {
          name: 'X',
          vendorKind: '',
          compatibilityClass: visible,
          ruleIds: ['entra.service_principal.microsoft'],
        }),
    ),
    apps(stranger),
    visible,
    manual,
  ),
  pair(
    'guards_old_protocols',
    clients('exchangeActiveSync', 'other'),
    clients('other', 'browser'),
    visible,
    manual,
  ),
  pair('state_unknown', state(null), nothing, manual, approximate),
  pair(
    'exclusions_start_empty',
    users({ excludeGroups: [someGroup] }),
    users({ excludeGroups: [otherGroup] }),
    approximate,
    manual,
  ),
  pair(
    'guards_actions',
    both(apps(), applications({ includeUserActions: ['urn:user:registerdevice'] })),
    applications({ includeUserActions: ['urn:user:registerdevice'] }),
    manual,
    manual,
  ),
  pair('beyond_target', grant({ builtInControls: ['compliantDevice'] }), nothing, manual, approximate),
  pair('beyond_target', grant({ termsOfUse: ['t-1'] }), grant({ termsOfUse: [] }), manual, approximate),
  pair('beyond_target', conditions({ signInRiskLevels: ['high'] }), nothing, manual, approximate),
  pair(
    'beyond_target',
    conditions({ somethingNew: { mode: 'on' } }),
    conditions({ somethingNew: { mode: null } }),
    manual,
    approximate,
  ),
  pair(
    'beyond_target',
    both(location(someLocation), (given) => given.refused.push('named_locations')),
    location(someLocation),
    manual,
    approximate,
  ),
  pair(
    'beyond_target',
    applications({ excludeApplications: [someApplication] }),
    nothing,
    manual,
    approximate,
  ),
  pair('break_glass_exclusion_unmapped', users({ excludeUsers: ['u-1'] }), nothing, manual, approximate),
  pair('break_glass_exclusion_unmapped', users({ excludeRoles: ['r-1'] }), nothing, manual, approximate),
  pair(
    'break_glass_exclusion_unmapped',
    users({ excludeGroups: [stranger] }),
    users({ excludeGroups: [someGroup] }),
    manual,
    approximate,
  ),
  pair('partly_unmapped', groups(someGroup, otherGroup), groups(someGroup), manual, approximate),
  pair('nobody_mapped', groups(otherGroup), groups(someGroup, otherGroup), blocked, manual),
  pair(
    'nobody_mapped',
    users({ includeUsers: [], includeRoles: ['r-1'] }),
    users({ includeRoles: ['r-1'] }),
    blocked,
    manual,
  ),
  pair('applies_to_unknown', users({ includeUsers: [] }), nothing, manual, approximate),
  pair('second_factor', nothing, grant({ builtInControls: ['block'] }), approximate, approximate),
  pair(
    'second_factor',
    grant({ builtInControls: [], authenticationStrength: { id: 's-1' } }),
    grant({ builtInControls: [] }),
    manual,
    manual,
  ),
  pair('protection_not_carried', nothing, onlySession, approximate, manual),
  pair('not_carried', onlySession, nothing, manual, approximate),
  pair(
    'guests',
    users({ includeGuestsOrExternalUsers: { guestOrExternalUserTypes: 'b2bCollaborationGuest' } }),
    users({ includeGuestsOrExternalUsers: { guestOrExternalUserTypes: null } }),
    manual,
    approximate,
  ),
  pair(
    'session_length',
    onlySession,
    both(onlySession, policy({ sessionControls: { signInFrequency: { isEnabled: false, value: 4 } } })),
    manual,
    manual,
  ),
  pair('unknown_value', grant({ builtInControls: ['mfa', 'askTwice'] }), nothing, manual, approximate),
  pair('unparsable', users({ includeGroups: someGroup }), nothing, manual, approximate),
];

describe("the rules of Entra's conditional access", () => {
  itHoldsInPairs({
    ruleSet: entraPolicyRules,
    pairs,
    item: 'a policy',
    idOf: (rule) => `entra.policy.${rule}`,
    clean: cleanPolicy,
    judge: judgePolicy,
  });

  it('list each of those who are kept out of it', () => {
    const { rationale } = judgePolicy(
      changed(
        cleanPolicy,
        users({ excludeUsers: ['u-1'], excludeGroups: [otherGroup], excludeRoles: ['r-1'] }),
      ),
    );
    assert.match(rationale, /keep out of it: user u-1, group Directory Helpers, role r-1\./);
  });

  it('never call any policy native', () => {
    assert.ok(entraPolicyRules.rules.every((rule) => rule.class !== native));
  });
});

describe("an Entra policy's evidence", () => {
  const pointers = pointersInto(cleanPolicy().raw).filter((each) => each !== '/id');

  it('with anything added to a condition or a control that nobody knows is never approximate', () => {
    for (const part of [
      '/conditions',
      '/grantControls',
      '/sessionControls',
      '/conditions/users',
      '/conditions/applications',
    ]) {
      const verdict = judgePolicy(
        changed(cleanPolicy, (given) => setAt(given.raw, `${part}/newMember`, ['x'])),
      );
      assert.equal(verdict.compatibility_class, manual, part);
    }
  });

  it('with a list that is none is never approximate', () => {
    const lists = pointers.filter((pointer) => Array.isArray(atPointer(cleanPolicy().raw, pointer)));
    for (const pointer of lists) {
      for (const value of ['All', 7, true, { mode: 'x' }]) {
        const verdict = judgePolicy(changed(cleanPolicy, (given) => setAt(given.raw, pointer, value)));
        assert.notEqual(verdict.compatibility_class, approximate, `${pointer} ${JSON.stringify(value)}`);
      }
    }
  });

  it('lacking a member is never better than with it, and a rule knows it', () => {
    const whole = rank(judgePolicy(cleanPolicy()).compatibility_class);
    for (const pointer of pointers) {
      for (const value of [undefined, null]) {
        const verdict = judgePolicy(changed(cleanPolicy, (given) => setAt(given.raw, pointer, value)));
        assert.ok(rank(verdict.compatibility_class) >= whole, pointer);
        assert.ok(!firedIn(verdict).includes('no_rule'), pointer);
      }
    }
  });

  it('never makes the judgement fail, whatever stands in any member', () => {
    for (const pointer of pointers) {
      for (const value of ['', 'x', -1, true, [], [null], [{}], {}, { '': null }]) {
        const verdict = judgePolicy(changed(cleanPolicy, (given) => setAt(given.raw, pointer, value)));
        assert.ok(!firedIn(verdict).includes('no_rule'), `${pointer} ${JSON.stringify(value)}`);
        assert.notEqual(verdict.compatibility_class, native);
      }
    }
  });
});
