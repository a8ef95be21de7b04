/** The member at a path of an object in the vendor's own words; undefined when there is none. */
export function member(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found ?? undefined;
}

/** The same, where it is a text that says something; null otherwise. */
export function text(value: unknown, ...path: string[]): string | null {
  const found = member(value, ...path);
  return typeof found === 'string' && found !== '' ? found : null;
}

/** A condition without a word, or with one that means everybody, everywhere, anything. */
export function excludesNobody(condition: unknown): boolean {
  if (condition === undefined || condition === null) return true;
  if (typeof condition === 'object') return Object.values(condition).every(excludesNobody);
  return condition === '' || condition === 'ANY' || condition === 'ANYWHERE';
}
