import type { StoredItem } from '../../../inventory/item.ts';
import type { CompatibilityClass } from '../../../assessment.ts';
import type { Subject } from '../../condition.ts';
import { subjectOf } from '../../subject.ts';
import type { NamedItem, Surroundings } from '../../surroundings.ts';

/** Rules that say of an application that nobody uses it, or that it is Okta's own. */
const outOfUse = ['okta.application.system', 'okta.application.not_active'];

/** The subject that the rules of an assignment judge. */
export function assignmentSubject(item: StoredItem<'assignment'>, around: Surroundings): Subject {
  const application = around.named('application')[0] ?? null;
  const group = around.named('group')[0] ?? null;
  const applicationRules = application?.verdict?.ruleIds ?? [];
  return subjectOf(item, {
    application_class: classOf(application),
    application_name: nameOf(application),
    application_in_use:
      Boolean(application?.verdict) && !applicationRules.some((id) => outOfUse.includes(id)),
    group_class: classOf(group),
    group_name: nameOf(group),
    ends: {
      approximated: endsOf('import_with_approximation', application, group),
      manual: endsOf('manual_rebuild_required', application, group),
      blocked: endsOf('blocked', application, group),
      missing: endsOf(null, application, group),
    },
    everyone: group?.verdict?.vendorKind === 'BUILT_IN',
    guard_denies: applicationRules.includes('okta.application.guard_denies'),
  });
}

/** The ends of a class, as they are told; null: that are not in the snapshot. Asked for every assignment of an org. */
function endsOf(
  compatibilityClass: CompatibilityClass | null,
  application: NamedItem | null,
  group: NamedItem | null,
): string[] {
  const found: string[] = [];
  if (classOf(application) === compatibilityClass) found.push(told('application', application));
  if (classOf(group) === compatibilityClass) found.push(told('group', group));
  return found;
}

const classOf = (end: NamedItem | null): CompatibilityClass | null =>
  end?.verdict?.compatibilityClass ?? null;

const nameOf = (end: NamedItem | null): string | null => end?.verdict?.name ?? end?.externalId ?? null;

const told = (what: string, end: NamedItem | null): string => `the ${what} ${nameOf(end) ?? 'that it names'}`;
