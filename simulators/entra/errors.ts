import { randomUUID } from 'node:crypto';

/**
 * The error codes the simulator gives, with Graph's status and wording.
 * Source: https://learn.microsoft.com/graph/errors and, for directory objects, what Graph answers in practice
 */
const ERRORS = {
  InvalidAuthenticationToken: { status: 401, message: 'Access token is empty.' },
  Authorization_RequestDenied: {
    status: 403,
    message: 'Insufficient privileges to complete the operation.',
  },
  Request_ResourceNotFound: {
    status: 404,
    message: 'Resource does not exist or one of its queried reference-property objects are not present.',
  },
  Request_BadRequest: { status: 400, message: 'Invalid request.' },
  Request_UnsupportedQuery: { status: 400, message: 'Unsupported Query.' },
  Directory_ExpiredPageToken: {
    status: 400,
    message: 'The specified page token value has expired and can no longer be included in your request.',
  },
  Request_UnprocessableEntity: { status: 422, message: 'The request cannot be processed.' },
  TooManyRequests: { status: 429, message: 'Please retry again later.' },
  internalServerError: {
    status: 500,
    message: 'An internal server error occurred while processing the request.',
  },
  badGateway: { status: 502, message: 'The upstream service could not be reached.' },
  serviceNotAvailable: {
    status: 503,
    message: 'The service is temporarily unavailable. Please try again later.',
  },
  gatewayTimeout: { status: 504, message: 'The upstream service did not answer in time.' },
} as const satisfies Record<string, { status: number; message: string }>;

export type GraphErrorCode = keyof typeof ERRORS;

/** The ids that tie a request to Microsoft's own records of it; support asks for them. */
export interface RequestIds {
  requestId: string;
  clientRequestId: string;
}

/** The body of every error of Graph. */
export interface GraphErrorBody {
  error: { code: string; message: string; innerError: Record<string, string> };
}

/** The ids of a request: the client's own is repeated where it sent one. */
export function requestIds(clientRequestId?: string): RequestIds {
  const requestId = randomUUID();
  return { requestId, clientRequestId: clientRequestId ?? requestId };
}

/** Status and body of one of Graph's errors. */
export function graphError(
  code: GraphErrorCode,
  options: { message?: string | undefined; time?: number; ids?: RequestIds } = {},
): { status: number; body: GraphErrorBody } {
  const { status, message } = ERRORS[code];
  const { requestId, clientRequestId } = options.ids ?? requestIds();
  const date = new Date(options.time ?? Date.now()).toISOString().slice(0, 19);
  const ids = { date, 'request-id': requestId, 'client-request-id': clientRequestId };
  const innerError =
    code === 'TooManyRequests' ? { code: '429', message: 'Please retry after', status: '429', ...ids } : ids;
  return { status, body: { error: { code, message: options.message ?? message, innerError } } };
}

/** The code that goes with a status. */
export function codeOfStatus(status: number): GraphErrorCode {
  const codes = Object.keys(ERRORS) as GraphErrorCode[];
  return codes.find((code) => ERRORS[code].status === status) ?? 'internalServerError';
}

export function isGraphErrorCode(code: string): code is GraphErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** Thrown while a request is being answered; becomes the error of that answer. */
export class GraphFault extends Error {
  readonly code: GraphErrorCode;
  /** A status other than the usual one of the code. */
  readonly status: number | undefined;

  constructor(code: GraphErrorCode, message?: string, status?: number) {
    super(message ?? ERRORS[code].message);
    this.code = code;
    this.status = status;
  }
}

/** An object that is not there. */
export function notFound(id: string): GraphFault {
  return new GraphFault(
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

/** A query that Graph does not take here. */
export function unsupported(message?: string): GraphFault {
  return new GraphFault('Request_UnsupportedQuery', message);
}
