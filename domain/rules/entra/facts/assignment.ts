import type { AssignmentForm } from '../../../inventory/assignment.ts';
import type { StoredItem } from '../../../inventory/item.ts';
import type { Subject } from '../../condition.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';
import { microsoftRule, standsForRegistration } from '../application/servicePrincipal/index.ts';

/** The subject that the rules of an assignment judge. */
export function assignmentSubject(item: StoredItem<'assignment'>, around: Surroundings): Subject {
  const [principal = null] = around.named('application');
  const rulesOfPrincipal = principal?.verdict?.ruleIds ?? [];
  const byRegistration = rulesOfPrincipal.some((id) => standsForRegistration.includes(id));
  const application = byRegistration
    ? (around.named('application.registration')[0]?.verdict ?? null)
    : (principal?.verdict ?? null);
  const group = around.named('group')[0]?.verdict ?? null;
  const [first] = around.sameEnds;
  return subjectOf(item, {
    application_class: application?.compatibilityClass ?? null,
    microsoft: rulesOfPrincipal.includes(microsoftRule),
    group_class: group?.compatibilityClass ?? null,
    role_name: roleName(item.normalized.role, principal?.item ?? null),
    roles: around.sameEnds.map(({ role }) => roleName(role, principal?.item ?? null) ?? 'plain access'),
    covered: first !== undefined && first.externalId !== item.externalId,
    assigned_to: assignedTo(item.normalized),
  });
}

const assignedTo = ({ principal_name, principal }: AssignmentForm): string => principal_name ?? principal;

/** What the application calls a role; its id where the snapshot does not say. */
function roleName(role: string | null, application: StoredItem | null): string | null {
  if (role === null) return null;
  const entra = application === null ? null : (application as StoredItem<'application'>).normalized.entra;
  const name = entra?.app_roles.find(({ id }) => id === role)?.name;
  return name === undefined || name === '' ? role : name;
}
