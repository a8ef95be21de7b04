import assert from 'node:assert/strict';
import { compatibilityClasses } from '../../../../domain/assessment.ts';
import { oktaAssignmentRules } from '../../../../domain/rules/okta/assignment.ts';
import { itHoldsInPairs } from './pairs.ts';
import {
  approximate,
  atPointer,
  blocked,
  changed,
  cleanAssignment,
  end,
  judgeAssignment,
  manual,
  native,
  ofOtherTypes,
  pointersInto,
  rank,
  setAt,
  visible,
  type AssignmentCase,
  type Pair,
} from './support.ts';

type Change = (given: AssignmentCase) => void;

const nothing: Change = () => undefined;
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const application =
  (...args: Parameters<typeof end>): Change =>
  (given) =>
    (given.application = end(...args));
const group =
  (...args: Parameters<typeof end>): Change =>
  (given) =>
    (given.group = end(...args));
const members =
  (given: object): Change =>
  (assignment) =>
    Object.assign(assignment.raw, given);
const ofUser: Change = (given) => {
  given.ofUser = true;
  given.raw = { id: '00u1', scope: 'USER', status: 'ACTIVE', credentials: { userName: 'edda' } };
};
const everyone = group(visible, { vendorKind: 'BUILT_IN' });
const denied = application(approximate, { ruleIds: ['okta.application.guard_denies'] });

const pairs: readonly Pair<AssignmentCase>[] = [
  { rule: 'direct_user', fires: ofUser, spares: nothing, classes: [blocked, native] },
  {
    rule: 'direct_user_in_use',
    fires: ofUser,
    spares: both(ofUser, members({ status: 'DEPROVISIONED' })),
    classes: [blocked, blocked],
  },
  {
    rule: 'direct_user_in_use',
    fires: both(ofUser, members({ status: 'PROVISIONED' })),
    spares: both(ofUser, application(visible, { ruleIds: ['okta.application.not_active'] })),
    classes: [blocked, blocked],
  },
  { rule: 'plain', fires: nothing, spares: application(approximate), classes: [native, approximate] },
  {
    rule: 'approximated_end',
    fires: group(approximate),
    spares: group(native),
    classes: [approximate, native],
  },
  {
    rule: 'approximated_end',
    fires: application(approximate),
    spares: both(application(approximate), group(manual)),
    classes: [approximate, manual],
  },
  {
    rule: 'overrides',
    fires: members({ profile: { role: 'admin' } }),
    spares: members({ profile: { role: null } }),
    classes: [approximate, native],
  },
  {
    rule: 'priority',
    fires: members({ priority: 1 }),
    spares: members({ priority: 0 }),
    classes: [approximate, native],
  },
  {
    rule: 'everyone',
    fires: everyone,
    spares: both(everyone, application(visible)),
    classes: [manual, visible],
  },
  { rule: 'guard_denies', fires: denied, spares: application(approximate), classes: [manual, approximate] },
  { rule: 'application_stays', fires: application(visible), spares: nothing, classes: [visible, native] },
  {
    rule: 'group_stays',
    fires: group(visible, { vendorKind: 'APP_GROUP' }),
    spares: everyone,
    classes: [manual, manual],
  },
  {
    rule: 'group_stays',
    fires: group(visible),
    spares: both(group(visible), application(visible)),
    classes: [manual, visible],
  },
  {
    rule: 'manual_end',
    fires: application(manual),
    spares: application(approximate),
    classes: [manual, approximate],
  },
  {
    rule: 'manual_end',
    fires: group(manual),
    spares: both(group(manual), application(visible)),
    classes: [manual, visible],
  },
  {
    rule: 'missing_end',
    fires: (given) => (given.application = null),
    spares: nothing,
    classes: [blocked, native],
  },
  {
    rule: 'missing_end',
    fires: (given) => (given.group = null),
    spares: nothing,
    classes: [blocked, native],
  },
  {
    rule: 'blocked_end',
    fires: application(blocked),
    spares: application(manual),
    classes: [blocked, manual],
  },
  { rule: 'blocked_end', fires: group(blocked), spares: nothing, classes: [blocked, native] },
  {
    rule: 'unknown_value',
    fires: both(ofUser, members({ scope: 'ROLE' })),
    spares: ofUser,
    classes: [blocked, blocked],
  },
  { rule: 'unparsable', fires: members({ priority: 'first' }), spares: nothing, classes: [manual, native] },
];

