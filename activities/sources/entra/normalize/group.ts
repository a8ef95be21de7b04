import type { GroupKind } from '../../../../domain/inventory/group.ts';
import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';

/** https://learn.microsoft.com/graph/api/resources/group */
export function normalizeGroup(raw: unknown): NormalItem<'group'> {
  const group = new Members(raw);
  const types = group.words(['Unified', 'DynamicMembership'], 'groupTypes');
  const synced = group.boolean('onPremisesSyncEnabled');
  const security = group.boolean('securityEnabled');
  const mail = group.boolean('mailEnabled');
  return {
    itemType: 'group',
    sourceType: 'entra',
    externalId: group.string('id') ?? '',
    name: group.string('displayName') ?? '',
    status: null,
    vendorKind: vendorKindOf(types, security, mail),
    normalized: {
      kind: kindOf(types, synced),
      description: group.string('description'),
      custom_attributes: [],
      object_classes: [],
      last_membership_updated: null,
      has_admin_role: group.boolean('isAssignableToRole'),
      statistics: null,
      entra: {
        group_types: types,
        security_enabled: security,
        mail_enabled: mail,
        mail: group.string('mail'),
        synced,
        membership_rule: group.string('membershipRule'),
        membership_rule_state: group.word(['On', 'Paused'], 'membershipRuleProcessingState'),
        role_assignable: group.boolean('isAssignableToRole'),
        visibility: group.word(['Public', 'Private', 'HiddenMembership'], 'visibility'),
        provisioned_as: group.strings('resourceProvisioningOptions'),
        licenses: null,
        nested_groups: null,
      },
      references: [],
      last_updated: group.string('renewedDateTime'),
      ...group.noticed,
    },
  };
}

function kindOf(types: readonly string[], synced: boolean | null): GroupKind {
  if (synced === true) return 'mastered_elsewhere';
  return types.includes('DynamicMembership') ? 'dynamic' : 'assigned';
}

/** The kinds that Microsoft's own pages name; Graph has no word for them. */
function vendorKindOf(types: readonly string[], security: boolean | null, mail: boolean | null): string {
  if (types.includes('Unified')) return 'Unified';
  if (security === true) return mail === true ? 'mail-enabled security' : 'security';
  return mail === true ? 'distribution' : 'unknown';
}
