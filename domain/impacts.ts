import type { CompatibilityClass, TargetContract } from './assessment.ts';
import type { ItemType } from './inventory/itemTypes.ts';

export const audiences = [
  'end_users',
  'application_owners',
  'administrators',
  'help_desk',
  'security',
] as const;
export type Audience = (typeof audiences)[number];

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Which judged items a change touches; every member given must hold. Read by `prisma/store/impacts.ts`. */
export interface ImpactSelection {
  itemType?: ItemType;
  contract?: TargetContract;
  classes?: readonly CompatibilityClass[];
  /** At least one of these rules fired. */
  rules?: readonly string[];
  /**
   * `unreachable`: applications with an active assignment of which none can be planned; `group_of_planned_assignment`:
   * groups that an assignment which can be planned puts to use.
   */
  relation?: 'unreachable' | 'group_of_planned_assignment';
}

/**
 * A change that people meet, told to those whom it touches: one row of an assessment by type and audience, and only
 * where items support it. `severity` rises to `criticalWhen`'s if any item of that selection is among them.
 */
export interface ImpactDefinition {
  type: string;
  audience: Audience;
  severity: Severity;
  criticalWhen?: ImpactSelection;
  unavoidable: boolean;
  selection: ImpactSelection;
  /** A summary that can be forwarded as it stands; `n` is the number of items. */
  summary(n: number): string;
}

const planned: readonly CompatibilityClass[] = ['native_import', 'import_with_approximation'];
const items = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
const applications = (n: number) => items(n, 'application', 'applications');
const groups = (n: number) => items(n, 'group', 'groups');

const plannedClients: ImpactSelection = { contract: 'tenant_oidc_application', classes: planned };

export const impactDefinitions: readonly ImpactDefinition[] = [
  {
    type: 'subject_identifier_changes',
    audience: 'application_owners',
    severity: 'critical',
    unavoidable: true,
    selection: plannedClients,
    summary: (n) =>
      `${applications(n)} will receive another subject identifier (sub) for every person. An application that knows people by it takes them for strangers: link accounts by verified e-mail address before the switch.`,
  },
  {
    type: 'client_credentials_reissued',
    audience: 'application_owners',
    severity: 'high',
    unavoidable: true,
    selection: { ...plannedClients, rules: ['okta.application.oidc.secret_reissued'] },
    summary: (n) =>
      `${applications(n)} will get a new client secret, because the old one cannot be read. The new one is shown once, at the cutover, and must be put in place then.`,
  },
  {
    type: 'issuer_changes',
    audience: 'application_owners',
    severity: 'high',
    unavoidable: true,
    selection: plannedClients,
    summary: (n) =>
      `${applications(n)} must be told the new issuer: the address of discovery, the keys and the \u201ciss\u201d of every token change.`,
  },
  {
    type: 'token_contents_change',
    audience: 'application_owners',
    severity: 'high',
    unavoidable: false,
    selection: { ...plannedClients, rules: ['okta.application.oidc.custom_server'] },
    summary: (n) =>
      `${applications(n)} may find other claims, scopes or lifetimes in its tokens, because a custom authorization server made them.`,
  },
  {
    type: 'application_unreachable',
    audience: 'end_users',
    severity: 'critical',
    unavoidable: false,
    selection: { ...plannedClients, relation: 'unreachable' },
    summary: (n) =>
      `${applications(n)} will be created, but nobody who uses it today will be able to enter: none of its assignments can be moved.`,
  },
  {
    type: 'direct_assignment_lost',
    audience: 'end_users',
    severity: 'high',
    unavoidable: true,
    selection: { itemType: 'assignment', rules: ['okta.assignment.direct_user'] },
    summary: (n) =>
      `${items(n, 'direct assignment of a person is', 'direct assignments of people are')} not carried over. Whoever has access that way loses it unless a group gives it back.`,
  },
  {
    type: 'group_created_empty',
    audience: 'administrators',
    severity: 'high',
    criticalWhen: { relation: 'group_of_planned_assignment' },
    unavoidable: true,
    selection: { contract: 'tenant_group', classes: planned },
    summary: (n) =>
      `${groups(n)} will be created without members. Until members are added, nobody gets what the group gives.`,
  },
  {
    type: 'group_becomes_static',
    audience: 'administrators',
    severity: 'medium',
    unavoidable: false,
    selection: {
      contract: 'tenant_group',
      classes: planned,
      rules: ['okta.group.fed_by_rule', 'okta.group.mastered_elsewhere'],
    },
    summary: (n) =>
      `${groups(n)} will no longer fill by itself: a rule or another directory does that today.`,
  },
  {
    type: 'provisioning_stops',
    audience: 'administrators',
    severity: 'high',
    unavoidable: false,
    selection: { itemType: 'application', rules: ['okta.application.provisioning'] },
    summary: (n) =>
      `${applications(n)} will no longer have accounts created, changed or removed by Okta. People who leave keep their account there until somebody removes it.`,
  },
  {
    type: 'access_widens_or_narrows',
    audience: 'security',
    severity: 'critical',
    unavoidable: false,
    selection: {
      classes: [...planned, 'manual_rebuild_required'],
      rules: [
        'okta.application.implicit_assignment',
        'okta.application.guard_conditional',
        'okta.application.guard_denies',
        'okta.application.guard_unreadable',
        'okta.assignment.everyone',
      ],
    },
    summary: (n) =>
      `${items(n, 'item changes', 'items change')} who can enter an application: it widens where an access policy guards it today and that policy is not rebuilt, and narrows where everyone may enter today.`,
  },
];

export const impactTypes: readonly string[] = [
  ...new Set(impactDefinitions.map((definition) => definition.type)),
];

export interface Acknowledgement {
  by: string;
  at: Date;
  note: string | null;
}

export interface Impact {
  id: string;
  impactType: string;
  audience: Audience;
  severity: Severity;
  unavoidable: boolean;
  summary: string;
  itemCount: number;
  acknowledged: Acknowledgement | null;
}
