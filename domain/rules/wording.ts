const placeholder = /\{([a-z_.]+)\}/g;
const mostNamed = 10;

/** The fields that a text names. */
export const fieldsOfText = (text: string): string[] =>
  [...text.matchAll(placeholder)].flatMap((match) => match[1] ?? []);

/** A rule's text with what the item holds in place of each `{field}`: a list is told by its first ten. */
export const fillText = (text: string, values: Readonly<Record<string, unknown>>): string =>
  text.replaceAll(placeholder, (_, field: string) => tell(values[field]));

function tell(value: unknown): string {
  if (Array.isArray(value)) {
    const named = value.slice(0, mostNamed).map(tell).join(', ');
    return value.length > mostNamed ? `${named} and ${value.length - mostNamed} more` : named || 'none';
  }
  if (typeof value === 'string') return value === '' ? 'without a name' : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return 'unknown';
}
