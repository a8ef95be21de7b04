/**
 * A rule's condition as data over named evidence fields, so that it can be hashed, printed and asked what it read.
 * A field is a dotted path into the subject that is judged; an absent one reads as null, an absent list as empty.
 */
export type Condition =
  | { op: 'is'; field: string; value: Scalar }
  | { op: 'in'; field: string; values: readonly Scalar[] }
  | { op: 'present'; field: string }
  | { op: 'empty'; field: string }
  | { op: 'some_in'; field: string; values: readonly string[] }
  | { op: 'every_in'; field: string; values: readonly string[] }
  | { op: 'starts_with'; field: string; prefixes: readonly string[] }
  | { op: 'more_than'; field: string; value: number }
  | { op: 'all'; of: readonly Condition[] }
  | { op: 'any'; of: readonly Condition[] }
  | { op: 'not'; of: Condition };

type Scalar = string | number | boolean | null;

export const is = (field: string, value: Scalar): Condition => ({ op: 'is', field, value });
export const isIn = (field: string, values: readonly Scalar[]): Condition => ({ op: 'in', field, values });
export const present = (field: string): Condition => ({ op: 'present', field });
export const absent = (field: string): Condition => not(present(field));
export const empty = (field: string): Condition => ({ op: 'empty', field });
export const some = (field: string): Condition => not(empty(field));
export const someIn = (field: string, ...values: string[]): Condition => ({ op: 'some_in', field, values });
export const everyIn = (field: string, values: readonly string[]): Condition => ({
  op: 'every_in',
  field,
  values,
});
export const someOutside = (field: string, values: readonly string[]): Condition =>
  not(everyIn(field, values));
export const startsWith = (field: string, ...prefixes: string[]): Condition => ({
  op: 'starts_with',
  field,
  prefixes,
});
export const moreThan = (field: string, value: number): Condition => ({ op: 'more_than', field, value });
export const all = (...of: Condition[]): Condition => ({ op: 'all', of });
export const any = (...of: Condition[]): Condition => ({ op: 'any', of });
export const not = (of: Condition): Condition => ({ op: 'not', of });

export type Subject = Readonly<Record<string, unknown>>;

/** Fields are few and read for every item: each is taken apart once. */
const paths = new Map<string, readonly string[]>();

function pathOf(field: string): readonly string[] {
  const known = paths.get(field);
  if (known) return known;
  const path = field.split('.');
  paths.set(field, path);
  return path;
}

/** Reads a dotted field of a subject; null when any part of the path is absent. */
export function readField(subject: Subject, field: string): unknown {
  let value: unknown = subject;
  for (const key of pathOf(field)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as Record<string, unknown>)[key];
  }
  return value ?? null;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export function holds(condition: Condition, subject: Subject): boolean {
  switch (condition.op) {
    case 'is':
      return readField(subject, condition.field) === condition.value;
    case 'in':
      return condition.values.includes(readField(subject, condition.field) as Scalar);
    case 'present':
      return readField(subject, condition.field) !== null;
    case 'empty':
      return listOf(readField(subject, condition.field)).length === 0;
    case 'some_in':
      return listOf(readField(subject, condition.field)).some((value) =>
        condition.values.includes(value as string),
      );
    case 'every_in':
      return listOf(readField(subject, condition.field)).every((value) =>
        condition.values.includes(value as string),
      );
    case 'starts_with': {
      const value = readField(subject, condition.field);
      return typeof value === 'string' && condition.prefixes.some((prefix) => value.startsWith(prefix));
    }
    case 'more_than': {
      const value = readField(subject, condition.field);
      const size = Array.isArray(value) ? value.length : value;
      return typeof size === 'number' && size > condition.value;
    }
    case 'all':
      return condition.of.every((each) => holds(each, subject));
    case 'any':
      return condition.of.some((each) => holds(each, subject));
    case 'not':
      return !holds(condition.of, subject);
  }
}

/** The fields a condition reads, each once, in the order in which they are written. */
export function fieldsOf(condition: Condition): string[] {
  switch (condition.op) {
    case 'all':
    case 'any':
      return [...new Set(condition.of.flatMap(fieldsOf))];
    case 'not':
      return fieldsOf(condition.of);
    case 'is':
    case 'in':
    case 'present':
    case 'empty':
    case 'some_in':
    case 'every_in':
    case 'starts_with':
    case 'more_than':
      return [condition.field];
  }
}
