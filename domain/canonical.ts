/**
 * The one way to write a value as JSON: members sorted by UTF-16 code units, no white space (RFC 8785 for the
 * values that occur here). Equal values give equal text, so its hash is a fingerprint. Members named in `without`
 * are left out at every depth; undefined counts as absent.
 */
export function canonicalJson(value: unknown, without: ReadonlySet<string> = new Set()): string {
  if (Array.isArray(value)) {
    return `[${value.map((entry) => canonicalJson(entry ?? null, without)).join(',')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([key, member]) => member !== undefined && !without.has(key))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member, without)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}