describe("the rules of Okta's assignments", () => {
  itHoldsInPairs({
    ruleSet: oktaAssignmentRules,
    pairs,
    item: 'an assignment',
    idOf: (rule) => `okta.assignment.${rule}`,
    clean: cleanAssignment,
    judge: judgeAssignment,
  });

  it('have a single native row', () => {
    assert.equal(oktaAssignmentRules.rules.filter((rule) => rule.class === native).length, 1);
  });

  it('judge by the two ends: the worse one counts, and what stays behind takes its assignments with it', () => {
    const classOf = (application: (typeof compatibilityClasses)[number], group: typeof application) =>
      judgeAssignment({ ...cleanAssignment(), application: end(application), group: end(group) })
        .compatibility_class;
    const table = compatibilityClasses.map((app) => compatibilityClasses.map((grp) => classOf(app, grp)));
    assert.deepEqual(table, [
      // group:    native, approximated, only listed, by hand, blocked
      /* native */ [native, approximate, manual, manual, blocked],
      /* approx */ [approximate, approximate, manual, manual, blocked],
      /* listed */ [visible, visible, visible, visible, blocked],
      /* manual */ [manual, manual, manual, manual, blocked],
      /* blocked */ [blocked, blocked, blocked, blocked, blocked],
    ]);
  });

  it('block every direct assignment, whatever its application is', () => {
    for (const compatibilityClass of compatibilityClasses) {
      const verdict = judgeAssignment(changed(cleanAssignment, ofUser, application(compatibilityClass)));
      assert.equal(verdict.compatibility_class, blocked);
      assert.match(verdict.blocked_reason ?? '', /assigns one person directly/);
    }
  });
});

describe("an Okta assignment's evidence", () => {
  const clean = cleanAssignment().raw;
  const pointers = pointersInto(clean);

  it('with a member spoilt is never native', () => {
    for (const pointer of pointers.filter((each) => each !== '/id')) {
      for (const value of ofOtherTypes(atPointer(clean, pointer))) {
        const verdict = judgeAssignment(
          changed(cleanAssignment, (given) => setAt(given.raw, pointer, value)),
        );
        assert.notEqual(verdict.compatibility_class, native, `${pointer} ${JSON.stringify(value)}`);
      }
    }
  });

  it('lacking a member is never better than with it', () => {
    for (const rest of [{}, { priority: 3 }, { profile: { role: 'x' } }]) {
      const whole = rank(judgeAssignment(changed(cleanAssignment, members(rest))).compatibility_class);
      for (const pointer of pointers.filter((each) => !Object.keys(rest).includes(each.slice(1)))) {
        const lacking = changed(cleanAssignment, members(rest), (given) =>
          setAt(given.raw, pointer, undefined),
        );
        assert.ok(rank(judgeAssignment(lacking).compatibility_class) >= whole, pointer);
      }
    }
  });

  it('of a user row without a scope, or with one that is not known, counts as direct', () => {
    for (const scope of [undefined, null, 'ROLE', 7]) {
      const verdict = judgeAssignment(
        changed(cleanAssignment, ofUser, (given) => setAt(given.raw, '/scope', scope)),
      );
      assert.equal(verdict.compatibility_class, blocked, String(scope));
    }
  });

  it('never makes the judgement fail, whatever stands in any member', () => {
    for (const kind of [nothing, ofUser]) {
      for (const pointer of pointersInto(changed(cleanAssignment, kind).raw)) {
        for (const value of [undefined, null, '', 'x', -1, true, [], [null], {}, { '': null }]) {
          judgeAssignment(changed(cleanAssignment, kind, (given) => setAt(given.raw, pointer, value)));
        }
      }
    }
  });
});
