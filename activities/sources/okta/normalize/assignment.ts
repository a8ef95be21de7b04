import { assignmentExternalId, type NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';

/** A group assignment does not name its application: it is known from the path that was read. */
export function normalizeGroupAssignment(raw: unknown, application: string): NormalItem<'assignment'> {
  const row = new Members(raw);
  const group = row.string('id') ?? '';
  return {
    itemType: 'assignment',
    sourceType: 'okta',
    externalId: assignmentExternalId(application, 'group', group),
    name: `${application} \u2190 group ${group}`,
    status: null,
    vendorKind: 'GROUP',
    normalized: {
      principal_type: 'group',
      application,
      principal: group,
      priority: row.number('priority'),
      profile_overrides: row.keys('profile'),
      assignment_status: null,
      user_name: null,
      principal_name: null,
      role: null,
      references: [
        { relation: 'application', item_type: 'application', external_id: application },
        { relation: 'group', item_type: 'group', external_id: group },
      ],
      last_updated: row.string('lastUpdated'),
      ...row.noticed,
    },
  };
}

/**
 * A row of `/apps/{id}/users`. Only scope USER is a direct assignment; GROUP is implied by a group's row and no
 * item of its own. An unknown or absent scope counts as direct: nothing is lost by saying too much.
 */
export function normalizeUserAssignment(
  raw: unknown,
  application: string,
): NormalItem<'assignment'> | 'group_implied' {
  const row = new Members(raw);
  const scope = row.word(['USER', 'GROUP'], 'scope');
  if (scope === 'GROUP') return 'group_implied';
  const user = row.string('id') ?? '';
  const status = row.string('status');
  return {
    itemType: 'assignment',
    sourceType: 'okta',
    externalId: assignmentExternalId(application, 'user', user),
    name: `${application} \u2190 user ${user}`,
    status,
    vendorKind: scope ?? 'USER',
    normalized: {
      principal_type: 'user',
      application,
      principal: user,
      priority: null,
      profile_overrides: [],
      assignment_status: status,
      user_name: row.string('credentials', 'userName'),
      principal_name: null,
      role: null,
      references: [
        { relation: 'application', item_type: 'application', external_id: application },
        { relation: 'user', item_type: null, external_id: user },
      ],
      last_updated: row.string('lastUpdated'),
      ...row.noticed,
    },
  };
}
