import { member } from '../members.ts';
import { unsupported } from './errors.ts';
import type { EntraObject } from './collections.ts';

type Test = (object: EntraObject) => boolean;

const LITERAL = "('(?:[^']|'')*'|true|false|null|\\d+)";
const EQUALS = new RegExp(`^([\\w/]+)\\s+eq\\s+${LITERAL}$`, 'i');
const ANY = new RegExp(`^([\\w/]+)/any\\(\\s*(\\w+)\\s*:\\s*\\2\\s+eq\\s+${LITERAL}\\s*\\)$`, 'i');
const STARTS_WITH = /^startswith\(\s*([\w/]+)\s*,\s*('(?:[^']|'')*')\s*\)$/i;

/**
 * The part of OData's filter language that directory objects answer without an index: `eq`, `startswith` and
 * `any` of a list with `eq`, joined by `and`. What needs Graph's advanced queries (`ne`, `not`, `endsWith`, counts)
 * is refused.
 * Source: https://learn.microsoft.com/graph/aad-advanced-queries
 *
 * @throws {GraphFault} Request_UnsupportedQuery
 */
export function parseFilter(expression: string): Test {
  const tests = splitAnd(expression).map((clause) => parseClause(clause.trim()));
  return (object) => tests.every((test) => test(object));
}

/** Splits at `and` outside of quoted texts. */
function splitAnd(expression: string): string[] {
  const clauses: string[] = [];
  let clause = '';
  for (const part of expression.match(/'(?:[^']|'')*'|\s+and\s+|./gis) ?? []) {
    if (/^\s+and\s+$/i.test(part)) clauses.push(clause);
    clause = /^\s+and\s+$/i.test(part) ? '' : clause + part;
  }
  return [...clauses, clause];
}

function parseClause(clause: string): Test {
  const [, name, literal] = EQUALS.exec(clause) ?? [];
  if (name !== undefined && literal !== undefined) {
    const operand = valueOf(literal);
    return (object) => (valueAt(object, name) ?? null) === operand;
  }
  const [, list, , element] = ANY.exec(clause) ?? [];
  if (list !== undefined && element !== undefined) {
    const operand = valueOf(element);
    return (object) => {
      const values = valueAt(object, list);
      return Array.isArray(values) && values.includes(operand);
    };
  }
  const [, start, prefix] = STARTS_WITH.exec(clause) ?? [];
  if (start === undefined || prefix === undefined) {
    throw unsupported(`Unsupported or invalid query filter clause specified: '${clause}'.`);
  }
  const operand = String(valueOf(prefix)).toLowerCase();
  return (object) => {
    const value = valueAt(object, start);
    return typeof value === 'string' && value.toLowerCase().startsWith(operand);
  };
}

function valueAt(object: EntraObject, name: string): unknown {
  return member(object, name.replaceAll('/', '.'));
}

function valueOf(literal: string): unknown {
  if (literal.startsWith("'")) return literal.slice(1, -1).replaceAll("''", "'");
  return JSON.parse(literal.toLowerCase()) as unknown;
}
