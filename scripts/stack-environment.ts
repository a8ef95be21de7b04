// From the environment of a person to that of the stack's processes: what is not given is made for development.
import { randomBytes, randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import getPort from 'get-port';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_OPERATOR_TENANT_ID, keepIssuerKeys } from './dev-issuer.ts';
import { keepPrivateFile } from './private-file.ts';
import { Refusal } from './refusal.ts';
import type { StackFile } from './stack-file.ts';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 8080;

/**
 * From which a free port is taken, the end not included: below those that systems lend to connections, because seconds
 * pass until the API listens, in which a lent one would be anybody's.
 */
const lastingPorts = [10_000, 32_768] as const;

export interface ApiPlace {
  host: string;
  port: number;
  /** Where a client on this machine reaches it. */
  url: string;
}

/**
 * Where the API is to listen: `HOST` and `PORT`, or 127.0.0.1 and 8080 or a free port when that is taken.
 *
 * @param preferredPort instead of 8080; `PORT` goes before it
 * @throws {Refusal} when the host or port that was asked for is not possible
 */
export async function placeApi(env: NodeJS.ProcessEnv, preferredPort = DEFAULT_PORT): Promise<ApiPlace> {
  const host = env.HOST ?? DEFAULT_HOST;
  if (env.AUTH_ISSUER === undefined && !isLoopback(host)) {
    throw new Refusal(
      `HOST is ${host}, which others can reach: the development issuer signs in anybody, so it stays on the loopback ` +
        'interface; set AUTH_ISSUER to an issuer of your own first.',
    );
  }
  const wanted = env.PORT === undefined ? preferredPort : Number(env.PORT);
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535) {
    throw new Refusal(`PORT is ${env.PORT ?? ''}, which is no port number.`);
  }
  const others = Array.from({ length: 50 }, () => randomInt(...lastingPorts));
  const port = await getPort({ port: wanted === 0 ? others : [wanted, ...others], host });
  if (env.PORT !== undefined && wanted !== 0 && port !== wanted) {
    throw new Refusal(`Port ${wanted} of ${host} is taken: end what listens there or set another PORT.`);
  }
  return { host, port, url: `http://${urlHost(host)}:${port}` };
}

export interface Development {
  /** What the API and the worker get. */
  variables: Record<string, string>;
  issuer: StackFile['issuer'];
  operatorTenantId: string | null;
}

/** Who may sign in and what seals secrets: as given, or development keys kept in `dataDir`. */
export async function prepareDevelopment(
  env: NodeJS.ProcessEnv,
  dataDir: string,
  apiUrl: string,
): Promise<Development> {
  // Nothing signs people in here yet: the addresses below it say where the target of this machine would.
  const variables: Record<string, string> = { RUNTIME_BASE_URL: env.RUNTIME_BASE_URL ?? apiUrl };
  if (env.SECRETS_KEYS === undefined && env.SECRETS_KEYS_FILE === undefined) {
    variables.SECRETS_KEYS_FILE = await keepSecretsKeys(join(dataDir, 'secrets-keys.json'));
  }
  const [givenOperator] = (env.OPERATOR_TENANT_IDS ?? '').split(',').filter((id) => id.trim() !== '');
  if (env.AUTH_ISSUER !== undefined) {
    return { variables, issuer: null, operatorTenantId: givenOperator ?? null };
  }
  const keysFile = join(dataDir, 'dev-issuer.json');
  await keepIssuerKeys(keysFile);
  const issuer = `${apiUrl}/dev-issuer`;
  const operatorTenantId = givenOperator?.trim() ?? DEVELOPMENT_OPERATOR_TENANT_ID;
  Object.assign(variables, {
    DEV_ISSUER_KEYS: keysFile,
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: DEVELOPMENT_AUDIENCE,
    AUTH_JWKS_URI: `${issuer}/jwks`,
    OPERATOR_TENANT_IDS: env.OPERATOR_TENANT_IDS ?? operatorTenantId,
  });
  return {
    variables,
    issuer: { issuer, audience: DEVELOPMENT_AUDIENCE, keys_file: keysFile },
    operatorTenantId,
  };
}

/** A key ring of one new key: id → 256 bits as base64url. */
async function keepSecretsKeys(path: string): Promise<string> {
  await keepPrivateFile(path, () => {
    const id = `dev-${randomBytes(4).toString('hex')}`;
    return JSON.stringify({ [id]: randomBytes(32).toString('base64url') }, null, 2);
  });
  return path;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return DEFAULT_HOST;
  return isIPv6(host) ? `[${host}]` : host;
}
