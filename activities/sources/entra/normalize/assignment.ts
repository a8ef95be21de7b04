import type { AssignmentForm } from '../../../../domain/inventory/assignment.ts';
import type { Reference } from '../../../../domain/inventory/common.ts';
import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';

/** "No role": the assignment gives plain access. */
const defaultRole = '00000000-0000-0000-0000-000000000000';

const principalTypes: Readonly<Record<string, AssignmentForm['principal_type']>> = {
  Group: 'group',
  User: 'user',
  ServicePrincipal: 'service_principal',
};

/**
 * Somebody's role of an application: https://learn.microsoft.com/graph/api/resources/approleassignment. A group's row
 * counts for its direct members only.
 */
export function normalizeAppRoleAssignment(raw: unknown, servicePrincipal: string): NormalItem<'assignment'> {
  const row = new Members(raw);
  const type = row.word(Object.keys(principalTypes), 'principalType');
  const kind = (type === null ? undefined : principalTypes[type]) ?? 'unknown';
  const principal = row.string('principalId') ?? '';
  const application = row.string('resourceId') ?? servicePrincipal;
  const role = row.string('appRoleId');
  // Every assignment has a role, if only that of no role: without it, what it gives is unknown.
  if (!row.has('appRoleId')) row.noticed.unparsable.push('/appRoleId');
  return {
    itemType: 'assignment',
    sourceType: 'entra',
    externalId: row.string('id') ?? '',
    name: `${row.string('resourceDisplayName') ?? application} \u2190 ${row.string('principalDisplayName') ?? principal}`,
    status: null,
    vendorKind: type ?? '',
    normalized: {
      principal_type: kind,
      application,
      principal,
      priority: null,
      profile_overrides: [],
      assignment_status: row.string('deletedDateTime') === null ? null : 'deleted',
      user_name: null,
      principal_name: row.string('principalDisplayName'),
      role: role === null || role === defaultRole ? null : role,
      references: [
        { relation: 'application', item_type: 'application', external_id: application },
        principalReference(kind, principal),
      ],
      last_updated: row.string('createdDateTime'),
      ...row.noticed,
    },
  };
}

function principalReference(kind: AssignmentForm['principal_type'], id: string): Reference {
  if (kind === 'group') return { relation: 'group', item_type: 'group', external_id: id };
  if (kind === 'service_principal') {
    return { relation: 'service_principal', item_type: 'application', external_id: id };
  }
  return { relation: 'user', item_type: null, external_id: id };
}
