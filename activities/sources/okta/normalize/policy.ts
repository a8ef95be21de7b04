import type { Reference } from '../../../../domain/inventory/common.ts';
import type { NormalItem } from '../../../../domain/inventory/item.ts';
import type { PolicyRule } from '../../../../domain/inventory/policy.ts';
import { Members } from '../../members.ts';

/** A policy without its rules, which come from `/policies/{id}/rules` and are joined in `compose.ts`. */
export function normalizePolicy(raw: unknown): NormalItem<'policy'> {
  const policy = new Members(raw);
  const status = policy.word(['ACTIVE', 'INACTIVE'], 'status');
  return {
    itemType: 'policy',
    sourceType: 'okta',
    externalId: policy.string('id') ?? '',
    name: policy.string('name') ?? '',
    status,
    vendorKind: policy.string('type') ?? '',
    normalized: {
      active: status === 'ACTIVE',
      system: policy.boolean('system') ?? false,
      resource_type: policy.string('_embedded', 'resourceType'),
      priority: policy.number('priority'),
      description: policy.string('description'),
      conditions: policy.record('conditions'),
      settings: policy.record('settings'),
      rules: null,
      entra: null,
      references: peopleReferences(policy.at('conditions', 'people')),
      last_updated: policy.string('lastUpdated'),
      ...policy.noticed,
    },
  };
}

export function normalizePolicyRule(raw: unknown): PolicyRule {
  const rule = new Members(raw);
  return {
    external_id: rule.string('id') ?? '',
    name: rule.string('name') ?? '',
    // One that does not say that it is off counts.
    active: rule.string('status') !== 'INACTIVE',
    system: rule.boolean('system') ?? false,
    priority: rule.number('priority'),
    conditions: rule.record('conditions'),
    actions: rule.record('actions'),
    unparsable: rule.noticed.unparsable,
  };
}

/** The groups, and for zones the ids, that a rule's conditions name. */
export function ruleReferences(rule: PolicyRule): Reference[] {
  const conditions = new Members(rule.conditions);
  const zones = [...conditions.strings('network', 'include'), ...conditions.strings('network', 'exclude')];
  return [
    ...peopleReferences(conditions.at('people')),
    ...zones.map((id): Reference => ({ relation: 'network_zone', item_type: null, external_id: id })),
  ];
}

function peopleReferences(people: Members): Reference[] {
  const group =
    (relation: Reference['relation']) =>
    (id: string): Reference => ({
      relation,
      item_type: 'group',
      external_id: id,
    });
  return [
    ...people.strings('groups', 'include').map(group('included_group')),
    ...people.strings('groups', 'exclude').map(group('excluded_group')),
  ];
}
