/** An object as Okta's API returns it; what it holds depends on its kind and on the org's features. */
export type OktaObject = Record<string, unknown>;

/** Tells an object from a list, a text or nothing. */
export function isObject(value: unknown): value is OktaObject {
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

/** The id that follows a path segment in one of an object's links: `apps` in …/api/v1/apps/{id}/groups. */
export function linkedId(
  object: OktaObject,
  linkNames: readonly string[],
  segment: string,
): string | undefined {
  for (const name of linkNames) {
    const href = textMember(object, `_links.${name}.href`);
    const id = href?.match(new RegExp(`/${segment}/([^/?#]+)`))?.[1];
    if (id !== undefined) return id;
  }
  return undefined;
}

/** The same value with every link moved to `origin`; what holds no link is returned as it is, not copied. */
export function relinked(value: unknown, origin: string, insideLinks = false): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return relinkedList(value, origin, insideLinks);
  let copy: OktaObject | undefined;
  for (const [name, old] of Object.entries(value)) {
    const fresh =
      insideLinks && name === 'href' && typeof old === 'string'
        ? old.replace(/^https?:\/\/[^/]+/, origin)
        : relinked(old, origin, insideLinks || name === '_links');
    if (fresh !== old) (copy ??= { ...value })[name] = fresh;
  }
  return copy ?? value;
}

function relinkedList(list: readonly unknown[], origin: string, insideLinks: boolean): readonly unknown[] {
  const fresh = list.map((value) => relinked(value, origin, insideLinks));
  return fresh.some((value, index) => value !== list[index]) ? fresh : list;
}
