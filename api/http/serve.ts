import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, {
  type Express,
  type NextFunction,
  type Request as HttpRequest,
  type Response,
} from 'express';
import { z } from 'zod';
import { authorize } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';
import { TenantId } from '../../domain/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { isDatabaseUnavailable } from '../../prisma/client.ts';
import type { Services } from '../services.ts';
import type { Authenticate } from './authenticate.ts';
import { readIfMatch, requireIfMatch } from './etag.ts';
import { beginOnce, pathTo } from './idempotency.ts';
import { readPreference } from './prefer.ts';
import { sendProblem, validationError } from './problem.ts';
import { stringify } from './rawJson.ts';
import { notFound, resolvePath } from './resolve.ts';
import type { Area, Reply, Route, Streamed } from './route.ts';

/** Every route lives below the tenant that its path names. */
const baseOf = (area: Area = 'migrations'): string => `/api/v1/tenants/:tenant_id/${area}`;

/** The whole path of a route, with its parameters. */
export const fullPath = ({ area, path }: Pick<Route, 'area' | 'path'>): string => `${baseOf(area)}${path}`;

export interface Serving {
  services: Services;
  authenticate: Authenticate;
  operatorTenants: ReadonlySet<string>;
}

/** Largest body that a request may have. */
const bodyLimit = '1mb';

const parseBody = express.json({ limit: bodyLimit, strict: false, type: () => true });

/** A route, and the one that reads what it begins. */
interface Served {
  route: Route;
  reader: Route | null;
}

/** Registers routes; each path answers 405 to the methods it does not have. */
export function serveRoutes(app: Express, routes: readonly Route[], serving: Serving): void {
  const byPath = new Map<string, Served[]>();
  for (const route of routes) {
    const path = fullPath(route);
    byPath.set(path, [...(byPath.get(path) ?? []), { route, reader: readerOf(route, routes) }]);
  }
  for (const [path, methods] of byPath) {
    app.all(path, (request, response) => dispatch(methods, serving, request, response));
  }
}

function readerOf({ area, method, path, begins }: Route, routes: readonly Route[]): Route | null {
  if (!begins) return null;
  const read = fullPath({ area, path: begins.reads });
  const reader = routes.find((each) => each.method === 'GET' && fullPath(each) === read);
  if (!reader) throw new Error(`${method} ${path} begins what no GET ${read} shows.`);
  return reader;
}

function dispatch(
  methods: readonly Served[],
  serving: Serving,
  request: HttpRequest,
  response: Response,
): Promise<void> {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const served = methods.find(({ route }) => route.method === method);
  if (!served) {
    response.setHeader('Allow', methods.map(({ route }) => route.method).join(', '));
    throw new DomainError('method_not_allowed', `${request.method} is not a method of this path.`);
  }
  return serve(served, serving, request, response);
}

/**
 * The order of checks, the same everywhere: token, tenant claim, access context, tenant kind, tenant path,
 * permission, path ids, body, Idempotency-Key, If-Match, and only then what the state allows.
 */
async function serve(
  { route, reader }: Served,
  serving: Serving,
  request: HttpRequest,
  response: Response,
): Promise<void> {
  const { services, authenticate, operatorTenants } = serving;
  const { tenant_id: pathTenant = '', ...ids } = request.params as Record<string, string>;
  const claims = await authenticate(request.headers.authorization);
  const actor = authorize({ claims, operatorTenants, pathTenant, permission: route.permission });
  const tenant = TenantId.safeParse(pathTenant);
  if (!tenant.success) throw notFound();
  const scope = await resolvePath(services.database, tenant.data, Object.entries(ids));
  const raw = await readBody(request, response);
  const query = validate(route.query ?? z.object({}), request.query, '/query');
  const body =
    route.method === 'GET'
      ? {}
      : validate(route.body ?? z.strictObject({}), raw === undefined ? {} : raw, '');
  const asked = readIfMatch(request.get('if-match'));
  const ifMatch = route.method === 'PATCH' ? requireIfMatch(asked) : asked;
  const command = { actor, at: services.now(), requestId: idOf(response) };
  const base = baseOf(route.area).replace(':tenant_id', tenant.data);
  const checked = {
    tenant: tenant.data,
    scope,
    query,
    body,
    actor,
    command,
    ifMatch,
    prefer: readPreference(request.get('prefer'), services.syncWaitSeconds),
    services,
    path: request.path,
    base,
    locationOf: (resourceId: string): string => {
      if (!reader) throw new Error(`${route.method} ${route.path} does not say what it begins.`);
      return base + pathTo(reader, ids, resourceId);
    },
  };
  const other = otherFormOf(route, request, response);
  if (other) await sendStream(await other.handle(checked), other.type, request, response);
  else if (!reader) send(route, await route.handle(checked), response);
  else {
    const key = request.get('idempotency-key');
    send(route, await beginOnce({ route, reader, ids, key }, checked), response);
  }
}

