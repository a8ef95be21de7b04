/** The id that follows `collection` in a link of Okta's (`…/api/v1/policies/{id}/…`); null when there is none. */
export function idInLink(href: string | null, collection: string): string | null {
  if (href === null) return null;
  const match = new RegExp(`/${collection}/([^/?#]+)`).exec(href);
  return match?.[1] ?? null;
}
