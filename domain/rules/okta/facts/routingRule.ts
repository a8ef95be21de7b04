import type { StoredItem } from '../../../inventory/item.ts';
import type { RoutingRuleForm } from '../../../inventory/routingRule.ts';
import type { Subject } from '../../condition.ts';
import { domainsOverlap, mailDomain, publicMailDomains } from '../../mailDomain.ts';
import { subjectOf } from '../../subject.ts';
import type { SnapshotFacts, Surroundings } from '../../surroundings.ts';

type RoutingRule = StoredItem<'routing_rule'>;

/** The subject that the rules of a routing rule judge. */
export function routingRuleSubject(item: RoutingRule, around: Surroundings): Subject {
  const form = item.normalized;
  const [named, ...more] = around.named('provider');
  const domains = domainsOf(form);
  const others = around.snapshot.routingRules
    .filter((other) => other.externalId !== item.externalId && routes(other))
    .sort((a, b) => priorityOf(a) - priorityOf(b));
  const { earlier, later } = byOrder(item, others);
  const related = (rules: readonly RoutingRule[]) =>
    rules.filter((other) => overlaps(domains, domainsOf(other.normalized))).map(nameOf);
  return subjectOf(item, {
    shape: shapeOf(form),
    match_types: [...new Set(form.patterns.map(({ match_type }) => match_type ?? 'none'))],
    domains,
    no_domains: form.patterns.flatMap(({ match_type, value }) =>
      match_type === 'SUFFIX' && mailDomain(value ?? '') === null ? [value ?? ''] : [],
    ),
    public_domains: domains.filter((domain) => publicMailDomains.has(domain)),
    provider_types: form.providers.map(({ type }) => type ?? 'none'),
    provider_name: named?.verdict?.name ?? named?.externalId ?? null,
    provider_class: named && more.length === 0 ? (named.verdict?.compatibilityClass ?? 'missing') : null,
    provider_inactive: named?.verdict?.ruleIds.includes('okta.provider.inactive') ?? false,
    not_simple_before: earlier.filter((other) => !isSimple(other.normalized)).map(nameOf),
    same_before: earlier.filter((other) => shares(domains, domainsOf(other.normalized))).map(nameOf),
    related_others: related([...earlier, ...later]),
  });
}

/** Whether a rule decides anything for anybody; the default rule of the system comes after all others. */
const routes = ({ normalized }: RoutingRule): boolean => normalized.active && !normalized.system;

const priorityOf = ({ normalized }: RoutingRule): number => normalized.priority ?? Number.MAX_SAFE_INTEGER;

const nameOf = ({ name, externalId }: RoutingRule): string => name || externalId;

/** What a rule selects by: nothing but domains, or why it is more than that. */
function shapeOf(form: RoutingRuleForm): 'domains' | 'everyone' | 'attribute' | 'patterns' | 'conditions' {
  if (form.other_conditions.length > 0) return 'conditions';
  if (form.identifier_type === 'ATTRIBUTE' || form.identifier_attribute !== null) return 'attribute';
  if (form.patterns.length === 0) return 'everyone';
  return form.identifier_type === 'IDENTIFIER' && form.patterns.every(isDomain) ? 'domains' : 'patterns';
}

const isDomain = ({ match_type, value }: RoutingRuleForm['patterns'][number]): boolean =>
  match_type === 'SUFFIX' && mailDomain(value ?? '') !== null;

/** Whether the target could have the rule: domains, and one provider that is named. */
const isSimple = (form: RoutingRuleForm): boolean =>
  shapeOf(form) === 'domains' &&
  form.selection !== 'DYNAMIC' &&
  form.providers.length === 1 &&
  (form.providers[0]?.external_id ?? null) !== null;

const domainsOf = ({ patterns }: RoutingRuleForm): string[] => [
  ...new Set(
    patterns.flatMap(({ match_type, value }) =>
      match_type === 'SUFFIX' ? (mailDomain(value ?? '') ?? []) : [],
    ),
  ),
];

const shares = (a: readonly string[], b: readonly string[]): boolean =>
  a.some((domain) => b.includes(domain));
const overlaps = (a: readonly string[], b: readonly string[]): boolean =>
  a.some((one) => b.some((other) => domainsOverlap(one, other)));

/** The others before and after a rule. Without a priority on either side the other may come first, so it does. */
function byOrder(item: RoutingRule, others: SnapshotFacts['routingRules']) {
  const own = item.normalized.priority;
  const isEarlier = ({ externalId, normalized: { priority } }: RoutingRule) => {
    if (own === null || priority === null) return true;
    return priority < own || (priority === own && externalId < item.externalId);
  };
  return {
    earlier: others.filter(isEarlier),
    later: others.filter((other) => !isEarlier(other)),
  };
}
