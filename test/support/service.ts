import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { WorkflowIdConflictPolicy, type Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import { defaultPace, type ActivityDependencies } from '../../activities/dependencies.ts';
import { builtInRuntime } from '../../activities/runtime/builtIn.ts';
import { readersOn } from '../../activities/sources/open.ts';
import { createPacer } from '../../activities/sources/pace/pacer.ts';
import { createWorkers } from '../../activities/workers.ts';
import { createApp } from '../../api/app.ts';
import { createAuthenticate } from '../../api/http/authenticate.ts';
import { createCursors } from '../../api/http/cursor.ts';
import type { Area } from '../../api/http/route.ts';
import type { Services } from '../../api/services.ts';
import { permissions } from '../../domain/access.ts';
import { defaultRateShare } from '../../domain/pace/budgets.ts';
import { historyMirror, taskQueues } from '../../domain/run.ts';
import { hostAllowlist } from '../../domain/source.ts';
import { createLog } from '../../platform/log.ts';
import type { KeyRing } from '../../platform/sealing.ts';
import { createTemporalClient } from '../../platform/temporal.ts';
import { openDatabase, type Database } from '../../prisma/client.ts';
import {
  keepIssuerKeys,
  mintToken,
  readIssuerKeys,
  type PrivateKeySet,
  type TokenClaims,
} from '../../scripts/dev-issuer.ts';
import type { TemporalSettings } from '../../scripts/temporal/settings.ts';
import type { Answer } from './answer.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { workflowBundle } from './environment.ts';
import { simulatedCloud } from './entraSimulator.ts';
import { assertDocumented } from './openapi.ts';
import { openTestTemporal } from './temporalServer.ts';

/** Temporal's runtime is one a process; its ordinary log would drown the tests'. */
let runtimeInstalled = false;
/** Keeps Temporal's own log to errors; for files that use its workers without a service too. */
export function quietRuntime(): void {
  if (runtimeInstalled) return;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  runtimeInstalled = true;
}

export interface ServiceOptions {
  /** No worker in this process: for tests that start their own, or need none. */
  worker?: boolean;
  /** Worker processes' worth of workers in this process; one by default. */
  workers?: number;
  /** No mirror: for tests that look at what happens without it. */
  mirror?: boolean;
  syncWaitSeconds?: number;
  pace?: Partial<ActivityDependencies['pace']>;
  /** Replaces parts of what activities touch. */
  activities?: Partial<ActivityDependencies>;
  /** Replaces parts of what the API uses; a function is told where database and Temporal are. */
  services?: Partial<Services> | ((places: Places) => Partial<Services> | Promise<Partial<Services>>);
  /** A database of the test's own; closed with the service. */
  database?: TestDatabase;
  /** Settings of the Temporal server beyond those of a developer's machine; it then gets one of its own. */
  dynamicConfig?: TemporalSettings['dynamicConfig'];
  /** Share of the sources' rate limits to use. */
  rateShare?: number;
  /** `host:port` of sources; all loopback hosts by default. */
  sourceHosts?: readonly string[];
}

/** Where a service's own database and Temporal are, for a test that reaches them in a way of its own. */
export interface Places {
  databaseUrl: string;
  temporalAddress: string;
  temporalNamespace: string;
}

export interface Service {
  url: string;
  databaseUrl: string;
  database: Database;
  temporal: Client;
  /** `host:port` of the server that `temporal` is a client of. */
  temporalAddress: string;
  keyRing: KeyRing;
  /** A file that holds the key ring, for processes that a test starts. */
  keyRingJson: string;
  /** What signs the tokens. */
  issuerKeys: PrivateKeySet;
  /** A tenant of this test file's own. */
  tenant: string;
  token(claims?: Partial<TokenClaims>): Promise<string>;
  /** Calls the API as a member of `tenant` with every permission. Paths begin below the tenant and the area. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** The same service as a member of another tenant sees it, by default of one that has nothing yet. */
  forTenant(tenant?: string): Service;
  stop(): Promise<void>;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  tenant?: string;
  token?: string | null;
  /** The tenant's migrations by default. */
  area?: Area;
}

export const issuer = 'http://issuer.example/dev-issuer';
export const audience = 'identity-migration';

/** The product in this process, on a database and a Temporal namespace of its own. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  quietRuntime();
  const [opened, temporalPlace] = await Promise.all([
    options.database ?? openTestDatabase(),
    openTestTemporal(options.dynamicConfig),
  ]);
  const { address, namespace } = temporalPlace;
  const temporal = createTemporalClient({ connectionOptions: { address }, namespace }, 'test');
  const key = randomBytes(32);
  const keyRing: KeyRing = { keys: new Map([['test', key]]) };
  const names = Array.from({ length: options.workers ?? 1 }, (_, index) => `test-worker${index || ''}`);
  const workers =
    options.worker === false
      ? null
      : await Promise.all(names.map((name) => runWorkers(options, opened, temporal, address, keyRing, name)));
  const places = { databaseUrl: opened.url, temporalAddress: address, temporalNamespace: namespace };
  const { services = {} } = options;
  const replaced = typeof services === 'function' ? await services(places) : services;
  const api = await listen(options, replaced, opened, temporal, keyRing);
  if (workers && options.mirror !== false) await startMirror(temporal);
  const common = {
    url: api.url,
    databaseUrl: opened.url,
    database: opened.database,
    temporal,
    temporalAddress: address,
    keyRing,
    keyRingJson: JSON.stringify({ test: key.toString('base64url') }),
    issuerKeys: api.keys,
    async stop() {
      await api.stop();
      await Promise.all(workers?.map((worker) => worker.stop()) ?? []);
      await temporal.connection.close();
      await temporalPlace.stop();
      await opened.close();
    },
  };
  const forTenant = (tenant: string = randomUUID()): Service => {
    const token = (claims: Partial<TokenClaims> = {}) =>
      mintToken(api.keys, { ...memberOf(tenant), ...claims });
    return {
      ...common,
      tenant,
      token,
      call: (method, path, call) => request(api.url, method, path, tenant, token, call),
      forTenant,
    };
  };
  return forTenant();
}

export const memberOf = (tenant: string): TokenClaims => ({
  iss: issuer,
  aud: audience,
  tenant_id: tenant,
  tenant_kind: 'customer',
  access_context: 'membership',
  permissions: [...permissions],
});

export const operatorTenant = '01900000-0000-7000-8000-00000000aaaa';

async function request(
  url: string,
  method: string,
  path: string,
  ownTenant: string,
  token: Service['token'],
  { body, headers = {}, tenant = ownTenant, token: given, area = 'migrations' }: CallOptions = {},
): Promise<Answer> {
  const bearer = given === undefined ? await token() : given;
  const target = `/api/v1/tenants/${tenant}/${area}${path}`;
  const verb = method.toLowerCase() as 'get';
  const asked = supertest(url)[verb](target).buffer(true).parse(asText);
  asked.set({
    ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...headers,
  });
  // Text goes out as it is, so that a test can send what is no JSON.
  const response = await (body === undefined
    ? asked
    : asked.send(typeof body === 'string' ? body : JSON.stringify(body)));
  const text = response.body as string;
  const received = new Headers(response.headers);
  const json = (received.get('content-type') ?? '').includes('json') && text !== '';
  const answer: Answer = {
    status: response.status,
    headers: received,
    text,
    body: json ? JSON.parse(text) : undefined,
  };
  assertDocumented(method, target.replace(/\?.*$/, ''), answer);
  return answer;
}

/** A body's text, untouched: what it says is read when it is known to be JSON. */
function asText(response: unknown, done: (error: Error | null, text: string) => void): void {
  const stream = response as NodeJS.ReadableStream;
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks).toString()));
}

