import { z } from 'zod';
import type { Route } from './http/route.ts';
import { tenantsRoute } from './http/operators.ts';
import { ProblemDocument } from './http/problem.ts';
import { fullPath } from './http/serve.ts';

type JsonSchema = Record<string, unknown>;

/** What the document says of a route; a route below a tenant is one of these. */
type Documented = Pick<
  Route,
  'method' | 'area' | 'path' | 'permission' | 'summary' | 'query' | 'body' | 'begins' | 'replies' | 'also'
>;

/** Named parts of the schemas, by name; what refers to them is told where the document keeps them. */
type Components = Record<string, unknown>;

function toSchema(schema: z.ZodType, io: 'input' | 'output', components: Components): JsonSchema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
    reused: 'inline',
  }) as JsonSchema;
  // A reference of an OpenAPI document begins at the document's root, so a schema's own $defs would be out of reach.
  const text = JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $defs = {}, ...rest } = JSON.parse(text) as JsonSchema;
  Object.assign(components, $defs);
  return rest;
}

/**
 * The OpenAPI 3.1 document, generated from the schemas that validate requests and answers, so that it cannot say
 * anything else than what the service does.
 */
export function openApiDocument(routes: readonly Route[], version: string): JsonSchema {
  const paths: Record<string, JsonSchema> = {};
  const components: Components = {};
  const add = (route: Documented, whole: string) => {
    const path = whole.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, path, components) };
  };
  add(tenantsRoute, tenantsRoute.path);
  for (const route of routes) add(route, fullPath(route));
  toSchema(ProblemDocument, 'output', components);
  return {
    openapi: '3.1.0',
    info: { title: 'Identity Migration', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: components,
    },
  };
}

function operation(route: Documented, path: string, components: Components): JsonSchema {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', format: 'uuid' },
  }));
  const query = route.query ? toSchema(route.query, 'input', components) : { properties: {} };
  const inQuery = Object.entries((query.properties ?? {}) as Record<string, JsonSchema>).map(
    ([name, schema]) => ({
      name,
      in: 'query',
      required: false,
      schema,
    }),
  );
  const otherTypes = Object.keys(route.also ?? {});
  const replies = Object.entries(route.replies).map(([status, schema]) => [
    status,
    {
      description: 'The answer',
      content: {
        'application/json': { schema: toSchema(schema, 'output', components) },
        ...(status === '200' && Object.fromEntries(otherTypes.map((type) => [type, {}]))),
      },
    },
  ]);
  return {
    summary: route.summary,
    operationId: operationId(route),
    description: `Needs \`${route.permission}\`.`,
    parameters: [
      ...inPath,
      ...inQuery,
      ...(route.method === 'PATCH' ? [ifMatch] : []),
      ...(route.begins ? [idempotencyKey] : []),
    ],
    ...(route.body && {
      requestBody: { content: { [bodyType(route)]: { schema: toSchema(route.body, 'input', components) } } },
    }),
    responses: {
      ...Object.fromEntries(replies),
      ...(replies.length === 0 && {
        200: { description: 'Bytes', content: { 'application/octet-stream': {} } },
      }),
      default: {
        description: 'A problem (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

const ifMatch = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description: 'The ETag of what was read.',
  schema: { type: 'string' },
};

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Repeats this request safely for 24 hours: the same key and body are answered with what the first made, as it is by then.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

/** A PATCH takes a JSON Merge Patch (RFC 7396). */
const bodyType = ({ method }: Documented): string =>
  method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';

const operationId = ({ method, area, path }: Documented): string =>
  `${method.toLowerCase()}${(area === 'runtime' ? `/runtime${path}` : path).replaceAll(/[/:_-]+(\w)/g, (_match, letter: string) => letter.toUpperCase())}`;
