import { escapePointer } from '../../domain/jsonPointer.ts';

/** What reading an object noticed: see `commonShape` in `domain/inventory/common.ts`. */
export interface Noticed {
  unknown_values: { pointer: string; value: string }[];
  unparsable: string[];
}

/**
 * Reads members of a vendor's object without ever trusting its shape. An absent or null member reads as null (or
 * empty); one of another type reads the same and is noticed as unparsable; a word outside a closed set is kept and
 * noticed as unknown. Nothing here throws, so one odd object never costs the others.
 */
export class Members {
  readonly #value: unknown;
  readonly #pointer: string;
  readonly noticed: Noticed;

  constructor(value: unknown, pointer = '', noticed: Noticed = { unknown_values: [], unparsable: [] }) {
    this.#value = value;
    this.#pointer = pointer;
    this.noticed = noticed;
  }

  /** The member as an object to read on; an absent one reads as empty. */
  at(...path: string[]): Members {
    const { value, pointer } = this.#find(path);
    return new Members(this.#expect(value, pointer, isObject) ?? {}, pointer, this.noticed);
  }

  has(...path: string[]): boolean {
    const { value } = this.#find(path);
    return value !== undefined && value !== null;
  }

  string(...path: string[]): string | null {
    const { value, pointer } = this.#find(path);
    return this.#expect(value, pointer, isString);
  }

  boolean(...path: string[]): boolean | null {
    const { value, pointer } = this.#find(path);
    return this.#expect(value, pointer, isBoolean);
  }

  number(...path: string[]): number | null {
    const { value, pointer } = this.#find(path);
    return this.#expect(value, pointer, isNumber);
  }

  strings(...path: string[]): string[] {
    const { value, pointer } = this.#find(path);
    const list = this.#expect(value, pointer, Array.isArray as (value: unknown) => value is unknown[]) ?? [];
    return list.flatMap((entry, index) => {
      const text = this.#expect(entry, `${pointer}/${index}`, isString);
      return text === null ? [] : [text];
    });
  }

  /** The entries of an array as objects to read on. */
  list(...path: string[]): Members[] {
    const { value, pointer } = this.#find(path);
    const list = this.#expect(value, pointer, Array.isArray as (value: unknown) => value is unknown[]) ?? [];
    return list.map((entry, index) => {
      const here = `${pointer}/${index}`;
      return new Members(this.#expect(entry, here, isObject) ?? {}, here, this.noticed);
    });
  }

  /** A word of a closed set; an unknown one is returned as it stands and noticed. */
  word(known: readonly string[], ...path: string[]): string | null {
    const text = this.string(...path);
    if (text !== null && !known.includes(text)) this.#unknown(this.#find(path).pointer, text);
    return text;
  }

  words(known: readonly string[], ...path: string[]): string[] {
    const list = this.strings(...path);
    list.forEach((text, index) => {
      if (!known.includes(text)) this.#unknown(`${this.#find(path).pointer}/${index}`, text);
    });
    return list;
  }

  /** The member as the vendor's own object, for what stays in the vendor's words. */
  record(...path: string[]): Record<string, unknown> {
    const { value, pointer } = this.#find(path);
    return this.#expect(value, pointer, isObject) ?? {};
  }

  /** Names of the members that hold something. */
  keys(...path: string[]): string[] {
    return Object.entries(this.record(...path))
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(([key]) => key);
  }

  #find(path: readonly string[]): { value: unknown; pointer: string } {
    let value = this.#value;
    let pointer = this.#pointer;
    for (const key of path) {
      // What should hold the member and is no object hides it, which is not the same as its absence.
      const holder = this.#expect(value, pointer, isObject);
      pointer += `/${escapePointer(key)}`;
      value = holder && Object.hasOwn(holder, key) ? holder[key] : undefined;
    }
    return { value, pointer };
  }

  #expect<T>(value: unknown, pointer: string, is: (value: unknown) => value is T): T | null {
    if (value === undefined || value === null) return null;
    if (is(value)) return value;
    if (!this.noticed.unparsable.includes(pointer)) this.noticed.unparsable.push(pointer);
    return null;
  }

  #unknown(pointer: string, value: string): void {
    const seen = this.noticed.unknown_values.some((entry) => entry.pointer === pointer);
    if (!seen) this.noticed.unknown_values.push({ pointer, value });
  }
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
/** A number that JSON spells and a double cannot hold was rounded while it was parsed: it says something else now. */
const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
