import type { Reference } from '../../../../domain/inventory/common.ts';
import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';
import { servicePrincipalKey } from '../keys.ts';

/** https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy */
export function normalizeConditionalAccess(raw: unknown): NormalItem<'policy'> {
  const policy = new Members(raw);
  noticeUnknownWords(policy);
  const state = policy.word(['enabled', 'disabled', 'enabledForReportingButNotEnforced'], 'state');
  return {
    itemType: 'policy',
    sourceType: 'entra',
    externalId: policy.string('id') ?? '',
    name: policy.string('displayName') ?? '',
    status: state,
    vendorKind: 'conditionalAccessPolicy',
    normalized: {
      active: state === 'enabled',
      system: false,
      resource_type: null,
      priority: null,
      description: policy.string('description'),
      conditions: policy.record('conditions'),
      // A policy may have the one or the other alone; the absent one is null, as Graph has it.
      settings: {
        grantControls: policy.has('grantControls') ? policy.record('grantControls') : null,
        sessionControls: policy.has('sessionControls') ? policy.record('sessionControls') : null,
      },
      rules: [],
      entra: { template_id: policy.string('templateId'), locations: null },
      references: referencesOf(policy.at('conditions')),
      last_updated: policy.string('modifiedDateTime'),
      ...policy.noticed,
    },
  };
}

/** Conditions and controls stay Graph's own; what is new among their words is marked. */
function noticeUnknownWords(policy: Members): void {
  policy.words(
    ['all', 'browser', 'mobileAppsAndDesktopClients', 'exchangeActiveSync', 'easSupported', 'other'],
    'conditions',
    'clientAppTypes',
  );
  policy.words(
    ['all', 'android', 'iOS', 'windows', 'windowsPhone', 'macOS', 'linux'],
    'conditions',
    'platforms',
    'includePlatforms',
  );
  policy.word(['AND', 'OR'], 'grantControls', 'operator');
  policy.words(
    [
      'block',
      'mfa',
      'compliantDevice',
      'domainJoinedDevice',
      'approvedApplication',
      'compliantApplication',
      'passwordChange',
    ],
    'grantControls',
    'builtInControls',
  );
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The groups, applications and locations that the conditions name; words such as All stay in the conditions. */
function referencesOf(conditions: Members): Reference[] {
  const named = (relation: Reference['relation'], itemType: Reference['item_type'], ids: readonly string[]) =>
    ids
      .filter((id) => guid.test(id))
      .map((id): Reference => ({ relation, item_type: itemType, external_id: id }));
  const users = conditions.at('users');
  const applications = conditions.at('applications');
  const locations = conditions.at('locations');
  const appIds = [
    ...applications.strings('includeApplications'),
    ...applications.strings('excludeApplications'),
  ];
  return [
    ...named('included_group', 'group', users.strings('includeGroups')),
    ...named('excluded_group', 'group', users.strings('excludeGroups')),
    ...appIds
      .filter((id) => guid.test(id))
      .map((id): Reference => ({
        relation: 'application_condition',
        item_type: 'application',
        external_id: id,
        alternate_id: servicePrincipalKey(id),
      })),
    ...named('network_zone', null, [
      ...locations.strings('includeLocations'),
      ...locations.strings('excludeLocations'),
    ]),
  ];
}
