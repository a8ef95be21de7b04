import { canonicalJson } from './canonical.ts';
import { volatileMembers } from './inventory/common.ts';
import type { NormalItem } from './inventory/item.ts';
import { escapePointer } from './jsonPointer.ts';

/** What became of an item from one snapshot of a source to another. */
export const changeKinds = ['added', 'removed', 'changed'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** A member that differs, by its JSON pointer (RFC 6901) in the item; null where it was, or is, absent. */
export interface ChangedField {
  pointer: string;
  was: unknown;
  is: unknown;
}

type Compared = Pick<NormalItem, 'name' | 'status' | 'vendorKind' | 'normalized'>;

/**
 * The members that make two fingerprints of one item differ: name, status, kind and normal form, at the pointers
 * under which an item shows them, members that change by themselves aside. Lists are told whole, unless they are
 * equally long lists of objects, whose members are told one by one.
 */
export function changedFields(was: Compared, is: Compared): ChangedField[] {
  return [...differences(shown(was), shown(is), '')];
}

const shown = ({ name, status, vendorKind, normalized }: Compared) => ({
  name,
  status,
  vendor_kind: vendorKind,
  normalized,
});

function* differences(was: unknown, is: unknown, pointer: string): Generator<ChangedField> {
  if (canonicalJson(was ?? null, volatileMembers) === canonicalJson(is ?? null, volatileMembers)) return;
  const pairs = membersOf(was, is);
  if (pairs === null) {
    yield { pointer, was: was ?? null, is: is ?? null };
    return;
  }
  for (const [key, before, after] of pairs)
    yield* differences(before, after, `${pointer}/${escapePointer(key)}`);
}

/** The members of two objects, or of two lists of objects, side by side; null when they are told as wholes. */
function membersOf(was: unknown, is: unknown): [string, unknown, unknown][] | null {
  if (isList(was) && isList(is)) {
    const comparable = was.length === is.length && was.every(isObject) && is.every(isObject);
    return comparable ? was.map((entry, index) => [String(index), entry, is[index]]) : null;
  }
  if (!isObject(was) || !isObject(is)) return null;
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  const own = (object: Record<string, unknown>, key: string) =>
    Object.hasOwn(object, key) ? object[key] : undefined;
  return keys.filter((key) => !volatileMembers.has(key)).map((key) => [key, own(was, key), own(is, key)]);
}

const isList = (value: unknown): value is unknown[] => Array.isArray(value);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
