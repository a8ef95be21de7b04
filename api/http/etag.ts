import { DomainError } from '../../domain/errors.ts';

/** The strong tag of a row's version (RFC 9110, 8.8.3). */
export const etagOf = (version: number): string => `"${version}"`;

/** What an If-Match header asks for. */
export interface IfMatch {
  accepts(version: number): boolean;
}

/** Reads If-Match (RFC 9110, 13.1.1): `*`, or tags of which one must be the resource's; weak tags match nothing. */
export function readIfMatch(header: string | undefined): IfMatch | null {
  if (header === undefined) return null;
  const tags = header.split(',').map((tag) => tag.trim());
  return { accepts: (version) => tags.includes('*') || tags.includes(etagOf(version)) };
}

/** What a change must say that it goes by: `precondition_required` without it. */
export function requireIfMatch(ifMatch: IfMatch | null): IfMatch {
  if (ifMatch) return ifMatch;
  throw new DomainError(
    'precondition_required',
    'Send If-Match with the ETag of what you read, so that nobody else\u2019s change is lost.',
  );
}
