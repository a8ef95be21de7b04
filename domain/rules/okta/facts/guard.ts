import type { StoredItem } from '../../../inventory/item.ts';
import type { PolicyForm, PolicyRule } from '../../../inventory/policy.ts';
import type { NamedItem } from '../../surroundings.ts';
import { excludesNobody, member, text } from './members.ts';

/** What guards an application. */
export type GuardKind = 'none' | 'plain' | 'conditional' | 'denies' | 'unreadable';

/** What guards an application, and by which policies and which of their rules. */
export function guardFacts(named: readonly NamedItem[]): {
  guard: GuardKind;
  guard_policies: string[];
  guard_rules: string[];
} {
  const forms = named.map(({ item }) => item && (item as StoredItem<'policy'>).normalized);
  const rules = forms.flatMap((form) => form?.rules ?? []).filter((rule) => rule.active);
  return {
    guard: guardOf(forms),
    guard_policies: named.map(({ item, externalId }) => item?.name ?? externalId),
    guard_rules: [
      ...new Set(rules.filter((rule) => denies(rule) || isConditional(rule)).map((rule) => rule.name)),
    ],
  };
}

/**
 * What the access policies of an application do. Rules of the system count: the catch-all is what most people meet,
 * and every access policy has it, so that one without rules was not read. A policy that is not in the snapshot, or
 * whose rules could not be read, guards with something unknown.
 */
export function guardOf(guards: readonly (PolicyForm | null)[]): GuardKind {
  if (guards.length === 0) return 'none';
  if (guards.some((guard) => !guard?.rules?.length)) return 'unreadable';
  const rules = guards.flatMap((guard) => guard?.rules ?? []).filter((rule) => rule.active);
  if (rules.some(denies)) return 'denies';
  if (rules.some((rule) => rule.unparsable.length > 0)) return 'unreadable';
  return rules.some(isConditional) ? 'conditional' : 'plain';
}

const denies = ({ actions }: PolicyRule): boolean => text(actions, 'appSignOn', 'access') === 'DENY';

/**
 * Whether a rule asks for more than a password or a second factor of everybody. What is not known to ask for nothing
 * asks for something. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
 */
function isConditional({ conditions, actions }: PolicyRule): boolean {
  const method = member(actions, 'appSignOn', 'verificationMethod');
  const plain =
    text(actions, 'appSignOn', 'access') === 'ALLOW' &&
    (text(method, 'type') ?? 'ASSURANCE') === 'ASSURANCE' &&
    excludesNobody(member(method, 'constraints')) &&
    excludesNobody(conditions);
  return !plain;
}
