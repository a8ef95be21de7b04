/** A number with its noun: `1 policy`, `3 policies`. */
export const quantity = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** The word that goes with a number. */
export const agree = (n: number, one: string, many: string): string => (n === 1 ? one : many);

export const applications = (n: number): string => quantity(n, 'application', 'applications');
export const groups = (n: number): string => quantity(n, 'group', 'groups');
export const policies = (n: number): string => quantity(n, 'policy', 'policies');
export const people = (n: number): string => quantity(n, 'person', 'people');

/** `a, b and c`, of those that are there at all. */
export function listed(parts: readonly (string | false)[]): string {
  const named = parts.filter((part) => part !== false);
  const last = named.at(-1) ?? '';
  return named.length < 2 ? last : `${named.slice(0, -1).join(', ')} and ${last}`;
}

/** Sentences one behind the other, of those that are there at all. */
export const sentences = (...parts: readonly (string | false)[]): string =>
  parts.filter((part) => part !== false).join(' ');
