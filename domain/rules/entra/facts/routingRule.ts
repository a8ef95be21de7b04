import type { StoredItem } from '../../../inventory/item.ts';
import type { Subject } from '../../condition.ts';
import { domainsOverlap, mailDomain } from '../../mailDomain.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';

/** The subject that the rules of a routing rule judge. */
export function routingRuleSubject(item: StoredItem<'routing_rule'>, around: Surroundings): Subject {
  const domains = domainsOf(item);
  const related = (other: StoredItem<'routing_rule'>) =>
    other.externalId !== item.externalId &&
    domainsOf(other).some((theirs) => domains.some((own) => domainsOverlap(own, theirs)));
  const provider = around.named('provider')[0]?.verdict ?? null;
  return subjectOf(item, {
    provider_class: provider?.compatibilityClass ?? null,
    provider_name: provider?.name ?? null,
    domains,
    odd_domains: item.normalized.patterns
      .map(({ value }) => value ?? '')
      .filter((value) => mailDomain(value) === null),
    related_rules: around.snapshot.routingRules.filter(related).map(({ name }) => name),
  });
}

const domainsOf = ({ normalized }: StoredItem<'routing_rule'>): string[] =>
  normalized.patterns.flatMap(({ value }) => mailDomain(value ?? '') ?? []);
