import assert from 'node:assert/strict';
import { compatibilityClasses, type CompatibilityClass } from '../../../../domain/assessment.ts';
import { entraAssignmentRules } from '../../../../domain/rules/entra/assignment.ts';
import type { Body } from '../../../support/answer.ts';
import { itHoldsInPairs } from '../okta/pairs.ts';
import {
  approximate,
  atPointer,
  blocked,
  changed,
  end,
  firedIn,
  manual,
  native,
  ofOtherTypes,
  pointersInto,
  setAt,
  visible,
  type Pair,
} from '../okta/support.ts';
import { byRegistration, cleanAssignment, judgeAssignment, type AssignmentCase } from './support.ts';

type Change = (given: AssignmentCase) => void;

const nothing: Change = () => undefined;
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const set =
  (members: Body): Change =>
  (given) =>
    Object.assign(given.raw, members);
const role: Change = (given) => {
  given.raw.appRoleId = 'role-1';
  given.sameEnds = [{ externalId: 'assignment-1', role: 'role-1' }];
};
const roles =
  (...ids: string[]): Change =>
  (given) => {
    given.raw.appRoleId = 'role-1';
    given.sameEnds = ids.map((externalId, n) => ({ externalId, role: `role-${n + 1}` }));
  };
const registration =
  (each: CompatibilityClass | null): Change =>
  (given) =>
    (given.registration = each && end(each));
const application =
  (each: CompatibilityClass | null, ...ruleIds: string[]): Change =>
  (given) =>
    (given.application = each && end(each, { ruleIds }));
const group =
  (each: CompatibilityClass | null): Change =>
  (given) =>
    (given.group = each && end(each));
const user = set({ principalType: 'User' });
const microsoft = application(visible, 'entra.service_principal.microsoft');

const pair = (rule: string, fires: Change, spares: Change, ...classes: Pair<unknown>['classes']) => ({
  rule,
  fires,
  spares,
  classes,
});

const pairs: readonly Pair<AssignmentCase>[] = [
  pair('removed', set({ deletedDateTime: '2026-01-01T00:00:00Z' }), nothing, visible, native),
  pair('plain', nothing, registration(approximate), native, approximate),
  pair('approximated_end', group(approximate), nothing, approximate, native),
  pair('role', role, nothing, approximate, native),
  pair('role', role, both(role, microsoft), approximate, visible),
  pair(
    'several_roles',
    roles('assignment-1', 'assignment-2'),
    roles('assignment-1'),
    approximate,
    approximate,
  ),
  pair(
    'covered_by_assignment',
    roles('assignment-0', 'assignment-1'),
    roles('assignment-1', 'assignment-2'),
    visible,
    approximate,
  ),
  pair('application_stays', registration(visible), nothing, visible, native),
  pair(
    'application_stays',
    application(visible, 'entra.service_principal.password'),
    microsoft,
    visible,
    visible,
  ),
  pair('microsoft_stays', microsoft, nothing, visible, native),
  pair('service', set({ principalType: 'ServicePrincipal' }), nothing, visible, native),
  pair('group_stays', group(visible), both(group(visible), microsoft), manual, visible),
  pair('manual_end', application(manual, 'entra.service_principal.saml'), nothing, manual, native),
  pair('manual_end', registration(manual), registration(approximate), manual, approximate),
  pair('unknown_principal', set({ principalType: 'Device' }), user, manual, blocked),
  pair('unknown_value', set({ principalType: 'Device' }), nothing, manual, native),
  pair('direct_user', user, nothing, blocked, native),
  pair('missing_end', application(null), nothing, blocked, native),
  pair('missing_end', registration(null), nothing, blocked, native),
  pair('missing_end', group(null), both(group(null), microsoft), blocked, visible),
  pair('blocked_end', group(blocked), group(manual), blocked, manual),
  pair('unparsable', set({ appRoleId: null }), nothing, manual, native),
];

describe("the rules of Entra's assignments", () => {
  itHoldsInPairs({
    ruleSet: entraAssignmentRules,
    pairs,
    item: 'an assignment',
    idOf: (rule) => `entra.assignment.${rule}`,
    clean: cleanAssignment,
    judge: judgeAssignment,
  });

  it('judge by the registration and the group: the worse one counts, and what stays takes its assignments with it', () => {
    const classOf = (app: CompatibilityClass, grp: CompatibilityClass) =>
      judgeAssignment(changed(cleanAssignment, registration(app), group(grp))).compatibility_class;
    const table = compatibilityClasses.map((app) => compatibilityClasses.map((grp) => classOf(app, grp)));
    assert.deepEqual(table, [
      // group:    native, approximated, only listed, by hand, blocked
      /* native */ [native, approximate, manual, manual, blocked],
      /* approx */ [approximate, approximate, manual, manual, blocked],
      /* listed */ [visible, visible, visible, visible, visible],
      /* manual */ [manual, manual, manual, manual, blocked],
      /* blocked */ [blocked, blocked, blocked, blocked, blocked],
    ]);
  });

  it('go by the service principal where it does not stand for a registration of the directory', () => {
    assert.equal(judgeAssignment(changed(cleanAssignment, application(manual))).compatibility_class, manual);
    assert.deepEqual(byRegistration.ruleIds, ['entra.service_principal.oidc_style']);
  });

  it('name the roles that are lost', () => {
    const one = judgeAssignment(changed(cleanAssignment, role));
    assert.match(one.rationale, /gives the group the role Approver in the application/);
    const several = judgeAssignment(changed(cleanAssignment, roles('assignment-1', 'assignment-2')));
    assert.match(several.rationale, /several roles in the application \(Approver, role-2\)/);
  });

  it('block every direct assignment, whatever its application is', () => {
    for (const each of compatibilityClasses) {
      const verdict = judgeAssignment(changed(cleanAssignment, user, registration(each), application(each)));
      assert.equal(verdict.compatibility_class, blocked);
      assert.match(verdict.blocked_reason ?? '', /assigns one person directly \(Dispatchers\)/);
    }
  });
});

describe("an Entra assignment's evidence", () => {
  const clean = cleanAssignment().raw;
  const pointers = pointersInto(clean).filter((each) => each !== '/id');

  it('with a member spoilt that is read is never native', () => {
    for (const pointer of pointers) {
      for (const value of ofOtherTypes(atPointer(clean, pointer) ?? 'text')) {
        const verdict = judgeAssignment(
          changed(cleanAssignment, (given) => setAt(given.raw, pointer, value)),
        );
        assert.notEqual(verdict.compatibility_class, native, `${pointer} ${JSON.stringify(value)}`);
      }
    }
  });

  it('never makes the judgement fail nor find no rule, whatever stands in any member', () => {
    for (const kind of [nothing, user, role, microsoft]) {
      for (const pointer of pointers) {
        for (const value of [undefined, null, '', 'x', -1, true, [], [null], {}, { '': null }]) {
          const verdict = judgeAssignment(
            changed(cleanAssignment, kind, (given) => setAt(given.raw, pointer, value)),
          );
          assert.ok(!firedIn(verdict).includes('no_rule'), `${pointer} ${JSON.stringify(value)}`);
        }
      }
    }
  });
});
