import { AssertionError } from 'node:assert/strict';
import { version } from '../../api/app.ts';
import { openApiDocument } from '../../api/openapi.ts';
import { routes } from '../../api/routes/index.ts';
import type { Answer, Body } from './answer.ts';

/** The document that the service serves, made once for all answers of a file. */
let made: Body;
export const servedDocument = (): Body => (made ??= openApiDocument(routes, version));

const problemType = 'application/problem+json';

/** Throws when an answer is not one that the OpenAPI document declares for its path, method and status. */
export function assertDocumented(method: string, path: string, answer: Answer): void {
  const faults = faultsOf(servedDocument(), method, path, answer);
  if (faults.length === 0) return;
  const message = `${method} ${path} answered ${answer.status}, which is not as documented:\n${faults.join('\n')}`;
  throw new AssertionError({ message, actual: answer.text.slice(0, 2_000), expected: 'as in /openapi.json' });
}

/** Everything about an answer that the document does not say. */
export function faultsOf(document: Body, method: string, path: string, answer: Answer): string[] {
  const faults: string[] = [];
  if (!answer.headers.get('x-request-id')) faults.push('it has no X-Request-Id');
  const template = templateOf(Object.keys(document.paths as object), path);
  const operations = template === undefined ? {} : document.paths[template];
  const operation = operations[method === 'HEAD' ? 'get' : method.toLowerCase()];
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const declared = operation?.responses[answer.status];
  if (declared === undefined || type === problemType) {
    faults.push(...problemFaults(document, answer, type));
    if (template === undefined && answer.status !== 404) faults.push('no path of the document is this one');
    if (template !== undefined && !operation && answer.status !== 405)
      faults.push('the path has no such method');
    return faults;
  }
  const content = declared.content?.[type];
  if (!content) faults.push(`${type} is not a declared content type`);
  else if (content.schema && method !== 'HEAD')
    faults.push(...schemaFaults(document, content.schema, answer.body));
  return faults;
}

function problemFaults(document: Body, answer: Answer, type: string): string[] {
  if (answer.status < 400) return [`${answer.status} is not declared`];
  if (type !== problemType) return [`a refusal is ${problemType}, this is ${type}`];
  // An answer to HEAD has the headers alone.
  if (answer.text === '') return [];
  const faults = schemaFaults(document, document.components.schemas.Problem, answer.body);
  if (answer.body.status !== answer.status) faults.push(`/status is ${String(answer.body.status)}`);
  return faults;
}

/** The path of the document that a request's path is one of; one with fixed words before one with parameters. */
function templateOf(templates: readonly string[], path: string): string | undefined {
  const matching = templates.filter((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`).test(path),
  );
  const parameters = (template: string) => template.split('{').length;
  return matching.sort((a, b) => parameters(a) - parameters(b))[0];
}

/** What the document's schemas may say without constraining a value. */
const annotations = new Set(['description', 'title', 'format', 'contentEncoding', 'default', 'examples']);

/** Checks a value against a schema of the document: the keywords that its schemas use, and no others. */
export function schemaFaults(document: Body, schema: Body, value: unknown, at = ''): string[] {
  const check = (part: Body, inner: unknown, where: string) => schemaFaults(document, part, inner, where);
  return Object.entries(schema as Record<string, Body>).flatMap(([keyword, rule]) => {
    if (annotations.has(keyword)) return [];
    const checker = checkers[keyword];
    if (!checker) return [`${at}: the schema says ${keyword}, which nobody here understands`];
    return checker({ document, schema, rule, value, at, check });
  });
}

interface Checked {
  document: Body;
  schema: Body;
  rule: Body;
  value: unknown;
  at: string;
  check: (part: Body, inner: unknown, where: string) => string[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fault = (sound: boolean, text: string): string[] => (sound ? [] : [text]);

const checkers: Readonly<Record<string, (checked: Checked) => string[]>> = {
  $ref: ({ document, rule, value, at, check }) => {
    const target = resolve(document, rule);
    return target === undefined ? [`${at}: ${String(rule)} leads nowhere`] : check(target, value, at);
  },
  type: ({ rule, value, at }) =>
    fault(
      [rule].flat().some((type) => isOfType(value, String(type))),
      `${at}: not of type ${String(rule)}`,
    ),
  enum: ({ rule, value, at }) =>
    fault(rule.includes(value), `${at}: ${String(value)} is none of ${String(rule)}`),
  const: ({ rule, value, at }) => fault(value === rule, `${at}: ${String(value)} is not ${String(rule)}`),
  anyOf: ({ rule, value, at, check }) =>
    fault(
      rule.some((part: Body) => check(part, value, at).length === 0),
      `${at}: fits none of ${rule.length} alternatives`,
    ),
  oneOf: ({ rule, value, at, check }) =>
    fault(
      rule.filter((part: Body) => check(part, value, at).length === 0).length === 1,
      `${at}: does not fit exactly one of ${rule.length} alternatives`,
    ),
  allOf: ({ rule, value, at, check }) => rule.flatMap((part: Body) => check(part, value, at)),
  not: ({ rule, value, at, check }) => fault(check(rule, value, at).length > 0, `${at}: must not be there`),
  properties: ({ rule, value, at, check }) =>
    isRecord(value)
      ? Object.entries(rule as Record<string, Body>).flatMap(([name, part]) =>
          name in value ? check(part, value[name], `${at}/${name}`) : [],
        )
      : [],
  required: ({ rule, value, at }) =>
    isRecord(value) ? rule.flatMap((name: string) => fault(name in value, `${at}: ${name} is missing`)) : [],
  additionalProperties: ({ schema, rule, value, at, check }) =>
    isRecord(value)
      ? Object.keys(value)
          .filter((name) => !(name in (schema.properties ?? {})))
          .flatMap((name) =>
            rule === false ? [`${at}/${name}: is not declared`] : check(rule, value[name], `${at}/${name}`),
          )
      : [],
  propertyNames: ({ rule, value, at, check }) =>
    isRecord(value) ? Object.keys(value).flatMap((name) => check(rule, name, `${at}/${name}`)) : [],
  items: ({ rule, value, at, check }) =>
    Array.isArray(value) ? value.flatMap((entry, index) => check(rule, entry, `${at}/${index}`)) : [],
  minItems: ({ rule, value, at }) => fault(!Array.isArray(value) || value.length >= rule, `${at}: too few`),
  maxItems: ({ rule, value, at }) => fault(!Array.isArray(value) || value.length <= rule, `${at}: too many`),
  pattern: ({ rule, value, at }) =>
    fault(
      typeof value !== 'string' || new RegExp(rule, 'u').test(value),
      `${at}: does not match ${String(rule)}`,
    ),
  minLength: ({ rule, value, at }) =>
    fault(typeof value !== 'string' || value.length >= rule, `${at}: too short`),
  maxLength: ({ rule, value, at }) =>
    fault(typeof value !== 'string' || value.length <= rule, `${at}: too long`),
  minimum: ({ rule, value, at }) => fault(typeof value !== 'number' || value >= rule, `${at}: too small`),
  maximum: ({ rule, value, at }) => fault(typeof value !== 'number' || value <= rule, `${at}: too large`),
};

/** What a reference of the document leads to; references begin at its root. */
export function resolve(document: Body, reference: string): Body {
  if (!reference.startsWith('#/')) return undefined;
  return reference
    .slice(2)
    .split('/')
    .reduce((part: Body, name) => part?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], document);
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