const silent = createLog('test', 'silent');

async function runWorkers(
  options: ServiceOptions,
  { url }: TestDatabase,
  temporal: Client,
  address: string,
  keyRing: KeyRing,
  name: string,
): Promise<{ stop(): Promise<void> }> {
  const database = openDatabase({ url, connections: 20 });
  const mirrorDatabase = openDatabase({ url, connections: 4, lockTimeoutMs: 2_000 });
  const connection = await NativeConnection.connect({ address });
  const share = options.rateShare ?? defaultRateShare;
  const pacer = createPacer({ database, share, now: () => new Date() });
  const workers = await createWorkers({
    connection,
    namespace: temporal.options.namespace,
    workflowBundle: { code: readFileSync(workflowBundle(), 'utf8') },
    identity: name,
    log: silent,
    activities: {
      database,
      keyRing,
      openReader: (source, secret) =>
        readersOn({ allowlist: loopback(options), ...simulatedCloud(source) }, pacer)(source, secret),
      runtime: builtInRuntime('https://target.example'),
      workerName: name,
      now: () => new Date(),
      log: silent,
      ...options.activities,
      pace: { ...defaultPace, backoffMs: 20, ...options.pace },
    },
    mirror: { database: mirrorDatabase, client: temporal, now: () => new Date(), log: silent },
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    async stop() {
      for (const worker of workers) if (isRunning(worker)) worker.shutdown();
      await running;
      await connection.close();
      await Promise.all([database.$disconnect(), mirrorDatabase.$disconnect()]);
    },
  };
}

const isRunning = (worker: Worker) => worker.getState() === 'RUNNING';

function loopback(options: ServiceOptions) {
  if (options.sourceHosts) return hostAllowlist(options.sourceHosts);
  return { allows: (url: URL) => url.hostname === '127.0.0.1' };
}

export async function startMirror(temporal: Client): Promise<void> {
  await temporal.workflow.start(historyMirror.type, {
    workflowId: historyMirror.workflowId,
    taskQueue: taskQueues.database,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  });
}

async function listen(
  options: ServiceOptions,
  replaced: Partial<Services>,
  opened: TestDatabase,
  temporal: Client,
  keyRing: KeyRing,
) {
  const folder = await mkdtemp(join(tmpdir(), 'identity-migration-api-'));
  const keysFile = join(folder, 'keys.json');
  await keepIssuerKeys(keysFile);
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const app = createApp({
    log: replaced.log ?? silent,
    devIssuerKeys: keysFile,
    authenticate: createAuthenticate({
      issuer,
      audience,
      jwksUri: `${url}/dev-issuer/jwks`,
      tokenType: 'at+jwt',
    }),
    operatorTenants: new Set([operatorTenant]),
    services: {
      database: opened.database,
      temporal,
      temporalUiUrl: null,
      keyRing,
      sourceHosts: loopback(options),
      cursors: createCursors(keyRing),
      syncWaitSeconds: options.syncWaitSeconds ?? 25,
      previewTtlMinutes: 60,
      maxSnapshotAgeHours: 168,
      runtimeBaseUrl: 'https://target.example',
      now: () => new Date(),
      log: silent,
      ...replaced,
    },
  });
  server.on('request', app);
  const stop = () => closeServer(server).then(() => rm(folder, { recursive: true, force: true }));
  return { url, keys: await readIssuerKeys(keysFile), stop };
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** For a whole suite: the service before it, gone after it. */
export function useService(options: ServiceOptions = {}): () => Service {
  let service: Service | undefined;
  before(async function () {
    this.timeout(60_000);
    service = await startService(options);
  });
  after(async function () {
    this.timeout(60_000);
    await service?.stop();
  });
  return () => {
    if (!service) throw new Error('The service is there inside tests only.');
    return service;
  };
}
