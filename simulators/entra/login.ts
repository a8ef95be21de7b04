import { randomUUID } from 'node:crypto';
import type { Answer } from '../answer.ts';
import { decode } from './routes.ts';
import { GRAPH, type Tokens } from './tokens.ts';

/** Who may sign in. */
export interface LoginSettings {
  /** The id of the tenant and the domains that stand for it, in lower case. */
  tenantNames: () => readonly string[];
  tenantId: string;
  clientId: string;
  clientSecret: () => string;
  permissions: () => readonly string[];
  tokens: Tokens;
  now: () => number;
}

/** A request to the login host with its body, which is a form. */
export interface LoginRequest {
  method: string;
  url: URL;
  form: URLSearchParams;
}

interface LoginError {
  status: number;
  error: string;
  code: number;
  message: string;
}

const PATH =
  /^\/([^/]+)\/(oauth2\/v2\.0\/token|v2\.0\/\.well-known\/openid-configuration|discovery\/v2\.0\/keys)$/;

/** Whether a path is one of the login host. */
export function isLoginPath(path: string): boolean {
  return PATH.test(path);
}

/**
 * Answers for login.microsoftonline.com: tokens for client credentials, and where they are to be had.
 * Sources: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow,
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export function createLogin(settings: LoginSettings): (request: LoginRequest) => Answer {
  return (request) => {
    const [, tenant = '', what = ''] = PATH.exec(request.url.pathname) ?? [];
    const unknown = !settings.tenantNames().includes(decode(tenant).toLowerCase());
    if (unknown) return refusal(UNKNOWN_TENANT(tenant), settings);
    if (what.startsWith('v2.0/')) return json(200, discovery(request.url.origin, tenant, settings), settings);
    // The keys that real tokens are signed with; nobody but Graph is meant to check them.
    if (what.startsWith('discovery/')) return json(200, { keys: [] }, settings);
    const fault = findFault(request, tenant, settings);
    return fault === undefined ? json(200, issue(settings), settings) : refusal(fault, settings);
  };
}

function issue({ tenantId, clientId, permissions, tokens }: LoginSettings): Record<string, unknown> {
  const { token, expiresIn } = tokens.issue({ tenantId, clientId, permissions: permissions() });
  return { token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: token };
}

/** The first thing that is wrong with a request for a token, in the order Entra looks. */
function findFault(
  { method, form }: LoginRequest,
  tenant: string,
  { clientId, clientSecret }: LoginSettings,
): LoginError | undefined {
  if (method !== 'POST') {
    return invalid(900561, `The endpoint only accepts POST requests. Received a ${method} request.`);
  }
  const missing = ['grant_type', 'client_id', 'scope'].find((name) => !form.get(name));
  if (missing !== undefined) {
    return invalid(900144, `The request body must contain the following parameter: '${missing}'.`);
  }
  if (form.get('grant_type') !== 'client_credentials') {
    const message = 'The app requested an unsupported grant type.';
    return { status: 400, error: 'unsupported_grant_type', code: 70003, message };
  }
  if (form.get('client_id') !== clientId) {
    const message = `Application with identifier '${form.get('client_id') ?? ''}' was not found in the directory '${tenant}'.`;
    return { status: 400, error: 'unauthorized_client', code: 700016, message };
  }
  return findScopeFault(form.get('scope') ?? '') ?? findSecretFault(form, clientId, clientSecret());
}

function findScopeFault(scope: string): LoginError | undefined {
  if (!scope.endsWith('/.default')) {
    const message = `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`;
    return { status: 400, error: 'invalid_scope', code: 1002012, message };
  }
  if (scope === `${GRAPH}/.default`) return undefined;
  const resource = scope.replace(/\/\.default$/, '');
  const message = `The resource principal named ${resource} was not found in the tenant.`;
  return { status: 400, error: 'invalid_resource', code: 500011, message };
}

function findSecretFault(form: URLSearchParams, clientId: string, secret: string): LoginError | undefined {
  if (form.get('client_secret') === secret) return undefined;
  return form.has('client_secret')
    ? {
        status: 401,
        error: 'invalid_client',
        code: 7000215,
        message: `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
      }
    : {
        status: 401,
        error: 'invalid_client',
        code: 7000216,
        message:
          "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
      };
}

const invalid = (code: number, message: string): LoginError => ({
  status: 400,
  error: 'invalid_request',
  code,
  message,
});

const UNKNOWN_TENANT = (tenant: string): LoginError =>
  invalid(
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  );

/** An error as the login host words it. */
export function loginError(
  { error, code, message }: Omit<LoginError, 'status'>,
  time: number,
): Record<string, unknown> {
  const traceId = randomUUID();
  const correlationId = randomUUID();
  const timestamp = `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return {
    error,
    error_description: `AADSTS${code}: ${message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  };
}

function refusal(error: LoginError, { now }: LoginSettings): Answer {
  return json(error.status, loginError(error, now()), { now });
}

function json(status: number, body: unknown, { now }: Pick<LoginSettings, 'now'>): Answer {
  const headers = {
    date: new Date(now()).toUTCString(),
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store, no-cache',
    pragma: 'no-cache',
    'x-ms-request-id': randomUUID(),
  };
  return { status, headers, body: JSON.stringify(body) };
}

/** Everything is to be had at the host that was asked, so that clients that insist on that are content. */
function discovery(origin: string, tenant: string, { tenantId }: LoginSettings): Record<string, unknown> {
  const base = `${origin}/${tenant}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${origin}/${tenantId}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: new URL(origin).host,
  };
}
