import type { GroupKind } from '../../../../domain/inventory/group.ts';
import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';

/** https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/ (type) */
const kinds: Readonly<Record<string, GroupKind>> = {
  OKTA_GROUP: 'assigned',
  APP_GROUP: 'mastered_elsewhere',
  BUILT_IN: 'built_in',
};

/** Members of `profile` that Okta itself writes for every group or for groups that a directory feeds. */
const standardProfile = new Set([
  'name',
  'description',
  'samAccountName',
  'dn',
  'windowsDomainQualifiedName',
  'externalId',
  'groupType',
  'groupScope',
  'objectSid',
  'managedBy',
]);

export function normalizeGroup(raw: unknown): NormalItem<'group'> {
  const group = new Members(raw);
  const type = group.word(Object.keys(kinds), 'type');
  const masteredBy = group.string('source', 'id');
  return {
    itemType: 'group',
    sourceType: 'okta',
    externalId: group.string('id') ?? '',
    name: group.string('profile', 'name') ?? '',
    status: null,
    vendorKind: type ?? '',
    normalized: {
      kind: type === null ? 'unknown' : (kinds[type] ?? 'unknown'),
      description: group.string('profile', 'description'),
      custom_attributes: group.keys('profile').filter((name) => !standardProfile.has(name)),
      object_classes: group.strings('objectClass'),
      last_membership_updated: group.string('lastMembershipUpdated'),
      has_admin_role: null,
      statistics: null,
      entra: null,
      references:
        masteredBy === null
          ? []
          : [{ relation: 'mastering_application', item_type: 'application', external_id: masteredBy }],
      last_updated: group.string('lastUpdated'),
      ...group.noticed,
    },
  };
}