/** The form that the request prefers to JSON, if the route has one. */
function otherFormOf(route: Route, request: HttpRequest, response: Response) {
  const forms = route.also ?? {};
  const types = Object.keys(forms);
  if (types.length === 0) return null;
  response.vary('Accept');
  const type = request.accepts(['application/json', ...types]);
  const form = type === false ? undefined : forms[type];
  return type !== false && form ? { type, handle: form.handle.bind(form) } : null;
}

function validate(schema: z.ZodType, value: unknown, base: string): unknown {
  const result = schema.safeParse(value);
  if (!result.success) throw validationError(result.error, base);
  return result.data;
}

/** Reads the body of a request that has one; undefined when there is none. */
async function readBody(request: HttpRequest, response: Response): Promise<unknown> {
  const length = request.headers['content-length'];
  const empty =
    request.headers['transfer-encoding'] === undefined && (length === undefined || length === '0');
  if (request.method === 'GET' || request.method === 'HEAD' || empty) return undefined;
  if (!request.is(['application/json', 'application/*+json'])) {
    throw new DomainError('unsupported_media_type', 'Send JSON, with Content-Type: application/json.');
  }
  await new Promise<void>((resolve, reject) => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Express's own types
    parseBody(request, response, (error?: unknown) =>
      error === undefined ? resolve() : reject(bodyError(error)),
    );
  });
  return request.body as unknown;
}

function bodyError(error: unknown): DomainError {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return new DomainError('payload_too_large', `A body has at most ${bodyLimit}.`);
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new DomainError('unsupported_media_type', 'Send JSON as UTF-8, plain or compressed with gzip.');
    default:
      return new DomainError('invalid_json', 'The body is not JSON.');
  }
}

function send(route: Route, reply: Reply, response: Response): void {
  response.status(reply.status).set(reply.headers ?? {});
  if (reply.bytes) {
    response.type(reply.bytes.type).send(reply.bytes.content);
    return;
  }
  const schema = route.replies[reply.status];
  if (!schema) throw new Error(`${route.method} ${route.path} declares no answer ${reply.status}.`);
  // A member that is not declared cannot leave the service.
  const body = schema.parse(reply.body);
  response.type('application/json').send(stringify(body));
}

/** Sends text as it comes, as fast as the client takes it; a client that hangs up ends the making of it. */
async function sendStream(
  { headers, content }: Streamed,
  type: string,
  request: HttpRequest,
  response: Response,
): Promise<void> {
  const chunks = content[Symbol.asyncIterator]();
  // Until there is something to send, what goes wrong can still be told as a problem.
  const first = await chunks.next();
  response
    .status(200)
    .set(headers ?? {})
    .type(type);
  if (request.method === 'HEAD') {
    await chunks.return?.();
    response.end();
    return;
  }
  const whole = async function* () {
    if (first.done !== true) yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  await pipeline(Readable.from(whole()), response).catch((error: unknown) => {
    if (!isHangUp(error)) throw error;
  });
}

const isHangUp = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';

/** Gives every request an id, before anything else happens to it. */
export function requestId(_request: HttpRequest, response: Response, next: NextFunction): void {
  response.setHeader('X-Request-Id', randomUUID());
  next();
}

const idOf = (response: Response): string => String(response.getHeader('X-Request-Id'));

/** Whatever was thrown becomes a problem document; an unexpected error is logged and tells nothing. */
export function errorHandler(log: Logger) {
  return (error: unknown, request: HttpRequest, response: Response, _next: NextFunction): void => {
    if (response.headersSent) {
      // Too late for a problem: an answer that breaks off is not taken for a whole one.
      log.error({ err: error, reqId: idOf(response) }, 'an answer broke off');
      response.destroy();
      return;
    }
    if (error instanceof DomainError) sendProblem(response, error);
    else if (isDatabaseUnavailable(error)) {
      log.warn({ err: error, reqId: idOf(response) }, 'the database could not be reached');
      sendProblem(response, new DomainError('database_unavailable', 'The database cannot be reached now.'));
    } else if (error instanceof URIError) sendProblem(response, notFound());
    else {
      const { method, path } = request;
      log.error({ err: error, reqId: idOf(response), method, path }, 'request failed');
      sendProblem(
        response,
        new DomainError('internal_error', 'Something went wrong; the request id finds it in the log.'),
      );
    }
  };
}
