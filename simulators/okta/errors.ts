import { randomBytes } from 'node:crypto';

/**
 * The error codes the simulator gives, with Okta's status and wording.
 * Source: https://developer.okta.com/docs/reference/error-codes/
 */
const ERRORS = {
  E0000001: { status: 400, summary: 'Api validation failed' },
  E0000002: { status: 400, summary: 'The request was not valid' },
  E0000004: { status: 401, summary: 'Authentication failed' },
  E0000006: { status: 403, summary: 'You do not have permission to perform the requested action' },
  E0000007: { status: 404, summary: 'Not found: Resource not found' },
  E0000009: { status: 500, summary: 'Internal Server Error' },
  E0000011: { status: 401, summary: 'Invalid token provided' },
  E0000015: {
    status: 401,
    summary: 'You do not have permission to access the feature you are requesting',
  },
  E0000022: { status: 405, summary: 'The endpoint does not support the provided HTTP method' },
  E0000029: { status: 400, summary: 'Invalid paging request' },
  E0000031: { status: 400, summary: 'Invalid search criteria.' },
  E0000038: { status: 403, summary: "This operation is not allowed in the user's current status." },
  E0000047: { status: 429, summary: 'API call exceeded rate limit due to too many requests.' },
  E0000060: { status: 501, summary: 'Unsupported operation.' },
  E0000239: { status: 423, summary: 'Policy priorities are being reconciled. Please try again later.' },
} as const satisfies Record<string, { status: number; summary: string }>;

export type OktaErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as OktaErrorCode[];

/** The body of every error Okta gives. */
export interface OktaErrorBody {
  errorCode: OktaErrorCode;
  errorSummary: string;
  errorLink: string;
  errorId: string;
  errorCauses: { errorSummary: string }[];
}

/** Status and body of one of Okta's errors; `detail` follows the summary after a colon. */
export function oktaError(
  code: OktaErrorCode,
  detail?: string,
  causes: readonly string[] = [],
): { status: number; body: OktaErrorBody } {
  const { status, summary } = ERRORS[code];
  return {
    status,
    body: {
      errorCode: code,
      errorSummary: detail === undefined ? summary : `${summary}: ${detail}`,
      errorLink: code,
      errorId: `oae${randomBytes(16).toString('base64url')}`,
      errorCauses: causes.map((errorSummary) => ({ errorSummary })),
    },
  };
}

/** Thrown while a request is being answered; becomes the error of that answer. */
export class OktaFault extends Error {
  readonly code: OktaErrorCode;
  readonly detail: string | undefined;
  readonly causes: readonly string[];

  constructor(code: OktaErrorCode, detail?: string, causes: readonly string[] = []) {
    super(detail ?? code);
    this.code = code;
    this.detail = detail;
    this.causes = causes;
  }

  answer(): { status: number; body: OktaErrorBody } {
    return oktaError(this.code, this.detail, this.causes);
  }
}

/** A request that breaks a rule of one of its parameters. */
export function invalid(what: string, cause: string): OktaFault {
  return new OktaFault('E0000001', what, [cause]);
}

/** A resource that is not there; `kind` is the name Okta's own message gives it. */
export function notFound(id: string, kind: string): OktaFault {
  return new OktaFault('E0000007', `${id} (${kind})`);
}
