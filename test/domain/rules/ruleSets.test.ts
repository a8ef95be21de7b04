import assert from 'node:assert/strict';
import { INVENTED_TENANT, loadOktaTenant, type OktaTenantData } from '../../../simulators/okta/data.ts';
import { compatibilityClasses } from '../../../domain/assessment.ts';
import { itemTypes } from '../../../domain/inventory/itemTypes.ts';
import { fieldsOf, not, type Condition } from '../../../domain/rules/condition.ts';
import type { Rule } from '../../../domain/rules/rule.ts';
import { fieldsOfText } from '../../../domain/rules/wording.ts';
import { classifierText, ruleSets } from '../../../domain/rules/ruleSets.ts';
import { builtInTarget } from '../../../domain/rules/targetProfile.ts';
import { sourceTypes } from '../../../domain/source.ts';
import { classifierVersion, classifierVersionFor } from '../../../platform/classifier.ts';
import { atPointer, firedIn } from './okta/support.ts';
import { judgeTenant, type JudgedItem } from './okta/tenant.ts';

const sets = sourceTypes.flatMap((source) => itemTypes.map((itemType) => ruleSets[source][itemType]));
const rows = sets.flatMap((set) => set.rules.map((rule) => ({ set, rule })));

describe('the rule sets', () => {
  it('stand under their own vendor and item type, and judge every type', () => {
    for (const source of sourceTypes) {
      for (const itemType of itemTypes) {
        const { rules, ...set } = ruleSets[source][itemType];
        assert.deepEqual([set.source, set.itemType], [source, itemType]);
        assert.ok(rules.length > 0);
      }
    }
  });

  it('give each rule an id of its own and at most one native row a type', () => {
    assert.equal(new Set(rows.map(({ rule }) => rule.id)).size, rows.length);
    for (const { rules } of sets) {
      assert.ok(rules.filter((rule) => rule.class === 'native_import').length <= 1);
    }
  });

  it('let only a row that only lists be a scope row', () => {
    assert.deepEqual(
      rows.filter(({ rule }) => rule.scope && rule.class !== 'visibility_only'),
      [],
    );
  });

  it('say in words what was found and what to do, with the day on which they were read last', () => {
    for (const { rule } of rows) {
      assert.match(rule.text, /^[A-Z].*\.$/, rule.id);
      assert.match(rule.remedy, /^[A-Z].*\.$/, rule.id);
      assert.deepEqual(fieldsOfText(rule.remedy), [], rule.id);
      assert.match(rule.asOf, /^\d{4}-\d{2}-\d{2}$/, rule.id);
      assert.match(rule.document, /^https:\/\/(?:developer\.okta|learn\.microsoft)\.com\//, rule.id);
    }
  });

  it('point only to members by JSON pointers', () => {
    const pointers = sets.flatMap((set) => Object.values(set.pointers));
    assert.deepEqual(
      pointers.filter((pointer) => !/^(?:\/[^/]+)+$/.test(pointer)),
      [],
    );
  });

  it('say of each field that a rule reads where it comes from, and of no other', () => {
    for (const { source, itemType, rules, pointers, facts } of sets) {
      const read = rules.flatMap((rule) => [...fieldsOf(rule.when), ...fieldsOfText(rule.text)]);
      const common = ['unknown_values', 'unparsable'];
      const told = [...Object.keys(pointers), ...Object.keys(facts), ...common];
      const untold = [...new Set(read)].filter((field) => !told.includes(field));
      assert.deepEqual(untold, [], `${source} ${itemType}`);
      const unread = told.filter((field) => !common.includes(field) && !read.includes(field));
      assert.deepEqual(unread, [], `${source} ${itemType}`);
    }
  });
});

/** The same org, every listing from its end. */
const reversed = (data: OktaTenantData): OktaTenantData =>
  Object.fromEntries(
    Object.entries(data).map(([name, objects]) => [
      name,
      Array.isArray(objects) ? [...(objects as unknown[])].reverse() : (objects as unknown),
    ]),
  ) as OktaTenantData;

describe('the invented tenant', () => {
  const judged = judgeTenant(loadOktaTenant(INVENTED_TENANT));

  it('holds items of every type and of every class', () => {
    assert.ok(judged.length > 100);
    assert.deepEqual([...new Set(judged.map(({ item }) => item.itemType))].sort(), [...itemTypes].sort());
    const classes = new Set(judged.map(({ verdict }) => verdict.compatibility_class));
    assert.deepEqual([...classes].sort(), [...compatibilityClasses].sort());
  });

  it('has no item that no rule knows', () => {
    const unknown = judged.filter(({ verdict }) => firedIn(verdict).includes('no_rule'));
    assert.deepEqual(
      unknown.map(({ item }) => `${item.itemType} ${item.name}`),
      [],
    );
  });

  it('is judged the same way every time', () => {
    assert.deepEqual(judgeTenant(loadOktaTenant(INVENTED_TENANT)), judged);
  });

  it('is judged the same way in whatever order its items come', () => {
    const byName = (items: readonly JudgedItem[]) =>
      [...items].sort((a, b) => (a.item.id < b.item.id ? -1 : 1)).map(({ verdict }) => verdict);
    assert.deepEqual(byName(judgeTenant(reversed(loadOktaTenant(INVENTED_TENANT)))), byName(judged));
  });

  it('has each verdict resting on evidence that stands where it is said to stand', () => {
    let resolved = 0;
    for (const { item, raw, verdict } of judged) {
      for (const finding of verdict.findings) {
        for (const { pointer, value } of finding.evidence) {
          const empty = value === null || value === false || (Array.isArray(value) && value.length === 0);
          if (!pointer.startsWith('/') || empty) continue;
          resolved += 1;
          const found = atPointer(raw, pointer);
          const told = `${item.itemType} ${item.name}: ${finding.rule_id} read ${JSON.stringify(value)} at ${pointer}`;
          // A fact that was derived from a member has no pointer but that member's.
          const derived = value === 'none' || value === 'address';
          assert.ok(found !== undefined || derived, told);
        }
      }
    }
    assert.ok(resolved > 200, `${resolved} pointers`);
  });

  it('has each verdict whole: a reason where it is blocked, notes where it is approximate, an end to every sentence', () => {
    for (const { verdict } of judged) {
      assert.equal(verdict.blocked_reason !== null, verdict.compatibility_class === 'blocked');
      assert.equal(
        verdict.approximation_notes.length > 0,
        verdict.compatibility_class === 'import_with_approximation',
      );
      assert.match(verdict.rationale, /[.]$/);
      assert.ok(verdict.findings.length > 0);
    }
  });
});

/** Changes an object for the time of a look at it. */
function during<Value extends object, Seen>(value: Value, change: Partial<Value>, look: () => Seen): Seen {
  const former = { ...value };
  Object.assign(value, change);
  try {
    return look();
  } finally {
    for (const key of Object.keys(change)) Reflect.deleteProperty(value, key);
    Object.assign(value, former);
  }
}

function ruleOf(id: string): Rule {
  const rule = rows.find((row) => row.rule.id === id)?.rule;
  if (!rule) throw new Error(`no rule ${id}`);
  return rule;
}

describe('the classifier version', () => {
  const version = () => classifierVersionFor(builtInTarget);
  const rule = ruleOf('okta.group.fed_by_rule');

  it('is the same for the same rules', () => {
    assert.equal(version(), classifierVersion);
    assert.match(classifierVersion, /^[0-9a-f]{16}$/);
    assert.equal(classifierText(builtInTarget), classifierText({ ...builtInTarget }));
  });

  const decisive: [string, Partial<Rule>][] = [
    ['a condition', { when: not(rule.when) }],
    ['a class', { class: 'manual_rebuild_required' }],
    ['the scope', { scope: true }],
    ['an id', { id: 'okta.group.filled_by_rule' }],
  ];
  for (const [what, change] of decisive) {
    it(`changes with ${what} of a rule`, () => {
      assert.notEqual(during(rule, change, version), classifierVersion);
      assert.equal(version(), classifierVersion);
    });
  }

  it('changes with a value deep inside a condition', () => {
    const leaf = ((rule.when as { of?: Condition[] }).of?.[1] ?? null) as unknown as { value: unknown };
    assert.notEqual(during(leaf, { value: false }, version), classifierVersion);
  });

  it('changes when a rule comes or goes', () => {
    const rules = ruleSets.okta.group.rules as Rule[];
    const former = [...rules];
    rules.pop();
    const shorter = version();
    rules.splice(0, rules.length, ...former);
    assert.notEqual(shorter, classifierVersion);
    assert.equal(version(), classifierVersion);
  });

  it('changes when the facts of a type are derived in another way', () => {
    assert.notEqual(during(ruleSets.okta.group, { factsRevision: 99 }, version), classifierVersion);
    assert.equal(version(), classifierVersion);
  });

  for (const [member, value] of Object.entries(builtInTarget)) {
    it(`changes with the target's ${member}`, () => {
      const other = Array.isArray(value)
        ? [...value, 'other']
        : typeof value === 'boolean'
          ? !value
          : `${String(value)}0`;
      assert.notEqual(classifierVersionFor({ ...builtInTarget, [member]: other }), classifierVersion);
    });
  }

  it('does not change with words', () => {
    const words: Partial<Rule> = {
      text: 'Said otherwise.',
      remedy: 'Do it otherwise.',
      document: 'https://developer.okta.com/other',
      asOf: '2030-01-01',
    };
    assert.equal(during(rule, words, version), classifierVersion);
  });
});
