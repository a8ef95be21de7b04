import { textMember, type ApiObject } from '../members.ts';

export { isObject, member, textMember } from '../members.ts';

/** An object as Okta's API returns it. */
export type OktaObject = ApiObject;

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
