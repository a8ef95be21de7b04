import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../domain/canonical.ts';
import { DomainError } from '../../domain/errors.ts';
import { deriveKey, type KeyRing } from '../../platform/sealing.ts';
import type { RequestKey } from '../../prisma/store/command.ts';
import { findKey, type KeptKey } from '../../prisma/store/idempotencyKeys.ts';
import { resolvePath } from './resolve.ts';
import type { Reply, Request, Route } from './route.ts';

/** A POST that begins something, and the GET that reads what it began. */
export interface Repeatable {
  route: Route;
  reader: Route;
  /** The parameters of the POST's path. */
  ids: Ids;
  /** Header `Idempotency-Key`. */
  key: string | undefined;
}

/** Ids by the names of a path's parameters. */
type Ids = Readonly<Record<string, string>>;

type Checked = Request<string, unknown, unknown>;

/**
 * Answers a POST that creates or starts something. With an Idempotency-Key, the same request of the same actor does it
 * once in 24 hours, whether the second comes later or races the first: it is answered with the resource as it is by
 * then, 202 while its run is open, and never with a secret. The key is kept by the transaction that creates the
 * resource; one that was used for another body is refused with `idempotency_key_reused`.
 */
export async function beginOnce(repeatable: Repeatable, request: Checked): Promise<Reply> {
  const { route } = repeatable;
  const key = readKey(repeatable.key);
  if (key === null) return route.handle(request);
  const { services, tenant, command, base, locationOf } = request;
  const known: RequestKey = { method: route.method, path: base + fill(route.path, repeatable.ids), key };
  const hmacs = hmacsOf(services.keyRing, request.body);
  const [bodyHmac] = hmacs;
  if (!bodyHmac) throw new Error('The key ring is empty.');
  const find = () => findKey(services.database, tenant, command, known);
  const former = await find();
  if (former) return repeat(repeatable, request, hmacs, former);
  const httpStatus = route.replies[201] ? 201 : 200;
  const reservation = { ...known, bodyHmac, httpStatus, locationOf };
  try {
    return await route.handle({ ...request, command: { ...command, reservation } });
  } catch (error) {
    // Who lost a race against the same request is told what that one made, not what it made impossible.
    const winner = await find();
    if (!winner || winner.requestId === command.requestId) throw error;
    return repeat(repeatable, request, hmacs, winner);
  }
}

function readKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  if (/^[\x20-\x7e]{1,255}$/.test(header)) return header;
  throw new DomainError('validation_failed', 'The Idempotency-Key cannot be used.', {
    errors: [{ pointer: '/headers/idempotency-key', message: 'Give 1 to 255 printable ASCII characters.' }],
  });
}

/** HMACs of a body by every key of the ring: the first is kept, and any is known again after the ring was rotated. */
function hmacsOf({ keys }: KeyRing, body: unknown): Buffer<ArrayBuffer>[] {
  const text = canonicalJson(body);
  return [...keys.values()].map((key) =>
    Buffer.from(createHmac('sha256', deriveKey(key, 'request bodies')).update(text).digest()),
  );
}

async function repeat(
  { route, reader, ids }: Repeatable,
  request: Checked,
  hmacs: readonly Buffer[],
  { bodyHmac, httpStatus, location, resourceId, open }: KeptKey,
): Promise<Reply> {
  if (!hmacs.some((each) => timingSafeEqual(each, bodyHmac))) {
    throw new DomainError(
      'idempotency_key_reused',
      'This Idempotency-Key was used for a request with another body; use a new one.',
    );
  }
  const { services, tenant } = request;
  const scope = await resolvePath(services.database, tenant, Object.entries(idsOf(reader, ids, resourceId)));
  const query = (reader.query ?? z.object({})).parse({});
  const read = await reader.handle({ ...request, scope, query, body: {}, path: location });
  const shown = read.body as Readonly<Record<string, unknown>>;
  const status = open ? 202 : httpStatus;
  return {
    status,
    headers: { Location: location, 'Idempotency-Replayed': 'true', ...(open && { 'Retry-After': '2' }) },
    body: fit(route.replies[status], { ...shown, ...route.begins?.withholds?.(shown) }),
  };
}

/** Leaves out what a summary does not show of the whole that was read. */
const fit = (schema: z.ZodType | undefined, body: unknown): unknown =>
  schema instanceof z.ZodObject ? schema.strip().parse(body) : body;

/** The parameters of the path that reads what was begun. */
function idsOf(reader: Route, ids: Ids, resourceId: string): Record<string, string> {
  const names = [...reader.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const last = names.at(-1);
  return Object.fromEntries(names.map((name) => [name, name === last ? resourceId : (ids[name] ?? '')]));
}

/** The path, below the base, at which something that a request began is read. */
export const pathTo = (reader: Route, ids: Ids, resourceId: string): string =>
  fill(reader.path, idsOf(reader, ids, resourceId));

/** A route's path with its parameters filled in, spelled one way however the caller has spelled it. */
const fill = (path: string, ids: Ids): string =>
  path.replaceAll(/:(\w+)/g, (_match, name: string) => (ids[name] ?? '').toLowerCase());
