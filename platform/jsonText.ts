import { visit, type JSONPath } from 'jsonc-parser';
import { escapePointer } from '../domain/jsonPointer.ts';

/**
 * Work on JSON as bytes: what is kept as evidence is the vendor's text itself, with secrets cut out by offset,
 * never a re-serialisation. Bytes are scanned as Latin-1, one character a byte, so that offsets are exact and
 * invalid UTF-8 survives as it came.
 */

/**
 * A cheap look before the scan: member names under which incumbents have been seen to return secrets, or a letter
 * that is escaped, behind which such a name may hide.
 */
const suspiciousName =
  /"[^"]*(?:secret|password(?!_?changed)|passwd|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|sharedkey)[^"]*"\s*:|token"\s*:|"(?:d|p|q|dp|dq|qi|k|authscheme|headers)"\s*:|\\u00[4-7]/i;

const secretName =
  /(?:secret|password|passwd|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|sharedkey)|(?:^|[_-]|[a-z])token$/i;

/** Members whose name sounds like a secret and whose value says how one is used. */
const harmlessNames = new Set(['token_endpoint_auth_method', 'passwordchanged', 'password_changed']);

/** Private members of a JSON Web Key (RFC 7518, section 6); public ones are n, e, x, y. */
const privateKeyMembers = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']);

/**
 * Under a member called so, everything textual is the credential (`credentials.password.value`); a hook's headers and
 * authentication scheme are what it shows to its service.
 */
const secretContainer = /^(?:password|secret|authscheme|headers)$/i;
const secretLeaf = /^(?:value|hash|salt|secret)$/i;

const mark = Buffer.from('"[redacted]"');

export interface Redaction {
  bytes: Buffer;
  /** Pointers (RFC 6901) of the members whose values were replaced. */
  redacted: string[];
}

interface Cut {
  offset: number;
  length: number;
}

/** Replaces the values of secret-bearing members. Text that is not JSON is returned untouched. */
export function redactSecrets(body: Buffer): Redaction {
  const text = body.toString('latin1');
  if (!suspiciousName.test(text)) return { bytes: body, redacted: [] };
  const cuts: Cut[] = [];
  const redacted: string[] = [];
  const keyObjects = findKeyObjects(text);
  visit(text, {
    onLiteralValue(value, offset, length, _line, _character, path) {
      const location = path();
      if (!isSecret(location, value, keyObjects)) return;
      cuts.push({ offset, length });
      redacted.push(pointerOf(location));
    },
  });
  return { bytes: applyCuts(body, cuts), redacted };
}

/** Paths of the objects that have a `kty`, that is, of JSON Web Keys. */
function findKeyObjects(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  if (!text.includes('"kty"')) return found;
  visit(text, {
    onObjectProperty(name, _offset, _length, _line, _character, path) {
      if (name === 'kty') found.add(pointerOf(path()));
    },
  });
  return found;
}

function isSecret(path: JSONPath, value: unknown, keyObjects: ReadonlySet<string>): boolean {
  if (value === null || value === '' || typeof value === 'boolean') return false;
  const names = path.filter((part) => typeof part === 'string');
  const name = names.at(-1);
  if (name === undefined) return false;
  if (privateKeyMembers.has(name) && keyObjects.has(pointerOf(path.slice(0, -1)))) return true;
  const container = names.at(-2);
  if (container !== undefined && secretContainer.test(container) && secretLeaf.test(name)) return true;
  return secretName.test(name) && !harmlessNames.has(name.toLowerCase()) && typeof value === 'string';
}

function applyCuts(body: Buffer, cuts: readonly Cut[]): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const { offset, length } of cuts) {
    parts.push(body.subarray(from, offset), mark);
    from = offset + length;
  }
  parts.push(body.subarray(from));
  return Buffer.concat(parts);
}

const pointerOf = (path: JSONPath): string => path.map((part) => `/${escapePointer(String(part))}`).join('');

/**
 * Cuts the entries at the wanted indexes out of the array at `entriesAt` (a JSON pointer of at most one member; empty
 * when the page is the array), as the bytes that stand there. An absent entry is absent from the map.
 */
export function sliceEntries(
  body: Buffer,
  indexes: ReadonlySet<number>,
  entriesAt: string,
): Map<number, Buffer> {
  const member = entriesAt === '' ? undefined : entriesAt.slice(1);
  const depth = member === undefined ? 1 : 2;
  const slices = new Map<number, Buffer>();
  const starts = new Map<number, number>();
  const entryAt = (path: JSONPath): number | undefined => {
    const index = path[depth - 1];
    if (path.length !== depth || typeof index !== 'number') return undefined;
    return (member === undefined || path[0] === member) && indexes.has(index) ? index : undefined;
  };
  const open: (number | undefined)[] = [];
  const begin = (offset: number, path: JSONPath) => {
    const entry = entryAt(path);
    open.push(entry);
    if (entry !== undefined) starts.set(entry, offset);
  };
  const end = (offset: number, length: number) => {
    const entry = open.pop();
    const start = entry === undefined ? undefined : starts.get(entry);
    if (entry !== undefined && start !== undefined) slices.set(entry, body.subarray(start, offset + length));
  };
  visit(body.toString('latin1'), {
    onObjectBegin: (offset, _length, _line, _character, path) => begin(offset, path()),
    onArrayBegin: (offset, _length, _line, _character, path) => begin(offset, path()),
    onObjectEnd: end,
    onArrayEnd: end,
    onLiteralValue: (_value, offset, length, _line, _character, path) => {
      const entry = entryAt(path());
      if (entry !== undefined) slices.set(entry, body.subarray(offset, offset + length));
    },
  });
  return slices;
}

/** An escape that PostgreSQL's jsonb refuses: U+0000, or half of a surrogate pair. */
const troubledEscape = /\\u(?:0000|[dD][89a-fA-F])/;

export interface ParsedPage {
  value: unknown;
  /** Pointers of the strings that had to be repaired; whole bytes stay in the evidence. */
  repaired: string[];
}

/**
 * Parses a page. U+0000 and lone surrogates become U+FFFD, because one such string would make the database refuse
 * the whole page; invalid UTF-8 reads as U+FFFD. Throws a SyntaxError when the bytes are not JSON, and a RangeError
 * when they nest deeper than any object of a directory does.
 */
export function parsePage(body: Buffer): ParsedPage {
  const text = new TextDecoder('utf-8').decode(body);
  const value: unknown = JSON.parse(text);
  assertDepth(value, 64);
  if (!troubledEscape.test(text)) return { value, repaired: [] };
  const repaired: string[] = [];
  return { value: repair(value, '', repaired), repaired };
}

function repair(value: unknown, pointer: string, repaired: string[]): unknown {
  if (typeof value === 'string') {
    const text = sound(value);
    if (text !== value) repaired.push(pointer);
    return text;
  }
  if (Array.isArray(value))
    return value.map((entry, index) => repair(entry, `${pointer}/${index}`, repaired));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const name = sound(key);
      const here = `${pointer}${pointerOf([name])}`;
      if (name !== key) repaired.push(here);
      return [name, repair(member, here, repaired)];
    }),
  );
}

const sound = (text: string) => text.toWellFormed().replaceAll('\u0000', '\ufffd');

function assertDepth(value: unknown, left: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (left === 0) throw new RangeError('The answer nests too deeply.');
  for (const member of Object.values(value)) assertDepth(member, left - 1);
}
