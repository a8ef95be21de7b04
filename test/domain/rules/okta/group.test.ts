import assert from 'node:assert/strict';
import { oktaGroupRules } from '../../../../domain/rules/okta/group.ts';
import { itHoldsInPairs } from './pairs.ts';
import {
  approximate,
  atPointer,
  changed,
  cleanGroup,
  firedIn,
  judgeGroup,
  manual,
  native,
  ofOtherTypes,
  pointersInto,
  rank,
  setAt,
  visible,
  type GroupCase,
  type Pair,
} from './support.ts';

type Change = (given: GroupCase) => void;

const nothing: Change = () => undefined;
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const kind =
  (type: unknown): Change =>
  (given) =>
    (given.raw.type = type);
const profile =
  (members: object): Change =>
  (given) =>
    Object.assign(given.raw.profile, members);
const unused: Change = (given) => (given.referenced = false);

const pairs: readonly Pair<GroupCase>[] = [
  { rule: 'plain', fires: nothing, spares: profile({ costCentre: '4711' }), classes: [native, approximate] },
  {
    rule: 'custom_attributes',
    fires: profile({ costCentre: '4711' }),
    spares: profile({ costCentre: null, dn: 'CN=Lab' }),
    classes: [approximate, native],
  },
  {
    rule: 'fed_by_rule',
    fires: (given) => (given.fed = new Set(['00g1'])),
    spares: (given) => (given.fed = new Set(['00g2'])),
    classes: [approximate, native],
  },
  {
    rule: 'rules_unread',
    fires: (given) => (given.fed = null),
    spares: nothing,
    classes: [approximate, native],
  },
  {
    rule: 'privileged',
    fires: (given) => (given.stats.hasAdminPrivilege = true),
    spares: nothing,
    classes: [approximate, native],
  },
  {
    rule: 'privilege_unread',
    fires: (given) => (given.stats = null),
    spares: (given) => (given.stats.usersCount = null),
    classes: [approximate, native],
  },
  {
    rule: 'privilege_unread',
    fires: (given) => delete given.stats.hasAdminPrivilege,
    spares: nothing,
    classes: [approximate, native],
  },
  {
    rule: 'mastered_elsewhere',
    fires: kind('APP_GROUP'),
    spares: both(kind('APP_GROUP'), unused),
    classes: [approximate, visible],
  },
  {
    rule: 'mastered_elsewhere_unused',
    fires: both(kind('APP_GROUP'), unused),
    spares: unused,
    classes: [visible, native],
  },
  { rule: 'built_in', fires: kind('BUILT_IN'), spares: nothing, classes: [visible, native] },
  {
    rule: 'no_name',
    fires: profile({ name: '' }),
    spares: profile({ name: ' ' }),
    classes: [manual, native],
  },
  {
    rule: 'no_name',
    fires: (given) => delete given.raw.profile,
    spares: (given) => (given.raw.profile = { name: 'Lab' }),
    classes: [manual, native],
  },
  {
    rule: 'unknown_kind',
    fires: kind('DEVICE_GROUP'),
    spares: kind('APP_GROUP'),
    classes: [manual, approximate],
  },
  { rule: 'unknown_kind', fires: kind(null), spares: nothing, classes: [manual, native] },
  {
    rule: 'unknown_value',
    fires: kind('DEVICE_GROUP'),
    spares: kind('BUILT_IN'),
    classes: [manual, visible],
  },
  {
    rule: 'unparsable',
    fires: profile({ description: 7 }),
    spares: profile({ description: 'seven' }),
    classes: [manual, native],
  },
];

describe("the rules of Okta's groups", () => {
  itHoldsInPairs({
    ruleSet: oktaGroupRules,
    pairs,
    item: 'a group',
    idOf: (rule) => `okta.group.${rule}`,
    clean: cleanGroup,
    judge: judgeGroup,
  });

  it('have a single native row', () => {
    assert.equal(oktaGroupRules.rules.filter((rule) => rule.class === native).length, 1);
  });

  it('say of everything at once that is found', () => {
    const verdict = judgeGroup(
      changed(cleanGroup, profile({ costCentre: '1' }), (given) =>
        Object.assign(given, { fed: null, stats: null }),
      ),
    );
    assert.deepEqual(
      firedIn(verdict),
      ['custom_attributes', 'rules_unread', 'privilege_unread'].map((rule) => `okta.group.${rule}`),
    );
    assert.equal(verdict.approximation_notes.length, 3);
  });
});

describe("an Okta group's evidence", () => {
  const members = pointersInto(cleanGroup().raw);

  it('with a member spoilt that is read is never native, and any other is judged all the same', () => {
    const read = [
      '/type',
      '/profile',
      '/profile/name',
      '/profile/description',
      '/objectClass',
      '/lastUpdated',
    ];
    for (const pointer of members) {
      const original = atPointer(cleanGroup().raw, pointer);
      for (const value of ofOtherTypes(original ?? 'text')) {
        const verdict = judgeGroup(changed(cleanGroup, (given) => setAt(given.raw, pointer, value)));
        if (read.includes(pointer))
          assert.notEqual(verdict.compatibility_class, native, `${pointer} ${JSON.stringify(value)}`);
      }
    }
  });

  it('moves under any name but none: long, of any script, or equal to another once it is normalised', () => {
    const names = [
      'x'.repeat(4096),
      '\u05de\u05e2\u05d1\u05d3\u05d4',
      '\u202egnitset',
      '\u{1f52c} Lab',
      'ﬁeld Engineers',
      'FIELD ENGINEERS',
      'Field\u200bEngineers',
      '{name}',
    ];
    for (const name of names) {
      const verdict = judgeGroup(changed(cleanGroup, profile({ name })));
      assert.equal(verdict.compatibility_class, native, name.slice(0, 20));
    }
    assert.equal(judgeGroup(changed(cleanGroup, profile({ name: '' }))).compatibility_class, manual);
  });

  it('of any kind, lacking a member, is never better than with it', () => {
    for (const type of ['OKTA_GROUP', 'APP_GROUP', 'BUILT_IN']) {
      const whole = rank(judgeGroup(changed(cleanGroup, kind(type))).compatibility_class);
      for (const pointer of members) {
        for (const value of [undefined, null]) {
          const verdict = judgeGroup(
            changed(cleanGroup, kind(type), (given) => setAt(given.raw, pointer, value)),
          );
          assert.ok(rank(verdict.compatibility_class) >= whole, `${type} without ${pointer}`);
        }
      }
    }
  });

  it('is not native without its type, its profile, its name or its statistics', () => {
    const without: Change[] = [
      (given) => delete given.raw.type,
      (given) => delete given.raw.profile,
      (given) => delete given.raw.profile.name,
      (given) => (given.stats = null),
      (given) => (given.stats = {}),
      (given) => (given.stats = 'many'),
      (given) => (given.stats.hasAdminPrivilege = 'no'),
      (given) => (given.fed = null),
    ];
    for (const change of without) {
      assert.notEqual(judgeGroup(changed(cleanGroup, change)).compatibility_class, native, change.toString());
    }
  });

  it('never makes the judgement fail, whatever stands in any member', () => {
    for (const pointer of members) {
      for (const value of [undefined, null, '', 'x', -1, true, [], [null], {}, { '': null }]) {
        judgeGroup(changed(cleanGroup, (given) => setAt(given.raw, pointer, value)));
      }
    }
  });
});
