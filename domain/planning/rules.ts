import { isOf, type Candidate } from './candidate.ts';
import type { PlannedStep } from './plannedStep.ts';

/** The place among the incumbent's rules; one that has none comes last. */
export const priorityOf = ({ item }: Pick<Candidate, 'item'>): number =>
  isOf(item, 'routing_rule') ? (item.normalized.priority ?? Number.MAX_SAFE_INTEGER) : 0;

/**
 * Lets each rule that is created wait for those before it that route the same domain, or one above or below it: were
 * one made without those before it, it would catch their people. `rules` are in the incumbent's order.
 */
export function chainRules(rules: readonly PlannedStep[]): PlannedStep[] {
  const exactly = new Map<string, string[]>();
  const atOrBelow = new Map<string, string[]>();
  return rules.map((rule) => {
    const domains = domainsOf(rule);
    const before = domains.flatMap((domain) => [
      ...(atOrBelow.get(domain) ?? []),
      ...above(domain).flatMap((parent) => exactly.get(parent) ?? []),
    ]);
    for (const domain of domains) {
      add(exactly, domain, rule.id);
      for (const each of [domain, ...above(domain)]) add(atOrBelow, each, rule.id);
    }
    return { ...rule, dependsOn: [...new Set([...rule.dependsOn, ...before])] };
  });
}

const domainsOf = ({ targetPayload }: PlannedStep): string[] =>
  targetPayload && 'domains' in targetPayload ? targetPayload.domains : [];

/** The domains above one, the nearest first; not the top-level one, which no rule has. */
function above(domain: string): string[] {
  const labels = domain.split('.');
  return labels.slice(1, -1).map((_, position) => labels.slice(position + 1).join('.'));
}

function add(index: Map<string, string[]>, key: string, id: string): void {
  const ids = index.get(key);
  if (!ids) index.set(key, [id]);
  else if (ids.at(-1) !== id) ids.push(id);
}
