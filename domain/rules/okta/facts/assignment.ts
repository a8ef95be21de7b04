import type { StoredItem } from '../../../inventory/item.ts';
import type { CompatibilityClass } from '../../../assessment.ts';
import type { Subject } from '../../condition.ts';
import { baseSubject } from '../../subject.ts';
import type { NamedItem, Surroundings } from '../../surroundings.ts';

/** Rules that say of an application that nobody uses it, or that it is Okta's own. */
const outOfUse = ['okta.application.system', 'okta.application.not_active'];

/** The subject that the rules of an assignment judge. */
export function assignmentSubject(item: StoredItem<'assignment'>, around: Surroundings): Subject {
  const application = around.named('application')[0] ?? null;
  const group = around.named('group')[0] ?? null;
  const applicationRules = application?.verdict?.ruleIds ?? [];
  const ends = { application, group };
  const having = (compatibilityClass: CompatibilityClass | null) =>
    Object.entries(ends).flatMap(([what, end]) =>
      (end?.verdict?.compatibilityClass ?? null) === compatibilityClass ? [told(what, end)] : [],
    );
  return {
    ...baseSubject(item),
    application_class: application?.verdict?.compatibilityClass ?? null,
    application_name: nameOf(application),
    application_in_use:
      Boolean(application?.verdict) && !applicationRules.some((id) => outOfUse.includes(id)),
    group_class: group?.verdict?.compatibilityClass ?? null,
    group_name: nameOf(group),
    ends: {
      approximated: having('import_with_approximation'),
      manual: having('manual_rebuild_required'),
      blocked: having('blocked'),
      missing: having(null),
    },
    everyone: group?.verdict?.vendorKind === 'BUILT_IN',
    guard_denies: applicationRules.includes('okta.application.guard_denies'),
  };
}

const nameOf = (end: NamedItem | null): string | null => end?.verdict?.name ?? end?.externalId ?? null;

const told = (what: string, end: NamedItem | null): string => `the ${what} ${nameOf(end) ?? 'that it names'}`;
