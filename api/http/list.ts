import { z } from 'zod';
import type { Services } from '../services.ts';
import type { Position } from './cursor.ts';

/** The query of a list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'Give a whole number from 1 to 200.')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, 'Give a whole number from 1 to 200.')
    .optional(),
  // Longer than any position: a note's is the vendor's own id of its item.
  cursor: z.string().min(1).max(4_000).optional(),
};
/** Text that a list is searched by; PostgreSQL knows no U+0000. */
export const SearchText = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => !text.includes('\u0000'), 'The text is not well-formed Unicode.');

export const PageQuery = z.object(pageQuery);
export type PageQuery = z.infer<typeof PageQuery>;

export const defaultLimit = 50;

/** What makes a list this list: its path and its filters. A cursor of another is refused. */
export interface ListScope {
  path: string;
  filters?: Readonly<Record<string, unknown>>;
}

const scopeText = ({ path, filters = {} }: ListScope): string =>
  JSON.stringify([path.toLowerCase(), filters]);

/** The position after which a page begins; null for the first page. */
export function startOf(services: Services, scope: ListScope, query: PageQuery): Position | null {
  return query.cursor === undefined ? null : services.cursors.read(scopeText(scope), query.cursor);
}

/** A page of `limit` from rows that were asked for one more than that. */
export function pageOf<Row, View>(
  services: Services,
  scope: ListScope,
  limit: number,
  rows: readonly Row[],
  position: (row: Row) => Position,
  view: (row: Row) => View,
): { data: View[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    data: shown.map(view),
    next_cursor: more ? services.cursors.write(scopeText(scope), position(last)) : null,
  };
}
