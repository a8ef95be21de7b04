import assert from 'node:assert/strict';
import { INVENTED_TENANT, loadEntraTenant } from '../../../../simulators/entra/data.ts';
import { compatibilityClasses } from '../../../../domain/assessment.ts';
import type { EntraCollectionName } from '../../../../domain/collections/entra.ts';
import { itemTypes } from '../../../../domain/inventory/itemTypes.ts';
import { ruleSets } from '../../../../domain/rules/ruleSets.ts';
import { atPointer, firedIn } from '../okta/support.ts';
import { judgeDirectory } from './tenant.ts';

const data = loadEntraTenant(INVENTED_TENANT);
const directoryId = String(data.organization[0]?.id);

describe('the invented directory', () => {
  const judged = judgeDirectory(data, directoryId);

  it('holds items of every type and of every class', () => {
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
    assert.deepEqual(judgeDirectory(data, directoryId), judged);
  });

  it('has each verdict resting on evidence that stands where it is said to stand', () => {
    let resolved = 0;
    for (const { item, raw, verdict } of judged) {
      if (raw === null) continue;
      for (const finding of verdict.findings) {
        for (const { pointer, value } of finding.evidence) {
          const empty = value === null || value === false || (Array.isArray(value) && value.length === 0);
          if (!pointer.startsWith('/') || empty) continue;
          resolved += 1;
          const told = `${item.itemType} ${item.name}: ${finding.rule_id} read ${JSON.stringify(value)} at ${pointer}`;
          assert.notEqual(atPointer(raw, pointer) ?? null, null, told);
        }
      }
    }
    assert.ok(resolved > 100, `${resolved} pointers`);
  });

  it('has each verdict whole: a reason where it is blocked, notes where it is approximate, no hole in a sentence', () => {
    for (const { item, verdict } of judged) {
      assert.equal(verdict.blocked_reason !== null, verdict.compatibility_class === 'blocked');
      assert.equal(
        verdict.approximation_notes.length > 0,
        verdict.compatibility_class === 'import_with_approximation',
      );
      assert.match(verdict.rationale, /[.]$/);
      const texts = verdict.findings.flatMap(({ text, remedy }) => [text, remedy]);
      assert.ok(!texts.some((text) => /[{}]|\bunknown\b\.?$/.test(text)), `${item.name}: ${texts.join(' ')}`);
    }
  });

  it('sends an assignment through the registration that its service principal stands for', () => {
    const verdictOf = (name: string) =>
      judged.find(({ item }) => item.itemType === 'assignment' && item.name === name)?.verdict
        .compatibility_class;
    assert.deepEqual(
      [
        'Freight Desk \u2190 Dispatchers',
        'Meridian Expenses \u2190 Finance',
        'Freight Desk \u2190 Marit Oldenhof',
      ].map(verdictOf),
      ['native_import', 'manual_rebuild_required', 'blocked'],
    );
  });

  it('with any collection refused has nothing native that was not, and no native item of what depends on it', () => {
    const natives = (refused: readonly EntraCollectionName[]) =>
      judgeDirectory(data, directoryId, refused)
        .filter(({ verdict }) => verdict.compatibility_class === 'native_import')
        .map(({ item }) => `${item.itemType} ${item.id}`);
    const whole = natives([]);
    const dependent = {
      federated_credentials: 'application',
      delegated_permission_grants: 'application',
      claims_mapping_policies: 'application',
      home_realm_discovery_applies_to: 'application',
      service_principals: 'application',
      group_licenses: 'group',
      nested_groups: 'group',
    } as const;
    for (const [refused, itemType] of Object.entries(dependent)) {
      const left = natives([refused as EntraCollectionName]);
      assert.deepEqual(
        left.filter((each) => !whole.includes(each) || each.startsWith(`${itemType} `)),
        [],
        refused,
      );
      assert.ok(whole.some((each) => each.startsWith(`${itemType} `)));
    }
  });
});

describe('the rules of Entra', () => {
  const sets = itemTypes.map((itemType) => ruleSets.entra[itemType]);

  it('cite Microsoft\u2019s documentation', () => {
    for (const rule of sets.flatMap(({ rules }) => rules)) {
      assert.match(rule.document, /^https:\/\/learn\.microsoft\.com\//, rule.id);
    }
  });

  it('are named after what they judge', () => {
    for (const { itemType, rules } of sets) {
      const prefixes =
        itemType === 'application'
          ? ['entra.application.', 'entra.registration.', 'entra.service_principal.']
          : [`entra.${itemType}.`];
      for (const { id } of rules)
        assert.ok(
          prefixes.some((prefix) => id.startsWith(prefix)),
          id,
        );
    }
  });
});
