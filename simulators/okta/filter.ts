import { OktaFault, invalid } from './errors.ts';
import { member, type OktaObject } from './members.ts';

type Test = (object: OktaObject) => boolean;

const COMPARISONS: Record<string, (value: string, operand: string) => boolean> = {
  eq: (value, operand) => value === operand,
  gt: (value, operand) => value > operand,
  ge: (value, operand) => value >= operand,
  lt: (value, operand) => value < operand,
  le: (value, operand) => value <= operand,
  sw: (value, operand) => value.startsWith(operand),
  co: (value, operand) => value.includes(operand),
};

/**
 * The part of Okta's filter language that its inventory endpoints document: comparisons of a member with a
 * quoted text, true or false, joined by `and` and `or` (`and` binds tighter, no brackets).
 * Source: https://developer.okta.com/docs/api/#filter
 *
 * @throws {OktaFault} E0000001 when the expression does not parse or names another attribute
 */
export function parseFilter(expression: string, attributes: readonly string[]): Test {
  return parse(expression, (attribute) => attributes.includes(attribute)) ?? fail(expression);
}

/** The same language over every attribute, which is what `search` takes. @throws {OktaFault} E0000031 */
export function parseSearch(expression: string): Test {
  const test = parse(expression, () => true);
  if (test === undefined) throw new OktaFault('E0000031');
  return test;
}

function fail(expression: string): never {
  throw invalid('filter', `filter: '${expression}' is not a filter this resource takes.`);
}

function parse(expression: string, allowed: (attribute: string) => boolean): Test | undefined {
  const alternatives = expression.split(/\s+or\s+/i).map((part) => {
    const clauses = part.split(/\s+and\s+/i).map((clause) => parseClause(clause.trim(), allowed));
    return clauses.every((clause) => clause !== undefined) ? clauses : undefined;
  });
  if (!alternatives.every((clauses) => clauses !== undefined)) return undefined;
  return (object) => alternatives.some((clauses) => clauses.every((clause) => clause(object)));
}

function parseClause(clause: string, allowed: (attribute: string) => boolean): Test | undefined {
  const [, attribute, operator, quoted, bare] =
    /^([\w.]+)\s+([a-z]{2})\s+(?:"([^"]*)"|(true|false))$/i.exec(clause) ?? [];
  const compare = COMPARISONS[operator?.toLowerCase() ?? ''];
  const operand = quoted ?? bare;
  if (attribute === undefined || operand === undefined || compare === undefined || !allowed(attribute)) {
    return undefined;
  }
  return (object) => {
    const value = member(object, attribute);
    if (typeof value === 'boolean') return compare(String(value), operand);
    return typeof value === 'string' && compare(value, operand);
  };
}
