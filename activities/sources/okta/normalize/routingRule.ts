import type { Reference } from '../../../../domain/inventory/common.ts';
import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';

/** A rule of the org's IDP_DISCOVERY policy. */
export function normalizeRoutingRule(raw: unknown): NormalItem<'routing_rule'> {
  const rule = new Members(raw);
  const status = rule.word(['ACTIVE', 'INACTIVE'], 'status');
  const identifier = rule.at('conditions', 'userIdentifier');
  const providers = rule.list('actions', 'idp', 'providers').map((provider) => ({
    type: provider.string('type'),
    external_id: provider.string('id'),
  }));
  return {
    itemType: 'routing_rule',
    sourceType: 'okta',
    externalId: rule.string('id') ?? '',
    name: rule.string('name') ?? '',
    status,
    vendorKind: rule.string('type') ?? 'IDP_DISCOVERY',
    normalized: {
      active: status === 'ACTIVE',
      system: rule.boolean('system') ?? false,
      priority: rule.number('priority'),
      identifier_type: identifier.word(['IDENTIFIER', 'ATTRIBUTE'], 'type'),
      identifier_attribute: identifier.string('attribute'),
      patterns: identifier.list('patterns').map((pattern) => ({
        match_type: pattern.word(['SUFFIX', 'EQUALS', 'STARTS_WITH', 'CONTAINS', 'EXPRESSION'], 'matchType'),
        value: pattern.string('value'),
      })),
      selection: rule.word(['SPECIFIC', 'DYNAMIC'], 'actions', 'idp', 'idpSelectionType'),
      providers,
      other_conditions: otherConditions(rule),
      entra: null,
      references: [...providerReferences(providers), ...applicationReferences(rule)],
      last_updated: rule.string('lastUpdated'),
      ...rule.noticed,
    },
  };
}

function providerReferences(providers: readonly { external_id: string | null }[]): Reference[] {
  return providers.flatMap(({ external_id }): Reference[] =>
    external_id === null ? [] : [{ relation: 'provider', item_type: 'provider', external_id }],
  );
}

function applicationReferences(rule: Members): Reference[] {
  const apps = [...rule.list('conditions', 'app', 'include'), ...rule.list('conditions', 'app', 'exclude')];
  return apps.flatMap((app): Reference[] => {
    const id = app.string('id');
    return id === null
      ? []
      : [{ relation: 'application_condition', item_type: 'application', external_id: id }];
  });
}

/** Names the conditions that narrow the rule; the empty shapes that Okta writes for "any" are none. */
function otherConditions(rule: Members): string[] {
  const conditions = rule.at('conditions');
  const narrows: Readonly<Record<string, () => boolean>> = {
    userIdentifier: () => false,
    app: () => conditions.list('app', 'include').length + conditions.list('app', 'exclude').length > 0,
    network: () => (conditions.string('network', 'connection') ?? 'ANYWHERE') !== 'ANYWHERE',
    platform: () => !isAnyPlatform(conditions),
  };
  return conditions.keys().filter((name) => narrows[name]?.() ?? holdsSomething(conditions.record()[name]));
}

function isAnyPlatform(conditions: Members): boolean {
  const include = conditions.list('platform', 'include');
  const any = include.every(
    (platform) => platform.string('type') === 'ANY' && (platform.string('os', 'type') ?? 'ANY') === 'ANY',
  );
  return any && conditions.list('platform', 'exclude').length === 0;
}

/** Whether a condition of a kind unknown here holds anything but empty containers. */
function holdsSomething(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  if (Array.isArray(value)) return value.some(holdsSomething);
  if (typeof value === 'object') return Object.values(value).some(holdsSomething);
  return true;
}
