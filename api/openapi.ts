import { z } from 'zod';
import type { Route } from './http/route.ts';
import { ProblemDocument } from './http/problem.ts';
import { tenantBase } from './http/serve.ts';

type JsonSchema = Record<string, unknown>;

const toSchema = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
    reused: 'inline',
  }) as JsonSchema;
  return json;
};

/**
 * The OpenAPI 3.1 document, generated from the schemas that validate requests and answers, so that it cannot say
 * anything else than what the service does.
 */
export function openApiDocument(routes: readonly Route[], version: string): JsonSchema {
  const paths: Record<string, JsonSchema> = {};
  for (const route of routes) {
    const path = `${tenantBase}${route.path}`.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, path) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Identity Migration', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: toSchema(ProblemDocument, 'output') },
    },
  };
}

function operation(route: Route, path: string): JsonSchema {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', format: 'uuid' },
  }));
  const query = route.query ? toSchema(route.query, 'input') : { properties: {} };
  const inQuery = Object.entries((query.properties ?? {}) as Record<string, JsonSchema>).map(
    ([name, schema]) => ({
      name,
      in: 'query',
      required: false,
      schema,
    }),
  );
  const replies = Object.entries(route.replies).map(([status, schema]) => [
    status,
    { description: 'The answer', content: { 'application/json': { schema: toSchema(schema, 'output') } } },
  ]);
  return {
    summary: route.summary,
    operationId: operationId(route),
    description: `Needs \`${route.permission}\`.`,
    parameters: [...inPath, ...inQuery],
    ...(route.body && {
      requestBody: { content: { 'application/json': { schema: toSchema(route.body, 'input') } } },
    }),
    responses: {
      ...Object.fromEntries(replies),
      ...(replies.length === 0 && { 200: { description: 'Bytes' } }),
      default: {
        description: 'A problem (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

const operationId = ({ method, path }: Route): string =>
  `${method.toLowerCase()}${path.replaceAll(/[/:_-]+(\w)/g, (_match, letter: string) => letter.toUpperCase())}`;
