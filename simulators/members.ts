/** An object as an API returns it; what it holds depends on its kind and on the features of its tenant. */
export type ApiObject = Record<string, unknown>;

/** Tells an object from a list, a text or nothing. */
export function isObject(value: unknown): value is ApiObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member at a dotted path, or `undefined` as soon as a step of it is missing. */
export function member(object: unknown, path: string): unknown {
  let value = object;
  for (const step of path.split('.')) {
    if (!isObject(value)) return undefined;
    value = value[step];
  }
  return value;
}

/** The text at a dotted path, or `undefined` when there is none. */
export function textMember(object: unknown, path: string): string | undefined {
  const value = member(object, path);
  return typeof value === 'string' ? value : undefined;
}
