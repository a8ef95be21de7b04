import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { defaultRateShare } from '../domain/pace/budgets.ts';
import { hostAllowlist, isLoopbackHost, type HostAllowlist } from '../domain/source.ts';
import type { KeyRing } from './sealing.ts';

/**
 * Every setting of the product, read once at the start. A fault is told with the variable's name and what to do;
 * all faults at once, and never a value that may be secret.
 */
export class ConfigurationError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`Wrong configuration:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const integer = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)
    .default(fallback);

const url = (protocols: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });

/** What paths are appended to. */
const baseUrl = url(['http:', 'https:']).transform((text, context) => {
  const { origin: own, pathname, search, hash, username } = new URL(text);
  if (search === '' && hash === '' && username === '') return `${own}${pathname.replace(/\/+$/, '')}`;
  context.addIssue({ code: 'custom', message: 'must be an address without query' });
  return z.NEVER;
});

/** MSAL asks for tokens over TLS alone, and a token travels no other way. */
const origin = url(['https:']).transform((text, context) => {
  const { origin: own, pathname, search, hash, username } = new URL(text);
  if (pathname === '/' && search === '' && hash === '' && username === '') return own;
  context.addIssue({ code: 'custom', message: 'must be an address without path or query' });
  return z.NEVER;
});

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const shared = {
  DATABASE_URL: url(['postgres:', 'postgresql:']),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s:]+:\d+$/, 'must be host:port')
    .default('127.0.0.1:7233'),
  TEMPORAL_UI_URL: url(['http:', 'https:']).optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  SOURCE_HOST_ALLOWLIST: list,
  RUNTIME_BASE_URL: baseUrl.optional(),
};

const ApiEnvironment = z.object({
  ...shared,
  PORT: integer(8080, 0, 65535),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: url(['http:', 'https:']).optional(),
  AUTH_ISSUER: url(['http:', 'https:']),
  AUTH_AUDIENCE: z.string().min(1, 'must not be empty'),
  AUTH_JWKS_URI: url(['http:', 'https:']),
  AUTH_TOKEN_TYPE: z.string().default('at+jwt'),
  OPERATOR_TENANT_IDS: list.pipe(z.array(z.uuid('must be UUIDs, separated by commas').toLowerCase())),
  SYNC_WAIT_SECONDS: integer(25, 0, 600),
  PREVIEW_TTL_MINUTES: integer(60, 1, 7 * 24 * 60),
  MAX_SNAPSHOT_AGE_HOURS: integer(168, 1, 10_000),
  DEV_ISSUER_KEYS: z.string().optional(),
});

const rateShareRange = 'must be a number above 0 and at most 1, such as 0.5';

const WorkerEnvironment = z.object({
  ...shared,
  SOURCE_CA_FILE: z.string().optional(),
  ENTRA_LOGIN_URL: origin.optional(),
  ENTRA_GRAPH_URL: origin.optional(),
  SOURCE_RATE_SHARE: z
    .string()
    .regex(/^(?:0?\.\d+|1(?:\.0+)?)$/, rateShareRange)
    .transform(Number)
    .refine((share) => share > 0, rateShareRange)
    .default(defaultRateShare),
  WORKFLOW_BUNDLE: z.string().optional(),
});

interface SharedConfig {
  databaseUrl: string;
  temporalUiUrl: string | null;
  logLevel: (typeof logLevels)[number];
  keyRing: KeyRing;
  sourceHosts: HostAllowlist;
  /** Where the built-in target's sign-in is reached, without a slash at its end; null when nobody has told. */
  runtimeBaseUrl: string | null;
}

export interface ApiConfig extends SharedConfig {
  port: number;
  host: string;
  publicUrl: string | null;
  auth: { issuer: string; audience: string; jwksUri: string; tokenType: string };
  operatorTenants: ReadonlySet<string>;
  syncWaitSeconds: number;
  previewTtlMinutes: number;
  maxSnapshotAgeHours: number;
  /** File with the development issuer's keys; never set in production. */
  devIssuerKeys: string | null;
}

export interface WorkerConfig extends SharedConfig {
  sourceCa: string | undefined;
  /** Addresses that stand in for Microsoft's own of the global cloud. */
  entraCloud: { login: string | undefined; graph: string | undefined };
  /** Share of the vendors' rate limits to use. */
  sourceRateShare: number;
  /** A workflow bundle built before; without it the worker bundles the sources at its start. */
  workflowBundle: string | null;
}

export function readApiConfig(env: Environment): ApiConfig {
  const faults: string[] = [];
  const values = parse(ApiEnvironment, env, faults);
  const common = readShared(values, env, faults);
  // Looked up beside the parsed values, which are none as soon as another setting is wrong.
  const devIssuer = env.DEV_ISSUER_KEYS ?? '';
  if (devIssuer !== '' && env.HOST && !isLoopbackAddress(env.HOST)) {
    faults.push(
      'HOST must be a loopback address while the development issuer is on; set AUTH_ISSUER instead.',
    );
  }
  if (!values || !common || faults.length > 0) throw new ConfigurationError(faults);
  return {
    ...common,
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL?.replace(/\/$/, '') ?? null,
    auth: {
      issuer: values.AUTH_ISSUER,
      audience: values.AUTH_AUDIENCE,
      jwksUri: values.AUTH_JWKS_URI,
      tokenType: values.AUTH_TOKEN_TYPE,
    },
    operatorTenants: new Set(values.OPERATOR_TENANT_IDS),
    syncWaitSeconds: values.SYNC_WAIT_SECONDS,
    previewTtlMinutes: values.PREVIEW_TTL_MINUTES,
    maxSnapshotAgeHours: values.MAX_SNAPSHOT_AGE_HOURS,
    devIssuerKeys: devIssuer === '' ? null : devIssuer,
  };
}

/** An address to listen on, which a URL would write in brackets when it is of the sixth version. */
const isLoopbackAddress = (host: string) => isLoopbackHost(host.includes(':') ? `[${host}]` : host);

export function readWorkerConfig(env: Environment): WorkerConfig {
  const faults: string[] = [];
  const values = parse(WorkerEnvironment, env, faults);
  const common = readShared(values, env, faults);
  const sourceCa = env.SOURCE_CA_FILE ? readText('SOURCE_CA_FILE', env.SOURCE_CA_FILE, faults) : undefined;
  if (!values || !common || faults.length > 0) throw new ConfigurationError(faults);
  const { SOURCE_RATE_SHARE: sourceRateShare, WORKFLOW_BUNDLE: workflowBundle = null } = values;
  const entraCloud = { login: values.ENTRA_LOGIN_URL, graph: values.ENTRA_GRAPH_URL };
  return { ...common, sourceCa, entraCloud, sourceRateShare, workflowBundle };
}

function parse<Schema extends z.ZodObject>(
  schema: Schema,
  env: Environment,
  faults: string[],
): z.infer<Schema> | null {
  // A variable set to nothing is a variable not set.
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const name = String(issue.path[0]);
    const fault = given[name] === undefined ? `${name} is not set.` : `${name} ${issue.message}.`;
    // Each entry of a list may be wrong in the same way.
    if (!faults.includes(fault)) faults.push(fault);
  }
  return null;
}

function readShared(
  values: z.infer<z.ZodObject<typeof shared>> | null,
  env: Environment,
  faults: string[],
): SharedConfig | null {
  const keyRing = readKeyRing(env, faults);
  if (!values || !keyRing) return null;
  return {
    databaseUrl: values.DATABASE_URL,
    temporalUiUrl: values.TEMPORAL_UI_URL?.replace(/\/$/, '') ?? null,
    logLevel: values.LOG_LEVEL,
    keyRing,
    sourceHosts: hostAllowlist(values.SOURCE_HOST_ALLOWLIST),
    runtimeBaseUrl: values.RUNTIME_BASE_URL ?? null,
  };
}

/** The key ring is a JSON object {"<key id>": "<256 bits as base64url>"}; its first member seals. */
function readKeyRing(env: Environment, faults: string[]): KeyRing | null {
  const name = env.SECRETS_KEYS ? 'SECRETS_KEYS' : 'SECRETS_KEYS_FILE';
  const given = env[name];
  if (!given) {
    faults.push('SECRETS_KEYS or SECRETS_KEYS_FILE must be set.');
    return null;
  }
  const text = name === 'SECRETS_KEYS' ? given : readText(name, given, faults);
  if (text === undefined) return null;
  const keys = KeyRingText.safeParse(text);
  if (keys.success) return { keys: keys.data };
  faults.push(`${name} must hold a JSON object of key ids to 256-bit keys as base64url, with at least one.`);
  return null;
}

const KeyRingText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'not JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string().min(1), z.base64url()))
  .transform(
    (record) => new Map(Object.entries(record).map(([id, key]) => [id, Buffer.from(key, 'base64url')])),
  )
  .refine((keys) => keys.size > 0 && [...keys.values()].every((key) => key.length === 32), 'not 256 bits');

function readText(name: string, path: string, faults: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    faults.push(`${name} names a file that cannot be read.`);
    return undefined;
  }
}
